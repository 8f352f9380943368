# shellcheck shell=sh
# SPDX-License-Identifier: Apache-2.0
#
# private.sh - the story begins anew where it can hurt nothing: the root is read-only but for
# the test's own folder, /run is empty, and the network is its own. Before e2e.sh.

[ -n "${NCRUN_TEST_PRIVATE:-}" ] || [ "$(id -u)" != 0 ] ||
	NCRUN_TEST_PRIVATE=1 NCRUN_TEST_MACHINE=1 exec unshare --mount --net sh -c '
		own=$(dirname "$NCRUN_STATE")
		mount --bind "$own" "$own" &&
			mount -t tmpfs -o mode=755 tmpfs /run && mkdir -m 700 /run/ncrun &&
			mount -o remount,bind,ro / && ip link set lo up && exec "$@"' sh "$0" "$@"
