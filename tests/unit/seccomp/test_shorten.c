/* SPDX-License-Identifier: Apache-2.0 */

#include "base/cleanup.h"
#include "seccomp/evaluate.h"
#include "seccomp/shorten.h"
#include "tests/support/test.h"

static uint32_t run(const struct program *program, uint32_t number)
{
	const struct seccomp_data data = {.nr = (int)number};

	return program_evaluate(program->instructions, program->count, &data);
}

/* A comparison with each of @count numbers; every return is there again and again. */
static void fill(struct program *program, uint32_t count)
{
	struct ncrun_error err = {0};
	size_t opened = 0;

	assert_ok(program_append(program, PROGRAM_LOAD, 0, &err));
	for (uint32_t i = 0; i < count; i++) {
		assert_ok(program_open(program, PROGRAM_JEQ, i, &opened, &err));
		assert_ok(program_append(program, PROGRAM_RET, i % 3, &err));
		assert_ok(program_close(program, opened, &err));
	}
	assert_ok(program_append(program, PROGRAM_RET, 7, &err));
}

TEST(equal_returns_become_one)
{
	_cleanup_(program_done) struct program program = {0};
	struct ncrun_error err = {0};

	fill(&program, 9);
	assert_ok(program_shorten(&program, &err));

	assert_int_equal(program.count, 1 + 9 + 3 + 1);
	for (uint32_t i = 0; i < 12; i++)
		assert_int_equal(run(&program, i), i < 9 ? i % 3 : 7);
}

TEST(a_long_program_keeps_its_meaning)
{
	_cleanup_(program_done) struct program program = {0};
	struct ncrun_error err = {0};

	fill(&program, 1500);
	assert_ok(program_shorten(&program, &err));

	assert_true(program.count < 1700);
	for (uint32_t i = 0; i < 1600; i++)
		assert_int_equal(run(&program, i), i < 1500 ? i % 3 : 7);
}

TEST(long_jumps_are_shortened_with_what_they_jump_over)
{
	_cleanup_(program_done) struct program program = {0};
	struct ncrun_error err = {0};
	size_t outer = 0;

	assert_ok(program_append(&program, PROGRAM_LOAD, 0, &err));
	assert_ok(program_open(&program, PROGRAM_JGE, 2000, &outer, &err));
	fill(&program, 400);
	assert_ok(program_close(&program, outer, &err));
	assert_ok(program_append(&program, PROGRAM_RET, 9, &err));

	assert_ok(program_shorten(&program, &err));

	assert_int_equal(run(&program, 5), 9);
	assert_int_equal(run(&program, 2001), 7);
}

TEST(what_nothing_reaches_is_dropped)
{
	static struct sock_filter list[] = {
		{PROGRAM_JA, 0, 0, 1},  {PROGRAM_RET, 0, 0, 1},  {PROGRAM_LOAD, 0, 0, 0},
		{PROGRAM_RET, 0, 0, 2}, {PROGRAM_LOAD, 0, 0, 0}, {PROGRAM_RET, 0, 0, 3},
	};
	struct program program = {list, 6};
	struct ncrun_error err = {0};

	assert_ok(program_shorten(&program, &err));

	assert_int_equal(program.count, 3);
	assert_int_equal(run(&program, 0), 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(equal_returns_become_one),
		cmocka_unit_test(a_long_program_keeps_its_meaning),
		cmocka_unit_test(long_jumps_are_shortened_with_what_they_jump_over),
		cmocka_unit_test(what_nothing_reaches_is_dropped),
	};

	return cmocka_run_group_tests_name("seccomp/shorten", tests, NULL, NULL);
}
