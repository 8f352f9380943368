#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# --io and --io-weight on a disk that the test may spoil: NCRUN_TEST_SCRATCH, which the VM
# has; rates by the clock and by what the kernel counts.

. tests/support/e2e.sh

need_root
need_command jq blockdev
test_image
leaks_begin
need_limits
disk=${NCRUN_TEST_SCRATCH:-}
[ -b "$disk" ] || skip "needs a disk to spoil (NCRUN_TEST_SCRATCH)"
ncrun node --rootfs alpine --io "$disk:rbps=1M" -- true 2>"$work/err" || skip "needs limits on disks: $(cat "$work/err")"

counted() { # FIELD - of the disk, by the node
	ncrun stats --json disk | jq "[.[0].io[] | .$1] | add // 0"
}
# took COMMAND... - nanoseconds that it takes in the node
took() {
	took_began=$(date +%s%N)
	ncrun exec disk "$@" 2>"$work/dd" || not_ok "$*: $(cat "$work/dd")"
	echo $(($(date +%s%N) - took_began))
}
# rate FIELD COMMAND... - per second, of what the kernel counts while it runs; what an exec
# takes by itself is taken off
rate() {
	rate_field=$1
	shift
	rate_start=$(took true) rate_before=$(counted "$rate_field")
	rate_took=$(took "$@")
	echo "$rate_before $(counted "$rate_field") $((rate_took - rate_start))" | awk '{ printf "%d", ($2 - $1) * 1e9 / $3 }'
}
within_percent() { # PERCENT WANT GOT WHAT
	expect_true "$4: $3 a second, $2 +- $1 %" test $(($3 * 100)) -ge $(($2 * (100 - $1))) -a $(($3 * 100)) -le $(($2 * (100 + $1)))
}

expect_exit 0 ncrun node --rootfs alpine -d --name disk --device "$disk" --memory 128M --io "$disk:rbps=4M,wbps=2M" -- sleep 1000
within_percent 10 4194304 "$(rate read_bytes dd if="$disk" of=/dev/null bs=64k count=384 iflag=direct)" "rbps=4M"
within_percent 10 2097152 "$(rate write_bytes dd if=/dev/zero of="$disk" bs=64k count=192 oflag=direct)" "wbps=2M"
expect_exit 0 ncrun set --io "$disk:rbps=max,wbps=max,riops=50,wiops=50" disk
within_percent 10 50 "$(rate read_ios dd if="$disk" of=/dev/null bs=4k count=300 iflag=direct)" "riops=50"
within_percent 10 50 "$(rate write_ios dd if=/dev/zero of="$disk" bs=4k count=300 oflag=direct)" "wiops=50"
expect_exit 0 ncrun set --io "$disk:riops=max,wiops=max" disk
# v1 counts nothing where there is no limit.
ms=$(($(took dd if="$disk" of=/dev/null bs=64k count=384 iflag=direct) / 1000000))
expect_true "what took 6 s takes $ms ms without limits" test "$ms" -lt 3500
expect_exit 0 ncrun rm --force disk
expect_refusal 125 "io limit: write '250:200 " ncrun node --rootfs alpine --memory 64M --io "250:200:rbps=1M" -- true
leaks_end "limits on disks leave nothing"
