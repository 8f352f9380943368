/* SPDX-License-Identifier: Apache-2.0 */

#include <errno.h>
#include <linux/audit.h>
#include <linux/seccomp.h>

#include "seccomp/evaluate.h"
#include "seccomp/tree.h"
#include "tests/support/test.h"

#define ALLOW  SECCOMP_RET_ALLOW
#define REFUSE (SECCOMP_RET_ERRNO | EPERM)
#define NEW    (SECCOMP_RET_ERRNO | ENOSYS)

/* In libseccomp's style: 1 to 3, 5 and 100 are allowed, 7 is refused. */
static struct sock_filter sample[] = {
	{PROGRAM_LOAD, 0, 0, 4},    {PROGRAM_JEQ, 0, 8, AUDIT_ARCH_X86_64},
	{PROGRAM_LOAD, 0, 0, 0},    {PROGRAM_JGE, 6, 0, 0x40000000},
	{PROGRAM_JEQ, 7, 0, 100},   {PROGRAM_JEQ, 5, 0, 7},
	{PROGRAM_JGT, 0, 1, 3},     {PROGRAM_JEQ, 4, 2, 5},
	{PROGRAM_JEQ, 1, 0, 0},     {PROGRAM_JA, 0, 0, 2},
	{PROGRAM_RET, 0, 0, NEW},   {PROGRAM_RET, 0, 0, REFUSE},
	{PROGRAM_RET, 0, 0, ALLOW},
};

#define SAMPLE                                             \
	{                                                  \
		sample, sizeof(sample) / sizeof(sample[0]) \
	}

static uint32_t run(const struct program *program, uint32_t arch, uint32_t number, uint64_t arg)
{
	const struct seccomp_data data = {(int)number, arch, 0, {arg}};

	return program_evaluate(program->instructions, program->count, &data);
}

TEST(the_short_program_says_what_the_long_one_says)
{
	static const uint32_t archs[] = {AUDIT_ARCH_X86_64, AUDIT_ARCH_I386, AUDIT_ARCH_AARCH64};
	const struct program decider = SAMPLE;
	const struct tree tree = {.decider = &decider, .audits = archs, .audit_count = 2};
	_cleanup_(program_done) struct program program = {0};
	struct ncrun_error err = {0};

	assert_ok(tree_append(&tree, &program, &err));

	for (uint32_t i = 0; i < 3000; i++) {
		uint32_t number = i < 1000 ? i : i < 2000 ? 0x3ffffe00 + i : -(i - 1999);

		for (size_t j = 0; j < 3; j++)
			assert_int_equal(run(&program, archs[j], number, 0),
					 run(&decider, archs[j], number, 0));
	}
	assert_int_equal(run(&program, AUDIT_ARCH_X86_64, 2, 0), ALLOW);
	assert_int_equal(run(&program, AUDIT_ARCH_X86_64, 7, 0), REFUSE);
}

TEST(guarded_calls_are_decided_by_their_guards_alone)
{
	static const uint32_t archs[] = {AUDIT_ARCH_X86_64, AUDIT_ARCH_I386};
	struct condition one = {0, COMPARE_EQ, UINT64_MAX, 1, 0};
	const struct verdict verdict = {"x", {ACTION_ALLOW, 0}, &one, 1, "", 0};
	const struct guard guards[] = {{AUDIT_ARCH_I386, 2, &verdict, 1},
				       {AUDIT_ARCH_X86_64, 2, &verdict, 1},
				       {AUDIT_ARCH_X86_64, 3, &verdict, 1},
				       {AUDIT_ARCH_X86_64, 0x40000002, &verdict, 1}};
	const struct program decider = SAMPLE;
	const struct tree tree = {&decider, guards, 4, archs, 2, {ACTION_TRAP, 0}};
	_cleanup_(program_done) struct program program = {0};
	struct ncrun_error err = {0};

	assert_ok(tree_append(&tree, &program, &err));

	for (size_t i = 0; i < 4; i++) {
		assert_int_equal(run(&program, guards[i].audit, guards[i].number, 1), ALLOW);
		assert_int_equal(run(&program, guards[i].audit, guards[i].number, 0),
				 SECCOMP_RET_TRAP);
		assert_int_equal(run(&program, guards[i].audit, guards[i].number + 2, 0),
				 run(&decider, guards[i].audit, guards[i].number + 2, 0));
	}
	assert_int_equal(run(&program, AUDIT_ARCH_X86_64, 1, 0), ALLOW);
	assert_int_equal(run(&program, AUDIT_ARCH_I386, 3, 0), NEW);
}

/* Every other number allowed: more ranges than a short jump spans. */
TEST(a_program_of_many_ranges_takes_long_jumps)
{
	static struct sock_filter many[1003];
	static const uint32_t arch = AUDIT_ARCH_X86_64;
	const struct program decider = {many, 1003};
	const struct tree tree = {.decider = &decider, .audits = &arch, .audit_count = 1};
	_cleanup_(program_done) struct program program = {0};
	struct ncrun_error err = {0};

	many[0] = (struct sock_filter){PROGRAM_LOAD, 0, 0, 0};
	for (uint32_t i = 0; i < 500; i++) {
		many[1 + 2 * i] = (struct sock_filter){PROGRAM_JEQ, 0, 1, 2 * i};
		many[2 + 2 * i] = (struct sock_filter){PROGRAM_RET, 0, 0, ALLOW};
	}
	many[1001] = many[1002] = (struct sock_filter){PROGRAM_RET, 0, 0, REFUSE};

	assert_ok(tree_append(&tree, &program, &err));

	for (uint32_t i = 0; i < 1100; i++)
		assert_int_equal(run(&program, arch, i, 0), run(&decider, arch, i, 0));
}

TEST(a_program_that_looks_at_more_than_numbers_is_not_understood)
{
	static struct sock_filter strange[] = {{PROGRAM_LOAD, 0, 0, 16},
					       {PROGRAM_AND, 0, 0, 1},
					       {BPF_JMP | BPF_JSET | BPF_K, 0, 0, 1},
					       {BPF_RET | BPF_A, 0, 0, 0}};
	const struct program good = SAMPLE;

	assert_true(tree_understands(&good));
	for (size_t i = 0; i < 4; i++) {
		const struct program bad = {&strange[i], 1};

		assert_false(tree_understands(&bad));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_short_program_says_what_the_long_one_says),
		cmocka_unit_test(guarded_calls_are_decided_by_their_guards_alone),
		cmocka_unit_test(a_program_of_many_ranges_takes_long_jumps),
		cmocka_unit_test(a_program_that_looks_at_more_than_numbers_is_not_understood),
	};

	return cmocka_run_group_tests_name("seccomp/tree", tests, NULL, NULL);
}
