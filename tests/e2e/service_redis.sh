#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# timeout: 300
#
# A real Redis primary with two replicas, and three sentinels that watch over them: the
# primary is cut off, a replica takes its place; healed, the old one follows the new.

. tests/support/e2e.sh

need_root
services=$(pwd)/build/services
[ -d "$services" ] || skip "needs Debian's Redis in build/services: tests/services/fetch gets it"

server="redis-server --bind 0.0.0.0 --protected-mode no --save '' --dir /tmp --repl-diskless-sync-delay 0"
cat >"$work/sentinel.conf" <<'END'
bind 0.0.0.0
protected-mode no
sentinel monitor lab 10.6.0.1 6379 2
sentinel down-after-milliseconds lab 1500
sentinel failover-timeout lab 6000
END
sentinel="sh -c 'cp /etc/sentinel.conf /tmp/ && exec redis-server /tmp/sentinel.conf --sentinel'"
cat >"$work/redis.yaml" <<END
name: redis
defaults:
  rootfs: host
  volumes: ["$services:/opt/services:ro", "$work/sentinel.conf:/etc/sentinel.conf:ro"]
  env: {PATH: "/opt/services/usr/bin:/usr/bin:/bin", LD_LIBRARY_PATH: /opt/services/usr/lib/$(uname -m)-linux-gnu}
nodes:
  r1: {run: "$server"}
  r2: {run: "$server --replicaof 10.6.0.1 6379"}
  r3: {run: "$server --replicaof 10.6.0.1 6379"}
  s1: {run: "$sentinel"}
  s2: {run: "$sentinel"}
  s3: {run: "$sentinel"}
  lan: {kind: switch, subnet: 10.6.0.0/24}
links:
  - {ends: [r1, lan], address: 10.6.0.1/24}
  - {ends: [r2, lan], address: 10.6.0.2/24}
  - {ends: [r3, lan], address: 10.6.0.3/24}
  - [s1, lan]
  - [s2, lan]
  - [s3, lan]
END

cli() { # NODE ARGUMENT...
	cli_node=$1
	shift
	ncrun exec "redis/$cli_node" -- redis-cli "$@"
}
field() { # NODE NAME - of what a server says of its replication
	cli "$1" info replication | tr -d '\r' | sed -n "s/^$2://p"
}
is() { # NODE NAME VALUE
	[ "$(field "$1" "$2")" = "$3" ]
}
has() { # NODE VALUE
	[ "$(cli "$1" get k)" = "$2" ]
}
# Who is the primary, as a sentinel has it: the last number of its address.
primary() { # SENTINEL
	cli "$1" -p 26379 sentinel get-master-addr-by-name lab | sed -n '1s/10\.6\.0\./r/p'
}
all_known() { # SENTINEL - it knows the others and both replicas
	cli "$1" -p 26379 info sentinel | grep -q 'slaves=2,sentinels=3'
}

leaks_begin
expect_exit 0 ncrun up "$work/redis.yaml"
expect_true "both replicas follow" within 30 is r1 connected_slaves 2
for name in s1 s2 s3; do expect_true "$name knows them all" within 30 all_known $name; done
expect_out OK cli r1 set k 1
for name in r2 r3; do expect_true "$name has what was written" within 5 has $name 1; done

expect_exit 0 ncrun partition redis r1 / r2,r3,s1,s2,s3
moved() { p=$(primary s1) && [ -n "$p" ] && [ "$p" != r1 ] && is "$p" role master; }
expect_true "a replica takes the place of the primary" within 40 moved
new=$(primary s1)
expect_out OK cli "$new" set k 2
cli r1 set k lost >/dev/null # a primary that is cut off still takes what it is told

expect_exit 0 ncrun heal redis
expect_true "healed, the old primary follows the new" within 40 is r1 role slave
for name in r1 r2 r3; do expect_true "$name has the new history" within 20 has $name 2; done

expect_exit 0 ncrun down redis
leaks_end
