#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# Nodes without a main command: they are there until they are stopped, run their services
# beside, and everything that looks at nodes or ends them knows what they are.

. tests/support/e2e.sh

need_root
need_command traces
busybox_root "$work/root"
leaks_begin
idle() { ncrun node --detach --idle --rootfs "$work/root" "$@"; }

expect_same i "$(idle --name i)" "an idle node starts"
expect_out "running" ncrun list
expect_out "none: it is idle" ncrun inspect i
expect_same "1 ncrun-init" "$(ncrun exec i -- sh -c 'echo 1 $(cat /proc/1/comm)')" "init is there"
expect_same 1 "$(ncrun exec i -- sh -c 'ls -d /proc/[0-9]*' | grep -c '/1$')" "and nothing beside it"
expect_exit 0 ncrun stop i
expect_out "exited (0)" ncrun list --all
expect_exit 0 ncrun rm i

# signals do to it what they do to a command that sleeps
idle --name k >/dev/null
expect_exit 0 ncrun kill -s WINCH k
expect_exit 0 ncrun exec k -- true
expect_exit 0 ncrun kill -s TERM k
expect_same 143 "$(ncrun wait k)" "a signal that ends a command ends it"
expect_out "killed (TERM)" ncrun list --all
ncrun rm k
expect_exit 124 ncrun node --idle --rootfs "$work/root" --timeout 200ms
ncrun node --idle --rootfs "$work/root" --name f &
pid=$!
within 5 ncrun exec f -- true
kill -INT $pid
wait $pid
expect_same 130 $? "in the foreground it ends with its ncrun's signal"

# services are asked to end with the node's stop signal, and live when another ends
idle --name s --stop-signal USR1 \
	--service 'one:no=sh -c "trap \"echo asked; exit 3\" USR1; echo up; while :; do sleep 0.05; done"' \
	--service 'two:no=true' >/dev/null
within 5 sh -c 'ncrun logs s | grep -q up'
expect_out "two: does not run" ncrun inspect s
expect_exit 0 ncrun exec s -- true
expect_exit 0 ncrun stop s
expect_out "asked" ncrun logs s
expect_out "exited (0)" ncrun list --all
ncrun rm s
idle --name d --service 'deaf:always=sh -c "trap \"\" TERM; echo up; while :; do sleep 1; done"' >/dev/null
within 5 sh -c 'ncrun logs d | grep -q up'
expect_exit 0 timeout 20 ncrun stop --grace 100ms d
ncrun rm d

expect_refusal 2 "not with one" idle -- true
expect_refusal 125 "a restart policy, but an idle node has no command" idle --restart always
expect_same "" "$(ls "$NCRUN_STATE/default" 2>/dev/null)" "no state is left"
leaks_end
