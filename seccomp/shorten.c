/* SPDX-License-Identifier: Apache-2.0 */

#include "seccomp/shorten.h"

#include <stdbool.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "base/error.h"

/* A return like the one at @target that a jump from @from reaches: one that is
 * @wanted already, else the farthest, which most of the jumps to come reach too. */
static size_t choose_twin(const struct program *program, size_t from, size_t target, bool *wanted)
{
	const struct sock_filter *list = program->instructions;
	size_t end = from + 1 + UINT8_MAX;
	size_t found = target;

	if (list[target].code != PROGRAM_RET)
		return target;
	for (size_t i = from + 1; i <= end && i < program->count; i++) {
		if (list[i].code != PROGRAM_RET || list[i].k != list[target].k)
			continue;
		found = i;
		if (wanted[i])
			break;
	}
	wanted[found] = true;
	return found;
}

static bool is_conditional(const struct sock_filter *at)
{
	return BPF_CLASS(at->code) == BPF_JMP && at->code != PROGRAM_JA;
}

static void share_returns(struct program *program, bool *wanted)
{
	for (size_t i = 0; i < program->count; i++) {
		struct sock_filter *at = &program->instructions[i];

		if (!is_conditional(at))
			continue;
		at->jt = (uint8_t)(choose_twin(program, i, i + 1 + at->jt, wanted) - i - 1);
		at->jf = (uint8_t)(choose_twin(program, i, i + 1 + at->jf, wanted) - i - 1);
	}
}

/* All jumps lead forward, so one pass finds what is reached. */
static void mark_reached(const struct program *program, bool *ret)
{
	ret[0] = true;
	for (size_t i = 0; i < program->count; i++) {
		const struct sock_filter *at = &program->instructions[i];

		if (!ret[i] || at->code == PROGRAM_RET)
			continue;
		if (at->code == PROGRAM_JA) {
			ret[i + 1 + at->k] = true;
		} else if (is_conditional(at)) {
			ret[i + 1 + at->jt] = true;
			ret[i + 1 + at->jf] = true;
		} else {
			ret[i + 1] = true;
		}
	}
}

int program_shorten(struct program *program, struct ncrun_error *err)
{
	_cleanup_free_ bool *reached = calloc(program->count + 1, sizeof(*reached));
	_cleanup_free_ bool *wanted = calloc(program->count + 1, sizeof(*wanted));
	_cleanup_free_ size_t *place = calloc(program->count + 1, sizeof(*place));
	struct sock_filter *list = program->instructions;
	size_t kept = 0;

	if (!reached || !wanted || !place)
		return error_errno(err, "compile a seccomp filter");
	share_returns(program, wanted);
	mark_reached(program, reached);
	for (size_t i = 0; i < program->count; i++) {
		place[i] = kept;
		kept += reached[i];
	}
	for (size_t i = 0; i < program->count; i++) {
		struct sock_filter at = list[i];

		if (!reached[i])
			continue;
		if (at.code == PROGRAM_JA) {
			at.k = (uint32_t)(place[i + 1 + at.k] - place[i] - 1);
		} else if (is_conditional(&at)) {
			at.jt = (uint8_t)(place[i + 1 + at.jt] - place[i] - 1);
			at.jf = (uint8_t)(place[i + 1 + at.jf] - place[i] - 1);
		}
		list[place[i]] = at;
	}
	program->count = kept;
	return 0;
}
