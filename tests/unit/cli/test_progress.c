/* SPDX-License-Identifier: Apache-2.0 */

#include <string.h>

#include "cli/output.h"
#include "cli/progress.h"
#include "tests/support/test.h"

#define MIB (1 << 20)

static void expect(struct ncrun_progress now, int64_t elapsed_ms, size_t width, const char *line)
{
	_cleanup_text_ struct text out = {0};

	progress_line(&out, &now, elapsed_ms, width);
	assert_string_equal(text_string(&out), line);
}

TEST(shows_a_bar_with_rate_and_remaining_time)
{
	expect((struct ncrun_progress){"unpack", 25 * MIB, 100 * MIB}, 5000, 60,
	       "unpack [####............]  25% 25.0 MiB, 5.0 MiB/s, 15s left");
}

TEST(waits_with_the_rate_until_it_means_something)
{
	expect((struct ncrun_progress){"download", MIB, 4 * MIB}, 100, 40,
	       "download [####............]  25% 1.0 MiB");
}

TEST(shows_what_it_can_when_the_size_is_not_known)
{
	expect((struct ncrun_progress){"download", 3 * MIB, 0}, 1000, 80,
	       "download 3.0 MiB, 3.0 MiB/s");
}

TEST(bears_more_bytes_than_were_announced)
{
	expect((struct ncrun_progress){"unpack", 30, 20}, 0, 80,
	       "unpack [########################################] 100% 30 B");
}

TEST(never_is_wider_than_the_terminal)
{
	for (size_t width = 0; width < 100; width++) {
		_cleanup_text_ struct text out = {0};

		progress_line(&out, &(struct ncrun_progress){"download", 12 * MIB, 900 * MIB}, 9000,
			      width);
		assert_true(text_width(text_string(&out)) <= width);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(shows_a_bar_with_rate_and_remaining_time),
		cmocka_unit_test(waits_with_the_rate_until_it_means_something),
		cmocka_unit_test(shows_what_it_can_when_the_size_is_not_known),
		cmocka_unit_test(bears_more_bytes_than_were_announced),
		cmocka_unit_test(never_is_wider_than_the_terminal),
	};

	return cmocka_run_group_tests_name("cli/progress", tests, NULL, NULL);
}
