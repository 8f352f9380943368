#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# timeout: 300
#
# A network cut in two, across a router: the leader's side and the other one; then whole
# again. And what stays of a cut when the network changes.

. tests/support/e2e.sh

need_root
need_command jq traces
leaks_begin

cat >"$work/quorum.yaml" <<-END
	name: quorum
	defaults: {rootfs: host}
	nodes:
	  a: {}
	  b: {}
	  r: {kind: router}
	  c: {}
	  west: {kind: switch}
	  east: {kind: switch}
	links:
	  - [a, west]
	  - [b, west]
	  - [r, west]
	  - [r, east]
	  - [c, east]
END
expect_exit 0 ncrun up "$work/quorum.yaml"

reaches() { # FROM TO [OPTION...] - all requests are answered
	from=$1 to=$2
	shift 2
	expect_exit 0 ncrun ping -q -c 2 -i 1ms -W 2s "$@" "quorum/$from" "$to"
}
is_cut() { # FROM TO [OPTION...] - none is, both ways
	for pair in "$1 $2" "$2 $1"; do
		expect_same "0" "$(ncrun ping --json -c 2 -i 1ms -W 100ms ${3:+"$3"} "quorum/${pair% *}" "${pair#* }" | jq .received)" \
			"${pair% *} does not reach ${pair#* } ${3:-}"
	done
}

expect_out "whole" ncrun partition quorum
expect_exit 0 ncrun partition quorum a / b,c
is_cut a b
is_cut a c
is_cut a c -6
reaches b c
reaches c b -6
reaches a r
reaches r a -6
reaches c r
expect_out "a / b,c: " ncrun partition quorum
expect_same "true" "$(ncrun partition --json quorum | jq '.packets > 8')" "what was dropped is counted"
expect_same '[["a"],["b","c"]]' "$(ncrun partition --json quorum | jq -c .groups)" "the groups as JSON"
# link-local addresses of a neighbour are addresses, too
local_b=$(ncrun exec quorum/b -- sed -n 's/^\(fe80[0-9a-f]*\) .* eth0$/\1/p' /proc/net/if_inet6 | sed 's/..../&:/g; s/:$//')
expect_exit 1 ncrun ping -q -c 1 -W 100ms quorum/a "$local_b"

expect_exit 0 ncrun partition quorum b c
is_cut a b
is_cut r b
reaches b c
expect_out "b,c / all others: " ncrun partition quorum

# what changes later has its part in it
expect_exit 0 ncrun link add quorum/a c
is_cut a c
is_cut a c -6
sed 's/^  c: {}/  c: {env: [NEW=1]}/' "$work/quorum.yaml" >"$work/changed.yaml"
expect_exit 0 ncrun up "$work/changed.yaml"
is_cut a c
reaches b c

expect_out "dropped" ncrun heal quorum
expect_out "whole" ncrun partition quorum
expect_exit 0 ncrun ping --all -q -c 1 quorum
expect_exit 0 ncrun ping --all -6 -q -c 1 quorum
expect_out "0 packets dropped" ncrun heal quorum

# refusals leave things as they are
expect_exit 0 ncrun partition quorum a / b
expect_refusal 2 "node 'a' is in two groups" ncrun partition quorum a,b / a
expect_refusal 2 "node 'a' is named twice" ncrun partition quorum a,a / b
expect_refusal 2 "node 'west' is a switch: it has no addresses" ncrun partition quorum a / west
expect_refusal 1 "no node 'aa' in network 'quorum'" ncrun partition quorum aa / b
expect_refusal 2 "an empty group" ncrun partition quorum a /
expect_refusal 1 "no network 'quora'" ncrun partition quora a / b
expect_refusal 1 "no network 'quora'" ncrun heal quora
expect_out "a / b: " ncrun partition quorum
is_cut a b


# its record cannot be lost unnoticed
for damage in "rm -f" "truncate -s 9"; do
	$damage "$NCRUN_STATE/quorum/.partition"
	for command in "ncrun partition quorum" "ncrun partition quorum a / c" "ncrun inspect quorum" "ncrun up $work/quorum.yaml"; do
		# shellcheck disable=SC2086 # words
		expect_refusal 1 "(make it whole: ncrun heal quorum)" $command
	done
	is_cut a b
	expect_exit 0 ncrun heal quorum
	expect_out "whole" ncrun partition quorum
	reaches a b
	expect_exit 0 ncrun partition quorum a / b
done

expect_exit 0 ncrun down quorum
leaks_end
