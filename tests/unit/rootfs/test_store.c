/* SPDX-License-Identifier: Apache-2.0 */

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "rootfs/rootfs.h"
#include "rootfs/store.h"
#include "tests/support/directory.h"
#include "tests/support/test.h"

static char *path_below(const struct test_directory *dir, const char *name)
{
	char *path = NULL;

	assert_true(asprintf(&path, "%s/%s", dir->path, name) > 0);
	return path;
}

TEST(opens_a_store_that_nobody_else_may_enter)
{
	_cleanup_(test_directory_done) struct test_directory dir = test_directory_new();
	_cleanup_(ncrun_store_unrefp) struct ncrun_store *store = NULL;
	_cleanup_free_ char *path = path_below(&dir, "a/b/store");
	struct ncrun_error err = {0};
	struct stat st;

	assert_ok(ncrun_store_open(path, &store, &err));
	assert_string_equal(ncrun_store_path(store), path);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode, S_IFDIR | 0700);
}

/* CVE-2021-41091 and CVE-2024-25621: what is below may be setuid */
TEST(refuses_a_store_that_others_may_enter)
{
	static const mode_t modes[] = {0711, 0750, 0701, 0777};
	_cleanup_(test_directory_done) struct test_directory dir = test_directory_new();
	_cleanup_free_ char *path = path_below(&dir, "store");
	struct ncrun_error err = {0};

	assert_int_equal(mkdir(path, 0700), 0);
	for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++) {
		struct ncrun_store *store = NULL;

		assert_int_equal(chmod(path, modes[i]), 0);
		assert_fails(ncrun_store_open(path, &store, &err), EPERM);
		assert_null(store);
	}
}

TEST(refuses_a_store_of_somebody_else)
{
	_cleanup_(test_directory_done) struct test_directory dir = test_directory_new();
	_cleanup_free_ char *path = path_below(&dir, "store");
	struct ncrun_store *store = NULL;
	struct ncrun_error err = {0};

	if (geteuid() != 0) {
		print_message("SKIP-ALLOWED: only root can give a directory away\n");
		skip();
	}
	assert_int_equal(mkdir(path, 0700), 0);
	assert_int_equal(chown(path, 1234, 1234), 0);
	assert_fails(ncrun_store_open(path, &store, &err), EPERM);
}

/* CVE-2011-4116 is of this class */
TEST(refuses_links_in_place_of_its_directories)
{
	static const char *const names[] = {"names", "images", "tmp", "cache"};
	_cleanup_(test_directory_done) struct test_directory dir = test_directory_new();
	_cleanup_(ncrun_store_unrefp) struct ncrun_store *store = NULL;
	_cleanup_free_ char *path = path_below(&dir, "store"), *decoy = path_below(&dir, "decoy");
	_cleanup_free_ char *link = path_below(&dir, "link");
	struct ncrun_store *other = NULL;
	struct ncrun_error err = {0};

	assert_int_equal(mkdir(decoy, 0700), 0);
	assert_int_equal(symlink("decoy", link), 0);
	assert_int_equal(ncrun_store_open(link, &other, &err) < 0, 1);

	assert_ok(ncrun_store_open(path, &store, &err));
	for (size_t i = 0; i < 4; i++) {
		_cleanup_close_ int fd = -1;

		assert_int_equal(symlinkat("../decoy", store->fd, names[i]), 0);
		assert_true(store_directory_open(store, names[i], &fd, &err) < 0);
		assert_int_equal(fd, -1);
	}
	assert_int_equal(rmdir(decoy), 0); /* still empty */
}

TEST(takes_its_place_from_the_environment)
{
	_cleanup_(test_directory_done) struct test_directory dir = test_directory_new();
	_cleanup_(ncrun_store_unrefp) struct ncrun_store *store = NULL;
	_cleanup_free_ char *path = path_below(&dir, "from_environment");
	_cleanup_free_ char *was = getenv("NCRUN_STORE") ? strdup(getenv("NCRUN_STORE")) : NULL;
	struct ncrun_error err = {0};

	setenv("NCRUN_STORE", path, 1);
	assert_ok(ncrun_store_open(NULL, &store, &err));
	assert_string_equal(ncrun_store_path(store), path);
	if (was)
		setenv("NCRUN_STORE", was, 1);
	else
		unsetenv("NCRUN_STORE");
}

TEST(makes_a_relative_path_absolute)
{
	_cleanup_(test_directory_done) struct test_directory dir = test_directory_new();
	_cleanup_(ncrun_store_unrefp) struct ncrun_store *store = NULL;
	_cleanup_free_ char *path = path_below(&dir, "here"), *before = getcwd(NULL, 0);
	struct ncrun_store *none = NULL;
	struct ncrun_error err = {0};

	assert_int_equal(chdir(dir.path), 0);
	assert_ok(ncrun_store_open("here", &store, &err));
	assert_int_equal(chdir(before), 0);
	assert_string_equal(ncrun_store_path(store), path);
	assert_fails(ncrun_store_open("", &none, &err), EINVAL);
}

TEST(gives_other_modules_caches_of_their_own)
{
	static const char *const bad[] = {"", "..", "a/b", "/tmp"};
	_cleanup_(test_directory_done) struct test_directory dir = test_directory_new();
	_cleanup_(ncrun_store_unrefp) struct ncrun_store *store = NULL;
	_cleanup_free_ char *path = path_below(&dir, "store");
	_cleanup_close_ int fd = -1, again = -1;
	struct ncrun_error err = {0};
	struct stat st;

	assert_ok(ncrun_store_open(path, &store, &err));
	assert_ok(store_cache_open(store, "seccomp", &fd, &err));
	assert_ok(store_cache_open(store, "seccomp", &again, &err));
	assert_int_equal(fstat(fd, &st), 0);
	assert_int_equal(st.st_mode, S_IFDIR | 0700);
	for (size_t i = 0; i < 4; i++) {
		int none = -1;

		assert_fails(store_cache_open(store, bad[i], &none, &err), EINVAL);
		assert_int_equal(none, -1);
	}
}

TEST(points_names_at_digests_and_tells_what_they_were)
{
	static const char one[] =
		"1111111111111111111111111111111111111111111111111111111111111111";
	static const char two[] =
		"2222222222222222222222222222222222222222222222222222222222222222";
	_cleanup_(test_directory_done) struct test_directory dir = test_directory_new();
	_cleanup_(store_area_done) struct store_area area = STORE_AREA_INIT;
	_cleanup_(ncrun_store_unrefp) struct ncrun_store *store = NULL;
	_cleanup_free_ char *path = path_below(&dir, "store");
	char found[DIGEST_TEXT_SIZE];
	struct ncrun_error err = {0};
	bool was_there;

	assert_ok(ncrun_store_open(path, &store, &err));
	assert_ok(store_area_new(store, &area, &err));
	assert_ok(store_name_get(store, "a", found, &err));
	assert_string_equal(found, "");
	assert_ok(store_name_set(store, &area, "a", one, found, &err));
	assert_string_equal(found, "");
	assert_ok(store_name_set(store, &area, "a", two, found, &err));
	assert_string_equal(found, one);
	assert_ok(store_name_get(store, "a", found, &err));
	assert_string_equal(found, two);
	assert_ok(store_name_remove(store, &area, "a", &was_there, found, &err));
	assert_true(was_there);
	assert_string_equal(found, two);
	assert_ok(store_name_remove(store, &area, "a", &was_there, found, &err));
	assert_false(was_there);
}

TEST(an_area_is_gone_with_all_in_it_when_released)
{
	_cleanup_(test_directory_done) struct test_directory dir = test_directory_new();
	_cleanup_(ncrun_store_unrefp) struct ncrun_store *store = NULL;
	_cleanup_free_ char *path = path_below(&dir, "store"), *tmp = path_below(&dir, "store/tmp");
	struct ncrun_error err = {0};

	assert_ok(ncrun_store_open(path, &store, &err));
	for (int i = 0; i < 2; i++) {
		_cleanup_(store_area_done) struct store_area area = STORE_AREA_INIT;

		assert_ok(store_area_new(store, &area, &err));
		assert_int_equal(mkdirat(area.fd, "image", 0700), 0);
		test_file(area.fd, "image/file", "x");
	}
	assert_int_equal(rmdir(tmp), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(opens_a_store_that_nobody_else_may_enter),
		cmocka_unit_test(refuses_a_store_that_others_may_enter),
		cmocka_unit_test(refuses_a_store_of_somebody_else),
		cmocka_unit_test(refuses_links_in_place_of_its_directories),
		cmocka_unit_test(takes_its_place_from_the_environment),
		cmocka_unit_test(makes_a_relative_path_absolute),
		cmocka_unit_test(gives_other_modules_caches_of_their_own),
		cmocka_unit_test(points_names_at_digests_and_tells_what_they_were),
		cmocka_unit_test(an_area_is_gone_with_all_in_it_when_released),
	};

	return cmocka_run_group_tests_name("rootfs/store", tests, NULL, NULL);
}
