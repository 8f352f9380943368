#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# timeout: 400
#
# What a machine may lack while ncrun starts a node, brings a network up or imports an image:
# system calls, descriptors, room for the state or the store, a capability. It falls back, or
# ends with one clear error, and leaves nothing.

. tests/support/private.sh
. tests/support/e2e.sh
. tests/support/faults.sh
. tests/support/network.sh

need_root
need_command faults traces damage tar capsh prlimit ip nft jq
file_routed net
tar -C "$work/root" -cf "$work/image.tar" .

node() { "$@" ncrun node --rootfs "$work/root" --name n -- true; }
network() { "$@" ncrun up "$work/net.yaml" && "$@" ncrun down net; }
import() { "$@" ncrun rootfs import --quiet image "$work/image.tar" && ncrun rootfs rm image; }
inside() { "$@" ncrun exec e -- true; }
node env # the filter is cached, the folders are there from here on
network env >/dev/null
import env
ncrun node --detach --rootfs "$work/root" --name e -- sleep 600 >/dev/null
traces --all >"$work/.base"
leaks_begin

unchanged() { # WHAT
	if sweep_same; then
		ok "$1 leaves nothing"
	else
		not_ok "$1 leaves $(sweep_left)"
		ncrun clean >/dev/null
	fi
}

# fails CODE TEXT COMMAND LACK... - a line of error, and nothing has changed
fails() {
	fails_code=$1 fails_text=$2
	shift 2
	"$@" >"$work/out" 2>"$work/err"
	fails_got=$?
	if [ $fails_got = "$fails_code" ] && grep -q "$fails_text" "$work/err"; then
		ok "'$fails_text': $*"
	else
		not_ok "$*: exit code $fails_got, '$(cat "$work/err")'"
	fi
	unchanged "$*"
}
works() { # COMMAND LACK...
	expect_exit 0 "$@"
	unchanged "$*"
}

# ---- system calls ----------------------------------------------------------------------------

without() { # CALL COMMAND...
	without_call=$1
	shift
	faults --tree --only "$without_call" --error ENOSYS --at 1 --sticky --report "$work/.fault" -- "$@"
}
for call in openat2 clone3 mount_setattr open_tree statx; do
	fails 125 'not implemented (see: ncrun doctor)' node without $call
	fails 1 'not implemented (see: ncrun doctor)' network without $call
done
works node without pidfd_open
fails 125 "look whether node 'e' runs: .*not implemented" inside without pidfd_open
works import without pidfd_open
fails 125 'not implemented' inside without clone3
for call in openat2 open_tree mount_setattr; do
	import without $call >"$work/out" 2>"$work/err" || grep -q 'not implemented' "$work/err" || not_ok "import without $call: $(cat "$work/err")"
	unchanged "import without $call"
done
for command in "list --all" "stop e" "rm --force e" clean; do
	# shellcheck disable=SC2086 # words
	without pidfd_open ncrun $command >"$work/out" 2>&1
	expect_true "without pidfd_open '$command' takes no node for one that has ended" ncrun exec e true
done

# ---- descriptors -----------------------------------------------------------------------------

few() { # LIMIT COMMAND...
	few_limit=$1
	shift
	prlimit --nofile="$few_limit" "$@"
}
for limit in 4 7 10 13 20; do
	for command in node network import inside; do
		$command few $limit >"$work/out" 2>"$work/err" || grep -q 'ncrun' "$work/err" ||
			not_ok "$command with $limit descriptors: $(cat "$work/err")"
		unchanged "$command with $limit descriptors"
	done
done
works node few 64
works inside few 64
works network few 128

# A disk that is full, and a table that is, stay so.
stays() { # ERROR CALL FROM COMMAND...
	stays_error=$1 stays_call=$2 stays_at=$3
	shift 3
	faults --tree --only "$stays_call" --error "$stays_error" --at "$stays_at" --sticky --report "$work/.fault" -- "$@"
}
while read -r error name from; do
	node stays "$error" "$name" "$from" >"$work/out" 2>"$work/err" || grep -q ncrun "$work/err" ||
		not_ok "$error of $name from $from on: $(cat "$work/err")"
	unchanged "a node, $error of $name from call $from on,"
done <<END
ENOSPC openat 1
ENOSPC openat 4
ENOSPC mkdirat 1
EMFILE openat 1
EMFILE openat 4
EMFILE socketpair 1
EMFILE memfd_create 1
END

# ---- memory of the kernel's ------------------------------------------------------------------

# Whoever waits for a message that could not be sent is told.
unsent() { # NUMBER COMMAND...
	unsent_at=$1
	shift
	faults --tree --only sendmsg --error ENOMEM --at "$unsent_at" --report "$work/.fault" -- "$@"
}
detached() { "$@" ncrun node --detach --rootfs "$work/root" --name n -- sleep 600 && ncrun rm --force n; }
terminal() { "$@" ncrun node --detach --terminal --rootfs "$work/root" --name n -- sleep 600 && ncrun rm --force n; }
for command in node detached terminal inside; do
	n=0 hit=hit
	while [ "$hit" = hit ] && n=$((n + 1)); do
		$command unsent $n >"$work/out" 2>"$work/err"
		lack_code=$?
		hit=$(cut -d' ' -f1 "$work/.fault")
		[ $lack_code = 0 ] || { [ $lack_code != 124 ] && grep -q ncrun "$work/err"; } ||
			not_ok "$command without message $n: $lack_code, '$(cat "$work/err")'"
	done
	unchanged "$command without one of $((n - 1)) messages"
done

# ---- room ------------------------------------------------------------------------------------

# full PAGES FOLDER COMMAND... - with so much left on the disk of that folder
full() {
	full_pages=$1 full_folder=$2
	shift 2
	mount -t tmpfs -o "mode=700,size=$((full_pages * 4))k" tmpfs "$full_folder"
	"$@" >"$work/out" 2>"$work/err"
	full_code=$?
	full_left=$(find "$full_folder" -type f -size +0)
	umount "$full_folder"
	[ $full_code = 0 ] || grep -qi 'No space left' "$work/err" || not_ok "$*: $full_code, $(cat "$work/err")"
	expect_same "" "$full_left" "with $full_pages pages in ${full_folder##*/}, $* leaves nothing there"
	unchanged "... nor elsewhere"
}
mkdir -m 700 "$work/state" "$work/store"
in_state() { # COMMAND...
	env NCRUN_STATE="$work/state" "$@"
}
for pages in 1 2 3 4 6 9; do
	full $pages "$work/state" node in_state
	full $pages "$work/state" network in_state
done
for pages in 4 16 100 200; do
	full $pages "$work/store" import env NCRUN_STORE="$work/store"
done

# ---- a capability ------------------------------------------------------------------------------

works node capsh --drop=cap_sys_resource -- -c 'exec "$@"' sh
works network capsh --drop=cap_sys_resource -- -c 'exec "$@"' sh
works inside capsh --drop=cap_sys_resource -- -c 'exec "$@"' sh
# Whoever may not list tables has made none: not even for a network of which nothing is known.
expect_exit 0 ncrun up "$work/net.yaml"
damage flip "$NCRUN_STATE/net/.network" 9
expect_exit 0 capsh --drop=cap_net_admin -- -c 'exec ncrun down net'
unchanged "down of a damaged network without cap_net_admin"

# A group of control that cannot be seen to be writable is removed, or said to be left.
denied() { faults --tree --only faccessat,faccessat2 --error EACCES --at "$denied_at" --report "$work/.fault" -- "$@"; }
removing() { ncrun node --detach --rootfs "$work/root" --name n -- sleep 600 >/dev/null && "$@" ncrun rm --force n; }
for command in node removing; do
	denied_at=0 hit=hit
	while [ "$hit" = hit ] && denied_at=$((denied_at + 1)); do
		$command denied >"$work/out" 2>"$work/err"
		hit=$(cut -d' ' -f1 "$work/.fault")
		sweep_same || grep -q ncrun "$work/err" || not_ok "$command, EACCES of access $denied_at: leaves $(sweep_left)"
		ncrun clean >/dev/null
	done
	unchanged "$command that may not at one of $((denied_at - 1)) times"
done

expect_exit 0 ncrun rm --force e

# ---- memory -----------------------------------------------------------------------------------

# Whatever there is none left for, the sentence that says so needs none; and no store is looked
# for in the working directory.
for n in 1 2 3 4 5 6; do
	for on in "" SCARCE_ON=1; do
		# shellcheck disable=SC2086 # nothing, or a word
		env $on SCARCE_AT=$n LD_PRELOAD="$sweep_scarce" ncrun-full rootfs rm nosuch 2>"$work/reason"
		expect_true "without memory from $n on ${on:+and on, }a reason is given" \
			grep -qE '^ncrun rootfs rm: .*(memory|allocate|nosuch)' "$work/reason"
	done
done

# A disk that is full at the last moment leaves the name as it was.
unsynced() { faults --only fsync --error ENOSPC --at 2 --report "$work/.fault" -- "$@"; }
expect_exit 1 unsynced ncrun rootfs import --quiet image "$work/image.tar"
expect_same "" "$(ncrun rootfs list --names)" "an import that could not be written leaves no image"
ncrun rootfs import --quiet image "$work/image.tar"
mkdir -p "$work/root/other"
tar -C "$work/root" -cf "$work/other.tar" .
before=$(ncrun rootfs inspect --json image | jq -r '.[0].digest')
expect_exit 1 unsynced ncrun rootfs import --quiet image "$work/other.tar"
expect_same "$before" "$(ncrun rootfs inspect --json image | jq -r '.[0].digest')" "or the one that was there"
expect_exit 0 ncrun rootfs rm image

# Nor an image whose directories have other times than the archive says.
ncrun rootfs import --quiet image "$work/image.tar"
ncrun rootfs export image "$work/before.tar"
ncrun rootfs rm image
n=0 hit=hit
while [ "$hit" = hit ] && n=$((n + 1)); do
	faults --tree --only write,openat2 --error ENOSPC --at $n --report "$work/.fault" -- \
		ncrun rootfs import --quiet image "$work/image.tar" >"$work/out" 2>"$work/err"
	lack_code=$?
	hit=$(cut -d' ' -f1 "$work/.fault")
	[ $lack_code = 0 ] || continue
	ncrun rootfs export image "$work/after.tar"
	cmp -s "$work/before.tar" "$work/after.tar" || not_ok "ENOSPC at $n, and another image"
	ncrun rootfs rm image
done
expect_same "" "$(ncrun rootfs list --names)" "an import whose disk is full at one of $((n - 1)) calls is whole or nothing"

# A library that dies of it takes nobody along who could say so.
n=61
while rm -f "$work/.fault"; do
	SCARCE_AT=$n SCARCE_REPORT=$work/.fault LD_PRELOAD=$sweep_scarce \
		ncrun-full rootfs import --quiet image "$work/image.tar" >"$work/out" 2>"$work/err"
	lack_code=$?
	[ -e "$work/.fault" ] || break
	[ $lack_code = 0 ] || { [ $lack_code = 1 ] && grep -q '^ncrun rootfs import: ' "$work/err"; } ||
		not_ok "without memory for the $n-th that asks, import ends with $lack_code: $(cat "$work/err")"
	n=$((n + 4))
done
expect_exit 0 ncrun rootfs rm image

# What was switched on for an uplink is switched off, if only by clean; and whoever leaves
# something says so.
ip link add eth0 type dummy
ip addr add 192.0.2.1/24 dev eth0
ip link set eth0 up
ip route add default via 192.0.2.2
machine() { echo "$(cat /proc/sys/net/ipv4/conf/eth0/forwarding) $(nft list tables)"; }
before=$(machine) n=230
while rm -f "$work/.fault"; do
	SCARCE_AT=$n SCARCE_REPORT=$work/.fault LD_PRELOAD=$sweep_scarce \
		ncrun-full node --rootfs "$work/root" --name n --uplink -- true >"$work/out" 2>"$work/err"
	[ -e "$work/.fault" ] || break
	[ "$(machine)" = "$before" ] || grep -q 'ncrun clean' "$work/err" ||
		not_ok "without memory for the $n-th that asks, and not a word of what is left: $(cat "$work/err")"
	ncrun clean >"$work/out"
	[ "$(machine)" = "$before" ] || not_ok "without memory for the $n-th that asks, clean leaves $(machine)"
	n=$((n + 9))
done
expect_true "without memory an uplink leaves nothing for good" [ "$(machine)" = "$before" -a $n -gt 300 ]
