#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# timeout: 3600
#
# Ten thousand nodes one after another and 200 at once leave nothing behind: no
# process, mount, link, namespace, cgroup or file. NCRUN_SOAK_NODES and
# NCRUN_SOAK_AT_ONCE change the numbers.

set -u
. tests/support/e2e.sh
need_root
test_image

nodes=${NCRUN_SOAK_NODES:-10000}
at_once=${NCRUN_SOAK_AT_ONCE:-200}

# What the kernel keeps for them, whoever holds it. Freed a while after its last
# user, so the count is compared with some slack, far below the number of nodes.
namespaces() {
	awk '$1 == "net_namespace" || $1 == "mnt_cache" || $1 == "pid_namespace" { print $1, $2 }' \
		/proc/slabinfo 2>/dev/null | tr '\n' ' '
}
files() {
	find "$NCRUN_STATE" "$NCRUN_STORE" 2>/dev/null | wc -l
}

# One start and end first: what the first node makes for all stays.
ncrun node --rootfs alpine -- true
leaks_begin
files_before=$(files)
echo "# before: $(namespaces)"

failed=0 count=0 began=$(date +%s)
while [ "$count" -lt "$nodes" ]; do
	ncrun node --rootfs alpine -- true </dev/null || failed=$((failed + 1))
	count=$((count + 1))
done
echo "# $nodes nodes in $(($(date +%s) - began)) s"
expect_same 0 "$failed" "$nodes nodes, one after another, all ended well"
leaks_end "nothing is left of $nodes nodes"
expect_same "$files_before" "$(files)" "no file is left of $nodes nodes"

i=0
while [ "$i" -lt "$at_once" ]; do
	i=$((i + 1))
	ncrun node --name "soak$i" --rootfs alpine -- sh -c 'sleep 5; exit 3' </dev/null >"$work/soak$i" 2>&1 &
	eval "pid$i=$!"
done
within 60 sh -c "[ \"\$(ncrun list | grep -c soak)\" -eq $at_once ]" ||
	echo "# not all $at_once were seen at the same moment"
i=0 wrong=0
while [ "$i" -lt "$at_once" ]; do
	i=$((i + 1))
	eval "wait \$pid$i"
	code=$?
	[ "$code" -eq 3 ] || {
		wrong=$((wrong + 1))
		[ "$wrong" -gt 3 ] || echo "# exit code $code: $(head -n 2 "$work/soak$i")"
	}
done
expect_same 0 "$wrong" "$at_once nodes at once all passed on their exit code"
leaks_end "nothing is left of $at_once nodes at once"
expect_same "$files_before" "$(files)" "no file is left of $at_once nodes at once"
expect_same 0 "$(ncrun list --all | grep -c soak)" "no node is listed"
echo "# after: $(namespaces)"
