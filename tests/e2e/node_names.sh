#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# A node knows itself, localhost and the hosts it is told of by name; the files are
# ncrun's, and nothing of an image or a directory of the user's is changed for them.

. tests/support/e2e.sh

need_root
need_command traces
busybox_root "$work/root"
ncrun node --rootfs "$work/root" -- true # the filter is kept from here on
leaks_begin
node() { ncrun node --rootfs "$work/root" "$@"; }

expect_same "127.0.0.1 localhost;::1 localhost ip6-localhost ip6-loopback;127.0.1.1 web;" \
	"$(node --name web -- cat /etc/hosts | tr '\t\n' ' ;')" "localhost and itself"
expect_same web "$(node --name web -- cat /etc/hostname)" "its own name in /etc/hostname"
expect_out "127.0.1.1	db.example.org db" node --hostname db.example.org -- cat /etc/hosts
expect_same "10.0.0.7 db;fd00::1 six;fd00::2 seven;" \
	"$(node --add-host db:10.0.0.7 --add-host 'six:[fd00::1]' --add-host seven:fd00:0::2 \
		-- tail -n 3 /etc/hosts | tr '\t\n' ' ;')" "hosts that it is told of"
expect_same "host*" "$(cd "$work/root/etc" && echo host*)" "the directory is as before"
expect_out web node --name web --read-only -- cat /etc/hosts
expect_out web node --name web --userns host -- cat /etc/hosts
expect_out web ncrun node --name web --rootfs host -- cat /etc/hosts

# The file is on the machine's /run, so nobody inside may write it.
expect_exit 1 node -- sh -c 'echo x >>/etc/hosts'
expect_exit 1 node --privileged -- sh -c 'mount -o remount,rw,bind /etc/hosts; echo x >>/etc/hosts'

# What the user mounts, or uses as it is, is his.
mkdir "$work/etc"
echo mine >"$work/etc/hosts"
expect_same mine "$(node -v "$work/etc/hosts:/etc/hosts:ro" -- cat /etc/hosts)" "a volume in its place"
expect_same mine "$(node -v "$work/etc:/etc" -- cat /etc/hosts)" "a volume above it"
expect_same hosts "$(ls "$work/etc")" "in which nothing is made"
expect_exit 1 node --writable-root -- cat /etc/hosts
expect_out 1.2.3.4 node --writable-root --add-host a:1.2.3.4 -- cat /etc/hosts
expect_same hosts "$(cd "$work/root/etc" && echo host*)" "a directory that is used as it is gets what was asked for"
rm "$work/root/etc/hosts"

# An image that has no place for it: the node does without, unless it was asked for; and
# where its links lead nothing is written (CVE-2025-24965).
ln -s /nowhere "$work/root/etc/hosts"
expect_exit 1 node -- cat /etc/hosts
expect_refusal 125 "'/etc/hosts' goes through a dangling link" node --add-host a:1.2.3.4 -- true
mv "$work/root/etc" "$work/root/aside"
for target in /proc/sys /dev ../../.. "$work/etc"; do
	ln -sfn "$target" "$work/root/etc"
	expect_exit 0 node -- true
done
expect_same hosts "$(ls "$work/etc")" "a link in the image leads nowhere outside"
rm "$work/root/etc"
mv "$work/root/aside" "$work/root/etc"
rm "$work/root/etc/hosts"

# The name servers that it is told of, or the root's own.
expect_exit 1 node -- cat /etc/resolv.conf
expect_same "nameserver 9.9.9.9;nameserver fd00::1;" \
	"$(node --dns 9.9.9.9 --dns fd00:0::1 -- cat /etc/resolv.conf | tr '\n' ';')" "its name servers"
expect_exit 1 node --dns 9.9.9.9 -- sh -c 'echo x >>/etc/resolv.conf'
echo "nameserver 10.0.0.1" >"$work/root/etc/resolv.conf"
expect_out "nameserver 10.0.0.1" node -- cat /etc/resolv.conf
expect_out "nameserver 9.9.9.9" node --writable-root --dns 9.9.9.9 -- cat /etc/resolv.conf
expect_out "nameserver 10.0.0.1" cat "$work/root/etc/resolv.conf"
rm "$work/root/etc/resolv.conf"

# refusals
for server in "" a 1.2.3 dns.example 1.2.3.4:53 '1.2.3.4
search evil'; do
	expect_refusal 125 "name server '$(echo "$server" | head -n 1)" node --dns "$server" -- true
done
expect_refusal 125 "4 name servers" node --dns 1.1.1.1 --dns 1.1.1.2 --dns 1.1.1.3 --dns 1.1.1.4 -- true
for entry in a a: :1.2.3.4 a:1.2.3 a:1.2.3.4.5 'a b:1.2.3.4' -a:1.2.3.4 'a:[::1' a:::: 'a
b:1.2.3.4' 'a:1.2.3.4
6.6.6.6 bank'; do
	expect_refusal 125 "host '$(echo "$entry" | head -n 1)" node --add-host "$entry" -- true
done
expect_refusal 125 "'/etc/hosts' is covered by the mount at '/etc'" \
	node -v "$work/etc:/etc" --add-host a:1.2.3.4 -- true

# /dev/console is the terminal where there is one.
expect_exit 1 node -- test -L /dev/console
ncrun node --detach -t --name tty --rootfs "$work/root" -- sh -c 'echo hello >/dev/console; sleep 60' >/dev/null
within 5 sh -c 'ncrun logs tty | grep -q hello'
expect_out hello ncrun logs tty
expect_exit 0 ncrun rm --force tty

leaks_end
