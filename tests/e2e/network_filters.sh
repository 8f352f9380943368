#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# Filters of nodes: by address, port, protocol, interface and state, on the way in, through
# and out; in both families.

. tests/support/e2e.sh

need_root
need_command jq traces
test_image alpine
leaks_begin

cat >"$work/wall.yaml" <<-END
	name: wall
	defaults: {rootfs: alpine}
	nodes:
	  good: {}
	  bad: {}
	  deaf: {filters: [{hook: input, protocol: icmp, action: drop}]}
	  mute: {filters: [{hook: output, to: 10.0.1.0/24, action: reject}]}
	  lan: {kind: switch}
	  server: {run: [{name: web, command: nc -ll -p 80 -e hostname}, {name: other, command: nc -ll -p 8080 -e hostname}]}
	  fw:
	    kind: router
	    filters:
	      - {hook: forward, state: [established, related], action: accept}
	      - {hook: forward, from: 10.0.0.2, action: drop, count: true}
	      - {hook: forward, from: "fd00::2", action: drop}
	      - {hook: forward, in: eth0, out: eth1, protocol: tcp, port: 1-1023, action: accept}
	      - {hook: forward, in: eth0, out: eth1, protocol: icmp, action: accept}
	      - {hook: forward, in: eth0, out: eth1, protocol: icmpv6, action: accept}
	      - {hook: forward, in: eth0, protocol: tcp, action: reset}
	      - {hook: forward, in: eth1, action: drop}
	links:
	  - {ends: [good, lan], address: [10.0.0.1/24, "fd00::1/64"]}
	  - {ends: [bad, lan], address: [10.0.0.2/24, "fd00::2/64"]}
	  - {ends: [deaf, lan], address: [10.0.0.3/24, "fd00::3/64"]}
	  - {ends: [mute, lan], address: [10.0.0.4/24, "fd00::4/64"]}
	  - {ends: [fw, lan], address: [10.0.0.9/24, "fd00::9/64"]}
	  - ends: [{node: fw, address: [10.0.1.9/24, "fd01::9/64"]}, {node: server, address: [10.0.1.1/24, "fd01::1/64"]}]
END
expect_exit 0 ncrun up --quiet "$work/wall.yaml"
passes() { expect_exit 0 ncrun ping -q -c 1 -W 2s "wall/$1" "$2"; }
fails() { expect_exit 1 ncrun ping -q -c 1 -W 200ms "wall/$1" "$2"; }
tcp() { ncrun exec "wall/$1" -- nc -w 1 "$2" "$3" </dev/null; }

for server in 10.0.1.1 fd01::1; do
	passes good $server
	fails bad $server
	expect_same server "$(tcp good $server 80)" "a port that is open to $server"
	expect_exit 1 tcp good $server 8080
	expect_exit 1 tcp bad $server 80
done
fails server 10.0.0.1
fails server fd00::1
passes bad 10.0.0.1
fails good 10.0.0.3
passes good fd00::3
passes mute fd01::1
expect_true "what a node may not send is refused to it at once" sh -c \
	'ncrun ping -q -c 1 -W 5s wall/mute 10.0.1.1 | grep -q "prohibited by a filter"'

# changed while it runs: what was closed is open, and nothing starts anew
before=$(ncrun ps --json wall | jq -r '.[] | select(.name == "fw") | .pid')
sed '/from: 10.0.0.2/d; /from: "fd00::2"/d' "$work/wall.yaml" >"$work/open.yaml"
expect_exit 0 ncrun up --quiet "$work/open.yaml"
passes bad 10.0.1.1
expect_same server "$(tcp bad fd01::1 80)" "the filter has gone"
expect_same "$before" "$(ncrun ps --json wall | jq -r '.[] | select(.name == "fw") | .pid')" "the router was not restarted"
ncrun down --grace 0s wall
leaks_end
