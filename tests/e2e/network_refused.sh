#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# What `up` does when something cannot be done: all before it is undone, nothing is left, and
# the message says which line asked for it.

. tests/support/e2e.sh
. tests/support/network.sh

need_root
need_command traces jq faults
leaks_begin
nothing_left() { # WHAT
	expect_same "" "$(find "$NCRUN_STATE" -mindepth 1 -maxdepth 1 ! -name ids 2>/dev/null)" "$1: no state"
	expect_same "" "$(ncrun list --all --names)$(ncrun list --networks --names)" "$1: no nodes"
}

# ---- files that are wrong --------------------------------------------------------------------

file wrong <<'END'
name: wrong
nodes: {a: {memory: 64Q}, b: {kind: rooter}}
links: [[a, c]]
END
up wrong >"$work/out" 2>"$work/err"
expect_same "2 3" "$? $(grep -c ':[0-9]*:[0-9]*: ' "$work/err")" "all mistakes at once"
nothing_left "a wrong file"
echo 'nodes: {a: }' >"$work/nameless.yaml"
expect_refusal 2 "has no name" up nameless
expect_out "network 'given' is up" up nameless --name given
expect_exit 0 ncrun down given
expect_refusal 2 "'default'" up nameless --name default
expect_refusal 1 "no network 'none'" ncrun down none

# ---- steps that fail ------------------------------------------------------------------------------

file late <<'END'
name: late
defaults: {rootfs: ROOT}
nodes:
  a: {exec: "touch /a"}
  b:
    exec: ["true", "sh -c 'exit 3'"]
  lan: {kind: switch}
links: [[a, lan], [b, lan]]
END
expect_refusal 1 "late.yaml:5:3: command of node 'b': it ended with code 3" up late
nothing_left "a command that fails"
file root <<'END'
name: root
nodes:
  a: {rootfs: ROOT}
  b: {rootfs: ROOT/nowhere}
  lan: {kind: switch}
links: [[a, lan], [b, lan]]
END
expect_refusal 1 "root.yaml:4:3: node 'b': root file system '$work/root/nowhere': No such file or directory" up root
nothing_left "a root that is not there"
file service <<'END'
name: service
defaults: {rootfs: ROOT}
nodes: {a: {run: /no/such/program}}
END
expect_refusal 1 "service.yaml:3:9: node 'a': service 'program': execute '/no/such/program': not found" up service
nothing_left "a service that cannot run"

# ---- a change that fails is undone -------------------------------------------------------------

file lab <<'END'
name: lab
defaults: {rootfs: ROOT, cap-add: [NET_RAW]}
nodes: {a: , b: , lan: {kind: switch}}
links: [[a, lan], [b, lan]]
END
expect_exit 0 up lab
a=$(init lab/a)
cp "$work/lab.yaml" "$work/good.yaml"
file lab <<'END'
name: lab
defaults: {rootfs: ROOT, cap-add: [NET_RAW]}
nodes:
  a:
  lan: {kind: switch}
  r: {kind: router}
  c: {exec: "false"}
links: [{ends: [a, lan], mtu: 1400}, [r, lan], [c, r]]
END
expect_refusal 1 "lab.yaml:7:3: command of node 'c': it ended with code 1" up lab
expect_same "nothing to change" "$(ncrun up "$work/good.yaml")" "a change that fails is undone"
expect_same "$a" "$(init lab/a)" "a was never made anew"
expect_true "b is there again" pings lab/a b
expect_same 1500 "$(ncrun exec lab/a cat /sys/class/net/eth0/mtu)" "a has its MTU again"
expect_same "lab/a lab/b" "$(ncrun list --names | tr '\n' ' ' | sed 's/ $//')" "nothing else is there"

# No node can be made, not even those that were removed: the next `up` makes them.
sed -i '/c: {exec/d; s/, \[c, r\]//' "$work/lab.yaml"
expect_refusal 1 "node 'r': start the node's first process: Function not implemented (see: ncrun doctor)" \
	faults --only clone3 --error ENOSYS --at 1 --sticky --report "$work/fault" -- ncrun up "$work/lab.yaml"
expect_exit 0 ncrun up "$work/good.yaml"
expect_true "b can be made later" pings lab/a b
expect_exit 0 ncrun down lab

# ---- two at once -------------------------------------------------------------------------------

mkdir "$work/gate"
file slow <<END
name: slow
defaults: {rootfs: ROOT}
nodes: {a: {volumes: ["$work/gate:/mnt"], exec: "sh -c 'until [ -e /mnt/open ]; do sleep 0.1; done'"}}
END
up slow >/dev/null 2>&1 &
within 5 test -e "$NCRUN_STATE/slow/.network"
expect_refusal 1 "network 'slow' is being changed by another ncrun" up slow
expect_refusal 1 "is being changed" ncrun down slow
expect_out "changing" ncrun list
expect_true "clean leaves it alone" ncrun clean
touch "$work/gate/open"
wait $!
expect_same "0" "$?" "the first one is not disturbed"
expect_exit 0 ncrun down slow
nothing_left "at the end"
# whether images are fetched, as for a node alone: the file's word comes first
file fetched <<'END'
name: fetched
nodes: {a: {rootfs: "docker://nosuch"}}
END
expect_refusal 1 "image 'docker://nosuch' is not in the store" env NCRUN_PULL=never ncrun up "$work/fetched.yaml"
expect_refusal 2 "NCRUN_PULL 'sometimes': not one of missing, always, never" \
	env NCRUN_PULL=sometimes ncrun up "$work/fetched.yaml"
leaks_end
