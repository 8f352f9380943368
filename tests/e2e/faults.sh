#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# timeout: 400
#
# A sample of `make faults`: a fault at a few of the system calls of each command, and all of what
# a machine may lack.

. tests/support/e2e.sh

need_root
factor=${NCRUN_TEST_TIMEOUT_FACTOR:-1} # where time is dear
NCRUN_SWEEP_MODES=${NCRUN_SWEEP_MODES:-kill-tree-after error-tree}
export NCRUN_SWEEP_MODES
while read -r commands step; do
	NCRUN_SWEEP_STEP=$((step * factor)) "tests/faults/$commands.sh" >"$work/log" 2>&1 || not_ok "$commands ends with $?"
	grep -E '^(not )?ok|^# ' "$work/log"
done <<END
node 197
limits 293
store 401
network 1709
uplink 1301
lacking 1
state 397
END
