#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# timeout: 80000
#
# A fault at each system call of what a network lives through: up, a change of it, down, link
# set, partition, a node that joins, and clean. The network beside it is not touched.

. tests/support/private.sh
. tests/support/e2e.sh
. tests/support/faults.sh
. tests/support/network.sh

need_root
need_command faults traces jq nft ip
leaks_begin

file beside <<'END'
{name: beside, defaults: {rootfs: ROOT}, nodes: {a: , lan: {kind: switch}}, links: [[a, lan]]}
END
file_routed net
file more <<'END'
name: net
defaults: {rootfs: ROOT}
nodes: {a: , c: , r: {kind: router}, gw: {kind: nat}, lan: {kind: switch}, lan2: {kind: switch}}
links: [[a, lan], [r, lan], {ends: [r, {node: gw, bound: north}], mtu: 1400}, [c, lan2], [gw, lan2]]
END
expect_exit 0 up beside
stays=$(init beside/a)

state() { ncrun list --networks | awk '$1 == "net" { print $2, $4 }'; }
gone() {
	[ -z "$(state)" ] || ncrun down net
}
# What is left of an `up` is removed, or mended by the next, in turns.
mended=0
mend_or_remove() {
	mended=$((1 - mended))
	[ $mended = 1 ] || { gone; return; }
	up "$1" && [ "$(state)" = "up 4" ] && ncrun down net
}
up net >/dev/null
ncrun down net

undo='mend_or_remove net'
sweep up ncrun up "$work/net.yaml"
fixture='up net' undo='mend_or_remove more'
sweep "a change" ncrun up "$work/more.yaml"
undo='gone'
sweep down ncrun down net

# ---- what changes one that is up -------------------------------------------------------------

# It runs on, whoever was killed at it: only the change is lost, or the node that joined.
up net
net_inits() { for node in a b r gw; do init "net/$node"; done; }
net_links() { ncrun link show net | awk '{ print $1, $2, $3, $4, $5, $5 == "-" ? "" : $6 }'; }
inits=$(net_inits) links=$(net_links)
runs() {
	[ "$(state)" = "up 4" ] && [ "$(net_inits)" = "$inits" ] && [ "$(net_links)" = "$links" ] &&
		ncrun ping -c 1 net/a r
}
expect_true "the network runs" runs
fixture=runs
undo='ncrun link set net/a mtu=1500 && runs'
sweep "link set" ncrun link set net/a mtu=1300
undo='ncrun link up net/a && runs'
sweep "link down" ncrun link down net/a
there() { ncrun link show net | grep -q b:x; }
undo='! there || ncrun link rm net/b:x; runs'
sweep "link add" ncrun link add net/b:x lan
ncrun link add net/b:x lan
links=$(net_links) undo='there || ncrun link add net/b:x lan; runs'
sweep "link rm" ncrun link rm net/b:x
undo='ncrun heal net && runs'
sweep partition ncrun partition net a b
left() { ncrun list --all --names | grep -qx "net/j" || return 0; ncrun rm --force net/j; }
undo='left && runs'
sweep "a node that joins" ncrun node --detach --rootfs "$work/root" --name j --net net/lan -- sleep 600
expect_exit 0 ncrun down net

# ---- clean itself ----------------------------------------------------------------------------

begun() { # a `down` that got as far as its record
	up net
	faults --only getdents64 --at 1 -- ncrun down net
	[ "$(ncrun list --networks | awk '$1 == "net" { print $2 }')" = broken ]
}
fixture=begun undo='ncrun clean'
sweep clean ncrun clean
expect_exit 0 ncrun clean
expect_same "$stays" "$(init beside/a)" "the network beside it was not touched"
expect_exit 0 ncrun down beside
leaks_end "killed ncruns leave nothing"
