/* SPDX-License-Identifier: Apache-2.0 */

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "base/file.h"
#include "rootfs/store.h"

#define AREA_TRIES 16

/**
 * Open and lock what we have just made. Until then a collector may take it for a
 * dead one: then its lock, or that it has gone, is seen here.
 */
static int area_take(struct store_area *area, bool *ret_done, struct ncrun_error *err)
{
	_cleanup_close_ int fd =
		openat(area->tmp_fd, area->name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	bool taken = false;
	struct stat st;
	int r;

	if (fd < 0)
		return errno == ENOENT ? 0 : error_errno(err, "open 'tmp/%s'", area->name);
	r = file_lock(fd, true, false, &taken, err);
	if (r < 0 || !taken)
		return r;
	if (fstat(fd, &st) < 0)
		return error_errno(err, "stat 'tmp/%s'", area->name);
	if (st.st_nlink == 0)
		return 0;
	area->fd = take_fd(fd);
	*ret_done = true;
	return 0;
}

static int area_try(struct store_area *area, bool *ret_done, struct ncrun_error *err)
{
	uint64_t random;
	int r;

	if (getrandom(&random, sizeof(random), 0) != sizeof(random))
		return error_errno(err, "make a random name");
	snprintf(area->name, sizeof(area->name), "%016" PRIx64, random);
	if (mkdirat(area->tmp_fd, area->name, 0700) < 0)
		return errno == EEXIST ? 0
				       : error_errno(err, "make directory 'tmp/%s'", area->name);
	r = area_take(area, ret_done, err);
	if (r < 0)
		unlinkat(area->tmp_fd, area->name, AT_REMOVEDIR);
	return r;
}

/** What is made in an area cannot even be removed without it: better said before. */
static int require_openat2(int fd, struct ncrun_error *err)
{
	const struct open_how how = {.flags = O_PATH | O_CLOEXEC, .resolve = RESOLVE_BENEATH};
	_cleanup_close_ int probe = (int)syscall(SYS_openat2, fd, ".", &how, sizeof(how));

	return probe < 0 ? error_errno(err, "resolve names safely (openat2, Linux 5.6)") : 0;
}

int store_area_new(const struct ncrun_store *store, struct store_area *ret, struct ncrun_error *err)
{
	_cleanup_(store_area_done) struct store_area area = STORE_AREA_INIT;
	bool done = false;
	int r;

	r = store_directory_open(store, "tmp", &area.tmp_fd, err);
	if (r == 0)
		r = require_openat2(area.tmp_fd, err);
	if (r < 0)
		return r;
	for (int i = 0; i < AREA_TRIES && !done; i++) {
		r = area_try(&area, &done, err);
		if (r < 0)
			return error_wrap(err, r, "image store '%s'", store->path);
	}
	if (!done)
		return error_set(err, EAGAIN, "image store '%s': no work area to be had",
				 store->path);
	*ret = area;
	area = STORE_AREA_INIT;
	return 0;
}

int store_area_remove(struct store_area *area, uint64_t *ret_bytes, struct ncrun_error *err)
{
	int r = 0;

	if (area->fd >= 0)
		r = tree_remove_at(area->tmp_fd, area->name, ret_bytes, err);
	closep(&area->fd);
	closep(&area->tmp_fd);
	return r;
}

void store_area_done(struct store_area *area)
{
	store_area_remove(area, NULL, NULL);
}
