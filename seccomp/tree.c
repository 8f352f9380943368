/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Theory of operation: libseccomp's program (without conditions) is a function of
 * two numbers, and only changes its mind at the numbers that its jumps compare
 * with. So running it once at each of these, and right behind them, tells what it
 * says of every number there is; neighbours of one mind become one range.
 */

#include "seccomp/tree.h"

#include <linux/seccomp.h>
#include <stdlib.h>

#include "base/error.h"
#include "seccomp/evaluate.h"

#define NO_MACHINE 0 /* of any AUDIT_ARCH_* */

/* What becomes of the system calls from @first to the next range's. */
struct range {
	uint32_t first;
	uint32_t said;
	const struct guard *guard; /* borrowed; NULL = as @said */
};

struct ranges {
	struct range *list; /* owned */
	size_t count;
};

static void ranges_done(struct ranges *ranges)
{
	free(ranges->list);
}

bool tree_understands(const struct program *decider)
{
	for (size_t i = 0; i < decider->count; i++) {
		const struct sock_filter *at = &decider->instructions[i];

		switch (at->code) {
		case PROGRAM_LOAD:
			if (at->k != offsetof(struct seccomp_data, nr) &&
			    at->k != offsetof(struct seccomp_data, arch))
				return false;
			break;
		case PROGRAM_JA:
		case PROGRAM_JEQ:
		case PROGRAM_JGT:
		case PROGRAM_JGE:
		case PROGRAM_RET:
			break;
		default:
			return false;
		}
	}
	return true;
}

static int compare_borders(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a;
	uint32_t y = *(const uint32_t *)b;

	return x < y ? -1 : x > y;
}

/* The numbers at which a verdict may begin; twice is no harm. */
static size_t find_borders(const struct tree *tree, uint32_t *ret)
{
	size_t count = 0;

	ret[count++] = 0;
	for (size_t i = 0; i < tree->decider->count; i++) {
		const struct sock_filter *at = &tree->decider->instructions[i];

		if (BPF_CLASS(at->code) != BPF_JMP || at->code == PROGRAM_JA)
			continue;
		ret[count++] = at->k;
		ret[count++] = at->k + 1;
	}
	for (size_t i = 0; i < tree->guard_count; i++) {
		ret[count++] = tree->guards[i].number;
		ret[count++] = tree->guards[i].number + 1;
	}
	qsort(ret, count, sizeof(*ret), compare_borders);
	return count;
}

static uint32_t decide(const struct tree *tree, uint32_t audit, uint32_t number)
{
	const struct seccomp_data data = {.nr = (int)number, .arch = audit};

	return program_evaluate(tree->decider->instructions, tree->decider->count, &data);
}

static const struct guard *find_guard(const struct tree *tree, uint32_t audit, uint32_t number)
{
	for (size_t i = 0; i < tree->guard_count; i++) {
		if (tree->guards[i].audit == audit && tree->guards[i].number == number)
			return &tree->guards[i];
	}
	return NULL;
}

static int find_ranges(const struct tree *tree, uint32_t audit, struct ranges *ret,
		       struct ncrun_error *err)
{
	size_t most = 1 + 2 * (tree->decider->count + tree->guard_count);
	_cleanup_free_ uint32_t *borders = calloc(most, sizeof(*borders));
	size_t count;

	ret->list = calloc(most, sizeof(*ret->list));
	if (!borders || !ret->list)
		return error_errno(err, "compile a seccomp filter");
	count = find_borders(tree, borders);
	for (size_t i = 0; i < count; i++) {
		struct range range = {
			.first = borders[i],
			.said = decide(tree, audit, borders[i]),
			.guard = find_guard(tree, audit, borders[i]),
		};
		const struct range *last = ret->count ? &ret->list[ret->count - 1] : NULL;

		if (last && last->guard == range.guard && (range.guard || last->said == range.said))
			continue;
		ret->list[ret->count++] = range;
	}
	return 0;
}

/* NOLINTNEXTLINE(misc-no-recursion): as deep as the logarithm of 4096 */
static int append_ranges(const struct tree *tree, const struct range *ranges, size_t count,
			 struct program *program, struct ncrun_error *err)
{
	size_t middle = count / 2;
	size_t opened = 0;
	int r;

	if (count == 1 && ranges->guard)
		return guard_append(ranges->guard, tree->default_action, program, err);
	if (count == 1)
		return program_append(program, PROGRAM_RET, ranges->said, err);
	r = program_open(program, PROGRAM_JGE, ranges[middle].first, &opened, err);
	if (r == 0)
		r = append_ranges(tree, ranges + middle, count - middle, program, err);
	if (r == 0)
		r = program_close(program, opened, err);
	return r < 0 ? r : append_ranges(tree, ranges, middle, program, err);
}

static int append_machine(const struct tree *tree, uint32_t audit, struct program *program,
			  struct ncrun_error *err)
{
	_cleanup_(ranges_done) struct ranges ranges = {0};
	size_t opened = 0;
	int r;

	r = find_ranges(tree, audit, &ranges, err);
	if (r == 0)
		r = program_open(program, PROGRAM_JEQ, audit, &opened, err);
	if (r == 0)
		r = program_append(program, PROGRAM_LOAD, offsetof(struct seccomp_data, nr), err);
	if (r == 0)
		r = append_ranges(tree, ranges.list, ranges.count, program, err);
	return r < 0 ? r : program_close(program, opened, err);
}

int tree_append(const struct tree *tree, struct program *program, struct ncrun_error *err)
{
	int r;

	r = program_append(program, PROGRAM_LOAD, offsetof(struct seccomp_data, arch), err);
	for (size_t i = 0; r == 0 && i < tree->audit_count; i++)
		r = append_machine(tree, tree->audits[i], program, err);
	return r < 0 ? r : program_append(program, PROGRAM_RET, decide(tree, NO_MACHINE, 0), err);
}
