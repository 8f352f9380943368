#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# timeout: 20000
#
# A fault at each system call of what a node with limits lives through: node, set, pause, resume,
# kill --all and rm.

. tests/support/private.sh
. tests/support/e2e.sh
. tests/support/faults.sh

need_root
need_command faults traces jq
busybox_root "$work/root"
leaks_begin
limits="--cpus 0.5 --memory 64M --pids 30 --cpuset 0"
# shellcheck disable=SC2086 # a list of options
node() { ncrun node --rootfs "$work/root" $limits "$@"; }
node -- true 2>"$work/err" || skip "needs control groups: $(cat "$work/err")"

# shellcheck disable=SC2086
sweep "node with limits" ncrun node --rootfs "$work/root" $limits --name k -- true

# What was changed half-way is changed again.
changed() {
	ncrun set --cpus 0.3 --memory 48M --pids 25 s
	[ "$(ncrun stats --json s | jq '.[0] | "\(.memory_limit) \(.pids_limit)"')" = '"50331648 25"' ]
}
node -d --name s -- sleep 10000 >/dev/null
changed
undo=changed
sweep set ncrun set --cpus 0.7 --memory 96M --pids 40 s
undo='ncrun resume s && ncrun exec s true'
sweep pause ncrun pause s
fixture='ncrun pause s'
sweep resume ncrun resume s
expect_exit 0 ncrun rm --force s

gone() { [ -z "$(ncrun list --all --names)" ] || ncrun rm --force "$1"; }
fixture='node -d --name r -- sleep 10000' undo='gone r'
sweep "rm --force" ncrun rm --force r
sweep "kill --all" ncrun kill --all r
leaks_end
