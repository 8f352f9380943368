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
# expect_rate WANT WHAT FIELD COMMAND... - within 10 %; a machine that has other things to
# do is asked three times
expect_rate() {
	want=$1 limit=$2
	shift 2
	for try in 1 2 3; do
		got=$(rate "$@")
		[ $((got * 10)) -lt $((want * 9)) ] || [ $((got * 10)) -gt $((want * 11)) ] || break
	done
	expect_true "$limit: $got a second, $want +- 10 %, at the ${try}. try" \
		test $((got * 10)) -ge $((want * 9)) -a $((got * 10)) -le $((want * 11))
}

expect_exit 0 ncrun node --rootfs alpine -d --name disk --device "$disk" --memory 128M --io "$disk:rbps=4M,wbps=2M" -- sleep 1000
expect_rate 4194304 rbps=4M read_bytes dd if="$disk" of=/dev/null bs=64k count=256 iflag=direct
expect_rate 2097152 wbps=2M write_bytes dd if=/dev/zero of="$disk" bs=64k count=128 oflag=direct
expect_exit 0 ncrun set --io "$disk:rbps=max,wbps=max,riops=50,wiops=50" disk
expect_rate 50 riops=50 read_ios dd if="$disk" of=/dev/null bs=4k count=200 iflag=direct
expect_rate 50 wiops=50 write_ios dd if=/dev/zero of="$disk" bs=4k count=200 oflag=direct
expect_exit 0 ncrun set --io "$disk:riops=max,wiops=max" disk
# v1 counts nothing where there is no limit.
for try in 1 2 3; do
	ms=$(($(took dd if="$disk" of=/dev/null bs=64k count=256 iflag=direct) / 1000000))
	[ "$ms" -ge 2000 ] || break
done
expect_true "what took 4 s takes $ms ms without limits, at the ${try}. try" test "$ms" -lt 2000
expect_exit 0 ncrun rm --force disk
expect_refusal 125 "io limit: write '250:200 " ncrun node --rootfs alpine --memory 64M --io "250:200:rbps=1M" -- true
leaks_end "limits on disks leave nothing"
