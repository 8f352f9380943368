#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# timeout: 3000
#
# Two nodes share a folder of the machine. One exchanges what is there for links and FIFOs all
# the time, the other starts with it as a volume or as its root, or is copied from and to.
# Whatever comes of that, nothing outside is touched or seen (CVE-2021-30465, CVE-2024-45310,
# CVE-2025-31133, CVE-2026-41579, CVE-2018-15664). NCRUN_ESCAPE_ROUNDS (30) says how often.

. tests/support/private.sh
. tests/support/e2e.sh

need_root
need_command probe guard
rounds=30
[ "${NCRUN_TEST_TIMEOUT_FACTOR:-1}" -le 1 ] || rounds=6 # all is so much slower there
rounds=${NCRUN_ESCAPE_ROUNDS:-$rounds}
busybox_root "$work/plain"
mkdir "$work/tools" "$work/decoy" "$work/decoy/sub" "$work/source" "$work/shared" "$work/plain/mnt"
cp "$(command -v probe)" "$work/tools"
echo decoy >"$work/decoy/secret"
printf 'root:x:0:0::/:/bin/sh\nsomeone:x:0:0::/:/bin/sh\n' >"$work/decoy/passwd"
echo mine >"$work/source/file"
mkfifo "$work/decoy/fifo"
chmod -R a+rwX "$work/decoy"
leaks_begin

outside() { # all that there is to be touched: what it is, whose, since when, and what is in it
	find "$work/decoy" "$work/source" -printf '%y %m %U:%G %n %s %T@ %C@ %p\n' | sort
	cat "$work/decoy/secret" "$work/decoy/passwd" "$work/source/file"
}

# begin_exchanging FOLDER NAME OTHER... - in a node of its own, which has the folder at /v
begin_exchanging() {
	folder=$1
	shift
	ncrun node --rootfs "$work/plain" -v "$work/tools:/mnt:ro" -v "$folder:/v" --workdir /v --name attacker -- \
		/mnt/probe --exchange "$@" >"$work/exchanging" 2>&1 &
	attacker=$!
	within 5 grep -q exchanging "$work/exchanging" || not_ok "nobody exchanges: $(cat "$work/exchanging")"
}

end_exchanging() {
	ncrun rm --force attacker >/dev/null
	wait "$attacker" 2>/dev/null
}

# What no path of the victim may lead to.
cat >"$work/tools/look" <<'END'
for path in /v/? /v/d/x /dev /dev/pts /proc /sys /etc /etc/x /tmp; do
	[ ! -e "$path/secret" ] || { echo "sees $path/secret"; exit 9; }
done
exit 0
END

# race WHAT OPTION... - start a victim so often; of many, some have to start
race() {
	race_what=$1 race_started=0 race_wrong=''
	shift
	outside >"$work/before"
	for race_round in $(seq "$rounds"); do
		timeout 10 ncrun node -v "$work/tools:/mnt:ro" "$@" -- sh /mnt/look >"$work/out" 2>"$work/err"
		case $? in
		0) race_started=$((race_started + 1)) ;;
		125 | 126 | 127) ;;
		*) race_wrong="exit code $?: $(cat "$work/out" "$work/err")" && break ;;
		esac
		# the root is read-only: somebody wanted to write there
		! grep -q 'Read-only file system' "$work/err" || { race_wrong=$(cat "$work/err") && break; }
	done
	outside >"$work/after"
	expect_same "" "$race_wrong$(diff "$work/before" "$work/after" | head -n 3)" \
		"$race_what: nothing outside is touched or seen in $race_round starts, of which $race_started succeed"
	[ "$rounds" -lt 300 ] || expect_true "some do" test "$race_started" -gt 0
}

# ---- a volume with a mount in it, where a folder turns into a link ------------------------------

mkdir -p "$work/shared/d/sub"
ln -s / "$work/shared/1"
ln -s "$work/decoy" "$work/shared/2"
ln -s "../../../../../..$work/decoy" "$work/shared/3"
ln -s /proc/self/root "$work/shared/4"
chmod -R a+rwX "$work/shared/d"
chmod a+rwx "$work/shared"
begin_exchanging "$work/shared" d 1 d 2 d 3 d 4
set -- -v "$work/source:/v/d/x" -v "$work/source/file:/v/d/sub/y"
race "a volume of links" --rootfs "$work/plain" -v "$work/shared:/v:idmap" "$@"
race "the same as root" --rootfs "$work/plain" --userns host -v "$work/shared:/v" "$@"
end_exchanging

# ---- a root whose parts turn into links and FIFOs -------------------------------------------------

cp -a "$work/plain" "$work/root"
for name in dev proc sys etc tmp; do
	ln -s "$work/decoy" "$work/root/.$name"
done
mkfifo -m 666 "$work/root/etc/.passwd" "$work/root/etc/.group"
ln -s "$work/decoy/fifo" "$work/root/etc/.hosts"
: >"$work/root/etc/hosts"
ln -s "$work/decoy/new" "$work/root/etc/.resolv.conf"
: >"$work/root/etc/resolv.conf"
echo 'someone:x:0:0::/:/bin/sh' >>"$work/root/etc/passwd"
find "$work/root" -type d -exec chmod a+rwx {} +
begin_exchanging "$work/root" dev .dev proc .proc sys .sys etc .etc tmp .tmp etc/passwd etc/.passwd etc/group etc/.group \
	etc/hosts etc/.hosts etc/resolv.conf etc/.resolv.conf
set -- --dns 192.0.2.1 --add-host a:192.0.2.1 -v "$work/source:/etc/x" -v "$work/source/file:/tmp/y"
race "a root of links" --rootfs "$work/root" "$@"
race "a root of links, and a user looked up in it" --rootfs "$work/root" --user someone
race "the same without an overlay" --rootfs "$work/root" --writable-root "$@"
race "and as root" --rootfs "$work/root" --writable-root --userns host "$@"
end_exchanging

# ---- a node that is copied from and to ------------------------------------------------------------

rm -rf "$work/shared"
mkdir -p "$work/shared/d"
echo theirs >"$work/shared/d/secret"
ln -s "$work/decoy" "$work/shared/link"
chmod -R a+rwX "$work/shared"
begin_exchanging "$work/shared" d link
outside >"$work/before"
for round in $(seq "$rounds"); do
	rm -rf "$work/copy"
	ncrun cp attacker:/v/d/secret "$work/copy" 2>/dev/null
	[ ! -e "$work/copy" ] || [ "$(cat "$work/copy")" = theirs ] || not_ok "copied from outside: $(cat "$work/copy")"
	ncrun cp "$work/source/file" attacker:/v/d/new 2>/dev/null
	rm -f "$work/shared/d/new" "$work/shared/link/new"
done
outside >"$work/after"
expect_same "" "$(diff "$work/before" "$work/after" | head -n 3)" "nothing outside is touched in $round copies from and to"
end_exchanging
leaks_end
