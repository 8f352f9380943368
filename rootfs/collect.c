/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Removing images, and what killed imports left behind.
 */

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/api.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/file.h"
#include "base/text.h"
#include "rootfs/image_walk.h"
#include "rootfs/store.h"

/*
 * An unpacking process that dies with its parent may hold the area some
 * milliseconds longer: wait for that long, in all, before calling it alive.
 */
#define AREA_PATIENCE_MS 50

static int remove_by_digest(struct ncrun_store *store, const char *name, const char *digest,
			    struct ncrun_error *err)
{
	enum store_outcome outcome;
	int r = store_content_remove(store, digest, false, &outcome, NULL, err);

	if (r < 0)
		return r;
	switch (outcome) {
	case STORE_IN_USE:
		return error_set(err, EBUSY, "image '%s' is in use", name);
	case STORE_NAMED:
		return error_set(err, EBUSY, "image '%s' has a name; remove it by that", name);
	case STORE_ABSENT:
		return error_set(err, ENOENT, "no image '%s' in the store '%s'", name, store->path);
	case STORE_REMOVED:
		break;
	}
	return 0;
}

/** Forget the name, and the content unless something else keeps that. */
static int remove_by_name(struct ncrun_store *store, const char *name, struct ncrun_error *err)
{
	_cleanup_(store_area_done) struct store_area area = STORE_AREA_INIT;
	char digest[DIGEST_TEXT_SIZE];
	enum store_outcome outcome;
	bool found = false;
	int r;

	r = store_area_new(store, &area, err);
	if (r == 0)
		r = store_name_remove(store, &area, name, &found, digest, err);
	if (r < 0)
		return r;
	if (!found)
		return error_set(err, ENOENT, "no image '%s' in the store '%s'", name, store->path);
	return digest[0] ? store_content_remove(store, digest, false, &outcome, NULL, err) : 0;
}

NCRUN_API int ncrun_image_remove(struct ncrun_store *store, const char *name,
				 struct ncrun_error *err)
{
	char digest[DIGEST_TEXT_SIZE];
	bool is_name;
	int r;

	r = image_resolve(store, name, &is_name, digest, err);
	if (r < 0 && r != -EBADMSG) /* a damaged name can be removed like any other */
		return r;
	if (r == 0 && !digest[0])
		return error_set(err, ENOENT, "no image '%s' in the store '%s'", name, store->path);
	return r < 0 || is_name ? remove_by_name(store, name, err)
				: remove_by_digest(store, name, digest, err);
}

/** Lock @fd if nobody has it locked, however little longer; *@ret is false when somebody has. */
static int claim(int fd, int64_t deadline_ms, bool *ret, struct ncrun_error *err)
{
	const struct timespec pause = {.tv_nsec = 2000000};
	int r;

	for (;;) {
		r = file_lock(fd, true, false, ret, err);
		if (r < 0 || *ret || clock_now_ms() >= deadline_ms)
			return r;
		nanosleep(&pause, NULL);
	}
}

/** Is nobody at work there any longer: neither who imports nor who unpacks for him? */
static int area_claim(int fd, int64_t deadline_ms, bool *ret, struct ncrun_error *err)
{
	_cleanup_close_ int worker = -1;
	int r = claim(fd, deadline_ms, ret, err);

	if (r < 0 || !*ret)
		return r;
	worker = openat(fd, "worker", O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	return worker < 0 ? 0 : claim(worker, deadline_ms, ret, err);
}

static int area_collect(int tmp_fd, const char *name, bool dry_run, int64_t deadline_ms,
			struct ncrun_collect_report *report, struct ncrun_error *err)
{
	_cleanup_close_ int fd =
		openat(tmp_fd, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	uint64_t bytes = 0;
	bool dead = true;
	int r = 0;

	if (fd < 0 && errno == ENOENT)
		return 0;
	if (fd >= 0) /* what cannot be opened is a link, which we do not make */
		r = area_claim(fd, deadline_ms, &dead, err);
	if (r < 0 || !dead)
		return r;
	if (!dry_run)
		r = tree_remove_at(tmp_fd, name, &bytes, err);
	else if (fd >= 0)
		r = tree_measure(tmp_fd, name, NULL, &bytes, err);
	if (r < 0)
		return r;
	report->unfinished++;
	report->bytes += bytes;
	return 0;
}

static int areas_collect(struct ncrun_store *store, bool dry_run,
			 struct ncrun_collect_report *report, struct ncrun_error *err)
{
	_cleanup_(strings_freep) char **names = NULL;
	_cleanup_close_ int tmp = -1;
	int64_t deadline_ms;
	int r;

	r = store_directory_open(store, "tmp", &tmp, err);
	if (r == 0)
		r = directory_list(tmp, &names, err);
	deadline_ms = clock_now_ms() + AREA_PATIENCE_MS;
	for (size_t i = 0; r == 0 && names[i]; i++)
		r = area_collect(tmp, names[i], dry_run, deadline_ms, report, err);
	return r;
}

static int images_collect(struct ncrun_store *store, bool dry_run,
			  struct ncrun_collect_report *report, struct ncrun_error *err)
{
	_cleanup_(strings_freep) char **digests = NULL;
	int r;

	r = store_content_list(store, &digests, err);
	for (size_t i = 0; r == 0 && digests[i]; i++) {
		enum store_outcome outcome = STORE_ABSENT;
		uint64_t bytes = 0;

		r = store_content_remove(store, digests[i], dry_run, &outcome, &bytes, err);
		report->bytes += bytes;
		report->images += outcome == STORE_REMOVED;
		report->in_use += outcome == STORE_IN_USE;
	}
	return r;
}

/** What was to become an entry of a cache. */
static int caches_collect(struct ncrun_store *store, bool dry_run, struct ncrun_error *err)
{
	_cleanup_(strings_freep) char **names = NULL;
	_cleanup_close_ int caches = -1;
	int r;

	r = store_directory_open(store, "cache", &caches, err);
	if (r == 0)
		r = directory_list(caches, &names, err);
	for (size_t i = 0; r == 0 && names[i]; i++) {
		_cleanup_close_ int cache = -1;

		if (directory_open_at(caches, names[i], &cache, NULL) == 0)
			(void)file_temporaries_remove(cache, dry_run);
	}
	return r;
}

NCRUN_API int ncrun_store_collect(struct ncrun_store *store, bool dry_run,
				  struct ncrun_collect_report *ret, struct ncrun_error *err)
{
	struct ncrun_collect_report report = {0};
	int r;

	r = areas_collect(store, dry_run, &report, err);
	if (r == 0)
		r = images_collect(store, dry_run, &report, err);
	if (r == 0)
		r = caches_collect(store, dry_run, err);
	if (r < 0)
		return error_wrap(err, r, "collect what is unused");
	*ret = report;
	return 0;
}
