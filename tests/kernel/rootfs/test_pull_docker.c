/* SPDX-License-Identifier: Apache-2.0 */

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/process.h"
#include "rootfs/rootfs.h"
#include "tests/support/alpine_mirror.h"
#include "tests/support/registry.h"
#include "tests/support/test.h"

static struct registry registry;

static int setup(void **state)
{
	return pull_setup(state);
}

static int teardown(void **state)
{
	registry_stop(&registry);
	return pull_teardown(state);
}

static void skopeo_required(void)
{
	static const char *const argv[] = {"skopeo", "--version", NULL};
	int status;

	if (process_run(argv, 10000, &status, NULL, NULL, &err) < 0) {
		print_message("skopeo is not installed\n");
		skip();
	}
}

static const char *reference_to(const char *image)
{
	static char reference[256];

	snprintf(reference, sizeof(reference), "docker://%s/%s", registry.host, image);
	return reference;
}

static int pull(const char *reference, struct ncrun_image **ret)
{
	memset(&err, 0, sizeof(err));
	return ncrun_image_pull(pull_store, reference, NULL, NULL, ret, &err);
}

TEST(pulls_from_a_registry_of_this_machine)
{
	_cleanup_(ncrun_image_unrefp) struct ncrun_image *image = NULL;
	const struct ncrun_image_info *info;
	_cleanup_close_ int fd = -1;
	char text[64] = "";

	skopeo_required();
	registry_start(&registry, false);
	assert_ok(pull(reference_to(REGISTRY_IMAGE), &image));

	info = ncrun_image_info(image);
	assert_string_equal(info->name, "lab-hello");
	assert_string_equal(info->format, "oci-archive");
	assert_non_null(strstr(info->source, "docker://127.0.0.1:"));
	assert_string_equal(info->env[0], "GREETING=yes");
	assert_string_equal(info->cmd[0], "/bin/hello");
	assert_string_equal(info->workdir, "/etc");
	fd = openat(image_root_fd(image), "etc/greeting", O_RDONLY | O_CLOEXEC);
	assert_true(read(fd, text, sizeof(text) - 1) > 0);
	assert_string_equal(text, REGISTRY_GREETING);
	assert_store_has(1);
}

TEST(refuses_a_layer_that_is_not_what_its_digest_says)
{
	skopeo_required();
	registry_start(&registry, true);
	assert_fails(pull(reference_to(REGISTRY_IMAGE), NULL), EBADMSG);

	assert_non_null(strstr(err.message, "skopeo: "));
	assert_store_has(0);
}

TEST(says_which_image_a_registry_does_not_have)
{
	skopeo_required();
	registry_start(&registry, false);
	assert_fails(pull(reference_to("lab/absent:1"), NULL), ENOENT);

	assert_non_null(strstr(err.message, "pull 'docker://127.0.0.1:"));
	assert_non_null(strstr(err.message, "lab/absent:1': skopeo: "));
	assert_store_has(0);
}

TEST(says_that_a_registry_is_not_reached)
{
	skopeo_required();
	assert_fails(pull("docker://127.0.0.1:1/lab/hello", NULL), ENETUNREACH);

	assert_store_has(0);
}

TEST(a_derived_name_does_not_take_another_registrys_image)
{
	_cleanup_(ncrun_image_unrefp) struct ncrun_image *image = NULL;
	const struct image_wish wish = {.name = "docker://localhost:1/lab/hello"};

	skopeo_required();
	registry_start(&registry, false);
	assert_ok(pull(reference_to(REGISTRY_IMAGE), NULL));
	assert_fails(pull("docker://localhost:1/lab/hello", NULL), EEXIST);
	assert_non_null(strstr(err.message, "image 'lab-hello' is in the store already, from"));
	assert_fails(image_ensure(pull_store, &wish, &image, &err), EEXIST);

	assert_null(image);
	assert_store_has(1);
}

TEST(an_image_once_pulled_needs_no_registry)
{
	_cleanup_(ncrun_image_unrefp) struct ncrun_image *image = NULL;
	struct image_wish wish = {0};

	skopeo_required();
	registry_start(&registry, false);
	wish.name = reference_to(REGISTRY_IMAGE);
	assert_ok(pull(wish.name, NULL));
	registry_stop(&registry);
	assert_ok(image_ensure(pull_store, &wish, &image, &err));

	assert_string_equal(ncrun_image_info(image)->name, "lab-hello");
}

TEST(says_how_to_get_skopeo)
{
	const char *old = getenv("PATH");
	_cleanup_free_ char *path = strdup(old ? old : "");
	int r;

	setenv("PATH", "/nonexistent", 1);
	r = pull("docker://nginx", NULL);
	setenv("PATH", path, 1);

	assert_int_equal(r, -ENOPKG);
	assert_non_null(
		strstr(err.message, "'skopeo' is not installed (Debian: apt-get install skopeo)"));
	assert_store_has(0);
}

#define DOCKER_TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		DOCKER_TEST(pulls_from_a_registry_of_this_machine),
		DOCKER_TEST(refuses_a_layer_that_is_not_what_its_digest_says),
		DOCKER_TEST(says_which_image_a_registry_does_not_have),
		DOCKER_TEST(says_that_a_registry_is_not_reached),
		DOCKER_TEST(a_derived_name_does_not_take_another_registrys_image),
		DOCKER_TEST(an_image_once_pulled_needs_no_registry),
		DOCKER_TEST(says_how_to_get_skopeo),
	};

	return cmocka_run_group_tests_name("rootfs/pull_docker", tests, NULL, NULL);
}
