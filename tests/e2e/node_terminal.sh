#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# A person at a terminal: prompt, window size, ^C, detaching, coming back.

. tests/support/e2e.sh

need_root
need_command pty_drive traces
test_image alpine
leaks_begin

cat >"$work/session" <<'END'
expect # 
raw
line stty size
expect 24 80
resize 40 120
line stty size
expect 40 120
line tty
expect /dev/pts/0
line sleep 100
sleep 300
send \x03
line echo rc $?
expect rc 130
line exit 5
exit 5
restored
END
expect_exit 0 pty_drive -s 24x80 "$work/session" ncrun node --rootfs alpine -- sh
cat "$work/out"

cat >"$work/detach" <<'END'
expect # 
line echo before; sleep 1; echo after
expect before
send \x10\x11
exit 0
restored
END
expect_exit 0 pty_drive "$work/detach" ncrun node --rootfs alpine --name kept -- sh
expect_out kept ncrun list
expect_true "it goes on, and what it says is kept" within 10 sh -c 'ncrun logs kept | grep -q "^after"'
cat >"$work/attach" <<'END'
line echo $((40 + 2))
expect 42
line exit 3
exit 3
restored
END
expect_exit 0 pty_drive "$work/attach" ncrun attach kept
ncrun rm kept 2>/dev/null

# every way out restores the terminal
cat >"$work/killed" <<'END'
expect # 
signal 15
line exit
exit 0
restored
END
expect_exit 0 pty_drive "$work/killed" ncrun node --rootfs alpine -- sh

ncrun node --rootfs alpine --detach --name sh -- sleep 60 >"$work/out"
cat >"$work/exec" <<'END'
expect # 
line stty size
expect 30 90
line exit 4
exit 4
restored
END
expect_exit 0 pty_drive -s 30x90 "$work/exec" ncrun exec -t sh -- sh
expect_exit 0 pty_drive -s 30x90 "$work/exec" ncrun shell sh
ncrun rm --force sh
leaks_end
