#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# timeout: 20000
#
# A fault at each system call of what an image lives through: rootfs import, and one that takes
# the place of another, tag, rm and gc. The name shows the old image or the new one, whole.

. tests/support/private.sh
. tests/support/e2e.sh
. tests/support/faults.sh

need_root
need_command faults traces tar
mkdir -p "$work/tree/bin" "$work/tree/etc"
ln -s /bin/none "$work/tree/bin/sh"
for version in old new; do
	echo $version >"$work/tree/etc/version"
	tar -C "$work/tree" -cf "$work/$version.tar" .
	ncrun rootfs import --quiet $version "$work/$version.tar"
	ncrun rootfs export $version "$work/$version.export"
	ncrun rootfs rm $version
done
leaks_begin

whole() { # VERSION...
	ncrun rootfs export lab "$work/now.export" || return 1
	for version in "$@"; do
		! cmp -s "$work/now.export" "$work/$version.export" || return 0
	done
	echo "neither of: $*" >&2
	return 1
}
gone() {
	[ -z "$(ncrun rootfs list --names)" ] || { whole new old && ncrun rootfs rm lab; } || return
	ncrun rootfs gc
}
undo=gone
sweep "rootfs import" ncrun rootfs import --quiet lab "$work/new.tar"
fixture='ncrun rootfs import --quiet lab "$work/old.tar"'
sweep "rootfs import over another" ncrun rootfs import --quiet lab "$work/new.tar"
sweep "rootfs export" ncrun rootfs export --quiet lab "$work/written.export"
rm -f "$work"/*written.export*
sweep "rootfs rm" ncrun rootfs rm lab
sweep "rootfs gc" ncrun rootfs gc
leaks_end "no process of a killed import lives on"
