#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# The manual page and the completions work in the programs they are made for.

. tests/support/e2e.sh

# ---- misuse changes nothing ----------------------------------------------------

expect_refusal 2 "did you mean 'node'" ncrun nide
expect_refusal 2 "did you mean '--rootfs'" ncrun node --rotfs x -- true
expect_refusal 2 "not a size (try 64M)" ncrun node --rootfs x --upper-size 64Q -- true
expect_refusal 2 "needs a value" ncrun rootfs import --max-bytes
expect_same '' "$(find "$NCRUN_STATE" "$NCRUN_STORE" -mindepth 1 2>/dev/null)" "misuse makes no file"

# ---- output that cannot be written ---------------------------------------------

if [ -c /dev/full ]; then
	expect_refusal 1 'No space left' sh -c 'ncrun help >/dev/full'
fi
expect_exit 0 sh -c 'ncrun help >/dev/null'

# ---- the manual ----------------------------------------------------------------

ncrun help --man >"$work/ncrun.1"
if command -v man >/dev/null; then
	# man's own pager and width are the caller's business
	LC_ALL=C.UTF-8 MANWIDTH=80 man --warnings -E UTF-8 -l "$work/ncrun.1" >"$work/page" 2>"$work/warnings"
	expect_same '' "$(cat "$work/warnings")" "the manual page has no warnings"
	expect_true "the manual page shows an option" grep -q -- '--upper-size SIZE' "$work/page"
	expect_true "the manual page shows the exit statuses" grep -q '128+N' "$work/page"
fi

# ---- completions ---------------------------------------------------------------

# offer WORDS... - what bash would offer for the last of them
if command -v bash >/dev/null; then
	ncrun completion bash >"$work/bash"
	cat >"$work/drive" <<-'END'
		source "$1"; shift
		compopt() { :; }
		ncrun() { case "$1 ${4:-} $*" in "ps lab "*) echo lab/web; echo lab/of-lab ;; *--networks*) echo lab ;; list*) echo web; echo db ;; rootfs*) echo alpine ;; esac; }
		COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)) COMPREPLY=()
		_ncrun
		echo "${COMPREPLY[*]}"
	END
	offer() {
		bash "$work/drive" "$work/bash" "$@"
	}
	expect_same 'node' "$(offer ncrun no)" "bash completes a command"
	expect_same 'import inspect' "$(offer ncrun rootfs i)" "bash completes a group's commands"
	expect_same '--rootfs' "$(offer ncrun node --roo)" "bash completes an option"
	expect_same 'node' "$(offer ncrun --state /x no)" "bash skips the value of an option"
	expect_same 'host alpine' "$(offer ncrun node --rootfs '')" "bash completes root file systems"
	expect_same 'never' "$(offer ncrun node --pull = n)" "bash completes --option=value"
	expect_same 'web db' "$(offer ncrun logs '')" "bash completes nodes"
	expect_same 'web db lab' "$(offer ncrun stop web '')" "bash completes nodes and networks"
	expect_same 'of-lab' "$(offer ncrun ping -c 3 lab/web o)" "bash completes nodes of the same network"
	expect_same 'of-lab' "$(offer ncrun partition lab web / o)" "... also where a network comes first"
	expect_same 'alpine' "$(offer ncrun rootfs inspect '')" "bash completes images"
	expect_same 'bash zsh fish' "$(offer ncrun completion '')" "bash completes choices"
	expect_same '' "$(offer ncrun node --rootfs x ls --roo)" \
		"bash leaves the options of a node's command alone"
fi
for shell in zsh fish; do
	command -v "$shell" >/dev/null || continue
	ncrun completion "$shell" >"$work/$shell"
	expect_true "$shell reads its completion" "$shell" -n "$work/$shell"
done
if command -v fish >/dev/null; then
	# a name with --names must be what list prints: the state is empty here
	expect_same 'node' "$(HOME=$work fish -c "source $work/fish; complete -C 'ncrun no'" | cut -f1)" \
		"fish completes a command"
	expect_same '--read-only' \
		"$(HOME=$work fish -c "source $work/fish; complete -C 'ncrun node --rea'" | cut -f1)" \
		"fish completes an option"
fi
