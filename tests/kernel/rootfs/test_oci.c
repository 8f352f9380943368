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

/** Flip a byte behind the first occurrence of @mark. */
static void damage(struct text *archive, const char *mark)
{
	char *at = memmem(archive->chars, archive->length, mark, strlen(mark));

	assert_non_null(at);
	at[strlen(mark) - 1] ^= 1;
}

TEST(refuses_what_does_not_have_the_digest_it_should)
{
	static const char *const marks[] = {"LAYERDATA", "\"os\":\"linux",
					    "schemaVersion\":2,\"config"};

	nsroot_required();
	for (size_t i = 0; i < 3; i++) {
		_cleanup_text_ struct text oci = {0}, docker = {0};
		IMAGE(image);
		LAB(lab);

		image.count = 1;
		tar_put(&image.layers[0], .name = "f", .data = "LAYERDATA");
		tar_end(&image.layers[0]);
		layered_image_oci(&image, 1, lab.dir.fd, &oci);
		damage(&oci, marks[i]);
		assert_refused(&lab, &oci, NULL, EINVAL, "is damaged: its SHA-256 is ");
		if (i == 2) /* docker has no such manifest */
			continue;
		layered_image_docker(&image, 1, &docker);
		damage(&docker, marks[i]);
		assert_refused(&lab, &docker, NULL, EINVAL, "is damaged: ");
	}
}

TEST(refuses_images_that_make_no_sense)
{
	static const struct {
		const char *config, *os, *says;
	} cases[] = {
		{"\"Env\":\"A=b\"", NULL, "'Env' is not a list"},
		{"\"Cmd\":[1]", NULL, "the image's configuration: "},
		{"\"StopSignal\":\"SIGNONE\"", NULL, "unknown signal 'SIGNONE'"},
		{"\"StopSignal\":\"SIGRTMIN+99\"", NULL, "stop signal '99'"},
		{NULL, "windows", "the image is for 'windows', not for linux"},
	};

	nsroot_required();
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		_cleanup_text_ struct text archive = {0};
		IMAGE(image);
		LAB(lab);

		fill(&image, "f", NULL);
		image.config = cases[i].config;
		image.os = cases[i].os;
		layered_image_docker(&image, 1, &archive);
		assert_refused(&lab, &archive, NULL, EINVAL, cases[i].says);
	}
}

TEST(refuses_manifests_that_lead_elsewhere)
{
	static const struct {
		const char *manifest, *says;
	} cases[] = {
		{"[{\"Config\":\"../../etc/passwd\",\"Layers\":[]}]",
		 "the archive lacks '../../etc/passwd'"},
		{"[{\"Config\":\"/dev/zero\",\"Layers\":[]}]", "the archive lacks '/dev/zero'"},
		{"[{\"Config\":\"link\",\"Layers\":[]}]", "the archive lacks 'link'"},
		{"[{\"Config\":\"fifo\",\"Layers\":[]}]", "'fifo' is not a file"},
		{"[{\"Config\":\"c\",\"Layers\":[\"x\"]}]",
		 "1 layers, but its configuration names 0"},
		{"[{\"Config\":\"c\",\"Layers\":[2]}]", "manifest.json:1:"},
	};

	nsroot_required();
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		_cleanup_text_ struct text archive = {0};
		LAB(lab);

		tar_put(&archive, .name = "link", .type = '2', .link = "/etc/passwd");
		tar_put(&archive, .name = "fifo", .type = '6');
		tar_put(&archive, .name = "c", .data = "{\"rootfs\":{}}");
		tar_put(&archive, .name = "manifest.json", .data = cases[i].manifest);
		tar_end(&archive);
		assert_refused(&lab, &archive, NULL, EINVAL, cases[i].says);
	}
}

TEST(a_root_file_system_may_have_a_manifest_of_its_own)
{
	_cleanup_text_ struct text archive = {0};
	struct ncrun_error err = {0};
	_cleanup_close_ int root = -1;
	LAB(lab);

	nsroot_required();
	tar_put(&archive, .name = "manifest.json", .data = "{\"name\": \"an app\"}");
	tar_put(&archive, .name = "index.json", .data = "[]");
	tar_end(&archive);

	assert_ok(image_lab_import(&lab, "a", &archive, NULL, &err));
	root = image_lab_root(&lab, "a");
	assert_int_equal(faccessat(root, "manifest.json", F_OK, 0), 0);
	lab.options.image_tag = "x";
	assert_refused(&lab, &archive, NULL, EINVAL, "the archive is a root file system");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_what_docker_saves),
		cmocka_unit_test(reads_oci_archives_and_layouts),
		cmocka_unit_test(takes_the_image_of_the_tag),
		cmocka_unit_test(takes_the_image_for_this_machine),
		cmocka_unit_test(refuses_what_does_not_have_the_digest_it_should),
		cmocka_unit_test(refuses_images_that_make_no_sense),
		cmocka_unit_test(refuses_manifests_that_lead_elsewhere),
		cmocka_unit_test(a_root_file_system_may_have_a_manifest_of_its_own),
	};

	return cmocka_run_group_tests_name("rootfs/oci", tests, nsroot_setup, NULL);
}
