#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# A command that joins a node is like the node's own, whoever calls; and a node does not
# wait for an ncrun that does not listen.

. tests/support/e2e.sh

need_root
need_command traces setarch nice prlimit setpriv
busybox_root "$work/root"
ncrun node --rootfs "$work/root" -- true # the filter is kept from here on
leaks_begin

# A caller of limits, priorities and habits of its own.
look='ulimit -n; ulimit -Hn; ulimit -c; cut -d" " -f19 /proc/self/stat; umask; cat /proc/self/oom_score_adj /proc/self/personality
	/proc/self/timerslack_ns; grep -E "^(SigBlk|SigIgn|Cap|NoNew|Seccomp:)" /proc/self/status; ls /proc/self/fd | wc -l'
look=$(echo "$look" | tr '\n' ' ')
odd() {
	(
		umask 077
		echo 400 >"/proc/$(exec sh -c 'echo $PPID')/oom_score_adj"
		trap '' PIPE HUP
		exec 9</etc/passwd
		exec nice -n 7 setarch -R prlimit --nofile=60: --stack=4194304: "$@"
	)
}
prlimit --nofile=100:100 ncrun node --detach --name e --oom-score-adj 500 --rootfs "$work/root" -- \
	sh -c "{ $look; } >/dev/shm/part; mv /dev/shm/part /dev/shm/own; sleep 600" >/dev/null
within 5 ncrun exec e -- test -e /dev/shm/own
ncrun exec e -- cat /dev/shm/own >"$work/own"
expect_same 100 "$(head -n 1 "$work/own")" "the node has limits of its own"
odd ncrun exec e -- sh -c "$look" >"$work/joined" 2>&1
expect_same "" "$(diff "$work/own" "$work/joined")" "whoever calls, the command is like the node's own"
ncrun exec e -- sh -c "$look" >"$work/joined" 2>&1
expect_same "" "$(diff "$work/own" "$work/joined")" "and so for a caller of more limits"
ncrun node --detach --name f --no-aslr --rootfs "$work/root" -- sleep 600 >/dev/null
expect_same 00040000 "$(ncrun exec f -- cat /proc/self/personality)" "addresses are fixed where the node's are"

# Whoever lacks the privilege gets no lower score than he has, and no less likely to be killed.
weak() { # SCORE COMMAND...
	sh -c 'echo $1 >/proc/self/oom_score_adj; shift; exec setpriv --bounding-set -sys_resource --inh-caps -sys_resource "$@"' sh "$@"
}
# What is written with the privilege is the least without; where root has none, nothing is.
[ $((0x$(sed -n 's/^CapEff:[[:space:]]*//p' /proc/self/status) >> 24 & 1)) = 1 ] && least=400 || least=0
expect_same "0 $least" "$(ncrun exec f -- cat /proc/self/oom_score_adj) $(weak 400 ncrun exec f -- cat /proc/self/oom_score_adj)" \
	"a command in a node of a lower score keeps its caller's, who may not lower it"
expect_same 500 "$(weak 400 ncrun exec e -- cat /proc/self/oom_score_adj)" "and takes a higher one"
expect_same 300 "$(weak 0 ncrun node --oom-score-adj 300 --rootfs "$work/root" -- cat /proc/self/oom_score_adj)" \
	"a node may get a higher score"
expect_refusal 125 "set the oom score adjustment to -5: Permission denied" \
	weak 0 ncrun node --name low --oom-score-adj -5 --rootfs "$work/root" -- true
expect_refusal 1 "no node 'low'" ncrun inspect low

printf 'B=two words\n' >"$work/env"
expect_same "one|two words|given" "$(C=given ncrun exec -e A=one --env-file "$work/env" --env C f -- sh -c 'echo "$A|$B|$C"')" \
	"a command gets variables, of a file and of the caller too"
expect_refusal 2 "--env-file: open '$work/none': No such file" ncrun exec --env-file "$work/none" f -- true
expect_exit 0 ncrun rm --force e f

# Services that fail have a line each for ncrun, which is stopped: init goes on.
set --
for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
	set -- "$@" --service "s$i:always=false"
done
ncrun node --name s --rootfs "$work/root" "$@" -- sleep 600 2>/dev/null &
ncrun=$!
within 5 ncrun exec s -- true
kill -STOP "$ncrun"
restarts() { ncrun inspect --json s | grep -o '"restarts": *[0-9]*' | awk -F: '{ n += $2 } END { print n }'; }
many() { [ "$(restarts)" -ge 140 ]; }
within 40 many
expect_true "init goes on without a listener: $(restarts) restarts" test "$(restarts)" -ge 140
expect_exit 0 timeout 30 ncrun stop s
kill -CONT "$ncrun"
wait "$ncrun"

leaks_end
