/* SPDX-License-Identifier: Apache-2.0 */

#include "seccomp/evaluate.h"

#include <linux/bpf_common.h>
#include <string.h>

static uint32_t jump(const struct sock_filter *at, uint32_t accumulator)
{
	switch (BPF_OP(at->code)) {
	case BPF_JA:
		return at->k;
	case BPF_JEQ:
		return accumulator == at->k ? at->jt : at->jf;
	case BPF_JGT:
		return accumulator > at->k ? at->jt : at->jf;
	case BPF_JGE:
		return accumulator >= at->k ? at->jt : at->jf;
	case BPF_JSET:
		return accumulator & at->k ? at->jt : at->jf;
	default:
		return UINT32_MAX; /* beyond the end of any program */
	}
}

uint32_t program_evaluate(const struct sock_filter *instructions, size_t count,
			  const struct seccomp_data *data)
{
	uint32_t accumulator = 0;

	for (size_t pc = 0; pc < count; pc++) {
		const struct sock_filter *at = &instructions[pc];
		uint32_t distance;

		switch (at->code) {
		case BPF_LD | BPF_W | BPF_ABS:
			if (at->k % 4 || at->k > sizeof(*data) - 4)
				return SECCOMP_RET_KILL_PROCESS;
			memcpy(&accumulator, (const char *)data + at->k, 4);
			break;
		case BPF_ALU | BPF_AND | BPF_K:
			accumulator &= at->k;
			break;
		case BPF_RET | BPF_K:
			return at->k;
		default:
			if (BPF_CLASS(at->code) != BPF_JMP)
				return SECCOMP_RET_KILL_PROCESS;
			distance = jump(at, accumulator);
			if (distance >= count)
				return SECCOMP_RET_KILL_PROCESS;
			pc += distance;
		}
	}
	return SECCOMP_RET_KILL_PROCESS;
}
