#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# Networks as pictures and files: what runs is drawn with its state, exported, and comes up
# again as it was; labs of containerlab's and graphs of Graphviz' come up.

. tests/support/e2e.sh

need_root
need_command ip traces jq scarce.so
test_image alpine
leaks_begin
unset ALPINE

# Debian's busybox knows ping by raw sockets only
cat >"$work/lab.yaml" <<END
name: lab
defaults: {rootfs: alpine, cap-add: NET_RAW}
nodes:
  a: {env: {COLOUR: "deep blue"}}
  b: {run: sleep 1000}
  c: {}
  lan: {kind: switch}
  r: {kind: router}
links:
  - [a, lan]
  - {ends: ["b:up0", {node: lan, loss: 30%}], address: 10.0.0.9/24, mtu: 1400, seed: 4}
  - [r, lan]
  - [r, c]
END
reach() { ncrun exec "$1" -- ping -c 1 -W 2 "$2"; }

expect_out "network 'lab' is up" ncrun up "$work/lab.yaml"
ncrun graph "$work/lab.yaml" >"$work/file.txt"
ncrun graph lab >"$work/network.txt"
expect_true "while all is well the picture is that of the file" cmp "$work/file.txt" "$work/network.txt"

# export: the same again, under this name and another
ncrun export lab >"$work/exported.yaml"
expect_out "nothing to change" ncrun up "$work/exported.yaml"
for format in yaml json dot; do
	ncrun export --format $format lab >"$work/export.$format"
	expect_out "nothing to change" ncrun up "$work/export.$format"
done
ncrun export --full lab >"$work/full.yaml"
expect_out "address: [10.0.0.1/24, \"fd00::1/64\"]" cat "$work/full.yaml"
expect_out "nothing to change" ncrun up "$work/full.yaml"
expect_out "network 'copy' is up" ncrun up --name copy "$work/full.yaml"
expect_true "packets pass in the copy, through the router" reach copy/a c
expect_same "deep blue" "$(ncrun exec copy/a -- sh -c 'echo $COLOUR')" "a value with a blank"
expect_same "$(ncrun exec lab/b -- cat /sys/class/net/up0/address)" \
	"$(ncrun exec copy/b -- cat /sys/class/net/up0/address)" "the same MAC"
expect_same "$(ncrun export --full lab | sed 1d)" "$(ncrun export --full copy | sed 1d)" "the copy exports the same"
ncrun down copy
ncrun export --format dot lab | ncrun up --name copy --quiet -
expect_true "and in one by way of Graphviz' language" reach copy/c a
ncrun down copy

# what has changed since
ncrun stop --grace 0s lab/b >"$work/out"
ncrun pause lab/c
expect_out "b [exited]  up0 10.0.0.9/24 fd00::2/64" ncrun graph lab
expect_out "c [paused]" ncrun graph lab
expect_same "exited running" "$(ncrun graph --json lab |
	jq -r '[.nodes[] | select(.name == "b" or .name == "a") | .state] | sort | join(" ")')" "the same as JSON"
ends_down() {
	ncrun graph --json lab | jq -r '[.links[].ends[] | select(.up | not) | .node] | sort | join(" ")'
}
# The kernel takes the links of a node that ended in its own time.
within 2 sh -c 'ncrun graph --json lab | jq -e "[.links[].ends[] | select(.up | not)] | length == 2" >/dev/null'
expect_same "b lan" "$(ends_down)" "the ends that are down"
expect_out 'color=firebrick, tooltip="exited"' ncrun graph --format dot lab
! command -v dot >/dev/null || expect_out "</svg>" ncrun graph --format svg lab
expect_out "create node b" ncrun up "$work/lab.yaml"
ncrun resume lab/c
expect_true "with all back the picture is as before" sh -c "ncrun graph lab | cmp - '$work/network.txt'"
ncrun down lab

# other people's files
sed 's/image: .*/image: alpine\n      cap-add: [NET_RAW]/' examples/lab.clab.yml >"$work/other.clab.yml"
expect_out "network 'lab' is up: 3 nodes, 1 switch, 3 links" ncrun up "$work/other.clab.yml"
expect_true "a lab of containerlab's has packets" reach lab/a 192.168.2.2
ncrun import "$work/other.clab.yml" >"$work/own.yaml"
expect_out "nothing to change" ncrun up "$work/own.yaml"
ncrun down lab
sed 's/, delay="5ms"//; s/rootfs=alpine/& cap_add=NET_RAW/' examples/two-hosts.dot >"$work/graph.dot"
expect_out "network 'two-hosts-dot' is up: 3 nodes, 0 switches, 2 links" ncrun up "$work/graph.dot"
expect_true "a graph of Graphviz' has packets" reach two-hosts-dot/host2 10.0.0.1
ncrun graph --format dot two-hosts-dot | ncrun import --from dot - >"$work/drawn.yaml"
expect_same "$(ncrun graph two-hosts-dot | tr -d '0-9./:' | head -n 1)" \
	"$(ncrun graph "$work/drawn.yaml" | tr -d '0-9./:' | head -n 1)" "a picture is read as a network"
ncrun down two-hosts-dot

# for want of memory nothing is left out
cat >"$work/scarce.yaml" <<'END'
name: lab
nodes: {a: , b: , n: {kind: nat}}
links:
- {ends: [{node: a, mtu: 1400, address: 10.0.0.2/24}, n], delay: 10ms}
- {ends: [{node: n, bound: north}, {node: b, mac: "02:00:00:00:00:01"}]}
END
ncrun import --json "$work/scarce.yaml" >"$work/scarce.json"
whole=$(ncrun import "$work/scarce.json")
expect_out "bound: north" ncrun import "$work/scarce.json"
scarce() { LD_PRELOAD=$(command -v scarce.so) ncrun-full import "$work/scarce.json"; }
asked=0 n=0
if command -v ncrun-full >/dev/null; then # sanitizers have their own malloc
	SCARCE_COUNT=$work/asked scarce >"$work/out"
	asked=$(cat "$work/asked")
	expect_true "memory was asked for $asked times" [ "$asked" -gt 100 ]
fi
while [ "$n" -lt "$asked" ]; do
	n=$((n + 1))
	part=$(SCARCE_AT=$n scarce 2>"$work/err") || continue
	[ "$part" = "$whole" ] || not_ok "allocation $n fails: $part"
done

# mistakes
expect_refusal 1 "graph: no network and no file 'lab'" ncrun graph lab
expect_refusal 1 "export: no network and no file 'lab'" ncrun export lab
printf 'name: x\ntopology: {nodes: {a: {kind: srl}, b: {kind: linux, image: x, license: y}}}\n' >"$work/bad.clab.yml"
expect_refusal 2 "bad.clab.yml:2:30: kind 'srl': not supported" ncrun import "$work/bad.clab.yml"
expect_refusal 2 "bad.clab.yml:2:63: 'license' of a node: not supported" ncrun up "$work/bad.clab.yml"
expect_same "" "$(ncrun list --networks --names)" "no network is left"
leaks_end
