/* SPDX-License-Identifier: Apache-2.0 */

/* What another program makes of an image must mean the same to us. */

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/process.h"
#include "rootfs/rootfs.h"
#include "tests/support/image_lab.h"
#include "tests/support/layered_image.h"
#include "tests/support/nsroot.h"
#include "tests/support/snapshot.h"
#include "tests/support/test.h"

static void run(const char *const *argv)
{
	_cleanup_free_ char *output = NULL, *errors = NULL;
	struct ncrun_error err = {0};
	int status = -1;

	assert_ok(process_run(argv, 60000, &status, &output, &errors, &err));
	if (status != 0)
		fail_msg("%s ended with %#x: %s", argv[0], status, errors);
}

/** An OCI layout in the directory "layout" of @lab, with an image that a later layer changes. */
static void make_layout(struct image_lab *lab)
{
	_cleanup_(layered_image_done) struct layered_image image = {0};
	_cleanup_text_ struct text archive = {0}, pax = {0};
	char source[128], target[128];

	image.count = 2;
	image.tag = "test";
	image.filter = "gzip";
	image.config = "\"Cmd\":[\"/bin/sh\"],\"Env\":[\"A=1\"],\"User\":\"7:8\"";
	tar_pax(&pax, "SCHILY.xattr.user.note", "x", 1);
	tar_put(&image.layers[0], .name = "etc/", .type = '5', .mode = 0711);
	tar_put(&image.layers[0], .name = "etc/keep", .data = "1", .uid = 5, .pax = &pax);
	tar_put(&image.layers[0], .name = "etc/gone", .data = "1");
	tar_put(&image.layers[0], .name = "opt/", .type = '5');
	tar_put(&image.layers[0], .name = "opt/below", .data = "1");
	tar_end(&image.layers[0]);
	tar_put(&image.layers[1], .name = "etc/.wh.gone");
	tar_put(&image.layers[1], .name = "opt/", .type = '5');
	tar_put(&image.layers[1], .name = "opt/.wh..wh..opq");
	tar_put(&image.layers[1], .name = "opt/above", .type = '1', .link = "etc/keep");
	tar_end(&image.layers[1]);
	layered_image_oci(&image, 1, lab->dir.fd, &archive);
	tar_save(&archive, lab->dir.fd, "layout.tar", NULL);
	snprintf(source, sizeof(source), "%s/layout.tar", lab->dir.path);
	snprintf(target, sizeof(target), "%s/layout", lab->dir.path);
	assert_int_equal(mkdirat(lab->dir.fd, "layout", 0755), 0);
	run((const char *const[]){"tar", "-xf", source, "-C", target, NULL});
}

/** Import @path below the lab's directory; what it became. */
static char *import_snapshot(struct image_lab *lab, const char *path)
{
	_cleanup_(ncrun_image_unrefp) struct ncrun_image *image = NULL;
	const struct ncrun_image_info *info;
	struct ncrun_error err = {0};
	char whole[160];

	snprintf(whole, sizeof(whole), "%s/%s", lab->dir.path, path);
	assert_ok(ncrun_image_import(lab->store, "a", whole, &lab->options, &image, &err));
	info = ncrun_image_info(image);
	assert_string_equal(info->cmd[0], "/bin/sh");
	assert_string_equal(info->env[0], "A=1");
	assert_string_equal(info->user, "7:8");
	return snapshot_take(image_root_fd(image), ".", 1);
}

TEST(an_image_is_the_same_in_every_form_that_skopeo_gives_it)
{
	static const struct {
		const char *transport, *tag;
	} forms[] = {{"docker-archive", "web:1"}, {"oci-archive", "web"}, {"oci", "web"}};
	_cleanup_free_ char *original = NULL;
	char source[160], target[160], policy[160];
	LAB(lab);

	nsroot_required();
	if (!program_exists("skopeo")) {
		print_message("SKIP-ALLOWED: no skopeo here\n");
		skip();
	}
	make_layout(&lab);
	original = import_snapshot(&lab, "layout");
	snprintf(source, sizeof(source), "oci:%s/layout:test", lab.dir.path);
	snprintf(policy, sizeof(policy), "%s/policy.json", lab.dir.path);
	test_file(lab.dir.fd, "policy.json",
		  "{\"default\":[{\"type\":\"insecureAcceptAnything\"}]}");
	for (size_t i = 0; i < 3; i++) {
		_cleanup_free_ char *copy = NULL;
		char name[16];

		snprintf(name, sizeof(name), "form%zu", i);
		snprintf(target, sizeof(target), "%s:%s/%s:%s", forms[i].transport, lab.dir.path,
			 name, forms[i].tag);
		run((const char *const[]){"skopeo", "--tmpdir", lab.dir.path, "--policy", policy,
					  "copy", source, target, NULL});
		copy = import_snapshot(&lab, name);
		assert_string_equal(copy, original);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_image_is_the_same_in_every_form_that_skopeo_gives_it),
	};

	return cmocka_run_group_tests_name("rootfs/oci_skopeo", tests, nsroot_setup, NULL);
}
