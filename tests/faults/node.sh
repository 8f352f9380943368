#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# timeout: 20000
#
# A fault at each system call of what a node lives through: node, node --detach, exec, stop, rm
# and clean.

. tests/support/private.sh
. tests/support/e2e.sh
. tests/support/faults.sh

need_root
need_command faults traces
busybox_root "$work/root"
leaks_begin

start() { # NAME [COMMAND...]
	start_name=$1
	shift
	ncrun node --detach --rootfs "$work/root" --name "$start_name" -- "${@:-sleep}" 600
}
gone() { # NAME - if it is there
	ncrun list --all --names | grep -qx "$1" || return 0
	ncrun rm --force "$1"
}
start warm # the filter is cached, the folders are there from here on
gone warm

undo=''
sweep node ncrun node --rootfs "$work/root" --name n -- true
undo='gone d'
sweep "node --detach" ncrun node --detach --rootfs "$work/root" --name d -- sleep 600

# A killed exec harms neither the node nor the next exec.
start e
undo='ncrun exec e -- true'
sweep exec ncrun exec e -- true
expect_exit 0 timeout 5 ncrun rm --force e

# A killed stop leaves a node that runs or has ended, and that can be stopped.
fixture='start s' undo='ncrun stop s && ncrun rm s'
sweep stop ncrun stop s
fixture='start r' undo='gone r'
sweep "rm --force" ncrun rm --force r

# What a killed clean has not removed the next one does, of a node that ended with its ncrun.
remains() {
	ncrun node --rootfs "$work/root" --name c -- sleep 600 &
	left=$!
	within 5 ncrun exec c -- true
	kill -KILL "$left"
	wait "$left" 2>/dev/null
	true
}
fixture=remains undo='ncrun clean'
sweep clean ncrun clean
expect_exit 0 ncrun clean
leaks_end
