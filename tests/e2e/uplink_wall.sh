#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# A machine whose firewall lets nothing through that it does not know, as Docker's: what that
# costs an uplink is told, with what to do, and doing that helps.

. tests/support/machine.sh
. tests/support/e2e.sh
. tests/support/network.sh
. tests/support/page.sh

need_root
need_command nft ip jq bash busybox guard
leaks_begin
machine_begin
nft add table ip filter
nft add chain ip filter FORWARD '{ type filter hook forward priority 0; policy drop; }'
nft add table ip6 other
nft add chain ip6 other input '{ type filter hook input priority 0; policy drop; }'

mkdir "$work/beyond"
echo outside >"$work/beyond/index.html"
nsenter --net="/proc/$machine_outside/ns/net" busybox httpd -f -p 80 -h "$work/beyond" &
server=$!
file lab <<-END
	name: lab
	defaults: {rootfs: host}
	nodes: {a: {uplink: true}}
END
finding() { ncrun doctor --json | jq -r '.. | objects | select(.item == "forwarding") | '"$1"; }

nft list ruleset >"$work/before"
expect_out "chain 'FORWARD' of table 'ip filter' on this machine drops what it does not accept" up lab
expect_out "nft insert rule ip filter FORWARD iifname 'nc-*' accept" up lab
expect_true "once" [ "$(cat "$work/out" "$work/err" | grep -c drops)" = 1 ]
expect_false "and so it is" page 192.0.2.2 80 ncrun exec lab/a --
expect_same "degraded chain 'FORWARD' of table 'ip filter' drops what it does not accept" "$(finding '"\(.state) \(.detail)"')" "doctor says so, too"
expect_out "chain 'FORWARD' of table 'ip filter'" ncrun node --uplink --rootfs host -- true
nft list table ip filter >"$work/after"
expect_true "that table is as it was" grep -qxF "$(sed -n 2,4p "$work/after")" "$work/before"

nft insert rule ip filter FORWARD iifname 'nc-*' accept
nft insert rule ip filter FORWARD oifname 'nc-*' accept
expect_same outside "$(page 192.0.2.2 80 ncrun exec lab/a --)" "what is told to do helps"
expect_exit 0 up lab
expect_true "and is not told any more" [ ! -s "$work/err" ]
expect_same "ok no chain of others is in the way" "$(finding '"\(.state) \(.detail)"')" "by doctor neither"

expect_exit 0 ncrun down lab
kill "$server"
wait "$server" 2>/dev/null
ip link del eth0
machine_end
leaks_end
