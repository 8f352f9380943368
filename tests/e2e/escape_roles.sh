#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# Every known way out that can be tried from inside, in a node of each kind: a line each, by
# tests/escape. What works there on purpose is said in docs/security.md, and has to work. Then
# what nodes send: to the machine, to what is beyond it, and to each other.

. tests/support/machine.sh
. tests/support/e2e.sh
. tests/support/network.sh
. tests/support/page.sh

need_root
need_command probe datagram nft ip bash busybox guard jq
leaks_begin
machine_begin
mkdir "$work/tools" "$work/root/mnt" "$work/root/escape"
cp "$(command -v probe)" "$(command -v datagram)" "$work/tools"
# C4: a device that an image or a volume brings along, open to everybody
for place in "$work/tools" "$work/root/escape"; do
	mknod -m 666 "$place/mem" c 1 1 || not_ok "a device for the image"
done

# D1 (CVE-2020-15257), D3: what has no name in any file
probe --listen "escape-$$" >"$work/listening" &
listener=$!
within 5 grep -q listening "$work/listening"
expect_same "socket memory " "$(probe --connect "escape-$$")" "the machine has a socket and shared memory"

# F4: the machine's services, and those that clouds keep for it beside its wire
echo secret >"$work/index.html"
busybox httpd -f -p 22 -h "$work" &
services=$!
busybox httpd -f -p 127.0.0.1:23 -h "$work" &
services="$services $!"
for key in 169.254.169.254 100.100.100.200 fd00:ec2::254 fd20:ce::254 fd00:c1::a9fe:a9fe; do
	case $key in *:*) via=2001:db8::2 ;; *) via=192.0.2.2 ;; esac
	outside ip addr add $key dev lo
	ip route add $key via $via
done
nsenter --net="/proc/$machine_outside/ns/net" busybox httpd -f -p 80 -h "$work" &
services="$services $!"
datagram --listen 5353 >"$work/heard" 2>&1 &
services="$services $!"

file lab <<END
name: lab
defaults: {rootfs: ROOT, volumes: ["$work/tools:/mnt:ro"]}
nodes:
  host:
  router: {kind: router}
  nat: {kind: nat, uplink: true}
  liar: {uplink: true, cap-add: [NET_ADMIN, NET_RAW], rootfs: host}
  forger: {kind: nat, uplink: true, cap-add: [NET_RAW], rootfs: host}
  root: {kind: router, userns: host}
  admin: {kind: router, userns: host, cap-add: [NET_ADMIN]}
  victim: {rootfs: host}
  asker: {rootfs: host, sysctls: [net.ipv6.conf.eth0.accept_ra=1]}
  lan: {kind: switch}
links: [[host, lan], [router, lan], [nat, lan], [forger, lan], [victim, lan], [asker, lan], [root, lan], [admin, lan]]
END
file other <<END
name: other
defaults: {rootfs: host}
nodes:
  theirs: {uplink: true, cap-add: [NET_RAW]}
END
expect_exit 0 up lab
expect_exit 0 up other

# ---- what docs/security.md says that each has ------------------------------------------------

sorted() { tr ' ' '\n' | sort | xargs; }
capabilities() { ncrun inspect --security --json "$1" | jq -r '.[0].capabilities.bounding | join(" ")' | sorted; }
usual=$(sed -n 's/^| \*\*host\*\* |.*| \([A-Z_ ]*\) |$/\1/p' docs/security.md)
expect_true "docs/security.md has a host's capabilities" test -n "$usual"
for kind in host root victim; do
	expect_same "$(echo "$usual" | sorted)" "$(capabilities lab/$kind)" "which '$kind' has"
done
for kind in router nat admin; do
	expect_same "$(echo "$usual NET_ADMIN" | sorted)" "$(capabilities lab/$kind)" "and NET_ADMIN a '$kind'"
done

# ---- every probe, in every kind of node -----------------------------------------------------

node() { ncrun node --rootfs "$work/root" -v "$work/tools:/mnt:ro" "$@" 2>/dev/null; }
# A5: what its caller is told and no node
export SSH_AUTH_SOCK=/nosuch AWS_SECRET_ACCESS_KEY=secret NOTIFY_SOCKET=/nosuch XDG_RUNTIME_DIR="$work"
tell() { # ROLE COMMAND... - its lines
	role=$1
	shift
	"$@" /mnt/probe "$role" >"$work/$role.out" 2>"$work/$role.err"
	expect_same 0 $? "nothing gets out of a $role: $(tail -n 1 "$work/$role.out")"
	sed -n "s/^\(not \)\{0,1\}ok - /&$role: /p" "$work/$role.out"
	expect_true "of 150 probes at least" test "$(grep -c '^ok' "$work/$role.out")" -ge 150
}
tell host node --
tell host ncrun exec lab/host --
tell router ncrun exec lab/router --
tell nat ncrun exec lab/nat --
tell privileged node --privileged --
tell userns-host node --userns host --
tell userns-host ncrun exec lab/root --
tell rootfs-host ncrun node --rootfs host -v "$work/tools:/mnt:ro" --
# They can tell: what is not confined gets out.
node --privileged -- /mnt/probe host >"$work/out"
expect_true "a probe that works counts" test "$(grep -c '^not ok' "$work/out")" -ge 40

# On purpose: NET_ADMIN of the machine's own ids is not of one network only.
ncrun exec lab/admin -- /mnt/probe userns-host >"$work/admin"
expect_true "who asks for NET_ADMIN with the machine's ids gets that" grep -q '^not ok.*networks beyond its links' "$work/admin"
ncrun node --rootfs "$work/root" --userns host --cap-add NET_ADMIN -- true 2>"$work/told"
expect_true "and is told" grep -q "with NET_ADMIN: by its links, the node configures this machine's network, too" "$work/told"

# D1, D3
for how in "" --privileged "--userns host"; do
	# shellcheck disable=SC2086 # a list of options
	expect_same "" "$(node $how -- /mnt/probe --connect "escape-$$")" "a node has neither, $how"
done
# A4: what the caller has open
node -- /mnt/probe host >"$work/open" 7</ 8>"$work/eight"
expect_same 0 $? "nor has it what its caller has open"
ncrun exec lab/host -- /mnt/probe host >"$work/open" 7</ 8>"$work/eight"
expect_same 0 $? "nor a command beside it"

# ---- the machine's services -------------------------------------------------------------------

within 5 page 192.0.2.1 22
expect_same "secret secret secret secret" \
	"$(page 192.0.2.1 22) $(page 2001:db8::1 22) $(page 127.0.0.1 23) $(page 169.254.169.254 80)" \
	"the machine has services, and a cloud's that gives keys away"
theirs=$(ncrun exec other/theirs -- ip -4 -o addr show up | awk '$4 !~ /^127/ { sub("/.*", "", $4); print $4 }' | head -n 1)
expect_true "another network's node has an address: '$theirs'" test -n "$theirs"
gateway=$(ncrun exec lab/forger -- ip route | awk '/^default/ { print $3 }')
expect_same secret "$(page 192.0.2.2 80 ncrun exec lab/forger --)" "a nat with an uplink reaches what is beyond"
page_time=0.3
gateway6=$(ncrun exec lab/forger -- ip -6 route | awk '/^default/ { print $3 }')
theirs6=$(ncrun exec other/theirs -- ip -6 -o addr show scope global | awk '{ sub("/.*", "", $4); print $4 }' | head -n 1)
for to in "192.0.2.1 22" "192.0.2.1 23" "$gateway 22" "127.0.0.1 23" "$theirs 22" \
	"2001:db8::1 22" "$gateway6 22" "$theirs6 22"; do
	# shellcheck disable=SC2086 # two words
	expect_same "" "$(page $to ncrun exec lab/forger --)" "but not $to"
done
for key in 169.254.169.254 100.100.100.200 fd00:ec2::254 fd20:ce::254 fd00:c1::a9fe:a9fe; do
	page_time=3 told=$(page $key 80) page_time=0.3
	expect_same "secret " "$told $(page $key 80 ncrun exec lab/forger --)" "nor what $key tells the machine"
done

# ---- in the name of another network's node ---------------------------------------------------

answers() { # what it was answered, in both families
	ncrun exec other/theirs -- awk '/^Icmp: [0-9]/ { four = $11 } /^Icmp6InEchoReplies/ { six = $2 } END { print four, six }' \
		/proc/net/snmp /proc/net/snmp6
}
ncrun exec other/theirs -- busybox ping -q -c 1 -W 1 192.0.2.2 >"$work/out"
ncrun exec other/theirs -- busybox ping6 -q -c 1 -W 1 2001:db8::2 >"$work/out"
expect_same "1 1" "$(answers)" "another network's node has answers to what it asks"
ncrun exec lab/liar -- ip addr add "$theirs" dev uplink
ncrun exec lab/liar -- ip -6 addr add "$theirs6" dev uplink nodad
ncrun exec lab/liar -- busybox ping -q -c 1 -W 1 -I "$theirs" 192.0.2.2 >"$work/out"
ncrun exec lab/liar -- busybox ping6 -q -c 1 -W 1 -I "$theirs6" 2001:db8::2 >"$work/out"
expect_same "1 1" "$(answers)" "and none to what another asks in its name"

# ---- what nobody asked for (CVE-2020-13401) ------------------------------------------------------

learned() { # NODE - how often it has heard of the announced network
	ncrun exec "$1" -- sh -c 'ip -6 route; ip -6 addr' | grep -c '2001:db8:bad'
}
uplink=$(ncrun exec lab/forger -- ip route | sed -n 's/^default.* dev \([^ ]*\).*/\1/p')
lan=$(ncrun exec lab/forger -- ip -o link | sed -n 's/^[0-9]*: \(eth[0-9]*\)@.*/\1/p' | grep -vx "$uplink")
outside "$work/tools/probe" --inject eth0 192.0.2.1 5353 >/dev/null
within 5 grep -q out "$work/heard"
expect_true "a forged datagram is taken where there is no wall" test -s "$work/heard"
: >"$work/heard"
ip -6 route flush proto ra
known() { { ip -6 route; ip -6 addr; } | sed 's/ *expires.*//; s/ *valid_lft.*//'; }
known >"$work/known"
for interface in $uplink $lan; do
	expect_out "9 frames" ncrun exec lab/forger -- /mnt/probe --inject "$interface" "$gateway" 5353
	expect_out "9 frames" ncrun exec lab/forger -- /mnt/probe --inject "$interface" 192.0.2.1 5353
done
within 5 sh -c '[ "$(ncrun exec lab/asker -- ip -6 route | grep -c 2001:db8:bad)" -gt 0 ]'
expect_true "who asks for routers gets one" test "$(learned lab/asker)" -ge 2
expect_same 0 "$(learned lab/victim)" "who does not gets none"
expect_same "" "$(known | diff "$work/known" -)" "nor does the machine"
expect_same "" "$(cat "$work/heard")" "nor took a datagram for loopback, or in another's name"

for pid in $services $listener; do
	kill "$pid"
	wait "$pid" 2>/dev/null
done
expect_exit 0 ncrun down lab
expect_exit 0 ncrun down other
ip link del eth0
machine_end
leaks_end
