/* SPDX-License-Identifier: Apache-2.0 */

/* Archives that are cut off, or in which bits have flipped. */

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "tests/support/image_lab.h"
#include "tests/support/nsroot.h"
#include "tests/support/test.h"

#define STEP (512 * (size_t)test_time_factor())

/** A bit of everything. */
static void write_sample(struct text *archive)
{
	_cleanup_text_ struct text pax = {0};
	char data[3000];

	for (size_t i = 0; i < sizeof(data); i++)
		data[i] = (char)(i * 7919 >> 3);
	tar_pax(&pax, "mtime", "1700000000.123456789", 20);
	tar_pax(&pax, "SCHILY.xattr.user.note", "a\0b", 3);
	tar_put(archive, .name = "./", .type = '5');
	tar_put(archive, .name = "etc/", .type = '5');
	tar_put(archive, .name = "etc/data", .data = data, .size = sizeof(data), .pax = &pax);
	tar_put(archive, .name = "etc/link", .type = '2', .link = "data");
	tar_put(archive, .name = "etc/hard", .type = '1', .link = "etc/data");
	tar_put(archive, .name = "run/fifo", .type = '6');
	tar_end(archive);
}

static void read_file(const struct image_lab *lab, const char *path, struct text *out)
{
	_cleanup_free_ char *bytes = NULL;
	struct ncrun_error err = {0};
	size_t size;

	assert_ok(file_read_at(lab->dir.fd, path, 1u << 20, &bytes, &size, &err));
	text_append_bytes(out, bytes, size);
}

/** Each beginning of @whole must be refused. */
static void refuse_beginnings(struct image_lab *lab, const struct text *whole, size_t step)
{
	for (size_t length = 0; length < whole->length; length += step) {
		_cleanup_text_ struct text part = {0};

		text_append_bytes(&part, whole->chars, length);
		assert_refused(lab, &part, NULL, EINVAL, "");
	}
}

TEST(refuses_an_archive_cut_off_at_any_block)
{
	_cleanup_text_ struct text sample = {0};
	struct ncrun_error err = {0};
	LAB(lab);

	nsroot_required();
	write_sample(&sample);

	refuse_beginnings(&lab, &sample, STEP);
	assert_ok(image_lab_import(&lab, "a", &sample, NULL, &err));
}

TEST(refuses_a_compressed_archive_cut_off_anywhere)
{
	static const char *const filters[] = {"gzip", "bzip2", "xz", "zstd", "lz4"};

	nsroot_required();
	for (size_t i = 0; i < sizeof(filters) / sizeof(filters[0]); i++) {
		_cleanup_text_ struct text sample = {0}, packed = {0};
		LAB(lab);

		write_sample(&sample);
		if (!program_exists(filters[i])) {
			print_message("# no %s here\n", filters[i]);
			continue;
		}
		tar_save(&sample, lab.dir.fd, "packed", filters[i]);
		read_file(&lab, "packed", &packed);
		refuse_beginnings(&lab, &packed, 37 * (size_t)test_time_factor());
	}
}

/** Flip a bit here and there: either it is refused for what it is, or it makes an image. */
static void flip_bits(struct image_lab *lab, struct text *sample, size_t step)
{
	unsigned int refused = 0, tries = 0;

	srandom(1);
	for (size_t at = 0; at < sample->length; at += 1 + (size_t)random() % step) {
		struct ncrun_error err = {0};
		char was = sample->chars[at];
		int r;

		sample->chars[at] = (char)(was ^ (1 << random() % 8));
		r = image_lab_import(lab, "a", sample, NULL, &err);
		sample->chars[at] = was;
		tries++;
		refused += r < 0;
		if (r < 0 && r != -EINVAL && r != -E2BIG)
			fail_msg("byte %zu: %d: %s", at, r, err.message);
	}
	print_message("# %u of %u refused\n", refused, tries);
	assert_true(refused > tries / 4);
}

TEST(survives_any_flipped_bit)
{
	_cleanup_text_ struct text sample = {0};
	LAB(lab);

	nsroot_required();
	write_sample(&sample);
	flip_bits(&lab, &sample, 23 * (size_t)test_time_factor());
}

TEST(survives_any_flipped_bit_of_a_compressed_archive)
{
	_cleanup_text_ struct text sample = {0}, packed = {0};
	LAB(lab);

	nsroot_required();
	write_sample(&sample);
	tar_save(&sample, lab.dir.fd, "packed", "gzip");
	read_file(&lab, "packed", &packed);
	flip_bits(&lab, &packed, 5 * (size_t)test_time_factor());
}

TEST(refuses_what_is_no_archive)
{
	_cleanup_text_ struct text empty = {0}, text = {0}, zeros = {0};
	LAB(lab);

	nsroot_required();
	assert_refused(&lab, &empty, NULL, EINVAL, "it is empty");
	text_append(&text, "#!/bin/sh\necho hello\n");
	assert_refused(&lab, &text, NULL, EINVAL, "damaged archive");
	tar_end(&zeros);
	assert_refused(&lab, &zeros, NULL, EINVAL, "the archive holds no files");
}

TEST(refuses_names_that_libarchive_would_cut_at_a_nul)
{
	_cleanup_text_ struct text path = {0}, link = {0}, archive = {0}, links = {0}, gnu = {0};
	LAB(lab);

	nsroot_required();
	tar_pax(&path, "path", "etc/passwd\0.txt", 15);
	tar_put(&archive, .name = "x", .data = "root", .pax = &path);
	tar_end(&archive);
	assert_refused(&lab, &archive, NULL, EINVAL, "a name holds a NUL character");

	tar_pax(&link, "linkpath", "a\0b", 3);
	tar_put(&links, .name = "x", .type = '2', .link = "y", .pax = &link);
	tar_end(&links);
	assert_refused(&lab, &links, NULL, EINVAL, "a name holds a NUL character");

	tar_put(&gnu, .name = "././@LongLink", .type = 'L', .data = "etc/passwd\0.txt", .size = 16);
	tar_put(&gnu, .name = "x", .data = "root");
	tar_end(&gnu);
	assert_refused(&lab, &gnu, NULL, EINVAL, "a name holds a NUL character");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(refuses_an_archive_cut_off_at_any_block),
		cmocka_unit_test(refuses_a_compressed_archive_cut_off_anywhere),
		cmocka_unit_test(survives_any_flipped_bit),
		cmocka_unit_test(survives_any_flipped_bit_of_a_compressed_archive),
		cmocka_unit_test(refuses_what_is_no_archive),
		cmocka_unit_test(refuses_names_that_libarchive_would_cut_at_a_nul),
	};

	return cmocka_run_group_tests_name("rootfs/import_damage", tests, nsroot_setup, NULL);
}
