#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# timeout: 400
#
# ncrun is killed at many of its system calls, in node, exec and stop; after
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

ncrun node --detach --rootfs "$work/root" --name target -- sleep 600 >/dev/null
calls ncrun exec target -- true
after() { ncrun exec target -- true </dev/null || not_ok "no exec after $1"; }
sweep exec ncrun exec target -- true
# Those whose parent was killed wait for the machine's own init to reap them.
expect_true "no command is left in the node" within 5 sh -c \
	'[ "$(ncrun exec target -- sh -c "grep -L \"State:.*Z\" /proc/[0-9]*/status" | wc -l)" -le 4 ]'
ncrun rm --force target

ncrun node --detach --rootfs "$work/root" --name s -- sleep 600 >/dev/null
calls ncrun stop s
ncrun rm --force s
step=1
after() {
	ncrun rm --force s </dev/null || not_ok "no rm after $1"
	empty || not_ok "$1 leaves $(ls "$NCRUN_STATE/default")"
	ncrun node --detach --rootfs "$work/root" --name s -- sleep 600 >/dev/null </dev/null
}
after "the start"
sweep stop ncrun stop s
ncrun rm --force s
leaks_end
