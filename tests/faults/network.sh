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
file net <<'END'
name: net
defaults: {rootfs: ROOT}
nodes: {a: , b: , r: {kind: router}, gw: {kind: nat}, lan: {kind: switch}}
links: [[a, lan], [r, lan], {ends: [r, {node: gw, bound: north}]}, [b, gw]]
END
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

# It is broken then, as in the middle of an `up`: mended by the next, or removed.
undo='mend_or_remove net'
sweep "link set" ncrun link set net/a mtu=1300
sweep partition ncrun partition net a b
undo='up net && ncrun down net'
sweep "a node that joins" ncrun node --detach --rootfs "$work/root" --name j --net net/lan -- sleep 600

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
