#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# What people draw first: a cable, switches, routers, nats and what they hide; each with
# ping, TCP and UDP in both families.

. tests/support/e2e.sh

need_root
need_command jq traces busybox datagram
tools=$(command -v datagram)
tools=${tools%/*}
leaks_begin

# up NAME, nodes and links on standard input
up() {
	{ printf 'name: %s\ndefaults: {rootfs: host, volumes: [%s:/mnt:ro]}\n' "$1" "$tools"; cat; } >"$work/$1.yaml"
	expect_exit 0 ncrun up --quiet "$work/$1.yaml"
}
reach() { # NET/A B... - by ping in both families
	from=$1
	shift
	for to in "$@"; do
		for family in -4 -6; do
			expect_exit 0 ncrun ping -q -c 1 -W 2s $family "$from" "$to"
		done
	done
}
blocked() { # NET/A ADDRESS...
	from=$1
	shift
	for to in "$@"; do expect_exit 1 ncrun ping -q -c 1 -W 200ms "$from" "$to"; done
}
address() { # NET/NODE 4|6 [LINK] - the first that is of that family
	ncrun graph --json "${1%/*}" | jq -r --arg node "${1#*/}" --arg six "$2" --arg link "${3:-}" \
		'[(if $link == "" then .links[] else .links[$link | tonumber] end).ends[] |
		select(.node == $node) | .addresses[] | select(contains(":") == ($six == "6"))][0] | sub("/.*"; "")'
}
# One that says its host's name by TCP on port 7, and one that notes datagrams
udp_service="{name: udp, command: /mnt/datagram --listen 9}"
serve="[{name: tcp, command: busybox nc -ll -p 7 -e hostname}, $udp_service]"
tcp() { # NET/A B - what B's service says
	ncrun exec "$1" -- busybox nc -w 3 "$2" 7 </dev/null
}
udp() { # NET/A B TEXT
	expect_exit 0 ncrun exec "$1" -- /mnt/datagram "$2" 9 "$3"
	expect_true "a datagram from $1 gets to $2" within 5 sh -c \
		"ncrun logs --service udp ${1%/*}/$2 | grep -q '^$3 from '"
}

# itself, and a cable
up cable <<-END
	nodes: {a: {}, b: {run: $serve}}
	links: [[a, b]]
END
reach cable/a b a
expect_exit 0 ncrun ping -q -c 1 cable/a 127.0.0.1
expect_same b "$(tcp cable/a b)" "TCP over a cable"
udp cable/a b one

# three switches in a row
up switches <<-END
	nodes: {a: {}, b: {run: $serve}, s1: {kind: switch}, s2: {kind: switch}, s3: {kind: switch}}
	links: [[a, s1], [s1, s2], [s2, s3], [s3, b]]
END
reach switches/a b
expect_same b "$(tcp switches/a b)" "TCP through switches"
udp switches/a b two
expect_out "1 hop" sh -c 'ncrun traceroute switches/a b; echo "$(ncrun traceroute --json switches/a b | jq length) hop"'

# two routers between switches
up routers <<-END
	nodes: {a: {}, b: {run: $serve}, s1: {kind: switch}, s2: {kind: switch}, r1: {kind: router}, r2: {kind: router}}
	links: [[a, s1], [r1, s1], [r1, r2], [r2, s2], [b, s2]]
END
reach routers/a b
expect_same b "$(tcp routers/a b)" "TCP through routers"
udp routers/a b three
for family in -4 -6; do
	expect_same "r1 r2 b" "$(ncrun traceroute --json $family routers/a b | jq -r '[.[].node] | join(" ")')" "the way, $family"
done

# a nat behind a nat: what is inside gets out, and is seen by the outer nat's address
up nats <<-END
	nodes:
	  in: {run: $serve}
	  mid: {}
	  out: {run: [{name: tcp, command: busybox nc -ll -p 7 -e busybox netstat -tn}, $udp_service]}
	  home: {kind: nat}
	  provider: {kind: nat}
	  street: {kind: switch}
	links:
	  - [in, home]
	  - {ends: [home, street], bound: north}
	  - [mid, street]
	  - {ends: [provider, street]}
	  - {ends: [provider, out], bound: north}
END
reach nats/in mid out
for family in 4 6; do
	in=$(address nats/in $family) mid=$(address nats/mid $family) out=$(address nats/out $family)
	north=$(address nats/provider $family 4)
	expect_exit 0 ncrun exec nats/in -- /mnt/datagram "$out" 9 "by $family"
	expect_true "a datagram is the outer nat's, outside" within 5 sh -c \
		"ncrun logs --service udp nats/out | grep -qx 'by $family from $north'"
	tcp nats/in "$out" >"$work/seen"
	expect_true "a connection is the outer nat's, outside" grep -q ":7 .*$north:" "$work/seen"
	expect_false "and nothing is seen of what is behind" grep -q "$in:" "$work/seen"
	blocked nats/out "$in" "$mid"
	blocked nats/mid "$in"
	expect_exit 0 ncrun ping -q -c 1 nats/out "$north"
done

for name in cable switches routers nats; do ncrun down --grace 0s $name; done
leaks_end
