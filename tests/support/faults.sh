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
# nothing, without clean; but for what the fixture had made, and what it says to have made.
#
# NCRUN_SWEEP_STEP=1 tries every call, 7 every seventh; NCRUN_SWEEP_MODES says how, of the words
# below, each from another call on; NCRUN_SWEEP_ERRORS=all each error that a call may have and
# not one of them; NCRUN_SWEEP_ONLY="up,down" leaves the other commands out. NCRUN_SWEEP_CHANGING=1
# kills at those calls only that change what outlives their process: at others it is the same.

sweep_step=${NCRUN_SWEEP_STEP:-1}
sweep_modes=${NCRUN_SWEEP_MODES:-kill kill-after kill-tree kill-tree-after error error-tree memory memory-on}
sweep_phase=${NCRUN_SWEEP_PHASE:-0}
sweep_scarce=$(command -v scarce.so)
fixture='' undo=''

# The fault is none of ncrun's if no file says how it went.
sweep_run() { # COMMAND...
	case $sweep_mode in
	kill) set -- ${NCRUN_SWEEP_CHANGING:+--changing} -- "$@" ;;
	kill-after) set -- ${NCRUN_SWEEP_CHANGING:+--changing} --exit -- "$@" ;;
	kill-tree) set -- ${NCRUN_SWEEP_CHANGING:+--changing} --tree -- "$@" ;;
	kill-tree-after) set -- ${NCRUN_SWEEP_CHANGING:+--changing} --tree --exit -- "$@" ;;
	error) set -- --error any --turn "$sweep_turn" -- "$@" ;;
	error-tree) set -- --error any --turn "$sweep_turn" --tree -- "$@" ;;
	memory*) # of the full program, the quick one is static; and of it alone
		shift
		case $sweep_mode in *-on) set -- SCARCE_ON=1 ncrun-full "$@" ;; *) set -- ncrun-full "$@" ;; esac
		rm -f "$work/.fault"
		timeout $((10 * ${NCRUN_TEST_TIMEOUT_FACTOR:-1})) env "SCARCE_AT=$sweep_at" "SCARCE_REPORT=$work/.fault" "LD_PRELOAD=$sweep_scarce" "$@" \
			>"$work/out" 2>"$work/err" </dev/null
		sweep_code=$?
		# a child that is confined can write no report
		[ -e "$work/.fault" ] || if [ $sweep_code = 0 ]; then echo calls; else echo hit 0 malloc ENOMEM 1 2 exit; fi >"$work/.fault"
		case $sweep_code in 134 | 139) sed -i 's/exit/signal/' "$work/.fault" ;; esac
		return
		;;
	esac
	faults --at "$sweep_at" --timeout $((10 * ${NCRUN_TEST_TIMEOUT_FACTOR:-1})) --report "$work/.fault" \
		"$@" >"$work/out" 2>"$work/err" </dev/null
	sweep_code=$?
}

# Whether it is as before, or is so after a moment.
sweep_same() { traces --all --since "$work/.base" >"$work/.new"; }

sweep_left() { head -n 6 "$work/.new" | tr '\n' ' '; }

sweep_miss() { # WHY
	echo "# miss: $sweep_what, $sweep_mode: at $sweep_at $sweep_call $sweep_error of process $sweep_process: $*"
	sweep_missed=yes
}

sweep_undo() {
	[ -z "$undo" ] || eval "$undo" >/dev/null 2>"$work/.undo" || sweep_miss "then '$undo': $(cat "$work/.undo")"
}

# Puts everything in order for the next try, whatever happened.
sweep_restore() {
	! sweep_same || return 0
	sweep_miss "leaves $(sweep_left)"
	[ -z "$undo" ] || eval "$undo" >/dev/null 2>&1
	ncrun clean >/dev/null 2>&1
	sweep_same || traces --all >"$work/.base" # it cannot be helped
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
	124-*) sweep_miss "has not ended in time" ;;
	*-signal) sweep_miss "ends by signal $(($1 - 128))" ;;
	esac
	if [ "$1" = 0 ] || [ -n "$fixture" ] || grep -q 'but that could not be written' "$work/err"; then
		sweep_undo
	fi
	[ "$1" = 0 ] || grep -q ncrun "$work/err" || sweep_miss "exit code $1 without a message"
	! sweep_same || return 0
	sweep_found=$(sweep_left)
	ncrun clean >/dev/null 2>"$work/.clean" || sweep_miss "clean: $(cat "$work/.clean")"
	if ! sweep_same; then
		sweep_restore
	else
		sweep_cleaned=$((sweep_cleaned + 1))
		[ "$1" != 0 ] || grep -q 'ncrun clean' "$work/err" || sweep_miss "says nothing of what it leaves: $sweep_found"
		echo "# to clean: $sweep_what, $sweep_mode: $sweep_at $sweep_call $sweep_error of process $sweep_process: $sweep_found; $(head -n 1 "$work/err")"
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
	sweep_run "$@"
	read -r sweep_hit sweep_n sweep_call sweep_error sweep_errors sweep_process sweep_how <"$work/.fault"
	[ "$sweep_hit" = hit ] || {
		[ "$sweep_code" = 0 ] || not_ok "$sweep_what does not succeed by itself: $(cat "$work/err")"
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
	case ,${NCRUN_SWEEP_ONLY:-$sweep_what}, in *,"$sweep_what",*) ;; *) return ;; esac
	traces --all >"$work/.base"
	for sweep_mode in $sweep_modes; do
		sweep_through "$@"
	done
}
