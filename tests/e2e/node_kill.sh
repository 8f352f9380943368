#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# timeout: 400
#
# ncrun is killed at many of its system calls: node, node --detach, exec, stop and clean.
# After `ncrun clean` nothing is left. NCRUN_SWEEP_STEP=1 tries every call.

. tests/support/e2e.sh
. tests/support/sweep.sh

need_root
need_command strace guard
busybox_root "$work/root"
leaks_begin

empty() { [ -z "$(ls "$NCRUN_STATE/default" 2>/dev/null)" ]; }

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

# What a killed clean has not removed the next one does, of a node that ended with its ncrun.
remains() {
	ncrun node --rootfs "$work/root" --name c -- sleep 600 &
	left=$!
	within 5 ncrun exec c -- true
	kill -KILL "$left"
	wait "$left" 2>/dev/null
}
after() {
	ncrun clean >/dev/null 2>"$work/err" || not_ok "clean after $1: $(cat "$work/err")"
	empty || not_ok "$1 leaves $(ls "$NCRUN_STATE/default")"
	remains
}
remains
calls ncrun clean
remains
sweep clean ncrun clean
expect_exit 0 ncrun clean

leaks_end
