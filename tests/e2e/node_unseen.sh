#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# A node whose state is damaged, and an ncrun that has no memory or descriptors to look for its
# process: what may run is neither said to have ended nor removed.

. tests/support/e2e.sh

need_root
need_command damage faults unshare
busybox_root "$work/root"
leaks_begin

# Whichever file it is that cannot be opened. Among few processes, so that those of each are tried.
cat >"$work/inside" <<'END'
ncrun node -d --rootfs "$1/root" --name p -- sleep 100000 >/dev/null
pid=$(ncrun list | sed -n 's/^p  *running  *\([0-9]*\) .*/\1/p')
damage flip "$NCRUN_STATE/default/p/state" 99
told=0 harm=0
for at in $(seq 40); do
	faults --only openat --error ENOMEM --at "$at" --report "$1/report" -- ncrun clean >"$1/said" 2>&1
	! grep -q "node 'p': .*(whether the node runs is not known: Cannot allocate memory)" "$1/said" || told=$((told + 1))
	[ "$(cat "/proc/$pid/comm")" = ncrun-init ] || harm=$((harm + 1))
done
[ $told -gt 3 ] && echo "told, $harm times harmed"
ncrun rm --force p
END
expect_same "told, 0 times harmed" "$(unshare --pid --fork --mount-proc sh "$work/inside" "$work" 2>&1)" "clean: no memory at an openat"

# Nor does anything run of which nobody could see that it does.
expect_refusal 125 "status: write it to the node's state: No space left on device" \
	faults --tree --only pwrite64 --error ENOSPC --at 1 --report "$work/report" -- ncrun node -d --rootfs "$work/root" --name w -- sleep 100000
expect_exit 0 faults --tree --only pwrite64 --error EINTR --at 1 --report "$work/report" -- ncrun node -d --rootfs "$work/root" --name w -- sleep 100000
expect_out "running" ncrun list
expect_exit 0 ncrun rm --force w
for at in 1 2; do
	expect_exit 0 faults --tree --only wait4 --error EINTR --at $at --report "$work/report" -- ncrun node --rootfs "$work/root" -- true
done

printf 'name: net\nnodes: {a: {rootfs: %s}}\n' "$work/root" >"$work/net.yaml"
ncrun up "$work/net.yaml" >/dev/null
ncrun node -d --rootfs "$work/root" --name w -- sleep 100000 >/dev/null
pid=$(ncrun list | sed -n 's/^w  *running  *\([0-9]*\) .*/\1/p')
state=$NCRUN_STATE/default/w/state

# What could not be looked at for once is neither left out nor called damaged.
each() { # CALL ERROR COMMAND... - the fault at each such call; what is told in $work/told
	each_call=$1 each_error=$2 each_n=0
	shift 2
	: >"$work/told"
	while each_n=$((each_n + 1)); do
		faults --only "$each_call" --error "$each_error" --at $each_n --report "$work/report" -- "$@" >"$work/out" 2>"$work/err"
		each_code=$?
		grep -q ^hit "$work/report" || break
		cat "$work/err" >>"$work/told"
		[ $each_code != 0 ] || [ "$1 $2" = "ncrun clean" ] || grep -q "^w  *running  *$pid \|^net  *up " "$work/out" ||
			not_ok "$* without $each_call $each_n: $(cat "$work/out" "$work/err")"
	done
	expect_true "$*, $each_error of each of $((each_n - 1)) $each_call" [ $each_n -gt 3 ]
}
each openat EMFILE ncrun list --all
expect_true "what could not be read is told" grep -q "^ncrun list: .*Too many open files" "$work/told"
each openat EMFILE ncrun list --networks
each newfstatat,fstat,fstatat64 ENOMEM ncrun list --networks
each faccessat,faccessat2 EIO ncrun clean
expect_true "and that it could not be seen whose a group is" grep -q "look for node 'default/w': " "$work/told"
others=0
for at in $(seq 40); do
	mkdir -p "$NCRUN_STATE/default/zz"
	echo cut >"$NCRUN_STATE/default/zz/state"
	: >"$NCRUN_STATE/default/zz/status"
	faults --only openat --error EIO --at "$at" -- ncrun clean >"$work/out" 2>&1
	[ $? = 1 ] && grep -q "/w'\|'w'" "$work/out" && [ ! -e "$NCRUN_STATE/default/zz" ] && others=$((others + 1))
done
rm -rf "$NCRUN_STATE/default/zz"
expect_true "one that cannot be looked at does not keep the others ($others times)" [ "$others" -gt 0 ]
expect_exit 0 ncrun exec w true
expect_exit 0 ncrun down net
damage flip "$state" 99

runs() { [ "$(cat "/proc/$pid/comm")" = ncrun-init ] && [ -s "$state" ]; }
# unseen ERROR OPTIONS COMMAND - it says that it could not look, and why
unseen() {
	# shellcheck disable=SC2086 # words
	faults $2 --report "$work/report" -- ncrun $3 >"$work/out" 2>&1
	[ $? = 1 ] || { [ "${3%% *}" = inspect ] && grep -q "broken" "$work/out"; } || return 1
	runs && grep -q "node 'w': it is not as it was written (whether the node runs is not known: $1)" "$work/out"
}

for command in "clean" "clean --dry-run" "rm w" "rm --force w" "inspect w"; do
	expect_true "$command: no descriptors" unseen "Too many open files" "--only pidfd_open --error EMFILE --at 1 --sticky" "$command"
done
expect_true "clean: no memory" unseen "Cannot allocate memory" "--only pidfd_open --error ENOMEM --at 1 --sticky" clean

# However many are damaged, a list waits once; and not at all for those of a newer ncrun.
waits() {
	faults --only clock_nanosleep --report "$work/report" -- ncrun list --all >"$work/out"
	echo "$(sed -n 's/^calls //p' "$work/report") for $(grep -c ' broken ' "$work/out")"
}
one=$(waits)
for n in 1 2 3 4 5 6 7 8 9; do
	mkdir "$NCRUN_STATE/default/x$n"
	echo cut >"$NCRUN_STATE/default/x$n/state"
	: >"$NCRUN_STATE/default/x$n/status"
done
expect_same "${one%% *} for 10" "$(waits)" "a list waits as long for ten as for one: $one"
expect_same "w x1 x2 x3 x4 x5 x6 x7 x8 x9 " "$(ncrun list --all --names | tr '\n' ' ')" "they are in order"
expect_exit 1 ncrun clean
expect_same "removed: 9 broken nodes, 18 stray files" "$(cat "$work/out")" "what is left of nine is removed"
expect_same "w" "$(ncrun list --all --names)" "though one before them cannot be"
expect_exit 0 ncrun rm --force w
ncrun node -d --rootfs "$work/root" --name w -- sleep 100000 >/dev/null
cp "$state" "$work/state"
damage seal "$state" 2
expect_same "0 for 1" "$(waits)" "a list does not wait for one of a newer ncrun"
cat "$work/state" >"$state"

# That one is not this ncrun's to remove, even when it has ended.
expect_exit 0 ncrun kill --all w
ncrun wait w >"$work/out"
damage seal "$state" 2
expect_refusal 1 "it is of a newer ncrun (format 2, not 1)" ncrun clean
expect_true "it is left alone" test -s "$state"
cat "$work/state" >"$state"
expect_exit 0 ncrun rm w
leaks_end
