#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# What doctor says of known machines, word for word: tests/golden/doctor has CI's own and the
# VM with each kind of cgroups. Their first lines say which kernels they are for; numbers of
# the machine are left out, and so is the software that may be installed or not.

. tests/support/e2e.sh

need_root
case ${NCRUN_TEST_WHERE:-} in
vm*) golden=tests/golden/doctor/${NCRUN_TEST_WHERE#vm }.out ;;
*) golden=tests/golden/doctor/machine.out ;;
esac
said() {
	ncrun doctor | sed -n '/^programs$/q
		s/^\(  ok    version  *\).*/\1.../
		s/^\(  ok    how many  *\).*/\1.../
		s/on the file system of .*: /on the file system of ...: /
		s/in a kernel module, loaded when it is first used/works/
		p'
}
# shellcheck disable=SC2254 # a pattern
case $(uname -r) in
$(sed -n '1s/^# //p' "$golden")) ;;
*) skip_allowed "no golden output of doctor for Linux $(uname -r)" ;;
esac
said >"$work/said"
sed 1d "$golden" >"$work/golden"
if diff -u "$work/golden" "$work/said" >"$work/diff"; then
	ok "doctor says of this machine what $golden has"
else
	not_ok "doctor says something else than $golden of this machine"
	sed 's/^/# /' "$work/diff"
fi
