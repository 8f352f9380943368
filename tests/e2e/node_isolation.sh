#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# What a node sees of its machine: nothing. Looked at from inside, as somebody would
# who wants out (shared design: secure by default).

. tests/support/e2e.sh

need_root
need_command traces
test_image alpine
leaks_begin
node() { ncrun node --rootfs alpine "$@"; }

for ns in user uts mnt pid net ipc cgroup; do
	expect_differ "$(readlink /proc/self/ns/$ns)" "$(node -- readlink /proc/self/ns/$ns)" "a $ns namespace of its own"
done
expect_same "$(readlink /proc/self/ns/user)" "$(node --userns host -- readlink /proc/self/ns/user)" "unless asked otherwise"

status() { node -- sed -n "s/^$1:[[:space:]]*//p" /proc/self/status; }
expect_same 2 "$(status Seccomp)" "a seccomp filter"
expect_same 1 "$(status NoNewPrivs)" "no_new_privs"
# CVE-2022-29162 and kin: what is inheritable could be regained.
expect_same 0000000000000000 "$(status CapInh)" "nothing is inheritable"
expect_same 0000000000000000 "$(status CapAmb)" "nothing is ambient"
for set in CapPrm CapEff CapBnd; do
	expect_same 00000000000005fb "$(status $set)" "$set is the documented one"
done
expect_same 0000000000000000 "$(node --user nobody -- sed -n 's/^CapEff:[[:space:]]*//p' /proc/self/status)" "a user has none"

# ids: root inside is nobody outside
ncrun node --rootfs alpine --name mapped -- sleep 60 &
pid=$!
within 5 sh -c 'ncrun inspect --json mapped | grep -q "\"state\":\"running\""'
uid=$(ncrun inspect --json mapped | sed -n 's/.*"uid_base":\([0-9]*\).*/\1/p')
expect_true "the node's ids are beyond the machine's users" test "${uid:-0}" -ge 805306368
kill $pid
wait $pid 2>/dev/null

# processes, mounts, descriptors
expect_true "no process of the machine" test "$(node -- sh -c 'ls -d /proc/[0-9]* | wc -l')" -le 4
# whole names: a checkout at /ncrun is not /tmp/ncrun-test, where the node's own files are
expect_same "" "$(node -- grep -E "($NCRUN_STORE|$PWD|/home)(/| )" /proc/self/mountinfo)" "no mount of the machine"
expect_same "0 1 2" "$(node -- sh -c 'cd /proc/$$/fd; echo *' </dev/null | tr -s ' ' | cut -d' ' -f1-3)" "three descriptors"
expect_false "init's descriptors are shut" node -- ls /proc/1/fd
expect_false "init's program is shut" node -- cat /proc/1/exe
expect_false "init cannot be signalled to death" node -- sh -c 'kill -9 1; sleep 0.1; kill -0 1 && exit 1'

# CVE-2019-19921 .. CVE-2025-52881: masks and read-only paths
for path in /proc/kcore /proc/keys /proc/timer_list; do
	expect_same "" "$(node -- head -c 10 $path 2>/dev/null | tr -d '\0')" "$path is masked"
done
for path in /proc/sys/kernel/core_pattern /proc/sysrq-trigger /proc/irq/default_smp_affinity /sys/kernel/uevent_seqnum; do
	expect_false "$path cannot be written" node -- sh -c "echo 1 > $path"
done
expect_same "" "$(node -- ls /sys/firmware)" "/sys/firmware is masked"

# devices: the usual ones, and no way to more
expect_same "full null random tty urandom zero" "$(node -- sh -c 'cd /dev; for f in *; do [ -c $f ] && [ ! -L $f ] && echo $f; done' | sort | tr '\n' ' ' | sed 's/ $//')" "the minimal /dev"
expect_false "no device node can be made" node -- mknod /tmp/sda b 8 0
expect_false "no mount" node -- mount -t tmpfs none /mnt
expect_false "no namespace" node -- unshare -U true
expect_false "no host name" node -- hostname evil
expect_false "no link" node -- ip link add d0 type bridge
expect_false "no chroot" node -- chroot / true

# hostile images: CVE-2026-41579 (/dev), CVE-2023-27561 (/proc), A10 (/etc)
busybox_root "$work/hostile"
mkdir "$work/decoy"
rmdir "$work/hostile/dev"
ln -s "$work/decoy" "$work/hostile/dev"
ncrun node --rootfs "$work/hostile" -- true >"$work/out" 2>&1
expect_same "" "$(ls "$work/decoy")" "a /dev that is a link leads nowhere"
rm "$work/hostile/dev"; mkdir "$work/hostile/dev"
rmdir "$work/hostile/proc"
ln -s "$work/decoy" "$work/hostile/proc"
expect_exit 125 ncrun node --rootfs "$work/hostile" -- true
expect_same "" "$(ls "$work/decoy")" "a /proc that is a link leads nowhere"
rm "$work/hostile/proc"; mkdir "$work/hostile/proc"
# A9: hostile user files
rm "$work/hostile/etc/passwd"; mkfifo "$work/hostile/etc/passwd"
expect_exit 125 timeout 5 ncrun node --rootfs "$work/hostile" --user someone -- true
rm "$work/hostile/etc/passwd"; ln -s /dev/zero "$work/hostile/etc/passwd"
expect_exit 125 timeout 5 ncrun node --rootfs "$work/hostile" --user someone -- true

expect_refusal 125 "4294967295" node --user 4294967295 -- id
leaks_end
