#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# ncrun is killed at many of its system calls, in node, exec and stop; after
# `ncrun clean` nothing is left. NCRUN_SWEEP_STEP=1 tries every call.

. tests/support/e2e.sh

need_root
need_command strace guard
busybox_root "$work/root"
leaks_begin

empty() { [ -z "$(ls "$NCRUN_STATE/default" 2>/dev/null)" ]; }
calls_of() { # COMMAND... - how many system calls the first process makes
	strace -o "$work/trace" "$@" >/dev/null 2>&1
	grep -c '^[a-z_0-9]*(' "$work/trace"
}
# The k-th system call, whichever it is, is the last.
killed_at() { # K COMMAND...
	killed_k=$1
	shift
	strace -o /dev/null -e inject=all:signal=KILL:when="$killed_k" "$@" >/dev/null 2>&1
}

sweep() { # WHAT STEP COMMAND...
	what=$1 step=$2
	shift 2
	total=$(calls_of "$@")
	ncrun clean >/dev/null
	k=1 points=0
	while [ "$k" -le "$total" ]; do
		killed_at "$k" "$@"
		points=$((points + 1))
		ncrun clean >/dev/null 2>"$work/err" || not_ok "clean after $what killed at call $k: $(cat "$work/err")"
		empty || not_ok "$what killed at call $k leaves $(ls "$NCRUN_STATE/default")"
		k=$((k + step))
	done
	ok "$what killed at $points of $total system calls"
}

ncrun node --rootfs "$work/root" -- true # the filter is cached from here on
sweep "node" "${NCRUN_SWEEP_STEP:-7}" ncrun node --rootfs "$work/root" --name k -- true

# Detached: what runs may run; what does not is cleaned.
total=$(calls_of ncrun node --detach --rootfs "$work/root" --name d -- sleep 60)
ncrun rm --force d
k=1
while [ "$k" -le "$total" ]; do
	killed_at "$k" ncrun node --detach --rootfs "$work/root" --name d -- sleep 60
	ncrun rm --force d >/dev/null 2>&1
	ncrun clean >/dev/null 2>&1
	empty || not_ok "detached node killed at call $k leaves $(ls "$NCRUN_STATE/default")"
	k=$((k + ${NCRUN_SWEEP_STEP:-17}))
done
ok "detached node killed at many points"

ncrun node --detach --rootfs "$work/root" --name target -- sleep 600 >/dev/null
total=$(calls_of ncrun exec target -- true)
k=1
while [ "$k" -le "$total" ]; do
	killed_at "$k" ncrun exec target -- true
	k=$((k + ${NCRUN_SWEEP_STEP:-9}))
done
ok "exec killed at many of $total system calls"
expect_exit 0 ncrun exec target -- true
expect_true "no command is left in the node" within 5 sh -c \
	'[ "$(ncrun exec target -- sh -c "ls -d /proc/[0-9]*" | wc -l)" -le 4 ]'
ncrun rm --force target

for k in 20 40 60 80 100 120; do
	ncrun node --detach --rootfs "$work/root" --name s -- sleep 600 >/dev/null
	killed_at "$k" ncrun stop s
	ncrun rm --force s || not_ok "rm after stop was killed at call $k"
	empty || not_ok "stop killed at call $k leaves something"
done
ok "stop killed at many points"
leaks_end
