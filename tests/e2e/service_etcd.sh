#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# timeout: 300
#
# A real etcd cluster of three: its leader is cut off, a new one is elected, what the old
# one would write is refused; healed, all have one history.

. tests/support/e2e.sh

need_root
services=$(pwd)/build/services
[ -d "$services" ] || skip "needs Debian's etcd in build/services: tests/services/fetch gets it"

member() { # NAME
	echo "etcd --name $1 --data-dir /tmp/etcd --log-level error --initial-cluster-token story" \
		"--listen-peer-urls http://0.0.0.0:2380 --initial-advertise-peer-urls http://$1:2380" \
		"--listen-client-urls http://0.0.0.0:2379 --advertise-client-urls http://$1:2379" \
		"--initial-cluster a=http://a:2380,b=http://b:2380,c=http://c:2380"
}
cat >"$work/etcd.yaml" <<END
name: etcd
defaults:
  rootfs: host
  volumes: ["$services:/opt/services:ro"]
  env: {PATH: /opt/services/usr/bin:/usr/bin:/bin, ETCDCTL_API: 3}
nodes:
  a: {run: "$(member a)"}
  b: {run: "$(member b)"}
  c: {run: "$(member c)"}
  lan: {kind: switch}
links: [[a, lan], [b, lan], [c, lan]]
END

ctl() { # NODE ARGUMENT...
	ctl_node=$1
	shift
	ncrun exec "etcd/$ctl_node" -- etcdctl --dial-timeout 1s --command-timeout 2s --endpoints "http://$ctl_node:2379" "$@"
}
status() { # NODE FIELD - of what that member says of itself
	ctl "$1" endpoint status -w json 2>/dev/null | jq -r ".[0].Status.$2"
}
# leader NODE - the name of the leader, as that member knows it
leader() {
	leader_id=$(status "$1" leader)
	for leader_name in a b c; do
		[ "$leader_id" != 0 ] && [ "$(status $leader_name header.member_id)" = "$leader_id" ] && echo $leader_name && return
	done
	return 1
}
has_value() { # NODE VALUE
	[ "$(ctl "$1" get --print-value-only k)" = "$2" ]
}

leaks_begin
expect_exit 0 ncrun up "$work/etcd.yaml"
expect_true "a leader is elected" within 30 leader a
expect_out OK ctl a put k 1
for name in a b c; do expect_true "$name has what was written" within 5 has_value $name 1; done

old=$(leader a)
case $old in a) set -- b c ;; b) set -- a c ;; *) set -- a b ;; esac
term=$(status "$1" raftTerm)
expect_exit 0 ncrun partition etcd "$old" / "$1,$2"
new_leader() { l=$(leader "$1") && [ "$l" != "$old" ]; }
expect_true "without $old a new leader is elected" within 30 new_leader "$1"
expect_true "in a later term" test "$(status "$1" raftTerm)" -gt "$term"
expect_false "the one that was cut off cannot write" ctl "$old" put k lost
expect_out OK ctl "$1" put k 2
expect_true "the others agree" within 5 has_value "$2" 2

expect_exit 0 ncrun heal etcd
for name in a b c; do expect_true "healed, $name has the new value" within 30 has_value $name 2; done
one_history() {
	[ "$(for name in a b c; do ctl $name endpoint hashkv -w json | jq -r '.[0].HashKV.hash'; done | sort -u | wc -l)" = 1 ]
}
expect_true "and all have one history" within 20 one_history

expect_exit 0 ncrun down etcd
leaks_end
