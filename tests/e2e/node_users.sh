#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# Users and groups of an image, and what tells why a command could not be executed.

. tests/support/e2e.sh

need_root
need_command traces
busybox_root "$work/root"
leaks_begin
node() { ncrun node --rootfs "$work/root" "$@"; }

# files without an end of their last line
printf 'root:x:0:0::/root:/bin/sh\nlast:x:77:78::/home:/bin/sh' >"$work/root/etc/passwd"
printf 'root:x:0:root\nwheel:x:10:last\nfinal:x:79:last' >"$work/root/etc/group"
expect_same "77 78 78 10 79" "$(node --user last -- sh -c 'echo $(id -u) $(id -g) $(id -G)')" "the last lines count"
expect_same 79 "$(node --user last:final -- id -g)" "for groups, too"
printf '' >"$work/root/etc/passwd"
expect_refusal 125 "no user 'last'" node --user last -- true
printf 'nocolons' >"$work/root/etc/passwd"
expect_refusal 125 "no user 'nocolons'" node --user nocolons -- true

# groups that the map does not have
printf 'root:x:0:0:root:/root:/bin/sh\n' >"$work/root/etc/passwd"
printf 'root:x:0:root\nbin:x:1:root\nwheel:x:10:root\n' >"$work/root/etc/group"
expect_same 0 "$(node --userns 0:100000:1 -- id -G)" "groups of the image that are not mapped are dropped"
expect_same "0 1" "$(node --userns 0:100000:2 -- id -G)" "others are not"
expect_refusal 125 "join group 1000: the node has no such id" node --userns 0:100000:2 --group-add 1000 -- true

# the exit file has the reason, the exit code the kind
why() { sed -n 's/.*"errno_name": *"\([A-Z0-9]*\)".*/\1/p' "$work/exit"; }
expect_exit 127 node --exit-file "$work/exit" -- nosuch
expect_same ENOENT "$(why)" "a missing command is ENOENT"
expect_exit 127 node --exit-file "$work/exit" -- /bin/sh/x
expect_same ENOTDIR "$(why)" "one below a file is ENOTDIR"
expect_exit 127 node --exit-file "$work/exit" -- ""
expect_same ENOENT "$(why)" "an empty name is ENOENT"
expect_exit 126 node --exit-file "$work/exit" -- /etc
expect_same EACCES "$(why)" "a folder is EACCES"
printf 'rubbish' >"$work/root/bin/rubbish"
chmod 755 "$work/root/bin/rubbish"
expect_exit 126 node --exit-file "$work/exit" -- rubbish
expect_same ENOEXEC "$(why)" "no program is ENOEXEC"
ncrun node --detach --name down --rootfs "$work/root" -- sleep 60 >/dev/null
expect_exit 127 ncrun exec down -- nosuch
expect_exit 126 ncrun exec down -- /etc
ncrun rm --force down

# who is not root has places of his own, unless they are none, and can clean up there
mkdir -m 700 "$work/own"
chown 65534:65534 "$work/own"
program=$(dirname "$(command -v ncrun)")
user() { # COMMAND... - as nobody, who may not enter this tree
	env -u NCRUN_STORE NCRUN_STATE= unshare --mount sh -c 'mount --bind "$1" /mnt && mount --bind "$2" /media &&
		cd / && shift 2 && exec setpriv --reuid 65534 --regid 65534 --clear-groups "$@"' sh "$program" "$work/own" "$@"
}
if [ -d /mnt ] && [ -d /media ] && command -v setpriv >/dev/null && ! is_sanitized; then
	expect_out "nothing to clean" user env XDG_RUNTIME_DIR=/media HOME=/media /mnt/ncrun clean
	expect_refusal 1 "no place for state: set XDG_RUNTIME_DIR or NCRUN_STATE" user env XDG_RUNTIME_DIR= /mnt/ncrun list
fi
leaks_end
