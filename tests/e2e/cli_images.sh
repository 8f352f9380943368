#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# Images from the command line.

. tests/support/e2e.sh
need_root
mkdir -p "$work/root/etc" "$work/root/bin"
echo hello >"$work/root/etc/greeting"
printf 'PRETTY_NAME="Tiny \033[31mred"\n' >"$work/root/etc/os-release"

expect_out 'tiny: ' ncrun rootfs import tiny "$work/root"
expect_same '' "$(ncrun rootfs import --quiet tiny "$work/root" 2>&1)" "import --quiet says nothing"
expect_out '"name":"tiny"' ncrun rootfs import --json tiny "$work/root"
expect_same tiny "$(ncrun rootfs list --names)" "rootfs list --names"
expect_out tiny ncrun rootfs list
expect_same 0 "$(grep -c "$(printf '\033')" "$work/out")" "an image cannot colour the terminal"
expect_out '"format":"directory"' ncrun rootfs list --json
expect_out 'format        directory' ncrun rootfs inspect tiny
expect_out '"digest":' ncrun rootfs inspect --json tiny

# ---- export ------------------------------------------------------------------------

expect_exit 0 ncrun rootfs export tiny "$work/tiny.tar"
expect_true "the archive holds the file" tar -xOf "$work/tiny.tar" etc/greeting
expect_same "$(sha256sum <"$work/tiny.tar")" "$(ncrun rootfs export tiny | sha256sum)" \
	"an export is the same on standard output"
expect_refusal 1 "nosuch" ncrun rootfs export nosuch "$work/other.tar"
expect_refusal 1 "$work/no" ncrun rootfs export tiny "$work/no/tiny.tar"
expect_same 'root tiny.tar' "$(cd "$work" && echo [rt]*)" "a failed export leaves no file"
expect_out 'again: ' ncrun rootfs import again - <"$work/tiny.tar"

# ---- cancelled -----------------------------------------------------------------------

mkdir "$work/large"
head -c 64M /dev/zero >"$work/large/zeros"
expect_exit 0 ncrun rootfs import large "$work/large"
# One that was done before it heard of it is tried again.
cancel() { # SIGNAL
	for _ in 1 2 3 4 5; do
		rm -f "$work/part.tar"
		env --default-signal="$1" ncrun rootfs export large "$work/part.tar" 2>"$work/err" &
		until set -- "$1" "$work"/part.tar* && { [ -e "$2" ] || ! kill -0 $! 2>/dev/null; }; do :; done
		kill -"$1" $! 2>/dev/null
		wait $! && continue
		return
	done
}
for signal in 143:TERM 130:INT 129:HUP; do
	cancel "${signal#*:}"
	expect_same "${signal%:*} no" "$? $(cd "$work" && ls part.tar* 2>/dev/null || echo no)" \
		"an export that gets ${signal#*:} ends of it, and leaves no file"
done
mkfifo "$work/full"
exec 8<>"$work/full"
env --default-signal=TERM ncrun rootfs export large "$work/full" 2>"$work/err" &
head -c 1024 <&8 >"$work/out"
kill -TERM $!
wait $!
expect_same 143 $? "nor does it wait for whoever reads no more"
exec 8<&-
expect_exit 0 ncrun rootfs rm large

# ---- refusals ------------------------------------------------------------------------

expect_refusal 1 "nosuch" ncrun rootfs import x "$work/nosuch"
expect_refusal 2 "/etc" ncrun rootfs import /etc "$work/root"
echo 'no archive' >"$work/text"
expect_refusal 2 "text" ncrun rootfs import x "$work/text"
expect_refusal 1 "entries" ncrun rootfs import --max-entries 1 x "$work/root"
expect_refusal 1 "nosuch" ncrun rootfs inspect nosuch
expect_refusal 1 "nosuch" ncrun rootfs rm nosuch
expect_refusal 2 "nosuch" ncrun rootfs pull nosuch
expect_same 'again tiny' "$(ncrun rootfs list --names | xargs)" "refusals change nothing"

# ---- end -----------------------------------------------------------------------------

expect_exit 1 ncrun rootfs rm tiny nosuch
expect_same again "$(ncrun rootfs list --names)" "what can be removed is removed"
expect_exit 0 ncrun rootfs rm again
expect_out 'removed: 0 images' ncrun rootfs gc
expect_out '"bytes":0' ncrun rootfs gc --dry-run --json
