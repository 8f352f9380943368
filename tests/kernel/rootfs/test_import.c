/* SPDX-License-Identifier: Apache-2.0 */

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "rootfs/import.h"
#include "rootfs/rootfs.h"
#include "tests/support/image_lab.h"
#include "tests/support/nsroot.h"
#include "tests/support/test.h"

static struct stat stat_at(int root, const char *path)
{
	struct stat st;

	assert_int_equal(fstatat(root, path, &st, AT_SYMLINK_NOFOLLOW), 0);
	return st;
}

TEST(keeps_owners_modes_and_times)
{
	_cleanup_text_ struct text archive = {0}, pax = {0}, negative = {0};
	struct ncrun_error err = {0};
	_cleanup_close_ int root = -1;
	struct stat st;
	LAB(lab);

	nsroot_required();
	tar_pax(&pax, "mtime", "1600000000.123456789", 20);
	tar_pax(&negative, "mtime", "-1.5", 4);
	tar_put(&archive, .name = "./", .type = '5', .mode = 0711, .uid = 3);
	tar_put(&archive, .name = "dir/", .type = '5', .mode = 01777, .uid = 1000, .gid = 100,
		.pax = &pax);
	tar_put(&archive, .name = "dir/su", .mode = 06755, .uid = 65534, .gid = 4000000000,
		.data = "x", .pax = &pax);
	tar_put(&archive, .name = "dir/link", .type = '2', .link = "su", .uid = 5,
		.pax = &negative);
	tar_put(&archive, .name = "dir/fifo", .type = '6', .mode = 0620, .gid = 5);
	tar_end(&archive);

	assert_ok(image_lab_import(&lab, "a", &archive, NULL, &err));
	root = image_lab_root(&lab, "a");
	st = stat_at(root, ".");
	assert_int_equal(st.st_mode, S_IFDIR | 0711);
	assert_int_equal(st.st_uid, 3);
	st = stat_at(root, "dir");
	assert_int_equal(st.st_mode, S_IFDIR | 01777);
	assert_int_equal(st.st_gid, 100);
	assert_int_equal(st.st_mtim.tv_sec, 1600000000);
	assert_int_equal(st.st_mtim.tv_nsec, 123456789);
	st = stat_at(root, "dir/su");
	assert_int_equal(st.st_mode, S_IFREG | 06755);
	assert_int_equal(st.st_uid, 65534);
	assert_int_equal(st.st_gid, 4000000000);
	assert_int_equal(st.st_mtim.tv_nsec, 123456789);
	st = stat_at(root, "dir/link");
	assert_int_equal(st.st_uid, 5);
	assert_true(st.st_mtim.tv_sec < 0);
	st = stat_at(root, "dir/fifo");
	assert_int_equal(st.st_mode, S_IFIFO | 0620);
	assert_string_equal(text_string(&lab.notes), "");
}

TEST(keeps_hard_links_and_devices)
{
	_cleanup_text_ struct text archive = {0};
	struct ncrun_error err = {0};
	_cleanup_close_ int root = -1;
	struct stat first, second;
	LAB(lab);

	nsroot_required();
	tar_put(&archive, .name = "a/first", .data = "x");
	tar_put(&archive, .name = "b/second", .type = '1', .link = "/a/first");
	/* as GNU tar writes links that have two names */
	tar_put(&archive, .name = "a/link", .type = '2', .link = "first");
	tar_put(&archive, .name = "b/link", .type = '1', .link = "a/link");
	tar_put(&archive, .name = "dev/null", .type = '3', .mode = 0666, .major = 1, .minor = 3);
	tar_end(&archive);
	lab.options.devices = true;

	assert_ok(image_lab_import(&lab, "a", &archive, NULL, &err));
	root = image_lab_root(&lab, "a");
	first = stat_at(root, "a/first");
	second = stat_at(root, "b/second");
	assert_int_equal(first.st_ino, second.st_ino);
	assert_int_equal(first.st_nlink, 2);
	first = stat_at(root, "a/link");
	second = stat_at(root, "b/link");
	assert_int_equal(first.st_ino, second.st_ino);
	assert_true(S_ISLNK(second.st_mode));
	first = stat_at(root, "dev/null");
	assert_int_equal(first.st_mode, S_IFCHR | 0666);
	assert_int_equal(first.st_rdev, makedev(1, 3));
}

/* CVE-2021-3493, CVE-2023-0386 and their kin: what an overlay would obey must not come in; nor
 * lists of access (CVE-2021-23177) and flags (CVE-2021-31566), which libarchive would set */
TEST(keeps_harmless_attributes_and_drops_what_an_overlay_obeys)
{
	static const unsigned char capability[20] = {1, 0, 0, 2, 0, 0x20}; /* cap_net_raw=ep */
	static const unsigned char namespaced[24] = {1, 0, 0, 3, 0, 0x20};
	_cleanup_text_ struct text archive = {0}, good = {0}, bad = {0};
	struct ncrun_error err = {0};
	_cleanup_close_ int root = -1, fd = -1;
	char names[256] = "", value[32];
	LAB(lab);

	nsroot_required();
	tar_pax(&good, "SCHILY.xattr.user.note", "a\0b", 3);
	tar_pax(&good, "SCHILY.xattr.security.capability", capability, sizeof(capability));
	tar_put(&archive, .name = "bin/ping", .mode = 0755, .data = "x", .pax = &good);
	tar_pax(&bad, "SCHILY.xattr.trusted.overlay.redirect", "/../../etc", 10);
	tar_pax(&bad, "SCHILY.xattr.trusted.overlay.opaque", "y", 1);
	tar_pax(&bad, "SCHILY.xattr.user.overlay.whiteout", "y", 1);
	tar_pax(&bad, "SCHILY.xattr.security.selinux", "x", 1);
	tar_pax(&bad, "SCHILY.xattr.security.capability", namespaced, sizeof(namespaced));
	tar_pax(&bad, "SCHILY.xattr.system.posix_acl_access", "x", 1);
	tar_pax(&bad, "SCHILY.acl.access", "user::rwx,user:7:rwx:7,group::r-x,mask::rwx,other::r-x",
		54);
	tar_pax(&bad, "SCHILY.fflags", "immutable,append", 16);
	tar_put(&archive, .name = "etc/", .type = '5', .pax = &bad);
	tar_end(&archive);

	assert_ok(image_lab_import(&lab, "a", &archive, NULL, &err));
	root = image_lab_root(&lab, "a");
	fd = openat(root, "bin/ping", O_RDONLY | O_CLOEXEC);
	assert_int_equal(fgetxattr(fd, "user.note", value, sizeof(value)), 3);
	assert_memory_equal(value, "a\0b", 3);
	assert_int_equal(fgetxattr(fd, "security.capability", value, sizeof(value)), 20);
	assert_memory_equal(value, capability, sizeof(capability));
	close(fd);
	fd = openat(root, "etc", O_RDONLY | O_CLOEXEC);
	assert_int_equal(flistxattr(fd, names, sizeof(names)), 0);
	assert_non_null(strstr(text_string(&lab.notes), "extended attributes left out: 6 ("));
	assert_non_null(strstr(text_string(&lab.notes), "'user.overlay.whiteout'"));
}

TEST(leaves_holes_where_the_archive_has_them)
{
	_cleanup_text_ struct text archive = {0}, pax = {0};
	struct ncrun_error err = {0};
	_cleanup_close_ int root = -1, fd = -1;
	char map[1024] = "2\n1048576\n3\n2097152\n0\n", byte[3];
	struct stat st;
	LAB(lab);

	nsroot_required();
	tar_pax(&pax, "GNU.sparse.major", "1", 1);
	tar_pax(&pax, "GNU.sparse.minor", "0", 1);
	tar_pax(&pax, "GNU.sparse.name", "holes", 5);
	tar_pax(&pax, "GNU.sparse.realsize", "2097152", 7);
	memcpy(map + 512, "abc", 3);
	tar_put(&archive, .name = "GNUSparseFile.0/holes", .data = map, .size = 515, .pax = &pax);
	tar_end(&archive);

	assert_ok(image_lab_import(&lab, "a", &archive, NULL, &err));
	root = image_lab_root(&lab, "a");
	fd = openat(root, "holes", O_RDONLY | O_CLOEXEC);
	assert_int_equal(fstat(fd, &st), 0);
	assert_int_equal(st.st_size, 2097152);
	assert_in_range(st.st_blocks, 1, 16);
	assert_int_equal(pread(fd, byte, 3, 1048576), 3);
	assert_memory_equal(byte, "abc", 3);
}

TEST(keeps_every_byte_of_a_name)
{
	/* e with an accent in two ways, and what is not UTF-8 at all */
	static const char *const names[] = {"\xc3\xa9", "e\xcc\x81", "\xff\xfe", "a\\b", "c d"};
	_cleanup_text_ struct text archive = {0};
	struct ncrun_error err = {0};
	_cleanup_close_ int root = -1;
	LAB(lab);

	nsroot_required();
	for (size_t i = 0; i < 5; i++) {
		_cleanup_text_ struct text pax = {0};

		tar_pax(&pax, "path", names[i], strlen(names[i]));
		tar_put(&archive, .name = "x", .data = names[i], .pax = &pax);
	}
	tar_end(&archive);

	assert_ok(image_lab_import(&lab, "a", &archive, NULL, &err));
	root = image_lab_root(&lab, "a");
	for (size_t i = 0; i < 5; i++)
		assert_int_equal(stat_at(root, names[i]).st_size, strlen(names[i]));
}

TEST(reads_every_compression)
{
	static const char *const filters[] = {NULL, "gzip", "bzip2", "xz", "zstd", "lz4"};

	nsroot_required();
	for (size_t i = 0; i < sizeof(filters) / sizeof(filters[0]); i++) {
		_cleanup_text_ struct text archive = {0};
		struct ncrun_error err = {0};
		_cleanup_close_ int root = -1;
		LAB(lab);

		if (filters[i] && !program_exists(filters[i])) {
			print_message("# no %s here\n", filters[i]);
			continue;
		}
		tar_put(&archive, .name = "etc/motd", .data = "hello\n");
		tar_end(&archive);
		assert_ok(image_lab_import(&lab, "a", &archive, filters[i], &err));
		root = image_lab_root(&lab, "a");
		assert_int_equal(stat_at(root, "etc/motd").st_size, 6);
	}
}

TEST(imports_from_a_pipe_and_names_the_content_by_its_digest)
{
	_cleanup_(ncrun_image_unrefp) struct ncrun_image *image = NULL;
	_cleanup_text_ struct text archive = {0};
	const struct ncrun_image_info *info;
	struct ncrun_error err = {0};
	char digest[DIGEST_TEXT_SIZE];
	int ends[2];
	LAB(lab);

	nsroot_required();
	tar_put(&archive, .name = "etc/os-release", .data = "ID=x\nPRETTY_NAME=\"X \033[1m 9\"\n");
	tar_end(&archive);
	text_append(&archive, "and what follows counts, too");
	tar_digest(archive.chars, archive.length, digest);
	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	assert_int_equal(write(ends[1], archive.chars, archive.length), archive.length);
	close(ends[1]);

	assert_ok(image_import_fd(lab.store, "a", ends[0], "a pipe", NULL, &image, &err));
	close(ends[0]);
	info = ncrun_image_info(image);
	assert_string_equal(info->digest, digest);
	assert_string_equal(info->source, "a pipe");
	assert_string_equal(info->format, "tar");
	assert_string_equal(info->os_release, "X \\x1b[1m 9");
	assert_int_equal(info->entries, 3);
	assert_false(info->squashed);
	assert_false(info->in_use);
}

TEST(imports_the_real_alpine)
{
	const char *path = getenv("NCRUN_TEST_ALPINE");
	/* Before the private root: there it may be out of sight. */
	_cleanup_close_ int fd = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
	_cleanup_(ncrun_image_unrefp) struct ncrun_image *image = NULL;
	const struct ncrun_image_info *info;
	struct ncrun_error err = {0};

	if (fd < 0) {
		print_message("SKIP-ALLOWED: no archive at NCRUN_TEST_ALPINE\n");
		skip();
	}
	nsroot_required();
	LAB(lab);

	assert_ok(image_import_fd(lab.store, "alpine", fd, path, NULL, &image, &err));
	info = ncrun_image_info(image);
	assert_non_null(strstr(info->os_release, "Alpine Linux"));
	assert_true(info->entries > 400);
	assert_string_not_equal(info->architecture, "");
	assert_int_equal(faccessat(image_root_fd(image), "bin/busybox", X_OK, 0), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(keeps_owners_modes_and_times),
		cmocka_unit_test(keeps_hard_links_and_devices),
		cmocka_unit_test(keeps_harmless_attributes_and_drops_what_an_overlay_obeys),
		cmocka_unit_test(leaves_holes_where_the_archive_has_them),
		cmocka_unit_test(keeps_every_byte_of_a_name),
		cmocka_unit_test(reads_every_compression),
		cmocka_unit_test(imports_from_a_pipe_and_names_the_content_by_its_digest),
		cmocka_unit_test(imports_the_real_alpine),
	};

	return cmocka_run_group_tests_name("rootfs/import", tests, nsroot_setup, NULL);
}
