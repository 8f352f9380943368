/* SPDX-License-Identifier: Apache-2.0 */

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "rootfs/import.h"
#include "rootfs/pull.h"
#include "rootfs/rootfs.h"
#include "tests/support/alpine_mirror.h"
#include "tests/support/test.h"

#define NOWHERE "http://127.0.0.1:1/alpine"

static struct {
	unsigned int count;
	char last[1200];
} notices;

static void notice(void *data, const char *line)
{
	(void)data;
	notices.count++;
	snprintf(notices.last, sizeof(notices.last), "%s", line);
}

static int ensure(const char *name, enum ncrun_pull_policy pull, const char *mirror,
		  struct ncrun_image **ret)
{
	const struct image_wish wish = {.name = name,
					.pull = pull,
					.mirror = mirror,
					.notice = notice};

	memset(&err, 0, sizeof(err));
	memset(&notices, 0, sizeof(notices));
	return image_ensure(pull_store, &wish, ret, &err);
}

/* Put the archive into the store under @name, without a mirror. */
static void import(const char *name, const char *source)
{
	_cleanup_close_ int fd = memfd_create("archive", MFD_CLOEXEC);
	size_t size;
	const char *bytes = archive_bytes(&size);

	assert_int_equal(pwrite(fd, bytes, size, 0), size);
	assert_ok(image_import_fd(pull_store, name, fd, source, NULL, NULL, &err));
}

static void mirror_required(void)
{
	const char *architecture = "";

	archive_required();
	if (alpine_architecture(&architecture, &err) < 0 || strcmp(architecture, "x86_64") != 0) {
		print_message("the mirror of this test has x86_64 only\n");
		skip();
	}
}

static void embedded_required(void)
{
	if (!image_embedded_available()) {
		print_message("built without an embedded image\n");
		skip();
	}
}

static void assert_has(const char *text, const char *part)
{
	if (!strstr(text, part))
		fail_msg("'%s' lacks '%s'", text, part);
}

TEST(uses_the_store_without_asking_anybody)
{
	_cleanup_(ncrun_image_unrefp) struct ncrun_image *image = NULL;
	_cleanup_(ncrun_image_unrefp) struct ncrun_image *other = NULL;

	archive_required();
	import("alpine", "here");
	import("mine", "here");
	assert_ok(ensure("alpine", NCRUN_PULL_MISSING, NOWHERE, &image));
	assert_ok(ensure("mine", NCRUN_PULL_ALWAYS, NOWHERE, &other));

	assert_int_equal(notices.count, 0);
	assert_string_equal(ncrun_image_info(image)->source, "here");
}

TEST(pulls_alpine_once_when_it_is_missing)
{
	_cleanup_(ncrun_image_unrefp) struct ncrun_image *image = NULL;
	_cleanup_(ncrun_image_unrefp) struct ncrun_image *again = NULL;
	const char *mirror;

	mirror_required();
	mirror = mirror_start((struct mirror_fault){0});
	assert_ok(ensure("alpine", NCRUN_PULL_MISSING, mirror, &image));
	assert_int_equal(notices.count, 1);
	assert_has(notices.last, "image 'alpine' was pulled from 'http://127.0.0.1:");

	assert_ok(ensure("alpine", NCRUN_PULL_MISSING, mirror, &again));
	assert_int_equal(notices.count, 0);
	assert_int_equal(mirror_hits("latest-stable", "latest-releases.yaml"), 1);
}

TEST(always_asks_the_mirror_and_takes_no_stand_in)
{
	_cleanup_(ncrun_image_unrefp) struct ncrun_image *image = NULL;
	struct ncrun_image *none = NULL;
	const char *mirror;

	mirror_required();
	import("alpine", "here");
	mirror = mirror_start((struct mirror_fault){0});
	assert_ok(ensure("alpine", NCRUN_PULL_ALWAYS, mirror, &image));
	assert_int_equal(mirror_hits("latest-stable", "latest-releases.yaml"), 1);

	assert_fails(ensure("alpine", NCRUN_PULL_ALWAYS, NOWHERE, &none), ENETUNREACH);
	assert_null(none);
}

TEST(the_embedded_image_serves_when_no_mirror_is_in_reach)
{
	_cleanup_(ncrun_image_unrefp) struct ncrun_image *image = NULL;
	_cleanup_(ncrun_image_unrefp) struct ncrun_image *again = NULL;

	embedded_required();
	assert_ok(ensure("alpine", NCRUN_PULL_MISSING, NOWHERE, &image));
	assert_int_equal(notices.count, 1);
	assert_has(notices.last, "the embedded image serves as 'alpine', which it is not (pull");
	assert_string_equal(ncrun_image_info(image)->name, "embedded");
	assert_has(ncrun_image_info(image)->os_release, "not Alpine Linux");

	assert_ok(ensure("alpine", NCRUN_PULL_MISSING, NOWHERE, &again));
	assert_has(notices.last, "mirror '" NOWHERE "' was out of reach");
	assert_store_has(1);
}

TEST(another_mirror_is_tried_although_one_was_out_of_reach)
{
	_cleanup_(ncrun_image_unrefp) struct ncrun_image *image = NULL;
	_cleanup_(ncrun_image_unrefp) struct ncrun_image *stand_in = NULL;

	embedded_required();
	mirror_required();
	assert_ok(ensure("alpine", NCRUN_PULL_MISSING, NOWHERE, &stand_in));
	assert_ok(ensure("alpine", NCRUN_PULL_MISSING, mirror_start((struct mirror_fault){0}),
			 &image));

	assert_string_equal(ncrun_image_info(image)->name, "alpine");
}

TEST(never_pulls_when_told_so)
{
	_cleanup_(ncrun_image_unrefp) struct ncrun_image *image = NULL;
	struct ncrun_image *none = NULL;
	const char *mirror = mirror_start((struct mirror_fault){0});

	embedded_required();
	assert_ok(ensure("alpine", NCRUN_PULL_NEVER, mirror, &image));
	assert_string_equal(ncrun_image_info(image)->name, "embedded");
	assert_has(notices.last, "pulling is off");

	assert_fails(ensure("alpine:3.20", NCRUN_PULL_NEVER, mirror, &none), ENOENT);
	assert_has(err.message, "image 'alpine:3.20' is not in the store");
	assert_fails(ensure("docker://nginx", NCRUN_PULL_NEVER, NULL, &none), ENOENT);
	assert_int_equal(mirror_hits("latest-stable", "latest-releases.yaml"), 0);
}

TEST(a_certain_version_has_no_stand_in)
{
	struct ncrun_image *none = NULL;

	assert_fails(ensure("alpine:3.20", NCRUN_PULL_MISSING, NOWHERE, &none), ENETUNREACH);

	assert_null(none);
	assert_int_equal(notices.count, 0);
	assert_store_has(0);
}

TEST(a_wrong_checksum_is_not_papered_over)
{
	struct ncrun_image *none = NULL;
	const char *mirror;

	mirror_required();
	mirror = mirror_start((struct mirror_fault){.wrong_checksum = true});
	assert_fails(ensure("alpine", NCRUN_PULL_MISSING, mirror, &none), EBADMSG);

	assert_has(err.message, "pull 'alpine': wrong checksum");
	assert_store_has(0);
}

TEST(unknown_names_are_never_pulled)
{
	struct ncrun_image *none = NULL;

	assert_fails(ensure("alpien", NCRUN_PULL_ALWAYS, NOWHERE, &none), ENOENT);
	assert_has(err.message, "no image 'alpien' in the store");
	assert_has(err.message, "did you mean 'alpine'?");
	assert_fails(ensure("ubuntu", NCRUN_PULL_MISSING, NOWHERE, &none), ENOENT);
	assert_has(err.message, "ncrun rootfs import ubuntu FILE");
	assert_fails(ensure("a b", NCRUN_PULL_MISSING, NOWHERE, &none), EINVAL);
	assert_fails(ensure("alpine:3", NCRUN_PULL_MISSING, NOWHERE, &none), EINVAL);
	assert_fails(ensure("docker://A", NCRUN_PULL_MISSING, NOWHERE, &none), EINVAL);
	assert_null(none);
	assert_store_has(0);
}

TEST(the_embedded_image_has_a_name_that_can_be_asked_for)
{
	_cleanup_(ncrun_image_unrefp) struct ncrun_image *image = NULL;

	embedded_required();
	assert_ok(ensure("embedded", NCRUN_PULL_MISSING, NOWHERE, &image));

	assert_int_equal(notices.count, 0);
	assert_string_equal(ncrun_image_info(image)->source, "embedded");
}

TEST(somebodys_own_image_named_embedded_is_left_alone)
{
	_cleanup_(ncrun_image_unrefp) struct ncrun_image *image = NULL;
	struct ncrun_image *none = NULL;

	embedded_required();
	archive_required();
	import("embedded", "mine");
	if (ensure("alpine", NCRUN_PULL_NEVER, NULL, &image) == 0) {
		ncrun_image_unref(take_ptr(image));
		print_message("SKIP-ALLOWED: no archive at NCRUN_TEST_ALPINE, so what is served "
			      "here is the embedded image itself\n");
		skip();
	}
	assert_has(err.message, "'embedded' in the store taken by one from 'mine'");
	assert_ok(ensure("embedded", NCRUN_PULL_NEVER, NULL, &none));
	assert_string_equal(ncrun_image_info(none)->source, "mine");
	ncrun_image_unref(none);
}

TEST(nodes_that_start_at_once_pull_once)
{
	const char *mirror;
	int failed = 0;

	mirror_required();
	mirror = mirror_start((struct mirror_fault){0});
	for (int i = 0; i < 5; i++) {
		struct ncrun_image *image = NULL;
		pid_t pid = fork();

		assert_true(pid >= 0);
		if (pid == 0)
			_exit(ensure("alpine", NCRUN_PULL_MISSING, mirror, &image) == 0 ? 0 : 1);
	}
	for (int i = 0; i < 5; i++) {
		int status = 1;

		assert_true(waitpid(0, &status, 0) > 0);
		failed += status != 0;
	}

	assert_int_equal(failed, 0);
	assert_int_equal(mirror_hits("latest-stable", MIRROR_FILE), 1);
	assert_store_has(1);
}

#define ENSURE_TEST(f) cmocka_unit_test_setup_teardown(f, pull_setup, pull_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		ENSURE_TEST(uses_the_store_without_asking_anybody),
		ENSURE_TEST(pulls_alpine_once_when_it_is_missing),
		ENSURE_TEST(always_asks_the_mirror_and_takes_no_stand_in),
		ENSURE_TEST(the_embedded_image_serves_when_no_mirror_is_in_reach),
		ENSURE_TEST(another_mirror_is_tried_although_one_was_out_of_reach),
		ENSURE_TEST(never_pulls_when_told_so),
		ENSURE_TEST(a_certain_version_has_no_stand_in),
		ENSURE_TEST(a_wrong_checksum_is_not_papered_over),
		ENSURE_TEST(unknown_names_are_never_pulled),
		ENSURE_TEST(the_embedded_image_has_a_name_that_can_be_asked_for),
		ENSURE_TEST(somebodys_own_image_named_embedded_is_left_alone),
		ENSURE_TEST(nodes_that_start_at_once_pull_once),
	};

	return cmocka_run_group_tests_name("rootfs/ensure", tests, NULL, NULL);
}
