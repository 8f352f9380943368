#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# A node in the background: listed, looked into, logged, copied to and from, stopped.

. tests/support/e2e.sh

need_root
need_command traces
test_image alpine
leaks_begin
start() { ncrun node --rootfs alpine --detach "$@" >"$work/name" 2>"$work/err"; }

start --name web --label tier=front -- sh -c 'i=0; while :; do i=$((i+1)); echo line $i; echo oops >&2; sleep 0.05; done'
expect_out web ncrun list
expect_out '"state":"running"' ncrun inspect --json web
expect_out '"tier=front"' ncrun inspect --json web
expect_true "it logs" within 5 sh -c 'ncrun logs web | grep -q "line 3"'
expect_same 2 "$(ncrun logs --tail 2 web 2>&1 | wc -l)" "the last lines"
start --name told -- sh -c 'for i in 1 2 3 4 5 6 7 8; do echo turn $i; echo oops >&2; sleep 0.1; done'
timeout 20 ncrun logs --tail 1 --follow told >"$work/followed" 2>"$work/err"
expect_same "0 turn 8" "$? $(tail -n 1 "$work/followed")" "what comes is followed until the node ends"
expect_same "$(tail -n "$(wc -l <"$work/followed")" <<END
$(seq -f 'turn %g' 1 8)
END
)" "$(cat "$work/followed")" "each line once"
expect_exit 0 ncrun rm told
expect_exit 0 ncrun node --rootfs alpine --detach --name prompt -- printf 'one\ntwo\nmore?'
expect_exit 0 ncrun wait prompt
expect_same "two more?" "$(ncrun logs --tail 1 prompt | xargs)" "with what has no end yet behind them"
expect_exit 0 ncrun rm prompt

# of several services, each line is told whose it is, though others write while it has no end
start --name two --service 'web=sh -c "until [ -e /go ]; do sleep 0.02; done; echo between; sleep 60"' -- \
	sh -c 'printf "begin "; until [ -e /on ]; do sleep 0.02; done; echo end; sleep 60'
for word in begin between end; do
	within 5 sh -c "ncrun logs two | grep -q $word"
	[ "$word" = end ] || ncrun exec two touch "/$([ "$word" = begin ] && echo go || echo on)"
done
expect_same "$(printf 'main: begin \nweb: between\nmain: end')" "$(ncrun logs two)" "lines of several services"
expect_same "$(printf 'main: begin \nweb: between\nmain: end')" "$(ncrun logs --tail 2 two)" "and the last ones whole"
expect_same "main: begin end" "$(ncrun logs --tail 1 two)" "be it one"
ncrun rm --force two >"$work/out"
start --name loud -- sh -c 'while :; do echo line; echo line; echo line; sleep 0.001; done'
within 5 sh -c '[ "$(ncrun logs loud | wc -l)" -ge 9 ]'
expect_same "2 2 2 2 2 " "$(for _ in 1 2 3 4 5; do ncrun logs --tail 2 loud | wc -l | tr '\n' ' '; done)" \
	"and no more, while more is written"
ncrun rm --force loud >"$work/out"
expect_refusal 125 "exists already" ncrun node --name web --rootfs alpine -- true

# memory: only the init, and it is small
pid=$(ncrun inspect --json web | sed -n 's/.*"pid":\([0-9]*\).*/\1/p' | head -n 1)
private=$(awk '/^Private_/ {sum += $2} END {print sum}' "/proc/$pid/smaps_rollup")
echo "# init: $private KiB of private memory"
expect_true "an init costs at most 100 KiB" test "$private" -le 100

# further commands have what the node has
for item in Seccomp NoNewPrivs CapEff CapBnd; do
	expect_same "$(ncrun exec web -- sed -n "s/^$item:[[:space:]]*//p" /proc/2/status)" \
		"$(ncrun exec web -- sed -n "s/^$item:[[:space:]]*//p" /proc/self/status)" "exec has the node's $item"
done
for ns in user uts mnt pid net ipc cgroup; do
	expect_same "$(readlink "/proc/$pid/ns/$ns")" "$(ncrun exec web -- readlink /proc/self/ns/$ns)" "exec is in the node's $ns"
done
expect_exit 9 ncrun exec web -- sh -c 'exit 9'
expect_exit 127 ncrun exec web -- nosuch
expect_exit 126 ncrun exec web -- /etc
expect_same "in" "$(echo in | ncrun exec web -- cat)" "exec passes input through"
expect_same "65534" "$(ncrun exec --user nobody web -- id -u)" "exec as a user"
expect_exit 124 ncrun exec --timeout 200ms web -- sleep 60

# cp, both ways; links inside lead nowhere outside
mkdir -p "$work/tree/sub"
echo one >"$work/tree/a"; echo two >"$work/tree/sub/b"; ln -s a "$work/tree/link"
expect_exit 0 ncrun cp "$work/tree" web:/root
expect_same "two" "$(ncrun exec web -- cat /root/tree/sub/b)" "a tree is copied in"
expect_same "0" "$(ncrun exec web -- stat -c %u /root/tree/a)" "and belongs to the node's root"
expect_exit 0 ncrun cp web:/root/tree "$work/back"
expect_same "one a" "$(cat "$work/back/a") $(readlink "$work/back/link")" "and out again"
# CVE-2018-15664, CVE-2019-14271, CVE-2021-41089, CVE-2026-41567, CVE-2026-41568, CVE-2026-42306:
# the node's links are the node's business, modes outside are not, and none of its programs helps
mkdir -m 700 "$work/outside"
ncrun exec web -- sh -c 'mkdir -p /usr/local/bin; cd /usr/local/bin
	for name in tar gzip unpigz xz zstd; do printf "#!/bin/sh\ntouch /root/ran\n" >$name; chmod 755 $name; done'
ncrun exec web -- ln -s "$work/outside" /root/trap
ncrun cp "$work/tree/a" web:/root/trap 2>/dev/null
expect_same "" "$(ls "$work/outside")" "a link in the node does not lead out"
ncrun exec web -- mkdir -p "$work/outside"
expect_exit 0 ncrun cp "$work/tree" "web:$work/outside"
expect_same "700 " "$(stat -c %a "$work/outside") $(ls "$work/outside")" "nor does a name that is there too"
tar -czf "$work/tree.tar.gz" -C "$work" tree
expect_exit 0 ncrun cp "$work/tree.tar.gz" web:/root
expect_exit 1 ncrun exec web -- test -e /root/ran
ncrun exec web -- ln -s /etc/shadow /root/shadow
expect_exit 1 ncrun cp web:/root/nosuch "$work/x"
ncrun cp web:/root/shadow "$work/shadow" 2>/dev/null
expect_false "a link out of the node is not followed" cmp -s /etc/shadow "$work/shadow"

# its end
expect_exit 0 ncrun stop web
expect_out "TERM" ncrun list --all
expect_refusal 125 "does not run" ncrun exec web -- true
expect_refusal 125 "has ended" ncrun node --name web --rootfs alpine -- true
expect_exit 0 ncrun rm web
expect_refusal 1 "no node 'web'" ncrun inspect web

start --name stubborn --stop-grace 100ms -- sh -c 'trap "" TERM; while :; do sleep 1; done'
expect_exit 0 timeout 20 ncrun stop stubborn
expect_exit 0 ncrun rm stubborn
start --name once --rm -- sh -c 'until [ -e /tmp/end ]; do sleep 0.05; done'
expect_same once "$(ncrun list --names)" "a node with --rm runs"
ncrun exec once -- touch /tmp/end
expect_true "and is forgotten" within 5 sh -c '[ -z "$(ncrun list --all --names)" ]'
expect_false "with its files" test -e "$NCRUN_STATE/default/once"
expect_same "" "$(find /sys/fs/cgroup -path '*/default/once')" "and its control group"
start --name once --rm -- true
ncrun wait once >"$work/out"
expect_exit 0 ncrun node --name once --rootfs alpine -- true
start --name kept -- true
ncrun wait kept >"$work/out"
expect_same kept "$(ncrun list --all --names)" "others are kept"
ncrun rm kept
start --name running -- sleep 60
expect_refusal 1 "is running" ncrun rm running
start --name over --rm -- true
ncrun wait over >"$work/out"
expect_exit 0 ncrun clean
expect_false "clean forgets a node with --rm that has ended" test -e "$NCRUN_STATE/default/over"

expect_exit 0 ncrun kill --signal KILL running
expect_true "kill ends it" within 5 sh -c '! ncrun list --names | grep -q running'
expect_same 137 "$(ncrun wait running)" "and wait tells how"
ncrun rm running

# one whose ncrun has yet to see its end is not left over
ncrun node --name seen --rootfs alpine -- sleep 60 &
stays=$!
expect_true "a node runs" within 5 sh -c 'ncrun list | grep -q "seen  *running"'
kill -STOP "$stays"
ncrun kill --signal KILL seen
expect_true "it ends" within 5 sh -c '! ncrun list --all --names | grep -q seen'
expect_same "" "$(ncrun list --all | grep broken)" "and is not called broken meanwhile"
kill -CONT "$stays"
wait "$stays"
expect_same 137 $? "its ncrun ends as it did"

# logs are bounded
start --name chatty --log-max 64K -- sh -c 'yes "a line of a chatty program" | head -n 20000; sleep 60'
within 10 sh -c 'test "$(ncrun logs --tail 1 chatty | wc -l)" = 1'
sleep 0.5
size=$(cat "$NCRUN_STATE"/default/chatty/log.* | wc -c)
expect_true "two files of 64 KiB at most ($size)" test "$size" -le 140000
ncrun rm --force chatty
leaks_end
