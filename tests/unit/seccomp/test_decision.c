/* SPDX-License-Identifier: Apache-2.0 */

#include <errno.h>
#include <linux/audit.h>

#include "base/cleanup.h"
#include "seccomp/decision.h"
#include "seccomp/evaluate.h"
#include "tests/support/test.h"

#define VERDICTS 6

static const struct action otherwise = {ACTION_ERRNO, ENOSYS};

/* The same numbers on every run. */
static uint32_t next(uint32_t *seed)
{
	*seed = *seed * 1664525 + 1013904223;
	return *seed >> 16;
}

static struct condition any_condition(uint32_t *seed, unsigned int index)
{
	struct condition condition = {
		.index = index,
		.comparison = (enum comparison)(next(seed) % 7),
		.width = index == 2 ? 0xffff : 0xffffffff,
		.value = next(seed) % 10,
		.value_two = next(seed) % 10,
	};

	if (condition.comparison == COMPARE_MASKED_EQ)
		condition.value = condition.width & ~((UINT64_C(1) << next(seed) % 4) - 1);
	return condition;
}

static size_t any_verdicts(uint32_t *seed, struct verdict *verdicts,
			   struct condition conditions[VERDICTS][3])
{
	size_t count = 1 + next(seed) % VERDICTS;

	for (size_t i = 0; i < count; i++) {
		size_t used = 0;

		for (unsigned int index = 0; index < 3; index++) {
			if (next(seed) % 2)
				conditions[i][used++] = any_condition(seed, index);
		}
		verdicts[i] = (struct verdict){
			.syscall = "x",
			.action = {ACTION_ERRNO, (uint16_t)(next(seed) % 3)},
			.conditions = conditions[i],
			.condition_count = used,
		};
	}
	return count;
}

static uint32_t expected(const struct guard *guard, const struct seccomp_data *data)
{
	for (size_t i = 0; i < guard->count; i++) {
		const struct verdict *verdict = &guard->verdicts[i];
		size_t j = 0;

		while (j < verdict->condition_count &&
		       condition_matches(&verdict->conditions[j],
					 data->args[verdict->conditions[j].index]))
			j++;
		if (j == verdict->condition_count)
			return action_bpf(verdict->action);
	}
	return action_bpf(otherwise);
}

TEST(a_tree_answers_as_the_list_of_verdicts_does)
{
	uint32_t seed = 1;

	for (int round = 0; round < 500; round++) {
		struct condition conditions[VERDICTS][3];
		struct verdict verdicts[VERDICTS];
		const struct guard guard = {AUDIT_ARCH_X86_64, 1, verdicts,
					    any_verdicts(&seed, verdicts, conditions)};
		_cleanup_(program_done) struct program program = {0};
		struct ncrun_error err = {0};
		bool done = false;

		assert_ok(decision_compile(&guard, otherwise, &program, &done, &err));
		assert_true(done);
		for (uint64_t i = 0; i < 12 * 12 * 12; i++) {
			const struct seccomp_data data = {1,
							  AUDIT_ARCH_X86_64,
							  0,
							  {i % 12 | UINT64_C(7) << 32, i / 12 % 12,
							   i / 144 | 0x30000}};

			assert_int_equal(program_evaluate(program.instructions, program.count,
							  &data),
					 expected(&guard, &data));
		}
	}
}

TEST(the_ends_of_an_int_are_reached)
{
	struct condition top = {0, COMPARE_EQ, 0xffffffff, 0xffffffff, 0};
	struct condition half = {0, COMPARE_MASKED_EQ, 0xffffffff, 0x80000000, 0x80000000};
	const struct verdict verdicts[] = {{"x", {ACTION_TRAP, 0}, &top, 1, "", 0},
					   {"x", {ACTION_ALLOW, 0}, &half, 1, "", 0}};
	const struct guard guard = {AUDIT_ARCH_X86_64, 1, verdicts, 2};
	static const uint64_t values[] = {0, 0x7fffffff, 0x80000000, 0xfffffffe, 0xffffffff};
	_cleanup_(program_done) struct program program = {0};
	struct ncrun_error err = {0};
	bool done = false;

	assert_ok(decision_compile(&guard, otherwise, &program, &done, &err));
	for (size_t i = 0; i < 5; i++) {
		const struct seccomp_data data = {1, AUDIT_ARCH_X86_64, 0, {values[i]}};

		assert_int_equal(program_evaluate(program.instructions, program.count, &data),
				 expected(&guard, &data));
	}
}

TEST(conditions_that_are_no_ranges_are_left_to_others)
{
	struct condition conditions[] = {
		{0, COMPARE_MASKED_EQ, 0xffffffff, 0x5, 0x1}, /* bits here and there */
		{0, COMPARE_EQ, UINT64_MAX, 1, 0},            /* 64 bits */
	};

	for (size_t i = 0; i < 2; i++) {
		const struct verdict verdict = {"x", otherwise, &conditions[i], 1, "", 0};
		const struct guard guard = {AUDIT_ARCH_X86_64, 1, &verdict, 1};
		struct program program = {0};
		struct ncrun_error err = {0};
		bool done = true;

		assert_ok(decision_compile(&guard, otherwise, &program, &done, &err));
		assert_false(done);
		assert_null(program.instructions);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_tree_answers_as_the_list_of_verdicts_does),
		cmocka_unit_test(the_ends_of_an_int_are_reached),
		cmocka_unit_test(conditions_that_are_no_ranges_are_left_to_others),
	};

	return cmocka_run_group_tests_name("seccomp/decision", tests, NULL, NULL);
}
