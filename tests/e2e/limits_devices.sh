#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# Devices: a node has the usual ones, and those that it is given.

. tests/support/e2e.sh

need_root
test_image
leaks_begin
device=
for candidate in /dev/net/tun /dev/fuse /dev/loop-control /dev/vda /dev/loop0; do
	[ -c "$candidate" ] || [ -b "$candidate" ] || continue
	device=$candidate
	break
done
[ "$device" ] || skip "needs a device"
number=$(stat -c '%t:%T' "$device")
node() { ncrun node --rootfs alpine "$@"; }

expect_same "" "$(node -- sh -c "ls $device 2>/dev/null")" "a node does not have $device by itself"
expect_same "$number 0 0" "$(node --device "$device" -- stat -c '%t:%T %u %g' "$device")" \
	"with --device it does, and it is its root's"
expect_exit 0 node --device "$device:r" -- sh -c "exec 3<$device"
expect_exit 1 node --device "$device:r" -- sh -c "(exec 3<>$device) || exit 1"
cat "$work/err" >"$work/refusal"
expect_true "without w it cannot be written: $(cat "$work/refusal")" grep -qi "not permitted" "$work/refusal"
# One that the node makes itself, which --cap-add MKNOD allows nobody in a user namespace.
expect_exit 1 node --device "$device" --cap-add MKNOD -- \
	sh -c "mknod /tmp/x c 1 1 2>/dev/null || exit 1"
expect_exit 0 node --device "$device" --device /dev/null -- sh -c "[ -c /dev/null ] && [ -e $device ]"

expect_refusal 2 "/nosuch" node --device /nosuch -- true
expect_refusal 2 "is not a device" node --device /etc -- true
mknod "$work/odd" c 1 3
expect_refusal 125 "not below /dev" node --device "$work/odd" -- true
leaks_end "devices leave nothing"
