#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# The machine of somebody who imports images is not a quiet one: ncrun is killed at
# many points of an import. The name shows the old image or the new one, whole, and
# gc finds the rest.

. tests/support/e2e.sh

need_command tar sha256sum busybox guard

tree=$work/tree
busybox_root "$tree"
for version in old new; do
	echo $version >"$tree/etc/version"
	tar -C "$tree" -cf "$work/$version.tar" .
	ncrun rootfs import --quiet "$version" "$work/$version.tar"
	ncrun rootfs export "$version" "$work/$version.export"
	ncrun rootfs rm "$version"
done
ncrun rootfs import --quiet lab "$work/old.tar"

# Old, new, or neither?
what() {
	if ! ncrun rootfs export lab "$work/now.export" 2>"$work/why"; then
		echo "not readable: $(cat "$work/why")"
	elif cmp -s "$work/now.export" "$work/old.export"; then
		echo old
	elif cmp -s "$work/now.export" "$work/new.export"; then
		echo new
	else
		echo half
	fi
}

leaks_begin
old=0 new=0 unfinished=0
delays="0 5 10 15 20 26 32 40 50 60 75 90 110 130 160 200 300"
[ "${NCRUN_TEST_TIMEOUT_FACTOR:-1}" -le 1 ] || delays="0 50 150 300 600" # an import takes so much longer there
for delay in $delays; do
	ncrun rootfs import --quiet lab "$work/new.tar" &
	pid=$!
	sleep "$(printf '0.%03d' "$delay")"
	kill -KILL $pid 2>/dev/null
	wait $pid 2>/dev/null
	[ -z "$(ls "$NCRUN_STORE/tmp" 2>/dev/null)" ] || unfinished=$((unfinished + 1))
	case $(what) in
	old) old=$((old + 1)) ;;
	new) new=$((new + 1)) ;;
	*) not_ok "killed after $delay ms: $(what)" ;;
	esac
	ncrun rootfs gc >/dev/null
	[ -z "$(ls "$NCRUN_STORE/tmp")" ] || not_ok "killed after $delay ms: gc leaves $(ls "$NCRUN_STORE/tmp")"
	ncrun rootfs import --quiet lab "$work/old.tar"
	expect_same "old 1" "$(what) $(ncrun rootfs list --names | wc -l)" "works again after a kill at $delay ms"
done
echo "# old $old times, new $new times; $unfinished unfinished imports"
expect_true "the kills hit before the end" test "$old" -gt 0
expect_true "and in the middle" test "$unfinished" -gt 0
leaks_end "no process of a killed import lives on"

ncrun rootfs rm lab
ncrun rootfs gc >/dev/null
expect_same '' "$(ls "$NCRUN_STORE/tmp")$(ls "$NCRUN_STORE/images")" "nothing is left in the store"
