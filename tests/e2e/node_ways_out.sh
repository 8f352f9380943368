#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# The known ways out of a container, each by its CVE number, tried on a node as it is by
# default. What can be tried from inside alone is in escape_roles.sh, what concerns images and
# volumes while they change in tests/kernel/rootfs and escape_races.sh.

. tests/support/e2e.sh

need_root
need_command traces probe
busybox_root "$work/root"
tools=$(dirname "$(command -v probe)")
leaks_begin
node() { ncrun node --rootfs "$work/root" "$@"; }

# CVE-2019-5736: the joining runtime's own file, by an interpreter that is it
ncrun=$(command -v ncrun)
sum=$(sha256sum <"$ncrun")
printf '#!/proc/self/exe\n' >"$work/root/bin/evil"
chmod 755 "$work/root/bin/evil"
node --detach --name joined -- sleep 600 >/dev/null
timeout 10 ncrun exec joined evil >"$work/out" 2>&1
expect_true "a command whose interpreter is the runtime ends" test $? -ne 124
timeout 10 ncrun node --rootfs "$work/root" -- evil >"$work/out" 2>&1
expect_true "and so does a node's" test $? -ne 124
expect_same "$sum" "$(sha256sum <"$ncrun")" "the runtime's file is as it was"
ncrun rm --force joined

# CVE-2022-0847 wrote to what could be read, by pipes, which no filter forbids: nothing of the
# machine's can be read in a node that has an image
for file in "$ncrun" "$PWD/README.md"; do
	expect_exit 1 node -- test -e "$file"
done

# CVE-2016-9962, CVE-2016-8649: whoever joins is looked into
ncrun node --rootfs host -v "$tools:/mnt:ro" --name watched -- /mnt/probe --watch 1500 >"$work/watched" 2>&1 &
watched=$!
within 5 grep -q watching "$work/watched"
while ncrun exec watched true 2>/dev/null; do :; done
wait "$watched"
expect_same watching "$(cat "$work/watched")" "nothing of those that join can be read"

# C6: a session keyring of its own, which only a node without a filter can look at
session() { sed -n 's/^\([0-9a-f]*\) .* keyring *_ses.*/\1/p' | sort; }
node --privileged -- cat /proc/keys 2>/dev/null | session >"$work/theirs"
session </proc/keys >"$work/ours"
expect_same "1 0" "$(wc -l <"$work/theirs" | tr -d ' ') $(comm -12 "$work/ours" "$work/theirs" | wc -l | tr -d ' ')" \
	"a session keyring of its own"

# CVE-2024-21626: a descriptor as the working directory, ours or the caller's
for n in 3 4 5 6 7 8 9 10 11 12; do
	node --workdir "/proc/self/fd/$n" -- cat /proc/self/cwd/etc/hostname >"$work/out" 2>&1 7</
	code=$?
	[ "$code" -eq 125 ] || not_ok "working directory /proc/self/fd/$n: exit code $code"
done
expect_refusal 125 "enter '/proc/self/fd/7'" node --workdir /proc/self/fd/7 -- true 7</

# CVE-2022-27650, CVE-2022-29162, CVE-2022-24769, CVE-2022-27649: inheritable capabilities
node --detach --name caps -- sleep 600 >/dev/null
expect_same 0000000000000000 "$(ncrun exec caps sed -n 's/^CapInh:[[:space:]]*//p' /proc/self/status)" \
	"nothing is inheritable in what joins"
# CVE-2022-2989, CVE-2022-36109, CVE-2022-2995: the caller's groups, or those of root
expect_same 99 "$(ncrun exec -u 99:99 caps id -G)" "who joins as somebody has no group of another"
expect_same 99 "$(node --user 99:99 -- id -G)" "nor has the node"
# CVE-2026-30892, CVE-2024-40635, CVE-2016-3697: digits are a number, and -1 is none
printf 'root:x:0:0::/:/bin/sh\n1234:x:0:0::/:/bin/sh\n' >"$work/root/etc/passwd"
expect_same 1234 "$(ncrun exec -u 1234 caps id -u)" "a user named like a number is not that number's"
for user in 4294967295 4294967296 18446744073709551616; do
	expect_refusal 125 "not a number up to 4294967294" ncrun exec -u $user caps true
done
ncrun rm --force caps

# CVE-2019-16884, CVE-2019-18837, CVE-2015-3630: something else in the place of /proc or /sys
mkdir "$work/decoy"
for target in /proc /proc/self/attr /sys /sys/fs/cgroup; do
	expect_refusal 125 "$target" node -v "$work/decoy:$target" -- true
done
# CVE-2025-52565: what an image has where the terminal goes
mkdir -p "$work/root/dev/pts"
echo untouched >"$work/decoy/file"
ln -s "$work/decoy/file" "$work/root/dev/console"
ln -s "$work/decoy/file" "$work/root/dev/pts/0"
node --detach -t --name console -- sh -c 'echo written >/dev/console; echo written >/dev/pts/0; sleep 600' >/dev/null
within 5 sh -c 'ncrun logs console | grep -q written'
expect_same untouched "$(cat "$work/decoy/file")" "the terminal of a node is not where its image says"
ncrun rm --force console

# CVE-2021-43784: more than a length of 16 bits holds, on the way to the kernel
map=$(awk 'BEGIN { for (i = 0; i < 5000; i++) printf "%s%d:%d:1", i ? "," : "", i, 100000 + i }')
node --userns "$map" -- true >"$work/out" 2>"$work/err"
expect_same 125 $? "a map of 5000 lines is refused"

# CVE-2020-13401: no link of the machine leads to a node, so none takes what a node announces
links=$(ip -o link | wc -l)
node --detach --name links --cap-add NET_ADMIN -- sleep 600 >/dev/null
expect_same "$links" "$(ip -o link | wc -l)" "a node is on no network of the machine"
ncrun rm --force links

# whoever may run it may do all that it can
cp "$ncrun" "$work/lent"
for lent in 99:0:4755 0:99:2755; do
	chown "${lent%:*}" "$work/lent"
	chmod "${lent##*:}" "$work/lent"
	code=125
	if is_sanitized && [ "${lent##*:}" = 4755 ]; then code=1; fi # LeakSanitizer may not look at it, and fails
	expect_refusal $code "must not be setuid or setgid" "$work/lent" version
done

leaks_end
