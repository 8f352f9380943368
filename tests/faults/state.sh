#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# timeout: 20000
#
# State files that are not as they were written: every bit flipped, cut at every length, of a
# newer ncrun, with fields that are missing, doubled or wrong, or replaced by something else.
# Nothing crashes, hangs or lies; what runs is shown, and ended by force only; no stranger is
# touched. NCRUN_SWEEP_STEP=7 takes every seventh bit and length, and from 1000 on every fifth of
# all else. Where each bit is, those between the first of each byte are looked at by two commands.

. tests/support/private.sh
. tests/support/e2e.sh
. tests/support/network.sh

need_root
need_command damage traces jq ip
step=${NCRUN_SWEEP_STEP:-1}
mkdir "$work/decoy" "$work/keep"
echo theirs >"$work/decoy/file"
ip link add nc-stranger type bridge
ncrun node --rootfs "$work/root" -- true # the filter is cached from here on
leaks_begin
sleep 100000 &
stranger=$!

start() { # NAME [OPTION...]
	start_name=$1
	shift
	ncrun node -d --rootfs "$work/root" --name "$start_name" "$@" -- sleep 100000 >/dev/null
}
of() { ncrun list --all --json | jq -r ".[] | select(.name == \"$1\" and .network == \"default\") | .pid"; }

# says CODE COMMAND... - it ends with that code, a failure with one line of ncrun's, soon
says() {
	says_want=$1
	shift
	timeout $((10 * ${NCRUN_TEST_TIMEOUT_FACTOR:-1})) "$@" >"$work/out" 2>"$work/err" </dev/null
	says_code=$?
	[ "$says_code" = "$says_want" ] || miss "$*: exit code $says_code, $(head -n 2 "$work/err")"
	[ "$says_code" = 0 ] || [ "$(grep -c '^ncrun' "$work/err")" = 1 ] || miss "$*: $(head -n 3 "$work/err")"
}
miss() {
	missed=$((missed + 1))
	[ $missed -gt 9 ] || echo "#   $damage: $*"
}
untouched() { # PID - it runs, and so does the stranger, whose things are as before
	[ "$(cat "/proc/$1/comm" 2>/dev/null)" = "${2:-ncrun-init}" ] || miss "process $1 has ended"
	kill -0 $stranger || miss "a stranger was killed"
	[ "$(cat "$work/decoy/file")" = theirs ] || miss "a stranger's file was changed"
	ip link show nc-stranger >/dev/null 2>&1 || miss "a stranger's link was removed"
}

# Of node w, which runs as process $pid, one file is damaged.
refused() {
	says 0 ncrun list
	grep -Eq "^w +broken +$pid " "$work/out" || miss "list says: $(grep '^w' "$work/out")"
	says 0 ncrun inspect w
	grep -q "^because .* node 'w'" "$work/out" || miss "inspect says: $(head -n 3 "$work/out")"
	[ -z "$brief" ] || return 0
	says 1 ncrun stop w
	says 1 ncrun rm w
	says 1 ncrun clean
	untouched "$pid"
}
refused_by_all() {
	refused
	[ "$step" -lt 50 ] || [ $tried = 1 ] || return 0 # a sample
	says 0 ncrun list --all --json
	says 1 ncrun clean --dry-run --json
	says 125 ncrun exec w -- true
	for command in "kill w" "kill --all w" "pause w" "resume w" "set --pids 30 w" "stats w" "inspect --security w" \
		"cp w:/etc/passwd $work/x" "cp $work/decoy/file w:/x" "wait w"; do
		# shellcheck disable=SC2086 # words
		says 1 ncrun $command
	done
	says 125 ncrun node --rootfs "$work/root" --name w -- true
	untouched "$pid"
}
begin() { missed=0 tried=0 damage=none brief='' turns=0; }
# turn - the next kind of damage: of a sample every fifth only
turn() {
	turns=$((turns + 1))
	[ "$step" -lt 1000 ] || [ $((turns % 5)) = 1 ] || return
	tried=$((tried + 1))
}
end() { expect_true "$1: $((tried - missed)) of $tried" test $missed = 0 -a $tried -gt 0; }

# every FILE CHECK - that file with each bit flipped and at each length, and as it was after that
every() {
	every_file=$1
	cp "$every_file" "$work/keep/file"
	every_size=$(wc -c <"$every_file")
	begin
	every_bit=$((${NCRUN_SWEEP_PHASE:-0} % step))
	while [ $every_bit -lt $((every_size * 8)) ]; do
		damage="bit $every_bit of ${every_file##*/}" tried=$((tried + 1))
		if [ "$step" -ge 8 ] || [ $((every_bit % 8)) = 0 ]; then brief=; else brief=yes; fi
		damage flip "$every_file" $every_bit
		$2
		damage flip "$every_file" $every_bit
		every_bit=$((every_bit + step))
	done
	end "${every_file##*/} with a bit flipped"
	begin
	every_length=0
	while [ $every_length -lt "$every_size" ]; do
		damage="${every_file##*/} cut to $every_length" tried=$((tried + 1))
		truncate -s $every_length "$every_file"
		$2
		cat "$work/keep/file" >"$every_file"
		every_length=$((every_length + step))
	done
	end "${every_file##*/} cut short"
}

# replaced FILE CHECK - something else is in its place
replaced() {
	begin
	for damage in folder full FIFO link dangling huge socket device; do
		turn || continue
		mv "$1" "$work/keep/file"
		case $damage in
		folder) mkdir "$1" ;;
		full) mkdir -p "$1/a/b" && touch "$1/a/b/c" ;;
		FIFO) mkfifo "$1" ;;
		link) ln -s "$work/decoy/file" "$1" ;;
		dangling) ln -s "$work/decoy/new" "$1" ;;
		huge) truncate -s 1T "$1" ;;
		socket) damage socket "${1%/*}" "${1##*/}" ;;
		device) mknod "$1" c 1 5 ;;
		esac
		$2
		rm -rf "$1"
		mv "$work/keep/file" "$1"
		[ ! -e "$work/decoy/new" ] || miss "made a file elsewhere"
	done
	end "something else as ${1##*/}"
}

# edited FILE CHECK - each of these edits, sealed again or not
edited() {
	cp "$1" "$work/keep/file"
	begin
	while read -r damage; do
		turn || continue
		sed "$damage" "$work/keep/file" >"$1"
		$2
		cat "$work/keep/file" >"$1"
	done
	end "${1##*/} edited"
}

# ---- a node ------------------------------------------------------------------------------------

start w
pid=$(of w)
folder=$NCRUN_STATE/default/w
every "$folder/state" refused
every "$folder/status" refused
replaced "$folder/state" refused_by_all
replaced "$folder/status" refused_by_all
edited "$folder/state" refused_by_all <<END
/^pid=/s/=.*/=$stranger/
s/^identity=./&0/
/^started_at/d
/^argv/p
s/^uid_base=.*/uid_base=99999999999999999999/
s/^detached=1/detached=0/
1d
\$d
\$p
s/x//;\$s/1/2/
END

# What is not believed is not done by halves: it is all removed.
removed() {
	says 0 ncrun rm --force w
	[ -z "$(of w)$(ncrun list --all --names)" ] || miss "it is still there"
	! kill -0 "$pid" 2>/dev/null || miss "process $pid runs on"
	start w
	pid=$(of w)
}
begin
for damage in 'truncate -s 0 state' 'truncate -s 100 state' 'rm state' 'rm status' 'mkdir x; mv state x; mv x state' \
	'truncate -s 20 status' 'damage flip state 99' 'mkfifo changes' 'mkdir cgroup' 'echo x >cgroup' 'rm log.0; mkdir log.0' 'damage seal status'; do
	turn || continue
	(cd "$folder" && eval "$damage")
	removed
done
end "one that is damaged is removed by force, whole"

# One of a newer ncrun is that one's to remove.
cp "$folder/state" "$work/keep/file"
damage seal "$folder/state" 2
begin && damage=newer tried=1
refused
says 1 ncrun rm --force w
grep -q "it is of a newer ncrun (format 2, not 1)" "$work/err" || miss "rm says: $(cat "$work/err")"
untouched "$pid"
end "one of a newer ncrun is left alone"
cat "$work/keep/file" >"$folder/state"

# A number of another node's, or of a stranger, as it may come to be in another boot or name space.
begin
for damage in "/^pid=/s/=.*/=$stranger/" "/^pid=/s/=.*/=$stranger/;/^identity=/s/=.*/=$(damage identity $stranger)/;/^boot=/s/=.*/=1/" \
	'/^pid=/s/=.*/=-1/' '/^pid=/s/=.*/=0/' '/^pid=/s/=.*/=99999999999/' '/^pid=/d' 's/^identity=/&1/'; do
	turn || continue
	sed "$damage" "$work/keep/file" >"$folder/state"
	damage seal "$folder/state"
	for command in "kill w" "stop w" "list --all" "clean" "rm w" "rm --force w"; do
		# shellcheck disable=SC2086 # words
		timeout 10 ncrun $command >"$work/out" 2>&1
		[ $? -lt 124 ] || miss "$command: $(head -n 2 "$work/out")"
		untouched "$stranger" sleep
	done
	[ -d "$folder" ] || start w
	cat "$work/keep/file" >"$folder/state"
	ncrun rm --force w || miss "it cannot be removed"
	start w
	pid=$(of w)
	cp "$folder/state" "$work/keep/file"
done
end "a number that is another's ends nobody"
start other
cat "$NCRUN_STATE/default/other/state" >"$folder/state"
begin && damage="the state of another" tried=1
refused
says 0 ncrun rm --force w
kill -0 "$(of other)" || miss "the other was killed"
end "$damage"
ncrun rm --force other >/dev/null
start w
pid=$(of w)

# ---- a network -----------------------------------------------------------------------------------

file_pair net
net_begin() {
	ncrun up "$work/net.yaml" >/dev/null
	ncrun partition net a b >/dev/null || miss "there is no network"
	pid=$(ncrun list --json | jq -r '.[] | select(.network == "net" and .name == "a") | .pid')
}
refused_network() { # STATE CLEAN
	says 0 ncrun list --networks
	grep -Eq "^net +$1 " "$work/out" || miss "list says: $(grep '^net' "$work/out")"
	says 1 ncrun inspect net
	[ -z "$brief" ] || return 0
	says 1 ncrun up "$work/net.yaml"
	says 1 ncrun link set net/a mtu=1300
	says 1 ncrun heal net
	says "$2" ncrun clean
	says 0 ncrun exec net/a -- true
	untouched "$pid"
}
record() { refused_network broken 1; }
topology() { refused_network up 0; }
partition() {
	says 0 ncrun list
	says 1 ncrun partition net
	[ -z "$brief" ] || return 0
	says 0 ncrun clean
	untouched "$pid"
}
begin
net_begin
folder=$NCRUN_STATE/net
for name in network topology partition; do
	case $name in network) check=record ;; *) check=$name ;; esac
	every "$folder/.$name" $check
	replaced "$folder/.$name" $check
done

gone() {
	says 0 ncrun down net
	[ ! -e "$folder" ] || miss "it is still there"
	! kill -0 "$pid" 2>/dev/null || miss "process $pid runs on"
	net_begin
}
begin
for damage in 'rm .network' 'truncate -s 9 .network' 'rm .network; mkdir -p .network/a' 'mkfifo x; mv x .network' 'damage flip .network 9' \
	'rm .topology; mkdir -p .topology/a' 'truncate -s 1 .topology' 'damage flip a/state 5' 'mkdir .hosts .hosts.1' 'rm a/status b/state' \
	'umount .fabric; rm .fabric' 'umount .fabric; rm .fabric; mkdir -p .fabric/a'; do
	turn || continue
	(cd "$folder" && eval "$damage")
	gone
done
end "one that is damaged goes with 'down', whole"
cp "$folder/.network" "$work/keep/file"
damage seal "$folder/.network" 2
begin && damage=newer tried=1
record
says 1 ncrun down net
untouched "$pid"
cat "$work/keep/file" >"$folder/.network"
end "one of a newer ncrun is left alone"
expect_exit 0 ncrun down net

expect_exit 0 ncrun rm --force w
kill $stranger && ip link delete nc-stranger
leaks_end
