#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# `ncrun up` of a network that is to stay no longer than it: interrupted, killed, or
# overtaken by `ncrun down`.

. tests/support/e2e.sh

need_root
need_command ip traces
test_image alpine
leaks_begin
printf 'name: brief\ndefaults: {rootfs: alpine}\nnodes: {a: {cap-add: NET_RAW}, b: {}}\nlinks: [[a, b]]\n' >"$work/brief.yaml"
printf 'persistent: false\n' | cat - "$work/brief.yaml" >"$work/said.yaml"

begin() {
	rm -f "$work/up" # of the one before
	ncrun up "$@" >"$work/up" 2>"$work/up.err" &
	pid=$!
	expect_true "it is up, and told so" within 5 grep -q "network 'brief' is up" "$work/up"
	expect_out "1 packets received" ncrun exec brief/a -- ping -c 1 -W 2 b
}
is_gone() { ! ncrun list --networks --names | grep -q .; }

begin --temporary "$work/brief.yaml"
kill -INT $pid
wait $pid
expect_same 0 $? "an interrupted ncrun ends well"
expect_true "and the network is gone with it" is_gone

begin "$work/said.yaml"
kill -KILL $pid
wait $pid 2>/dev/null
expect_true "a killed one's network goes, too" within 5 is_gone

begin --temporary "$work/brief.yaml"
expect_exit 0 ncrun down brief
expect_true "ncrun ends when its network does" within 5 sh -c "! kill -0 $pid"
wait $pid
expect_same "0" "$?" "as if it had been interrupted"
leaks_end
