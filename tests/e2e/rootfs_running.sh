#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# A node runs on an image while its owner imports a newer one, removes it and
# cleans up: the node keeps what it began with, and what it keeps is seen.

. tests/support/e2e.sh

need_root
need_command tar busybox
tree=$work/tree
busybox_root "$tree"
for version in old new; do
	echo $version >"$tree/etc/version"
	tar -C "$tree" -cf "$work/$version.tar" .
done

ncrun rootfs import --quiet lab "$work/old.tar"
expect_exit 0 ncrun node --detach --name keeper --rootfs lab -- sleep 300
trap 'e2e_status=$?; ncrun kill keeper >/dev/null 2>&1; ncrun rm keeper >/dev/null 2>&1; e2e_end $e2e_status' EXIT
e2e_status=0
expect_out '"in_use":true' ncrun rootfs list --json

expect_exit 0 ncrun rootfs import --quiet lab "$work/new.tar"
expect_out old ncrun exec keeper -- cat /etc/version
expect_out new ncrun node --rootfs lab -- cat /etc/version
expect_out '"in_use":1' ncrun rootfs gc --json
expect_out '"images":0' ncrun rootfs gc --json
expect_out old ncrun exec keeper -- cat /etc/version

expect_exit 0 ncrun rootfs rm lab
expect_exit 125 ncrun node --rootfs lab -- true
expect_out old ncrun exec keeper -- cat /etc/version

expect_exit 0 ncrun kill keeper
within 5 sh -c '! ncrun exec keeper -- true'
ncrun rm keeper >/dev/null 2>&1
expect_out '"in_use":0' ncrun rootfs gc --json
expect_same '' "$(ls "$NCRUN_STORE/images")" "once the node has ended, gc removes what it kept"
