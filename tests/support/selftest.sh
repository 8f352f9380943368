#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# The harness itself: leaks are seen, failures counted, and the lint finds what it should.

set -u
. tests/support/e2e.sh
# What the tests of this test do is not what ran.
unset NCRUN_TEST_LEDGER

run_test() { # TEXT-OF-SCRIPT; runs it by a tests/run of its own
	printf '#!/bin/sh\n%s\n' "$1" >"$work/test.sh"
	chmod +x "$work/test.sh"
	NCRUN_TEST_TALLY='' NCRUN_TEST_STRICT='' tests/run --leaks "$work/test.sh"
}

last_line() {
	run_test "$1" | tail -n 1
}

expect_same "1 passed, 0 failed, 0 skipped" "$(last_line 'exit 0')" "a script without TAP counts once"
expect_same "0 passed, 1 failed, 0 skipped" "$(last_line 'exit 3')" "its exit code is its result"
expect_same "0 passed, 0 failed, 1 skipped" "$(last_line 'exit 77')" "77 is a skip"
expect_same "2 passed, 1 failed, 1 skipped" \
	"$(last_line 'echo ok - a; echo ok - b; echo not ok - c; echo "# SKIP d"; exit 1')" "TAP lines are counted"
expect_same "1 passed, 1 failed, 0 skipped" "$(last_line 'echo ok - a; exit 9')" \
	"a test that dies after its last line has failed"
expect_same "1 passed, 1 failed, 0 skipped" "$(last_line 'echo ok - a; setsid sleep 30 & exit 0')" \
	"a process left behind is a failure"
traces >"$work/traces"
expect_same "" "$(grep ^process "$work/traces")" "and it has been ended"
expect_same "1 passed, 1 failed, 0 skipped" "$(last_line 'echo ok - a; touch "$TMPDIR/left"')" \
	"a file left behind is a failure"
expect_same "0 passed, 1 failed, 0 skipped" \
	"$(NCRUN_TEST_TIMEOUT=1 run_test 'sleep 30' | tail -n 1)" "a test has an end"
expect_same "0 passed, 1 failed, 0 skipped" \
	"$(printf '#!/bin/sh\nexit 77\n' >"$work/skip.sh"; chmod +x "$work/skip.sh"
	NCRUN_TEST_TALLY='' NCRUN_TEST_STRICT=1 tests/run "$work/skip.sh" | tail -n 1)" \
	"where nothing may be skipped, a skip is a failure"
if [ "$(id -u)" = 0 ] && unshare -m true 2>/dev/null; then
	# The mount is made in a namespace that is this test's alone.
	printf '#!/bin/sh\nmkdir "$TMPDIR/m"; mount -t tmpfs none "$TMPDIR/m"; echo ok - a\n' >"$work/mount.sh"
	chmod +x "$work/mount.sh"
	expect_true "a mount left behind is seen" sh -c \
		"NCRUN_TEST_TALLY= unshare -m tests/run --leaks '$work/mount.sh' | grep 'left behind: mount on'"
fi

opens() { # SCRIPT - what it leaves open
	rm -f "$work/opened"
	OPENED_REPORT=$work/opened LD_PRELOAD=$(command -v opened.so) bash -c "$1" 6</dev/null
	cat "$work/opened" 2>/dev/null
}
expect_same "bash: 7 is '/dev/null'" "$(opens 'exec 7</dev/null')" "what a program leaves open is told"
expect_same "" "$(opens 'exec 7</dev/null 7<&-')" "what it has closed is not, nor what it was given"

# ---- faults ----------------------------------------------------------------------

fault() { # OPTION... - how a mkdir ends, and whether the folder is there
	faults --only mkdir --at 1 --report "$work/report" "$@" -- mkdir "$work/new" 2>/dev/null
	echo "$? $(cat "$work/report") $([ ! -d "$work/new" ] || echo made)"
	rm -rf "$work/new"
}
expect_same "137 hit 1 mkdir KILL 1 1 signal " "$(fault)" "what is killed on its way into a call does not make it"
expect_same "137 hit 1 mkdir KILL 1 1 signal made" "$(fault --exit)" "on its way out it has made it"
expect_same "1 hit 1 mkdir ENOSPC 1 1 exit " "$(fault --error ENOSPC)" "a call that is told of an error is not made"
expect_same "1 hit 1 mkdir EIO 5 1 exit " "$(fault --error any --turn 2)" "its errors take turns"
expect_same "0 calls 1 made" "$(fault --at 2)" "a call that does not come harms nobody"
faults --changing --at 1 --exit --report "$work/report" -- mkdir "$work/new" 2>/dev/null
expect_same "hit 1 mkdir KILL 1 1 signal" "$(cat "$work/report")" "what only its own process sees is not counted"
rmdir "$work/new"
shell() { # OPTION... - one whose child makes the second chdir, and how the child ended
	faults --only chdir --report "$work/report" "$@" -- sh -c 'cd /; (cd /tmp; exit 3); echo $?' 2>/dev/null
	cat "$work/report"
}
expect_same "3 calls 1" "$(shell --at 2 | xargs)" "calls of children do not count"
expect_same "137 hit 2 chdir KILL 1 2 exit" "$(shell --at 2 --tree | xargs)" "if they are to, a child is hit, and it alone"
expect_same 124 "$(faults --timeout 1 --report "$work/report" -- sleep 30; echo $?)" "a command that is traced has an end"

# ---- lint ------------------------------------------------------------------------

mkdir -p "$work/base" "$work/rootfs" "$work/runtime" "$work/cli"
here=$(pwd)
lint() { # CHECK ARGUMENT...
	check=$here/tests/lint/$1
	shift
	(cd "$work" && "$check" "$@")
}
layers="base rootfs runtime"
printf '#include "base/text.h"\n#include "rootfs/rootfs.h"\n' >"$work/runtime/a.c"
expect_true "an include may point down" lint layers "$layers"
printf '#include "runtime/runtime.h"\n' >"$work/rootfs/a.c"
expect_false "an include may not point up" lint layers "$layers"
printf '#include "rootfs/store.h"\n' >"$work/runtime/a.c"
: >"$work/rootfs/a.c"
expect_false "only the public header of another module may be included" lint layers "$layers"
printf '#include "rootfs/rootfs.h"\n' >"$work/cli/a.c"
: >"$work/runtime/a.c"
expect_false "cli/ sees no module" lint layers "$layers"

spdx='/* SPDX-License-Identifier: Apache-2.0 */'
printf '%s\nint a;\n' "$spdx" >"$work/a.c"
expect_true "plain text is fine" lint text a.c
for bad in '/* TO''DO: later */' '// comment' 'int a; // comment' 'goto out;' 'char p[] = "/wo''rk/x";' 'int a; '; do
	printf '%s\n%s\n' "$spdx" "$bad" >"$work/a.c"
	expect_false "refused in a source: $bad" lint text a.c
done
printf 'int a;\n' >"$work/a.c"
expect_false "a file needs its licence line" lint text a.c
{
	printf 'int f(void)\n{\n'
	seq 81 | sed 's/.*/\tg();/'
	printf '}\n'
} >"$work/a.c"
expect_false "a function of 81 lines is too long" lint functions 80 a.c
sed -i 3d "$work/a.c"
expect_true "one of 80 is not" lint functions 80 a.c

# The commonest filters are answered by a jq of our own, in the words of the real one.
sample='[{"pid":12,"name":"a \"b\"","exit":{"cause":null,"n":-5,"f":1.50},"list":["r",{"k":true}]}]'
for filter in '.[0].pid' '.[0].name' '.[0].exit.cause' '.[0].exit.n' '.[0].exit.f' '.[0].none' '.[7]' '.[7].pid' \
	'.[0].list[1].k' '.[0].list' '.[] | .pid' '.[0] | "\(.pid) of \(.name): \(.exit.cause)"' '"\(.[0].pid) "' \
	'.[0] | "\(.pid > 3)"' 'length'; do
	[ -x /usr/bin/jq ] || break
	expect_same "$(echo "$sample" | /usr/bin/jq -r "$filter")" "$(echo "$sample" | jq -r "$filter")" "jq -r '$filter'"
done
