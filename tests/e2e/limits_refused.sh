#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# Limits that cannot be had: too little to start with, values that contradict each other,
# machines without control groups. What is refused leaves nothing.

. tests/support/e2e.sh

need_root
need_command jq
test_image
leaks_begin
need_limits
node() { ncrun node --rootfs alpine "$@"; }

# ---- too little ---------------------------------------------------------------------

# Killed, or told by a call that there is no more: both end a start, here and there.
for size in 8K 72K 76K 80K 84K; do
	expect_refusal 125 "memory '$size': too little to start: the kernel " node --memory $size -- true
done
expect_refusal 125 "pids '1': no more processes may start: " node --pids 1 -- true
expect_exit 0 node --pids 2 -- true
expect_exit 0 node -d --name full --pids 2 -- sleep 1000
expect_refusal 125 "pids '2': no more processes may start: " ncrun exec full true
expect_exit 0 ncrun set --pids 20 full
expect_exit 0 ncrun exec full true
expect_exit 0 ncrun rm --force full

# ---- values ----------------------------------------------------------------------------

expect_refusal 2 "memory '0': less than one page of 4096 bytes (try 64M)" node --memory 0 -- true
expect_refusal 2 "memory '-5': not a size (try 64M)" node --memory -5 -- true
expect_refusal 2 "memory '99999999999G': too large (try 64M)" node --memory 99999999999G -- true
expect_refusal 2 "memory '32M': given already ('64M')" node --memory 64M --memory 32M -- true
expect_refusal 2 "cpus '0': not a number of CPUs from 0.001" node --cpus 0 -- true
expect_refusal 2 "cpu-weight '10001': not a number from 1 to 10000" node --cpu-weight 10001 -- true
expect_refusal 2 "pids '99999999999999999999': not a number from 1" node --pids 99999999999999999999 -- true
expect_refusal 2 "io '/dev/null:rbps=1M'" node --io /dev/null:rbps=1M -- true
expect_refusal 2 "device 'c:1:7:r': that device is given already" node --device /dev/full --device c:1:7:r -- true
expect_refusal 2 "device '/dev/full:rwx': 'rwx' is not made of r, w and m" node --device /dev/full:rwx -- true
expect_refusal 2 "not a file of a controller and its value" node --cgroup cgroup.procs=1 -- true
expect_refusal 2 "not a file of a controller and its value" node --cgroup ../memory.max=1 -- true
expect_refusal 125 "memory-low '64M': more than memory '32M'" node --memory 32M --memory-low 64M -- true
expect_refusal 125 "swap '1M': comes on top of a limit on memory (add memory)" node --swap 1M -- true
expect_refusal 125 "cpu-period '50ms': means nothing without cpus" node --cpu-period 50ms -- true
expect_refusal 125 "'memory' is given as well, and sets the same" \
	node --memory 64M --cgroup memory.max=32M -- true
expect_refusal 125 "cpuset limit: write '4095' to 'cpuset.cpus': " node --cpuset 4095 -- true
# It is no reason to go on without any limit.
expect_refusal 125 "io limit: write '250:200 " node --memory 64M --io 250:200:rbps=1M -- true
expect_same 1 "$(grep -c 'No such device (name a whole disk' "$work/err")" "a whole disk is asked for"
expect_same "" "$(ncrun list --all | grep -v ^NODE)" "refused nodes are not listed"

# ---- where they cannot be had -------------------------------------------------------------

without() { # PLACE COMMAND... - on a machine without that
	# shellcheck disable=SC2016 # for the shell inside
	unshare --mount sh -c 'for place in $0; do umount -R "$place"; done 2>/dev/null; exec "$@"' "$@"
}
hide=/sys/fs/cgroup
for limit in "memory --memory 64M" "cpu --cpus 0.5" "pids --pids 20" "cpu --cpu-weight 50" "cpuset --cpuset 0"; do
	# shellcheck disable=SC2086
	expect_refusal 125 "limit: no cgroup ${limit%% *} controller on this machine (see: ncrun doctor)" \
		without $hide ncrun node --rootfs alpine ${limit#* } -- true
done
expect_exit 0 without $hide ncrun node --rootfs alpine -- true
expect_out "not mounted" without $hide ncrun doctor
expect_exit 0 without $hide ncrun node --rootfs alpine --device /dev/null -- true
if [ -d /sys/fs/cgroup/devices ]; then
	expect_exit 0 without "/sys/fs/cgroup/devices /sys/fs/cgroup/unified" ncrun node --rootfs alpine --memory 64M -- true
	expect_refusal 125 "deny devices: neither cgroup v2 nor the devices controller" \
		without "/sys/fs/cgroup/devices /sys/fs/cgroup/unified" \
		ncrun node --rootfs alpine --userns host --cap-add MKNOD -- true
fi
leaks_end "what is refused leaves nothing"
