/* SPDX-License-Identifier: Apache-2.0 */

/* Archives that want the disk, the memory or the time. */

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "tests/support/image_lab.h"
#include "tests/support/nsroot.h"
#include "tests/support/test.h"

#define MIB   (1u << 20)
#define BLOCK (64 * (size_t)MIB / (size_t)test_time_factor()) /* of zeros */

/** The gzip form of @bytes, by way of a file. */
static void gzip(const struct image_lab *lab, const void *bytes, size_t size, struct text *out)
{
	_cleanup_text_ struct text plain = {0};
	_cleanup_free_ char *packed = NULL;
	struct ncrun_error err = {0};
	size_t packed_size;

	text_append_bytes(&plain, bytes, size);
	tar_save(&plain, lab->dir.fd, "part", "gzip");
	assert_ok(file_read_at(lab->dir.fd, "part", 64 * MIB, &packed, &packed_size, &err));
	text_append_bytes(out, packed, packed_size);
}

/**
 * 10 GiB of zeros in 10 MB, or less of both on a slow machine: gzip members follow each other,
 * so that it is written at once.
 */
static void write_bomb(const struct image_lab *lab, struct text *out)
{
	_cleanup_text_ struct text header = {0}, zeros = {0};
	_cleanup_free_ char *block = calloc(1, BLOCK);

	tar_put(&header, .name = "zeros", .claimed = 10ull << 30);
	gzip(lab, header.chars, header.length, out);
	gzip(lab, block, BLOCK, &zeros);
	for (int i = 0; i < 160; i++)
		text_append_bytes(out, zeros.chars, zeros.length);
}

TEST(stops_a_decompression_bomb_by_its_ratio)
{
	_cleanup_text_ struct text bomb = {0};
	struct rusage usage;
	LAB(lab);

	nsroot_required();
	write_bomb(&lab, &bomb);
	assert_in_range(bomb.length * (size_t)test_time_factor(), 9u * MIB, 12u * MIB);

	assert_refused(&lab, &bomb, NULL, E2BIG, "it unpacks to more than 100 times its size");

	assert_int_equal(getrusage(RUSAGE_CHILDREN, &usage), 0);
#ifndef __SANITIZE_ADDRESS__ /* that takes more for itself */
	assert_in_range(usage.ru_maxrss, 0, 100 * 1024);
#endif
}

TEST(stops_a_bomb_that_hides_in_what_is_skipped)
{
	_cleanup_text_ struct text bomb = {0}, header = {0}, zeros = {0};
	_cleanup_free_ char *block = calloc(1, BLOCK);
	LAB(lab);

	nsroot_required();
	tar_put(&header, .name = "d/", .type = '5', .claimed = 8ull << 30);
	gzip(&lab, header.chars, header.length, &bomb);
	gzip(&lab, block, BLOCK, &zeros);
	for (int i = 0; i < 128; i++)
		text_append_bytes(&bomb, zeros.chars, zeros.length);

	assert_refused(&lab, &bomb, NULL, E2BIG, "it unpacks to more than 100 times its size");
}

TEST(lets_the_ratio_be_raised)
{
	_cleanup_text_ struct text archive = {0};
	_cleanup_free_ char *zeros = calloc(1, 128 * (size_t)MIB);
	struct ncrun_error err = {0};
	LAB(lab);

	nsroot_required();
	tar_put(&archive, .name = "zeros", .data = zeros, .size = 128 * (size_t)MIB);
	tar_end(&archive);

	assert_refused(&lab, &archive, "gzip", E2BIG, "times its size");
	lab.options.max_ratio = 2000;
	assert_ok(image_lab_import(&lab, "a", &archive, "gzip", &err));
}

TEST(stops_at_the_greatest_size)
{
	_cleanup_text_ struct text archive = {0};
	_cleanup_free_ char *bytes = calloc(1, MIB);
	struct ncrun_error err = {0};
	LAB(lab);

	nsroot_required();
	for (int i = 0; i < 4; i++)
		tar_put(&archive, .name = (const char *[]){"a", "b", "c", "d"}[i], .data = bytes,
			.size = MIB);
	tar_end(&archive);

	lab.options.max_bytes = 4 * MIB - 1;
	assert_refused(&lab, &archive, NULL, E2BIG, "it unpacks to more than 4194303 bytes");
	lab.options.max_bytes = 4 * MIB;
	assert_ok(image_lab_import(&lab, "a", &archive, NULL, &err));
}

/** A file of @size bytes in which there is next to nothing, the way GNU tar writes it with --posix.
 */
static void put_sparse(struct text *archive, const char *size)
{
	_cleanup_text_ struct text pax = {0};
	char map[1024] = "1\n0\n1\n";

	tar_pax(&pax, "GNU.sparse.major", "1", 1);
	tar_pax(&pax, "GNU.sparse.minor", "0", 1);
	tar_pax(&pax, "GNU.sparse.name", "huge", 4);
	tar_pax(&pax, "GNU.sparse.realsize", size, strlen(size));
	map[512] = 'x';
	tar_put(archive, .name = "GNUSparseFile.0/huge", .data = map, .size = 513, .pax = &pax);
}

TEST(refuses_a_sparse_file_of_8_EiB)
{
	_cleanup_text_ struct text archive = {0}, larger = {0};
	struct ncrun_error err = {0};
	_cleanup_close_ int root = -1;
	struct stat st;
	LAB(lab);

	nsroot_required();
	put_sparse(&larger, "9223372036854775807");
	tar_end(&larger);
	assert_refused(&lab, &larger, NULL, E2BIG, "'huge' is larger than 10737418240 bytes");

	put_sparse(&archive, "10737418240");
	tar_end(&archive);
	assert_ok(image_lab_import(&lab, "a", &archive, NULL, &err));
	root = image_lab_root(&lab, "a");
	assert_int_equal(fstatat(root, "huge", &st, 0), 0);
	assert_int_equal(st.st_size, 10737418240);
	assert_in_range(st.st_blocks, 0, 16);
}

TEST(stops_at_the_greatest_number_of_entries)
{
	_cleanup_text_ struct text archive = {0};
	char name[32];
	struct ncrun_error err = {0};
	LAB(lab);

	nsroot_required();
	for (int i = 0; i < 1000; i++) {
		snprintf(name, sizeof(name), "file%d", i);
		tar_put(&archive, .name = name, .mode = 0600);
	}
	tar_end(&archive);

	lab.options.max_entries = 999;
	assert_refused(&lab, &archive, NULL, E2BIG, "it holds more than 999 entries");
	lab.options.max_entries = 1000;
	assert_ok(image_lab_import(&lab, "a", &archive, NULL, &err));
}

/** "d/d/d/...f", @depth directories deep. */
static void deep_name(struct text *name, int depth)
{
	for (int i = 0; i < depth; i++)
		text_append(name, "d/");
	text_append_char(name, 'f');
}

TEST(stops_at_5000_directories_in_each_other)
{
	_cleanup_text_ struct text archive = {0}, name = {0}, good = {0}, good_name = {0};
	struct ncrun_error err = {0};
	LAB(lab);

	nsroot_required();
	deep_name(&name, 5000);
	tar_put(&archive, .name = text_string(&name), .data = "x");
	tar_end(&archive);
	assert_refused(&lab, &archive, NULL, E2BIG, "is more than 128 directories deep");

	deep_name(&good_name, 127);
	tar_put(&good, .name = text_string(&good_name), .data = "x");
	tar_end(&good);
	assert_ok(image_lab_import(&lab, "a", &good, NULL, &err));
	lab.options.max_entries = 127; /* directories that are only implied count, too */
	assert_refused(&lab, &good, NULL, E2BIG, "it holds more than 127 entries");
}

TEST(stops_at_directories_that_cost_their_archive_nothing)
{
	_cleanup_text_ struct text archive = {0};
	LAB(lab);

	nsroot_required();
	for (int i = 0; i < 200; i++) {
		_cleanup_text_ struct text name = {0};

		text_printf(&name, "%d/", i);
		deep_name(&name, 100);
		tar_put(&archive, .name = text_string(&name), .data = "x");
	}
	tar_end(&archive);
	assert_refused(&lab, &archive, NULL, E2BIG,
		       "of its directories have no entry, more than there are entries");
}

TEST(stops_at_a_name_of_100_kB)
{
	_cleanup_text_ struct text archive = {0}, name = {0}, shorter = {0};
	LAB(lab);

	nsroot_required();
	for (int i = 0; i < 100000; i++)
		text_append_char(&name, 'n');
	tar_put(&archive, .name = text_string(&name), .data = "x");
	tar_end(&archive);
	assert_refused(&lab, &archive, NULL, E2BIG, "has a part of more than 255 bytes");

	lab.options.max_path = 10;
	tar_put(&shorter, .name = "abcde/fghij", .data = "x");
	tar_end(&shorter);
	assert_refused(&lab, &shorter, NULL, E2BIG, "is longer than 10 bytes");
}

TEST(stops_when_asked_to)
{
	_cleanup_text_ struct text archive = {0};
	LAB(lab);

	nsroot_required();
	tar_put(&archive, .name = "f", .data = "x");
	tar_end(&archive);
	lab.options.progress = image_lab_cancel;

	assert_refused(&lab, &archive, NULL, ECANCELED, "cancelled");
}

TEST(refuses_archives_that_are_compressed_twice)
{
	_cleanup_text_ struct text archive = {0}, once = {0};
	LAB(lab);

	nsroot_required();
	tar_put(&archive, .name = "f", .data = "x");
	tar_end(&archive);
	gzip(&lab, archive.chars, archive.length, &once);

	assert_refused(&lab, &once, "gzip", EINVAL, "it is compressed more than once");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(stops_a_decompression_bomb_by_its_ratio),
		cmocka_unit_test(stops_a_bomb_that_hides_in_what_is_skipped),
		cmocka_unit_test(lets_the_ratio_be_raised),
		cmocka_unit_test(stops_at_the_greatest_size),
		cmocka_unit_test(refuses_a_sparse_file_of_8_EiB),
		cmocka_unit_test(stops_at_the_greatest_number_of_entries),
		cmocka_unit_test(stops_at_5000_directories_in_each_other),
		cmocka_unit_test(stops_at_directories_that_cost_their_archive_nothing),
		cmocka_unit_test(stops_at_a_name_of_100_kB),
		cmocka_unit_test(stops_when_asked_to),
		cmocka_unit_test(refuses_archives_that_are_compressed_twice),
	};

	return cmocka_run_group_tests_name("rootfs/import_limits", tests, nsroot_setup, NULL);
}
