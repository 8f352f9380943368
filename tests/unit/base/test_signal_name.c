/* SPDX-License-Identifier: Apache-2.0 */

#include <errno.h>
#include <signal.h>

#include "base/signal_name.h"
#include "tests/support/test.h"

TEST(names_and_numbers_are_understood)
{
	const struct {
		const char *text;
		int signo;
	} rows[] = {
		{"TERM", SIGTERM},
		{"SIGTERM", SIGTERM},
		{"sigkill", SIGKILL},
		{"15", 15},
		{"winch", SIGWINCH},
		{"RTMIN", SIGRTMIN},
		{"SIGRTMIN+3", SIGRTMIN + 3},
		{"RTMAX-1", SIGRTMAX - 1},
		{"64", 64},
	};
	struct ncrun_error err = {0};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		int signo = 0;

		assert_ok(signal_name_parse(rows[i].text, &signo, &err));
		assert_int_equal(signo, rows[i].signo);
	}
}

TEST(other_names_are_refused)
{
	static const char *const bad[] = {
		"",   "SIG",       "0",       "65",       "-9",     " 9",
		"+9", "TERMINATE", "RTMIN-1", "RTMIN+99", "RTMIN+",
	};
	struct ncrun_error err = {0};
	int signo = 7;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_fails(signal_name_parse(bad[i], &signo, &err), EINVAL);
	assert_int_equal(signo, 7);
	assert_fails(signal_name_parse("NOPE", &signo, &err), EINVAL);
	assert_string_equal(err.message, "unknown signal 'NOPE'");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_and_numbers_are_understood),
		cmocka_unit_test(other_names_are_refused),
	};

	return cmocka_run_group_tests_name("base/signal_name", tests, NULL, NULL);
}
