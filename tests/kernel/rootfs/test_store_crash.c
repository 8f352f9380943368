/* SPDX-License-Identifier: Apache-2.0 */

/* Imports that are killed, and several at once. */

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/file.h"
#include "rootfs/rootfs.h"
#include "tests/support/image_lab.h"
#include "tests/support/nsroot.h"
#include "tests/support/snapshot.h"
#include "tests/support/test.h"

#define KILLS     ((unsigned int)test_amount(60, 10))
#define WRITERS   6
#define READERS   4
#define ROUNDS    test_amount(12, 3)
#define FILES     60
#define FILE_SIZE 20000

/** An archive whose files all hold @mark. */
static void write_archive(const struct image_lab *lab, const char *file, char mark)
{
	_cleanup_text_ struct text archive = {0};
	char name[32], data[FILE_SIZE];

	memset(data, mark, sizeof(data));
	for (int i = 0; i < FILES; i++) {
		snprintf(name, sizeof(name), "dir%d/file%d", i % 7, i);
		tar_put(&archive, .name = name, .data = data, .size = sizeof(data));
	}
	tar_end(&archive);
	tar_save(&archive, lab->dir.fd, file, NULL);
}

static int import_file(const struct image_lab *lab, const char *name, const char *file)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/%s", lab->dir.path, file);
	return ncrun_image_import(lab->store, name, path, NULL, NULL, NULL);
}

static size_t entries_in(const struct image_lab *lab, const char *directory)
{
	_cleanup_(strings_freep) char **names = NULL;
	_cleanup_close_ int fd = openat(lab->dir.fd, directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct ncrun_error err = {0};

	assert_ok(directory_list(fd, &names, &err));
	return strings_count((const char *const *)names);
}

/** Start an import in a process of its own, and kill that after @delay_ns. */
static void import_and_kill(const struct image_lab *lab, long delay_ns)
{
	const struct timespec delay = {.tv_sec = delay_ns / 1000000000L,
				       .tv_nsec = delay_ns % 1000000000L};
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0)
		_exit(import_file(lab, "a", "new") < 0);
	nanosleep(&delay, NULL);
	kill(pid, SIGKILL);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
}

static long elapsed_ns(const struct timespec *since)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (now.tv_sec - since->tv_sec) * 1000000000L + now.tv_nsec - since->tv_nsec;
}

TEST(killed_at_any_point_it_leaves_the_old_image_or_the_new_one)
{
	_cleanup_free_ char *old = NULL, *new = NULL;
	unsigned int olds = 0, unfinished = 0, kills;
	struct ncrun_error err = {0};
	_cleanup_close_ int root = -1;
	struct timespec began;
	long whole_ns;
	LAB(lab);

	nsroot_required();
	write_archive(&lab, "old", 'o');
	write_archive(&lab, "new", 'n');
	assert_int_equal(import_file(&lab, "a", "new"), 0);
	root = image_lab_root(&lab, "a");
	new = snapshot_take(root, ".", 1);
	close(root);
	clock_gettime(CLOCK_MONOTONIC, &began);
	assert_int_equal(import_file(&lab, "a", "old"), 0);
	whole_ns = elapsed_ns(&began);
	root = image_lab_root(&lab, "a");
	old = snapshot_take(root, ".", 1);

	/* More where all hit before the end: what takes so long when others are at work? */
	for (kills = 0; kills < KILLS || (olds == kills && kills < KILLS * 2); kills++) {
		struct ncrun_collect_report report;
		_cleanup_free_ char *found = NULL;

		import_and_kill(&lab, whole_ns * 3 / 2 * kills / KILLS * (kills < KILLS ? 1 : 10));
		/* What unpacks ends with its maker, but a moment later. */
		for (int tries = 0; tries < 500; tries++) {
			assert_ok(ncrun_store_collect(lab.store, false, &report, &err));
			unfinished += report.unfinished;
			if (entries_in(&lab, "store/tmp") == 0)
				break;
			nanosleep(&(struct timespec){.tv_nsec = 10000000}, NULL);
		}
		close(root);
		root = image_lab_root(&lab, "a");
		found = snapshot_take(root, ".", 1);
		if (strcmp(found, old) == 0)
			olds++;
		else
			assert_string_equal(found, new);
		assert_int_equal(entries_in(&lab, "store/tmp"), 0);
		assert_int_equal(entries_in(&lab, "store/images"), 1);
		assert_int_equal(entries_in(&lab, "store/names"), 1);
		assert_int_equal(import_file(&lab, "a", "old"), 0);
	}
	print_message("# %u times the old one, %u unfinished\n", olds, unfinished);
	assert_in_range(olds, 1, kills - 1);
	assert_true(unfinished > 0);
}

/** What one of many processes does to the store, over and over. */
static int write_and_remove(const struct image_lab *lab, int number)
{
	struct ncrun_error err = {0};
	struct ncrun_collect_report report;

	for (int i = 0; i < ROUNDS; i++) {
		if (import_file(lab, "a", (number + i) % 2 ? "old" : "new") < 0)
			return 1;
		if (number == 0 && ncrun_store_collect(lab->store, false, &report, &err) < 0)
			return 2;
		if (number == 1 && ncrun_image_remove(lab->store, "a", &err) < 0 &&
		    err.code != ENOENT)
			return 3;
	}
	return 0;
}

/** An image that could be opened is whole and stays so while it is held. */
static int open_and_check(const struct image_lab *lab)
{
	for (int i = 0; i < ROUNDS * 20; i++) {
		_cleanup_(ncrun_image_unrefp) struct ncrun_image *image = NULL;
		struct ncrun_error err = {0};
		char byte[2] = "";

		if (ncrun_image_open(lab->store, "a", &image, &err) < 0) {
			if (err.code != ENOENT)
				return 4;
			continue;
		}
		for (int k = 0; k < FILES; k += FILES - 1) {
			_cleanup_close_ int fd = -1;
			char name[32];

			snprintf(name, sizeof(name), "dir%d/file%d", k % 7, k);
			fd = openat(image_root_fd(image), name, O_RDONLY | O_CLOEXEC);
			if (fd < 0 || pread(fd, &byte[k > 0], 1, FILE_SIZE - 1) != 1)
				return 5;
		}
		if (byte[0] != byte[1])
			return 6;
	}
	return 0;
}

TEST(imports_removals_and_uses_of_one_name_do_not_disturb_each_other)
{
	struct ncrun_collect_report report;
	struct ncrun_error err = {0};
	pid_t pids[WRITERS + READERS];
	LAB(lab);

	nsroot_required();
	write_archive(&lab, "old", 'o');
	write_archive(&lab, "new", 'n');
	for (int i = 0; i < WRITERS + READERS; i++) {
		pids[i] = fork();
		assert_true(pids[i] >= 0);
		if (pids[i] == 0)
			_exit(i < WRITERS ? write_and_remove(&lab, i) : open_and_check(&lab));
	}
	for (int i = 0; i < WRITERS + READERS; i++) {
		int status;

		assert_int_equal(waitpid(pids[i], &status, 0), pids[i]);
		if (status != 0)
			fail_msg("process %d ended with %#x", i, status);
	}

	assert_int_equal(import_file(&lab, "a", "new"), 0);
	assert_ok(ncrun_store_collect(lab.store, false, &report, &err));
	assert_int_equal(report.unfinished, 0);
	assert_int_equal(entries_in(&lab, "store/tmp"), 0);
	assert_int_equal(entries_in(&lab, "store/images"), 1);
	assert_int_equal(open_and_check(&lab), 0);
}

TEST(an_import_that_runs_is_not_collected)
{
	struct ncrun_collect_report report;
	struct ncrun_error err = {0};
	int ends[2], status;
	_cleanup_free_ char *bytes = NULL;
	size_t size;
	pid_t pid;
	LAB(lab);

	nsroot_required();
	write_archive(&lab, "new", 'n');
	assert_ok(file_read_at(lab.dir.fd, "new", 8u << 20, &bytes, &size, &err));
	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	pid = fork();
	if (pid == 0) {
		dup2(ends[0], STDIN_FILENO);
		close(ends[1]);
		_exit(ncrun_image_import(lab.store, "a", "-", NULL, NULL, NULL) < 0);
	}
	close(ends[0]);
	assert_ok(file_write_all(ends[1], bytes, size / 2, &err));

	for (int i = 0; i < 3; i++) {
		assert_ok(ncrun_store_collect(lab.store, false, &report, &err));
		assert_int_equal(report.unfinished, 0);
	}
	assert_ok(file_write_all(ends[1], bytes + size / 2, size - size / 2, &err));
	close(ends[1]);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	assert_int_equal(open_and_check(&lab), 0);
}

TEST(content_that_has_lost_its_lock_is_replaced_or_collected)
{
	struct ncrun_collect_report report;
	struct ncrun_image *image = NULL;
	char lock[160], digest[DIGEST_TEXT_SIZE];
	struct ncrun_error err = {0};
	LAB(lab);

	nsroot_required();
	write_archive(&lab, "new", 'n');
	assert_int_equal(import_file(&lab, "a", "new"), 0);
	assert_ok(ncrun_image_open(lab.store, "a", &image, &err));
	memcpy(digest, ncrun_image_info(image)->digest, sizeof(digest));
	ncrun_image_unref(image);
	snprintf(lock, sizeof(lock), "store/images/%s/lock", digest);
	assert_int_equal(unlinkat(lab.dir.fd, lock, 0), 0);

	assert_fails(ncrun_image_open(lab.store, "a", &image, &err), ENOENT);
	assert_non_null(strstr(err.message, "has lost its content; import it again"));
	assert_int_equal(import_file(&lab, "a", "new"), 0);
	assert_int_equal(open_and_check(&lab), 0);
	assert_int_equal(unlinkat(lab.dir.fd, lock, 0), 0);
	assert_int_equal(unlinkat(lab.dir.fd, "store/names/a", 0), 0);
	assert_ok(ncrun_store_collect(lab.store, false, &report, &err));
	assert_int_equal(report.images, 1);
	assert_int_equal(entries_in(&lab, "store/images"), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(killed_at_any_point_it_leaves_the_old_image_or_the_new_one),
		cmocka_unit_test(imports_removals_and_uses_of_one_name_do_not_disturb_each_other),
		cmocka_unit_test(an_import_that_runs_is_not_collected),
		cmocka_unit_test(content_that_has_lost_its_lock_is_replaced_or_collected),
	};

	return cmocka_run_group_tests_name("rootfs/store_crash", tests, nsroot_setup, NULL);
}
