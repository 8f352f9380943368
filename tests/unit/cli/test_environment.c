/* SPDX-License-Identifier: Apache-2.0 */

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/text.h"
#include "cli/environment.h"
#include "tests/support/test.h"

static struct ncrun_error err;
static char **list;
static char path[] = "/tmp/ncrun-test-env-XXXXXX";

static int make_file(void **state __attribute__((unused)))
{
	int fd = mkstemp(path);

	return fd < 0 ? -1 : close(fd);
}

static int remove_file(void **state __attribute__((unused)))
{
	return unlink(path);
}

static int forget(void **state __attribute__((unused)))
{
	list = strings_free(list);
	unsetenv("LISTEN_PID");
	unsetenv("LISTEN_FDS");
	unsetenv("LISTEN_FDNAMES");
	return 0;
}

static void write_file(const char *content, size_t size)
{
	int fd = open(path, O_WRONLY | O_TRUNC | O_CLOEXEC);

	assert_ok(file_write_all(fd, content, size, &err));
	close(fd);
}

TEST(a_file_of_too_many_variables_is_refused)
{
	_cleanup_text_ struct text content = {0};

	for (int i = 0; i < 500000; i++)
		text_append(&content, "A\n");
	write_file(content.chars, content.length);
	assert_fails(environment_add_file(&list, path, &err), E2BIG);
	assert_non_null(strstr(err.message, ":4097: more than 4096 variables"));
}

TEST(reads_variables_from_a_file)
{
	static const char content[] = "# comment\nA=1\n\nHOME\r\nB=a=b c";

	write_file(content, strlen(content));
	assert_ok(environment_add_file(&list, path, &err));

	assert_int_equal(strings_count((const char *const *)list), 3);
	assert_string_equal(list[0], "A=1");
	assert_string_equal(list[1], "HOME");
	assert_string_equal(list[2], "B=a=b c");
}

TEST(names_the_line_of_a_variable_without_a_name)
{
	char message[128];

	write_file("A=1\n=2\n", 7);
	snprintf(message, sizeof(message), "%s:2: '=2': not NAME=VALUE or NAME", path);

	assert_fails(environment_add_file(&list, path, &err), EINVAL);
	assert_string_equal(err.message, message);
}

TEST(refuses_a_file_with_a_nul_byte)
{
	write_file("A=\0B=1\n", 7);

	assert_fails(environment_add_file(&list, path, &err), EINVAL);
	assert_non_null(strstr(err.message, "NUL"));
}

TEST(refuses_a_file_that_is_not_there)
{
	assert_fails(environment_add_file(&list, "/nowhere/env", &err), ENOENT);
	assert_non_null(strstr(err.message, "/nowhere/env"));
}

static void set_listen(long pid, const char *fds)
{
	char text[32];

	snprintf(text, sizeof(text), "%ld", pid);
	setenv("LISTEN_PID", text, 1);
	setenv("LISTEN_FDS", fds, 1);
}

TEST(hands_on_sockets_that_are_meant_for_this_process)
{
	uint32_t preserve_fds = 1;

	set_listen(getpid(), "2");
	setenv("LISTEN_FDNAMES", "a:b", 1);
	assert_ok(environment_pass_sockets(&list, &preserve_fds, &err));

	assert_int_equal(preserve_fds, 2);
	assert_true(strings_contain((const char *const *)list, "LISTEN_FDS=2"));
	assert_true(strings_contain((const char *const *)list, "LISTEN_FDNAMES=a:b"));
	assert_int_equal(strings_count((const char *const *)list), 3);
}

TEST(keeps_descriptors_that_were_asked_for_beyond_the_sockets)
{
	uint32_t preserve_fds = 5;

	set_listen(getpid(), "2");
	assert_ok(environment_pass_sockets(&list, &preserve_fds, &err));

	assert_int_equal(preserve_fds, 5);
}

TEST(leaves_sockets_of_another_process_alone)
{
	uint32_t preserve_fds = 0;

	set_listen(getppid(), "2");
	assert_ok(environment_pass_sockets(&list, &preserve_fds, &err));

	assert_int_equal(preserve_fds, 0);
	assert_null(list);
}

TEST(refuses_a_bad_number_of_sockets)
{
	uint32_t preserve_fds = 0;

	set_listen(getpid(), "many");
	assert_fails(environment_pass_sockets(&list, &preserve_fds, &err), EINVAL);

	assert_non_null(strstr(err.message, "LISTEN_FDS 'many'"));
	assert_int_equal(preserve_fds, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(a_file_of_too_many_variables_is_refused, forget),
		cmocka_unit_test_teardown(reads_variables_from_a_file, forget),
		cmocka_unit_test_teardown(names_the_line_of_a_variable_without_a_name, forget),
		cmocka_unit_test_teardown(refuses_a_file_with_a_nul_byte, forget),
		cmocka_unit_test_teardown(refuses_a_file_that_is_not_there, forget),
		cmocka_unit_test_teardown(hands_on_sockets_that_are_meant_for_this_process, forget),
		cmocka_unit_test_teardown(keeps_descriptors_that_were_asked_for_beyond_the_sockets,
					  forget),
		cmocka_unit_test_teardown(leaves_sockets_of_another_process_alone, forget),
		cmocka_unit_test_teardown(refuses_a_bad_number_of_sockets, forget),
	};

	return cmocka_run_group_tests_name("cli/environment", tests, make_file, remove_file);
}
