# shellcheck shell=sh disable=SC2154 # $work is e2e.sh's
# SPDX-License-Identifier: Apache-2.0
#
# network.sh - what stories of networks share; after e2e.sh. The nodes are small: $work/root
# of busybox, as `rootfs: ROOT` in a file.

busybox_root "$work/root"

# file NAME - standard input as the file NAME.yaml in $work, with ROOT made a path
file() {
	sed "s|ROOT|$work/root|g" >"$work/$1.yaml"
}

# file_pair NAME - a small network: two hosts at a switch
file_pair() {
	file "$1" <<-END
		name: $1
		defaults: {rootfs: ROOT}
		nodes: {a: , b: , lan: {kind: switch}}
		links: [[a, lan], [b, lan]]
	END
}

# file_routed NAME - one of everything: hosts, a switch, a router and a nat
file_routed() {
	file "$1" <<-END
		name: $1
		defaults: {rootfs: ROOT}
		nodes: {a: , b: , r: {kind: router}, gw: {kind: nat}, lan: {kind: switch}}
		links: [[a, lan], [r, lan], {ends: [r, {node: gw, bound: north}]}, [b, gw]]
	END
}

# up NAME [OPTION...] - the network of that file
up() {
	up_file=$work/$1.yaml
	shift
	ncrun up "$@" "$up_file"
}

# pings NODE ADDRESS... - all answer
pings() {
	pings_from=$1
	shift
	for pings_to in "$@"; do
		case $pings_to in
		*:*) ncrun exec "$pings_from" -- ping6 -c 1 -W 1 "$pings_to" >/dev/null 2>&1 ;;
		*) ncrun exec "$pings_from" -- ping -c 1 -W 1 "$pings_to" >/dev/null 2>&1 ;;
		esac || return 1
	done
}

# knows NODE NAME SIGN - the addresses of that name in its hosts file, "." or ":" in them
knows() {
	ncrun exec "$1" -- awk -v name="$2" -v sign="$3" '$2 == name && index($1, sign) { print $1 }' /etc/hosts
}

# init NODE - the pid of its first process: another one is another node
init() {
	ncrun inspect --json "$1" | jq '.[0].pid'
}
