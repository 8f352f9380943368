/* SPDX-License-Identifier: Apache-2.0 */

#include "tests/support/image_lab.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/process.h"
#include "rootfs/rootfs.h"
#include "tests/support/snapshot.h"
#include "tests/support/test.h"

static void on_note(void *data, const char *line)
{
	struct image_lab *lab = data;

	text_printf(&lab->notes, "%s\n", line);
}

void image_lab_init(struct image_lab *lab)
{
	char path[sizeof(lab->dir.path) + sizeof("/store")];
	struct ncrun_error err = {0};

	*lab = (struct image_lab){.dir = test_directory_new(),
				  .options = NCRUN_IMPORT_OPTIONS_INIT};
	lab->options.note = on_note;
	lab->options.data = lab;
	assert_int_equal(mkdirat(lab->dir.fd, "outside", 0755), 0);
	test_file(lab->dir.fd, "outside/victim", "untouched\n");
	snprintf(path, sizeof(path), "%s/store", lab->dir.path);
	assert_ok(ncrun_store_open(path, &lab->store, &err));
}

void image_lab_done(struct image_lab *lab)
{
	ncrun_store_unref(lab->store);
	text_done(&lab->notes);
	test_directory_done(&lab->dir);
}

int image_lab_import(struct image_lab *lab, const char *name, const struct text *archive,
		     const char *filter, struct ncrun_error *err)
{
	char path[sizeof(lab->dir.path) + sizeof("/archive")];

	assert_false(text_failed(archive));
	text_done(&lab->notes);
	tar_save(archive, lab->dir.fd, "archive", filter);
	snprintf(path, sizeof(path), "%s/archive", lab->dir.path);
	return ncrun_image_import(lab->store, name, path, &lab->options, NULL, err);
}

char *image_lab_snapshot(const struct image_lab *lab)
{
	_cleanup_free_ char *store = snapshot_take(lab->dir.fd, "store", 0);
	_cleanup_free_ char *outside = snapshot_take(lab->dir.fd, "outside", 1);
	char *both = NULL;

	assert_true(asprintf(&both, "%s%s", store, outside) > 0);
	return both;
}

int image_lab_root(struct image_lab *lab, const char *name)
{
	_cleanup_(ncrun_image_unrefp) struct ncrun_image *image = NULL;
	struct ncrun_error err = {0};
	int fd;

	assert_ok(ncrun_image_open(lab->store, name, &image, &err));
	fd = openat(image_root_fd(image), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_true(fd >= 0);
	return fd;
}

void image_lab_assert_refused(struct image_lab *lab, const struct text *archive, const char *filter,
			      int code, const char *text, const char *file, int line)
{
	_cleanup_free_ char *before = NULL, *after = NULL;
	struct ncrun_error err = {0};
	int r;

	/* what any import makes on its way */
	mkdirat(lab->dir.fd, "store/tmp", 0700);
	before = image_lab_snapshot(lab);
	r = image_lab_import(lab, "refused", archive, filter, &err);
	after = image_lab_snapshot(lab);
	if (r != -code || err.code != code || !strstr(err.message, text)) {
		print_error("returned %d: '%s', not %d: '...%s...'\n", r, err.message, -code, text);
		_fail(file, line);
	}
	if (strcmp(before, after) != 0) {
		print_error("before:\n%s\nafter:\n%s\n", before, after);
		_fail(file, line);
	}
}

int image_lab_cancel(void *data, const struct ncrun_progress *progress)
{
	(void)data;
	(void)progress;
	return 1;
}

bool program_exists(const char *name)
{
	const char *const argv[] = {name, "--version", NULL};
	int status;

	return process_run(argv, 5000, &status, NULL, NULL, NULL) == 0;
}
