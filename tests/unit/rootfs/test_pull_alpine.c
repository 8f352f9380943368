/* SPDX-License-Identifier: Apache-2.0 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "rootfs/pull.h"
#include "tests/support/test.h"

#define SHA256    "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define FILE_NAME "alpine-minirootfs-3.20.3-x86_64.tar.gz"

static struct ncrun_error err;

/* The layout of the real file, with another flavor before the one that is wanted. */
static const char listing[] = "---\n"
			      "-\n"
			      "  title: \"Standard\"\n"
			      "  desc: |\n"
			      "    Alpine as it was intended.\n"
			      "    Just enough to get you started.\n"
			      "  branch: v3.20\n"
			      "  arch: x86_64\n"
			      "  version: 3.20.3\n"
			      "  flavor: alpine-standard\n"
			      "  file: alpine-standard-3.20.3-x86_64.iso\n"
			      "  size: 218103808\n"
			      "  sha256: " SHA256 "\n"
			      "-\n"
			      "  title: \"Mini root filesystem\"\n"
			      "  branch: v3.20\n"
			      "  arch: x86_64\n"
			      "  version: 3.20.3\n"
			      "  flavor: alpine-minirootfs\n"
			      "  file: " FILE_NAME "\n"
			      "  date: 2024-09-06\n"
			      "  time: 11:34:56\n"
			      "  size: 3624162\n"
			      "  sha256: " SHA256 "\n";

static int find(const char *text, struct alpine_release *ret)
{
	return alpine_release_find("http://m/latest-releases.yaml", text, strlen(text), ret, &err);
}

TEST(finds_the_mini_root_file_system_in_a_listing)
{
	struct alpine_release got;

	assert_ok(find(listing, &got));

	assert_string_equal(got.file, FILE_NAME);
	assert_string_equal(got.sha256, SHA256);
	assert_int_equal(got.size_bytes, 3624162);
}

TEST(refuses_listings_that_do_not_tell)
{
	static const struct {
		const char *text;
		int code;
		const char *part;
	} bad[] = {
		{"", EINVAL, "latest-releases.yaml"},
		{"<html><body>Log in to use this network</body></html>", EINVAL, "not a list"},
		{"- {flavor: alpine-virt, file: x}\n", ENOENT, "lists no 'alpine-minirootfs'"},
		{"[]", ENOENT, "lists no"},
		{"- [1, 2]\n- 7\n", ENOENT, "lists no"},
		{"{flavor: alpine-minirootfs}", EINVAL, "not a list"},
		{"- {flavor: alpine-minirootfs, file: " FILE_NAME ", size: 5}\n", EINVAL, "needs"},
		{"- {flavor: alpine-minirootfs, size: 5, sha256: " SHA256 "}\n", EINVAL, "needs"},
		{"- {flavor: alpine-minirootfs, file: ../../etc/x, size: 5, sha256: " SHA256 "}\n",
		 EINVAL, "file '../../etc/x'"},
		{"- {flavor: alpine-minirootfs, file: alpine-minirootfs-/x, size: 5, sha256: " SHA256
		 "}\n",
		 EINVAL, "file 'alpine-minirootfs-/x'"},
		{"- {flavor: alpine-minirootfs, file: " FILE_NAME ", size: 5, sha256: abc}\n",
		 EINVAL, "sha256 'abc'"},
		{"- {flavor: alpine-minirootfs, file: " FILE_NAME ", size: 0, sha256: " SHA256
		 "}\n",
		 EINVAL, "empty"},
		{"- {flavor: alpine-minirootfs, file: " FILE_NAME ", size: -1, sha256: " SHA256
		 "}\n",
		 EINVAL, "1:"},
		{"- {flavor: alpine-minirootfs, file: " FILE_NAME
		 ", size: 99999999999999, sha256: " SHA256 "}\n",
		 EINVAL, "1:"},
	};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct alpine_release got = {.file = "untouched"};

		if (find(bad[i].text, &got) != -bad[i].code)
			fail_msg("'%s': %d '%s'", bad[i].text, err.code, err.message);
		if (!strstr(err.message, bad[i].part))
			fail_msg("'%s' lacks '%s'", err.message, bad[i].part);
		assert_string_equal(got.file, "untouched");
	}
}

TEST(reads_a_checksum_file_that_speaks_of_the_right_archive)
{
	static const char *const bad[] = {
		"",
		"not a checksum",
		SHA256,
		SHA256 "  other.tar.gz\n",
		"0" SHA256 "  " FILE_NAME,
		"abc  " FILE_NAME "\n",
	};
	struct alpine_release release = {.file = FILE_NAME};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_fails(alpine_checksum_parse("u", bad[i], &release, &err), EINVAL);
		assert_string_equal(release.sha256, "");
	}
	assert_ok(alpine_checksum_parse("u", SHA256 "  " FILE_NAME "\n", &release, &err));
	assert_string_equal(release.sha256, SHA256);
}

TEST(the_mirror_is_the_option_or_the_environment_or_the_default)
{
	setenv("NCRUN_ALPINE_MIRROR", "http://env/", 1);
	assert_string_equal(alpine_mirror("http://option/"), "http://option/");
	assert_string_equal(alpine_mirror(NULL), "http://env/");
	unsetenv("NCRUN_ALPINE_MIRROR");
	assert_string_equal(alpine_mirror(NULL), "https://dl-cdn.alpinelinux.org/alpine");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(finds_the_mini_root_file_system_in_a_listing),
		cmocka_unit_test(refuses_listings_that_do_not_tell),
		cmocka_unit_test(reads_a_checksum_file_that_speaks_of_the_right_archive),
		cmocka_unit_test(the_mirror_is_the_option_or_the_environment_or_the_default),
	};

	return cmocka_run_group_tests_name("rootfs/pull_alpine", tests, NULL, NULL);
}
