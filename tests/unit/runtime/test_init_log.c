/* SPDX-License-Identifier: Apache-2.0 */

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/clock.h"
#include "runtime/init/init.h"
#include "runtime/log_line.h"
#include "tests/support/test.h"

#define IN_A_YEAR_NS (clock_wall_ns() + 365ll * 86400 * 1000000000)

/** A log of two small files, whose lines so far are of these times. */
static struct log log_of(int64_t first_ns, int64_t last_ns)
{
	struct log log = {.max_bytes = 100, .first_ns = first_ns, .last_ns = last_ns};

	for (int i = 0; i < 2; i++) {
		log.fd[i] = memfd_create("log", MFD_CLOEXEC);
		assert_true(log.fd[i] >= 0);
	}
	return log;
}

static void log_done(struct log *log)
{
	close(log->fd[0]);
	close(log->fd[1]);
}

/** The time of the first line of the file being written. */
static int64_t first_ns(const struct log *log)
{
	char text[31] = "";
	int64_t ns = 0;

	assert_true(pread(log->fd[log->current], text, sizeof(text), 0) == sizeof(text));
	assert_true(log_stamp_parse(text, sizeof(text), &ns));
	return ns;
}

TEST(lines_have_the_time_of_the_clock)
{
	struct log log = log_of(0, 0);
	int64_t before = clock_wall_ns();

	log_append(&log, "main", 1, "a\n", 2);
	assert_true(first_ns(&log) >= before && first_ns(&log) <= clock_wall_ns());
	log_done(&log);
}

TEST(a_file_that_is_begun_is_the_newer_though_the_clock_was_set_back)
{
	const int64_t then = IN_A_YEAR_NS;
	struct log log = log_of(then, then + 5);
	int64_t first;

	log.written = log.max_bytes;
	log_append(&log, "main", 1, "a\n", 2);
	assert_int_equal(log.current, 1);
	first = first_ns(&log);
	assert_true(first > then + 5);

	/* what follows in it has the clock's time again, and the next file is the newer, too */
	log_append(&log, "main", 1, "b\n", 2);
	assert_true(log.last_ns < then);
	log_append(&log, "main", 1, "c\n", 2);
	assert_int_equal(log.current, 0);
	assert_true(first_ns(&log) > first);
	log_done(&log);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines_have_the_time_of_the_clock),
		cmocka_unit_test(a_file_that_is_begun_is_the_newer_though_the_clock_was_set_back),
	};

	return cmocka_run_group_tests_name("runtime/init/log", tests, NULL, NULL);
}
