# shellcheck shell=sh disable=SC2154 # $work is from e2e.sh
# SPDX-License-Identifier: Apache-2.0
#
# installed.sh - the library as others get it, in an empty tree: $prefix, of $root

CC=${CC:-cc}
root=$work/root
prefix=$root/opt/ncrun
expect_true "make install" \
	make --no-print-directory BUILD="$BUILD" PREFIX=/opt/ncrun DESTDIR="$root" install
# From here on only what was installed is to be found.
export PKG_CONFIG_LIBDIR="$prefix/lib/pkgconfig" PKG_CONFIG_SYSROOT_DIR="$root"
