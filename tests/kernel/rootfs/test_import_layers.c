/* SPDX-License-Identifier: Apache-2.0 */

/* What layers do to each other. */

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "tests/support/image_lab.h"
#include "tests/support/layered_image.h"
#include "tests/support/nsroot.h"
#include "tests/support/test.h"

/** Import the layers of @image as a docker archive, and open the root. */
static int import_layers_of(struct image_lab *lab, const struct layered_image *image)
{
	_cleanup_text_ struct text archive = {0};
	struct ncrun_error err = {0};

	layered_image_docker(image, 1, &archive);
	assert_ok(image_lab_import(lab, "a", &archive, NULL, &err));
	return image_lab_root(lab, "a");
}

static void refuse_layers_of(struct image_lab *lab, const struct layered_image *image,
			     const char *says)
{
	_cleanup_text_ struct text archive = {0};

	layered_image_docker(image, 1, &archive);
	assert_refused(lab, &archive, NULL, EINVAL, says);
}

static void assert_names(int root, const char *path, const char *expected)
{
	_cleanup_close_ int fd = openat(root, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	_cleanup_(strings_freep) char **names = NULL;
	_cleanup_text_ struct text all = {0};
	struct ncrun_error err = {0};

	assert_true(fd >= 0);
	assert_ok(directory_list(fd, &names, &err));
	for (size_t i = 0; names[i]; i++)
		text_printf(&all, "%s%s", i ? " " : "", names[i]);
	assert_string_equal(text_string(&all), expected);
}

#define LAYERED(name) _cleanup_(layered_image_done) struct layered_image name = {0}

TEST(a_whiteout_removes_what_lies_below)
{
	_cleanup_close_ int root = -1;
	LAYERED(image);
	LAB(lab);

	nsroot_required();
	image.count = 2;
	tar_put(&image.layers[0], .name = "etc/a", .data = "1");
	tar_put(&image.layers[0], .name = "etc/b", .data = "1");
	tar_put(&image.layers[0], .name = "usr/share/doc/x", .data = "1");
	tar_end(&image.layers[0]);
	tar_put(&image.layers[1], .name = "etc/.wh.a");
	tar_put(&image.layers[1], .name = "usr/.wh.share");
	tar_put(&image.layers[1], .name = "no/such/.wh.thing");
	tar_put(&image.layers[1], .name = ".wh..wh.plnk/1.2");
	tar_put(&image.layers[1], .name = ".wh..wh.aufs");
	tar_end(&image.layers[1]);

	root = import_layers_of(&lab, &image);
	assert_names(root, "etc", "b");
	assert_names(root, "usr", "");
}

TEST(a_whiteout_does_not_remove_what_its_own_layer_adds)
{
	_cleanup_close_ int root = -1;
	LAYERED(image);
	LAB(lab);

	nsroot_required();
	image.count = 2;
	tar_put(&image.layers[0], .name = "etc/a", .data = "old");
	tar_put(&image.layers[0], .name = "opt/old", .data = "1");
	tar_put(&image.layers[0], .name = "opt/deep/old", .data = "1");
	tar_end(&image.layers[0]);
	tar_put(&image.layers[1], .name = "etc/a", .data = "newer");
	tar_put(&image.layers[1], .name = "etc/.wh.a");
	tar_put(&image.layers[1], .name = "opt/deep/new", .data = "1");
	tar_put(&image.layers[1], .name = "opt/new", .data = "1");
	tar_put(&image.layers[1], .name = "opt/.wh..wh..opq");
	tar_end(&image.layers[1]);

	root = import_layers_of(&lab, &image);
	assert_names(root, "etc", "a");
	assert_names(root, "opt", "deep new");
	assert_names(root, "opt/deep", "new");
}

TEST(a_layer_replaces_one_kind_by_another)
{
	_cleanup_close_ int root = -1;
	struct stat st;
	LAYERED(image);
	LAB(lab);

	nsroot_required();
	image.count = 2;
	tar_put(&image.layers[0], .name = "dir/with/files", .data = "1");
	tar_put(&image.layers[0], .name = "file", .data = "1");
	tar_put(&image.layers[0], .name = "link", .type = '2', .link = "file");
	tar_put(&image.layers[0], .name = "keep/", .type = '5', .mode = 0700);
	tar_put(&image.layers[0], .name = "keep/it", .data = "1");
	tar_end(&image.layers[0]);
	tar_put(&image.layers[1], .name = "dir", .type = '2', .link = "keep");
	tar_put(&image.layers[1], .name = "file/", .type = '5');
	tar_put(&image.layers[1], .name = "link", .data = "a file now");
	tar_put(&image.layers[1], .name = "keep/", .type = '5', .mode = 0755);
	tar_end(&image.layers[1]);

	root = import_layers_of(&lab, &image);
	assert_int_equal(fstatat(root, "dir", &st, AT_SYMLINK_NOFOLLOW), 0);
	assert_true(S_ISLNK(st.st_mode));
	assert_int_equal(fstatat(root, "file", &st, AT_SYMLINK_NOFOLLOW), 0);
	assert_true(S_ISDIR(st.st_mode));
	assert_int_equal(fstatat(root, "link", &st, AT_SYMLINK_NOFOLLOW), 0);
	assert_int_equal(st.st_size, 10);
	assert_int_equal(fstatat(root, "keep", &st, 0), 0);
	assert_int_equal(st.st_mode, S_IFDIR | 0755);
	assert_names(root, "keep", "it");
}

TEST(a_layer_writes_through_the_links_of_a_merged_usr)
{
	_cleanup_close_ int root = -1;
	struct stat st;
	LAYERED(image);
	LAB(lab);

	nsroot_required();
	image.count = 3;
	tar_put(&image.layers[0], .name = "usr/bin/sh", .data = "1");
	tar_put(&image.layers[0], .name = "usr/bin/old", .data = "1");
	tar_put(&image.layers[0], .name = "bin", .type = '2', .link = "usr/bin");
	tar_put(&image.layers[0], .name = "lib", .type = '2', .link = "/usr/lib");
	tar_put(&image.layers[0], .name = "usr/lib/", .type = '5');
	tar_end(&image.layers[0]);
	tar_put(&image.layers[1], .name = "bin/new", .data = "1");
	tar_put(&image.layers[1], .name = "bin/again", .type = '1', .link = "bin/sh");
	tar_put(&image.layers[1], .name = "lib/modules/x", .data = "1");
	tar_end(&image.layers[1]);
	tar_put(&image.layers[2], .name = "bin/.wh.old");
	tar_end(&image.layers[2]);

	root = import_layers_of(&lab, &image);
	assert_names(root, "usr/bin", "again new sh");
	assert_names(root, "usr/lib/modules", "x");
	assert_int_equal(fstatat(root, "bin", &st, AT_SYMLINK_NOFOLLOW), 0);
	assert_true(S_ISLNK(st.st_mode));
}

TEST(links_of_a_layer_never_lead_out)
{
	_cleanup_close_ int root = -1;
	struct stat before, after;
	LAYERED(image);
	LAB(lab);

	nsroot_required();
	image.count = 2;
	tar_put(&image.layers[0], .name = "up", .type = '2', .link = "../../../../../..");
	tar_put(&image.layers[0], .name = "etc", .type = '2', .link = "/");
	tar_end(&image.layers[0]);
	tar_put(&image.layers[1], .name = "up/pwn1", .data = "x");
	tar_put(&image.layers[1], .name = "etc/pwn2", .data = "x");
	tar_put(&image.layers[1], .name = "up/tmp/pwn3", .data = "x");
	tar_end(&image.layers[1]);
	assert_int_equal(stat("/tmp", &before), 0);

	root = import_layers_of(&lab, &image);
	assert_names(root, ".", "etc pwn1 pwn2 tmp up");
	assert_names(root, "tmp", "pwn3");
	assert_int_equal(stat("/tmp", &after), 0);
	assert_int_not_equal(access("/pwn1", F_OK), 0);
	assert_int_not_equal(access("/tmp/pwn3", F_OK), 0);
}

TEST(whiteouts_never_lead_out_and_never_follow)
{
	_cleanup_close_ int root = -1;
	LAYERED(image);
	LAB(lab);

	nsroot_required();
	image.count = 2;
	tar_put(&image.layers[0], .name = "out", .type = '2', .link = lab.dir.path);
	tar_put(&image.layers[0], .name = "kept/file", .data = "x");
	tar_put(&image.layers[0], .name = "link", .type = '2', .link = "kept");
	tar_end(&image.layers[0]);
	tar_put(&image.layers[1], .name = "out/.wh.outside");
	tar_put(&image.layers[1], .name = "out/.wh..wh..opq");
	tar_put(&image.layers[1], .name = ".wh.link");
	tar_end(&image.layers[1]);

	root = import_layers_of(&lab, &image);
	assert_names(root, ".", "kept out");
	assert_names(root, "kept", "file");
	assert_int_equal(faccessat(lab.dir.fd, "outside/victim", F_OK, 0), 0);
}

TEST(refuses_whiteouts_of_the_directory_itself)
{
	static const char *const names[] = {"etc/.wh.", "etc/.wh..", "etc/.wh..."};

	nsroot_required();
	for (size_t i = 0; i < 3; i++) {
		LAYERED(image);
		LAB(lab);

		image.count = 1;
		tar_put(&image.layers[0], .name = names[i]);
		tar_end(&image.layers[0]);
		refuse_layers_of(&lab, &image, "layer 1 of 1: a layer removes '");
	}
}

TEST(refuses_a_layer_that_writes_through_a_link_to_nowhere)
{
	LAYERED(image);
	LAB(lab);

	nsroot_required();
	image.count = 2;
	tar_put(&image.layers[0], .name = "d", .type = '2', .link = lab.dir.path);
	tar_end(&image.layers[0]);
	tar_put(&image.layers[1], .name = "d/pwn", .data = "x");
	tar_end(&image.layers[1]);
	refuse_layers_of(&lab, &image, "layer 2 of 2: 'd' is a symbolic link that leads nowhere");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_whiteout_removes_what_lies_below),
		cmocka_unit_test(a_whiteout_does_not_remove_what_its_own_layer_adds),
		cmocka_unit_test(a_layer_replaces_one_kind_by_another),
		cmocka_unit_test(a_layer_writes_through_the_links_of_a_merged_usr),
		cmocka_unit_test(links_of_a_layer_never_lead_out),
		cmocka_unit_test(whiteouts_never_lead_out_and_never_follow),
		cmocka_unit_test(refuses_whiteouts_of_the_directory_itself),
		cmocka_unit_test(refuses_a_layer_that_writes_through_a_link_to_nowhere),
	};

	return cmocka_run_group_tests_name("rootfs/import_layers", tests, nsroot_setup, NULL);
}
