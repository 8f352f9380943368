/* SPDX-License-Identifier: Apache-2.0 */

/* Archives that want out of the image. Each is refused, and nothing has changed. */

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/support/image_lab.h"
#include "tests/support/nsroot.h"
#include "tests/support/test.h"

/** Entries by which an archive tries to write below outside/; "%" stands for its path. */
struct attempt {
	const char *what;
	struct tar_item items[3];
	const char *says;
};

/* security.md section G has these as rows; docker's CVE-2018-15664 and CVE-2019-14271 are of this
 * class */
static const struct attempt attempts[] = {
	{"a symlink to the outside, then a file through it",
	 {{.name = "d", .type = '2', .link = "%"}, {.name = "d/pwn", .data = "x"}},
	 "'d' leads through a symbolic link"},
	{"a file above the root", {{.name = "../outside/pwn", .data = "x"}}, "leads upwards"},
	{"a file above the root, further down",
	 {{.name = "a/b/../../../outside/pwn", .data = "x"}},
	 "leads upwards"},
	{"a hard link to an absolute path",
	 {{.name = "l", .type = '1', .link = "%/victim"}},
	 "is a hard link to what is not a file of the archive"},
	{"a hard link upwards",
	 {{.name = "l", .type = '1', .link = "../outside/victim"}},
	 "leads upwards"},
	{"a hard link through a symlink",
	 {{.name = "d", .type = '2', .link = "%"}, {.name = "l", .type = '1', .link = "d/victim"}},
	 "leads through a symbolic link"},
	{"a hard link to a symlink, then a file through it",
	 {{.name = "s", .type = '2', .link = "%"},
	  {.name = "l", .type = '1', .link = "s"},
	  {.name = "l/pwn", .data = "x"}},
	 "'l' leads through a symbolic link"},
	{"a hard link to a FIFO",
	 {{.name = "p", .type = '6'}, {.name = "l", .type = '1', .link = "p"}},
	 "is a hard link to what is not a file"},
	{"a symlink upwards, then another through it",
	 {{.name = "e", .type = '2', .link = "../outside"},
	  {.name = "e/sub", .type = '2', .link = "."},
	  {.name = "e/sub/f", .data = "x"}},
	 "leads through a symbolic link"},
	{"a directory that becomes a symlink",
	 {{.name = "d/", .type = '5'},
	  {.name = "d", .type = '2', .link = "%"},
	  {.name = "d/pwn", .data = "x"}},
	 "leads through a symbolic link"},
	{"a directory with files that becomes a symlink",
	 {{.name = "d/f", .data = "x"}, {.name = "d", .type = '2', .link = "%"}},
	 "is a directory with files in it, and something else"},
	{"a directory through a symlink",
	 {{.name = "d", .type = '2', .link = "%"}, {.name = "d/sub/", .type = '5'}},
	 "leads through a symbolic link"},
	{"a file in a file",
	 {{.name = "f", .data = "x"}, {.name = "f/g", .data = "x"}},
	 "is not a directory"},
	{"a hard link to itself",
	 {{.name = "f", .data = "x"}, {.name = "f", .type = '1', .link = "./f"}},
	 "is a hard link to itself"},
	{"a hard link to a file that is not there",
	 {{.name = "l", .type = '1', .link = "no/such"}},
	 "is a hard link to what is not a file"},
	{"a root that is a symlink",
	 {{.name = "./", .type = '2', .link = "%"}},
	 "its root is not a directory"},
	{"a symlink to nothing", {{.name = "s", .type = '2'}}, "is a symbolic link to nothing"},
	{"a character device",
	 {{.name = "dev/null", .type = '3', .major = 1, .minor = 3}},
	 "'dev/null' is a device node, and such were not asked for"},
	{"a block device",
	 {{.name = "dev/vda", .type = '4', .major = 254}},
	 "'dev/vda' is a device node, and such were not asked for"},
	{"a name with a newline",
	 {{.name = "a\nb", .data = "x"}},
	 "'a\\x0ab' holds a control character"},
	{"a name with an escape",
	 {{.name = "a\033[2Jb", .data = "x"}},
	 "holds a control character"},
	{"no name", {{.name = "", .data = "x"}}, ""},
	{"an owner that is none",
	 {{.name = "f", .data = "x", .uid = 0xffffffff}},
	 "which is no owner"},
};

static void attempt_write(const struct image_lab *lab, const struct attempt *attempt,
			  struct text *archive)
{
	for (size_t i = 0; i < 3 && attempt->items[i].name; i++) {
		struct tar_item item = attempt->items[i];
		char link[256];

		if (item.link && item.link[0] == '%') {
			snprintf(link, sizeof(link), "%s/outside%s", lab->dir.path, item.link + 1);
			item.link = link;
		}
		tar_put_item(archive, &item);
	}
	tar_end(archive);
}

TEST(refuses_every_known_way_out)
{
	nsroot_required();
	for (size_t i = 0; i < sizeof(attempts) / sizeof(attempts[0]); i++) {
		_cleanup_text_ struct text archive = {0};
		LAB(lab);

		print_message("# %s\n", attempts[i].what);
		attempt_write(&lab, &attempts[i], &archive);
		assert_refused(&lab, &archive, NULL, EINVAL, attempts[i].says);
	}
}

TEST(keeps_the_image_of_that_name_when_the_next_is_refused)
{
	_cleanup_text_ struct text good = {0}, bad = {0};
	struct ncrun_error err = {0};
	LAB(lab);

	nsroot_required();
	tar_put(&good, .name = "etc/motd", .data = "hello\n");
	tar_end(&good);
	tar_put(&bad, .name = "etc/motd", .data = "hello\n");
	tar_put(&bad, .name = "../x", .data = "x");
	tar_end(&bad);
	assert_ok(image_lab_import(&lab, "refused", &good, NULL, &err));

	assert_refused(&lab, &bad, NULL, EINVAL, "leads upwards");
}

TEST(takes_absolute_names_as_names_in_the_image)
{
	_cleanup_text_ struct text archive = {0};
	struct ncrun_error err = {0};
	_cleanup_close_ int root = -1;
	LAB(lab);

	nsroot_required();
	tar_put(&archive, .name = "/outside/pwn", .data = "x");
	tar_put(&archive, .name = ".//./b//c/.", .type = '5');
	tar_end(&archive);

	assert_ok(image_lab_import(&lab, "a", &archive, NULL, &err));
	root = image_lab_root(&lab, "a");
	assert_int_equal(faccessat(root, "outside/pwn", F_OK, 0), 0);
	assert_int_equal(faccessat(root, "b/c", F_OK, 0), 0);
	assert_int_not_equal(faccessat(lab.dir.fd, "outside/pwn", F_OK, 0), 0);
}

TEST(keeps_symlinks_as_they_are_and_follows_none)
{
	_cleanup_text_ struct text archive = {0};
	struct ncrun_error err = {0};
	_cleanup_close_ int root = -1;
	char target[64];
	LAB(lab);

	nsroot_required();
	tar_put(&archive, .name = "d", .type = '2', .link = "/etc");
	tar_put(&archive, .name = "d", .data = "a file after all");
	tar_put(&archive, .name = "e", .type = '2', .link = "../../../../etc/passwd", .uid = 7);
	tar_end(&archive);

	assert_ok(image_lab_import(&lab, "a", &archive, NULL, &err));
	root = image_lab_root(&lab, "a");
	assert_int_equal(readlinkat(root, "e", target, sizeof(target)), 22);
	assert_int_equal(readlinkat(root, "d", target, sizeof(target)), -1);
}

TEST(refuses_the_device_that_is_an_overlays_whiteout)
{
	_cleanup_text_ struct text archive = {0};
	LAB(lab);

	nsroot_required();
	tar_put(&archive, .name = "dev/x", .type = '3');
	tar_end(&archive);
	lab.options.devices = true;

	assert_refused(&lab, &archive, NULL, EINVAL, "'dev/x' is a device node with number 0:0");
}

TEST(refuses_a_name_that_would_be_a_path)
{
	static const char *const names[] = {"",    "..",  "../x",    "/etc",
					    "a/b", "a b", ".hidden", "a\nb"};
	_cleanup_free_ char *before = NULL, *after = NULL;
	struct ncrun_error err = {0};
	LAB(lab);

	before = image_lab_snapshot(&lab);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		struct ncrun_image *image = NULL;

		assert_fails(ncrun_image_import(lab.store, names[i], "/dev/null", NULL, NULL, &err),
			     EINVAL);
		assert_fails(ncrun_image_open(lab.store, names[i], &image, &err), EINVAL);
		assert_fails(ncrun_image_remove(lab.store, names[i], &err), EINVAL);
	}
	after = image_lab_snapshot(&lab);
	assert_string_equal(before, after);
}

TEST(refuses_a_list_of_files_that_other_archivers_would_take)
{
	/* libarchive's mtree reader takes nearly any text */
	_cleanup_text_ struct text text = {0}, cpio = {0};
	LAB(lab);

	nsroot_required();
	text_append(&text, "#mtree\n./etc type=dir\n./etc/shadow type=file contents=/etc/shadow\n");
	assert_refused(&lab, &text, NULL, EINVAL, "damaged archive");
	text_append(&cpio, "07070100000000000081a400000000000000000000000100000000");
	assert_refused(&lab, &cpio, NULL, EINVAL, "damaged archive");
}

/* of the class of CVE-2026-41567 */
TEST(runs_no_program_from_the_path_whatever_the_archive_says_it_is)
{
	/* libarchive would start lrzip for the first and grzip for the second */
	_cleanup_text_ struct text lrzip = {0}, grzip = {0};
	LAB(lab);

	nsroot_required();
	text_append_bytes(&lrzip, "LRZI\0\5\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 20);
	assert_refused(&lab, &lrzip, NULL, EINVAL, "damaged archive");
	text_append_bytes(&grzip, "GRZipII\0\2\4:)", 12);
	assert_refused(&lab, &grzip, NULL, EINVAL, "damaged archive");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(refuses_every_known_way_out),
		cmocka_unit_test(keeps_the_image_of_that_name_when_the_next_is_refused),
		cmocka_unit_test(takes_absolute_names_as_names_in_the_image),
		cmocka_unit_test(keeps_symlinks_as_they_are_and_follows_none),
		cmocka_unit_test(refuses_the_device_that_is_an_overlays_whiteout),
		cmocka_unit_test(refuses_a_name_that_would_be_a_path),
		cmocka_unit_test(refuses_a_list_of_files_that_other_archivers_would_take),
		cmocka_unit_test(runs_no_program_from_the_path_whatever_the_archive_says_it_is),
	};

	return cmocka_run_group_tests_name("rootfs/import_hostile", tests, nsroot_setup, NULL);
}
