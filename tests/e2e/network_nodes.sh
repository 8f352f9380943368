#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# The commands on nodes, for those of a network: one by NETWORK/NODE, or all by NETWORK.

. tests/support/e2e.sh

need_root
need_command jq traces
test_image alpine
leaks_begin

cat >"$work/lab.yaml" <<-END
	name: lab
	defaults: {rootfs: alpine}
	nodes:
	  a: {run: [{name: greet, command: "sh -c 'echo hello; sleep 1000'"}, {name: rest, command: sleep 1000}]}
	  b: {labels: {role: client}}
	  r: {kind: router}
	  lan: {kind: switch}
	links: [[a, lan], [b, lan], [r, lan]]
END
expect_exit 0 ncrun up --quiet "$work/lab.yaml"
states() { ncrun ps --all --json lab | jq -r '[.[] | .state + (if .paused then " paused" else "" end)] | unique | join(",")'; }

# looked at
expect_same "lab/a lab/b lab/r" "$(ncrun ps --names lab | xargs)" "its nodes"
expect_out "(greet, rest)" ncrun ps lab
expect_out "role=client" ncrun inspect lab/b
expect_same "a b r" "$(ncrun inspect --json lab | jq -r '[.[0].nodes[].name] | join(" ")')" "inspect of all"
expect_same "a b r" "$(ncrun stats --json lab | jq -r '[.[].name] | join(" ")')" "what all of them use"
expect_true "what a service has written" within 5 sh -c 'ncrun logs --service greet lab/a | grep -qx hello'
expect_refusal 1 "no network 'nosuch'" ncrun ps nosuch
expect_refusal 1 "no node 'x' in network 'lab'" ncrun inspect lab/x
expect_refusal 1 "no network 'nosuch'" ncrun inspect nosuch/x
expect_refusal 125 "no node 'lab': it is a network (try 'lab/NODE')" ncrun exec lab -- true
expect_refusal 1 "no node 'nosuch'" ncrun stats nosuch
expect_refusal 1 "node 'a' has no service 'gret'" ncrun logs --service gret lab/a
expect_refusal 125 "node 'lan' is a switch: nothing runs in it" ncrun exec lab/lan -- true
for verb in logs stats stop; do
	expect_refusal 1 "node 'lan' is a switch: nothing runs in it" ncrun $verb lab/lan
done

# worked in
expect_same b "$(ncrun exec lab/b -- hostname)" "exec"
expect_same 3 "$(echo 'exit 3' | ncrun shell lab/b >/dev/null; echo $?)" "a shell, and its exit code"
echo data >"$work/file"
expect_exit 0 ncrun cp "$work/file" lab/b:/root/file
expect_exit 0 ncrun cp lab/b:/root/file "$work/back"
expect_true "cp there and back" cmp "$work/file" "$work/back"

# all of them at once
expect_exit 0 ncrun pause lab
expect_same "running paused" "$(states)" "all are paused"
expect_exit 0 ncrun resume lab
expect_same "running" "$(states)" "all go on"
expect_exit 0 ncrun stop --grace 0s lab
expect_same "exited" "$(states)" "all have ended"
expect_out "create node a" ncrun up "$work/lab.yaml"
expect_same "running" "$(states)" "and are back"
expect_exit 0 ncrun ping -q -c 1 lab/a b

# with the machine's user ids: wired, filtered and impaired as all others
cat >"$work/ids.yaml" <<-END
	name: ids
	defaults: {rootfs: alpine}
	nodes: {a: {userns: host}, b: {}, r: {kind: router, userns: host}}
	links: [[a, r], [b, r]]
END
expect_exit 0 ncrun up --quiet "$work/ids.yaml"
expect_same 0 "$(ncrun inspect --json ids/a | jq '.[0].id_count')" "its root is the machine's"
expect_exit 0 ncrun ping --all -q -c 1 ids
expect_exit 0 ncrun partition ids a / b
expect_exit 1 ncrun ping -q -c 1 -W 200ms ids/b a
expect_exit 0 ncrun heal ids
expect_exit 0 ncrun link set ids/a loss=100%
expect_exit 1 ncrun ping -q -c 1 -W 200ms ids/a b
ncrun down --grace 0s ids

# a node goes before a network of the same name
ncrun node --detach --rootfs alpine --name lab -- sleep 1000 >/dev/null
expect_exit 0 ncrun pause lab
expect_same "running" "$(states)" "the node of that name was meant"
ncrun rm --force lab >/dev/null
ncrun down --grace 0s lab
leaks_end
