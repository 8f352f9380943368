#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# What things cost beside system calls (cost_calls.sh): instructions of our own, and memory asked
# for. Neither depends on the load of the machine; instructions do a little on the compiler. Who
# makes one dearer on purpose changes its number here and says why.

. tests/support/e2e.sh

need_root
need_command faults scarce.so
command -v ncrun-full >/dev/null || skip_allowed "needs a program without sanitizers, and musl"
busybox_root "$work/root"
leaks_begin

at_most() { # NUMBER WHAT COUNTED UNIT
	expect_true "$2: $3 $4, $1 or less" [ "${3:-0}" -gt 0 -a "${3:-0}" -le "$1" ]
}
asked() { # COMMAND...
	SCARCE_COUNT=$work/asked LD_PRELOAD=$(command -v scarce.so) ncrun-full "$@" >/dev/null 2>&1
	cat "$work/asked"
}
network() { # HOSTS
	printf 'name: w%s\ndefaults: {rootfs: %s}\ntopology: {single: %s}\n' "$1" "$work/root" "$1"
}

ncrun node --rootfs "$work/root" -- true # the filter is cached from here on
at_most 60 "a node's start and end" "$(asked node --rootfs "$work/root" -- true)" allocations
ncrun node --detach --rootfs "$work/root" --name d -- sleep 600 >/dev/null
at_most 36 "exec" "$(asked exec d -- true)" allocations
ncrun rm --force d
for n in 5 15; do
	network $n >"$work/w$n.yaml"
	eval "up$n=\$(asked up $work/w$n.yaml)"
	eval "list$n=\$(asked list)"
	eval "inspect$n=\$(asked inspect w$n)"
	eval "down$n=\$(asked down w$n)"
done
# Who waits for what others do looks again meanwhile: on a busy machine, more often.
# shellcheck disable=SC2154 # up5 and up15
for _ in 1 2 3 4; do
	[ $(((up15 - up5) / 10)) -gt 175 ] || break
	for n in 5 15; do
		eval "up$n=\$(asked up $work/w$n.yaml)"
		ncrun down w$n
	done
done
# shellcheck disable=SC2154 # up5, up15 and the like
{
	at_most 175 "up, for each host" $(((up15 - up5) / 10)) allocations
	at_most 75 "list, for each node" $(((list15 - list5) / 10)) allocations
	at_most 240 "inspect, for each node" $(((inspect15 - inspect5) / 10)) allocations
	at_most 25 "down, for each host" $(((down15 - down5) / 10)) allocations
}

leaks_end

# One by one: this takes seconds.
[ "${NCRUN_TEST_TIMEOUT_FACTOR:-1}" -eq 1 ] || skip_allowed "an emulated processor counts too slowly"
leaks_begin
faults --steps --timeout 100 --report "$work/steps" -- ncrun node --rootfs "$work/root" -- true
at_most 232000 "a node's start and end" "$(sed -n 's/^steps //p' "$work/steps")" instructions
leaks_end
