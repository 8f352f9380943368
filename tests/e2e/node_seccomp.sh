#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# A node's system calls: the default profile, one of one's own, and what a profile
# would have refused.

. tests/support/e2e.sh

need_root
need_command traces
test_image alpine
leaks_begin
node() { ncrun node --rootfs alpine "$@"; }
mode() { node "$@" -- sed -n 's/^Seccomp:[[:space:]]*//p' /proc/self/status; }

# the default
expect_same 2 "$(mode)" "a node has a filter"
expect_refusal 1 "Operation not permitted" node -- unshare -n true
expect_same 0 "$(mode --seccomp unconfined)" "unless asked otherwise"

# a capability brings the calls that it is for
expect_exit 0 node --cap-add SYS_ADMIN -- unshare -n true

# a profile of one's own: from the file, from the cache, and not from the cache
cat >"$work/p.json" <<'END'
{"defaultAction": "SCMP_ACT_ALLOW",
 "syscalls": [{"names": ["mkdir", "mkdirat"], "action": "SCMP_ACT_ERRNO", "errnoRet": 17}]}
END
expect_refusal 1 "File exists" node --seccomp "$work/p.json" -- mkdir /tmp/x
expect_refusal 1 "File exists" node --seccomp "$work/p.json" -- mkdir /tmp/x
sed -i 's/17/28/' "$work/p.json"
expect_refusal 1 "No space left" node --seccomp "$work/p.json" -- mkdir /tmp/x

# a 32-bit program, of 94 bytes: exit(7), or an illegal instruction where that is refused
tiny() {
	printf '\177ELF\1\1\1\0\0\0\0\0\0\0\0\0\2\0\3\0\1\0\0\0\124\200\4\10\64\0\0\0'
	printf '\0\0\0\0\0\0\0\0\64\0\40\0\1\0\0\0\0\0\0\0\1\0\0\0\0\0\0\0\0\200\4\10'
	printf '\0\200\4\10\136\0\0\0\136\0\0\0\5\0\0\0\0\20\0\0\263\7\61\300\100\315\200\17\13\220'
}
tiny >"$work/tiny"
chmod 755 "$work/tiny"
"$work/tiny" 2>/dev/null
if [ $? -eq 7 ]; then
	expect_exit 132 node -v "$work/tiny:/tiny:ro" -- /tiny
	expect_exit 7 node --all-architectures -v "$work/tiny:/tiny:ro" -- /tiny
	expect_exit 132 node --all-architectures --seccomp "$work/p.json" -v "$work/tiny:/tiny:ro" -- /tiny
fi

# nothing allowed at all: runc hangs on such a profile
echo '{"defaultAction": "SCMP_ACT_KILL_PROCESS"}' >"$work/kill.json"
timeout 20 ncrun node --rootfs alpine --seccomp "$work/kill.json" -- true >"$work/out" 2>&1
code=$?
expect_true "a node that may do nothing ends with an error ($code)" \
	test "$code" -ne 0 -a "$code" -ne 124 -a "$code" -ne 137

# wrong profiles: the place is named, nothing is started
echo '{"defaultAction": "SCMP_ACT_ALLOW", "syscals": []}' >"$work/bad.json"
expect_refusal 125 "$work/bad.json:1:37: unknown key 'syscals'" \
	node --seccomp "$work/bad.json" -- true
expect_refusal 125 "seccomp profile '$work/none.json': neither a file nor 'default', 'log' or 'unconfined'" \
	node --seccomp "$work/none.json" -- true

# what would have been refused
expect_out "would have refused 1 system call" node --seccomp log -- sh -c 'unshare -u true; :'
expect_out "unshare: errno 1, 2 times" node --seccomp log -- sh -c 'unshare -u true; unshare -u true; :'

leaks_end
