#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# timeout: 400
#
# ncrun is killed at many of its system calls: node, node --detach, exec and stop. After
# `ncrun clean` nothing is left. NCRUN_SWEEP_STEP=1 tries every call.

. tests/support/e2e.sh

need_root
need_command strace guard
busybox_root "$work/root"
leaks_begin

empty() { [ -z "$(ls "$NCRUN_STATE/default" 2>/dev/null)" ]; }
# calls COMMAND... - the system calls of its first process in $work/calls: NAME and
# how often it was made so far, which is how strace counts
calls() {
	strace -o "$work/trace" "$@" >/dev/null 2>&1
	sed -n 's/^\([a-z_0-9]*\)(.*/\1/p' "$work/trace" | grep -v '^exit' |
		awk -v step="$step" '{ n[$1]++; if (NR % step == 0) print $1, n[$1] }' >"$work/calls"
}
killed_at() { # NAME COUNT COMMAND...
	killed_inject="inject=$1:signal=KILL:when=$2"
	shift 2
	strace -o /dev/null -e "$killed_inject" "$@" >/dev/null 2>&1 </dev/null
}

# sweep WHAT COMMAND... - killed at each of $work/calls; afterwards `after` looks
sweep() {
	what=$1 points=0
	shift
	while read -r name count; do
		killed_at "$name" "$count" "$@"
		points=$((points + 1))
		after "$what killed at $name $count"
	done <"$work/calls"
	expect_true "$what was killed at $points calls" test "$points" -gt 5
}
step=${NCRUN_SWEEP_STEP:-6}

after() {
	ncrun clean >/dev/null 2>"$work/err" || not_ok "clean after $1: $(cat "$work/err")"
	empty || not_ok "$1 leaves $(ls "$NCRUN_STATE/default")"
}
ncrun node --rootfs "$work/root" -- true # the filter is cached from here on
calls ncrun node --rootfs "$work/root" --name k -- true
sweep node ncrun node --rootfs "$work/root" --name k -- true

# Detached: what runs may run; what does not is cleaned.
calls ncrun node --detach --rootfs "$work/root" --name d -- sleep 60
ncrun rm --force d
after() {
	ncrun rm --force d >/dev/null 2>&1
	ncrun clean >/dev/null 2>&1
	empty || not_ok "$1 leaves $(ls "$NCRUN_STATE/default")"
}
sweep "a detached node" ncrun node --detach --rootfs "$work/root" --name d -- sleep 60

# A killed exec harms neither the node nor the next exec, and leaves no descriptor or
# process in it: the node ends at once when it is removed.
ncrun node --detach --rootfs "$work/root" --name e -- sleep 600
calls ncrun exec e -- true
after() {
	ncrun exec e -- true 2>"$work/err" || not_ok "exec after $1: $(cat "$work/err")"
}
sweep exec ncrun exec e -- true
expect_exit 0 timeout 5 ncrun rm --force e

# A killed stop leaves a node that runs or has ended, and that can be stopped.
fresh() { ncrun node --detach --rootfs "$work/root" --name s -- sleep 600 >/dev/null; }
after() {
	ncrun stop s 2>"$work/err" || not_ok "stop after $1: $(cat "$work/err")"
	ncrun rm s 2>"$work/err" || not_ok "rm after $1: $(cat "$work/err")"
	ncrun clean >/dev/null
	empty || not_ok "$1 leaves $(ls "$NCRUN_STATE/default")"
	fresh
}
fresh
calls ncrun stop s
ncrun rm s
fresh
sweep stop ncrun stop s
ncrun rm --force s

leaks_end
