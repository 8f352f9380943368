#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# A network with a way out and published ports, on a machine with a neighbour and with rules of
# its own: what gets through, what does not, and that nothing of others changes.

. tests/support/machine.sh
. tests/support/e2e.sh
. tests/support/network.sh
. tests/support/page.sh

need_root
need_command faults nft ip ss bash busybox traces
leaks_begin
machine_begin
nft add table inet mine
nft add chain inet mine forward '{ type filter hook forward priority 10; policy accept; }'
nft add rule inet mine forward tcp dport 25 counter drop
machine_state >"$work/before"

mkdir "$work/beyond" "$work/inside"
echo outside >"$work/beyond/index.html"
echo inside >"$work/inside/index.html"
nsenter --net="/proc/$machine_outside/ns/net" busybox httpd -f -p 80 -h "$work/beyond" &
server=$!
busybox httpd -f -p 22 -h "$work/beyond" & # the machine's own, everywhere
own=$!

cat >"$work/lab.yaml" <<END
name: lab
defaults: {rootfs: host}
nodes:
  a:
  gw: {kind: nat, uplink: true}
  web:
    run: busybox httpd -f -p 80 -h /site
    volumes: ["$work/inside:/site:ro"]
    ports: ["8080:80", "[::1]:8081:80", "127.0.0.1:8082:80"]
links: [[a, gw], [web, gw]]
END

# ---- up ------------------------------------------------------------------------------------------

expect_out "create uplink gw: to all that the machine reaches" up lab --dry-run
expect_out "create ports web: 8080:80, [::1]:8081:80, 127.0.0.1:8082:80" up lab --dry-run
machine_state >"$work/after"
expect_same "" "$(diff "$work/before" "$work/after" | head -n 5)" "a dry run does nothing"
expect_exit 0 up lab

# What the machine believes of what a node says by its link, and what it tells it.
settings="ipv4/accept_redirects=0 ipv4/send_redirects=0 ipv4/accept_source_route=0 ipv4/rp_filter=1 ipv4/arp_ignore=8
	ipv6/accept_ra=0 ipv6/autoconf=0 ipv6/accept_redirects=0"
wrong() {
	links=$(cd /proc/sys/net/ipv4/conf && echo nc-*)
	echo "$links" | wc -w
	for setting in $settings; do
		file=${setting%=*}
		for link in $links; do
			[ "$(cat "/proc/sys/net/${file%/*}/conf/$link/${file#*/}")" = "${setting#*=}" ] || echo "$link: not $setting"
		done
	done
}
expect_same 2 "$(wrong)" "the machine is not steered by nodes"

expect_out "8080:80, [::1]:8081:80, 127.0.0.1:8082:80" ncrun ps lab
within 5 sh -c 'ss -ltn | grep -q :22'
for to in 192.0.2.2 2001:db8::2; do
	expect_same outside "$(page $to 80 ncrun exec lab/a --)" "a node behind the nat gets $to"
done
for to in 192.0.2.1 2001:db8::1; do
	within 5 page $to 8080
	expect_same inside "$(page $to 8080 outside)" "a neighbour gets $to:8080"
	expect_same inside "$(page $to 8080)" "and so does the machine"
done
for to in "127.0.0.1 8080" "::1 8080" "::1 8081" "127.0.0.1 8082"; do
	# shellcheck disable=SC2086 # two words
	expect_same inside "$(page $to)" "the machine gets $to"
done
page_time=0.2
expect_same "" "$(page 192.0.2.1 8082 outside)$(page 2001:db8::1 8081 outside)" "nobody else gets those"
for to in 192.0.2.1 2001:db8::1 198.18.0.1; do
	expect_same "" "$(page $to 22 ncrun exec lab/gw --)" "no node gets the machine's own $to:22"
done
page_time=3
expect_same outside "$(page 192.0.2.1 22 outside)" "which a neighbour does"

# ---- what is taken is refused ----------------------------------------------------------------------

machine_state >"$work/up"
printf 'name: other\nnodes:\n  x: {rootfs: host, ports: ["22:22"]}\n' >"$work/other.yaml"
expect_refusal 1 "other.yaml:3:29: node 'x': port '22:22': port 22/tcp of this machine is taken by a program" \
	up other
sed -i s/22:22/127.0.0.1:8080:1/ "$work/other.yaml"
expect_refusal 1 "port '127.0.0.1:8080:1': port 8080/tcp of this machine is published by 'lab/web'" up other
machine_state >"$work/after"
expect_same "" "$(diff "$work/up" "$work/after" | head -n 5)" "and nothing has changed"
expect_false "not even in the state" test -e "$NCRUN_STATE/other"

# ---- killed ----------------------------------------------------------------------------------------

ncrun node --rootfs "$work/root" --name lone --uplink --publish 8090:90 -- sleep 600 &
lone=$!
within 5 ncrun exec lone true
kill -STOP "$(init lone)" # it would notice, and end
kill -KILL $lone
wait $lone 2>/dev/null
expect_exit 0 ncrun clean
expect_same "" "$(nft list tables | grep ncrun-default; ip -o link | grep lone)" "one clean removes a killed node with its uplink"

# and one that could not be looked for is not taken for one that lives on
lone() { faults --report "$work/calls" "$@" -- ncrun node --rootfs "$work/root" --name lone --uplink -- true >"$work/said" 2>&1; }
lone --only mkdirat
calls=$(sed -n 's/^calls //p' "$work/calls")
for n in 0 1 2 3; do
	lone --only mkdirat --error EPERM --at $((calls - n))
	! nft list tables | grep -q ncrun-default || grep -q "ncrun clean" "$work/said" || not_ok "call $n of $calls before the last: $(cat "$work/said")"
	ncrun clean >/dev/null
done
expect_same "" "$(nft list tables | grep ncrun-default)" "after $calls calls nothing is left"

# ---- down ------------------------------------------------------------------------------------------

expect_exit 0 ncrun down lab
machine_state >"$work/after"
expect_same "" "$(diff "$work/before" "$work/after" | head -n 5)" "the machine is as it was"

# Of what ends last, whatever fails: the machine forwards no more, or clean is asked for.
lone --only openat,setns
calls=$(sed -n 's/^calls //p' "$work/calls")
for n in $(seq 0 25); do
	lone --only openat,setns --error ENOSPC --at $((calls - n))
	! grep -q "ncrun clean" "$work/said" || ncrun clean >/dev/null
	machine_state >"$work/after"
	cmp -s "$work/before" "$work/after" || {
		not_ok "call $n of $calls before the last: $(cat "$work/said" "$work/calls")"
		sysctl -qw net.ipv4.conf.eth0.forwarding=0
	}
done
expect_same "" "$(diff "$work/before" "$work/after" | head -n 5)" "nor is anything left of a node whose end was told of errors"
lone --only setns
calls=$(sed -n 's/^calls //p' "$work/calls")
for n in $(seq 0 16); do
	lone --only setns --error EPERM --at $((calls - n))
	nft list tables | grep -q ncrun-default && ! grep -q "ncrun clean" "$work/said" && not_ok "EPERM of call $n of $calls before the last"
	ncrun clean >/dev/null
done
n=0
until [ $n = 60 ] || grep -q "set sysctl 'net/ipv4/conf/eth0/forwarding' to '1': No space" "$work/said"; do
	n=$((n + 1))
	lone --only write --error ENOSPC --at $n
done
machine_state >"$work/after"
expect_same "" "$(cmp "$work/before" "$work/after" 2>&1)$(grep "ncrun clean" "$work/said")$(test $n -lt 60 || echo never)" \
	"nor of one whose start was, once its table was there"
kill "$server" "$own"
wait "$server" "$own" 2>/dev/null
ip link del eth0
machine_end
leaks_end
