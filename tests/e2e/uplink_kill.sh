#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# timeout: 300
#
# ncrun is killed at many of its system calls while it wires uplinks and publishes ports, and
# while it takes them away: `ncrun clean` leaves nothing of it on the machine, which forwards
# no more than before; without any state, too.

. tests/support/machine.sh
. tests/support/e2e.sh
# A network takes ten times the calls of a node, and what is made on the machine more.
[ "${NCRUN_SWEEP_STEP:-}" = 1 ] || NCRUN_SWEEP_STEP=$((${NCRUN_SWEEP_STEP:-20} * 12))
. tests/support/sweep.sh
. tests/support/network.sh

need_root
need_command strace nft ip guard
leaks_begin
machine_begin
machine_state >"$work/before"

file net <<'END'
name: net
defaults: {rootfs: ROOT}
nodes: {a: , gw: {kind: router, uplink: true}, web: {ports: ["8080:80", "[::1]:53:53/udp"]}}
links: [[a, gw], [web, gw]]
END
cleaned() { # WHAT
	ncrun clean >/dev/null 2>"$work/err" || not_ok "clean after $1: $(cat "$work/err")"
	machine_state >"$work/after"
	diff "$work/before" "$work/after" >"$work/left" || not_ok "clean after $1 leaves $(grep '^[<>]' "$work/left" | head -n 3)"
}

calls ncrun up "$work/net.yaml"
ncrun down net
after() {
	[ "$(ncrun list --networks | awk '{ print $2 }' | tail -n 1)" != up ] || ncrun down net
	cleaned "$1"
}
sweep up ncrun up "$work/net.yaml"

up net >/dev/null
calls ncrun down net
up net >/dev/null
after() {
	[ "$(ncrun list --networks | awk '{ print $2 }' | tail -n 1)" = up ] || cleaned "$1"
	up net >/dev/null 2>"$work/err" || not_ok "up after $1: $(cat "$work/err")"
}
sweep down ncrun down net

# Whoever loses the state and the nodes still finds what is on the machine.
for node in a gw web; do ncrun rm --force "net/$node"; done
umount "$NCRUN_STATE/net/.fabric"
rm -rf "$NCRUN_STATE/net"
expect_out "stray link" ncrun clean
cleaned "the loss of all state"
expect_out "nothing to clean" ncrun clean
ip link del eth0
machine_end
leaks_end
