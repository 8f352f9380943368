/* SPDX-License-Identifier: Apache-2.0 */

#include <errno.h>
#include <fcntl.h>
#include <linux/seccomp.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/file.h"
#include "base/text.h"
#include "seccomp/architecture.h"
#include "seccomp/evaluate.h"
#include "seccomp/filter.h"
#include "seccomp/seccomp.h"
#include "tests/support/directory.h"
#include "tests/support/filters.h"
#include "tests/support/test.h"

static bool library_is_loaded(void)
{
	_cleanup_free_ char *maps = NULL;
	struct ncrun_error err = {0};

	assert_ok(file_read_at(AT_FDCWD, "/proc/self/maps", 1 << 20, &maps, NULL, &err));
	return strstr(maps, "libseccomp") || strstr(maps, "libfyaml");
}

/* In a process of its own: 0 = a filter without a library, 1 = with one, 2 = no filter. */
static int load_in_a_child(const char *profile, int cache_fd)
{
	pid_t pid = fork();
	int status = 0;

	if (pid == 0) {
		struct seccomp_filter filter = {0};

		if (filter_of_profile(profile, 0x5fb, cache_fd, &filter, NULL) < 0 || !filter.count)
			_exit(2);
		_exit(library_is_loaded());
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WEXITSTATUS(status);
}

static int private_cache(const struct test_directory *dir)
{
	struct ncrun_error err = {0};
	int fd = -1;

	assert_ok(directory_open_private_at(dir->fd, "cache", &fd, &err));
	return fd;
}

/* First of all tests: the others load the libraries into this process. */
TEST(a_cached_filter_loads_no_library)
{
	_cleanup_(test_directory_done) struct test_directory dir = test_directory_new();
	_cleanup_close_ int cache = private_cache(&dir);
	char file[128];

	test_file(dir.fd, "p.json", "{\"defaultAction\": \"SCMP_ACT_ALLOW\"}");
	snprintf(file, sizeof(file), "%s/p.json", dir.path);

	assert_false(library_is_loaded());
	assert_int_equal(load_in_a_child("default", cache), 1);
	assert_int_equal(load_in_a_child("default", cache), 0);
	assert_int_equal(load_in_a_child("log", cache), 0);
	assert_int_equal(load_in_a_child(file, cache), 1);
	assert_int_equal(load_in_a_child(file, cache), 0);
}

TEST(a_changed_profile_is_not_taken_for_the_old_one)
{
	_cleanup_(test_directory_done) struct test_directory dir = test_directory_new();
	_cleanup_(seccomp_filter_done) struct seccomp_filter before = {0}, after = {0};
	_cleanup_close_ int cache = private_cache(&dir);
	struct ncrun_error err = {0};
	char file[128];

	snprintf(file, sizeof(file), "%s/p.json", dir.path);
	test_file(dir.fd, "p.json", "{\"defaultAction\": \"SCMP_ACT_ALLOW\"}");
	assert_ok(filter_of_profile(file, 0, cache, &before, &err));
	test_file(dir.fd, "p.json", "{\"defaultAction\": \"SCMP_ACT_ERRNO\"}");
	assert_ok(filter_of_profile(file, 0, cache, &after, &err));

	assert_int_equal(before.instructions[before.count - 2].k, SECCOMP_RET_ALLOW);
	assert_int_equal(after.instructions[after.count - 2].k, SECCOMP_RET_ERRNO | EPERM);
}

TEST(other_capabilities_are_another_filter)
{
	_cleanup_(test_directory_done) struct test_directory dir = test_directory_new();
	_cleanup_(seccomp_filter_done) struct seccomp_filter none = {0}, all = {0};
	_cleanup_close_ int cache = private_cache(&dir);
	struct ncrun_error err = {0};

	assert_ok(filter_of_profile("default", 0, cache, &none, &err));
	assert_ok(filter_of_profile("default", UINT64_MAX, cache, &all, &err));

	assert_int_not_equal(none.count, all.count);
}

TEST(a_cached_filter_is_the_compiled_one)
{
	_cleanup_(test_directory_done) struct test_directory dir = test_directory_new();
	_cleanup_(seccomp_filter_done) struct seccomp_filter compiled = {0}, cached = {0};
	_cleanup_close_ int cache = private_cache(&dir);
	struct ncrun_error err = {0};

	assert_ok(filter_of_profile("default", 7, cache, &compiled, &err));
	assert_ok(filter_of_profile("default", 7, cache, &cached, &err));

	assert_int_equal(compiled.count, cached.count);
	assert_memory_equal(compiled.instructions, cached.instructions,
			    compiled.count * sizeof(*compiled.instructions));
}

TEST(a_cache_that_cannot_be_written_does_no_harm)
{
	_cleanup_(seccomp_filter_done) struct seccomp_filter filter = {0};
	_cleanup_close_ int fd = open("/proc/self", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct ncrun_error err = {0};

	assert_ok(filter_of_profile("default", 0, fd, &filter, &err));
	assert_true(filter.count > 0);
}

TEST(unconfined_is_no_filter)
{
	_cleanup_(seccomp_filter_done) struct seccomp_filter filter = {0};
	struct ncrun_error err = {0};

	assert_ok(filter_of_profile("unconfined", 0, -1, &filter, &err));
	assert_null(filter.instructions);
	assert_int_equal(filter.count, 0);
}

TEST(a_profile_that_is_not_there_is_named)
{
	_cleanup_(seccomp_filter_done) struct seccomp_filter filter = {0};
	struct ncrun_error err = {0};

	assert_fails(filter_of_profile("/nowhere/p.json", 0, -1, &filter, &err), ENOENT);
	assert_string_equal(err.message, "seccomp profile '/nowhere/p.json': neither a file nor "
					 "'default', 'log' or 'unconfined'");
	assert_null(filter.instructions);
}

TEST(a_profile_that_is_wrong_is_named_with_the_place)
{
	_cleanup_(test_directory_done) struct test_directory dir = test_directory_new();
	_cleanup_(seccomp_filter_done) struct seccomp_filter filter = {0};
	struct ncrun_error err = {0};
	char file[128], expected[256];

	test_file(dir.fd, "p.json", "{\n\"defaultAction\": \"ALLOW\"}");
	snprintf(file, sizeof(file), "%s/p.json", dir.path);
	snprintf(expected, sizeof(expected), "%s:2:18: 'ALLOW' is not an action", file);

	assert_fails(filter_of_profile(file, 0, -1, &filter, &err), EINVAL);
	assert_string_equal(err.message, expected);
}

TEST(a_text_may_be_given_instead_of_a_file)
{
	_cleanup_(seccomp_filter_done) struct seccomp_filter filter = {0};
	static const char text[] =
		"{\"defaultAction\": \"SCMP_ACT_NOTIFY\", \"listenerPath\": \"/run/l\","
		" \"flags\": [\"SECCOMP_FILTER_FLAG_LOG\"]}";
	const struct seccomp_request request = {.text = text, .length = sizeof(text) - 1};
	struct ncrun_error err = {0};

	assert_ok(seccomp_filter_make(&request, &filter, &err));

	assert_true(filter.notify);
	assert_string_equal(filter.listener_path, "/run/l");
	assert_int_equal(filter.flags, SECCOMP_FILTER_FLAG_LOG);
}

TEST(log_notifies_where_the_default_refuses)
{
	_cleanup_(seccomp_filter_done) struct seccomp_filter plain = {0}, telling = {0};
	struct ncrun_error err = {0};
	struct seccomp_data data = {.arch = architecture_at(architecture_native())->audit};

	assert_ok(filter_of_profile("default", 0, -1, &plain, &err));
	assert_ok(filter_of_profile("log", 0, -1, &telling, &err));

	assert_false(plain.notify);
	assert_true(telling.notify);
	for (data.nr = -10; data.nr < 600; data.nr++) {
		uint32_t said = program_evaluate(plain.instructions, plain.count, &data);
		uint32_t told = program_evaluate(telling.instructions, telling.count, &data);

		if (said == SECCOMP_RET_ALLOW)
			assert_int_equal(told, said);
		else
			assert_int_equal(told & SECCOMP_RET_ACTION_FULL, SECCOMP_RET_USER_NOTIF);
	}
}

TEST(a_kernel_release_is_its_first_two_numbers)
{
	assert_int_equal(kernel_release_parse("6.1.0-13-amd64"), KERNEL_RELEASE(6, 1));
	assert_int_equal(kernel_release_parse("5.10"), KERNEL_RELEASE(5, 10));
	assert_int_equal(kernel_release_parse("7-rc1"), KERNEL_RELEASE(7, 0));
	assert_int_equal(kernel_release_parse("4.19.325"), KERNEL_RELEASE(4, 19));
	assert_int_equal(kernel_release_parse("none"), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_cached_filter_loads_no_library),
		cmocka_unit_test(a_changed_profile_is_not_taken_for_the_old_one),
		cmocka_unit_test(other_capabilities_are_another_filter),
		cmocka_unit_test(a_cached_filter_is_the_compiled_one),
		cmocka_unit_test(a_cache_that_cannot_be_written_does_no_harm),
		cmocka_unit_test(unconfined_is_no_filter),
		cmocka_unit_test(a_profile_that_is_not_there_is_named),
		cmocka_unit_test(a_profile_that_is_wrong_is_named_with_the_place),
		cmocka_unit_test(a_text_may_be_given_instead_of_a_file),
		cmocka_unit_test(log_notifies_where_the_default_refuses),
		cmocka_unit_test(a_kernel_release_is_its_first_two_numbers),
	};

	return cmocka_run_group_tests_name("seccomp/filter", tests, NULL, NULL);
}
