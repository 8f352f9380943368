/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* BPF programs put together in C, and their maps; for the files of this folder. */

#include <linux/bpf.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <ncrun/error.h>

#define BPF_CODE_MAX   512
#define BPF_LABELS_MAX 32

/** struct bpf_code - instructions, and jumps to places that are not known yet */
struct bpf_code {
	struct bpf_insn insns[BPF_CODE_MAX];
	size_t count;
	int16_t labels[BPF_LABELS_MAX];   /* where each is; -1 = not placed */
	int16_t jump_label[BPF_CODE_MAX]; /* to which an instruction jumps; -1 = it does not */
	bool failed;
};

void bpf_code_begin(struct bpf_code *code);
/** Resolve the jumps; false if it became too long, or a label was never placed. */
bool bpf_code_end(struct bpf_code *code);
void bpf_label(struct bpf_code *code, int label);

/* Registers are BPF_REG_0 to BPF_REG_10. */
void bpf_move(struct bpf_code *code, int to, int from);
void bpf_set(struct bpf_code *code, int to, int32_t value);
void bpf_set64(struct bpf_code *code, int to, uint64_t value);
void bpf_set_map(struct bpf_code *code, int to, int map_fd);
/** @operation: BPF_ADD, BPF_MUL, BPF_XOR, BPF_RSH, ... of 64 bits. */
void bpf_math(struct bpf_code *code, int operation, int to, int from);
void bpf_math_value(struct bpf_code *code, int operation, int to, int32_t value);
/** From network order, of 16 bits. */
void bpf_from_be16(struct bpf_code *code, int reg);
/** @size: BPF_B, BPF_H, BPF_W, BPF_DW. */
void bpf_load(struct bpf_code *code, int size, int to, int base, int16_t offset);
void bpf_store(struct bpf_code *code, int size, int base, int16_t offset, int from);
/** Add to 64 bits in memory; @from then has what was there if @fetch (Linux 5.12). */
void bpf_atomic_add(struct bpf_code *code, int base, int16_t offset, int from, bool fetch);
void bpf_call(struct bpf_code *code, int helper);
void bpf_exit(struct bpf_code *code);
void bpf_jump(struct bpf_code *code, int label);
/** @condition: BPF_JEQ, BPF_JNE, BPF_JLT, BPF_JGE, ... */
void bpf_jump_if(struct bpf_code *code, int condition, int reg, int32_t value, int label);
void bpf_jump_if_reg(struct bpf_code *code, int condition, int reg, int other, int label);

/* ---- the kernel -------------------------------------------------------------------------- */

/** A new map of @type; its descriptor. @name: at most 15 letters, digits and underscores. */
int bpf_map_create(uint32_t type, const char *name, uint32_t key_size, uint32_t value_size,
		   uint32_t entries);
int bpf_map_read(int fd, const void *key, void *ret);
int bpf_map_write(int fd, const void *key, const void *value);
/** A program for tc; its descriptor. */
int bpf_program_load(const struct bpf_code *code, const char *name, struct ncrun_error *err);
/** The map with that name of the program with that id; its descriptor, or a negative errno. */
int bpf_map_of_program(uint32_t program_id, const char *name);
