#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# An ncrun that is killed while it changes a network costs the change, not the network.

. tests/support/e2e.sh
. tests/support/network.sh

need_root
need_command faults traces jq
leaks_begin

file lab <<'END'
name: lab
defaults: {rootfs: ROOT}
nodes: {a: , b: , r: {kind: router}, lan: {kind: switch}}
links: [[a, lan], [b, lan], [r, lan]]
END
sed 's/ b: ,/ c: ,/; s/\[b, lan\]/[c, lan]/' "$work/lab.yaml" >"$work/other.yaml"
inits() { for node in a b r; do init "lab/$node"; done; }
links() { ncrun link show lab | awk '{ print $1, $2, $3, $4, $5, $5 == "-" ? "" : $6 }'; }
state() { ncrun list --networks | awk '$1 == "lab" { print $2, $3 }'; }

# killed BEGUN|DONE COMMAND... - before the first step, or after the last; a file takes the place of
# another as what shall be is written down, that it begins, and what is
killed() {
	killed_at='--exit --at 2'
	[ "$1" = BEGUN ] || killed_at='--at 3'
	shift
	# shellcheck disable=SC2086 # options
	faults --only rename,renameat,renameat2 $killed_at -- "$@" >"$work/out" 2>&1
	expect_same "broken" "$(state | cut -d' ' -f1)" "killed: $*"
}

expect_exit 0 up lab
inits=$(inits) before=$(links)
for when in BEGUN DONE; do
	for change in "set lab/a mtu=1300" "down lab/a" "add lab/a:x b:x" "rm lab/b"; do
		# shellcheck disable=SC2086 # words
		killed $when ncrun link $change
		expect_out "would mend: 1 network" ncrun clean --dry-run
		expect_same "broken 3" "$(state)" "which changes nothing"
		expect_out "mended: 1 network" ncrun clean
		expect_same "up 3 $before" "$(state) $(links)" "clean takes '$change' back"
	done
	killed $when ncrun node --detach --rootfs "$work/root" --name j --net lab/lan -- sleep 600
	expect_exit 0 ncrun clean
	expect_same "up 3 $before" "$(state) $(links)" "and a node that was joining"
done
expect_true "packets pass" ncrun ping -c 1 lab/a b
expect_same "$inits" "$(inits)" "no node has noticed"

# what fails in the middle is undone in all of it, though a node could not be looked at for once
expect_exit 0 ncrun link add lab/b:x a
before_x=$(links)
n=0
while [ "$n" -lt 10 ]; do
	n=$((n + 1))
	faults --only openat --error EPERM --at $((10 + n)) -- ncrun link rm lab/b:x >"$work/out" 2>&1
	ncrun link show lab | grep -q b:x || ncrun link add lab/b:x a
	[ "$(links)" = "$before_x" ] || not_ok "call $((10 + n)): $(links); $(cat "$work/out")"
done
expect_exit 0 ncrun link rm lab/b:x
expect_same "$before" "$(links)" "a link that could not be removed is whole"

# nor is a network taken for one that cannot be mended because it could not be looked at for once
killed BEGUN ncrun link set lab/a mtu=1300
for command in "ncrun clean --dry-run" "ncrun up --dry-run $work/lab.yaml"; do
	for call in openat faccessat,faccessat2; do
		# shellcheck disable=SC2086 # words
		faults --only $call --report "$work/calls" -- $command >"$work/out" 2>&1
		calls=$(sed -n 's/^calls //p' "$work/calls") n=0
		while [ "$n" -lt "$calls" ] && [ "$n" -lt 12 ]; do
			n=$((n + 1))
			# shellcheck disable=SC2086 # words
			faults --only $call --error EMFILE --at "$n" -- $command >"$work/out" 2>&1
			! grep -E 'broken network|create network' "$work/out" || not_ok "$command: $call $n"
		done
		expect_true "$command: of $calls calls to $call" [ "$n" -gt 0 ]
	done
done
expect_exit 0 ncrun clean
expect_same "$inits" "$(inits)" "it is mended afterwards"

# nor a node for one that has ended
for call in openat pidfd_open; do
	for n in 1 2 3; do
		faults --only $call --report "$work/calls" -- ncrun up --dry-run "$work/lab.yaml" >"$work/out" 2>&1
		calls=$(sed -n 's/^calls //p' "$work/calls")
		[ "$n" -le "$calls" ] || continue
		faults --only $call --error EMFILE --at $((calls + 1 - n)) -- ncrun up --dry-run "$work/lab.yaml" >"$work/said" 2>&1
		expect_true "$call $n before the last of $calls: $(head -n 1 "$work/said")" grep -qE "Too many open files|nothing" "$work/said"
	done
done

# what cannot be undone for lack of room is not forgotten
for call in 1 2 3 4; do
	faults --only sendto,sendmsg --error ENOBUFS --at "$call" --sticky -- ncrun link set lab/a mtu=1300 >"$work/out" 2>&1
	expect_same "broken 3" "$(state)" "request $call: $(cat "$work/out")"
	expect_exit 0 ncrun clean
	expect_same "up 3 $before" "$(state) $(links)" "a change that failed at its request $call is undone"
done

# written down and not begun
faults --only rename,renameat,renameat2 --at 2 -- ncrun link set lab/a mtu=1300
expect_same "up 3" "$(state)" "killed before it began"
expect_exit 0 ncrun clean
expect_same "" "$(ls "$NCRUN_STATE/lab/.next" 2>/dev/null)" "clean leaves nothing of that"

# the next who changes it mends it first
killed BEGUN ncrun link set lab/a mtu=1300
expect_exit 0 ncrun link set lab/b mtu=1400
expect_same "" "$(ls "$NCRUN_STATE/lab/.next" 2>/dev/null)" "a change that is done leaves nothing beside the network"
expect_same "1500 1400" "$(ncrun link show --json lab | jq -r '[.[].ends[0] | select(.node != "r") | .mtu] | join(" ")')" "by link set: only the second change is there"
killed DONE ncrun link set lab/a mtu=1300
expect_exit 0 up lab
expect_same "up 3 $before" "$(state) $(links)" "by up, which makes it what the file says"
expect_same "$inits" "$(inits)" "without a new node"

# what has ended stays so: a node that left is not made again
expect_exit 0 ncrun node --detach --rootfs "$work/root" --name j --net lab/lan -- sleep 600
expect_same "up 4" "$(state)" "a node has joined"
killed BEGUN ncrun rm --force lab/j
expect_exit 0 ncrun clean
expect_same "up 3 $before" "$(state) $(links)" "one that was leaving has left"

# a node that ended meanwhile is not in the way
killed BEGUN ncrun link set lab/b mtu=1300
expect_exit 0 ncrun stop lab/b
expect_exit 0 ncrun clean
expect_same "up 3" "$(state)" "a node that has ended meanwhile is no hindrance"
expect_exit 0 up lab
expect_same "$before" "$(links)" "and comes back"

# and gets no link, while each other one gets its own again
sed '/^links/s/: .*/: [[r, lan]]/; s/, lan:/, i: , lan:/' "$work/lab.yaml" >"$work/bare.yaml"
sed '/^links/s/\[\[/[[i, lan], [/; s/, lan:/, i: , lan:/' "$work/lab.yaml" >"$work/four.yaml"
expect_exit 0 ncrun up "$work/four.yaml"
before_four=$(links)
killed BEGUN ncrun up "$work/bare.yaml"
expect_exit 0 ncrun stop lab/i
expect_exit 0 ncrun clean
expect_true "the links of others are made again" ncrun ping -c 1 lab/a b
expect_exit 0 ncrun up "$work/four.yaml"
expect_same "$before_four" "$(links)" "and its own with it"
expect_exit 0 up lab

# nor are limits, routes and neighbours of nodes that have ended, or whose peer has
file direct <<'END'
name: lab
defaults: {rootfs: ROOT}
nodes: {a: {gateway: 10.8.0.2, pids: 50}, b: {kind: router, pids: 50}, c: {pids: 50}, lan: {kind: switch}}
links: [{ends: [{node: a, address: 10.8.0.1/24}, {node: b, address: 10.8.0.2/24}]}, [a, lan], [c, lan]]
END
sed 's/pids: 50/pids: 60/g; s/\[a, lan\], /{ends: [a, lan], mtu: 1400}, /; s/gateway: [0-9.]*/routes: [192.0.2.0\/24 via 10.8.0.2]/' "$work/direct.yaml" >"$work/routed.yaml"
expect_exit 0 ncrun down lab
while read -r file ends; do
	expect_exit 0 up direct
	inits="$(init lab/a) $(init lab/c)"
	killed BEGUN ncrun up "$work/routed.yaml"
	# shellcheck disable=SC2086 # words
	expect_exit 0 ncrun $ends lab/b
	if [ "$file" = - ]; then expect_exit 0 ncrun clean; else expect_exit 0 up "$file"; fi
	expect_same "up 3 $inits" "$(state) $(init lab/a) $(init lab/c)" "$ends, $file: others have noticed nothing"
done <<END
- stop
- rm --force
direct stop
END
expect_exit 0 ncrun down lab
expect_exit 0 up lab

# where some have ended and others are to be made there is nothing to mend
killed BEGUN ncrun up "$work/other.yaml"
expect_out "removed: 1 broken network" ncrun clean
expect_same "" "$(state)" "a network that was to have other nodes is removed"
leaks_end
