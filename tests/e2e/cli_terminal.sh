#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# What is different on a terminal: colour, the bar, and a node's own terminal.

. tests/support/e2e.sh
need_root
test_image
escape=$(printf '\033')

# drive SCRIPT COMMAND... - as a person at a terminal; prints TAP lines
drive() {
	drive_script=$1
	shift
	printf '%s\n' "$drive_script" | pty_drive - "$@" || e2e_failed=$((e2e_failed + 1))
}

# ---- colour ----------------------------------------------------------------------

unset NO_COLOR
TERM=xterm drive 'expect \e[32mok
exit 0' ncrun doctor
TERM=xterm NO_COLOR=1 drive 'expect ok
refuse \e[
exit 0' ncrun doctor
TERM=dumb drive 'expect ok
refuse \e[
exit 0' ncrun doctor
expect_false "no colour without a terminal" sh -c "ncrun doctor | grep -q '$escape'"

# ---- the bar ---------------------------------------------------------------------

mkdir -p "$work/root"
head -c 3000000 /dev/zero >"$work/root/zeros"
drive 'expect \r\e[K
expect made:
exit 0' ncrun rootfs import made "$work/root"
drive 'refuse \e[K
expect made:
exit 0' sh -c "ncrun rootfs import made '$work/root' 2>/dev/null"
# an import that waits for more to read is cancelled by ^C, and the bar is gone
mkfifo "$work/pipe"
sleep 60 >"$work/pipe" &
holder=$!
drive 'sleep 500
send \x03
exit 130' ncrun rootfs import never "$work/pipe"
kill $holder
expect_same 'alpine made' "$(ncrun rootfs list --names | xargs)" "an import that was cancelled left no image"

drive 'expect nothing for a terminal
exit 2' ncrun rootfs export made

# ---- a node's terminal ---------------------------------------------------------------

drive 'expect a terminal
exit 0' ncrun node --rootfs alpine -- sh -c '[ -t 0 ] && echo a terminal'
drive 'expect none
exit 0' sh -c 'ncrun node --rootfs alpine -- sh -c "[ -t 1 ] || echo none" | cat'
drive 'expect none
exit 0' ncrun node --no-terminal --rootfs alpine -- sh -c 'tty | grep -q /dev/pts && echo own || echo none'

# ---- leaving a node, and coming back ---------------------------------------------------

expect_out work ncrun node --detach --terminal --name work --rootfs alpine -- sh
drive 'sleep 300
line echo ho''me-$((40+2))
expect ome-42
send \x10\x11
expect runs on
restored
exit 0' ncrun attach work
expect_same work "$(ncrun list --names)" "the node that was left runs on"
drive 'sleep 300
send \x10\x11
send \x15
line exit 6
exit 6' ncrun attach --detach-keys no work
within 5 sh -c 'ncrun list --all | grep -q exited'
drive 'expect does not run
exit 125' ncrun attach work
expect_exit 0 ncrun rm work
