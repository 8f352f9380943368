#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# timeout: 300
#
# Who reaches whom: pings and traceroutes from nodes that have no program for that.

. tests/support/e2e.sh

need_root
need_command jq traces
leaks_begin

# said CODE COMMAND... - its output in $work/said, for what follows
said() {
	expect_exit "$@"
	cp "$work/out" "$work/said"
}

cat >"$work/lab.yaml" <<-END
	name: lab
	defaults: {rootfs: host}
	nodes:
	  a: {}
	  b: {}
	  r: {kind: router}
	  c: {}
	  lan: {kind: switch}
	links:
	  - [a, lan]
	  - [b, lan]
	  - [r, lan]
	  - [r, c]
END
expect_exit 0 ncrun up "$work/lab.yaml"

# one pair
expect_out "a to c (10." ncrun ping -i 1ms lab/a c
expect_out "3 sent, 3 received, 0% lost" ncrun ping -i 1ms lab/a c
expect_out "ttl 63" ncrun ping -c 1 lab/a c
expect_out "ttl 64" ncrun ping -c 1 lab/a b
expect_out "a to c (fd00:" ncrun ping -6 -q -i 1ms lab/a c
expect_out "2 sent, 2 received" ncrun ping -q -c 2 -s 60000 lab/a c
expect_out "2 sent, 2 received" ncrun ping -q -c 2 -i 1ms -s 0 lab/a c
address=$(ncrun ping --json -c 1 lab/a c | jq -r .address)
expect_out "a to c ($address)" ncrun ping -q -c 1 lab/a "$address"
said 1 ncrun ping -q -c 1 lab/a 10.99.0.1
expect_true "who cannot pass it on is named" grep -q "network unreachable (says 10\.[0-9.]*)" "$work/said"
expect_same "c 4 4 true" \
	"$(ncrun ping --json -c 4 -i 1ms lab/a c | jq -r '"\(.to) \(.sent) \(.replies | length) \(.min_us <= .max_us)"')" "the same as JSON"

# what people get wrong
expect_refusal 1 "no network 'lba'" ncrun ping lba/a c
expect_refusal 1 "no node 'x' in network 'lab'" ncrun ping lab/a x
expect_refusal 1 "no node 'lam' in network 'lab' (did you mean 'lan'?)" ncrun ping lab/a lam
expect_refusal 2 "node 'lan' is a switch: it has no addresses" ncrun ping lab/a lan
expect_refusal 2 "'10.0.0.1' is no IPv6 address" ncrun ping -6 lab/a 10.0.0.1
expect_refusal 1 "no node 'x' in network 'lab'" ncrun traceroute lab/a x
expect_refusal 2 "--max-hops" ncrun traceroute -m 256 lab/a c
expect_refusal 2 "'a': not NETWORK/NODE" ncrun ping a c
expect_refusal 2 "'lab/a': not the name of a network" ncrun ping --all lab/a
expect_refusal 2 "name who is to answer, or --all" ncrun ping lab/a
expect_refusal 2 "--ipv4 contradicts --ipv6" ncrun ping -4 -6 lab/a c
expect_refusal 2 "--size" ncrun ping -s 65001 lab/a c

# all pairs
expect_out "12 pairs: 36 sent, 36 received, 0% lost" ncrun ping --all lab
expect_out "12 pairs: 12 sent, 12 received" ncrun ping --all -6 -c 1 -q lab
ncrun ping --all -c 1 lab >"$work/matrix"
expect_same "6" "$(wc -l <"$work/matrix" | tr -d ' ')" "a line for each node, and one above and below"
expect_same "a b r c" "$(head -n 1 "$work/matrix" | xargs)" "in the order of the file"
expect_same "12 true" "$(ncrun ping --all --json lab | jq -r '"\(length) \(all(.received == 3))"')" "as JSON"
expect_exit 0 ncrun stop lab/c
said 1 ncrun ping --all -c 1 lab
expect_true "pairs that lost all are crossed" grep -q "^a .* x" "$work/said"
expect_true "... and it is said why" grep -q "^x: does not run (6 pairs)" "$work/said"
expect_true "... and they are counted" grep -q "6 pairs without any answer" "$work/said"
# its namespace answers until the kernel has come to take it away
within 10 sh -c '! ncrun ping -q -c 1 -W 50ms lab/a c'
said 1 ncrun ping -i 10ms -W 50ms lab/a c
expect_true "each request that was lost is told" grep -q "^seq 2 lost" "$work/said"
expect_refusal 1 "node 'c' does not run" ncrun ping lab/c a
expect_refusal 1 "node 'c' does not run" ncrun traceroute lab/c a
expect_exit 0 ncrun down lab

# a long way, and one that becomes so while the network runs
far() { # ROUTERS
	printf 'name: far\ndefaults: {rootfs: host}\nnodes: {a: {}, z: {}}\n'
	printf 'topology: {linear: {length: %s, kind: router, hosts: 0}}\nlinks: [[a, r1], [r%s, z]]\n' "$1" "$1"
}
far 5 >"$work/far.yaml"
expect_exit 0 ncrun up "$work/far.yaml"
said 0 ncrun traceroute far/a z
expect_same "r1:eth1 r2:eth0 r3:eth0 r4:eth0 r5:eth0 z:eth0" "$(awk '{ print $2 }' "$work/said" | xargs)" \
	"five routers are six hops, each by its name"
said 1 ncrun traceroute far/a 10.99.0.1
expect_true "where it ends is told" grep -q "^  1  r1:eth1 (10\.0\.0\.[0-9]*) .* network unreachable" "$work/said"
said 1 ncrun traceroute -m 3 far/a z
expect_same "3" "$(wc -l <"$work/said" | tr -d ' ')" "no farther than it may"
expect_same "ttl 59" "$(ncrun ping -c 1 far/a z | grep -o 'ttl [0-9]*')" "64, and each router takes one"
far 100 >"$work/far.yaml"
expect_exit 0 ncrun up "$work/far.yaml"
said 0 ncrun traceroute far/a z
expect_same "101" "$(wc -l <"$work/said" | tr -d ' ')" "a chain of 100 routers is 101 hops"
expect_true "the last is where it was to go" grep -q "^101  z:eth0 (10\." "$work/said"
expect_same "r1 r50 r100 z" \
	"$(ncrun traceroute --json far/a z | jq -r '[.[0, 49, 99, 100].node] | join(" ")')" "each by name"
expect_same "z" "$(ncrun traceroute -6 --json far/a z | jq -r '.[100] | select(.reached) | .node')" "by IPv6, too"
expect_exit 0 ncrun ping -q -i 10ms far/a z
expect_exit 0 ncrun ping -q -6 -i 10ms far/z a
expect_exit 0 ncrun down far
leaks_end
