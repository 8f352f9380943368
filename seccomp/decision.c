/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Theory of operation: a condition on 32 bits is true on a few ranges of numbers.
 * The borders of all conditions on one argument cut its values into segments; in each
 * segment the same verdicts are left over. These are decided by the next argument,
 * and so on until the first of them has no condition left. Segments that end in the
 * same answer are one.
 */

#include "seccomp/decision.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"

#define WORD_BITS    UINT64_C(0xffffffff)
#define VERDICTS_MAX 512 /* more are slow to compile, and longer than the kernel takes anyway */

/* A verdict that may still count; @decided: the arguments that are known to be right. */
struct candidate {
	const struct verdict *verdict;
	unsigned int decided;
};

struct candidates {
	struct candidate *list; /* owned */
	size_t count;
};

/* The values from @first to the next segment's. */
struct segment {
	uint32_t first;
	struct candidates left;
};

struct segments {
	struct segment *list; /* owned, and what is left in each */
	size_t count;
};

struct decision {
	struct program *program; /* borrowed */
	struct action otherwise;
	struct ncrun_error *err;
};

static void segments_done(struct segments *segments)
{
	for (size_t i = 0; i < segments->count; i++)
		free(segments->list[i].left.list);
	free(segments->list);
}

/* The bits that a mask leaves free, if they are the low ones. */
static bool mask_is_a_range(const struct condition *condition, uint64_t *ret_free)
{
	uint64_t free_bits = ~condition->value & condition->width;

	*ret_free = free_bits;
	return (free_bits & (free_bits + 1)) == 0;
}

static bool is_range(const struct condition *condition)
{
	uint64_t ignored;

	return condition->width <= WORD_BITS &&
	       (condition->comparison != COMPARE_MASKED_EQ || mask_is_a_range(condition, &ignored));
}

static const struct condition *condition_on(const struct candidate *candidate, unsigned int index)
{
	const struct verdict *verdict = candidate->verdict;

	for (size_t i = 0; i < verdict->condition_count; i++) {
		if (verdict->conditions[i].index == index && !(candidate->decided & (1u << index)))
			return &verdict->conditions[i];
	}
	return NULL;
}

static bool is_certain(const struct candidate *candidate)
{
	for (unsigned int i = 0; i < CONDITION_MAX; i++) {
		if (condition_on(candidate, i))
			return false;
	}
	return true;
}

/* The answer, if it depends on nothing more. */
static bool find_answer(const struct decision *decision, const struct candidates *candidates,
			struct action *ret)
{
	if (candidates->count && !is_certain(&candidates->list[0]))
		return false;
	*ret = candidates->count ? candidates->list[0].verdict->action : decision->otherwise;
	return true;
}

static bool same_end(const struct decision *decision, const struct candidates *a,
		     const struct candidates *b)
{
	struct action x, y;
	bool x_known = find_answer(decision, a, &x);
	bool y_known = find_answer(decision, b, &y);

	if (x_known || y_known)
		return x_known && y_known && action_equal(x, y);
	if (a->count != b->count)
		return false;
	for (size_t i = 0; i < a->count; i++) {
		if (a->list[i].verdict != b->list[i].verdict ||
		    a->list[i].decided != b->list[i].decided)
			return false;
	}
	return true;
}

static int compare_borders(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a;
	uint64_t y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

/* Where what the conditions on one argument say may change; up to 2 for each, and 0. */
static size_t find_borders(const struct candidates *candidates, unsigned int index, uint64_t *ret)
{
	size_t count = 0;

	ret[count++] = 0;
	for (size_t i = 0; i < candidates->count; i++) {
		const struct condition *c = condition_on(&candidates->list[i], index);
		uint64_t free_bits = 0;
		uint64_t first;

		if (!c)
			continue;
		first = c->value;
		if (c->comparison == COMPARE_MASKED_EQ) {
			mask_is_a_range(c, &free_bits);
			first = c->value_two & c->value;
		}
		ret[count++] = first;
		ret[count++] = first + free_bits + 1;
	}
	qsort(ret, count, sizeof(*ret), compare_borders);
	while (count && ret[count - 1] > WORD_BITS)
		count--;
	return count;
}

/* The candidates that remain when the argument is @value. */
static int narrow_down(const struct candidates *candidates, unsigned int index, uint64_t value,
		       struct candidates *ret, struct ncrun_error *err)
{
	ret->list = calloc(candidates->count + 1, sizeof(*ret->list));
	if (!ret->list)
		return error_errno(err, "compile a seccomp filter");
	for (size_t i = 0; i < candidates->count; i++) {
		const struct condition *c = condition_on(&candidates->list[i], index);

		if (c && !condition_matches(c, value))
			continue;
		ret->list[ret->count] = candidates->list[i];
		ret->list[ret->count].decided |= 1u << index;
		if (is_certain(&ret->list[ret->count++]))
			break; /* the others can no longer count */
	}
	return 0;
}

static int find_segments(const struct decision *decision, const struct candidates *candidates,
			 unsigned int index, struct segments *ret)
{
	_cleanup_free_ uint64_t *borders = calloc(2 * candidates->count + 1, sizeof(*borders));
	size_t count;

	ret->list = calloc(2 * candidates->count + 1, sizeof(*ret->list));
	if (!borders || !ret->list)
		return error_errno(decision->err, "compile a seccomp filter");
	count = find_borders(candidates, index, borders);
	for (size_t i = 0; i < count; i++) {
		struct segment *segment = &ret->list[ret->count];
		int r;

		segment->first = (uint32_t)borders[i];
		r = narrow_down(candidates, index, borders[i], &segment->left, decision->err);
		if (r < 0)
			return r;
		if (ret->count && same_end(decision, &segment[-1].left, &segment->left)) {
			free(segment->left.list);
			segment->left = (struct candidates){0};
		} else {
			ret->count++;
		}
	}
	return 0;
}

static int append_candidates(const struct decision *decision, const struct candidates *candidates);

/* NOLINTNEXTLINE(misc-no-recursion): at most the logarithm of 1024 for each of six arguments */
static int append_segments(const struct decision *decision, const struct segment *segments,
			   size_t count)
{
	size_t middle = count / 2;
	size_t opened = 0;
	int r;

	if (count == 1)
		return append_candidates(decision, &segments->left);
	r = program_open(decision->program, PROGRAM_JGE, segments[middle].first, &opened,
			 decision->err);
	if (r == 0)
		r = append_segments(decision, segments + middle, count - middle);
	if (r == 0)
		r = program_close(decision->program, opened, decision->err);
	return r < 0 ? r : append_segments(decision, segments, middle);
}

/* NOLINTNEXTLINE(misc-no-recursion) */
static int append_candidates(const struct decision *decision, const struct candidates *candidates)
{
	_cleanup_(segments_done) struct segments segments = {0};
	const struct condition *condition = NULL;
	struct action answer;
	unsigned int index = 0;
	int r;

	if (find_answer(decision, candidates, &answer))
		return program_append(decision->program, PROGRAM_RET, action_bpf(answer),
				      decision->err);
	while (!(condition = condition_on(&candidates->list[0], index)))
		index++;
	r = find_segments(decision, candidates, index, &segments);
	if (r == 0)
		r = program_append(decision->program, PROGRAM_LOAD, PROGRAM_LOW(index),
				   decision->err);
	if (r == 0 && condition->width < WORD_BITS)
		r = program_append(decision->program, PROGRAM_AND, (uint32_t)condition->width,
				   decision->err);
	return r < 0 ? r : append_segments(decision, segments.list, segments.count);
}

static bool all_are_ranges(const struct guard *guard)
{
	for (size_t i = 0; i < guard->count; i++) {
		for (size_t j = 0; j < guard->verdicts[i].condition_count; j++) {
			if (!is_range(&guard->verdicts[i].conditions[j]))
				return false;
		}
	}
	return guard->count <= VERDICTS_MAX;
}

int decision_compile(const struct guard *guard, struct action otherwise, struct program *ret,
		     bool *ret_done, struct ncrun_error *err)
{
	_cleanup_(program_done) struct program program = {0};
	struct decision decision = {&program, otherwise, err};
	_cleanup_free_ struct candidate *list = calloc(guard->count, sizeof(*list));
	const struct candidates all = {list, guard->count};
	int r;

	*ret_done = false;
	if (!list)
		return error_errno(err, "compile a seccomp filter");
	if (!all_are_ranges(guard))
		return 0;
	for (size_t i = 0; i < guard->count; i++)
		list[i].verdict = &guard->verdicts[i];
	r = append_candidates(&decision, &all);
	if (r < 0)
		return program.count == BPF_MAXINSNS ? 0 : r;
	*ret = take_value(program, (struct program){0});
	*ret_done = true;
	return 0;
}
