#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# Limits hold: CPU time, memory and processes of a node, against real loads.
# timeout: 180

. tests/support/e2e.sh

need_root
need_command jq
test_image
leaks_begin
need_limits
spin='while :; do :; done'

# used NODE - "CPU-MICROSECONDS NANOSECONDS PERIODS-HELD-BACK"
used() {
	ncrun stats --json "$1" | jq -r '.[0] | "\(.cpu_usage_us) \(.time_ns) \(.cpu_throttled_periods // 0)"'
}

# share BEFORE AFTER - of a CPU, in thousandths
share() {
	echo "$1 $2" | awk '{ printf "%d", ($4 - $1) * 1e6 / ($5 - $2) }'
}

# held_back BEFORE AFTER - the same of the time, in periods of 100 ms
held_back() {
	echo "$1 $2" | awk '{ n = ($6 - $3) * 1e11 / ($5 - $2); printf "%d", n < 1000 ? n : 1000 }'
}

# expect_between LOW HIGH VALUE WHAT
expect_between() {
	expect_true "$4: $3, from $1 to $2" test "$3" -ge "$1" -a "$3" -le "$2"
}

# ---- CPU ---------------------------------------------------------------------------

# held LOW HIGH SECONDS WHAT - it never gets more, and all of it whenever it is held back: others
# may take the processor before
held() {
	sleep 1
	held_before=$(used half)
	sleep "$3"
	held_after=$(used half)
	held_back=$(held_back "$held_before" "$held_after")
	expect_between $(($1 * held_back / 1000)) "$2" "$(share "$held_before" "$held_after")" \
		"$4, held back for $held_back thousandths of the time"
}
expect_out half ncrun node --rootfs alpine -d --name half --cpus 0.5 -- sh -c "$spin"
held 475 525 10 "thousandths of a CPU for --cpus 0.5"
expect_exit 0 ncrun set --cpus 0.2 half
held 185 215 4 "and for ncrun set --cpus 0.2"
expect_exit 0 ncrun rm --force half

for weight in 100 300; do
	expect_exit 0 ncrun node --rootfs alpine -d --name "w$weight" --cpuset 0 --cpu-weight "$weight" -- sh -c "$spin"
done
sleep 1
one=$(used w100) three=$(used w300)
sleep 10
one=$(share "$one" "$(used w100)") three=$(share "$three" "$(used w300)")
expect_between 270 330 $((three * 100 / one)) "hundredths of what weight 100 gets, for weight 300"
expect_exit 0 ncrun rm --force w100 w300

# ---- memory ---------------------------------------------------------------------------

expect_refusal 137 "memory" ncrun node --rootfs alpine --memory 64M --exit-file "$work/exit" -- \
	dd if=/dev/zero of=/dev/null bs=80M count=1
expect_same "oom-killed 67108864 true" "$(jq -r '"\(.cause) \(.memory_limit) \(.memory_max_events > 0)"' "$work/exit")" \
	"80 MB are more than --memory 64M"
expect_exit 0 ncrun node --rootfs alpine -d --name greedy --memory 32M -- dd if=/dev/zero of=/dev/null bs=80M count=1
within 10 sh -c 'ncrun list --all | grep -q oom-killed'
expect_out "out of memory killed 1 process, at most 32.0 MiB in use, limit 32.0 MiB" ncrun inspect greedy
expect_exit 0 ncrun rm greedy
if [ -d /sys/fs/cgroup/memory ]; then
	expect_refusal 125 "oom 'group': cannot be had where memory is on cgroup v1" \
		ncrun node --rootfs alpine --memory 32M --oom group -- true
else
	expect_exit 0 ncrun node --rootfs alpine -d --name all --memory 32M --oom group -- \
		sh -c 'sleep 1000 & dd if=/dev/zero of=/dev/null bs=80M count=1; sleep 1000'
	within 10 sh -c 'ncrun list --all | grep -q oom-killed'
	expect_same "oom-killed 137 1" "$(ncrun inspect --json all | jq -r '.[0].exit | "\(.cause) \(.code) \(.oom_group_kills)"')" \
		"all of it was killed, and that is known"
	expect_exit 0 ncrun rm all
fi
expect_exit 0 ncrun node --rootfs alpine --memory 64M -- dd if=/dev/zero of=/dev/null bs=50M count=1
mkdir -m 777 "$work/disk"
expect_out "page cache is fine" ncrun node --rootfs alpine --memory 64M -v "$work/disk:/disk" -- sh -c \
	'dd if=/dev/zero of=/disk/file bs=1M count=200 2>/dev/null && cat /disk/file >/dev/null && echo page cache is fine'
rm -r "$work/disk"

# ---- processes ---------------------------------------------------------------------------

# The shell that cannot fork any more ends; what it has started stays.
expect_exit 0 ncrun node --rootfs alpine -d --name bomb --pids 20 -- \
	sh -c '(while :; do sleep 100 & done) 2>/dev/null; exec sleep 1000'
within 10 sh -c '[ "$(ncrun stats --json bomb | jq ".[0].pids_current")" -ge 18 ]'
sleep 0.5
expect_between 18 20 "$(ncrun stats --json bomb | jq '.[0].pids_current')" "processes of a fork bomb with --pids 20"
expect_true "it was stopped by the limit" test "$(ncrun stats --json bomb | jq '.[0].pids_max_events')" -ge 1
expect_exit 0 ncrun rm --force bomb

# ---- from inside ----------------------------------------------------------------------------

expect_same "" "$(ncrun node --rootfs alpine --memory 64M -- sh -c '
	for file in $(find /sys/fs/cgroup -name memory.max -o -name memory.limit_in_bytes -o -name cgroup.procs 2>/dev/null); do
		(echo 1000000000 >"$file") 2>/dev/null && echo "$file"
	done
	find / -xdev -name release_agent 2>/dev/null')" "a node cannot raise its own limits"
leaks_end "limited nodes leave nothing"
