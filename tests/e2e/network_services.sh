#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# What runs in a network's nodes: commands once, services with their restart policies, limits
# and impairments by the keys of the file, names of up to 63 characters; and what is told as JSON.

. tests/support/e2e.sh
. tests/support/network.sh

need_root
need_command traces jq
leaks_begin

file run <<'END'
name: run
defaults: {rootfs: ROOT, env: {WHO: all}}
nodes:
  a:
    env: {WHO: me}
    exec: ["touch /first", [sh, -c, "ls /first; echo $WHO; ip -o link | wc -l"]]
    run:
      - [sleep, 1000]
      - {name: once, command: [sh, -c, "echo ran; exit 3"], restart: no}
      - {name: again, command: [sh, -c, "echo x >>/tries; exit 1"], restart: "on-failure:2"}
  b: {run: "sleep 1000", hosts: {192.0.2.1: [extern, ext]}}
links: [[a, b]]
END
expect_exit 0 up run
expect_same "/first me 2" "$(tr '\n' ' ' <"$work/out" | sed 's/ *network.*//')" "commands run in order, with the node's environment, when it is wired"
expect_true "a service that fails is tried again as often as it says" within 5 sh -c 'test "$(ncrun exec run/a -- grep -c x /tries)" = 3'
expect_true "what a service says is in its log" within 5 sh -c 'ncrun logs run/a | grep -q ran'
expect_same "192.0.2.1" "$(knows run/b extern .)" "names of others than the network's"
ncrun exec run/a -- killall sleep
expect_true "a service that is killed comes again" within 5 ncrun exec run/a -- pidof sleep
expect_exit 0 up run --json
expect_same '["run",false,[]]' "$(jq -c '[.network, .dry_run, .steps]' "$work/out")" "nothing changes, as JSON"
expect_same "run up 2 2 0 1" "$(ncrun list --networks | awk 'NR > 1 { print $1, $2, $3, $4, $5, $6 }')" "a line of the network"
expect_same '["run","up",2,2,0,1]' "$(ncrun list --networks --json | jq -c '.[0] | [.name, .state, .nodes, .running, .switches, .links]')" "and as JSON"
expect_same "run/a run/b" "$(ncrun ps run | awk 'NR > 1 { print $1 }' | xargs)" "a line of each node"
expect_same '["once",0,"exited",3]["again",2,"exited",1]' "$(ncrun ps --json run | jq -c '.[0].services[2:][] | [.name, .restarts, .last_exit.cause, .last_exit.code]' | tr -d '\n')" "how its services ended"
expect_exit 0 ncrun down run

# ---- JSON -----------------------------------------------------------------------------------

file lim <<'END'
name: lim
defaults: {rootfs: ROOT, pids: 40, cap-add: [NET_RAW]}
nodes: {a: {memory: 32M, cpus: 0.25}, b: , lan: {kind: switch}}
links: [[a, lan], {ends: [b, lan], loss: 100%}]
END
expect_exit 0 up lim --dry-run --json
expect_same '"create network  0","create switch lan 3","create node a 3","create node b 3","create link a:eth0 -- lan 4","create link b:eth0 -- lan 4"' \
	"$(jq '.steps[] | "\(.verb) \(.kind) \(.name) \(.line)"' "$work/out" | paste -s -d ,)" "steps as JSON, with their lines"
cp "$work/out" "$work/dry"
expect_same "" "$(ncrun list --names)" "a dry run makes nothing"
expect_exit 0 up lim --json
expect_same "$(sed 's/"dry_run":true/"dry_run":false/' "$work/dry")" "$(cat "$work/out")" "what was done is what was told"
expect_same '["cpus=0.25","memory=32M","pids=40"]' "$(ncrun inspect --json lim/a | jq -c '.[0].limits')" "limits are keys of a node"
a=$(init lim/a)
sed -i 's/memory: 32M/memory: 48M/' "$work/lim.yaml"
expect_out "change node a: memory 48M" up lim
expect_same "$a 50331648" "$(init lim/a) $(ncrun stats --json lim/a | jq '.[0].memory_limit')" "a limit changes in place"
expect_out "nothing to change" up lim
sed -i 's/memory: 48M, //' "$work/lim.yaml"
expect_out "create node a" up lim
expect_same '["cpus=0.25","pids=40"]' "$(ncrun inspect --json lim/a | jq -c '.[0].limits')" "one that goes takes another node"
expect_false "all is lost on the way to b" pings lim/a b
sed -i 's/loss: 100%/loss: 0%/' "$work/lim.yaml"
expect_out "change link" up lim
expect_true "and nothing after a change" pings lim/a b
expect_exit 0 ncrun down lim

# ---- long names --------------------------------------------------------------------------------

long="a-name-that-is-as-long-as-a-name-may-be-because-it-has-sixty-thr"
long=$(echo $long | cut -c1-63)
file long <<END
name: $long
defaults: {rootfs: ROOT, cap-add: [NET_RAW]}
nodes: {$long: , b: , switch-of-a-long-name: {kind: switch}, switch-of-a-long-name-2: {kind: switch}}
links: [[$long, switch-of-a-long-name], [b, switch-of-a-long-name-2], [switch-of-a-long-name, switch-of-a-long-name-2]]
END
expect_exit 0 up long
expect_true "nodes and switches of long names" pings "$long/b" "$long"
expect_exit 0 ncrun down "$long"
leaks_end
