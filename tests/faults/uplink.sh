#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# timeout: 80000
#
# A fault at each system call of up and down of a network that has uplinks and publishes ports:
# nothing of it is left on the machine, which forwards no more than before.

. tests/support/private.sh
. tests/support/machine.sh
. tests/support/e2e.sh
. tests/support/faults.sh
. tests/support/network.sh

need_root
need_command faults traces nft ip
leaks_begin
machine_begin
ncrun node --rootfs "$work/root" -- true

file net <<'END'
name: net
defaults: {rootfs: ROOT}
nodes: {a: , gw: {kind: router, uplink: true}, web: {ports: ["8080:80", "[::1]:53:53/udp"]}}
links: [[a, gw], [web, gw]]
END
gone() {
	! grep -q 'ncrun clean' "$work/err" || ncrun clean || return # as it says
	case $(ncrun list --networks | awk '$1 == "net" { print $2 }') in
	'') ;;
	up) ncrun down net || return ;;
	*) return 0 ;; # it was told of, and clean is to remove it
	esac
	machine_state >"$work/after"
	diff "$work/before" "$work/after" >"$work/diff" || { sed -n 's/^[<>]/&/p' "$work/diff" | head -n 4 >&2; cp "$work/after" "$work/before"; false; }
}

expect_exit 0 up net # the filters are cached from here on
expect_exit 0 ncrun down net
machine_state >"$work/before"

undo=gone
sweep "up with uplinks" ncrun up "$work/net.yaml"
sweep "a node alone with an uplink" ncrun node --rootfs "$work/root" --name lone --uplink --publish 8081:81 -- true
fixture='up net'
sweep "down with uplinks" ncrun down net
machine_end
leaks_end
