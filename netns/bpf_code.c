/* SPDX-License-Identifier: Apache-2.0 */

#include <string.h>

#include "netns/bpf.h"

void bpf_code_begin(struct bpf_code *code)
{
	memset(code, 0, sizeof(*code));
	for (size_t i = 0; i < BPF_LABELS_MAX; i++)
		code->labels[i] = -1;
}

static void emit(struct bpf_code *code, struct bpf_insn insn, int label)
{
	if (code->count == BPF_CODE_MAX) {
		code->failed = true;
		return;
	}
	code->jump_label[code->count] = (int16_t)label;
	code->insns[code->count++] = insn;
}

bool bpf_code_end(struct bpf_code *code)
{
	for (size_t i = 0; i < code->count && !code->failed; i++) {
		int label = code->jump_label[i];

		if (label < 0)
			continue;
		if (code->labels[label] < 0)
			code->failed = true;
		/* relative to the next instruction */
		code->insns[i].off = (int16_t)(code->labels[label] - (int)i - 1);
	}
	return !code->failed;
}

void bpf_label(struct bpf_code *code, int label)
{
	code->labels[label] = (int16_t)code->count;
}

static void plain(struct bpf_code *code, uint8_t operation, int to, int from, int32_t value)
{
	emit(code,
	     (struct bpf_insn){.code = operation,
			       .dst_reg = (uint8_t)to & 0xfu,
			       .src_reg = (uint8_t)from & 0xfu,
			       .imm = value},
	     -1);
}

void bpf_move(struct bpf_code *code, int to, int from)
{
	plain(code, BPF_ALU64 | BPF_MOV | BPF_X, to, from, 0);
}

void bpf_set(struct bpf_code *code, int to, int32_t value)
{
	plain(code, BPF_ALU64 | BPF_MOV | BPF_K, to, 0, value);
}

/* Two instructions make one: the second has the upper half. */
static void set_wide(struct bpf_code *code, int to, int kind, uint64_t value)
{
	plain(code, BPF_LD | BPF_DW, to, kind, (int32_t)(uint32_t)value);
	plain(code, 0, 0, 0, (int32_t)(uint32_t)(value >> 32));
}

void bpf_set64(struct bpf_code *code, int to, uint64_t value)
{
	set_wide(code, to, 0, value);
}

void bpf_set_map(struct bpf_code *code, int to, int map_fd)
{
	set_wide(code, to, BPF_PSEUDO_MAP_FD, (uint32_t)map_fd);
}

void bpf_math(struct bpf_code *code, int operation, int to, int from)
{
	plain(code, (uint8_t)(BPF_ALU64 | operation | BPF_X), to, from, 0);
}

void bpf_math_value(struct bpf_code *code, int operation, int to, int32_t value)
{
	plain(code, (uint8_t)(BPF_ALU64 | operation | BPF_K), to, 0, value);
}

void bpf_from_be16(struct bpf_code *code, int reg)
{
	plain(code, BPF_ALU | BPF_END | BPF_TO_BE, reg, 0, 16);
}

static void memory(struct bpf_code *code, int operation, int to, int from, int16_t offset,
		   int32_t value)
{
	emit(code,
	     (struct bpf_insn){.code = (uint8_t)operation,
			       .dst_reg = (uint8_t)to & 0xfu,
			       .src_reg = (uint8_t)from & 0xfu,
			       .off = offset,
			       .imm = value},
	     -1);
}

void bpf_load(struct bpf_code *code, int size, int to, int base, int16_t offset)
{
	memory(code, BPF_LDX | BPF_MEM | size, to, base, offset, 0);
}

void bpf_store(struct bpf_code *code, int size, int base, int16_t offset, int from)
{
	memory(code, BPF_STX | BPF_MEM | size, base, from, offset, 0);
}

void bpf_atomic_add(struct bpf_code *code, int base, int16_t offset, int from, bool fetch)
{
	memory(code, BPF_STX | BPF_ATOMIC | BPF_DW, base, from, offset,
	       fetch ? BPF_ADD | BPF_FETCH : BPF_ADD);
}

void bpf_call(struct bpf_code *code, int helper)
{
	plain(code, BPF_JMP | BPF_CALL, 0, 0, helper);
}

void bpf_exit(struct bpf_code *code)
{
	plain(code, BPF_JMP | BPF_EXIT, 0, 0, 0);
}

void bpf_jump(struct bpf_code *code, int label)
{
	emit(code, (struct bpf_insn){.code = BPF_JMP | BPF_JA}, label);
}

void bpf_jump_if(struct bpf_code *code, int condition, int reg, int32_t value, int label)
{
	emit(code,
	     (struct bpf_insn){.code = (uint8_t)(BPF_JMP | condition | BPF_K),
			       .dst_reg = (uint8_t)reg & 0xfu,
			       .imm = value},
	     label);
}

void bpf_jump_if_reg(struct bpf_code *code, int condition, int reg, int other, int label)
{
	emit(code,
	     (struct bpf_insn){.code = (uint8_t)(BPF_JMP | condition | BPF_X),
			       .dst_reg = (uint8_t)reg & 0xfu,
			       .src_reg = (uint8_t)other & 0xfu},
	     label);
}
