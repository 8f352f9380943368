#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# A network with more to talk to than the machine has room for neighbours: that is told.

. tests/support/e2e.sh

need_root
need_command guard
. tests/support/network.sh
leaks_begin

room=$(cat /proc/sys/net/ipv4/neigh/default/gc_thresh3 2>/dev/null) || skip_allowed "not in the machine's own network namespace"
[ "$room" -le 1200 ] || skip_allowed "room for $room neighbours: too many links to fill it"
most=$((room / 4)) # links; each is two interfaces, each of which is known and knows
ends() { # COUNT - a file with so many links
	file wide <<-END
		name: wide
		defaults: {rootfs: ROOT}
		nodes: {a: {kind: router}, b: {kind: router}}
		links: [$(seq "$1" | sed 's/.*/[a, b]/' | paste -sd,)]
	END
}
ends "$most"
expect_exit 0 up wide --quiet
expect_same "" "$(cat "$work/err")" "as many as there is room for"
ends $((most + 1))
expect_out "network 'wide' has $((2 * most + 2)) interfaces, and this machine keeps $room neighbours for all networks together" up wide
expect_out "sysctl -w net.ipv4.neigh.default.gc_thresh3=" ncrun doctor
expect_exit 0 up wide
expect_same "" "$(cat "$work/err")" "told when it grows, not again"
expect_same "$room" "$(cat /proc/sys/net/ipv4/neigh/default/gc_thresh3)" "and left to the machine's owner"
expect_exit 0 ncrun down --grace 0s wide
leaks_end
