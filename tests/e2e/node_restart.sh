#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# Commands that are started again, stopped or out of time, whatever they write meanwhile.

. tests/support/e2e.sh

need_root
need_command traces
busybox_root "$work/root"
leaks_begin
start() { ncrun node --rootfs "$work/root" --detach "$@" >"$work/name" 2>"$work/err"; }
ended() { ! ncrun list --names | grep -qx "$1"; }
restarts() { ncrun inspect --json "$1" | tr -d ' \n' | grep -q '"restarts":[1-9]'; }
says() { ncrun logs "$1" 2>/dev/null | grep -q up; }
patient() { start --stop-grace 40s "$@"; }
# as expect_true, and it takes less than so many ms; of patient nodes, half of their patience
quickly() { # MS WHAT COMMAND...
	quickly_ms=$1 quickly_what=$2
	shift 2
	quickly_from=$(date +%s%3N)
	expect_true "$quickly_what" "$@"
	quickly_took=$(($(date +%s%3N) - quickly_from))
	expect_true "... in $quickly_took ms" test "$quickly_took" -lt $((quickly_ms * ${NCRUN_TEST_TIMEOUT_FACTOR:-1}))
}

# a command that writes as fast as it can holds nothing up
start --name fast --timeout 500ms -- yes
expect_true "the time of a fast writer runs out" within 10 ended fast
expect_same 124 "$(ncrun wait fast)" "and wait tells so"
ncrun rm fast
patient --name fast -- yes
quickly 20000 "a fast writer is stopped" ncrun stop fast
expect_same 143 "$(ncrun wait fast)" "by its stop signal"
ncrun rm fast
patient --name again --restart always -- sh -c 'yes & sleep 0.2; exit 3'
expect_true "beside a fast writer, the command is started again" within 5 restarts again
quickly 20000 "and stopped" ncrun stop again
ncrun rm again
patient --name fast --terminal -- yes
quickly 20000 "also on a terminal" ncrun stop fast
ncrun rm fast

# stop ends what would be started again, whatever its stop signal; other signals do not
patient --name always --restart always --stop-signal USR1 -- sh -c 'trap "exit 0" USR1; echo up; while :; do sleep 0.05; done'
within 5 says always
quickly 20000 "a restarted command is stopped by USR1" ncrun stop always
expect_same 0 "$(ncrun wait always)" "in peace"
ncrun rm always
for signal in HUP TERM KILL; do
	start --name always --restart always -- sleep 60
	expect_exit 0 ncrun kill --signal "$signal" always
	expect_true "after kill by $signal it is started again" within 5 restarts always
	expect_exit 0 ncrun stop always
	ncrun rm always
done
patient --name failing --restart always -- false
within 5 restarts failing
quickly 20000 "what waits for its start is stopped" ncrun stop failing
ncrun rm failing
ncrun node --rootfs "$work/root" --name front --restart always -- sleep 60 &
front=$!
within 5 sh -c 'ncrun list --names | grep -q front'
kill -TERM "$front"
wait "$front"
expect_same 143 $? "TERM to an ncrun in front ends its node for good"

# --timeout sends the stop signal, and then KILL
trapping='trap "echo USR1" USR1; trap "echo TERM" TERM; while :; do sleep 0.05; done'
expect_exit 124 ncrun node --rootfs "$work/root" --timeout 300ms --stop-signal USR1 --stop-grace 300ms -- sh -c "$trapping"
expect_same USR1 "$(cat "$work/out")" "--timeout sends the stop signal"
expect_exit 124 ncrun node --rootfs "$work/root" --timeout 300ms --stop-grace 300ms -- sh -c "$trapping"
expect_same TERM "$(cat "$work/out")" "which is TERM by default"
expect_exit 124 ncrun node --rootfs "$work/root" --timeout 300ms --restart always -- false

# a time beyond what poll(2) can wait is waited for in parts
start --name long --timeout 720h -- sleep 60
pid=$(ncrun inspect --json long | sed -n 's/.*"pid":\([0-9]*\).*/\1/p' | head -n 1)
if [ "$(uname -m)" = x86_64 ]; then
	expect_same 0x7fffffff "$(cut -d' ' -f4 "/proc/$pid/syscall")" "init wakes up before 720 hours are over"
fi
ncrun rm --force long

# no grace is no grace
start --name stubborn --stop-grace 0 -- sh -c 'trap "" TERM; echo up; while :; do sleep 0.05; done'
within 5 says stubborn
quickly 1900 "--stop-grace 0 kills at once" ncrun stop stubborn
expect_same 137 "$(ncrun wait stubborn)" "and wait tells so"
ncrun rm stubborn
start --name patient --stop-grace 100ms -- sh -c 'trap "sleep 0.6; exit 5" TERM; echo up; while :; do sleep 0.05; done'
within 5 says patient
expect_exit 0 ncrun stop --grace 20s patient
expect_same 5 "$(ncrun wait patient)" "stop --grace counts, not the node's own"
ncrun rm patient
leaks_end
