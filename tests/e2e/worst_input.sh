#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# timeout: 900
#
# Whatever it is given to read, be it the worst that anybody could think of: ncrun ends within
# 2 s and 100 MB, with a sentence. NCRUN_WORST_KIB (256, or less where a machine is slow) says
# how much of it; make worst gives 16 MiB.

. tests/support/e2e.sh

need_root
need_command worst

umask 077
mkdir -p "$NCRUN_STATE/default/n" "$NCRUN_STATE/net"
ln -s "$NCRUN_STATE" "$work/state"
busybox_root "$work/root"
printf 'state=up\nnodes=1\n' >"$NCRUN_STATE/net/.network"
: >"$NCRUN_STATE/default/n/status"
mkdir -p "$work/root/etc" "$work/image"
echo '{"imageLayoutVersion":"1.0.0"}' >"$work/image/oci-layout"

# In the folder, so that paths are short in what is said; and images in memory, since how long a
# disk takes for ten thousand directories says nothing of ncrun.
mkdir "$work/store"
(cd "$work" && unshare --mount sh -c 'mount -t tmpfs -o mode=700 tmpfs store && NCRUN_STORE=$PWD/store exec worst "$1" .' \
	sh "${NCRUN_WORST_KIB:-$((256 / ${NCRUN_TEST_TIMEOUT_FACTOR:-1}))}")
rm -rf "$NCRUN_STATE/default" "$NCRUN_STATE/net"
