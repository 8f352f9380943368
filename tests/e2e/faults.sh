#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# timeout: 400
#
# A sample of `make faults`: a fault at a few of the system calls of each command, state that is
# not as it was written, and all of what a machine may lack. Where time is dear, of nodes and
# their limits only.

. tests/support/e2e.sh

need_root
factor=${NCRUN_TEST_TIMEOUT_FACTOR:-1}
modes="kill-tree-after error-tree"
# Sanitizers make calls of their own, which may not fail, and have a malloc of their own.
! is_sanitized || modes=kill-tree-after
NCRUN_SWEEP_MODES=${NCRUN_SWEEP_MODES:-$modes}
export NCRUN_SWEEP_MODES NCRUN_PAIR_ROUNDS=1
while read -r commands step dear; do
	[ "$factor" = 1 ] || [ "$dear" = everywhere ] || continue
	[ "$commands" != lacking ] || ! is_sanitized || continue
	NCRUN_SWEEP_STEP=$((step * factor)) "tests/faults/$commands.sh" >"$work/log" 2>&1 || not_ok "$commands ends with $?"
	grep -E '^(not )?ok|^# ' "$work/log"
done <<END
node 197 everywhere
limits 293 everywhere
store 401
network 1709
uplink 1301
state 2003
lacking 1
END
