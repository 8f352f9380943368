/* SPDX-License-Identifier: Apache-2.0 */

/* Archives of images that are damaged, make no sense, or want out. */

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "tests/support/image_lab.h"
#include "tests/support/layered_image.h"
#include "tests/support/nsroot.h"
#include "tests/support/test.h"

#define IMAGE(name) _cleanup_(layered_image_done) struct layered_image name = {0}

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

		image.count = 1;
		tar_put(&image.layers[0], .name = "f", .data = "1");
		tar_end(&image.layers[0]);
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
		 "1 layer, but its configuration names 0"},
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
		cmocka_unit_test(refuses_what_does_not_have_the_digest_it_should),
		cmocka_unit_test(refuses_images_that_make_no_sense),
		cmocka_unit_test(refuses_manifests_that_lead_elsewhere),
		cmocka_unit_test(a_root_file_system_may_have_a_manifest_of_its_own),
	};

	return cmocka_run_group_tests_name("rootfs/oci_refused", tests, nsroot_setup, NULL);
}
