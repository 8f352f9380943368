#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# `up` on a network that runs: what differs is done and told, and nothing else is disturbed; a
# connection between nodes that stay goes on.

. tests/support/e2e.sh
. tests/support/network.sh

need_root
need_command traces jq
leaks_begin

# lab LINE-OF-NODES LINE-OF-LINKS
lab() {
	file lab <<END
name: lab
defaults: {rootfs: ROOT, cap-add: [NET_RAW]}
nodes:
  a: {run: "nc -ll -p 5000 -e cat"}
  b:
  lan: {kind: switch}
  $1
links:
  - [a, lan]
  - [b, lan]
  $2
END
}
# told WANT WHAT - what `up` says that it did
told() {
	up lab >"$work/told" 2>"$work/err" || not_ok "$2: $(cat "$work/err")"
	expect_same "$1" "$(sed 's/: .*//; s/:.*//' "$work/told" | tr '\n' ';' | sed 's/;$//')" "$2"
}
# The connection: words in come out again.
asks() {
	echo "$1" >&3
	answer=
	read -r answer <&4
	expect_same "$1" "$answer" "the connection between a and b goes on: $1"
}

lab "" ""
expect_exit 0 up lab
mkfifo "$work/in" "$work/out-of"
ncrun exec lab/b -- nc a 5000 <"$work/in" >"$work/out-of" 2>/dev/null &
exec 3>"$work/in" 4<"$work/out-of"
asks begin
a=$(init lab/a) b=$(init lab/b)

told "nothing to change" "the same file changes nothing"
lab "c: {run: sleep 1000}" "- [c, lan]"
up lab --dry-run >"$work/plan"
expect_same "create node c;create link c" "$(sed 's/: .*//; s/:.*//' "$work/plan" | tr '\n' ';' | sed 's/;$//')" "a dry run tells it"
expect_refusal 125 "no node 'c'" ncrun exec lab/c true
told "create node c;create link c" "a node and a link come"
expect_true "c reaches a by its name" pings lab/c a
expect_true "and a reaches c by its name" pings lab/a c
asks "after one came"

lab "c: {run: sleep 1000}" '- {ends: [c, lan], address: [10.0.0.99/24, "fd00::99/64"]}'
told "change link c" "its addresses change"
expect_same 10.0.0.99 "$(knows lab/a c .)" "a knows the new one"
expect_true "where c is" pings lab/a c
lab "c: {run: sleep 2000}" '- {ends: [c, lan], address: [10.0.0.99/24, "fd00::99/64"], loss: 0.01%}'
told "delete link c;delete node c;create node c;create link c" "another command makes the node anew"
asks "after one changed"

lab "far: {}
  r: {kind: router}" "- [r, lan]
  - [far, r]"
told "delete link c;delete node c;create node far;create node r;create link r;create link far;create routes a;create routes b;create routes far" "a router and a net behind it come, c goes"
expect_true "a reaches far through it" pings lab/a far "$(knows lab/a far :)"
expect_same "" "$(knows lab/a c .)" "c is forgotten"
expect_refusal 125 "no node 'c'" ncrun exec lab/c true
asks "after routes came"
lab "" ""
told "delete link far;delete link r;delete node r;delete node far;delete routes a;delete routes b" "and go again"
asks "at last"
expect_same "$a $b" "$(init lab/a) $(init lab/b)" "a and b were never made anew"
sed -i 's/^  - \[a, lan\]/  - [z, lan]\n&/; s/^  a: /  z:\n&/' "$work/lab.yaml"
told "create node z;create link z" "who comes before others in the file moves nobody"
expect_true "and is reached" pings lab/a z "$(knows lab/a z :)"
told "nothing to change" "nor does the same file again"
asks "beside it"
expect_same "$a $b" "$(init lab/a) $(init lab/b)" "a and b are still the same"
exec 3>&- 4<&-
expect_exit 0 ncrun down lab
leaks_end
