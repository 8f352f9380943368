#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# timeout: 300
#
# Links of a network that runs: looked at, made worse and better, pulled, added, removed.

. tests/support/e2e.sh

need_root
need_command jq traces
leaks_begin

cat >"$work/lab.yaml" <<-END
	name: lab
	defaults: {rootfs: host}
	nodes:
	  a: {}
	  b: {}
	  c: {}
	  r: {kind: router}
	  lan: {kind: switch}
	links:
	  - [a, lan]
	  - [b, lan]
	  - {ends: [r, lan], mtu: 1400}
	  - [r, c]
END
expect_exit 0 ncrun up "$work/lab.yaml"
end_of() { # END FILTER - of that end, as JSON
	ncrun link show --json "lab/$1" | jq -r --arg node "${1%:*}" '.[].ends[] | select(.node == $node) | '"$2"
}
lost() { # FROM TO COUNT [PATIENCE]
	ncrun ping --json -c "$3" -i 1ms -W "${4:-100ms}" "lab/$1" "$2" | jq '.sent - .received'
}

# what there is
expect_same "4" "$(ncrun link show --json lab | jq length)" "all links"
expect_same "2" "$(ncrun link show --json lab/r | jq length)" "those of a node"
expect_same "1400 up" "$(end_of r:eth0 '"\(.mtu) \(.state)"')" "one, with what the file says"
expect_same "10." "$(end_of a:eth0 '.addresses[0][:3]')" "addresses"
before=$(end_of a:eth0 .tx_packets)
expect_same 0 "$(lost a b 50 5s)" "a perfect link"
expect_true "packets are counted" [ $(($(end_of a:eth0 .tx_packets) - before)) -ge 50 ]
expect_out "a:eth0     lan:lan-a  up     1500  10.0.0.1/24 fd00::1/64" ncrun link show lab/a
expect_exit 0 ncrun link show lab
expect_same "9" "$(wc -l <"$work/out" | tr -d ' ')" "a line for each end, and one above"

# worse, and better
expect_exit 0 ncrun link set lab/a loss=100% seed=1
expect_same 5 "$(lost a b 5)" "all is lost"
expect_same "loss: 100%, seed: 1" "$(end_of a:eth0 .impairment)" "as the kernel has it"
expect_exit 0 ncrun link set --out lab/a loss=30%
expect_exit 0 ncrun link set --in lab/a impair=none
expect_same "loss: 30%, seed: 1" "$(end_of a:eth0 .impairment)" "one way; what is not named stays"
expect_same "null" "$(ncrun link show --json lab/a | jq -r '.[].ends[] | select(.node == "lan") | .impairment')" "not the other way"
some=$(lost a b 100)
expect_true "some of 100 are lost, $some" between "$some" 10 55
expect_true "and counted" [ "$(end_of a:eth0 .impair_lost)" -ge 10 ]
expect_exit 0 ncrun link set lab/a impair=none
expect_same 0 "$(lost a b 50 5s)" "as good as new"
expect_exit 0 ncrun link set lab/a duplicate=100% seed=7
expect_same "duplicate: 100%, seed: 7" "$(end_of a:eth0 .impairment)" "another one"
expect_exit 0 ncrun link set lab/a impair=none mtu=1300
expect_same "1300 null" "$(end_of a:eth0 '"\(.mtu) \(.impairment)"')" "several keys at once"
expect_exit 0 ncrun link set lab/a address=10.0.0.77/24
expect_same "10.0.0.77/24" "$(end_of a:eth0 '.addresses[0]')" "an address, of the end that is named"
expect_exit 0 ncrun ping -q -c 1 lab/b 10.0.0.77

# what the next up compares with
expect_exit 0 ncrun link set lab/a loss=5%
expect_out "unimpaired" ncrun up "$work/lab.yaml"
expect_same "10.0.0.1/24 null 1500" "$(end_of a:eth0 '"\(.addresses[0]) \(.impairment) \(.mtu)"')" "as the file has it"
expect_out "nothing to change" ncrun up "$work/lab.yaml"

# a delay needs netem; where there is none that is told, and nothing changes
if ncrun link set lab/a delay=20ms jitter=1ms 2>"$work/said"; then
	rtt=$(ncrun ping --json -c 5 lab/a b | jq .min_us)
	expect_true "a delay both ways: $rtt us" between "$rtt" 36000 60000
	expect_exit 0 ncrun link set --in lab/a impair=none
	rtt=$(ncrun ping --json -c 5 lab/a b | jq .min_us)
	expect_true "one way: $rtt us" between "$rtt" 18000 35000
	expect_exit 0 ncrun link set lab/a impair=none
else
	expect_true "the kernel lacks netem" grep -q "this kernel has no netem" "$work/said"
fi
expect_same "null" "$(end_of a:eth0 .impairment)" "without a delay"

# pulled, and plugged in again
expect_exit 0 ncrun link down lab/c
expect_same "down" "$(end_of c:eth0 .state)" "an end that is down"
expect_same "no carrier" "$(end_of r:eth1 .state)" "and what the other one sees"
expect_same 3 "$(lost a c 3)" "nothing passes"
expect_exit 0 ncrun link up lab/c
# whoever has asked for a neighbour in vain asks again after a second
expect_out "0% lost" ncrun ping -q -c 1 -W 2s lab/a c
expect_exit 0 ncrun ping -q -6 -c 1 -W 2s lab/a c
expect_exit 0 ncrun link down lab/r:eth1 lab/b
expect_same 3 "$(lost a c 3)" "from the other end, too"
expect_exit 0 ncrun link up lab/r:eth1 lab/b
expect_exit 0 ncrun ping --all -q lab

# more links, and fewer
expect_exit 0 ncrun link add lab/b c:backup mtu=1350
expect_same "1350 up" "$(end_of c:backup '"\(.mtu) \(.state)"')" "a new link"
expect_same "c" "$(ncrun traceroute --json lab/b c | jq -r '.[].node' | xargs)" "is the shorter way"
expect_exit 0 ncrun link rm lab/c:backup
expect_same "r c" "$(ncrun traceroute --json lab/b c | jq -r '.[].node' | xargs)" "the way round again"
expect_exit 0 ncrun ping --all -q lab

expect_exit 0 ncrun link rm lab/b
ncrun ping --all -c 1 lab >"$work/said"
expect_true "who has no link left has no address" grep -q "^x: no address (3 pairs)" "$work/said"
expect_true "... and no route" grep -q "^x: no route (3 pairs)" "$work/said"
expect_exit 0 ncrun link add lab/b lan
expect_exit 0 ncrun ping --all -c 1 -q lab

# refusals leave things as they are
ncrun link show --json lab | jq 'map(.ends[] | {node, interface, mtu, addresses, impairment, state})' >"$work/before"
expect_refusal 2 "unknown key 'dealy' (did you mean 'delay'?)" ncrun link set lab/a dealy=3ms
expect_refusal 2 "loss" ncrun link set lab/a loss=200%
expect_refusal 2 "'=1': not KEY=VALUE" ncrun link set lab/a =1
expect_refusal 2 "'delay': not KEY=VALUE (try delay=20ms)" ncrun link set lab/a delay
expect_refusal 2 "a host has no 'vlan' (only switches have)" ncrun link set lab/a vlan=5
expect_refusal 2 "'a': not NETWORK/NODE" ncrun link set a loss=1%
expect_refusal 2 "KEY=VALUE is missing" ncrun link set lab/a
expect_refusal 2 "node 'r' has 2 interfaces: name one (NODE:IF)" ncrun link set lab/r mtu=1400
expect_refusal 1 "node 'a' has no interface 'eth9'" ncrun link down lab/a:eth9
expect_refusal 1 "no node 'x' in network 'lab'" ncrun link up lab/x
expect_refusal 1 "no network 'lba'" ncrun link show lba
expect_refusal 2 "no node 'x'" ncrun link add lab/a x
expect_refusal 2 "10.0.0.2" ncrun link set lab/a address=10.0.0.2/24
expect_refusal 2 "--out and --in together" ncrun link set --out --in lab/a loss=1%
ncrun link show --json lab | jq 'map(.ends[] | {node, interface, mtu, addresses, impairment, state})' >"$work/after"
expect_true "refusals changed nothing" cmp "$work/before" "$work/after"

expect_exit 0 ncrun down lab
leaks_end
