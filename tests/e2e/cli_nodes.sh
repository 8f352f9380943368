#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# Nodes from the command line: exit codes, causes, lists, logs, copies.

. tests/support/e2e.sh
need_root
test_image

json() { # FILE KEY - value of a key that is alone on its line
	sed -n "s/^ *\"$2\":\"\{0,1\}\([^\",]*\)\"\{0,1\},\{0,1\}\$/\1/p" "$1" | head -n 1
}

# ---- exit codes and causes -------------------------------------------------------

leaks_begin
expect_exit 0 ncrun node --rootfs alpine -- true
expect_exit 7 ncrun node --rootfs alpine -- sh -c 'exit 7'
expect_exit 143 ncrun node --rootfs alpine -- sh -c 'kill -TERM $$'
expect_refusal 127 "not found" ncrun node --rootfs alpine -- no-such-program
expect_refusal 126 "denied" ncrun node --rootfs alpine -- /etc/passwd
expect_refusal 124 "timeout" ncrun node --rootfs alpine --timeout 200ms -- sleep 60
expect_refusal 125 "nosuch" ncrun node --rootfs nosuch --pull never -- true
expect_refusal 125 "/etc" ncrun node --name /etc --rootfs alpine -- true
expect_refusal 125 "nosuch" ncrun node --rootfs alpine --volume /nosuch:/x -- true

expect_exit 5 ncrun node --rootfs alpine --exit-file "$work/exit" -- sh -c 'exit 5'
expect_same "exited 5" "$(json "$work/exit" cause) $(json "$work/exit" code)" "exit file of an exit"
expect_exit 139 ncrun node --rootfs alpine --exit-file "$work/exit" -- sh -c 'kill -SEGV $$'
expect_same "signal SEGV" "$(json "$work/exit" cause) $(json "$work/exit" signal_name)" \
	"exit file of a signal"
expect_exit 124 ncrun node --rootfs alpine --exit-file "$work/exit" --timeout 200ms -- sleep 60
expect_same "timeout 124" "$(json "$work/exit" cause) $(json "$work/exit" code)" "exit file of a timeout"
expect_exit 127 ncrun node --rootfs alpine --exit-file "$work/exit" -- no-such-program
expect_same "failed-step 127 command" \
	"$(json "$work/exit" cause) $(json "$work/exit" code) $(json "$work/exit" step)" \
	"exit file of a command that is not there"
expect_exit 125 ncrun node --rootfs nosuch --pull never --exit-file "$work/exit" -- true
expect_same "failed-step ENOENT" "$(json "$work/exit" cause) $(json "$work/exit" errno_name)" \
	"exit file of a start that failed"
expect_refusal 125 "exit file" ncrun node --rootfs alpine --exit-file "$work/no/exit" -- true
expect_refusal 125 "directory" ncrun node --rootfs alpine --exit-file "$work/" -- true
mkfifo "$work/fifo"
(cat "$work/fifo" >"$work/got") &
reader=$!
expect_exit 3 ncrun node --rootfs alpine --exit-file "$work/fifo" -- sh -c 'exit 3'
wait "$reader"
expect_same "exited 3" "$(json "$work/got" cause) $(json "$work/got" code)" "exit file through a FIFO"
expect_same yes "$([ -p "$work/fifo" ] && echo yes)" "the FIFO stays"
: >"$work/target"
ln -s target "$work/link"
expect_exit 4 ncrun node --rootfs alpine --exit-file "$work/link" -- sh -c 'exit 4'
expect_same "4 link" "$(json "$work/target" code) $([ -L "$work/link" ] && echo link)" \
	"what the exit file's link points to is replaced"
(echo before; ncrun node --rootfs alpine --exit-file /dev/stdout -- echo inside; echo after) >"$work/own"
expect_same "before inside exited after" \
	"$(sed -n '1p;2p;$p' "$work/own" | tr '\n' ' ' | sed "s/after/$(json "$work/own" cause) after/;s/ $//")" \
	"an exit file that is standard output"
leaks_end "nodes in the foreground leave nothing"

# ---- the environment ---------------------------------------------------------------

printf '# comment\nA=1\n\nOWN\n' >"$work/env"
OWN=mine expect_out 'A=1 OWN=mine B=2' ncrun node --rootfs alpine --env-file "$work/env" -e B=2 -- \
	sh -c 'echo "A=$A OWN=$OWN B=$B"'
printf 'A=1\n=2\n' >"$work/env"
expect_refusal 2 "$work/env:2:" ncrun node --rootfs alpine --env-file "$work/env" -- true
expect_out 'LISTEN_FDS=1 mine' sh -c 'exec 3</dev/null; LISTEN_FDS=1 LISTEN_PID=$$ exec \
	ncrun node --rootfs alpine -- sh -c "[ \$LISTEN_PID = \$\$ ] && [ -e /proc/self/fd/3 ] &&
		echo LISTEN_FDS=\$LISTEN_FDS mine"'
expect_out 'none' sh -c 'exec 3</dev/null; LISTEN_FDS=1 LISTEN_PID=1 exec \
	ncrun node --rootfs alpine -- sh -c "[ ! -e /proc/self/fd/3 ] && echo \${LISTEN_FDS:-none}"'

# Whoever made an image does not learn what a variable is here by naming it.
mkdir "$work/save"
busybox_root "$work/asking"
tar -C "$work/asking" -cf "$work/save/layer.tar" .
digest=$(sha256sum "$work/save/layer.tar")
printf '{"os":"linux","config":{"Env":["SAID=yes","OWN"]},"rootfs":{"type":"layers","diff_ids":["sha256:%s"]}}' \
	"${digest%% *}" >"$work/save/config.json"
echo '[{"Config":"config.json","RepoTags":null,"Layers":["layer.tar"]}]' >"$work/save/manifest.json"
tar -C "$work/save" -cf "$work/save.tar" config.json layer.tar manifest.json
expect_exit 0 ncrun rootfs import asking "$work/save.tar"
OWN=mine expect_out 'SAID=yes OWN=none' ncrun node --rootfs asking -- \
	sh -c 'echo "SAID=$SAID OWN=${OWN:-none}"'
expect_exit 0 ncrun rootfs rm asking

# ---- closed streams: our files must not become somebody's output -------------------------

expect_refusal 1 "Bad file descriptor" sh -c 'ncrun list >&-'
expect_exit 2 sh -c 'ncrun nide 2>&-'
expect_exit 3 sh -c 'ncrun node --rootfs alpine -- sh -c "exit 3" <&- >&- 2>&-'

# ---- what takes the walls down says so -----------------------------------------------------

expect_out "hardly confined" ncrun node --privileged --rootfs alpine -- true
expect_out "root inside is root outside" ncrun node --userns host --rootfs alpine -- true

# ---- a detached node -----------------------------------------------------------------

expect_out web ncrun node --rootfs alpine --detach --name web --label for=test --hostname box -- \
	sh -c 'echo out; echo err >&2; trap "exit 4" TERM; while :; do sleep 0.1; done'
expect_refusal 125 "web" ncrun node --rootfs alpine --name web -- true
expect_refusal 125 "say the node's name" sh -c 'ncrun node --rootfs alpine --detach --name full -- sleep 60 >/dev/full'
expect_refusal 1 "no node 'full'" ncrun rm --force full
expect_out running ncrun list
expect_same web "$(ncrun list --names)" "list --names"
expect_out '"name":"web"' ncrun list --json
expect_out 'for=test' ncrun inspect web
expect_out '"no_new_privs":true' ncrun inspect --json web
expect_same box "$(ncrun exec web hostname)" "exec runs in the node"
expect_exit 9 ncrun exec web sh -c 'exit 9'
expect_refusal 127 "not found" ncrun exec web no-such-program
expect_refusal 126 "denied" ncrun exec web /etc/passwd
expect_refusal 125 "nosuch" ncrun exec nosuch true
expect_same box "$(echo hostname | ncrun shell web)" "shell reads commands"
within 5 sh -c 'ncrun logs web 2>/dev/null | grep -q out'
expect_same out "$(ncrun logs web 2>/dev/null)" "logs: standard output"
expect_same err "$(ncrun logs web 2>&1 >/dev/null)" "logs: standard error"
expect_same 1 "$(ncrun logs --tail 1 web 2>&1 | wc -l)" "logs --tail"
expect_same '' "$(ncrun logs --since 2099-01-01 web 2>&1)" "logs --since"
expect_refusal 2 "'2300-01-01': not from 1678 to 2261" ncrun logs --since 2300-01-01 web
expect_out ' out' ncrun logs --timestamps web
expect_same "stdout stderr" "$(ncrun logs --json web | sed 's/.*"stream":"\([a-z]*\)".*/\1/' | sort -r | tr '\n' ' ' | sed 's/ $//')" \
	"logs --json says of what stream a line is"

echo content >"$work/file"
expect_exit 0 ncrun cp "$work/file" web:/tmp/copy
expect_same content "$(ncrun exec web cat /tmp/copy)" "cp into the node"
expect_exit 0 ncrun cp web:/tmp/copy "$work/back"
expect_same content "$(cat "$work/back")" "cp out of the node"
mkfifo "$work/pipe"
expect_refusal 1 "not replaced" ncrun cp web:/tmp/copy "$work/pipe"
expect_same yes "$([ -p "$work/pipe" ] && echo yes)" "cp leaves a FIFO of the machine alone"
truncate -s 3G "$work/sparse"
echo end >>"$work/sparse"
expect_exit 0 ncrun cp "$work/sparse" web:/tmp/sparse
expect_exit 0 ncrun cp web:/tmp/sparse "$work/sparse2"
expect_same "$(stat -c '%s end' "$work/sparse")" \
	"$(stat -c %s "$work/sparse2") $(tail -c 4 "$work/sparse2")" "a sparse file arrives"
expect_same yes "$([ "$(stat -c %b "$work/sparse2")" -lt 100 ] && echo yes)" "and is still sparse"
expect_refusal 1 "the rest is copied" ncrun cp web:/proc/1 "$work/proc"
expect_same yes "$([ -s "$work/proc/status" ] && echo yes)" \
	"what cannot be read does not keep back the rest"
expect_refusal 1 "/nosuch" ncrun cp web:/nosuch "$work/back"
expect_refusal 1 "'gone'" ncrun cp gone:/x "$work/back"

expect_refusal 1 "running" ncrun rm web
expect_refusal 1 "still runs" ncrun wait --timeout 100ms web
expect_exit 0 ncrun stop web
expect_out 4 ncrun wait web
expect_out '"cause":"exited"' ncrun wait --json web
expect_out 'exited (4)' ncrun list --all
expect_same '' "$(ncrun list --names)" "list without --all"
expect_refusal 125 "does not run" ncrun exec web true
expect_refusal 1 "web" ncrun kill web
expect_exit 0 ncrun stop web
expect_exit 0 ncrun rm web
expect_refusal 1 "web" ncrun rm web
expect_refusal 1 "web" ncrun inspect web
expect_refusal 1 "web" ncrun logs web

# ---- from inside -------------------------------------------------------------------------

# The program as it is installed is static: it starts in a node of another C library. One with
# sanitizers, or without musl, does not.
if command -v ncrun-full >/dev/null; then
	expect_out default/me ncrun node --rootfs alpine --name me -v "$(command -v ncrun):/bin/ncrun:ro" -- ncrun identify
	expect_out "ncrun " ncrun node --rootfs alpine --user nobody -v "$(command -v ncrun):/bin/ncrun:ro" -- ncrun version
fi

# A caller that holds signals back gets an answer, not an abort.
if env --block-signal=TERM true 2>/dev/null; then
	expect_refusal 125 nosuch env --block-signal=TERM --block-signal=HUP \
		ncrun node --rootfs nosuch --pull never -- true
fi

# ---- several at once -------------------------------------------------------------------

for name in a b; do
	ncrun node --rootfs alpine --detach --name $name -- sleep 60 >/dev/null
done
expect_exit 1 ncrun stop --grace 0 a nosuch b
expect_same 1 "$(grep -c . "$work/err")" "one failure, one line"
expect_same "exited exited" "$(ncrun list --all | awk 'NR > 1 { print $2 }' | sed 's/killed/exited/' | xargs)" \
	"the others are stopped"
expect_exit 0 ncrun rm a b

expect_out net/c ncrun node --rootfs alpine --detach --network net --name c -- sleep 60
expect_exit 0 ncrun kill -s KILL net/c
expect_out 137 ncrun wait net/c
expect_exit 0 ncrun rm net/c

expect_out 'nothing to clean' ncrun clean
expect_out 'nothing to clean' ncrun clean --dry-run
expect_refusal 1 'node' ncrun identify
leaks_end "detached nodes leave nothing"
