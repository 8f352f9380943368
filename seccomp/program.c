/* SPDX-License-Identifier: Apache-2.0 */

#include "seccomp/program.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/error.h"

void program_done(struct program *program)
{
	free(program->instructions);
	*program = (struct program){0};
}

int program_append(struct program *program, uint16_t code, uint32_t value, struct ncrun_error *err)
{
	if (program->count == BPF_MAXINSNS)
		return error_set(err, E2BIG, "the seccomp filter is longer than %d instructions",
				 BPF_MAXINSNS);
	if (array_grow((void **)&program->instructions, program->count,
		       sizeof(struct sock_filter)) < 0)
		return error_set(err, ENOMEM, "compile a seccomp filter");
	program->instructions[program->count++] = (struct sock_filter){code, 0, 0, value};
	return 0;
}

int program_append_all(struct program *program, const struct program *other,
		       struct ncrun_error *err)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < other->count; i++) {
		r = program_append(program, 0, 0, err);
		if (r == 0)
			program->instructions[program->count - 1] = other->instructions[i];
	}
	return r;
}

int program_open(struct program *program, uint16_t code, uint32_t value, size_t *ret_opened,
		 struct ncrun_error *err)
{
	*ret_opened = program->count;
	return program_append(program, code, value, err);
}

/* A conditional jump reaches 255 instructions; further takes a second one, and
 * the block moves, which relative jumps allow. */
int program_close(struct program *program, size_t opened, struct ncrun_error *err)
{
	size_t length = program->count - opened - 1;
	struct sock_filter *block;
	int r;

	if (length <= UINT8_MAX) {
		program->instructions[opened].jf = (uint8_t)length;
		return 0;
	}
	r = program_append(program, 0, 0, err);
	if (r < 0)
		return r;
	block = &program->instructions[opened + 1];
	memmove(block + 1, block, length * sizeof(*block));
	*block = (struct sock_filter){PROGRAM_JA, 0, 0, (uint32_t)length};
	program->instructions[opened].jt = 1;
	return 0;
}
