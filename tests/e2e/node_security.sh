#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# What confines a node, as inspect --security tells it: the same that the kernel says inside, and
# what is unusual in it.

. tests/support/e2e.sh

need_root
need_command jq guard busybox
busybox_root "$work/root"
echo 'someone:x:99:98::/:/bin/sh' >>"$work/root/etc/passwd"
leaks_begin
node() { ncrun node --detach --rootfs "$work/root" "$@" >"$work/name" 2>/dev/null; }
security() { ncrun inspect --security --json "$1" | jq -r ".[0]$2"; }
unusual() { security "$1" '.differences | join("; ")'; }

node --name plain -- sleep 600
expect_same "" "$(unusual plain)" "a node without options has nothing unusual"
expect_out "unusual       nothing" ncrun inspect --security plain
expect_out "user          0:0" ncrun inspect --security plain
inside() { ncrun exec plain sed -n "s/^$1:[[:space:]]*//p" /proc/self/status; }
# the kernel's numbers, as jq would have them of the names: their count is enough
count() { printf '%d\n' "0x$1" | awk '{ for (n = 0; $1 > 0; $1 = int($1 / 2)) n += $1 % 2; print n }'; }
for set in "CapEff effective" "CapPrm permitted" "CapBnd bounding" "CapInh inheritable" "CapAmb ambient"; do
	expect_same "$(count "$(inside "${set% *}")")" "$(security plain ".capabilities.${set#* } | length")" \
		"${set#* } capabilities are the kernel's"
done
expect_same "true 2 1 default" "$(security plain '| "\(.no_new_privs) \(.seccomp.mode) \(.seccomp.filters) \(.seccomp.profile)"')" \
	"so are no_new_privs and the filter"
expect_same "$(ncrun inspect --json plain | jq '.[0].uid_base')" "$(security plain '.uid_map[0].outside')" "and the ids"
expect_same "sleep" "$(cat "/proc/$(security plain .pid)/comm")" "of the main command"
expect_same "[]" "$(security plain '.shared_namespaces | tostring')" "which shares no namespace"
for path in /proc/keys /proc/interrupts /proc/timer_list; do
	expect_same true "$(security plain ".masked | any(. == \"$path\")")" "$path is masked"
done
for path in /proc/sys /sys /sys/fs/cgroup; do
	expect_same true "$(security plain ".read_only | any(. == \"$path\")")" "$path is read-only"
done

node --name open --privileged -- sleep 600
for what in "capabilities beyond the usual: all others" "no seccomp filter" "not masked: /proc/keys" \
	"not read-only: /proc/sys" "no filter of devices"; do
	expect_out "unusual       $what" ncrun inspect --security open
done
node --name root --userns host -- sleep 600
expect_same "no user namespace: root inside is root outside" "$(unusual root)" "what is unusual with --userns host"
expect_same "user" "$(security root '.shared_namespaces | join(" ")')" "is the one namespace that it shares"
node --name other --user someone --cap-add net_raw --cap-drop KILL --new-privileges --rlimit nofile=100:200 -- sleep 600
expect_same "capabilities beyond the usual: NET_RAW; without the usual capabilities: KILL; no_new_privs is off: setuid programs work" \
	"$(unusual other)" "options are unusual, one by one"
expect_same "99:98 0" "$(security other '| "\(.uid):\(.gid) \(.capabilities.effective | length)"')" "a user has no capability"
expect_same true "$(security other '.limits | any(. == "nofile=100:200")')" "limits are told"
ncrun node --idle --detach --rootfs "$work/root" --name idle >/dev/null
expect_out "none runs: this is what one would get" ncrun inspect --security idle
expect_same "" "$(unusual idle)" "an idle node without options has nothing unusual either"

expect_exit 0 ncrun stop plain
expect_refusal 1 "node 'plain' does not run" ncrun inspect --security plain
expect_refusal 1 "no node 'nosuch'" ncrun inspect --security nosuch
expect_exit 0 ncrun rm --force plain open root other idle

# What docs/security.md says of nodes is tested where it says so.
grep -oE '\b(e2e|faults|kernel|unit)/[a-z_/]+(\.sh)?' docs/security.md | sort -u >"$work/named"
expect_same "" "$(while read -r name; do [ -e "tests/$name" ] || [ -e "tests/$name.c" ] || echo "$name"; done <"$work/named")" \
	"the tests that docs/security.md names are there"
grep -oE '\[[^]]*\]' docs/security.md | grep -oE '\b[A-F][0-9]+\b' | sort -u >"$work/rows"
expect_same "" "$(while read -r row; do cat tests/escape/*.c | grep -q "\"$row\"" || echo "$row"; done <"$work/rows")" \
	"and so are the probes"
grep -ohE '"[A-F][0-9]+"' tests/escape/*.c | tr -d '"' | sort -u >"$work/tried"
expect_same "" "$(while read -r row; do grep -q "^| $row |.*probes" docs/security.md || echo "$row"; done <"$work/tried")" \
	"each of which stands there"
expect_same "" "$(sed -n 's/^| \([A-F][0-9]*\) |.*| probes.*/\1/p' docs/security.md | sort | comm -23 - "$work/tried")" \
	"as those do that are said to be tried"
leaks_end
