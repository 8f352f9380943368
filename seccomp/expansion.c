/* SPDX-License-Identifier: Apache-2.0 */

#include "seccomp/expansion.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/error.h"
#include "base/text.h"

#define VERDICTS_MAX 65536

static bool test_includes(const struct profile_test *test, const struct expansion_request *request)
{
	if (test->architectures && !(test->architectures & (1u << request->native)))
		return false;
	if (test->unknown_capability || (test->capabilities & ~request->capabilities))
		return false;
	return request->kernel >= test->kernel;
}

static bool test_excludes(const struct profile_test *test, const struct expansion_request *request)
{
	if (test->architectures & (1u << request->native))
		return true;
	if (test->capabilities & request->capabilities)
		return true;
	return test->kernel && request->kernel >= test->kernel;
}

static bool repeats_an_argument(const struct profile_rule *rule)
{
	unsigned int seen = 0;

	for (size_t i = 0; i < rule->condition_count; i++) {
		unsigned int bit = 1u << rule->conditions[i].index;

		if (seen & bit)
			return true;
		seen |= bit;
	}
	return false;
}

static int add_verdict(struct expansion *expansion, const struct verdict *verdict,
		       const struct condition *conditions, struct ncrun_error *err)
{
	struct condition *copy = NULL;

	if (expansion->count == VERDICTS_MAX)
		return error_set(err, E2BIG, "a seccomp profile of more than %d rules",
				 VERDICTS_MAX);
	if (array_grow((void **)&expansion->verdicts, expansion->count, sizeof(*verdict)) < 0)
		return error_set(err, ENOMEM, "expand a seccomp profile");
	if (verdict->condition_count) {
		copy = calloc(verdict->condition_count, sizeof(*copy));
		if (!copy)
			return error_errno(err, "expand a seccomp profile");
		memcpy(copy, conditions, verdict->condition_count * sizeof(*copy));
		for (size_t i = 0; i < verdict->condition_count; i++)
			condition_narrow(&copy[i], verdict->syscall);
	}
	expansion->verdicts[expansion->count] = *verdict;
	expansion->verdicts[expansion->count].conditions = copy;
	expansion->verdicts[expansion->count].order = expansion->count;
	expansion->count++;
	return 0;
}

/* Conditions are joined by "and", unless an argument comes twice: libseccomp takes
 * one for each, so other runtimes make every condition a rule of its own then. */
static int add_rule(struct expansion *expansion, const struct profile_rule *rule,
		    const char *syscall, struct ncrun_error *err)
{
	struct verdict verdict = {
		.syscall = syscall,
		.action = rule->action,
		.condition_count = rule->condition_count,
		.comment = rule->comment,
	};
	int r = 0;

	if (!repeats_an_argument(rule))
		return add_verdict(expansion, &verdict, rule->conditions, err);
	verdict.condition_count = 1;
	for (size_t i = 0; r == 0 && i < rule->condition_count; i++)
		r = add_verdict(expansion, &verdict, &rule->conditions[i], err);
	return r;
}

static int compare_verdicts(const void *a, const void *b)
{
	const struct verdict *x = a;
	const struct verdict *y = b;
	int order = strcmp(x->syscall, y->syscall);

	if (order)
		return order;
	if (x->action.kind != y->action.kind)
		return x->action.kind > y->action.kind ? -1 : 1;
	return x->order < y->order ? -1 : 1;
}

size_t expansion_group(const struct expansion *expansion, size_t first)
{
	size_t end = first;

	while (end < expansion->count &&
	       text_equal(expansion->verdicts[end].syscall, expansion->verdicts[first].syscall))
		end++;
	return end - first;
}

/* How many of a call's verdicts can ever count: none after one that always
 * matches, and none at the end that says what the default says. */
static size_t group_useful(const struct expansion *expansion, size_t first, size_t count)
{
	const struct verdict *group = &expansion->verdicts[first];
	size_t useful = 0;

	while (useful < count && (useful == 0 || group[useful - 1].condition_count))
		useful++;
	while (useful && action_equal(group[useful - 1].action, expansion->default_action))
		useful--;
	return useful;
}

static void drop_useless(struct expansion *expansion)
{
	size_t kept = 0;

	for (size_t first = 0, count; first < expansion->count; first += count) {
		size_t useful;

		count = expansion_group(expansion, first);
		useful = group_useful(expansion, first, count);
		for (size_t i = 0; i < count; i++) {
			struct verdict verdict = expansion->verdicts[first + i];

			/* what lay at the place kept is moved already or worthless */
			if (i < useful)
				expansion->verdicts[kept++] = verdict;
			else
				free(verdict.conditions);
		}
	}
	expansion->count = kept;
}

uint32_t expansion_architectures(const struct profile *profile,
				 const struct expansion_request *request)
{
	uint32_t native = 1u << request->native;

	if (!request->all_architectures)
		return native;
	for (size_t i = 0; i < profile->family_count; i++) {
		if (profile->families[i].architecture == request->native)
			return native | profile->families[i].others;
	}
	return native | profile->architectures;
}

int expansion_new(const struct profile *profile, const struct expansion_request *request,
		  struct expansion **ret, struct ncrun_error *err)
{
	_cleanup_(expansion_freep) struct expansion *expansion = calloc(1, sizeof(*expansion));
	int r = 0;

	if (!expansion)
		return error_errno(err, "expand a seccomp profile");
	expansion->default_action = profile->default_action;
	expansion->architectures = expansion_architectures(profile, request);

	for (size_t i = 0; i < profile->rule_count; i++) {
		const struct profile_rule *rule = &profile->rules[i];

		if (test_excludes(&rule->excludes, request) ||
		    !test_includes(&rule->includes, request))
			continue;
		if (!rule->condition_count && action_equal(rule->action, profile->default_action))
			continue;
		for (size_t j = 0; r == 0 && j < rule->name_count; j++)
			r = add_rule(expansion, rule, rule->names[j], err);
		if (r < 0)
			return r;
	}
	if (expansion->count)
		qsort(expansion->verdicts, expansion->count, sizeof(*expansion->verdicts),
		      compare_verdicts);
	drop_useless(expansion);
	*ret = take_ptr(expansion);
	return 0;
}

struct expansion *expansion_free(struct expansion *expansion)
{
	if (!expansion)
		return NULL;
	for (size_t i = 0; i < expansion->count; i++)
		free(expansion->verdicts[i].conditions);
	free(expansion->verdicts);
	free(expansion);
	return NULL;
}
