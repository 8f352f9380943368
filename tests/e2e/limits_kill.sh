#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# All processes of a node are killed at once. A stranger's process in a group is reported, and
# neither it nor the group is touched.

. tests/support/e2e.sh

need_root
need_command strace traces jq
busybox_root "$work/root"
leaks_begin
limits="--cpus 0.5 --memory 64M --pids 30 --cpuset 0"
# shellcheck disable=SC2086 # a list of options
node() { ncrun node --rootfs "$work/root" $limits "$@"; }
node -- true 2>"$work/err" || skip "needs control groups: $(cat "$work/err")"

groups() { find /sys/fs/cgroup -mindepth 1 -type d -path "*/$top*" 2>/dev/null; }
node -d --name probe -- sleep 100
group=$(sed -n 's/^[0-9]*:[^:]*:\(.*ncrun[^/]*\)\/default\/probe$/\1/p' "/proc/$(ncrun inspect --json probe | jq '.[0].pid')/cgroup" | head -n 1)
top=${group##*/}
expect_true "groups are told by '$top'" test -n "$top" -a -n "$(groups)"
ncrun rm --force probe
expect_same "" "$(groups)" "a node that is removed leaves no group"

none_left() { # WHAT
	[ -z "$(groups)" ] || not_ok "$1 leaves $(groups | tr '\n' ' ')"
}

# ---- kill --all -----------------------------------------------------------------------------

node -d --name all -- sh -c 'sleep 1000 & sleep 1000 & exec sleep 1000' >/dev/null
ncrun exec all sleep 1000 &
exec=$!
within 10 sh -c '[ "$(ncrun stats --json all | jq ".[0].pids_current")" -ge 5 ]' || not_ok "five are in the node"
expect_refusal 2 "--all sends KILL, and no other signal" ncrun kill --all --signal HUP all
expect_exit 0 ncrun pause all
find /sys/fs/cgroup -type d -path "*/$top/default/all" >"$work/all"
# LeakSanitizer wants to trace, too
expect_exit 0 env ASAN_OPTIONS=detect_leaks=0 strace -f -o "$work/trace" -e trace=openat,kill ncrun kill --all all
if [ -e "$(head -n 1 "$work/all")/cgroup.kill" ]; then
	expect_true "the kernel does it in one go" grep -q '"cgroup.kill", O_WRONLY' "$work/trace"
fi
expect_same "" "$(while read -r group; do cat "$group/cgroup.procs"; done <"$work/all" 2>/dev/null)" "nobody is left in it, paused or not"
wait $exec
expect_same 137 $? "a command beside it has died, too"
expect_refusal 1 "node 'all' has ended" ncrun kill --all all
expect_out "killed (KILL)" ncrun list --all
expect_same "signal 137" "$(ncrun inspect --json all | jq -r '.[0].exit | "\(.cause) \(.code)"')" "it is not lost, but killed"
expect_exit 0 ncrun rm all
none_left "kill --all"

# ---- a stranger --------------------------------------------------------------------------

node -d --name home -- sleep 1000 >/dev/null
find /sys/fs/cgroup -type d -path "*/$top/default/home" >"$work/homes"
sleep 1000 &
stranger=$!
while read -r home; do
	echo $stranger >"$home/cgroup.procs"
done <"$work/homes"
expect_refusal 1 "processes are in it" ncrun rm --force home
expect_true "the stranger lives" kill -0 $stranger
expect_true "a removed node's group stays for it" test -d "$(head -n 1 "$work/homes")"
ncrun clean >"$work/first" 2>&1
expect_true "clean does not touch it" kill -0 $stranger
expect_true "nor the group" test -d "$(head -n 1 "$work/homes")"
mkdir "$work/aside"
mv "$NCRUN_STATE/default/home" "$work/aside/home"
expect_out "of others" ncrun clean
expect_true "nor where the node's state is lost" kill -0 $stranger
expect_true "the group stays" test -d "$(head -n 1 "$work/homes")"
kill $stranger
wait $stranger 2>/dev/null
expect_out "control group" ncrun clean
none_left "clean once the stranger has gone"
while read -r home; do mkdir -p "${home%/*}"; done <"$work/homes"
expect_exit 0 ncrun clean
none_left "clean of what a rm did not come to, above its node's group"
leaks_end
