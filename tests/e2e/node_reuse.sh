#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# A node's init dies and its number is given to another process, whom nobody asks about the node,
# signals or kills. In a process namespace of the test's own, where it says which number is next.

. tests/support/e2e.sh

need_root
need_command traces unshare
busybox_root "$work/root"
[ -w /proc/sys/kernel/ns_last_pid ] || skip_allowed "this kernel does not say which number is next"
leaks_begin

cat >"$work/inside" <<'END'
ncrun node -d --rootfs "$1/root" --name w -- sleep 1000
pid=$(ncrun list | awk '$1 == "w" { print $3 }')
kill -KILL "$pid"
for i in 1 2 3 4 5 6 7 8 9 10; do
	! kill -0 "$pid" 2>/dev/null || sleep 0.1 # and it is reaped
done
for try in 1 2 3 4 5; do
	echo $((pid - 1)) >/proc/sys/kernel/ns_last_pid
	sleep 1000 &
	[ $! != "$pid" ] || break
	kill $!
done
[ $! = "$pid" ] || { echo "the number is not given again: $pid, $!"; exit 1; }
ncrun list --all | grep -q '^w  *[a-z()A-Z ]* - ' || ncrun list --all
for command in "kill w" "kill --all w" "pause w" "exec w -- true" "stats w" "cp w:/etc/passwd $1/x" "set --pids 9 w"; do
	! ncrun $command >"$1/said" 2>&1 || echo "done: $command"
done
for command in "stop w" clean "rm --force w" clean; do
	ncrun $command >"$1/said" 2>&1 || cat "$1/said"
done
[ "$(cat "/proc/$pid/comm")" = sleep ] && kill -0 "$pid" && echo "the other lives"
ncrun list --all --names
kill "$pid"
END
expect_same "w the other lives" "$(unshare --pid --fork --mount-proc sh "$work/inside" "$work" 2>&1 | tr '\n' ' ' | sed 's/ $//')" \
	"whoever gets a dead node's number is left alone"
leaks_end "and nothing is left"
