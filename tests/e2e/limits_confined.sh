#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# A node cannot raise its limits, see or leave its control group, or reach a release agent
# or the machine's tree: not as it comes, nor with every capability of its own namespaces.

. tests/support/e2e.sh

need_root
need_command jq
test_image
leaks_begin
need_limits

node() { ncrun node --rootfs alpine --cpus 0.5 --memory 64M --pids 30 "$@"; }

# What a node tries, in the tree mounted at $1: a line for each that works.
cat >"$work/try" <<'END'
tree=$1
for file in $(find "$tree" -name release_agent -o -name '*ncrun*' 2>/dev/null); do
	echo "sees $file"
done
for file in $(find "$tree" -type f 2>/dev/null); do
	case $file in */release_agent | */cgroup.procs | */tasks | */cgroup.threads) value=0 ;; *) value=1 ;; esac
	(echo $value >"$file") 2>/dev/null && echo "writes $file"
done
for value in max 1000000000 -1 1; do
	for file in memory.max memory.limit_in_bytes pids.max cpu.max cpu.cfs_quota_us cpu.weight cpu.shares \
		devices.allow notify_on_release cgroup.subtree_control cgroup.freeze cgroup.type; do
		[ -e "$tree/$file" ] || continue
		(echo $value >"$tree/$file") 2>/dev/null && echo "writes $file"
	done
done
mkdir "$tree/below" 2>/dev/null && echo "makes a group"
for up in "$tree/.." "$tree/../.."; do
	[ -e "$up/cgroup.procs" ] && echo "sees what is above"
done
END

# Whatever can be mounted is tried, too.
cat >"$work/mounts" <<'END'
mkdir -p /m
for how in "cgroup2 -" "cgroup memory" "cgroup pids" "cgroup cpu" "cgroup cpu,cpuacct" "cgroup devices" "cgroup freezer" \
	"cgroup blkio" "cgroup cpuset" "cgroup hugetlb" "cgroup perf_event" "cgroup net_cls,net_prio" \
	"cgroup none,name=systemd" "cgroup none,name=mine"; do
	options=${how#* }
	if [ "$options" = - ]; then mount -t ${how% *} none /m; else mount -t ${how% *} -o "$options" none /m; fi 2>/dev/null ||
		continue
	echo "mounts $how" >>/mounted
	sh /try /m
	umount /m
done
sh /try /sys/fs/cgroup
mount -o remount,rw /sys/fs/cgroup 2>/dev/null && { echo "remounts" >>/mounted; sh /try /sys/fs/cgroup; }
cut -d: -f3 /proc/self/cgroup | sort -u | grep -vx / | sed 's/^/sees its group: /'
touch /mounted
END
chmod 755 "$work/try" "$work/mounts"
all() { # OPTION... - the whole of it in one node
	node -v "$work/try:/try:ro" -v "$work/mounts:/all:ro" "$@" -- sh -c 'sh /all; sed "s/^/# /" /mounted' 2>/dev/null
}

all >"$work/plain"
expect_same "" "$(cat "$work/plain")" "a node neither mounts, sees nor changes any control group"
for how in --privileged "--cap-add ALL --seccomp unconfined"; do
	# shellcheck disable=SC2086 # a list of options
	all $how >"$work/all"
	expect_same "" "$(grep -v '^#' "$work/all")" "nor does one with $how, which mounts its own ($(grep -c mounts "$work/all"))"
done
expect_true "it did mount something" grep -q '# mounts' "$work/all"

# ---- from outside -----------------------------------------------------------------------

# All that a node starts, however it does, is counted in its group; commands beside it, too.
expect_exit 0 node -d --name kept -- sh -c '(setsid sleep 1000 &) ; sh -c "sleep 1000 & sleep 1000"; exec sleep 1000'
ncrun exec kept sleep 1000 &
pid=$(ncrun inspect --json kept | jq '.[0].pid')
namespace=$(readlink "/proc/$pid/ns/pid")
members() {
	for other in /proc/[0-9]*; do
		[ "$(readlink "$other/ns/pid" 2>/dev/null)" != "$namespace" ] || echo "${other#/proc/}"
	done
}
# Not by what its group counts: for a moment, who brings the command in is there, too.
are_six() { [ "$(members | wc -l)" -ge 6 ]; }
within 5 are_six
groups() { grep -E ':(|.*(memory|pids|cpu|devices|freezer).*):' "/proc/$1/cgroup" | sort; }
groups "$pid" >"$work/groups"
expect_true "its groups are its own" grep -q ncrun "$work/groups"
count=0 wrong=
for member in $(members); do
	count=$((count + 1))
	groups "$member" | cmp -s - "$work/groups" || wrong="$wrong $member"
done
expect_same "" "$wrong" "all $count processes of a node are in its groups"
expect_true "and they are six at least" test "$count" -ge 6
expect_exit 0 ncrun rm --force kept
wait
leaks_end "confined nodes leave nothing"
