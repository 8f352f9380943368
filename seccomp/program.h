/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* BPF instructions that grow. */

#include <linux/bpf_common.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdint.h>

#include <ncrun/error.h>

#define PROGRAM_LOAD (BPF_LD | BPF_W | BPF_ABS)
#define PROGRAM_AND  (BPF_ALU | BPF_AND | BPF_K)
#define PROGRAM_JEQ  (BPF_JMP | BPF_JEQ | BPF_K)
#define PROGRAM_JGT  (BPF_JMP | BPF_JGT | BPF_K)
#define PROGRAM_JGE  (BPF_JMP | BPF_JGE | BPF_K)
#define PROGRAM_JA   (BPF_JMP | BPF_JA)
#define PROGRAM_RET  (BPF_RET | BPF_K)

/** Where the halves of an argument lie: offsets for PROGRAM_LOAD. */
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define PROGRAM_LOW(argument)  ((uint32_t)offsetof(struct seccomp_data, args) + 8 * (argument))
#define PROGRAM_HIGH(argument) (PROGRAM_LOW(argument) + 4)
#else
#define PROGRAM_HIGH(argument) ((uint32_t)offsetof(struct seccomp_data, args) + 8 * (argument))
#define PROGRAM_LOW(argument)  (PROGRAM_HIGH(argument) + 4)
#endif

/** struct program - zero-initialised is empty */
struct program {
	struct sock_filter *instructions; /* owned */
	size_t count;
};

void program_done(struct program *program);
/** -E2BIG beyond what the kernel loads. */
int program_append(struct program *program, uint16_t code, uint32_t value, struct ncrun_error *err);
/** Append what @other holds. */
int program_append_all(struct program *program, const struct program *other,
		       struct ncrun_error *err);

/** A block that runs if a jump of @code is taken; *@ret_opened is for program_close(). */
int program_open(struct program *program, uint16_t code, uint32_t value, size_t *ret_opened,
		 struct ncrun_error *err);
/** The end of the block: where the program goes on otherwise. */
int program_close(struct program *program, size_t opened, struct ncrun_error *err);
