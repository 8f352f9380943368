/* SPDX-License-Identifier: Apache-2.0 */

#include "cli/bpf.h"

#include <linux/seccomp.h>
#include <stdint.h>
#include <string.h>

static const char *alu_name(uint16_t code)
{
	static const char *const names[] = {"add", "sub", "mul", "div", "or", "and",
					    "lsh", "rsh", "neg", "mod", "xor"};
	size_t index = BPF_OP(code) >> 4;

	return index < sizeof(names) / sizeof(names[0]) ? names[index] : "alu?";
}

static const char *jump_name(uint16_t code)
{
	static const char *const names[] = {"ja", "jeq", "jgt", "jge", "jset"};
	size_t index = BPF_OP(code) >> 4;

	return index < sizeof(names) / sizeof(names[0]) ? names[index] : "j?";
}

/* Fields of struct seccomp_data; an argument is two words. */
static void print_offset(struct text *out, uint32_t offset)
{
	static const char *const fields[] = {"nr", "arch", "ip.low", "ip.high"};
	const uint32_t args = offsetof(struct seccomp_data, args);

	if (offset % 4 != 0 || offset >= sizeof(struct seccomp_data))
		text_printf(out, "[%u]", offset);
	else if (offset < args)
		text_append(out, fields[offset / 4]);
	else
		text_printf(out, "arg%u.%s", (offset - args) / 8,
			    (offset - args) % 8 == 0 ? "low" : "high");
}

static void print_verdict(struct text *out, uint32_t verdict)
{
	static const struct {
		uint32_t action;
		const char *name;
	} actions[] = {
		{SECCOMP_RET_KILL_PROCESS, "kill-process"},
		{SECCOMP_RET_KILL_THREAD, "kill-thread"},
		{SECCOMP_RET_TRAP, "trap"},
		{SECCOMP_RET_ERRNO, "errno"},
		{SECCOMP_RET_USER_NOTIF, "notify"},
		{SECCOMP_RET_TRACE, "trace"},
		{SECCOMP_RET_LOG, "log"},
		{SECCOMP_RET_ALLOW, "allow"},
	};
	uint32_t data = verdict & SECCOMP_RET_DATA;

	for (size_t i = 0; i < sizeof(actions) / sizeof(actions[0]); i++) {
		if (actions[i].action != (verdict & SECCOMP_RET_ACTION_FULL))
			continue;
		text_append(out, actions[i].name);
		if (actions[i].action == SECCOMP_RET_ERRNO && strerrorname_np((int)data))
			text_printf(out, " %s", strerrorname_np((int)data));
		else if (data != 0)
			text_printf(out, " %u", data);
		return;
	}
	text_printf(out, "0x%x", verdict);
}

static void print_jump(struct text *out, size_t line, const struct sock_filter *i)
{
	if (BPF_OP(i->code) == BPF_JA) {
		text_printf(out, "ja    %zu", line + 1 + i->k);
		return;
	}
	text_printf(out, "%-5s ", jump_name(i->code));
	if (BPF_SRC(i->code) == BPF_X)
		text_append(out, "x");
	else
		text_printf(out, "0x%x", i->k);
	text_printf(out, ", %zu, %zu", line + 1 + i->jt, line + 1 + i->jf);
}

void bpf_print(struct text *out, size_t line, const struct sock_filter *i)
{
	text_printf(out, "%5zu: ", line);
	switch (BPF_CLASS(i->code)) {
	case BPF_LD:
	case BPF_LDX:
		text_append(out, BPF_CLASS(i->code) == BPF_LD ? "ld    " : "ldx   ");
		if (BPF_MODE(i->code) == BPF_ABS)
			print_offset(out, i->k);
		else
			text_printf(out, BPF_MODE(i->code) == BPF_MEM ? "M[%u]" : "%u", i->k);
		break;
	case BPF_ST:
	case BPF_STX:
		text_printf(out, "%-5s M[%u]", BPF_CLASS(i->code) == BPF_ST ? "st" : "stx", i->k);
		break;
	case BPF_ALU:
		text_printf(out, BPF_SRC(i->code) == BPF_X ? "%-5s x" : "%-5s 0x%x",
			    alu_name(i->code), i->k);
		break;
	case BPF_JMP:
		print_jump(out, line, i);
		break;
	case BPF_RET:
		text_append(out, "ret   ");
		if (BPF_RVAL(i->code) == BPF_A)
			text_append(out, "a");
		else
			print_verdict(out, i->k);
		break;
	default:
		text_append(out, BPF_MISCOP(i->code) == BPF_TAX ? "tax" : "txa");
		break;
	}
	text_append_char(out, '\n');
}
