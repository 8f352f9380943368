#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# An error at one of the system calls of a node's start and end, of ncrun or of its
# children: it ends by itself, well or with a message, and leaves nothing that would
# have to be cleaned. NCRUN_SWEEP_STEP=1 tries every call; the errors take turns, unless
# NCRUN_SWEEP_ERRORS names those that each call shall fail with.

. tests/support/e2e.sh

need_root
need_command strace guard
busybox_root "$work/root"
leaks_begin

step=${NCRUN_SWEEP_STEP:-24}
errors="ENOMEM EMFILE ENOSPC EIO EPERM EINTR EAGAIN EBUSY"

# The calls of all its processes, as strace counts them: NAME and how often one process
# made it so far. Before main() there is nobody to complain, and at the end nobody who
# hears of it; wait4(2) for whoever has ended cannot fail.
calls() {
	strace -f -o "$work/trace" "$@" >/dev/null 2>&1
	awk -v step="$step" '
		/^[0-9]+ +(execve|exit|brk|munmap|arch_prctl|set_tid_address|rt_sigreturn|wait4)/ { next }
		match($2, /^[a-z_0-9]+\(/) {
			name = substr($2, 1, RLENGTH - 1)
			call = name " " ++count[$1, name]
			if (!seen[call]++ && ++n % step == 0)
				print call
		}' "$work/trace" >"$work/calls"
}

# Which of them it was that removes: what cannot be removed is left, to clean.
removes() { # NAME
	case $1 in unlinkat | fstat | newfstatat | faccessat) true ;; *) false ;; esac
}

failing() { # ERROR NAME WHEN COMMAND...
	what="$1 at $2 $3" inject="inject=$2:error=$1:when=$3" name=$2
	shift 3
	timeout -k 1 10 strace -f -o /dev/null -e "$inject" "$@" >/dev/null 2>"$work/err" </dev/null
	code=$?
	case $code-$name in
	0-*) ;;
	127-mprotect) ;; # the command's own
	125-* | 126-* | 127-*) grep -q '^ncrun' "$work/err" || not_ok "$what: $code without a message" ;;
	*) not_ok "$what: exit code $code: $(cat "$work/err")" ;;
	esac
	removes "$name" || [ -z "$(ls "$NCRUN_STATE/default" 2>/dev/null)" ] ||
		not_ok "$what leaves $(ls "$NCRUN_STATE/default"/*), and says: $(cat "$work/err")"
	removes "$name" || [ -z "$(find /sys/fs/cgroup -path '*/default/hurt' 2>/dev/null)" ] ||
		not_ok "$what leaves a group, and says: $(cat "$work/err")"
	ncrun clean >/dev/null || not_ok "$what cannot be cleaned"
}

start() {
	"$@" ncrun node --rootfs "$work/root" --name hurt -- true
}

start env # the filter is cached from here on
start calls
points=0
while read -r name count; do
	for error in ${NCRUN_SWEEP_ERRORS:-${errors%% *}}; do
		start failing "$error" "$name" "$count"
	done
	errors="${errors#* } ${errors%% *}"
	points=$((points + 1))
done <"$work/calls"
expect_true "a start met an error at $points calls" test "$points" -gt $((400 / step))

# A disk that is full, and a process that is out of descriptors, stay so.
while read -r error name; do
	start failing "$error" "$name" 1+
	start failing "$error" "$name" 4+
done <<END
ENOSPC openat
ENOSPC mkdirat
EMFILE openat
EMFILE open
EMFILE socketpair
END
# What an older kernel, or a filter around us, lacks is said, with where to read on.
for name in openat2 clone3 mount_setattr open_tree statx; do
	start failing ENOSYS "$name" 1+
	expect_same 125 "$code" "without $name no node starts"
	expect_same 1 "$(grep -c 'not implemented (see: ncrun doctor)' "$work/err")" "and ncrun says why"
done
# What init could not write down, its own end tells.
expect_exit 3 strace -f -o /dev/null -e inject=pwrite64:error=EIO \
	ncrun node --rootfs "$work/root" -- sh -c 'exit 3'
# What cannot be looked at when it is to be removed is left to clean, and that is said.
start calls
last=$(grep -Ec "^$(awk '{print $1; exit}' "$work/trace") +newfstatat\(" "$work/trace")
start failing EIO newfstatat "$last"
expect_same 125 "$code" "a folder that cannot be looked at"
expect_same 1 "$(grep -c "state directory of 'hurt'" "$work/err")" "and ncrun says which"
start failing ENOSYS pidfd_open 1+
expect_same 0 "$code" "a node starts without pidfd_open"
leaks_end "nothing is left of a start that met an error"
