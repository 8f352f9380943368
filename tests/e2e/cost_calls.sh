#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# What things cost, in system calls: a number that no load of the machine changes. A start, an
# exec and a network may not cost more than they did, and none may grow with what is there.
# Who makes one of them dearer on purpose changes its number here and says why.

. tests/support/e2e.sh

need_root
need_command faults guard
# Older kernels lack calls that save others: 632 for a start with 6.1.
uname -r | awk -F. '{ exit !($1 * 1000 + $2 >= 6008) }' || skip_allowed "the numbers are those of Linux 6.8 and later"
command -v ncrun-full >/dev/null || skip_allowed "the numbers are those of a program without sanitizers, with musl"
busybox_root "$work/root"
leaks_begin

# Of the command and its children, up to where a node's own begin.
calls() { # COMMAND...
	faults --tree --timeout 60 --report "$work/calls" -- "$@" >/dev/null 2>&1
	sed -n 's/^calls //p' "$work/calls"
}
at_most() { # NUMBER WHAT COUNTED
	expect_true "$2: $3 calls, $1 or less" [ "$3" -gt 0 -a "$3" -le "$1" ]
}
# A timer or a signal makes a call more or less, and slow machines are asked once more.
no_more() { # WHAT BEFORE AFTER
	expect_true "$1: $2 calls, then $3" [ "$3" -le $(($2 + 16)) ]
}
start() { calls ncrun node --rootfs "$work/root" -- true; }

network() { # HOSTS
	printf 'name: n%s\ndefaults: {rootfs: %s}\nnodes:\n  lan: {kind: switch}\n' "$1" "$work/root"
	seq -f '  h%g: {}' "$1"
	echo links:
	seq -f '  - [h%g, lan]' "$1"
}

start >/dev/null # the filter is cached from here on
alone=$(start)
at_most 565 "a node's start and end" "$alone"
ncrun node --detach --rootfs "$work/root" --name d -- sleep 600 >/dev/null
at_most 332 "exec" "$(calls ncrun exec d -- true)"
at_most 274 "rm --force" "$(calls ncrun rm --force d)"

# The same for each host, however many there are.
for n in 5 15; do
	network $n >"$work/n$n.yaml"
	eval "up$n=\$(calls ncrun up $work/n$n.yaml)"
	eval "list$n=\$(calls ncrun list)"
	eval "inspect$n=\$(calls ncrun inspect n$n)"
	eval "again$n=\$(calls ncrun up $work/n$n.yaml)"
	eval "start$n=\$(start)"
	eval "down$n=\$(calls ncrun down n$n)"
done
# shellcheck disable=SC2154 # up5, up15 and the like
{
	at_most 560 "up, for each host" $(((up15 - up5) / 10))
	at_most 85 "down, for each host" $(((down15 - down5) / 10))
	at_most 66 "list, for each node" $(((list15 - list5) / 10))
	at_most 136 "inspect, for each node" $(((inspect15 - inspect5) / 10))
	at_most 32 "up of what is there, for each host" $(((again15 - again5) / 10))
	no_more "a start beside a network" "$alone" "$start5"
	no_more "a start beside a larger one" "$start5" "$start15"
}
leaks_end
