/* SPDX-License-Identifier: Apache-2.0 */

#include <errno.h>
#include <linux/audit.h>

#include "seccomp/evaluate.h"
#include "seccomp/guard.h"
#include "tests/support/test.h"

/* Behind the blocks of the tests: "libseccomp's program decides". */
#define GOES_ON 0x7fff0042u

static const struct action allow = {ACTION_ALLOW, 0};
static const struct action refuse = {ACTION_ERRNO, EPERM};
static const struct action unknown = {ACTION_ERRNO, ENOSYS};

static uint32_t run(const struct guard *guards, size_t count, const struct seccomp_data *data)
{
	_cleanup_(program_done) struct program program = {0};
	struct ncrun_error err = {0};

	assert_ok(guard_append_all(guards, count, unknown, &program, &err));
	assert_ok(program_append(&program, PROGRAM_RET, GOES_ON, &err));
	return program_evaluate(program.instructions, program.count, data);
}

static struct action expected(const struct guard *guard, const struct seccomp_data *data)
{
	for (size_t i = 0; i < guard->count; i++) {
		const struct verdict *verdict = &guard->verdicts[i];
		size_t j = 0;

		while (j < verdict->condition_count &&
		       condition_matches(&verdict->conditions[j],
					 data->args[verdict->conditions[j].index]))
			j++;
		if (j == verdict->condition_count)
			return verdict->action;
	}
	return unknown;
}

static const uint64_t edges[] = {
	0,           1,           2,           39,
	40,          41,          0x7fffffff,  0x80000000,
	0xfffffffe,  0xffffffff,  0x100000000, 0x100000001,
	0x100000028, 0x200000000, UINT64_MAX,  UINT64_MAX - 1,
};

#define EDGES (sizeof(edges) / sizeof(edges[0]))

/* Every operator, against every pair of values that lie near a border. */
TEST(a_compiled_condition_matches_just_what_the_condition_does)
{
	static const uint64_t widths[] = {UINT64_MAX, 0xffffffff, 0xffff};

	for (unsigned int i = 0; i < 7 * EDGES * EDGES * 3; i++) {
		uint64_t width = widths[i % 3];
		struct condition condition = {
			.index = 3,
			.comparison = (enum comparison)(i / 3 % 7),
			.width = width,
			.value = edges[i / 21 % EDGES] & width,
			.value_two = edges[i / 21 / EDGES] & width,
		};
		const struct verdict verdict = {"x", allow, &condition, 1, "", 0};
		const struct guard guard = {AUDIT_ARCH_X86_64, 7, &verdict, 1};

		for (size_t j = 0; j < EDGES; j++) {
			const struct seccomp_data data = {7,
							  AUDIT_ARCH_X86_64,
							  0,
							  {1, 1, 1, edges[j], 1, 1}};

			assert_int_equal(run(&guard, 1, &data),
					 action_bpf(expected(&guard, &data)));
		}
	}
}

TEST(all_conditions_of_a_verdict_must_hold)
{
	struct condition conditions[] = {
		{0, COMPARE_EQ, 0xffffffff, 16, 0},
		{2, COMPARE_GT, UINT64_MAX, 4, 0},
		{5, COMPARE_MASKED_EQ, UINT64_MAX, 0xff00000000, 0x100000000},
	};
	const struct verdict verdict = {"x", refuse, conditions, 3, "", 0};
	const struct guard guard = {AUDIT_ARCH_X86_64, 7, &verdict, 1};

	for (unsigned int i = 0; i < 8; i++) {
		const struct seccomp_data data = {7,
						  AUDIT_ARCH_X86_64,
						  0,
						  {i & 1 ? 16 : 17, 0, i & 2 ? 5 : 4, 0, 0,
						   i & 4 ? 0x100000009 : 9}};

		assert_int_equal(run(&guard, 1, &data), action_bpf(i == 7 ? refuse : unknown));
	}
}

TEST(the_first_verdict_that_matches_counts)
{
	struct condition forty = {0, COMPARE_EQ, 0xffffffff, 40, 0};
	const struct verdict verdicts[] = {{"x", refuse, &forty, 1, "", 0},
					   {"x", allow, NULL, 0, "", 1}};
	const struct guard guard = {AUDIT_ARCH_X86_64, 41, verdicts, 2};
	const struct seccomp_data bad = {41, AUDIT_ARCH_X86_64, 0, {40 | UINT64_C(1) << 32}};
	const struct seccomp_data good = {41, AUDIT_ARCH_X86_64, 0, {39}};

	assert_int_equal(run(&guard, 1, &bad), action_bpf(refuse));
	assert_int_equal(run(&guard, 1, &good), action_bpf(allow));
}

TEST(other_calls_and_other_architectures_go_on)
{
	const struct verdict verdict = {"x", refuse, NULL, 0, "", 0};
	const struct guard guards[] = {{AUDIT_ARCH_I386, 3, &verdict, 1},
				       {AUDIT_ARCH_X86_64, 7, &verdict, 1},
				       {AUDIT_ARCH_X86_64, 9, &verdict, 1}};
	static const struct {
		uint32_t arch;
		int number;
		uint32_t said;
	} cases[] = {
		{AUDIT_ARCH_I386, 3, SECCOMP_RET_ERRNO | EPERM},
		{AUDIT_ARCH_I386, 7, GOES_ON},
		{AUDIT_ARCH_X86_64, 3, GOES_ON},
		{AUDIT_ARCH_X86_64, 7, SECCOMP_RET_ERRNO | EPERM},
		{AUDIT_ARCH_X86_64, 9, SECCOMP_RET_ERRNO | EPERM},
		{AUDIT_ARCH_X86_64, 7 | 0x40000000, GOES_ON},
		{AUDIT_ARCH_AARCH64, 7, GOES_ON},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct seccomp_data data = {cases[i].number, cases[i].arch, 0, {0}};

		assert_int_equal(run(guards, 3, &data), cases[i].said);
	}
}

/* A conditional jump reaches 255 instructions. */
TEST(a_block_may_be_longer_than_a_short_jump)
{
	struct condition conditions[200];
	struct verdict verdicts[200];
	const struct guard guard = {AUDIT_ARCH_X86_64, 7, verdicts, 200};

	for (unsigned int i = 0; i < 200; i++) {
		conditions[i] = (struct condition){0, COMPARE_EQ, UINT64_MAX, i, 0};
		verdicts[i] =
			(struct verdict){"x", {ACTION_ERRNO, (uint16_t)i}, &conditions[i], 1, "",
					 i};
	}

	for (unsigned int i = 0; i <= 200; i += 50) {
		const struct seccomp_data data = {7, AUDIT_ARCH_X86_64, 0, {i}};

		assert_int_equal(run(&guard, 1, &data), action_bpf(expected(&guard, &data)));
	}
	assert_int_equal(run(&guard, 1, &(struct seccomp_data){8, AUDIT_ARCH_X86_64, 0, {0}}),
			 GOES_ON);
	assert_int_equal(run(&guard, 1, &(struct seccomp_data){7, AUDIT_ARCH_I386, 0, {0}}),
			 GOES_ON);
}

TEST(a_filter_longer_than_the_kernel_takes_is_refused)
{
	_cleanup_(program_done) struct program program = {0};
	struct condition condition = {0, COMPARE_LT, UINT64_MAX, 7, 0};
	static struct verdict verdicts[1000];
	const struct guard guard = {AUDIT_ARCH_X86_64, 7, verdicts, 1000};
	struct ncrun_error err = {0};

	for (size_t i = 0; i < 1000; i++)
		verdicts[i] = (struct verdict){"x", refuse, &condition, 1, "", i};

	assert_fails(guard_append_all(&guard, 1, unknown, &program, &err), E2BIG);
	assert_string_equal(err.message, "the seccomp filter is longer than 4096 instructions");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_compiled_condition_matches_just_what_the_condition_does),
		cmocka_unit_test(all_conditions_of_a_verdict_must_hold),
		cmocka_unit_test(the_first_verdict_that_matches_counts),
		cmocka_unit_test(other_calls_and_other_architectures_go_on),
		cmocka_unit_test(a_block_may_be_longer_than_a_short_jump),
		cmocka_unit_test(a_filter_longer_than_the_kernel_takes_is_refused),
	};

	return cmocka_run_group_tests_name("seccomp/guard", tests, NULL, NULL);
}
