/* SPDX-License-Identifier: Apache-2.0 */

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/file.h"
#include "base/text.h"
#include "rootfs/image_walk.h"
#include "rootfs/store.h"

#define HOLD_TRIES    64
#define PUBLISH_TRIES 64

struct content_path {
	char text[sizeof("images//lock") + DIGEST_TEXT_SIZE];
};

static struct content_path content_path(const char *digest, const char *below)
{
	struct content_path path;

	snprintf(path.text, sizeof(path.text), "images/%s%s", digest, below);
	return path;
}

/** Is the file behind @lock_fd still what locks this content? It may have been removed while we
 * waited. */
static bool content_is_locked_by(const struct ncrun_store *store, const char *digest, int lock_fd)
{
	struct content_path path = content_path(digest, "/lock");
	struct stat held, named;

	return fstat(lock_fd, &held) == 0 &&
	       fstatat(store->fd, path.text, &named, AT_SYMLINK_NOFOLLOW) == 0 &&
	       held.st_ino == named.st_ino && held.st_dev == named.st_dev;
}

static int content_open_lock(const struct ncrun_store *store, const char *digest, int *ret_fd,
			     struct ncrun_error *err)
{
	struct content_path path = content_path(digest, "/lock");

	*ret_fd = openat(store->fd, path.text, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
	if (*ret_fd < 0 && errno != ENOENT)
		return error_errno(err, "open '%s'", path.text);
	return 0;
}

int store_content_hold(const struct ncrun_store *store, const char *digest, int *ret_lock_fd,
		       bool *ret_in_use, struct ncrun_error *err)
{
	for (int i = 0; i < HOLD_TRIES; i++) {
		_cleanup_close_ int fd = -1;
		bool alone = false;
		int r;

		r = content_open_lock(store, digest, &fd, err);
		if (r == 0 && fd < 0) {
			*ret_lock_fd = -1;
			return 0;
		}
		if (r == 0) /* nobody else has it if it can be had alone */
			r = file_lock(fd, true, false, &alone, err);
		if (r == 0)
			r = file_lock(fd, false, true, NULL, err);
		if (r < 0)
			return error_wrap(err, r, "image '%.12s'", digest);
		if (!content_is_locked_by(store, digest, fd))
			continue;
		*ret_lock_fd = take_fd(fd);
		*ret_in_use = !alone;
		return 0;
	}
	return error_set(err, EBUSY, "image '%.12s': it keeps being removed", digest);
}

static int content_is_named(const struct ncrun_store *store, const char *digest, bool *ret,
			    struct ncrun_error *err)
{
	_cleanup_(strings_freep) char **names = NULL;
	int r;

	*ret = false;
	r = store_name_list(store, &names, err);
	for (size_t i = 0; r == 0 && names[i] && !*ret; i++) {
		char target[DIGEST_TEXT_SIZE];

		/* a damaged name keeps nothing */
		*ret = store_name_get(store, names[i], target, NULL) == 0 &&
		       text_equal(target, digest);
	}
	return r;
}

/**
 * Move content that has no lock file into @area. Nobody can hold that, so the
 * directory images/ is locked instead: whoever publishes has it, too.
 */
static int content_move_damaged(const struct ncrun_store *store, const struct store_area *area,
				int images_fd, const char *digest)
{
	struct content_path path = content_path(digest, "/lock");

	if (faccessat(store->fd, path.text, F_OK, AT_SYMLINK_NOFOLLOW) == 0 || errno != ENOENT)
		return 0;
	if (renameat(images_fd, digest, area->fd, "damaged") < 0 && errno != ENOENT)
		return -1;
	return 0;
}

/** Take the content out of images/ and remove it where nobody sees it. */
static int content_discard(const struct ncrun_store *store, const char *digest, bool damaged,
			   uint64_t *ret_bytes, struct ncrun_error *err)
{
	_cleanup_(store_area_done) struct store_area area = STORE_AREA_INIT;
	_cleanup_close_ int images = -1;
	int r;

	r = store_area_new(store, &area, err);
	if (r == 0)
		r = store_directory_open(store, "images", &images, err);
	if (r == 0 && damaged)
		r = file_lock(images, true, true, NULL, err);
	if (r < 0)
		return r;
	if ((damaged ? content_move_damaged(store, &area, images, digest)
		     : renameat(images, digest, area.fd, "image")) < 0)
		return error_errno(err, "remove image '%.12s'", digest);
	closep(&images);
	return store_area_remove(&area, ret_bytes, err);
}

int store_content_remove(const struct ncrun_store *store, const char *digest, bool dry_run,
			 enum store_outcome *ret, uint64_t *ret_bytes, struct ncrun_error *err)
{
	struct content_path path = content_path(digest, "");
	_cleanup_close_ int lock = -1;
	bool alone = true, named = false;
	int r;

	*ret = STORE_ABSENT;
	if (faccessat(store->fd, path.text, F_OK, AT_SYMLINK_NOFOLLOW) < 0)
		return errno == ENOENT ? 0 : error_errno(err, "look for image '%.12s'", digest);
	r = content_open_lock(store, digest, &lock, err);
	if (r == 0 && lock >= 0) /* without a lock it is damaged, and nobody can hold it */
		r = file_lock(lock, true, false, &alone, err);
	if (r < 0)
		return error_wrap(err, r, "remove image '%.12s'", digest);
	if (alone && lock >= 0 && !content_is_locked_by(store, digest, lock))
		return 0;
	r = content_is_named(store, digest, &named, err);
	if (r < 0)
		return r;
	*ret = named ? STORE_NAMED : alone ? STORE_REMOVED : STORE_IN_USE;
	if (*ret != STORE_REMOVED)
		return 0;
	return dry_run ? tree_measure(store->fd, path.text, NULL, ret_bytes, err)
		       : content_discard(store, digest, lock < 0, ret_bytes, err);
}

/** One try: *@ret_done, or false when content of that digest is there already. */
static int content_try_publish(const struct ncrun_store *store, const struct store_area *area,
			       const char *digest, bool *ret_done, struct ncrun_error *err)
{
	_cleanup_close_ int images = -1;
	int r;

	r = store_directory_open(store, "images", &images, err);
	if (r == 0)
		r = file_lock(images, true, true, NULL, err);
	if (r < 0)
		return r;
	*ret_done = renameat2(area->fd, "image", images, digest, RENAME_NOREPLACE) == 0;
	if (*ret_done)
		return fsync(images) == 0 ? 0 : error_errno(err, "sync the images");
	if (errno != EEXIST || content_move_damaged(store, area, images, digest) < 0)
		return error_errno(err, "publish image '%.12s'", digest);
	return 0;
}

int store_content_publish(const struct ncrun_store *store, const struct store_area *area,
			  const char *digest, int *lock_fd, struct ncrun_error *err)
{
	for (int i = 0; i < PUBLISH_TRIES; i++) {
		bool done = false, in_use;
		int held = -1, r;

		r = content_try_publish(store, area, digest, &done, err);
		if (r < 0 || done)
			return r;
		r = store_content_hold(store, digest, &held, &in_use, err);
		if (r < 0)
			return r;
		if (held < 0)
			continue;
		closep(lock_fd);
		*lock_fd = held;
		return 0;
	}
	return error_set(err, EBUSY, "publish image '%.12s': it keeps coming and going", digest);
}
