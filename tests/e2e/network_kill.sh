#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# timeout: 300
#
# ncrun is killed at many of its system calls while it brings a network up, changes it and takes
# it down: `ncrun clean` leaves nothing of it and does not touch the network beside it, and `up`
# of the same file mends what is there.

. tests/support/e2e.sh
# A network takes ten times the calls of a node.
[ "${NCRUN_SWEEP_STEP:-}" = 1 ] || NCRUN_SWEEP_STEP=$((${NCRUN_SWEEP_STEP:-20} * 10))
. tests/support/sweep.sh
. tests/support/network.sh

need_root
need_command strace guard jq
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

# Everything of "net": processes, files, mounts, links of the machine.
left() {
	find "$NCRUN_STATE/net" 2>/dev/null
	grep "$NCRUN_STATE/net" /proc/self/mountinfo
	ip -o link | grep ' nc-'
	ncrun list --all --names | grep '^net/'
}
state() { # and how many nodes run
	ncrun list --networks | awk '$1 == "net" { print $2, $4 }'
}
cleaned() { # WHAT
	[ "$(state)" != "up 4" ] || return 0 # it was not killed before it was done
	ncrun clean >/dev/null 2>"$work/err" || not_ok "clean after $1: $(cat "$work/err")"
	[ -z "$(left)" ] || not_ok "clean after $1 leaves $(left | tr '\n' ' ')"
}

# ---- up: what is left is removed, or mended ----------------------------------------------------

calls ncrun up "$work/net.yaml"
ncrun down net
turn=0
after() {
	turn=$((turn + 1))
	if [ $((turn % 2)) = 0 ]; then
		cleaned "$1"
		ncrun down net >/dev/null 2>&1
		return
	fi
	up net >/dev/null 2>"$work/err" || not_ok "up after $1: $(cat "$work/err")"
	[ "$(state)" = "up 4" ] || not_ok "up after $1 does not mend it: $(ncrun list --networks)"
	ncrun down net 2>"$work/err" || not_ok "down after $1: $(cat "$work/err")"
}
sweep "up" ncrun up "$work/net.yaml"

# ---- a change: the same -------------------------------------------------------------------------

up net >/dev/null
calls ncrun up "$work/more.yaml"
after() {
	up more >/dev/null 2>"$work/err" || not_ok "up after $1: $(cat "$work/err")"
	[ "$(state)" = "up 4" ] || not_ok "up after $1 does not mend it: $(ncrun list --networks)"
	up net >/dev/null 2>"$work/err" || not_ok "back after $1: $(cat "$work/err")"
}
up net >/dev/null
sweep "a change" ncrun up "$work/more.yaml"

# ---- down -------------------------------------------------------------------------------------

calls ncrun down net
after() {
	cleaned "$1"
	up net >/dev/null 2>"$work/err" || not_ok "up after $1: $(cat "$work/err")"
}
up net >/dev/null
sweep "down" ncrun down net

# ---- clean itself --------------------------------------------------------------------------------

begun() { # a `down` that got as far as its record
	up net >/dev/null 2>"$work/err" || not_ok "up: $(cat "$work/err")"
	killed_at getdents64 1 ncrun down net
}
begun
calls ncrun clean
after() {
	cleaned "$1"
	begun
}
begun
expect_out "broken" ncrun list --networks
sweep "clean" ncrun clean
expect_exit 0 ncrun clean
expect_same "" "$(left)" "clean leaves nothing"
expect_same "$stays" "$(init beside/a)" "the network beside it was not touched"
expect_exit 0 ncrun down beside
leaks_end "killed ncruns leave nothing"
