#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# What the program says of this machine, of profiles, and of itself.

. tests/support/e2e.sh

# ---- doctor ----------------------------------------------------------------------

ncrun doctor >"$work/doctor"
code=$?
ncrun doctor --json >"$work/doctor.json"
expect_same "$code" $? "doctor judges the same in both forms"
case $code in
0) expect_same 1 "$(grep -c '^nodes can start here: ' "$work/doctor")" "doctor says that nodes can start" ;;
1) expect_same 1 "$(grep -c '^no node can start here: ' "$work/doctor")" "doctor says that no node can start" ;;
*) not_ok "doctor ends with 0 or 1, not $code" ;;
esac
for area in kernel namespaces cgroups mounts seccomp programs libraries; do
	expect_same 1 "$(grep -cx "$area" "$work/doctor")" "doctor has the area '$area'"
done
expect_same "$(grep -cE '^  (less|no   |FATAL) ' "$work/doctor")" \
	"$(grep -c '^        do: ' "$work/doctor")" "all that is not in order has a remedy"
expect_same "$(grep -c '"area":' "$work/doctor.json")" \
	"$(grep -cE '^  (ok|less|no|FATAL) ' "$work/doctor")" "both forms hold the same findings"
programs=$(sed -n '/^programs$/,/^$/s/^  [a-z]*  *\([a-z]*\)  .*/\1/p' "$work/doctor" | xargs)
[ "$(id -u)" != 0 ] || expect_same "skopeo dot" "$programs" "only programs that are run are looked for"
expect_true "the JSON says whether nodes can start" grep -q '"nodes_can_start":' "$work/doctor.json"

# ---- version and identity -----------------------------------------------------------

expect_out "$(ncrun --version)" ncrun version
expect_out '"kernel":"'"$(uname -r)" ncrun version --json
expect_refusal 1 "no node" ncrun identify

# ---- seccomp profiles ----------------------------------------------------------------

show() {
	ncrun seccomp show "$@"
}
verdict() { # CALL [OPTION]... - the verdict on a system call
	verdict_call=$1
	shift
	show "$@" | sed -n "s/^$verdict_call  *\(allowed\|refused: [A-Z]*\)  *.*/\1/p" | sort -u | xargs
}
expect_same 'allowed' "$(verdict write)" "the default profile allows write"
expect_same 'refused: EPERM' "$(verdict mount)" "the default profile refuses mount"
expect_same 'allowed' "$(verdict mount --cap-add SYS_ADMIN)" "with SYS_ADMIN it allows mount"
expect_same 'refused: EPERM' "$(verdict mount --cap-add ALL --cap-drop SYS_ADMIN)" \
	"--cap-drop outweighs --cap-add"
expect_out 'all others: refused: ' ncrun seccomp show
expect_out '"default_action":"errno"' ncrun seccomp show --json
expect_out 'ret   allow' ncrun seccomp show --bpf
expect_out '"code":' ncrun seccomp show --bpf --json
lines=$(show --bpf | wc -l)
expect_exit 0 ncrun seccomp show --bpf-file "$work/filter"
expect_same $((lines * 8)) "$(wc -c <"$work/filter")" "an instruction has eight bytes"
expect_same $((lines * 8)) "$(show --bpf-file - | wc -c)" "the filter goes to standard output"

cat >"$work/profile.json" <<'END'
{
	"defaultAction": "SCMP_ACT_ERRNO",
	"defaultErrnoRet": 38,
	"syscalls": [
		{"names": ["read"], "action": "SCMP_ACT_ALLOW", "comment": "why \u001b[31m not"},
		{"names": ["write"], "action": "SCMP_ACT_ALLOW",
		 "args": [{"index": 0, "value": 1, "op": "SCMP_CMP_EQ"}]}
	]
}
END
expect_out 'all others: refused: ENOSYS' ncrun seccomp show "$work/profile.json"
expect_same 0 "$(grep -c "$(printf '\033')" "$work/out")" "a profile cannot colour the terminal"
expect_true "a condition is shown" sh -c "ncrun seccomp show '$work/profile.json' | grep -q '^write.*arg0'"
sed 's/SCMP_CMP_EQ/SCMP_CMP_SAME/' "$work/profile.json" >"$work/wrong.json"
expect_refusal 2 "$work/wrong.json:" ncrun seccomp show "$work/wrong.json"
expect_refusal 1 "$work/none.json" ncrun seccomp show "$work/none.json"
expect_refusal 2 "NO_SUCH" ncrun seccomp show --cap-add NO_SUCH
expect_refusal 1 "$work/none/filter" ncrun seccomp show --bpf-file "$work/none/filter"

# ---- which node is this ------------------------------------------------------------------

need_root
program=$(dirname "$(command -v ncrun)")
expect_out default/here ncrun node --rootfs host --name here --volume "$program:/opt/ncrun:ro" -- \
	/opt/ncrun/ncrun identify
expect_out '"network":"lab"' ncrun node --rootfs host --name here --network lab \
	--volume "$program:/opt/ncrun:ro" -- /opt/ncrun/ncrun identify --json
