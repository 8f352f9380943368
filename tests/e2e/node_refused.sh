#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# Whatever is asked wrongly gets one sentence with the value, exit code 125 or 2, and
# changes nothing on the machine.

. tests/support/e2e.sh

need_root
test_image alpine
mkdir "$work/root" "$work/dir"
: >"$work/file"
ncrun node --rootfs alpine -- true # the filter is kept from here on
leaks_begin
before=$(find "$NCRUN_STORE" | sort | cksum)
node() { ncrun node --rootfs alpine "$@" -- true; }
refused() { expect_refusal 125 "$@"; }
wrong() { expect_refusal 2 "$@"; }

# what runs
wrong "--rootfs" ncrun node -- true
wrong "rlimit" node --rlimit nosuch=1
wrong "0999" node --umask 0999
wrong "banana" node --timeout banana
wrong "--timeout '0': must not be 0" node --timeout 0
refused "image 'ubuntu:22.04': no name in the store has a ':' (try docker://ubuntu:22.04)" \
	ncrun node --rootfs ubuntu:22.04 -- true
wrong "SIGNOPE" node --stop-signal SIGNOPE
wrong "sometimes" node --restart sometimes
wrong "no equals" node --service "no equals"
wrong "twice" node --service "twice"
wrong "1001" node --preserve-fd 1001
wrong "1001" node --oom-score-adj 1001
wrong "=value" node --env "=value"
echo 'export NAME=value' >"$work/env"
wrong "$work/env:1: 'export NAME=value': a blank in the name" node --env-file "$work/env"
wrong "--upper-size '0': must not be 0" node --upper-size 0
wrong "perhaps" node --detach-keys perhaps
refused "service 'main'" node --service main=true
refused "absolute" node --workdir relative
refused "host name" node --hostname "$(printf %065d 0)"
refused "host name '--': begins with '-'" node --hostname
refused "'no.such'" node --user no.such
refused "'no.such'" node --user "0:no.such"
refused "'no.such'" node --group-add no.such
refused "become user 70000: the node has no such id" node --user 70000
refused "become group 70001: the node has no such id" node --user 0:70001
refused "join group 70002: the node has no such id" node --group-add 9 --group-add 70002
refused "before its start" node --time-offset -100000h
# The kernel counts the time since the boot in: before 54 minutes of it the most that can be
# written is not too much.
[ "$(cut -d . -f 1 /proc/uptime)" -lt 3300 ] || refused "or too far on" node --boottime-offset 1281023h
refused "/nosuch" node --workdir /nosuch/../nosuch2
refused "NO_SUCH" node --cap-add NO_SUCH
refused "'kernel.hostname': a node has its host name from --hostname" node --sysctl kernel.hostname=x
refused "kernel.core_pattern" node --sysctl kernel.core_pattern=x
refused "../" node --sysctl net/../../kernel/core_pattern=x
refused "detached" ncrun node --detach --seccomp log --rootfs alpine -- true

# where
refused "network" node --network ../x
refused "'..'" node --name ..
refused "'a/b'" node --name a/b
refused "name" node --name "$(printf 'a\nb')"
wrong "not with --upper" ncrun node --rootfs "$work/root" --writable-root --upper "$work/dir" -- true
refused "not a directory" node --writable-root
refused "$work/none" ncrun node --rootfs "$work/none" -- true
wrong "id map" node --userns host --userns 0:0:1:extra
refused "id 0" node --userns 5:100000:10
refused "relative" node --volume relative:/x
wrong "not an absolute path" node --volume "$work/dir:x"
wrong "bogus" node --volume "$work/dir:/x:bogus"
wrong "bogus" node --tmpfs /x:bogus=1
wrong "1Q" node --tmpfs /x:size=1Q
refused "/proc" node --tmpfs /proc
refused "$work/file" node --upper "$work/file"

# on nodes that are there, or not
ncrun node --detach --name here --rootfs alpine -- sleep 60 >/dev/null
wrong "COMMAND is missing" ncrun exec here
refused "absolute" ncrun exec --workdir relative here -- true
refused "'no.such'" ncrun exec --user no.such here -- true
refused "'gone'" ncrun exec gone -- true
wrong "absolute path" ncrun cp "$work/dir" here:relative
expect_refusal 1 "/no/such/place" ncrun cp "$work/dir" here:/no/such/place
expect_refusal 1 "/none" ncrun cp "$work/none" here:/tmp
expect_refusal 1 "no file, directory or link" ncrun cp here:/dev/null "$work/null"
refused "has no terminal" ncrun attach here
wrong "NOSUCH" ncrun kill --signal NOSUCH here
expect_same "" "$(ls "$work/dir")" "nothing was made on the machine"
ncrun rm --force here >/dev/null
expect_refusal 1 "no node 'here'" ncrun stop here

expect_same "$before" "$(find "$NCRUN_STORE" | sort | cksum)" "the store is as it was"
expect_same "" "$(ncrun list --all --json | tr -d '[] \n')" "and there is no node"
leaks_end
