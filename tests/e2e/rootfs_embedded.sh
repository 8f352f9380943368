#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# Nobody has an image and nothing can be reached: the embedded one serves. It is
# what a user of Alpine expects at the prompt, and says that it is not Alpine.

. tests/support/e2e.sh

# ---- as it is made --------------------------------------------------------------------
pack=$BUILD/embedded/pack
busybox=$(command -v busybox) || skip "needs busybox (busybox-static)"
[ -x "$pack" ] || skip "built with EMBEDDED=no"
make_image() {
	rootfs/embedded/make-image "$pack" "$1" "$BUILD/embedded/ping"
}
make_image "$busybox" >"$work/one.tar.gz" 2>"$work/why"
[ -s "$work/one.tar.gz" ] || skip "$(cat "$work/why")"
make_image "$busybox" >"$work/two.tar.gz"
expect_true "the same programs give the same image" cmp "$work/one.tar.gz" "$work/two.tar.gz"
tar -tvzf "$work/one.tar.gz" >"$work/list"
expect_same '' "$(grep -v ' root/root ' "$work/list")" "all of it belongs to root"
expect_same '' "$(tar -tzf "$work/one.tar.gz" | sort | uniq -d)" "nothing is in it twice"
expect_false "it has no file that says Alpine" grep -q alpine "$work/list"
make_image /nonexistent >"$work/none" 2>"$work/why"
expect_same '0 1' "$(wc -c <"$work/none") $(grep -c 'no busybox, so no embedded image' "$work/why")" \
	"without busybox there is none, and the build goes on"
make_image "$(command -v guard)" >"$work/none" 2>"$work/why"
expect_same '0 1' "$(wc -c <"$work/none") $(grep -c 'is not static, so no embedded image' "$work/why")" \
	"nor with a program that needs libraries"

# ---- as it runs ---------------------------------------------------------------------------
need_root
inside() {
	ncrun node --pull never --rootfs alpine -- "$@"
}
expect_out /usr/sbin/httpd inside which ls ps ip ifconfig ping hostname cat grep awk sed vi wget nc httpd udhcpc
expect_out 'ncrun embedded image' inside cat /etc/os-release
expect_out 'not Alpine Linux' ncrun rootfs list
expect_exit 1 inside test -e /etc/alpine-release
expect_out 'uid=0(root) gid=0(root)' inside id
expect_out 'drwxrwxrwt' inside ls -ld /tmp
expect_out 'drwx------' inside ls -ld /root
expect_out '/usr/local/bin' inside sh -lc 'echo $PATH'
expect_out 1 inside sh -c 'ip -o link | wc -l'
expect_out '1 packets received, 0% packet loss' inside ping -c 1 -W 2 localhost
expect_out '::1' inside ping6 -c 1 ::1
expect_exit 0 inside sh -lc 'ping -q -c 1 127.0.0.1'
expect_exit 7 inside sh -c 'exit 7'
expect_same embedded "$(ncrun rootfs list --names)" "it was imported once, under a name of its own"
