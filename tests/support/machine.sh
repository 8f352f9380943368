# shellcheck shell=sh disable=SC2154 # $work is e2e.sh's
# SPDX-License-Identifier: Apache-2.0
#
# machine.sh - a network namespace (and an IPC namespace) that plays the machine, for stories
# of uplinks; before e2e.sh, since the story begins anew in it. With a neighbour beyond its
# "eth0": machine_begin makes both, machine_end is called before leaks_end. What is done there
# never touches the machine that the tests run on.

[ -n "${NCRUN_TEST_MACHINE:-}" ] || [ "$(id -u)" != 0 ] ||
	NCRUN_TEST_MACHINE=1 exec unshare --net --ipc "$0" "$@"

machine_begin() {
	unshare --net sleep 100000 &
	machine_outside=$!
	# shellcheck disable=SC2016 # of the shell in there
	within 5 sh -c '[ "$(readlink /proc/'"$machine_outside"'/ns/net)" != "$(readlink /proc/self/ns/net)" ]'
	ip link set lo up
	outside ip link set lo up
	ip link add name eth0 type veth peer name eth0 netns "$machine_outside"
	machine_address 1
	outside sysctl -qw net.ipv6.conf.eth0.accept_dad=0
	machine_address 2 outside
	ip route add default via 192.0.2.2
	ip -6 route add default via 2001:db8::2
	# where IPv6 forwards only as a whole, its owner has to want it
	[ -e /proc/sys/net/ipv6/conf/eth0/force_forwarding ] ||
		sysctl -qw net.ipv6.conf.all.forwarding=1
}

machine_address() { # NUMBER [outside]
	${2:-} ip addr add "192.0.2.$1/24" dev eth0
	${2:-} ip addr add "2001:db8::$1/64" dev eth0 nodad
	${2:-} ip link set eth0 addrgenmode none up
}

outside() { nsenter --net="/proc/$machine_outside/ns/net" "$@"; }

machine_end() {
	kill "$machine_outside"
	wait "$machine_outside" 2>/dev/null
}

# machine_state - all that others may have on the machine
machine_state() {
	nft list ruleset
	ip -o link | sed 's/ qdisc.*//'
	ip -o addr | sed 's/valid_lft.*//'
	ip route show table all
	ip -6 route show table all
	ip neigh show nud permanent
	sysctl -a 2>/dev/null | grep -E 'forwarding|ip_forward|rp_filter|route_localnet|accept_ra '
}
