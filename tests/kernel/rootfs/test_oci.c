/* SPDX-License-Identifier: Apache-2.0 */

/* Archives of images: which one is taken, what it says of itself, and what is wrong with it. */

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/process.h"
#include "rootfs/oci.h"
#include "rootfs/rootfs.h"
#include "tests/support/image_lab.h"
#include "tests/support/layered_image.h"
#include "tests/support/nsroot.h"
#include "tests/support/test.h"

#define CONFIG                                                                               \
	"\"User\":\"www:33\",\"WorkingDir\":\"/srv\",\"Env\":[\"PATH=/bin\",\"A=b c\\nd\"]," \
	"\"Entrypoint\":[\"/bin/tini\",\"--\"],\"Cmd\":[\"serve\",\"\"],\"StopSignal\":\"SIGRTMIN+3\""

#define IMAGE(name) _cleanup_(layered_image_done) struct layered_image name = {0}

/** One layer with the file @file, and another with hello. */
static void fill(struct layered_image *image, const char *file, const char *tag)
{
	image->count = 2;
	image->tag = tag;
	tar_put(&image->layers[0], .name = file, .data = "1");
	tar_end(&image->layers[0]);
	tar_put(&image->layers[1], .name = "hello", .data = "2");
	tar_end(&image->layers[1]);
}

static void assert_config(struct image_lab *lab, const char *format)
{
	_cleanup_(ncrun_image_unrefp) struct ncrun_image *image = NULL;
	const struct ncrun_image_info *info;
	struct ncrun_error err = {0};

	assert_ok(ncrun_image_open(lab->store, "a", &image, &err));
	info = ncrun_image_info(image);
	assert_string_equal(info->format, format);
	assert_string_equal(info->user, "www:33");
	assert_string_equal(info->workdir, "/srv");
	assert_string_equal(info->env[0], "PATH=/bin");
	assert_string_equal(info->env[1], "A=b c\nd");
	assert_null(info->env[2]);
	assert_string_equal(info->entrypoint[1], "--");
	assert_string_equal(info->cmd[0], "serve");
	assert_string_equal(info->cmd[1], "");
	assert_null(info->cmd[2]);
	assert_int_equal(info->stop_signal, SIGRTMIN + 3);
	assert_string_equal(info->architecture, oci_architecture());
	assert_int_equal(faccessat(image_root_fd(image), "first", F_OK, 0), 0);
	assert_int_equal(faccessat(image_root_fd(image), "hello", F_OK, 0), 0);
	assert_int_equal(info->entries, 3);
}

TEST(reads_what_docker_saves)
{
	_cleanup_text_ struct text archive = {0};
	struct ncrun_error err = {0};
	IMAGE(image);
	LAB(lab);

	nsroot_required();
	fill(&image, "first", "web:1");
	image.config = CONFIG;
	layered_image_docker(&image, 1, &archive);

	assert_ok(image_lab_import(&lab, "a", &archive, "gzip", &err));
	assert_config(&lab, "docker-archive");
}

TEST(reads_oci_archives_and_layouts)
{
	static const char *const filters[] = {NULL, "gzip", "zstd"};

	nsroot_required();
	for (size_t i = 0; i < 3; i++) {
		_cleanup_text_ struct text archive = {0};
		struct ncrun_error err = {0};
		char path[128], command[256];
		IMAGE(image);
		LAB(lab);

		fill(&image, "first", NULL);
		image.config = CONFIG;
		image.filter = filters[i];
		layered_image_oci(&image, 1, lab.dir.fd, &archive);
		assert_ok(image_lab_import(&lab, "a", &archive, NULL, &err));
		assert_config(&lab, "oci-archive");

		snprintf(command, sizeof(command),
			 "cd %s && mkdir layout && tar -xf archive -C layout", lab.dir.path);
		assert_int_equal(system(command), 0); /* NOLINT(cert-env33-c): a test's own path */
		snprintf(path, sizeof(path), "%s/layout", lab.dir.path);
		assert_ok(ncrun_image_import(lab.store, "a", path, NULL, NULL, &err));
		assert_config(&lab, "oci-layout");
	}
}

/** What the last progress of each phase said. */
struct seen {
	struct ncrun_progress unpack, layers;
};

static int see_progress(void *data, const struct ncrun_progress *progress)
{
	struct seen *seen = data;

	*(strcmp(progress->phase, "unpack") == 0 ? &seen->unpack : &seen->layers) = *progress;
	return 0;
}

TEST(tells_how_far_it_is)
{
	_cleanup_text_ struct text archive = {0};
	_cleanup_free_ char *bytes = calloc(1, 4u << 20);
	struct ncrun_error err = {0};
	struct seen seen = {0};
	IMAGE(image);
	LAB(lab);

	nsroot_required();
	image.count = 1;
	tar_put(&image.layers[0], .name = "large", .data = bytes, .size = 4u << 20);
	tar_end(&image.layers[0]);
	layered_image_docker(&image, 1, &archive);
	lab.options.note = NULL;
	lab.options.progress = see_progress;
	lab.options.data = &seen;

	assert_ok(image_lab_import(&lab, "a", &archive, NULL, &err));
	assert_int_equal(seen.unpack.done_bytes, archive.length);
	assert_int_equal(seen.unpack.total_bytes, archive.length);
	assert_string_equal(seen.layers.phase, "apply layers");
	assert_int_equal(seen.layers.total_bytes, 2 * image.layers[0].length); /* read twice */
	assert_in_range(seen.layers.done_bytes, 7u << 20, seen.layers.total_bytes);
}

TEST(takes_the_image_of_the_tag)
{
	_cleanup_text_ struct text archive = {0};
	_cleanup_close_ int root = -1;
	struct ncrun_error err = {0};
	struct layered_image images[2] = {0};
	LAB(lab);

	nsroot_required();
	fill(&images[0], "one", "web:latest");
	fill(&images[1], "two", "db:16");
	layered_image_docker(images, 2, &archive);

	assert_refused(&lab, &archive, NULL, EINVAL,
		       "the archive holds 2 images, say which: 'web:latest', 'db:16'");
	lab.options.image_tag = "db:15";
	assert_refused(&lab, &archive, NULL, EINVAL,
		       "the archive holds no image 'db:15', but 'web:latest', 'db:16'");
	lab.options.image_tag = "db:16";
	assert_ok(image_lab_import(&lab, "a", &archive, NULL, &err));
	lab.options.image_tag = "web";
	assert_ok(image_lab_import(&lab, "b", &archive, NULL, &err));
	root = image_lab_root(&lab, "a"); /* not the other's, though it is the same archive */
	assert_int_equal(faccessat(root, "two", F_OK, 0), 0);
	layered_image_done(&images[0]);
	layered_image_done(&images[1]);
}

TEST(takes_the_image_for_this_machine)
{
	_cleanup_text_ struct text archive = {0}, foreign = {0};
	_cleanup_close_ int root = -1;
	struct ncrun_error err = {0};
	struct layered_image images[2] = {0};
	LAB(lab);

	nsroot_required();
	fill(&images[0], "other", "web");
	images[0].architecture = "s390x";
	fill(&images[1], "ours", "web");
	images[1].architecture = oci_architecture();
	layered_image_oci(images, 2, lab.dir.fd, &archive);

	assert_ok(image_lab_import(&lab, "a", &archive, NULL, &err));
	root = image_lab_root(&lab, "a");
	assert_int_equal(faccessat(root, "ours", F_OK, 0), 0);
	images[1].architecture = "ppc64le";
	layered_image_oci(images, 2, lab.dir.fd, &foreign);
	assert_refused(&lab, &foreign, NULL, EINVAL, "the archive holds no image for ");
	layered_image_done(&images[0]);
	layered_image_done(&images[1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_what_docker_saves),
		cmocka_unit_test(reads_oci_archives_and_layouts),
		cmocka_unit_test(tells_how_far_it_is),
		cmocka_unit_test(takes_the_image_of_the_tag),
		cmocka_unit_test(takes_the_image_for_this_machine),
	};

	return cmocka_run_group_tests_name("rootfs/oci", tests, nsroot_setup, NULL);
}
