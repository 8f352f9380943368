#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# Limits that change while a node runs, pausing, and what it uses.

. tests/support/e2e.sh

need_root
need_command jq
test_image
leaks_begin
need_limits

json() { # NODE FILTER
	ncrun inspect --json "$1" | jq -r ".[0]$2"
}

# ---- set --------------------------------------------------------------------------------

expect_exit 0 ncrun node --rootfs alpine -d --name web --memory 64M --pids 30 -- sleep 1000
expect_exit 0 ncrun set --memory 128M --cpus 0.5 web
expect_same "cpus=0.5 memory=128M pids=30" "$(json web '.limits | join(" ")')" "inspect shows them all"
expect_same 134217728 "$(ncrun stats --json web | jq '.[0].memory_limit')" "the kernel has it"
expect_exit 0 ncrun set --memory max web
expect_same "null" "$(ncrun stats --json web | jq '.[0].memory_limit')" "max takes a limit away"
expect_exit 0 ncrun set --memory 64M web

expect_refusal 2 "no limit is given" ncrun set web
expect_refusal 2 "not a number from 1" ncrun set --pids 0 web
expect_refusal 1 "more than memory" ncrun set --memory-high 1G web
expect_refusal 1 "in use" ncrun set --cpus 0.1 --memory 20K web
expect_same "cpus=0.5 memory=64M pids=30" "$(json web '.limits | join(" ")')" "all or nothing"
expect_refusal 1 "no node 'gone'" ncrun set --pids 5 gone

# Devices that are given to a running node are added to those that it has.
expect_exit 0 ncrun node --rootfs alpine -d --name dev --device /dev/full:r -- sleep 1000
expect_exit 0 ncrun set --device /dev/kmsg:r dev
expect_same "device=/dev/full:r device=/dev/kmsg:r" "$(json dev '.limits | join(" ")')" "inspect shows both devices"
expect_exit 0 ncrun exec dev sh -c 'echo x >/dev/null && head -c 1 /dev/full >/dev/null'
expect_exit 0 ncrun rm --force dev
expect_exit 0 ncrun node --rootfs alpine -d --name bare --privileged -- sleep 1000
expect_refusal 1 "made without a filter" ncrun set --device /dev/kmsg:r bare
expect_exit 0 ncrun rm --force bare

# By force below what cannot be taken back: v2 kills, v1 refuses.
expect_exit 0 ncrun node --rootfs alpine -d --name full --memory 32M -- sh -c '(head -c 16777216 /dev/zero; sleep 1000) | tail -c 16777216'
within 20 sh -c '[ "$(ncrun stats --json full | jq ".[0].memory_current")" -gt 16777216 ]'
expect_refusal 1 "memory '8M': 1" ncrun set --memory 8M full
if [ -d /sys/fs/cgroup/memory ]; then
	expect_refusal 1 "more is in use than can be taken back; cgroup v1 kills nobody for that" \
		ncrun set --force --memory 8M full
	expect_same memory=32M "$(json full '.limits | join(" ")')" "the limit stays"
else
	expect_exit 0 ncrun set --force --memory 8M full
	expect_same "true true" "$(ncrun stats --json full | jq -r '.[0] | "\(.oom_kills > 0) \(.memory_current <= 8388608)"')" \
		"the kernel has killed"
	expect_exit 0 ncrun kill --all full
	expect_out "killed (KILL)" ncrun list --all
	expect_same "signal true" "$(json full '.exit | "\(.cause) \(.oom_kills > 0)"')" "who killed it all is known"
fi
expect_exit 0 ncrun rm --force full

# ---- pause --------------------------------------------------------------------------------

expect_exit 0 ncrun node --rootfs alpine -d --name busy --cpus 0.5 -- sh -c 'while :; do :; done'
cpu() {
	ncrun stats --json busy | jq '.[0].cpu_usage_us'
}
expect_exit 0 ncrun pause busy web
before=$(cpu)
sleep 0.5
expect_same "$before" "$(cpu)" "a paused node uses no time"
expect_same true "$(json busy .paused)" "inspect says paused"
expect_out paused ncrun list
expect_refusal 125 "is paused" ncrun exec busy true
expect_exit 0 ncrun pause busy
expect_exit 0 ncrun set --cpus 0.4 busy
expect_same true "$(json busy .paused)" "a changed node stays paused"
expect_exit 0 ncrun resume busy
expect_exit 0 ncrun resume busy
within 5 sh -c "[ \"\$(ncrun stats --json busy | jq '.[0].cpu_usage_us')\" -gt $before ]"
expect_true "a resumed one goes on" test "$(cpu)" -gt "$before"
expect_exit 0 ncrun pause busy
expect_exit 0 ncrun stop busy
expect_same signal "$(json busy .exit.cause)" "a paused node is stopped in good order"
expect_refusal 1 "set: node 'busy': it does not run" ncrun set --pids 5 busy
expect_refusal 1 "pause node 'busy': it does not run" ncrun pause busy
expect_exit 0 ncrun rm --force web busy
expect_refusal 1 "no node" ncrun pause web

# One in the foreground, whose maker removes it, gets its first limit from somebody else.
ncrun node --rootfs alpine --name front -- sleep 1000 &
front=$!
within 5 ncrun exec front true
expect_exit 0 ncrun set --memory 64M --cpus 0.5 --pids 50 front
expect_exit 0 ncrun stop front
wait "$front"
expect_same "" "$(find /sys/fs/cgroup -type d -path '*/default/front')" "no group of it is left, of any kind"

# ---- stats ----------------------------------------------------------------------------------

expect_exit 0 ncrun node --rootfs alpine -d --name one -- sleep 1000
expect_out "NET IN / OUT" ncrun stats
expect_same one "$(ncrun stats --json | jq -r '.[].name')" "stats: all nodes that run"
expect_same lo "$(ncrun stats --json one | jq -r '.[0].interfaces[0].name')" "stats: interfaces"
expect_exit 0 ncrun exec one sh -c 'for i in 1 2 3 4 5 6; do echo x | nc -u -w 1 127.0.0.1 9; done; true'
expect_same "true" "$(ncrun stats --json one | jq '.[0].interfaces[0] | .rx_packets >= 6 and .tx_packets == .rx_packets')" \
	"stats: packets are counted"
expect_same 2 "$(ncrun stats --json --interval 100ms --count 2 one | wc -l)" "stats --interval: a line each time"
expect_refusal 2 "needs an --interval" ncrun stats --count 2
expect_refusal 1 "no node 'gone'" ncrun stats gone
expect_exit 0 ncrun rm --force one
expect_exit 0 ncrun stats
leaks_end "nothing is left of changed nodes"

# ---- clean ------------------------------------------------------------------------------------

# A group whose node's state was lost; one in which a stranger's process is stays.
expect_exit 0 ncrun node --rootfs alpine -d --name lost --memory 64M -- sleep 1000
group=$(sed -n 's/^0:://p; /:memory:/s/^[^:]*:[^:]*://p' "/proc/$(ncrun inspect --json lost | jq '.[0].pid')/cgroup" | head -n 1)
mounted=$(find /sys/fs/cgroup -maxdepth 6 -type d -path "*$group" | head -n 1)
mkdir "$work/aside"
mv "$NCRUN_STATE/default/lost" "$work/aside/lost"
expect_exit 0 ncrun clean
expect_out "of others" ncrun clean
expect_true "a group with processes stays" test -d "$mounted"
[ -d "$NCRUN_STATE/default" ] || mkdir -m 700 "$NCRUN_STATE/default"
mv "$work/aside/lost" "$NCRUN_STATE/default/lost"
expect_exit 0 ncrun rm --force lost
expect_true "the group is gone" test ! -d "$mounted"
mkdir -p "$mounted"
expect_out "control group" ncrun clean --dry-run
expect_out "control group" ncrun clean
expect_true "one without a node is cleaned" test ! -d "$mounted"
expect_out "nothing to clean" ncrun clean
leaks_end "clean leaves nothing"
