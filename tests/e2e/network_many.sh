#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# Networks beside each other: the same names and addresses in two, and twenty at once.

. tests/support/e2e.sh
. tests/support/network.sh

need_root
need_command traces jq
leaks_begin

file twin <<'END'
defaults: {rootfs: ROOT, cap-add: [NET_RAW]}
nodes: {a: {run: "nc -ll -p 80 -e hostname"}, b: , lan: {kind: switch}}
links: [[a, lan], [b, lan]]
END
expect_exit 0 up twin --name one
expect_exit 0 up twin --name two
for net in one two; do
	ncrun exec $net/a -- sh -c "echo $net >/who"
	expect_true "$net: b reaches a" pings $net/b a
done
expect_same "one two" "$(ncrun exec one/a cat /who) $(ncrun exec two/a cat /who)" "the nodes are not the same"
expect_exit 0 ncrun down one
expect_true "the other one is still there" pings two/b a
expect_exit 0 ncrun down two

i=0
while [ $i -lt 20 ]; do
	i=$((i + 1))
	{ up twin --name "net$i" >"$work/up.$i" 2>&1 || echo "net$i: $(cat "$work/up.$i")" >>"$work/failed"; } &
done
wait
expect_same "" "$(cat "$work/failed" 2>/dev/null)" "twenty networks come up at once"
expect_same 40 "$(ncrun list --names | wc -l)" "all their nodes run"
for net in net1 net11 net20; do
	expect_true "$net: b reaches a" pings $net/b a
done
i=0
while [ $i -lt 20 ]; do
	i=$((i + 1))
	{ ncrun down "net$i" >"$work/down.$i" 2>&1 || echo "net$i: $(cat "$work/down.$i")" >>"$work/failed"; } &
done
wait
expect_same "" "$(cat "$work/failed" 2>/dev/null)" "and go at once"
expect_same "" "$(find "$NCRUN_STATE" -name "net*")" "no state is left"
leaks_end
