#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# From a file to packets: what is not written in one (addresses, gateways, routes, names) in
# both families; and the file of the design, word by word.

. tests/support/e2e.sh
. tests/support/network.sh

need_root
need_command traces jq
leaks_begin

# ---- hosts and routers in a row: nothing is said but who is joined to whom ------------------

file row <<'END'
name: row
defaults: {rootfs: ROOT, cap-add: [NET_RAW]}
nodes: {a: , r1: {kind: router}, r2: {kind: router}, b: }
links: [[a, r1], [r1, r2], [r2, b]]
END
ttl() { ncrun exec "$1" -- ping -c 1 -W 1 "$2" | sed -n 's/.*ttl=\([0-9]*\).*/\1/p'; }
expect_out "network 'row' is up: 4 nodes, 0 switches, 3 links" up row
b4=$(knows row/a b .) b6=$(knows row/a b :)
expect_true "a reaches b across both routers in both families ($b4, $b6)" pings row/a "$b4" "$b6"
expect_true "b reaches a by its name" pings row/b a
expect_same "62 64" "$(ttl row/a b) $(ttl row/b b)" "two routers are on the way"
forwards() { ncrun exec "$1" -- cat /proc/sys/net/ipv4/ip_forward /proc/sys/net/ipv6/conf/all/forwarding | tr -d '\n'; }
expect_same "11 00" "$(forwards row/r1) $(forwards row/a)" "routers forward, hosts do not"
ncrun exec row/a -- cat /etc/hosts >"$work/hosts"
expect_exit 0 ncrun down row
expect_refusal 1 "ncrun up: network 'row' is up, but that could not be written: No space left" \
	sh -c 'ncrun up "$1" >/dev/full' sh "$work/row.yaml"
expect_exit 0 up row --quiet
expect_same "" "$(cat "$work/out")" "--quiet tells nothing"
expect_same "$(cat "$work/hosts")" "$(ncrun exec row/a -- cat /etc/hosts)" "the same file gives the same addresses"
expect_exit 0 ncrun down row

# ---- a switch of many ports ------------------------------------------------------------------

file many <<'END'
{name: many, defaults: {rootfs: ROOT, cap-add: [NET_RAW]}, topology: {single: 40}}
END
expect_out "network 'many' is up: 40 nodes, 1 switch, 40 links" up many
expect_true "the first reaches the last" pings many/h1 h40 "$(knows many/h1 h40 :)"
expect_true "and the last the first" pings many/h40 h1
expect_same 40 "$(ncrun ps many | grep -c running)" "all of them run"
expect_exit 0 ncrun down many

# ---- a nat: who is behind it reaches out, and is not seen ---------------------------------------

file nat <<'END'
name: nat
defaults: {rootfs: ROOT, cap-add: [NET_RAW]}
nodes:
  in:
  gw: {kind: nat}
  out: {run: "nc -ll -p 80 -e netstat -tn"}
  lan: {kind: switch}
links:
  - [in, lan]
  - [gw, lan]
  - {ends: [{node: gw, bound: north, address: [10.9.0.1/24, "fd09::1/64"]}, {node: out, address: [10.9.0.2/24, "fd09::2/64"]}]}
END
expect_exit 0 up nat
expect_true "from inside, out is reached" pings nat/in 10.9.0.2 fd09::2
seen=$(ncrun exec nat/in -- timeout 2 nc 10.9.0.2 80 </dev/null | sed -n 's/.*:80  *.*:\([0-9.]*\):.*/\1/p')
expect_same 10.9.0.1 "$seen" "it sees the nat, not who is behind it"
expect_exit 0 ncrun down nat

# ---- the file of the design --------------------------------------------------------------------

cat >"$work/root/bin/redis-server" <<'END'
#!/bin/sh
[ "$1" = --bind ] && exec nc -ll -p 6379 -e cat
until [ "$(echo "$TZ" | timeout 1 nc "$2" "$3")" = UTC ]; do sleep 0.1; done
echo "joined $2"
exec sleep 1000
END
chmod +x "$work/root/bin/redis-server"
ncrun rootfs import alpine "$work/root" >/dev/null || not_ok "import of the image"
cat >"$work/quorum.yaml" <<'END'
name: quorum
defaults: {rootfs: alpine, cpus: 0.5, memory: 64M}

nodes:
  a: {run: redis-server --bind 0.0.0.0}
  b: {run: [redis-server --replicaof a 6379], memory: 32M, env: {TZ: UTC}}
  c: {}                                      # kind: host is the default
  lan: {kind: switch}
  gw: {kind: nat, uplink: true}

links:
  - [a, lan]                                 # interfaces and addresses are assigned
  - {ends: [b, lan], delay: 20ms, jitter: 5ms, loss: 0.1%, rate: 10mbit}
  - {ends: ["c:eth0", lan], address: 10.0.0.7/24, mtu: 9000}
  - [gw, lan]                                  # a nat's interfaces are south-bound unless marked: {..., bound: north}
END
ncrun doctor | grep -q "^ *ok.*netem" && netem=yes || netem=
if [ -z "$netem" ]; then
	expect_refusal 1 "quorum.yaml:13:5: link 'b:eth0 -- lan': impair link: this kernel has no netem" up quorum
	sed -i 's/delay: 20ms, jitter: 5ms, loss: 0.1%, rate: 10mbit/loss: 0.1%/' "$work/quorum.yaml"
fi
expect_out "network 'quorum' is up: 4 nodes, 1 switch, 4 links" up quorum
expect_true "b finds a by its name" within 5 sh -c 'ncrun logs quorum/b | grep -q "joined a"'
expect_same "10.0.0.7" "$(knows quorum/a c .)" "c has the address that it was given"
expect_same '["cpus=0.5","memory=32M"]' "$(ncrun inspect --json quorum/b | jq -c '.[0].limits')" "b has its own limit of memory, and the default of CPUs"
expect_exit 0 ncrun down quorum
leaks_end
