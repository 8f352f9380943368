#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# Somebody makes images from what lies around, looks at them, gives them away and
# throws them out again.

. tests/support/e2e.sh

need_command tar gzip sha256sum busybox
names() {
	ncrun rootfs list --names | tr '\n' ' '
}

tree=$work/tree
busybox_root "$tree"
echo one >"$tree/etc/version"
chmod 4755 "$tree/bin/busybox"
tar -C "$tree" -cf "$work/one.tar" .
gzip -kn "$work/one.tar"
digest=$(sha256sum "$work/one.tar.gz")
digest=${digest%% *}

# ---- bad ones ----

expect_refusal 1 'larger than' ncrun rootfs import --max-bytes 1M --max-entries 10 zero /dev/zero
expect_refusal 2 "'host'" ncrun rootfs import host "$work/one.tar"

# ---- in ------------------------------------------------------------------------------
expect_out 'lab: ' ncrun rootfs import lab "$work/one.tar.gz"
expect_same '' "$(cat "$work/err")" "no bar where there is no terminal"
expect_out "\"digest\":\"$digest\"" ncrun rootfs import --json lab "$work/one.tar.gz"
expect_exit 0 sh -c "ncrun rootfs import --quiet piped - <'$work/one.tar'"
expect_same '' "$(cat "$work/out" "$work/err")" "--quiet says nothing"
expect_out '"format":"directory"' ncrun rootfs import --json folder "$tree"
expect_same 'folder lab piped ' "$(names)" "all three are listed, sorted"

# ---- looking ---------------------------------------------------------------------------
expect_out "$(echo "$digest" | cut -c1-12)" ncrun rootfs list
expect_out '"os_release":"busybox for tests"' ncrun rootfs list --json
expect_out 'busybox for tests' ncrun rootfs inspect lab
expect_out "\"source\":\"$work/one.tar.gz\"" ncrun rootfs inspect --json "$(echo "$digest" | cut -c1-12)"
expect_refusal 1 "no image 'absent'" ncrun rootfs inspect absent

# ---- out -------------------------------------------------------------------------------
expect_exit 0 ncrun rootfs export lab "$work/a.tar"
expect_exit 0 sh -c "ncrun rootfs export lab >'$work/b.tar'"
expect_true "the same image gives the same archive" cmp "$work/a.tar" "$work/b.tar"
tar -C "$tree" -cf - . | tar -tf - | sed 's|^\./||; s|/$||' | grep . | LC_ALL=C sort >"$work/want"
tar -tf "$work/a.tar" | sed 's|^\./||; s|/$||' | grep . >"$work/got"
expect_true "sorted, and all of it" cmp "$work/want" "$work/got"
expect_same '-rwsr-xr-x' "$(tar -tvf "$work/a.tar" | awk '$6 ~ /bin\/busybox$/ { print $1 }')" "with its modes"
expect_exit 0 ncrun rootfs import again "$work/a.tar"
expect_refusal 1 "no image 'absent'" ncrun rootfs export absent "$work/never"
expect_false "a refused export makes no file" test -e "$work/never"

# ---- a name gets new content -------------------------------------------------------------
echo two >"$tree/etc/version"
tar -C "$tree" -cf "$work/two.tar" .
expect_exit 0 ncrun rootfs import lab "$work/two.tar"
ncrun rootfs export lab "$work/now.tar"
expect_same two "$(tar -xOf "$work/now.tar" etc/version 2>/dev/null || tar -xOf "$work/now.tar" ./etc/version)" \
	"the name shows the new content"
expect_refusal 1 "no image '$(echo "$digest" | cut -c1-12)'" ncrun rootfs inspect "$(echo "$digest" | cut -c1-12)"

# ---- refusals change nothing ---------------------------------------------------------------
before=$(ncrun rootfs list --json)
head -c 300000 "$work/one.tar.gz" >"$work/short.tar.gz"
echo 'this is no archive' >"$work/text"
mkdir "$work/evil"
echo pwned >"$work/evil/file"
tar -C "$work/evil" -cf "$work/dotdot.tar" --transform 's|^file|../../../../../../../../../../tmp/pwned|' -P file

refuse() { # STATUS TEXT NAME SOURCE OPTION...
	refuse_status=$1 refuse_text=$2 refuse_name=$3 refuse_source=$4
	shift 4
	expect_refusal "$refuse_status" "$refuse_text" ncrun rootfs import "$@" "$refuse_name" "$refuse_source"
}
for name in /etc .. . 'a b' 'a/b' "$(printf %064d 0)"; do
	refuse 2 "image name '" "$name" "$work/one.tar"
done
refuse 1 "$work/absent" lab "$work/absent"
refuse 2 "$work/text" lab "$work/text"
refuse 2 "$work/short.tar.gz" lab "$work/short.tar.gz"
refuse 2 'leads upwards' lab "$work/dotdot.tar"
refuse 1 "entries" lab "$work/one.tar" --max-entries 10
refuse 1 'bytes' lab "$work/one.tar" --max-bytes 64K
expect_refusal 2 "NAME" ncrun rootfs import
expect_same "$before" "$(ncrun rootfs list --json)" "refused imports change nothing"
expect_same '' "$(ls "$NCRUN_STORE/tmp")" "and leave nothing"

# ---- away ------------------------------------------------------------------------------------
expect_out '"again"' ncrun rootfs rm --json again
expect_refusal 1 "no image 'again'" ncrun rootfs rm again
expect_exit 0 ncrun rootfs rm folder lab piped
expect_same '' "$(names)" "no name is left"
expect_out '"images":0' ncrun rootfs gc --json
expect_same '' "$(ls "$NCRUN_STORE/images")" "no content is left"
