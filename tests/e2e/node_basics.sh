#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# The main job: one node on an Alpine image, its command's exit code, its identity,
# limits and environment, and nothing left behind.

. tests/support/e2e.sh

need_root
need_command ip traces
test_image alpine
leaks_begin
node() { ncrun node --rootfs alpine "$@"; }

[ -z "$alpine" ] || expect_out 3. node -- cat /etc/alpine-release
expect_out "lab-1" node --name lab-1 -- hostname
expect_out "other" node --hostname other -- hostname
expect_same "1 ncrun-init" "$(node -- sh -c 'echo 1 $(cat /proc/1/comm)')" "init is process 1"
expect_same "lo" "$(node -- sh -c 'ls /sys/class/net')" "only a loopback interface"
expect_out "LOOPBACK,UP" node -- ip addr show lo
# Debian's busybox knows raw sockets only
[ -z "$alpine" ] || expect_out "1 packets received" node -- ping -c 1 -W 2 127.0.0.1

expect_exit 0 sh -c 'umask 0777; ncrun --state "$1" node --rootfs alpine -- true' sh "$work/masked"
expect_same 700 "$(stat -c %a "$work/masked")" "the umask takes nothing from our own folders"

# exit codes
expect_exit 0 node -- true
expect_exit 7 node -- sh -c 'exit 7'
expect_exit 137 node -- sh -c 'kill -9 $$'
expect_exit 139 node -- sh -c 'kill -SEGV $$'
expect_exit 127 node -- nosuchprogram
expect_exit 127 node -- /no/such/program
expect_exit 126 node -- /etc
expect_exit 126 node -- /etc/passwd
expect_exit 124 node --timeout 200ms -- sleep 60
expect_exit 124 node --timeout 200ms --stop-grace 200ms -- sh -c 'trap "" TERM; while :; do sleep 1; done'

# how it ended, for programs
node --exit-file "$work/exit" -- sh -c 'kill -9 $$' 2>/dev/null
expect_out '"signal_name":"KILL"' cat "$work/exit"
node --exit-file "$work/exit" -- nosuch 2>/dev/null
expect_out '"cause":"failed-step"' cat "$work/exit"
expect_out '"step":"command"' cat "$work/exit"

# identity
expect_same "0:0" "$(node -- sh -c 'echo $(id -u):$(id -g)')" "root by default"
expect_same "65534" "$(node --user nobody -- id -u)" "a user by name"
expect_same "12:34" "$(node --user 12:34 -- sh -c 'echo $(id -u):$(id -g)')" "a user by number"
expect_same "0 7" "$(node --user 0:0 --group-add 7 -- id -G)" "a further group"
expect_same "0077" "$(node --umask 077 -- sh -c umask)" "a umask"
expect_refusal 125 "raise limit 'nofile' from" node --rlimit nofile=9999999999 -- true
expect_same "20" "$(node --rlimit nofile=20 -- sh -c 'ulimit -n')" "a limit"
expect_same "yes" "$(A=yes node --env A -- sh -c 'echo $A')" "the caller's value"
expect_same "" "$(SECRET=1 node -- sh -c 'echo $SECRET')" "and no other of the caller's"
expect_same "/tmp" "$(node --workdir /tmp -- pwd)" "a working directory"
expect_same "99" "$(node --sysctl net.ipv4.ip_default_ttl=99 -- cat /proc/sys/net/ipv4/ip_default_ttl)" "a sysctl"
expect_same "500" "$(node --oom-score-adj 500 -- cat /proc/self/oom_score_adj)" "an oom score"
expect_out "1000000" node --time-offset 1000000s -- sh -c 'cut -c1-7 /proc/uptime; cat /proc/self/timens_offsets'
expect_same "network=default name=who" \
	"$(node --name who -- sh -c 'head -n 2 /dev/.ncrun' | tr '\n' ' ' | sed 's/ $//')" "a node can tell which it is"

# descriptors: those that were asked for, and no other
expect_same "hello" "$(echo hello >"$work/f"; node --preserve-fd 1 -- sh -c 'cat <&3' 3<"$work/f")" "a preserved descriptor"
expect_refusal 125 "descriptor 4 is to be preserved" node --preserve-fd 2 -- true 3<"$work/f" 4<&-
ncrun node --detach --rootfs alpine --name fds -- sleep 60 >/dev/null
expect_refusal 125 "descriptor 3 is to be preserved" ncrun exec --preserve-fd 1 fds -- true 3<&-
expect_same "hello" "$(ncrun exec --preserve-fd 1 fds -- cat /proc/self/fd/3 3<"$work/f")" "one for exec"
ncrun rm --force fds >/dev/null
expect_same "closed" "$(node -- sh -c '[ -e /proc/self/fd/9 ] && echo open || echo closed' 9<"$work/f")" "others are closed"
expect_same "through" "$(echo through | node -- cat)" "standard input passes through"

# what the caller ignores and blocks is not the node's
expect_same "0000000000000000" \
	"$(sh -c 'trap "" PIPE USR1; ncrun node --rootfs alpine -- grep SigIgn /proc/self/status' | cut -f2)" "no signal is ignored"

# signals
ncrun node --rootfs alpine --name sig -- sh -c 'trap "exit 33" TERM; echo up; while :; do sleep 0.1; done' >"$work/sig" &
pid=$!
within 5 grep -q up "$work/sig"
kill -TERM $pid
wait $pid
expect_same 33 $? "SIGTERM reaches the command, and its exit code comes back"

ncrun node --rootfs alpine --name gone -- sh -c 'echo up; while :; do sleep 0.1; done' >"$work/gone" &
pid=$!
within 5 grep -q up "$work/gone"
kill -KILL $pid
wait $pid 2>/dev/null
expect_true "a node goes with its ncrun" within 5 sh -c '! ncrun list --names | grep -qx gone'
ncrun clean >/dev/null

# services
expect_out "started again" node --service 'web:always=sh -c "echo started again; exit 1"' -- sleep 1
expect_same "3" "$(node --restart on-failure:2 -- sh -c 'echo x; exit 1' 2>/dev/null | grep -c x)" "restarted twice"

expect_same "" "$(ls "$NCRUN_STATE/default" 2>/dev/null)" "no state is left"
leaks_end
