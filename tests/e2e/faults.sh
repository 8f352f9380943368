#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# timeout: 300
#
# A sample of `make faults`: what a node lives through, with a fault at a few of its system calls.

. tests/support/e2e.sh

need_root
[ "${NCRUN_SWEEP_STEP:-}" = 1 ] || NCRUN_SWEEP_STEP=$((${NCRUN_SWEEP_STEP:-21} * 10 + 1))
export NCRUN_SWEEP_STEP
for commands in tests/faults/*.sh; do
	$commands >"$work/log" 2>&1 || not_ok "$commands ends with $?"
	grep -E '^(not )?ok|^# ' "$work/log"
done
