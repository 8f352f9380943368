#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# A single node with a way out, with published ports, and in a network that runs: `ncrun node`
# with --uplink, --publish and --net.

. tests/support/machine.sh
. tests/support/e2e.sh
. tests/support/page.sh

need_root
need_command nft ip ss bash busybox traces jq
leaks_begin
machine_begin
machine_state >"$work/before"
mkdir "$work/page"
echo hello >"$work/page/index.html"
nsenter --net="/proc/$machine_outside/ns/net" busybox httpd -f -p 80 -h "$work/page" &
server=$!
unchanged() { # WHAT
	machine_state >"$work/after"
	expect_same "" "$(diff "$work/before" "$work/after" | head -n 5)" "$1"
}
node() { ncrun node --rootfs host "$@"; }

# ---- a way out ---------------------------------------------------------------------------------

within 5 page 192.0.2.2 80
for to in 192.0.2.2 2001:db8::2; do
	expect_same hello "$(node --uplink -- bash -c "$page_script" "$to" 80)" "a node with an uplink gets $to"
done
expect_exit 7 node --uplink -- sh -c 'exit 7'
expect_exit 127 node --uplink -- /no/such/program
expect_exit 1 node -- sh -c 'ip link show uplink 2>/dev/null'
unchanged "nothing is left on the machine"

# ---- published -----------------------------------------------------------------------------------

expect_out web node --detach --name web -v "$work/page:/page:ro" -p 8080:80 -- busybox httpd -f -p 80 -h /page
within 5 page 127.0.0.1 8080
for to in 127.0.0.1 ::1 192.0.2.1; do
	expect_same hello "$(page $to 8080)" "the machine gets $to:8080"
done
expect_same hello "$(page 2001:db8::1 8080 outside)" "and a neighbour its own"
expect_out "port          8080:80" ncrun inspect web
expect_out "8080:80" ncrun ps
expect_same '[[],["8080:80"]]' "$(ncrun ps --json | jq -c '.[0] | [.uplink, .ports]')" "and programs read it"
expect_refusal 125 "port '[::1]:8080:1': port 8080/tcp of this machine is published by 'default/web'" \
	node -p '[::1]:8080:1' -- true
expect_refusal 125 "port '8x:1': a port is a number from 1 to 65535, or a range" node -p 8x:1 -- true
expect_refusal 125 "port '192.0.2.9:80:80': this machine has no address '192.0.2.9'" node -p 192.0.2.9:80:80 -- true
expect_same "web" "$(ncrun list --all --names)" "and nothing was made"
expect_exit 0 ncrun rm --force web
unchanged "with the node its port is free"

# One that ends by itself is forgotten by whoever looks next.
node --detach --name short -p 8080:80 -- true >/dev/null
within 5 sh -c '! ncrun list --names | grep -q short'
expect_exit 0 node -p 8080:80 -- true
ncrun rm short
unchanged "nobody keeps the port of one that has ended"

# Killed, it leaves what clean finds.
ncrun node --rootfs host --name k --uplink -- sleep 100 &
killed=$!
within 5 ncrun exec k -- true
kill -KILL $killed
wait $killed 2>/dev/null
within 5 sh -c '! ncrun list --names | grep -q k'
ncrun clean >"$work/out"
unchanged "clean removes what a killed one had on the machine"

# ---- in a network --------------------------------------------------------------------------------

cat >"$work/lab.yaml" <<'END'
{name: lab, defaults: {rootfs: host}, nodes: {a: , lan: {kind: switch}}, links: [[a, lan]]}
END
expect_exit 0 ncrun up "$work/lab.yaml"
expect_out "10.0.0.1" node --net lab/lan -- getent ahostsv4 a
expect_out "10.0.0.77/24" node --net lab/lan:10.0.0.77/24 -- ip -o addr show eth0
node --detach --name d --net lab/lan --uplink -- sleep 100 >/dev/null
expect_out "1 received" ncrun ping lab/a d -c 1
expect_out "d-eth0" ncrun exec lab/a -- cat /etc/hosts
expect_out "uplink        198." ncrun inspect lab/d
expect_same hello "$(page 192.0.2.2 80 ncrun exec lab/d --)" "it has its uplink as well"
expect_refusal 125 "node 'd' is there already" node --name d --net lab/lan -- true
expect_refusal 125 "no node 'nix' in network 'lab'" node --net lab/nix -- true
expect_refusal 125 "no network 'nix'" node --net nix/lan -- true
expect_refusal 125 "'lab': not NETWORK/SWITCH[:ADDRESS] (try lab/lan)" node --net lab -- true
expect_refusal 125 "address '10.0.0.1': is that of 'a' already" node --net lab/lan:10.0.0.1/24 -- true
expect_same "2" "$(ncrun list --networks | awk '$1 == "lab" { print $3 }')" "who left is no member any more"

# Whoever joined is in no file: up leaves it alone.
first=$(ncrun inspect --json lab/d | jq '.[0].pid')
address=$(ncrun ping --json -c 1 lab/a d | jq -r .address)
expect_out "nothing to change" ncrun up "$work/lab.yaml"
cat >"$work/more.yaml" <<'END'
{name: lab, defaults: {rootfs: host}, nodes: {0: , a: , lan: {kind: switch}}, links: [[0, lan], [a, lan]]}
END
expect_out "create node 0" ncrun up "$work/more.yaml"
expect_same "$first $address" "$(ncrun inspect --json lab/d | jq -r '"\(.[0].pid) "')$(ncrun ping --json -c 1 lab/0 d | jq -r .address)" \
	"the same node at the same address after a change"
expect_out "d-eth0" ncrun exec lab/0 -- cat /etc/hosts
expect_same hello "$(page 192.0.2.2 80 ncrun exec lab/d --)" "with its uplink"
sed 's/\[a, lan\]/{ends: [a, lan], address: 10.0.0.99\/24}/' "$work/more.yaml" >"$work/taken.yaml"
ncrun node --detach --name e --net lab/lan:10.0.0.99/24 --rootfs host -- sleep 100 >/dev/null
expect_refusal 2 "taken.yaml: node 'e': address '10.0.0.99': is that of 'a' already" ncrun up "$work/taken.yaml"
expect_exit 0 ncrun stop --grace 0s lab/e
expect_exit 0 ncrun up "$work/taken.yaml"
expect_same "0 a d" "$(ncrun ps --all --names lab | sed 's|lab/||' | sort | xargs)" "one that has ended is not kept"
expect_exit 0 ncrun rm --force lab/d
expect_same "2" "$(ncrun list --networks | awk '$1 == "lab" { print $3 }')" "nor is who was removed"
expect_exit 0 ncrun down lab
unchanged "the machine is as it was"
kill "$server"
wait "$server" 2>/dev/null
ip link del eth0
machine_end
leaks_end
