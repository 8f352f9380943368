#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# A network looked at as a whole, and its switches: what is wired how, and who was seen where.

. tests/support/e2e.sh

need_root
need_command jq guard
. tests/support/network.sh
leaks_begin

file lab <<-END
	name: lab
	defaults: {rootfs: ROOT}
	nodes:
	  a: {ports: "127.0.0.1:18473:80"}
	  b: {uplink: true}
	  r: {kind: router}
	  c: {}
	  lan: {kind: switch, ageing: 40s}
	  hub: {kind: switch, no-ageing: true}
	links:
	  - [a, lan]
	  - [b, lan]
	  - {ends: [r, lan], mtu: 1400}
	  - {ends: [r, c], duplicate: 5%, seed: 3}
END
expect_exit 0 up lab --quiet
expect_exit 0 ncrun ping -q -c 1 lab/a b
expect_exit 0 ncrun ping -q -c 1 lab/b r
expect_exit 0 ncrun partition lab a / c
of() { # NAME FILTER - of what inspect shows of it, as JSON
	ncrun inspect --json "$1" | jq -rc ".[0] | $2"
}

# the whole
expect_same "lab network up false 4" "$(of lab '"\(.name) \(.kind) \(.state) \(.temporary) \(.running)"')" "what it is"
expect_same '[["a"],["c"]]' "$(of lab .partition.groups)" "its partition"
expect_same "a host running b host running r router running c host running" \
	"$(of lab '[.nodes[] | .name, .kind, .state] | join(" ")')" "its nodes"
expect_same '["127.0.0.1:18473:80"]' "$(of lab '.nodes[0].ports')" "published ports"
expect_same 2 "$(of lab '.nodes[1].uplink | length')" "addresses of an uplink"
expect_same "lan 40s hub true" "$(of lab '[.switches[] | .name, .options.ageing // .options["no-ageing"]] | join(" ")')" "its switches"
expect_same "4 1400" "$(of lab '"\(.links | length) \(.links[2].ends[0].mtu)"')" "its links"
ncrun inspect lab >"$work/text"
for words in "partition     a / c: 0 packets dropped" "holds         4 nodes, 4 running, 2 switches, 4 links" \
	"lan         3  ageing: 40s" "hub         0  no-ageing: true" "duplicate: 5%, seed: 3" "127.0.0.1:18473:80"; do
	expect_true "text: $words" grep -qF -- "$words" "$work/text"
done

# a switch
expect_same "lan lab switch 40s 3" "$(of lab/lan '"\(.name) \(.network) \(.kind) \(.options.ageing) \(.links | length)"')" "a switch"
expect_same "lan-a a lan-b b lan-r r" "$(of lab/lan '[.stations[] | .port, .node] | join(" ")')" "whom it has seen, and where"
expect_same "$(of lab/a '.links[0].ends[0].mac')" "$(of lab/lan '.stations[0].mac')" "by which address"
expect_same forwarding "$(of lab/lan '.links[0].ends[1].port_state')" "what a port does"
expect_out "a:eth0" ncrun inspect lab/lan
expect_same "0 0" "$(of lab/hub '"\(.links | length) \(.stations | length)"')" "one without ports"

# a node, several, and what is none
expect_same "r router 2" "$(of lab/r '"\(.name) \(.kind) \(.links | length)"')" "a node, with its links"
expect_same "network switch host" "$(ncrun inspect --json lab lab/lan lab/c | jq -r '[.[].kind] | join(" ")')" "several at once"
expect_refusal 1 "no node 'x' in network 'lab'" ncrun inspect lab/x
expect_refusal 1 "no node 'nosuch', and no network" ncrun inspect nosuch
expect_true "the others are shown all the same" sh -c 'ncrun inspect lab/x lab/lan 2>/dev/null | grep -q "^PORT"'

# one that ended, and one that came by itself
expect_exit 0 ncrun node --net lab/lan --name guest --detach --rootfs "$work/root" -- sleep 1000
expect_same "guest true" "$(of lab '.nodes[-1] | "\(.name) \(.joined)"')" "a node that joined"
expect_exit 0 ncrun stop --grace 0s lab/c
expect_same "exited gone" "$(of lab/c '"\(.state) \(.links[0].ends[1].state)"')" "a node that has ended"

expect_exit 0 ncrun down --grace 0s lab
leaks_end
