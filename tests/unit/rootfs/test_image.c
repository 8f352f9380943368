/* SPDX-License-Identifier: Apache-2.0 */

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "rootfs/rootfs.h"
#include "rootfs/store.h"
#include "tests/support/directory.h"
#include "tests/support/test.h"

#define ONE   "1111111111111111111111111111111111111111111111111111111111111111"
#define TWO   "2222222222222222222222222222222222222222222222222222222222222222"
#define TWINS "2222222222222222222222222222222222222222222222222222222222222223"

struct fixture {
	struct test_directory dir;
	struct ncrun_store *store;
};

static void fixture_done(struct fixture *fixture)
{
	ncrun_store_unref(fixture->store);
	test_directory_done(&fixture->dir);
}

static void fixture_init(struct fixture *fixture)
{
	struct ncrun_error err = {0};
	char path[128];

	fixture->dir = test_directory_new();
	snprintf(path, sizeof(path), "%s/store", fixture->dir.path);
	assert_ok(ncrun_store_open(path, &fixture->store, &err));
}

#define FIXTURE(name)                                      \
	_cleanup_(fixture_done) struct fixture name = {0}; \
	fixture_init(&name)

/** Content as an import would leave it. */
static void put_content(const struct fixture *fixture, const char *digest, const char *config)
{
	static const char *const parts[] = {"", "/root"};
	_cleanup_close_ int images = -1;
	struct ncrun_error err = {0};
	char path[160];

	assert_ok(store_directory_open(fixture->store, "images", &images, &err));
	for (size_t i = 0; i < 2; i++) {
		snprintf(path, sizeof(path), "%s%s", digest, parts[i]);
		assert_int_equal(mkdirat(images, path, 0700), 0);
	}
	snprintf(path, sizeof(path), "%s/config", digest);
	test_file(images, path, config);
	snprintf(path, sizeof(path), "%s/lock", digest);
	test_file(images, path, "");
	snprintf(path, sizeof(path), "%s/root/file", digest);
	test_file(images, path, "content");
}

static void put_name(const struct fixture *fixture, const char *name, const char *target)
{
	_cleanup_close_ int names = -1;
	struct ncrun_error err = {0};

	assert_ok(store_directory_open(fixture->store, "names", &names, &err));
	assert_int_equal(symlinkat(target, names, name), 0);
}

TEST(opens_by_name_and_by_the_beginning_of_a_digest)
{
	static const char *const good[] = {"a", ONE, "111111111111", "11111111111111"};
	static const char *const absent[] = {"b", "11111111111", "1111111111110", TWO};
	struct ncrun_error err = {0};
	FIXTURE(fixture);

	put_content(&fixture, ONE, "source=/x.tar\nbytes=5\nenv=A=1\nenv=B=\\n\ncreated=-3\n");
	put_name(&fixture, "a", ONE);
	for (size_t i = 0; i < 4; i++) {
		_cleanup_(ncrun_image_unrefp) struct ncrun_image *image = NULL;
		const struct ncrun_image_info *info;

		assert_ok(ncrun_image_open(fixture.store, good[i], &image, &err));
		info = ncrun_image_info(image);
		assert_string_equal(info->digest, ONE);
		assert_string_equal(info->source, "/x.tar");
		assert_int_equal(info->bytes, 5);
		assert_int_equal(info->created_at_s, -3);
		assert_string_equal(info->env[1], "B=\n");
		assert_null(info->user);
		if (i == 0)
			assert_string_equal(info->name, "a");
		else
			assert_null(info->name);
		assert_int_equal(faccessat(image_root_fd(image), "file", F_OK, 0), 0);
	}
	for (size_t i = 0; i < 4; i++) {
		struct ncrun_image *image = NULL;

		assert_fails(ncrun_image_open(fixture.store, absent[i], &image, &err), ENOENT);
		assert_non_null(strstr(err.message, "no image '"));
	}
}

TEST(refuses_a_beginning_that_several_digests_have)
{
	struct ncrun_image *image = NULL;
	struct ncrun_error err = {0};
	FIXTURE(fixture);

	put_content(&fixture, TWO, "");
	put_content(&fixture, TWINS, "");
	assert_fails(ncrun_image_open(fixture.store, "222222222222", &image, &err), EINVAL);
	assert_string_equal(err.message,
			    "image '222222222222': 2 images have digests that begin so");
}

TEST(says_what_is_wrong_with_a_damaged_store)
{
	static const struct {
		const char *name, *target;
		int code;
		const char *says;
	} cases[] = {
		{"dangling", TWO, ENOENT, "image 'dangling' has lost its content; import it again"},
		{"elsewhere", "../../../etc", EBADMSG,
		 "image 'elsewhere': the name points at '../../../etc'"},
		{"long", ONE ONE, EBADMSG, "which is not a digest"},
	};
	struct ncrun_error err = {0};
	FIXTURE(fixture);

	for (size_t i = 0; i < 3; i++) {
		struct ncrun_image *image = NULL;

		put_name(&fixture, cases[i].name, cases[i].target);
		assert_fails(ncrun_image_open(fixture.store, cases[i].name, &image, &err),
			     cases[i].code);
		assert_non_null(strstr(err.message, cases[i].says));
		assert_ok(ncrun_image_remove(fixture.store, cases[i].name, &err));
	}
}

TEST(an_image_in_use_stays_until_its_last_user_is_gone)
{
	struct ncrun_collect_report report;
	struct ncrun_image *image = NULL, *none = NULL;
	struct ncrun_error err = {0};
	int copy;
	FIXTURE(fixture);

	put_content(&fixture, ONE, "");
	put_name(&fixture, "a", ONE);
	assert_ok(ncrun_image_open(fixture.store, "a", &image, &err));
	copy = fcntl(image_lock_fd(image), F_DUPFD_CLOEXEC, 0);
	assert_ok(ncrun_image_remove(fixture.store, "a", &err));
	assert_fails(ncrun_image_open(fixture.store, "a", &none, &err), ENOENT);
	assert_int_equal(faccessat(image_root_fd(image), "file", F_OK, 0), 0);
	assert_fails(ncrun_image_remove(fixture.store, ONE, &err), EBUSY);
	assert_string_equal(err.message, "image '" ONE "' is in use");

	ncrun_image_unref(image); /* a node still has the lock */
	assert_ok(ncrun_store_collect(fixture.store, false, &report, &err));
	assert_int_equal(report.images, 0);
	assert_int_equal(report.in_use, 1);
	close(copy);
	assert_ok(ncrun_store_collect(fixture.store, true, &report, &err));
	assert_int_equal(report.images, 1);
	assert_true(report.bytes > 0);
	assert_ok(ncrun_store_collect(fixture.store, false, &report, &err));
	assert_int_equal(report.images, 1);
	assert_ok(ncrun_store_collect(fixture.store, false, &report, &err));
	assert_int_equal(report.images, 0);
}

TEST(removes_content_with_its_last_name_only)
{
	struct ncrun_image *image = NULL;
	struct ncrun_error err = {0};
	FIXTURE(fixture);

	put_content(&fixture, ONE, "");
	put_name(&fixture, "a", ONE);
	put_name(&fixture, "b", ONE);
	assert_fails(ncrun_image_remove(fixture.store, ONE, &err), EBUSY);
	assert_non_null(strstr(err.message, "has a name; remove it by that"));
	assert_ok(ncrun_image_remove(fixture.store, "a", &err));
	assert_ok(ncrun_image_open(fixture.store, "b", &image, &err));
	ncrun_image_unref(image);
	assert_ok(ncrun_image_remove(fixture.store, "b", &err));
	assert_fails(ncrun_image_open(fixture.store, ONE, &image, &err), ENOENT);
	assert_fails(ncrun_image_remove(fixture.store, "b", &err), ENOENT);
}

TEST(lists_names_in_order_and_nameless_content_last)
{
	static const char *const expected[] = {"a", "b", "c", NULL};
	struct ncrun_image **list = NULL, *used = NULL;
	struct ncrun_error err = {0};
	size_t count = 0;
	FIXTURE(fixture);

	assert_ok(ncrun_image_list(fixture.store, &list, &count, &err));
	assert_int_equal(count, 0);
	ncrun_image_list_free(list, count);
	put_content(&fixture, ONE, "");
	put_content(&fixture, TWO, "");
	put_content(&fixture, TWINS, "");
	put_name(&fixture, "c", ONE);
	put_name(&fixture, "a", ONE);
	put_name(&fixture, "b", TWO);
	put_name(&fixture, "lost",
		 "3333333333333333333333333333333333333333333333333333333333333333");
	assert_ok(ncrun_image_open(fixture.store, "b", &used, &err));

	assert_ok(ncrun_image_list(fixture.store, &list, &count, &err));
	assert_int_equal(count, 4);
	for (size_t i = 0; i < 4; i++) {
		const struct ncrun_image_info *info = ncrun_image_info(list[i]);

		if (expected[i])
			assert_string_equal(info->name, expected[i]);
		else
			assert_null(info->name);
		assert_int_equal(info->in_use, i == 1);
	}
	ncrun_image_list_free(list, count);
	ncrun_image_unref(used);
}

TEST(collects_what_is_not_ours_in_the_work_area_without_following_it)
{
	struct ncrun_collect_report report;
	_cleanup_close_ int tmp = -1;
	struct ncrun_error err = {0};
	FIXTURE(fixture);

	test_file(fixture.dir.fd, "precious", "x");
	assert_ok(store_directory_open(fixture.store, "tmp", &tmp, &err));
	assert_int_equal(symlinkat("../..", tmp, "link"), 0);
	test_file(tmp, "file", "x");
	assert_int_equal(mkdirat(tmp, "dead", 0700), 0);
	assert_int_equal(symlinkat("../../../precious", tmp, "dead/link"), 0);

	assert_ok(ncrun_store_collect(fixture.store, false, &report, &err));
	assert_int_equal(report.unfinished, 3);
	assert_int_equal(faccessat(fixture.dir.fd, "precious", F_OK, 0), 0);
	assert_int_equal(unlinkat(fixture.store->fd, "tmp", AT_REMOVEDIR), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(opens_by_name_and_by_the_beginning_of_a_digest),
		cmocka_unit_test(refuses_a_beginning_that_several_digests_have),
		cmocka_unit_test(says_what_is_wrong_with_a_damaged_store),
		cmocka_unit_test(an_image_in_use_stays_until_its_last_user_is_gone),
		cmocka_unit_test(removes_content_with_its_last_name_only),
		cmocka_unit_test(lists_names_in_order_and_nameless_content_last),
		cmocka_unit_test(collects_what_is_not_ours_in_the_work_area_without_following_it),
	};

	return cmocka_run_group_tests_name("rootfs/image", tests, NULL, NULL);
}
