/* SPDX-License-Identifier: Apache-2.0 */

/* Imports without root, without the right to mount, and without room. */

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <stdio.h>
#include <string.h>
#include <sys/capability.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/file.h"
#include "rootfs/rootfs.h"
#include "tests/support/image_lab.h"
#include "tests/support/nsroot.h"
#include "tests/support/test.h"

#define USER 1234

/** Run @body in a process of its own; it fails if any assertion in there does. */
static void in_process(void (*body)(struct image_lab *lab), struct image_lab *lab)
{
	pid_t pid = fork();
	int status;

	assert_true(pid >= 0);
	if (pid == 0) {
		body(lab);
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	if (status != 0)
		fail_msg("the process ended with %#x", status);
}

/** cmocka cannot report from there: say what is wrong, and end. */
#define check(condition)                                                              \
	do {                                                                          \
		if (!(condition)) {                                                   \
			print_message("%s:%d: %s\n", __FILE__, __LINE__, #condition); \
			_exit(1);                                                     \
		}                                                                     \
	} while (0)

static void write_sample(struct text *archive)
{
	static const unsigned char capability[20] = {1, 0, 0, 2, 0, 0x20};
	_cleanup_text_ struct text pax = {0};

	tar_pax(&pax, "SCHILY.xattr.security.capability", capability, sizeof(capability));
	tar_pax(&pax, "SCHILY.xattr.user.note", "x", 1);
	tar_put(archive, .name = "closed/", .type = '5', .mode = 0, .uid = 7);
	tar_put(archive, .name = "closed/file", .mode = 0111, .data = "x", .pax = &pax);
	tar_put(archive, .name = "locked/", .type = '5', .mode = 01);
	tar_put(archive, .name = "locked/deep/file", .data = "x", .uid = USER, .gid = USER);
	tar_put(archive, .name = "dev/null", .type = '3', .major = 1, .minor = 3);
	tar_end(archive);
}

static void import_as_user(struct image_lab *lab)
{
	_cleanup_(ncrun_image_unrefp) struct ncrun_image *image = NULL;
	const struct ncrun_image_info *info;
	char path[128], value[32];
	struct ncrun_error err = {0};
	struct stat st;
	int root, fd, out;

	check(setgroups(0, NULL) == 0 && setresgid(USER, USER, USER) == 0 &&
	      setresuid(USER, USER, USER) == 0);
	check(prctl(PR_SET_DUMPABLE, 1) == 0); /* as a user's process is that began as one */
	snprintf(path, sizeof(path), "%s/mine/store", lab->dir.path);
	ncrun_store_unref(lab->store);
	check(ncrun_store_open(path, &lab->store, &err) == 0);
	snprintf(path, sizeof(path), "%s/archive", lab->dir.path);
	lab->options.devices = true;
	if (ncrun_image_import(lab->store, "a", path, &lab->options, NULL, &err) < 0)
		print_message("%s\n", err.message);
	check(err.code == 0);
	check(ncrun_image_open(lab->store, "a", &image, &err) == 0);
	info = ncrun_image_info(image);
	check(info->squashed && info->entries == 7);
	check(strstr(text_string(&lab->notes), "device nodes left out: 1"));
	check(strstr(text_string(&lab->notes), "owners not kept of entries: 3"));
	check(strstr(text_string(&lab->notes), "extended attributes not kept: 1"));
	root = image_root_fd(image);
	check(fstatat(root, "closed", &st, 0) == 0);
	check(st.st_uid == USER && st.st_mode == (S_IFDIR | 0755));
	fd = openat(root, "closed/file", O_RDONLY | O_CLOEXEC);
	check(fd >= 0 && fstat(fd, &st) == 0 && st.st_mode == (S_IFREG | 0511));
	check(fgetxattr(fd, "user.note", value, sizeof(value)) == 1);
	check(fgetxattr(fd, "security.capability", value, sizeof(value)) < 0);
	check(faccessat(root, "locked/deep/file", R_OK, 0) == 0);
	out = open("/dev/null", O_WRONLY | O_CLOEXEC);
	check(ncrun_image_export(image, out, NULL, NULL, &err) == 0);
	image = ncrun_image_unref(image);
	check(ncrun_image_remove(lab->store, "a", &err) == 0);
}

TEST(a_user_gets_what_can_be_kept_and_is_told_the_rest)
{
	_cleanup_text_ struct text archive = {0};
	LAB(lab);

	nsroot_required();
	write_sample(&archive);
	tar_save(&archive, lab.dir.fd, "archive", NULL);
	assert_int_equal(fchmod(lab.dir.fd, 0755), 0);
	assert_int_equal(mkdirat(lab.dir.fd, "mine", 0700), 0);
	assert_int_equal(fchownat(lab.dir.fd, "mine", USER, USER, 0), 0);
	in_process(import_as_user, &lab);
}

static void import_without_mounts(struct image_lab *lab)
{
	static const cap_value_t mounts[] = {CAP_SYS_ADMIN};
	_cleanup_text_ struct text archive = {0}, bad = {0};
	struct ncrun_error err = {0};
	cap_t caps = cap_get_proc();

	check(cap_set_flag(caps, CAP_EFFECTIVE, 1, mounts, CAP_CLEAR) == 0);
	check(cap_set_flag(caps, CAP_PERMITTED, 1, mounts, CAP_CLEAR) == 0);
	check(cap_set_proc(caps) == 0);
	cap_free(caps);
	tar_put(&archive, .name = "f", .data = "x", .uid = 7);
	tar_end(&archive);
	check(image_lab_import(lab, "a", &archive, NULL, &err) == 0);
	tar_put(&bad, .name = "d", .type = '2', .link = lab->dir.path);
	tar_put(&bad, .name = "d/pwn", .data = "x");
	tar_end(&bad);
	check(image_lab_import(lab, "b", &bad, NULL, &err) == -EINVAL);
}

TEST(root_of_a_container_that_may_not_mount_can_import)
{
	LAB(lab);

	nsroot_required();
	in_process(import_without_mounts, &lab);
}

static void import_confined_by_nothing(struct image_lab *lab)
{
	static const cap_value_t all[] = {CAP_SYS_ADMIN, CAP_SYS_CHROOT};
	_cleanup_text_ struct text archive = {0};
	struct ncrun_error err = {0};
	cap_t caps = cap_get_proc();

	check(cap_set_flag(caps, CAP_EFFECTIVE, 2, all, CAP_CLEAR) == 0);
	check(cap_set_flag(caps, CAP_PERMITTED, 2, all, CAP_CLEAR) == 0);
	check(cap_set_proc(caps) == 0);
	cap_free(caps);
	tar_put(&archive, .name = "f", .data = "x");
	tar_end(&archive);
	check(image_lab_import(lab, "a", &archive, NULL, &err) == -EPERM);
	check(strstr(err.message, "confine the unpacking process"));
}

TEST(nothing_is_unpacked_where_it_cannot_be_confined)
{
	LAB(lab);

	nsroot_required();
	in_process(import_confined_by_nothing, &lab);
}

TEST(a_full_disk_is_an_error_and_leaves_nothing)
{
	_cleanup_free_ char *bytes = calloc(1, 4u << 20);
	_cleanup_text_ struct text archive = {0};
	_cleanup_(ncrun_store_unrefp) struct ncrun_store *store = NULL;
	_cleanup_close_ int tmp = -1;
	_cleanup_(strings_freep) char **names = NULL;
	struct ncrun_error err = {0};
	char path[128], file[128];
	LAB(lab);

	nsroot_required();
	snprintf(path, sizeof(path), "%s/small", lab.dir.path);
	snprintf(file, sizeof(file), "%s/archive", lab.dir.path);
	assert_int_equal(mkdir(path, 0700), 0);
	assert_int_equal(mount("none", path, "tmpfs", 0, "size=2m,mode=0700"), 0);
	memset(bytes, 1, 4u << 20);
	tar_put(&archive, .name = "f", .data = bytes, .size = 4u << 20);
	tar_end(&archive);
	tar_save(&archive, lab.dir.fd, "archive", NULL);
	assert_ok(ncrun_store_open(path, &store, &err));

	assert_fails(ncrun_image_import(store, "a", file, NULL, NULL, &err), ENOSPC);
	assert_non_null(strstr(err.message, "write 'f': No space left on device"));
	tmp = openat(store ? lab.dir.fd : -1, "small/tmp", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_ok(directory_list(tmp, &names, &err));
	assert_null(names[0]);
	closep(&tmp);
	store = ncrun_store_unref(store);
	assert_int_equal(umount(path), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_user_gets_what_can_be_kept_and_is_told_the_rest),
		cmocka_unit_test(root_of_a_container_that_may_not_mount_can_import),
		cmocka_unit_test(nothing_is_unpacked_where_it_cannot_be_confined),
		cmocka_unit_test(a_full_disk_is_an_error_and_leaves_nothing),
	};

	return cmocka_run_group_tests_name("rootfs/import_user", tests, nsroot_setup, NULL);
}
