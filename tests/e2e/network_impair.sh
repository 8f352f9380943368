#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# How bad a bad link is: measured by packets, against what was asked for. What the kernel
# decides at random is held to five standard deviations; what has a seed, to the packet.

. tests/support/e2e.sh

need_root
need_command jq guard
. tests/support/network.sh
leaks_begin

file bad <<-END
	name: bad
	defaults: {rootfs: ROOT}
	nodes: {a: {}, b: {run: nc -l -l -p 9 -e wc -c}}
	links: [[a, b]]
END
expect_exit 0 up bad --quiet

# pings COUNT - a to b: which got no answer, how many did, and times in us: the least, that of
# the one in the middle, how many are within 20 to 43 ms, and how far four fifths are apart
pings() {
	ncrun ping --json -c "$1" -i 1ms -W 600ms bad/a b >"$work/pings"
	read -r lost received least typical inside spread <<-END
		$(jq -r '([.replies[].rtt_us | select(.)] | sort) as $t | ($t | length) as $n |
			"\([.replies[] | select(.rtt_us == null) | .sequence] | sort | @json) \($n) \($t[0]) " +
			"\($t[$n / 2 | floor]) \([$t[] | select(. >= 20000 and . <= 43000)] | length) " +
			"\($t[$n * 0.9 | floor] - $t[$n * 0.1 | floor])"' "$work/pings")
	END
}
# calmly COUNT TEST - pings until the shell's TEST of them holds: a machine that has other things
# to do is late, but never early, and not always
calmly() {
	calm_tries=8
	while pings "$1" && ! eval "$2"; do
		calm_tries=$((calm_tries - 1))
		[ "$calm_tries" -gt 0 ] || break
		sleep 0.2
	done
}
# set_link [WORD...] - a new impairment; one that is changed goes on counting its packets
set_link() {
	ncrun link set --out bad/a impair=none
	[ $# -eq 0 ] || expect_exit 0 ncrun link set --out bad/a "$@"
}
seen() { # JQ - of the link
	ncrun link show --json bad/a | jq -r ".[0].ends | $1"
}
pings 3 # neighbours know each other

# ---- packet by packet, with a seed: everywhere ---------------------------------------------
set_link loss=10% seed=5
pings 200
first=$lost
expect_true "10 % of 200 are 20, give or take: $((200 - received))" between "$received" 159 198
expect_same "$((200 - received))" "$(seen '.[0].impair_lost')" "and they are counted"
set_link loss=10% seed=5
pings 200
expect_same "$first" "$lost" "the same seed loses the same packets"
set_link loss=10% seed=6
pings 200
expect_differ "$first" "$lost" "another seed, others"
set_link duplicate=50% seed=5
before=$(seen '.[1].tx_packets')
pings 100
read -r twice answers <<-END
	$(seen '"\(.[0].impair_duplicated) \(.[1].tx_packets)"')
END
expect_true "half of 100 come twice: $twice" between "$twice" 25 75
expect_true "each is answered: $((answers - before))" [ $((answers - before)) -ge $((100 + twice)) ]

# ---- rate ------------------------------------------------------------------------------------
# transfer BYTES - milliseconds that it takes from a to b, by a stream
transfer() {
	began=$(date +%s%N)
	got=$(ncrun exec bad/a -- sh -c "head -c $1 /dev/zero | nc -w 9 b 9")
	echo "$got $((($(date +%s%N) - began) / 1000000))"
}
set_link rate=4mbit
read -r got took <<-END
	$(transfer 250000)
END
# 250,000 bytes and their headers take 520 ms; programs need time to start
expect_same 250000 "$got" "all of a stream arrives"
expect_true "at 4 Mbit/s: $took ms" between "$took" 480 3000

# ---- time: netem's, where the kernel has it ---------------------------------------------------
if ! ncrun link set --out bad/a impair=none delay=20ms 2>"$work/said"; then
	expect_true "a kernel without netem says so" grep -q "this kernel has no netem (CONFIG_NET_SCH_NETEM" "$work/said"
	expect_exit 0 ncrun down --grace 0s bad
	leaks_end
	skip "needs netem (CONFIG_NET_SCH_NETEM)"
fi
# shellcheck disable=SC2016 # calmly expands them
calmly 40 '[ "$typical" -le 23000 ]'
expect_true "delay 20 ms: $least us at least" [ "$least" -ge 20000 ]
expect_true "and typically $typical" [ "$typical" -le 23000 ]
expect_exit 0 ncrun link set --out bad/a delay=60ms
calmly 20 '[ "$typical" -le 64000 ]'
expect_true "changed in place: $least us" [ "$least" -ge 60000 ]
expect_true "and typically $typical" [ "$typical" -le 64000 ]
# what waits in the queue while the delay changes is not lost
ncrun ping --json -c 200 -i 1ms -W 2s bad/a b >"$work/pings" &
flood=$!
for delay in 30ms 50ms 40ms; do ncrun link set --out bad/a "delay=$delay"; done
wait $flood
expect_same "200" "$(jq .received "$work/pings")" "nothing is lost by a change"

set_link delay=30ms jitter=10ms
calmly 150 'between "$inside" 130 150'
expect_true "jitter 10 ms: $least us at least" [ "$least" -ge 20000 ]
expect_true "$inside of 150 within it" [ "$inside" -ge 130 ]
# four fifths of what is even between 20 and 40 ms is 16 ms wide
expect_true "and spread: $spread us" between "$spread" 9000 24000

# netem's own loss, and a rate with a delay
set_link loss=20% delay=1ms
pings 200
expect_true "20 % of 200 with a delay: $((200 - received))" between "$received" 132 188
set_link rate=4mbit delay=10ms
read -r got took <<-END
	$(transfer 250000)
END
expect_same 250000 "$got" "a stream at a rate and with a delay"
expect_true "takes $took ms" between "$took" 480 3000
pings 5
expect_true "the delay as well: $least us" [ "$least" -ge 10000 ]
set_link
calmly 5 '[ "$least" -le 5000 ]'
expect_true "as good as new: $least us" [ "$least" -le 5000 ]

expect_exit 0 ncrun down --grace 0s bad
leaks_end
