# shellcheck shell=sh disable=SC2034 # alpine is for the stories
# SPDX-License-Identifier: Apache-2.0
#
# e2e.sh - what the stories in tests/e2e/ are written with; source it first:
#
#	. tests/support/e2e.sh
#
# Stories run from the top folder, through tests/run, which sets NCRUN_STATE,
# NCRUN_STORE and TMPDIR to folders of their own and puts build/ in PATH.
# $work is a scratch folder that goes when the story ends. After expect_exit and
# expect_out the output of the command is in $work/out and $work/err.

set -u
work=$(mktemp -d "${TMPDIR:-/tmp}/story.XXXXXX")
e2e_failed=0
trap 'e2e_end $?' EXIT
trap 'exit 143' TERM INT

e2e_end() {
	trap - EXIT
	rm -rf "$work"
	if [ "$1" -ne 0 ]; then exit "$1"; fi
	[ "$e2e_failed" -eq 0 ]
	exit
}

ok() { # WHAT
	echo "ok - $*"
}

not_ok() { # WHAT
	e2e_failed=$((e2e_failed + 1))
	echo "not ok - $*"
}

# The rest of the story cannot be told here. The whole script counts as skipped
# if nothing was checked yet.
skip() { # WHY
	echo "# SKIP $*"
	exit 77
}

# As skip, where even CI may: what is missing is no fault of the machine's set-up.
skip_allowed() { # WHY
	echo "# SKIP SKIP-ALLOWED: $*"
	exit 77
}

need_root() {
	[ "$(id -u)" = 0 ] || skip "needs root"
}

need_command() { # NAME...
	for e2e_name in "$@"; do
		command -v "$e2e_name" >/dev/null || skip "needs $e2e_name"
	done
}

# Whether it was made with SAN=1: it makes more calls, is slower, and looks for leaks by ptrace(2).
is_sanitized() {
	grep -q __asan_init "$(command -v ncrun)"
}

# Limits on CPU time, memory and processes, of whatever version.
need_limits() {
	ncrun node --rootfs alpine --cpus 0.5 --memory 64M --pids 20 -- true 2>"$work/err" ||
		skip "needs control groups: $(cat "$work/err")"
}

e2e_show() {
	for e2e_stream in out err; do
		[ ! -s "$work/$e2e_stream" ] || head -c 4096 "$work/$e2e_stream" | sed "s/^/#   $e2e_stream: /"
	done
}

# expect_exit CODE COMMAND... - it ends with that exit code
expect_exit() {
	e2e_want=$1
	shift
	"$@" >"$work/out" 2>"$work/err"
	e2e_got=$?
	if [ "$e2e_got" -eq "$e2e_want" ]; then
		ok "exit code $e2e_want of: $*"
	else
		not_ok "exit code $e2e_got, not $e2e_want, of: $*"
		e2e_show
	fi
}

# expect_out TEXT COMMAND... - it succeeds, and its output or errors hold TEXT
expect_out() {
	e2e_text=$1
	shift
	"$@" >"$work/out" 2>"$work/err"
	e2e_got=$?
	if [ "$e2e_got" -eq 0 ] && cat "$work/out" "$work/err" | grep -qF -- "$e2e_text"; then
		ok "'$e2e_text' from: $*"
	else
		not_ok "no '$e2e_text' (exit code $e2e_got) from: $*"
		e2e_show
	fi
}

# expect_refusal CODE TEXT COMMAND... - it ends with that code, one line of error that
# holds TEXT, and nothing on standard output
expect_refusal() {
	e2e_want=$1 e2e_text=$2
	shift 2
	"$@" >"$work/out" 2>"$work/err"
	e2e_got=$?
	if [ "$e2e_got" -eq "$e2e_want" ] && grep -qF -- "$e2e_text" "$work/err" && [ ! -s "$work/out" ]; then
		ok "refused with '$e2e_text': $*"
	else
		not_ok "not refused with $e2e_want and '$e2e_text', but $e2e_got: $*"
		e2e_show
	fi
}

# expect_same WANT GOT WHAT
expect_same() {
	if [ "$1" = "$2" ]; then
		ok "$3"
	else
		not_ok "$3: '$2', not '$1'"
	fi
}

# expect_differ A B WHAT
expect_differ() {
	if [ "$1" != "$2" ]; then
		ok "$3"
	else
		not_ok "$3: both '$1'"
	fi
}

# expect_true WHAT COMMAND...; expect_false WHAT COMMAND...
expect_true() {
	e2e_what=$1
	shift
	if "$@" >"$work/out" 2>"$work/err"; then ok "$e2e_what"; else not_ok "$e2e_what: $*" && e2e_show; fi
}

expect_false() {
	e2e_what=$1
	shift
	if "$@" >"$work/out" 2>"$work/err"; then not_ok "$e2e_what: $*" && e2e_show; else ok "$e2e_what"; fi
}

# between NUMBER LEAST MOST
between() {
	[ "$1" -ge "$2" ] && [ "$1" -le "$3" ]
}

# within SECONDS COMMAND... - try until it succeeds; where a machine is slow, for as much longer
within() {
	e2e_tries=$(($1 * 20 * ${NCRUN_TEST_TIMEOUT_FACTOR:-1}))
	shift
	until "$@" >/dev/null 2>&1; do
		e2e_tries=$((e2e_tries - 1))
		[ "$e2e_tries" -gt 0 ] || return 1
		sleep 0.05
	done
}

# busybox_root FOLDER - a small root file system of the machine's static busybox
busybox_root() {
	e2e_busybox=$(command -v busybox) || skip "needs busybox (busybox-static)"
	for e2e_dir in bin sbin etc proc sys dev tmp root var run usr/bin; do
		set -- "$@" "$1/$e2e_dir"
	done
	mkdir -p "$@"
	chmod 1777 "$1/tmp"
	cp "$e2e_busybox" "$1/bin/busybox"
	# In one go; a user makes the links one by one.
	chroot "$1" /bin/busybox --install -s /bin 2>/dev/null || for e2e_name in $("$e2e_busybox" --list); do
		[ -e "$1/bin/$e2e_name" ] || ln -s busybox "$1/bin/$e2e_name"
	done
	printf 'root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/false\n' >"$1/etc/passwd"
	printf 'root:x:0:\nnobody:x:65534:\n' >"$1/etc/group"
	printf 'ID=busybox\nPRETTY_NAME="busybox for tests"\n' >"$1/etc/os-release"
}

# test_image [NAME] - an image of that name (alpine) in the story's store: the real
# Alpine where $NCRUN_TEST_ALPINE is, else one made of busybox; $alpine says which
test_image() {
	alpine=
	if [ -f "$NCRUN_TEST_ALPINE" ]; then
		alpine=yes
		e2e_source=$NCRUN_TEST_ALPINE
	else
		e2e_source=$work/busybox-root
		busybox_root "$e2e_source"
	fi
	ncrun rootfs import "${1:-alpine}" "$e2e_source" >"$work/out" 2>"$work/err" || {
		not_ok "import of the test image: $(cat "$work/err")"
		exit 1
	}
}

# leaks_begin ... leaks_end WHAT - nothing that began between them is left: processes of
# this story (wherever they were reparented to), mounts and links of this namespace, files
leaks_begin() {
	traces >"$work/.before"
}

leaks_end() {
	traces --since "$work/.before" >"$work/.since" # a pipe would be listed
	if grep "^+" "$work/.since" >"$work/.new"; then
		not_ok "${1:-nothing is left behind}"
		sed 's/^+/#   left:/' "$work/.new"
	else
		ok "${1:-nothing is left behind}"
	fi
}
