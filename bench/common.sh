# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=sh
#
# What the parts of `make bench` share; they are in the tree's folder when they read it. A part runs
# by itself, too, and prints its own table then.

set -eu
[ "$(id -u)" = 0 ] || {
	echo "bench: needs root, as what it measures does" >&2
	exit 1
}

# A part in namespaces of its own: FLAGs of unshare(1). /run is in memory there, as it is where
# systemd booted: all runtimes keep their states in it. What it returns in is those namespaces.
in_private() { # FLAG...
	[ -z "${NCRUN_BENCH_PRIVATE:-}" ] || return 0
	# shellcheck disable=SC2016 # for the shell inside
	NCRUN_BENCH_PRIVATE=yes exec unshare --mount "$@" sh -c 'mount -t tmpfs tmpfs /run; exec "$0"' "$0"
}

# Whatever is measured becomes one line of the results: see bench/table.
sample() { # WHAT WHO UNIT VALUE
	printf '%s\t%s\t%s\t%s\t%s\n' "${0##*/}" "$@" >>"$NCRUN_BENCH_RESULTS"
}

now() { # milliseconds
	echo $(($(date +%s%N) / 1000000))
}

compile() { # SOURCE OUTPUT FLAG...
	source=$1 output=$2
	shift 2
	cc -std=gnu17 -D_GNU_SOURCE -iquote . -Ilib -O2 "$@" -o "$output" "$source"
}

# Those of the file $work/list, in turns: NAME, a tab, a command (bench/bench.c). The times are
# samples of WHAT, or only in the file $work/times.
take_turns() { # ROUNDS [WHAT]
	[ -x "$work/bench" ] || compile bench/bench.c "$work/bench"
	"$work/bench" "$1" "$work/list" >"$work/times" 2>"$work/errors" || {
		sort -u "$work/errors" >&2
		return 1
	}
	grep '^bench:' "$work/errors" | sort -u >&2 || true # the rest are notices
	[ -z "${2:-}" ] || awk -F '\t' -v OFS='\t' -v part="${0##*/}" -v what="$2" '{ print part, what, $1, "us", $2 }' \
		"$work/times" >>"$NCRUN_BENCH_RESULTS"
}

contender() { # NAME COMMAND...
	name=$1
	shift
	printf '%s\t%s\n' "$name" "$*" >>"$work/list"
}

alpine_root() { # FOLDER - Alpine's files, or busybox alone
	mkdir -p "$1"
	if [ -f "$archive" ]; then
		tar -xzf "$archive" -C "$1"
		return
	fi
	mkdir -p "$1/bin" "$1/proc" "$1/sys" "$1/dev" "$1/tmp" "$1/etc"
	cp "$(command -v busybox)" "$1/bin/busybox"
	for name in sh true sleep; do ln -s busybox "$1/bin/$name"; done
}

ncrun=$(pwd)/${BUILD:-build}/ncrun
archive=${NCRUN_TEST_ALPINE:-../shared/data/alpine-minirootfs-3.20.3-x86_64.tar.gz}
# shellcheck disable=SC2034 # for the parts
rounds=${ROUNDS:-}
# As in a terminal, where each part begins: "part" by itself shows what it found.
begin() {
	work=$(mktemp -d)
	export NCRUN_STORE="$work/store" NCRUN_STATE="/run/ncrun-bench-${work##*.}" NCRUN_PULL=never
	[ -n "${NCRUN_BENCH_RESULTS:-}" ] || NCRUN_BENCH_RESULTS=$work/results alone=yes
	trap 'finish' EXIT
	trap 'exit 1' INT TERM
}
finish() {
	[ -z "${alone:-}" ] || bench/table <"$NCRUN_BENCH_RESULTS" || true
	"$ncrun" clean >/dev/null 2>&1 || true
	rm -rf "$work" "$NCRUN_STATE"
}
