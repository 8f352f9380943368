/* SPDX-License-Identifier: Apache-2.0 */

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/file.h"
#include "base/name.h"
#include "base/text.h"
#include "rootfs/store.h"

#define NAME_TRIES 64

/** The symlink of an area by which a name is swapped. */
#define SWAP "name"

static int link_read(int dir_fd, const char *name, char ret[DIGEST_TEXT_SIZE],
		     struct ncrun_error *err)
{
	char target[DIGEST_TEXT_SIZE + 1];
	ssize_t n = readlinkat(dir_fd, name, target, sizeof(target) - 1);

	ret[0] = '\0';
	if (n < 0)
		return errno == ENOENT ? 0 : error_errno(err, "read the name");
	target[n] = '\0';
	if (!store_is_digest(target))
		return error_set(err, EBADMSG, "the name points at '%s', which is not a digest",
				 target);
	memcpy(ret, target, DIGEST_TEXT_SIZE);
	return 0;
}

int image_name_check(const char *name, struct ncrun_error *err)
{
	if (text_equal(name, "host"))
		return error_set(err, EINVAL,
				 "image name 'host': stands for this machine's own root");
	return name_check("image", name, err);
}

int store_name_get(const struct ncrun_store *store, const char *name, char ret[DIGEST_TEXT_SIZE],
		   struct ncrun_error *err)
{
	char path[sizeof("names/") + NAME_MAX];
	int r;

	r = name_check("image", name, err);
	if (r < 0)
		return r;
	snprintf(path, sizeof(path), "names/%s", name);
	r = link_read(store->fd, path, ret, err);
	return r < 0 ? error_wrap(err, r, "image '%s'", name) : 0;
}

/** Put @area's link at @name: *@ret_done, or false when the name came or went meanwhile. */
static int name_swap(int area_fd, int names_fd, const char *name, bool *ret_exchanged,
		     bool *ret_done)
{
	*ret_done = true;
	*ret_exchanged = false;
	if (renameat2(area_fd, SWAP, names_fd, name, RENAME_NOREPLACE) == 0)
		return 0;
	if (errno == EEXIST) {
		*ret_exchanged = true;
		if (renameat2(area_fd, SWAP, names_fd, name, RENAME_EXCHANGE) == 0)
			return 0;
	}
	if (errno != ENOENT)
		return -1;
	*ret_done = false;
	return 0;
}

/** As it was: who is told that it failed shall find it so. */
static void name_swap_back(int area_fd, int names_fd, const char *name, bool exchanged)
{
	(void)renameat2(names_fd, name, area_fd, SWAP, exchanged ? RENAME_EXCHANGE : 0);
	(void)unlinkat(area_fd, SWAP, 0);
}

/** What an exchange left in the area is what the name pointed at, whoever set that. */
static void swap_read(const struct store_area *area, char ret[DIGEST_TEXT_SIZE])
{
	link_read(area->fd, SWAP, ret, NULL); /* a damaged one: "" */
	unlinkat(area->fd, SWAP, 0);
}

int store_name_set(const struct ncrun_store *store, const struct store_area *area, const char *name,
		   const char *digest, char ret_old[DIGEST_TEXT_SIZE], struct ncrun_error *err)
{
	_cleanup_close_ int names = -1;
	bool exchanged = false, done = false;
	int r;

	r = store_directory_open(store, "names", &names, err);
	if (r < 0)
		return r;
	if (symlinkat(digest, area->fd, SWAP) < 0)
		return error_errno(err, "name image '%s'", name);
	for (int i = 0; i < NAME_TRIES && !done; i++)
		if (name_swap(area->fd, names, name, &exchanged, &done) < 0)
			return error_errno(err, "name image '%s'", name);
	if (!done)
		return error_set(err, EBUSY, "name image '%s': somebody else keeps changing it",
				 name);
	if (fsync(names) < 0) {
		r = error_errno(err, "name image '%s': sync", name);
		name_swap_back(area->fd, names, name, exchanged);
		return r;
	}
	ret_old[0] = '\0';
	if (exchanged)
		swap_read(area, ret_old);
	return 0;
}

int store_name_remove(const struct ncrun_store *store, const struct store_area *area,
		      const char *name, bool *ret_found, char ret_old[DIGEST_TEXT_SIZE],
		      struct ncrun_error *err)
{
	_cleanup_close_ int names = -1;
	int r;

	ret_old[0] = '\0';
	*ret_found = false;
	r = store_directory_open(store, "names", &names, err);
	if (r < 0)
		return r;
	if (renameat(names, name, area->fd, SWAP) < 0)
		return errno == ENOENT ? 0 : error_errno(err, "remove image '%s'", name);
	*ret_found = true;
	swap_read(area, ret_old);
	if (fsync(names) < 0)
		return error_errno(err, "remove image '%s': sync", name);
	return 0;
}

/** Entries of a directory of the store that pass @check; none when it does not exist. */
static int entries_list(const struct ncrun_store *store, const char *directory,
			bool (*check)(const char *entry), char ***ret, struct ncrun_error *err)
{
	_cleanup_(strings_freep) char **entries = NULL, **list = NULL;
	_cleanup_close_ int fd = -1;
	int r;

	r = store_directory_open(store, directory, &fd, err);
	if (r < 0)
		return r;
	r = directory_list(fd, &entries, err);
	if (r < 0)
		return error_wrap(err, r, "image store '%s'", store->path);
	list = calloc(1, sizeof(*list));
	for (size_t i = 0; list && entries[i]; i++)
		if (check(entries[i]) && strings_append(&list, entries[i]) < 0)
			list = strings_free(list);
	if (!list)
		return error_set(err, ENOMEM, "list the images");
	*ret = take_ptr(list);
	return 0;
}

static bool is_name(const char *entry)
{
	return name_check("image", entry, NULL) == 0;
}

int store_name_list(const struct ncrun_store *store, char ***ret, struct ncrun_error *err)
{
	return entries_list(store, "names", is_name, ret, err);
}

int store_content_list(const struct ncrun_store *store, char ***ret, struct ncrun_error *err)
{
	return entries_list(store, "images", store_is_digest, ret, err);
}
