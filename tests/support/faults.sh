# shellcheck shell=sh disable=SC2154,SC2034 # $work is e2e.sh's, $what is for stories
# SPDX-License-Identifier: Apache-2.0
#
# faults.sh - ncrun killed, or told of an error, at its system calls, one after the other; after
# e2e.sh.
#
#	fixture="COMMAND"	what is made before each try
#	undo="COMMAND"		takes away what a success leaves; it must succeed after a kill, too
#	sweep WHAT COMMAND...
#
# Whatever was killed, `ncrun clean` makes it as before but for what is whole, which `undo`
# takes away. What was told of an error ends by itself, well or with a message, and has left
# nothing, without clean; but for what the fixture had made.
#
# NCRUN_SWEEP_STEP=1 tries every call, 7 every seventh; NCRUN_SWEEP_MODES says how, of the words
# below, each from another call on; NCRUN_SWEEP_ERRORS=all each error that a call may have and
# not one of them.

sweep_step=${NCRUN_SWEEP_STEP:-1}
sweep_modes=${NCRUN_SWEEP_MODES:-kill kill-after kill-tree kill-tree-after error error-tree}
sweep_phase=${NCRUN_SWEEP_PHASE:-0}
fixture='' undo=''

sweep_options() { # MODE
	case $1 in
	kill) ;;
	kill-after) echo --exit ;;
	kill-tree) echo --tree ;;
	kill-tree-after) echo --tree --exit ;;
	error) echo --error any ;;
	error-tree) echo --error any --tree ;;
	esac
}

# All that a command may leave, of what is ours.
sweep_snapshot() {
	e2e_snapshot
	find "$NCRUN_STORE/tmp" "$NCRUN_STORE/images" -mindepth 1 2>/dev/null | sed 's/^/store /'
	find /sys/fs/cgroup -type d -path "*/ncrun-$sweep_tag*" 2>/dev/null | sed 's/^/cgroup /'
	[ -z "${NCRUN_TEST_PRIVATE:-}" ] || sweep_snapshot_private
}

# ... where nobody else's is
sweep_snapshot_private() {
	awk '$8 ~ /^@/ { print "socket " $8 }' /proc/net/unix
	awk -v ids=":$(stat -c %i /run/ncrun/ids 2>/dev/null)$" '$2 == "OFDLCK" && $6 ~ ids { print "ids " $7 }' /proc/locks
	find /run/ncrun -type f ! -empty | sed 's/^/run /'
	nft list ruleset
	ip -o addr
	ip route show table all
	ip -6 route show table all
}

sweep_differs() { # until it is as before, or the time is over
	sweep_tries=40
	while
		sweep_snapshot >"$work/.now" 2>/dev/null
		sort "$work/.now" >"$work/.sorted"
		! cmp -s "$work/.base" "$work/.sorted"
	do
		sweep_tries=$((sweep_tries - 1))
		[ "$sweep_tries" -gt 0 ] || return 0
		sleep 0.05
	done
	return 1
}

sweep_what_differs() {
	diff "$work/.base" "$work/.sorted" | grep '^[<>]' | head -n 6 | tr '\n' ' '
}

sweep_miss() { # WHY
	echo "# miss: $sweep_what, $sweep_mode: at $sweep_at $sweep_call $sweep_error of process $sweep_process: $*"
	sweep_missed=yes
}

sweep_undo() {
	[ -z "$undo" ] || eval "$undo" >/dev/null 2>"$work/.undo" || sweep_miss "then '$undo': $(cat "$work/.undo")"
}

# Puts everything in order for the next try, whatever happened.
sweep_restore() {
	sweep_differs || return
	sweep_miss "leaves $(sweep_what_differs)"
	for sweep_network in $(ncrun list --networks --names 2>/dev/null); do
		ncrun down "$sweep_network" >/dev/null 2>&1
	done
	[ -n "$fixture" ] || ncrun rm --force --all >/dev/null 2>&1
	ncrun clean >/dev/null 2>&1
	! sweep_differs || cp "$work/.sorted" "$work/.base" # it cannot be helped
}

sweep_killed() {
	ncrun clean >/dev/null 2>"$work/.clean" || sweep_miss "clean: $(cat "$work/.clean")"
	ncrun list --all >"$work/.list" 2>&1 || sweep_miss "list: $(cat "$work/.list")"
	! grep -E ' (broken|starting) ' "$work/.list" >"$work/.broken" || sweep_miss "clean leaves $(cat "$work/.broken")"
	sweep_undo
	sweep_restore
}

sweep_told() { # CODE HOW
	case $1-$2 in
	124-*) sweep_miss "has not ended after 10 s" ;;
	*-signal) sweep_miss "ends by signal $(($1 - 128))" ;;
	esac
	if [ "$1" = 0 ] || [ -n "$fixture" ]; then
		sweep_undo
	fi
	[ "$1" = 0 ] || grep -q ncrun "$work/err" || sweep_miss "exit code $1 without a message"
	sweep_differs || return
	sweep_left=$(sweep_what_differs)
	ncrun clean >/dev/null 2>"$work/.clean" || sweep_miss "clean: $(cat "$work/.clean")"
	if sweep_differs; then
		sweep_restore
	else
		sweep_cleaned=$((sweep_cleaned + 1))
		echo "# to clean: $sweep_what, $sweep_mode: $sweep_at $sweep_call $sweep_error of process $sweep_process: $sweep_left; $(head -n 1 "$work/err")"
	fi
}

# sweep_try TURN COMMAND... - fails when there was no such call any more
sweep_try() {
	sweep_turn=$1
	shift
	[ -z "$fixture" ] || eval "$fixture" >/dev/null 2>"$work/err" || {
		not_ok "'$fixture': $(cat "$work/err")"
		return 1
	}
	# shellcheck disable=SC2046
	faults $(sweep_options "$sweep_mode") --at "$sweep_at" --turn "$sweep_turn" --report "$work/.fault" -- \
		"$@" >"$work/out" 2>"$work/err" </dev/null
	sweep_code=$?
	read -r sweep_hit sweep_n sweep_call sweep_error sweep_errors sweep_process sweep_how <"$work/.fault"
	[ "$sweep_hit" = hit ] || {
		[ -z "$undo" ] || eval "$undo" >/dev/null 2>&1
		return 1
	}
	sweep_tried=$((sweep_tried + 1)) sweep_missed=
	case $sweep_mode in
	kill*) sweep_killed ;;
	*) sweep_told $sweep_code "$sweep_how" ;;
	esac
	[ -n "$sweep_missed" ] || sweep_survived=$((sweep_survived + 1))
}

sweep_through() { # COMMAND...
	sweep_phase=$((sweep_phase + 31))
	sweep_at=$((sweep_phase % sweep_step + 1)) sweep_tried=0 sweep_survived=0 sweep_cleaned=0 sweep_first=0
	while sweep_try "$sweep_first" "$@"; do
		while [ "${NCRUN_SWEEP_ERRORS:-}" = all ] && [ $((sweep_turn + 1)) -lt "$sweep_errors" ]; do
			sweep_try $((sweep_turn + 1)) "$@" || break
		done
		sweep_at=$((sweep_at + sweep_step))
		[ "${NCRUN_SWEEP_ERRORS:-}" = all ] || sweep_first=$((sweep_first + 1))
	done
	sweep_said="$sweep_what, $sweep_mode: survived $sweep_survived of $sweep_tried"
	[ "$sweep_cleaned" = 0 ] || sweep_said="$sweep_said, $sweep_cleaned of them with clean"
	expect_true "$sweep_said" test "$sweep_survived" = "$sweep_tried" -a $((sweep_tried + sweep_step / 100)) -gt 0
}

sweep() { # WHAT COMMAND...
	sweep_what=$1
	shift
	sweep_tag=$(guard --tag)
	sweep_snapshot >"$work/.now" 2>/dev/null
	sort "$work/.now" >"$work/.base"
	for sweep_mode in $sweep_modes; do
		sweep_through "$@"
	done
}
