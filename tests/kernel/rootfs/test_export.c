/* SPDX-License-Identifier: Apache-2.0 */

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/un.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/file.h"
#include "tests/support/image_lab.h"
#include "tests/support/nsroot.h"
#include "tests/support/snapshot.h"
#include "tests/support/test.h"

/** A directory with one of each kind; its descriptor. */
static int make_tree(const struct image_lab *lab)
{
	static const unsigned char capability[20] = {1, 0, 0, 2, 0, 0x20};
	const struct timespec times[2] = {{1600000000, 5}, {1600000000, 987654321}};
	int fd, file;

	assert_int_equal(mkdirat(lab->dir.fd, "tree", 0755), 0);
	fd = openat(lab->dir.fd, "tree", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_int_equal(mkdirat(fd, "z", 0700), 0);
	assert_int_equal(mkdirat(fd, "b\xc3\xa9", 01777), 0);
	test_file(fd, "z/file", "hello\n");
	test_file(fd, "z/\xff", "name of no encoding\n");
	assert_int_equal(fchownat(fd, "z/file", 1000, 70000, 0), 0);
	assert_int_equal(fchmodat(fd, "z/file", 04711, 0), 0);
	assert_int_equal(linkat(fd, "z/file", fd, "b\xc3\xa9/again", 0), 0);
	assert_int_equal(symlinkat("/etc/passwd", fd, "z/link"), 0);
	assert_int_equal(mknodat(fd, "z/null", S_IFCHR | 0666, makedev(1, 3)), 0);
	assert_int_equal(mknodat(fd, "z/fifo", S_IFIFO | 0640, 0), 0);
	file = openat(fd, "z/holes", O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	assert_int_equal(pwrite(file, "x", 1, 300000), 1);
	assert_int_equal(ftruncate(file, 5000000), 0);
	assert_int_equal(fsetxattr(file, "user.one", "1", 1, 0), 0);
	assert_int_equal(fsetxattr(file, "security.capability", capability, sizeof(capability), 0),
			 0);
	assert_int_equal(futimens(file, times), 0);
	close(file);
	assert_int_equal(utimensat(fd, "z/link", times, AT_SYMLINK_NOFOLLOW), 0);
	assert_int_equal(utimensat(fd, "z", times, 0), 0);
	return fd;
}

/** An image's archive, as a file of the lab; its bytes. */
static void export_image(struct image_lab *lab, const char *name, const char *file, char **ret,
			 size_t *ret_size)
{
	_cleanup_(ncrun_image_unrefp) struct ncrun_image *image = NULL;
	_cleanup_close_ int fd =
		openat(lab->dir.fd, file, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	struct ncrun_error err = {0};

	assert_ok(ncrun_image_open(lab->store, name, &image, &err));
	assert_ok(ncrun_image_export(image, fd, NULL, NULL, &err));
	assert_ok(file_read_at(lab->dir.fd, file, 64u << 20, ret, ret_size, &err));
}

static int import_path(struct image_lab *lab, const char *name, const char *file,
		       struct ncrun_error *err)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/%s", lab->dir.path, file);
	return ncrun_image_import(lab->store, name, path, &lab->options, NULL, err);
}

TEST(what_is_imported_from_a_directory_and_exported_comes_back_the_same)
{
	_cleanup_free_ char *original = NULL, *copy = NULL, *again = NULL, *first = NULL,
			    *second = NULL;
	_cleanup_close_ int tree = -1, a = -1, b = -1;
	struct ncrun_error err = {0};
	size_t first_size, second_size;
	LAB(lab);

	nsroot_required();
	tree = make_tree(&lab);
	lab.options.devices = true;
	assert_ok(import_path(&lab, "a", "tree", &err));
	export_image(&lab, "a", "first.tar", &first, &first_size);
	assert_ok(import_path(&lab, "b", "first.tar", &err));
	export_image(&lab, "b", "second.tar", &second, &second_size);

	original = snapshot_take(tree, ".", 1);
	a = image_lab_root(&lab, "a");
	b = image_lab_root(&lab, "b");
	copy = snapshot_take(a, ".", 1);
	again = snapshot_take(b, ".", 1);
	assert_string_equal(original, copy);
	assert_string_equal(original, again);
	assert_int_equal(first_size, second_size);
	assert_memory_equal(first, second, first_size);
	assert_true(first_size < 200000); /* the holes are not in it */
}

TEST(a_directory_has_the_digest_of_its_archive)
{
	_cleanup_(ncrun_image_unrefp) struct ncrun_image *image = NULL;
	_cleanup_free_ char *bytes = NULL;
	_cleanup_close_ int tree = -1;
	struct ncrun_error err = {0};
	char digest[DIGEST_TEXT_SIZE];
	size_t size;
	LAB(lab);

	nsroot_required();
	tree = make_tree(&lab);
	lab.options.devices = true;
	assert_ok(import_path(&lab, "a", "tree", &err));
	export_image(&lab, "a", "a.tar", &bytes, &size);
	tar_digest(bytes, size, digest);

	assert_ok(ncrun_image_open(lab.store, "a", &image, &err));
	assert_string_equal(ncrun_image_info(image)->digest, digest);
	assert_string_equal(ncrun_image_info(image)->format, "directory");
}

/* The dynamic linker ends a process in which it finds no memory for a library. */
TEST(neither_way_loads_the_library_into_this_process)
{
	static const size_t size = 400000; /* more than goes into one report */
	_cleanup_free_ char *bytes = malloc(size), *copy = NULL, *archive = NULL;
	_cleanup_close_ int tree = -1, root = -1;
	struct ncrun_error err = {0};
	size_t copied, length;
	LAB(lab);

	nsroot_required();
	for (size_t i = 0; i < size; i++)
		bytes[i] = (char)(i * i >> 7);
	assert_int_equal(mkdirat(lab.dir.fd, "tree", 0755), 0);
	tree = openat(lab.dir.fd, "tree", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_ok(file_replace_at(tree, "large", bytes, size, 0644, &err));

	assert_ok(import_path(&lab, "a", "tree", &err));
	export_image(&lab, "a", "a.tar", &archive, &length);

	assert_null(dlopen("libarchive.so.13", RTLD_LAZY | RTLD_NOLOAD));
	root = image_lab_root(&lab, "a");
	assert_ok(file_read_at(root, "large", size, &copy, &copied, &err));
	assert_int_equal(copied, size);
	assert_memory_equal(copy, bytes, size);
	assert_true(length > size);
}

TEST(leaves_sockets_out_and_says_so)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	_cleanup_close_ int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0), root = -1;
	struct ncrun_error err = {0};
	LAB(lab);

	nsroot_required();
	assert_int_equal(mkdirat(lab.dir.fd, "tree", 0755), 0);
	test_file(lab.dir.fd, "tree/file", "x");
	snprintf(address.sun_path, sizeof(address.sun_path), "%s/tree/log", lab.dir.path);
	assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);

	assert_ok(import_path(&lab, "a", "tree", &err));
	assert_string_equal(text_string(&lab.notes), "left out the socket 'log'\n");
	root = image_lab_root(&lab, "a");
	assert_int_not_equal(faccessat(root, "log", F_OK, 0), 0);
}

TEST(stays_on_the_file_system_it_begins_on)
{
	struct ncrun_error err = {0};
	_cleanup_close_ int root = -1;
	char path[128];
	LAB(lab);

	nsroot_required();
	assert_int_equal(mkdirat(lab.dir.fd, "tree", 0755), 0);
	assert_int_equal(mkdirat(lab.dir.fd, "tree/proc", 0755), 0);
	snprintf(path, sizeof(path), "%s/tree/proc", lab.dir.path);
	assert_int_equal(mount("none", path, "tmpfs", 0, NULL), 0);
	test_file(lab.dir.fd, "tree/proc/secret", "x");

	assert_ok(import_path(&lab, "a", "tree", &err));
	assert_int_equal(umount(path), 0);
	root = image_lab_root(&lab, "a");
	assert_int_equal(faccessat(root, "proc", F_OK, 0), 0);
	assert_int_not_equal(faccessat(root, "proc/secret", F_OK, 0), 0);
}

TEST(a_directory_with_devices_is_refused_like_an_archive)
{
	_cleanup_close_ int tree = -1;
	struct ncrun_error err = {0};
	LAB(lab);

	nsroot_required();
	tree = make_tree(&lab);
	assert_fails(import_path(&lab, "a", "tree", &err), EINVAL);
	assert_non_null(strstr(err.message, "'z/null' is a device node"));
}

TEST(says_when_the_archive_cannot_be_written)
{
	_cleanup_(ncrun_image_unrefp) struct ncrun_image *image = NULL;
	_cleanup_close_ int fd = open("/dev/full", O_WRONLY | O_CLOEXEC);
	_cleanup_text_ struct text archive = {0};
	struct ncrun_error err = {0};
	LAB(lab);

	nsroot_required();
	tar_put(&archive, .name = "etc/motd", .data = "hello\n");
	tar_end(&archive);
	assert_ok(image_lab_import(&lab, "a", &archive, NULL, &err));
	assert_ok(ncrun_image_open(lab.store, "a", &image, &err));

	assert_fails(ncrun_image_export(image, fd, NULL, NULL, &err), ENOSPC);
	assert_non_null(strstr(err.message, "export image 'a'"));
	assert_fails(ncrun_image_export(image, fd, image_lab_cancel, NULL, &err), ENOSPC);
	close(fd);
	fd = open("/dev/null", O_WRONLY | O_CLOEXEC);
	assert_fails(ncrun_image_export(image, fd, image_lab_cancel, NULL, &err), ECANCELED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			what_is_imported_from_a_directory_and_exported_comes_back_the_same),
		cmocka_unit_test(a_directory_has_the_digest_of_its_archive),
		cmocka_unit_test(neither_way_loads_the_library_into_this_process),
		cmocka_unit_test(leaves_sockets_out_and_says_so),
		cmocka_unit_test(stays_on_the_file_system_it_begins_on),
		cmocka_unit_test(a_directory_with_devices_is_refused_like_an_archive),
		cmocka_unit_test(says_when_the_archive_cannot_be_written),
	};

	return cmocka_run_group_tests_name("rootfs/export", tests, nsroot_setup, NULL);
}
