#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# Somebody wants Alpine: from a mirror (here one on this machine, with Alpine's
# layout), from a mirror that lies, and without any.

. tests/support/e2e.sh

need_command busybox sha256sum
[ -f "$NCRUN_TEST_ALPINE" ] || skip_allowed "needs the Alpine archive (NCRUN_TEST_ALPINE)"
busybox --list | grep -qx httpd || skip "needs a busybox with httpd"

nowhere=http://127.0.0.1:1/alpine
file="alpine-minirootfs-3.20.3-x86_64.tar.gz"
releases=$work/www/alpine/v3.20/releases/x86_64
mkdir -p "$releases" "$work/www/alpine/latest-stable/releases"
ln -s ../../v3.20/releases/x86_64 "$work/www/alpine/latest-stable/releases/x86_64"
cp "$NCRUN_TEST_ALPINE" "$releases/$file"

listing() { # SHA256
	cat >"$releases/latest-releases.yaml" <<-END
		---
		-
		  title: "Mini root filesystem"
		  branch: v3.20
		  arch: x86_64
		  version: 3.20.3
		  flavor: alpine-minirootfs
		  file: $file
		  size: $(wc -c <"$releases/$file")
		  sha256: $1
	END
	echo "$1  $file" >"$releases/$file.sha256"
}

# busybox cannot be asked which port it got, so ports are tried.
serve() {
	port=$((20000 + $$ % 10000))
	while [ "$port" -lt 31000 ]; do
		busybox httpd -f -p "127.0.0.1:$port" -h "$work/www" 2>/dev/null &
		server=$!
		mirror=http://127.0.0.1:$port/alpine
		within 1 busybox wget -q -O /dev/null "$mirror/v3.20/releases/x86_64/$file.sha256" &&
			kill -0 "$server" 2>/dev/null && return
		kill "$server" 2>/dev/null
		port=$((port + 37))
	done
	skip "no port to serve on"
}

said() { # TEXT: the last command's errors hold it
	if grep -qF -- "$1" "$work/err"; then ok "it says '$1'"; else not_ok "no '$1'" && e2e_show; fi
}

names() {
	ncrun rootfs list --names | tr '\n' ' '
}

digest=$(sha256sum "$releases/$file")
digest=${digest%% *}
listing "$digest"
serve
e2e_status=0
trap 'e2e_status=$?; kill $server; e2e_end $e2e_status' EXIT

# ---- from a mirror -----------------------------------------------------------------------
pull() {
	ncrun rootfs pull --arch x86_64 --mirror "$mirror" "$@"
}
expect_out 'alpine: ' pull alpine
expect_same '' "$(cat "$work/err")" "no bar where there is no terminal"
expect_out "\"digest\":\"$digest\"" pull --json alpine:3.20
expect_exit 0 env NCRUN_ALPINE_MIRROR="$mirror" ncrun rootfs pull --arch x86_64 alpine:3.20.3 exact
expect_same 'alpine alpine-3.20 exact ' "$(names)" "each has its name"
expect_out "$mirror/latest-stable/releases/x86_64/$file" ncrun rootfs inspect alpine
expect_out 'Alpine Linux v3.20' ncrun rootfs list

# ---- from a mirror that lies ----------------------------------------------------------------
listing "$(printf '%064d' 7)"
before=$(ncrun rootfs list --json)
expect_refusal 1 "pull 'alpine:3.20': wrong checksum: '$mirror" pull alpine:3.20
expect_refusal 1 "wrong checksum" pull alpine:3.20.3
listing "$digest"
head -c 1000000 "$NCRUN_TEST_ALPINE" >"$releases/$file"
expect_refusal 1 "were promised" pull alpine:3.20 other
expect_refusal 1 "the server answers 404" pull alpine:3.99
expect_refusal 2 "not a version of Alpine" pull alpine:tomorrow
expect_refusal 2 "only alpine[:VERSION] and docker://IMAGE" pull debian
expect_refusal 2 "not a URL with http:// or https://" ncrun rootfs pull --mirror file:///srv alpine
expect_refusal 2 "image name '/etc'" pull alpine /etc
expect_refusal 1 "$nowhere/latest-stable" ncrun rootfs pull --mirror $nowhere alpine
expect_refusal 1 "apt-get install skopeo" env PATH=/nonexistent "$(command -v ncrun)" rootfs pull docker://nginx
expect_same "$before" "$(ncrun rootfs list --json)" "refused pulls change nothing"
expect_same '' "$(ls "$NCRUN_STORE/tmp")" "and leave nothing"

# ---- by starting a node ------------------------------------------------------------------------
need_root
cp "$NCRUN_TEST_ALPINE" "$releases/$file"
ncrun rootfs rm alpine alpine-3.20 exact
node() {
	ncrun node --rootfs alpine "$@"
}
expect_exit 0 env NCRUN_PULL=never ncrun node --rootfs alpine -- grep -q 'ID=ncrun-embedded' /etc/os-release
expect_same 1 "$(wc -l <"$work/err")" "the embedded image serves with one line of notice"
said 'which it is not'
expect_exit 0 node --mirror $nowhere -- grep -q 'ID=ncrun-embedded' /etc/os-release
expect_exit 0 node --mirror $nowhere -- true
said 'was out of reach'
expect_exit 125 node --pull always --mirror $nowhere -- true
expect_exit 125 ncrun node --rootfs alpine:3.20 --pull never -- true
said "alpine:3.20' is not in the store"
if [ "$(uname -m)" = x86_64 ]; then
	expect_out 3.20.3 node --mirror "$mirror" -- cat /etc/alpine-release
	expect_exit 0 node --mirror $nowhere -- true
	expect_same '' "$(cat "$work/err")" "what is in the store needs no mirror"
fi
expect_exit 125 ncrun node --rootfs alpien -- true
said "did you mean 'alpine'"
