#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# Switches that are more than a cable: loops that STP breaks, and VLANs that part a wire.

. tests/support/e2e.sh

need_root
need_command jq guard
. tests/support/network.sh
leaks_begin

# ---- a loop of three ----------------------------------------------------------------------------
file loop <<-END
	name: loop
	defaults: {rootfs: ROOT}
	nodes:
	  s1: {kind: switch, stp: true, priority: 4096, hello: 1s, forward-delay: 2s}
	  s2: {kind: switch, stp: true, hello: 1s, forward-delay: 2s}
	  s3: {kind: switch, stp: true, hello: 1s, forward-delay: 2s}
	  a: {}
	  b: {}
	  c: {}
	links: [[s1, s2], [s2, s3], [s3, s1], [a, s1], [b, s2], [c, s3]]
END
expect_exit 0 up loop --quiet
# states - of the ports between switches
states() {
	ncrun link show --json loop | jq -r '[.[].ends | select(all(.[]; .node | startswith("s"))) | .[] |
		select(.carrier != false and .state == "up") | .port_state] | sort | join(" ")'
}
expect_true "a tree: one of six ports is blocked" within 15 sh -c "
	[ \"\$(ncrun link show --json loop | jq -r '[.[].ends[].port_state | select(.)] | sort | unique | join(\" \")')\" = 'blocking forwarding' ]"
expect_same "blocking forwarding forwarding forwarding forwarding forwarding" "$(states)" "and the others forward"
expect_out "blocking" ncrun link show loop
blocked=$(ncrun link show --json loop | jq -r '.[].ends[] | select(.port_state == "blocking") | .node')
expect_differ s1 "$blocked" "not the root's, which has the least priority"
expect_out "0% lost" ncrun ping --all -q -c 1 -W 2s loop
sent() { ncrun link show --json loop/b | jq '[.[0].ends[].tx_packets] | add'; }
before=$(sent)
ncrun ping -q -c 20 -i 1ms loop/a c >/dev/null
expect_true "nothing goes round: $(($(sent) - before)) packets passed b" [ $(($(sent) - before)) -lt 20 ]

# a link of the tree goes, and the one that was blocked takes its place
expect_exit 0 ncrun link down loop/s1:s1-s2
expect_same "forwarding forwarding" "$(within 15 sh -c 'ncrun ping -q -c 1 -W 200ms loop/a b >/dev/null' && states | grep -o 'forwarding forwarding$')" \
	"the way round opens"
expect_out "0% lost" ncrun ping --all -q -c 1 -W 2s loop
expect_exit 0 ncrun down --grace 0s loop

# ---- VLANs ----------------------------------------------------------------------------------------
# All are in one subnet: what parts them is the switch.
file parts <<-END
	name: parts
	defaults: {rootfs: ROOT}
	nodes:
	  one: {kind: switch, vlan-filtering: true}
	  two: {kind: switch, vlan-filtering: true}
	  a: {}
	  b: {}
	  c: {}
	  d: {}
	  e: {}
	  f: {}
	links:
	  - {ends: [a, one], vlan: 10, address: [10.9.0.1/24, "fd09::1/64"]}
	  - {ends: [b, one], vlan: 10, address: [10.9.0.2/24, "fd09::2/64"]}
	  - {ends: [c, one], vlan: 20, address: [10.9.0.3/24, "fd09::3/64"]}
	  - {ends: [d, two], vlan: 10, address: [10.9.0.4/24, "fd09::4/64"]}
	  - {ends: [e, two], vlan: 20, address: [10.9.0.5/24, "fd09::5/64"]}
	  - {ends: [f, two], address: [10.9.0.6/24, "fd09::6/64"]}
	  - ends: [{node: one, trunk: [10, 20]}, {node: two, trunk: 10-30}]
END
if ! up parts --quiet 2>"$work/said"; then
	expect_true "a kernel without VLANs of bridges says so" grep -q "no bridges with VLANs (CONFIG_BRIDGE_VLAN_FILTERING)" "$work/said"
	expect_same "" "$(ncrun list --networks --names)" "and nothing was made"
	leaks_end
	skip "needs VLANs of bridges (CONFIG_BRIDGE_VLAN_FILTERING)"
fi
reached() { ncrun ping --all --json -c 1 -W 300ms "$@" parts | jq -r '[.[] | select(.received == 1) | .from + .to] | sort | join(" ")'; }
both="ab ad ba bd ce da db ec"
expect_same "$both" "$(reached)" "who is in one VLAN, here or over the trunk, and nobody else"
expect_same "$both" "$(reached -6)" "the same with IPv6"
expect_same "10 10 20" "$(ncrun inspect --json parts/one | jq -r '[.[0].stations[] | select(.port != "one-two") | .vlan] | join(" ")')" \
	"the switch knows them by VLAN"
expect_exit 0 ncrun link set parts/one:one-c vlan=10
expect_same "ab ac ad ba bc bd ca cb cd da db dc" "$(reached)" "a port that is in another VLAN now"
expect_exit 0 ncrun link set parts/one:one-two trunk=20
expect_same "ab ac ba bc ca cb" "$(reached)" "and a trunk that has less"
expect_exit 0 up parts --quiet
expect_same "$both" "$(reached)" "as the file has it"
expect_exit 0 ncrun down --grace 0s parts
leaks_end
