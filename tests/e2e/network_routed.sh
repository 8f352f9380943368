#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# What people draw first: a cable, switches, routers, nats and what they hide; each with
# ping, TCP and UDP in both families.

. tests/support/e2e.sh

need_root
need_command jq guard
test_image alpine
leaks_begin

# up NAME, nodes and links on standard input
up() {
	{ printf 'name: %s\ndefaults: {rootfs: alpine}\n' "$1"; cat; } >"$work/$1.yaml"
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
address() { # NET/NODE 4|6 - the first that is of that family
	ncrun inspect --json "$1" >/dev/null
	ncrun graph --json "${1%/*}" | jq -r --arg node "${1#*/}" --arg six "$2" \
		'[.links[].ends[] | select(.node == $node) | .addresses[] | select(contains(":") == ($six == "6"))][0] | sub("/.*"; "")'
}
# A service that says its host's name by TCP on port 7, and one that keeps datagrams
serve='[{name: tcp, command: nc -lk -p 7 -e hostname}, {name: udp, command: "sh -c \"nc -u -l -p 9 >/tmp/got\""}]'
tcp() { # NET/A B - what B's service says
	ncrun exec "$1" -- nc -w 3 "$2" 7 </dev/null
}
udp() { # NET/A B TEXT
	ncrun exec "$1" -- sh -c "echo $3 | nc -u -w 1 $2 9" &
	expect_true "a datagram from $1 gets to $2" within 5 ncrun exec "${1%/*}/$2" -- grep -q "$3" /tmp/got
	kill $! 2>/dev/null
	wait $! 2>/dev/null
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
	  out: {run: [{name: tcp, command: nc -lk -p 7 -e netstat -tn}, {name: udp, command: "sh -c \"nc -u -l -p 9 >/tmp/got\""}]}
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
udp nats/in out four
out=$(address nats/provider 4)
north=$(ncrun graph --json nats | jq -r '.links[4].ends[0].addresses[0] | sub("/.*"; "")')
expect_differ "$out" "$north" "the outer nat has two sides"
tcp nats/in out >"$work/seen"
expect_true "what is outside sees the outer nat" grep -q ":7 .*$north:" "$work/seen"
expect_false "and nothing of what is behind" grep -q "$(address nats/in 4):" "$work/seen"
for family in 4 6; do
	blocked nats/out "$(address nats/in $family)" "$(address nats/mid $family)"
	blocked nats/mid "$(address nats/in $family)"
done
expect_exit 0 ncrun ping -q -c 1 nats/out "$north"

for name in cable switches routers nats; do ncrun down --grace 0s $name; done
leaks_end
