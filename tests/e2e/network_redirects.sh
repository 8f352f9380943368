#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# A router that knows a better one tells who sends by it, by ICMP. Nodes do not listen: whoever
# forges such a message would read their packets.

. tests/support/e2e.sh
. tests/support/network.sh

need_root
need_command traces jq
leaks_begin

file net <<'END'
name: net
defaults: {rootfs: ROOT}
nodes:
  lan: {kind: switch}
  plain: {cap-add: [NET_ADMIN]}
  gullible: {cap-add: [NET_ADMIN], sysctls: [net.ipv4.conf.all.accept_redirects=1, net.ipv6.conf.eth0.accept_redirects=1]}
  detour: {kind: router}
  way: {kind: router}
  far: {}
links:
  - [plain, lan]
  - [gullible, lan]
  - [detour, lan]
  - [way, lan]
  - [way, far]
END
expect_exit 0 up net --quiet

address() { # NODE 4|6
	ncrun graph --json net | jq -r --arg node "$1" --arg six "$2" \
		'[.links[].ends[] | select(.node == $node) | .addresses[] | select(contains(":") == ($six == "6"))][0] | sub("/.*"; "")'
}
# hop ROUTER 4|6 - as its neighbours call it; IPv6 believes only link-local ones
hop() {
	[ "$2" = 4 ] && address "$1" 4 && return
	ncrun exec "net/$1" -- ip -6 addr show dev eth0 scope link | sed -n 's|.*inet6 \([^/]*\)/.*|\1|p'
}
# learns NODE 4|6 - what it knows of the way after it has sent by the detour
learns() {
	learns_to=$(address far "$2")
	ncrun exec "net/$1" -- ip "-$2" route replace "$learns_to" via "$(hop detour "$2")" dev eth0
	ncrun ping -q -c 3 -i 50ms "-$2" "net/$1" far >"$work/out" 2>&1 || not_ok "$1 does not reach it: $(cat "$work/out")"
	ncrun exec "net/$1" -- ip "-$2" route get "$learns_to"
}
# In IPv6 a router tells of what it itself sends to a link-local address.
ncrun exec net/detour -- ip -6 route replace "$(address far 6)" via "$(hop way 6)" dev eth0
for family in 4 6; do
	expect_same 0 "$(learns plain $family | grep -c "via $(hop way $family) ")" "a node sends where its own routes say (IPv$family)"
	expect_same 1 "$(learns gullible $family | grep -c "via $(hop way $family) ")" "one that asked for it listens (IPv$family)"
done
expect_exit 0 ncrun down net
leaks_end "and nothing is left"
