#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# Signals on their way to a node and to a further command in it; jobs in the background.

. tests/support/e2e.sh

need_root
need_command traces pty_drive env
test_image alpine
leaks_begin
ncrun node --rootfs alpine -- true # the filter is kept from here on

: >"$work/told"
# Those that ncrun has no use for itself reach the main command.
cat >"$work/script" <<'END'
trap "echo winch" WINCH
trap "echo cont" CONT
trap "echo term; exit 3" TERM
echo ready
while :; do sleep 0.05; done
END
ncrun node --rootfs alpine -- sh -c "$(cat "$work/script")" >"$work/told" &
node=$!
wait_for() { # TEXT
	tries=200
	until grep -q "$1" "$work/told" || [ $tries -eq 0 ]; do
		tries=$((tries - 1))
		sleep 0.05
	done
}
wait_for ready
for signal in WINCH CONT TERM; do
	kill -s $signal $node
	wait_for "$(echo $signal | tr '[:upper:]' '[:lower:]')"
done
wait $node
expect_same 3 $? "the command's own exit code"
expect_same "ready winch cont term" "$(head -n 4 "$work/told" | tr '\n' ' ' | sed 's/ $//')" "signals arrive"

# A command that has stopped itself ends on TERM all the same.
: >"$work/told"
ncrun node --rootfs alpine -- sh -c 'echo ready; kill -STOP $$; sleep 60' >"$work/told" &
node=$!
wait_for ready
sleep 0.2
kill -TERM $node
wait $node
expect_same 143 $? "TERM ends a stopped command"

is_ncrun() { # PID
	name=
	while [ "${name#ncrun}" = "$name" ]; do
		read -r name <"/proc/$1/comm"
	done
}

# exec: whenever it is told to end, its command ends with it.
ncrun node --detach --name n --rootfs alpine -- sleep 600 >/dev/null
for delay in 0.000 0.001 0.002 0.003 0.004 0.005 0.006 0.008 0.010 0.015 0.020 0.03; do
	for round in 1 2 3; do
		ncrun exec n -- sleep 7$round 2>/dev/null &
		is_ncrun $! # until then it is a shell, which takes TERM for itself
		sleep $delay
		kill -TERM $! 2>/dev/null
		wait $! 2>/dev/null
	done
done
expect_same "" "$(ncrun exec n -- ps -o args | grep 'sleep 7' | grep -v grep)" "no command of a killed exec runs on"
expect_exit 9 sh -c 'trap "" CHLD; exec ncrun exec n -- sh -c "exit 9"'
expect_exit 9 env --ignore-signal=CHLD ncrun exec n -- sh -c "exit 9"
ncrun rm --force n >/dev/null

# Its output waits for a slow reader, but not against the user's will.
mkfifo "$work/pipe"
sh -c 'exec sleep 60' <"$work/pipe" &
reader=$!
ncrun node --rootfs alpine -t -- head -c 1000000 /dev/zero >"$work/pipe" 2>/dev/null </dev/null &
node=$!
sleep 1
began=$(date +%s)
kill -TERM $node
wait $node
expect_true "a node that has ended does not wait for its reader" test $(($(date +%s) - began)) -le 20
kill $reader 2>/dev/null
wait $reader 2>/dev/null

# With --keep a node outlives an ncrun that is killed.
ncrun node --keep --name kept --rootfs alpine -- sleep 600 &
node=$!
within 5 ncrun exec kept true
kill -KILL $node
wait $node 2>/dev/null
expect_out "nothing to clean" ncrun clean
expect_exit 0 ncrun exec kept true
expect_exit 0 ncrun stop kept
expect_exit 0 ncrun rm kept

# One without it, whose init could not take notice yet, is left over.
ncrun node --name lost --rootfs alpine -- sleep 600 &
node=$!
within 5 ncrun exec lost true
init=$(ncrun list | awk '$1 == "lost" { print $3 }')
kill -STOP "$init"
kill -KILL $node
wait $node 2>/dev/null
expect_out "removed: 1 broken node" ncrun clean
expect_false "its init is ended" kill -0 "$init"
expect_same "" "$(ncrun list --all --names)" "and the node has gone"

# A job in the background leaves the terminal alone, until it is fetched.
cat >"$work/job" <<END
line set -m; PS1='prompt> '
expect prompt> 
line ncrun node --rootfs alpine -t -- sh &
sleep 1500
line jobs
expect topped
line echo 4\$((1 + 1))
expect 42
line fg
sleep 500
line
expect # 
raw
line exit 6
expect prompt> 
cooked
line exit
exit 6
restored
END
expect_exit 0 pty_drive -t 15 "$work/job" sh -i
grep -v '^ok' "$work/out"
leaks_end
