/* SPDX-License-Identifier: Apache-2.0 */

/* The pure parts of an import: names, headers, limits, what an image says of itself. */

#include <errno.h>
#include <string.h>

#include "rootfs/image_archive.h"
#include "rootfs/import_facts.h"
#include "rootfs/import_layers.h"
#include "rootfs/import_limits.h"
#include "rootfs/import_tar.h"
#include "rootfs/oci.h"
#include "tests/support/tar_writer.h"
#include "tests/support/test.h"

TEST(takes_names_apart)
{
	static const struct {
		const char *name, *path;
	} cases[] = {
		{"a", "a"},         {"./a/b", "a/b"}, {"/a//b/", "a/b"}, {"a/./b/.", "a/b"},
		{"./", ""},         {"/", ""},        {".", ""},         {"..a/b..", "..a/b.."},
		{"a b\\", "a b\\"}, {"...", "..."},
	};
	struct import_limits limits;
	struct ncrun_error err = {0};
	char path[IMPORT_PATH_MAX + 1];

	assert_ok(import_limits_init(&limits, NULL, &err));
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_ok(import_path_parse(&limits, cases[i].name, path, &err));
		assert_string_equal(path, cases[i].path);
	}
}

TEST(refuses_names_that_lead_elsewhere)
{
	static const char *const bad[] = {"",    "..",   "a/..", "../a",   "/..",  "a/../b",
					  "a\n", "a\tb", "\x7f", "\x1b[m", "./..", "a/\x01/b"};
	struct import_limits limits;
	struct ncrun_error err = {0};
	char path[IMPORT_PATH_MAX + 1];

	assert_ok(import_limits_init(&limits, NULL, &err));
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_fails(import_path_parse(&limits, bad[i], path, &err), EINVAL);
}

TEST(fits_the_longest_name_that_is_allowed)
{
	_cleanup_text_ struct text name = {0};
	struct import_limits limits;
	struct ncrun_error err = {0};
	char path[IMPORT_PATH_MAX + 1];

	assert_ok(import_limits_init(&limits, NULL, &err));
	for (int i = 0; i < IMPORT_PATH_MAX; i++)
		text_append_char(&name, i % 200 == 199 ? '/' : 'x');
	assert_ok(import_path_parse(&limits, text_string(&name), path, &err));
	assert_int_equal(strlen(path), IMPORT_PATH_MAX - 1);
	text_append(&name, "xx");
	assert_fails(import_path_parse(&limits, text_string(&name), path, &err), E2BIG);
	assert_true(strlen(err.message) < 400);
}

TEST(counts_without_overflowing)
{
	struct ncrun_import_options options = NCRUN_IMPORT_OPTIONS_INIT;
	struct import_limits limits;
	struct ncrun_error err = {0};

	options.max_bytes = 100;
	options.max_entries = 1;
	assert_ok(import_limits_init(&limits, &options, &err));
	assert_ok(import_limits_add_bytes(&limits, 60, &err));
	assert_fails(import_limits_add_bytes(&limits, UINT64_MAX - 10, &err), E2BIG);
	assert_fails(import_limits_add_bytes(&limits, 41, &err), E2BIG);
	assert_ok(import_limits_add_bytes(&limits, 40, &err));
	assert_ok(import_limits_add_entry(&limits, &err));
	assert_fails(import_limits_add_entry(&limits, &err), E2BIG);
	options.max_path = 5000;
	assert_fails(import_limits_init(&limits, &options, &err), EINVAL);
	assert_string_equal(err.message, "longest path of 5000 bytes: at most 4000");
	options.size = 1;
	assert_fails(import_limits_init(&limits, &options, &err), EINVAL);
}

static int check(const struct text *archive, struct ncrun_error *err)
{
	return import_tar_check_headers((const unsigned char *)archive->chars, archive->length,
					err);
}

TEST(finds_nul_bytes_in_extended_headers)
{
	static const struct {
		const char *key, *value;
		size_t length;
		bool good;
	} cases[] = {
		{"path", "a/b", 3, true},
		{"path", "a\0b", 3, false},
		{"linkpath", "\0", 1, false},
		{"GNU.sparse.name", "a\0", 2, false},
		{"SCHILY.xattr.user.x", "a\0b\n", 4, true},
		{"LIBARCHIVE.xattr.user.x", "a\0b", 3, true},
		{"comment", "two\nlines", 9, true},
	};
	struct ncrun_error err = {0};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		_cleanup_text_ struct text archive = {0}, pax = {0};

		tar_pax(&pax, "mtime", "1", 1);
		tar_pax(&pax, cases[i].key, cases[i].value, cases[i].length);
		tar_put(&archive, .name = "x", .pax = &pax);
		if (cases[i].good)
			assert_ok(check(&archive, &err));
		else
			assert_fails(check(&archive, &err), EINVAL);
	}
}

TEST(refuses_extended_headers_that_make_no_sense)
{
	static const char *const bad[] = {"x",        "5 a=b\n",  "99 a=b\n",         "6 a=bc",
					  "7 abcd\n", "-6 a=b\n", "99999999999 a=\n", " 6 a=b\n",
					  "0 =\n"};
	struct ncrun_error err = {0};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		_cleanup_text_ struct text archive = {0}, pax = {0};

		text_append(&pax, bad[i]);
		tar_put(&archive, .name = "x", .pax = &pax);
		assert_fails(check(&archive, &err), EINVAL);
	}
	for (uint64_t claimed = 1; claimed < 1u << 31; claimed *= 3) {
		_cleanup_text_ struct text archive = {0};

		tar_put(&archive, .name = "x", .type = 'L', .claimed = claimed);
		check(&archive, &err); /* reads nothing that is not there */
	}
}

TEST(tells_whiteouts_from_files)
{
	static const struct {
		const char *name;
		enum whiteout kind;
		const char *victim;
	} cases[] = {
		{"a", WHITEOUT_NONE, NULL},
		{".wha", WHITEOUT_NONE, NULL},
		{".wh.a", WHITEOUT_NAME, "a"},
		{".wh....", WHITEOUT_NAME, "..."},
		{".wh..wh..opq", WHITEOUT_OPAQUE, NULL},
		{".wh..wh.plnk", WHITEOUT_IGNORE, NULL},
	};
	struct ncrun_error err = {0};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		enum whiteout kind;
		const char *victim;

		assert_ok(whiteout_parse(cases[i].name, &kind, &victim, &err));
		assert_int_equal(kind, cases[i].kind);
		if (cases[i].victim)
			assert_string_equal(victim, cases[i].victim);
	}
}

TEST(reads_the_name_of_a_distribution)
{
	static const struct {
		const char *content, *name;
	} cases[] = {
		{"PRETTY_NAME=\"Alpine Linux v3.20\"\n", "Alpine Linux v3.20"},
		{"ID=x\nPRETTY_NAME='A B'", "A B"},
		{"PRETTY_NAME=plain\r\nID=x", "plain"},
		{"XPRETTY_NAME=no\n", ""},
		{"", ""},
		{"PRETTY_NAME=\"", "\""},
		{"PRETTY_NAME=\"\"", ""},
		{"PRETTY_NAME=\"\033]0;x\a\"", "\\x1b]0;x\\x07"},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		_cleanup_text_ struct text name = {0};

		import_os_release(cases[i].content, &name);
		assert_string_equal(text_string(&name), cases[i].name);
	}
}

TEST(keeps_only_harmless_attributes)
{
	assert_true(archive_keeps_attribute("user.note"));
	assert_true(archive_keeps_attribute("security.capability"));
	assert_false(archive_keeps_attribute("user.overlay.redirect"));
	assert_false(archive_keeps_attribute("trusted.overlay.opaque"));
	assert_false(archive_keeps_attribute("security.selinux"));
	assert_false(archive_keeps_attribute("system.posix_acl_access"));
	assert_false(archive_keeps_attribute(""));
}

TEST(bounds_small_pieces_between_holes)
{
	struct ncrun_error err = {0};
	struct import_limits limits;

	assert_ok(import_limits_init(&limits, NULL, &err));
	for (int i = 0; i < 200000; i++)
		assert_int_equal(import_limits_add_piece(&limits, 512, &err), 0);
	for (int i = 0; i < 100000; i++)
		assert_int_equal(import_limits_add_piece(&limits, 511, &err), 0);
	assert_fails(import_limits_add_piece(&limits, 1, &err), E2BIG);
	assert_string_equal(err.message, "it has holes between more than 100000 pieces of less "
					 "than 512 bytes");
}

TEST(knows_architectures)
{
	unsigned char header[20] = {0x7f, 'E', 'L', 'F', 2, 1};

	header[18] = 62;
	assert_string_equal(oci_architecture_of_elf(header, 20), "amd64");
	header[18] = 183;
	assert_string_equal(oci_architecture_of_elf(header, 20), "arm64");
	assert_string_equal(oci_architecture_of_elf(header, 19), "");
	header[5] = 2;
	assert_string_equal(oci_architecture_of_elf(header, 20), "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(takes_names_apart),
		cmocka_unit_test(refuses_names_that_lead_elsewhere),
		cmocka_unit_test(fits_the_longest_name_that_is_allowed),
		cmocka_unit_test(counts_without_overflowing),
		cmocka_unit_test(finds_nul_bytes_in_extended_headers),
		cmocka_unit_test(refuses_extended_headers_that_make_no_sense),
		cmocka_unit_test(tells_whiteouts_from_files),
		cmocka_unit_test(reads_the_name_of_a_distribution),
		cmocka_unit_test(keeps_only_harmless_attributes),
		cmocka_unit_test(bounds_small_pieces_between_holes),
		cmocka_unit_test(knows_architectures),
	};

	return cmocka_run_group_tests_name("rootfs/import_parse", tests, NULL, NULL);
}
