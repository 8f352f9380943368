#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# timeout: 20000
#
# Two verbs on one name at once, each with each: both end soon, well or with a reason, nothing
# is left, and the node or the network is whole or gone. NCRUN_SWEEP_STEP=7 takes every seventh
# pair; NCRUN_PAIR_ROUNDS (50) says how often each is tried.

. tests/support/private.sh
. tests/support/e2e.sh
. tests/support/network.sh

need_root
need_command traces jq
step=${NCRUN_SWEEP_STEP:-1}
rounds=${NCRUN_PAIR_ROUNDS:-50}
file_pair net
expect_exit 0 up net # the filter is cached, the folders are there from here on
expect_exit 0 ncrun down net
leaks_begin
traces --all >"$work/base"

verb() { # WORD... - as in the lists below
	case $1 in
	node) timeout -k 5 30 ncrun node -d --rootfs "$work/root" --name x -- sleep 1000 ;;
	front) timeout -k 5 30 ncrun node --rootfs "$work/root" --name x -- true ;;
	rm-force) timeout -k 5 30 ncrun rm --force x ;;
	exec) timeout -k 5 30 ncrun exec x -- true ;;
	pause) # what is in it stands still, so not for ever
		timeout -k 5 30 ncrun pause x
		verb_code=$?
		sleep 0.2
		ncrun resume x 2>/dev/null
		return $verb_code
		;;
	set) timeout -k 5 30 ncrun set --pids 30 x ;;
	kill-all) timeout -k 5 30 ncrun kill --all x ;;
	cp) timeout -k 5 30 ncrun cp x:/etc/passwd "$work/copy.$2" ;;
	clean) timeout -k 5 30 ncrun clean ;;
	list) timeout -k 5 30 ncrun list --all ;;
	up) timeout -k 5 30 ncrun up "$work/net.yaml" ;;
	change) timeout -k 5 30 ncrun link set net/a mtu=1400 ;;
	partition) timeout -k 5 30 ncrun partition net a b ;;
	join) timeout -k 5 30 ncrun node -d --rootfs "$work/root" --net net/lan --name j -- sleep 1000 ;;
	down | heal) timeout -k 5 30 ncrun "$1" net ;;
	inside) timeout -k 5 30 ncrun exec net/a -- true ;;
	end) timeout -k 5 30 ncrun rm --force net/a ;;
	*) timeout -k 5 30 ncrun "$1" x ;;
	esac
}

run() { # NUMBER VERB
	verb "$2" "$1" >"$work/out.$1" 2>"$work/err.$1" </dev/null
	echo $? >"$work/code.$1"
}
miss() {
	missed=$((missed + 1))
	[ $missed -gt 3 ] || echo "#   $first and $second: $*"
}
told() { # NUMBER VERB
	told_code=$(cat "$work/code.$1")
	case $told_code-$2 in
	0-* | 137-front | 137-exec | 137-inside | 143-exec | 143-front) return ;;
	esac
	[ "$told_code" != 124 ] || miss "$2 has not ended after 30 s"
	{ [ "$told_code" -le 125 ] && [ "$(grep -c '^ncrun' "$work/err.$1")" -ge 1 ]; } ||
		miss "$2 ends with $told_code, '$(head -n 2 "$work/err.$1")'"
}

# What is there can be used and removed, and then all is as before.
whole() {
	ncrun clean >/dev/null 2>"$work/err" || miss "then clean: $(cat "$work/err")"
	! ncrun list --all | grep -E ' (broken|starting|changing) ' >"$work/out" || miss "leaves $(cat "$work/out")"
	if ncrun list --names | grep -qx x; then
		ncrun resume x >/dev/null 2>&1
		ncrun exec x -- true 2>"$work/err" || ! ncrun list --names | grep -qx x || # it may be ending
			miss "then exec: $(cat "$work/err")"
	fi
	if ncrun list --all --names | grep -qx x; then
		ncrun rm --force x 2>"$work/err" || miss "then rm: $(cat "$work/err")"
	fi
	if ncrun list --networks --names | grep -qx net; then
		ncrun down net 2>"$work/err" || miss "then down: $(cat "$work/err")"
	fi
	[ -z "$(ncrun list --all --names)" ] || ncrun rm --force net/j 2>"$work/err" # it joined and its network went
	traces --all --since "$work/base" >"$work/left" || miss "leaves $(head -n 4 "$work/left" | tr '\n' ' ')"
}

# pair FIXTURE FIRST SECOND
pair() {
	first=$2 second=$3 missed=0
	for round in $(seq "$rounds"); do
		[ $((round % 3)) = 0 ] || verb "$1" 0 >/dev/null 2>&1 # or there is nothing
		run 1 "$2" &
		one=$!
		run 2 "$3" &
		two=$!
		wait $one $two
		told 1 "$2"
		told 2 "$3"
		whole
	done
	expect_true "$2 and $3 at once, $rounds times: $missed misses" test $missed = 0
}

pairs() { # FIXTURE VERB...
	pairs_fixture=$1
	shift
	for i in "$@"; do
		pairs_seen=
		for j in "$@"; do
			[ "$i" != "$j" ] || pairs_seen=yes
			number=$((number + 1))
			[ -z "$pairs_seen" ] || [ $((number % step)) != 0 ] || pair "$pairs_fixture" "$i" "$j"
		done
	done
}
number=0
pairs node node front stop rm rm-force exec set pause resume kill kill-all cp inspect logs clean list
pairs up up down change partition heal join inside end clean list

# ---- many networks at once ---------------------------------------------------------------------

many=$((rounds * 2))
missed=0 first=up second=down
for n in $(seq $many); do
	sed "s/name: net/name: n$n/" "$work/net.yaml" >"$work/n$n.yaml"
	{
		ncrun up "$work/n$n.yaml" && ncrun exec "n$n/a" -- true && ncrun down "n$n"
		echo $? >"$work/code.$n"
	} >"$work/out.$n" 2>"$work/err.$n" &
	[ $((n % 10)) != 0 ] || wait
done
wait
for n in $(seq $many); do
	[ "$(cat "$work/code.$n")" = 0 ] || miss "of n$n: $(cat "$work/err.$n")"
done
whole
expect_true "$many networks come and go, ten at once" test $missed = 0
for n in $(seq $many); do
	run "$n" up &
	run "$n" down &
	[ $((n % 10)) != 0 ] || wait
done
wait
whole
expect_true "one network comes and goes, ten times at once" test $missed = 0
leaks_end "and nothing is left"
