#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# ncrun stats against the kernel's own files, read by hand, within 1 %, for a load that is
# known: so much memory, so many processes, so many bytes read from a disk.

. tests/support/e2e.sh

need_root
need_command jq
test_image
leaks_begin
need_limits
disk=${NCRUN_TEST_SCRATCH:-}
[ -b "$disk" ] || disk=
cat >"$work/load" <<'END'
dd if=/dev/zero of=/dev/shm/block bs=1M count=20
[ -z "$1" ] || dd if="$1" of=/dev/null bs=64k count=64 iflag=direct
i=0
while [ $i -lt "$2" ]; do i=$((i + 1)); done
for i in 1 2 3 4 5; do sleep 1000 & done
touch /dev/shm/done
wait
END
ncrun node --rootfs alpine -d --name load --cpus 0.9 --memory 64M --pids 30 ${disk:+--device "$disk" --io "$disk:rbps=64M"} \
	-v "$work/load:/load:ro" -- sh /load "$disk" $((100000 / ${NCRUN_TEST_TIMEOUT_FACTOR:-1})) >/dev/null 2>"$work/err" || skip "needs these limits: $(cat "$work/err")"
within 10 ncrun exec load test -e /dev/shm/done || not_ok "the load is done"
group=$(sed -n 's/^[0-9]*:[^:]*:\(.*ncrun[^/]*\/default\/load\)$/\1/p' "/proc/$(ncrun inspect --json load | jq '.[0].pid')/cgroup" | head -n 1)

# by_hand FILE... - the first of them that there is for the group: cgroup v2's or v1's
by_hand() {
	for name in "$@"; do
		find /sys/fs/cgroup -path "*$group/$name" -exec cat {} + 2>/dev/null | grep . && return
	done
}
# agrees WHAT LEAST STATS BY-HAND [SLACK] - within 1 %, and SLACK more
agrees() {
	expect_true "$1: ncrun stats says $3, the kernel $4" test "$3" -ge "$2" -a \
		$((($3 + ${5:-0}) * 100)) -ge $(($4 * 99)) -a $((($3 - ${5:-0}) * 100)) -le $(($4 * 101))
}
# Each CPU is charged with up to 64 pages that nobody has yet (MEMCG_CHARGE_BATCH), and gives them
# back at any time.
charged=$((64 * 4096 * $(grep -c "^processor" /proc/cpuinfo)))

expect_exit 0 ncrun pause load # from here on nothing moves
ncrun stats --json load >"$work/stats"
stat() { jq ".[0] | $1" "$work/stats"; }
agrees "bytes of memory" 20971520 "$(stat .memory_current)" "$(by_hand memory.current memory.usage_in_bytes)" "$charged"
agrees "processes" 7 "$(stat .pids_current)" "$(by_hand pids.current)"
# Of two that count, v2: who is born in its group joins that of v1 a little later.
agrees "time in us" 1000 "$(stat .cpu_usage_us)" "$({ by_hand cpu.stat; by_hand cpuacct.usage; } |
	awk '/^usage_usec/ { v2 = $2 } /^[0-9]+$/ { v1 = int($1 / 1000) } END { print v2 ? v2 : v1 }')"
if [ "$disk" ]; then
	by_hand io.stat blkio.throttle.io_service_bytes_recursive blkio.throttle.io_service_bytes >"$work/io"
	agrees "bytes read from a disk" 4194304 "$(stat '[.io[].read_bytes] | add // 0')" \
		"$(sed -n 's/.*rbytes=\([0-9]*\).*/\1/p; s/^[0-9:]* Read \([0-9]*\)$/\1/p' "$work/io" | awk '{ n += $1 } END { printf "%d", n }')"
fi
expect_exit 0 ncrun rm --force load
leaks_end
