# shellcheck shell=sh disable=SC2154 # $work is e2e.sh's
# SPDX-License-Identifier: Apache-2.0
#
# sweep.sh - ncrun killed at many of its system calls; after e2e.sh. Stories define `after`,
# which looks at what is left. NCRUN_SWEEP_STEP=1 tries every call, 6 every sixth (60 where
# time is dear: in the VM).

step=${NCRUN_SWEEP_STEP:-6}

# calls COMMAND... - the system calls of its first process in $work/calls: NAME and
# how often it was made so far, which is how strace counts
calls() {
	strace -o "$work/trace" "$@" >/dev/null 2>&1
	sed -n 's/^\([a-z_0-9]*\)(.*/\1/p' "$work/trace" | grep -v '^exit' |
		awk -v step="$step" '
			{ name[NR] = $1; turn[NR] = ++made[$1] }
			END {
				if (step > NR) step = int(NR / 2) + 1
				for (i = step; i <= NR; i += step) print name[i], turn[i]
			}' >"$work/calls"
}
killed_at() { # NAME COUNT COMMAND...
	killed_inject="inject=$1:signal=KILL:when=$2"
	shift 2
	strace -o /dev/null -e "$killed_inject" "$@" >/dev/null 2>&1 </dev/null
}

# sweep WHAT COMMAND... - killed at each of $work/calls; afterwards `after` looks
sweep() {
	what=$1 points=0
	shift
	while read -r name count; do
		killed_at "$name" "$count" "$@"
		points=$((points + 1))
		after "$what killed at $name $count"
	done <"$work/calls"
	expect_true "$what was killed at $points calls" test "$points" -gt $((30 / step))
}
