/* SPDX-License-Identifier: Apache-2.0 */

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/api.h"
#include "base/error.h"
#include "base/file.h"
#include "base/record.h"
#include "base/text.h"
#include "rootfs/rootfs.h"
#include "rootfs/store.h"

#define OPEN_TRIES        64
#define DIGEST_PREFIX_MIN 12

struct ncrun_image {
	int root_fd;           /* owned, O_PATH */
	int lock_fd;           /* owned */
	char *name;            /* owned; NULL for nameless content */
	struct record *config; /* owned; what the info points into */
	char digest[DIGEST_TEXT_SIZE];
	struct ncrun_image_info info;
};

NCRUN_API struct ncrun_image *ncrun_image_unref(struct ncrun_image *image)
{
	if (image) {
		closep(&image->root_fd);
		closep(&image->lock_fd);
		record_free(image->config);
		free(image->name);
		free(image);
	}
	return NULL;
}

NCRUN_API const struct ncrun_image_info *ncrun_image_info(const struct ncrun_image *image)
{
	return &image->info;
}

int image_root_fd(const struct ncrun_image *image)
{
	return image->root_fd;
}

int image_lock_fd(const struct ncrun_image *image)
{
	return image->lock_fd;
}

static int image_fill_info(struct ncrun_image *image, bool in_use)
{
	const struct record *config = image->config;
	struct ncrun_image_info *info = &image->info;

	info->name = image->name;
	info->digest = image->digest;
	info->source = record_get(config, "source", "");
	info->format = record_get(config, "format", "");
	info->os_release = record_get(config, "os_release", "");
	info->architecture = record_get(config, "architecture", "");
	info->bytes = record_get_u64(config, "bytes", 0);
	info->entries = record_get_u64(config, "entries", 0);
	info->created_at_s = record_get_i64(config, "created", 0);
	info->env = record_get_list(image->config, "env");
	info->entrypoint = record_get_list(image->config, "entrypoint");
	info->cmd = record_get_list(image->config, "cmd");
	info->user = record_get(config, "user", NULL);
	info->workdir = record_get(config, "workdir", NULL);
	info->stop_signal = (int)record_get_u64(config, "stop_signal", 0);
	info->squashed = record_get_u64(config, "squashed", 0) != 0;
	info->in_use = in_use;
	return info->env && info->entrypoint && info->cmd ? 0 : -ENOMEM;
}

static int image_load(struct ncrun_image *image, const struct ncrun_store *store,
		      struct ncrun_error *err)
{
	char path[sizeof("images//config") + DIGEST_TEXT_SIZE];
	_cleanup_free_ char *text = NULL;
	size_t size = 0;
	int r;

	snprintf(path, sizeof(path), "images/%s/root", image->digest);
	image->root_fd = openat(store->fd, path, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (image->root_fd < 0)
		return error_errno(err, "open '%s'", path);
	snprintf(path, sizeof(path), "images/%s/config", image->digest);
	r = file_read_at(store->fd, path, IMAGE_CONFIG_MAX, &text, &size, err);
	if (r == 0)
		r = record_parse(text, size, &image->config, err);
	return r < 0 ? error_wrap(err, r, "'%s'", path) : 0;
}

int image_new_take(const struct ncrun_store *store, const struct held_image *held,
		   struct ncrun_image **ret, struct ncrun_error *err)
{
	_cleanup_(ncrun_image_unrefp) struct ncrun_image *image = calloc(1, sizeof(*image));
	const char *shown = held->name ? held->name : held->digest;
	int r;

	if (!image)
		return error_errno(err, "open image '%s'", shown);
	image->root_fd = -1;
	image->lock_fd = -1;
	memcpy(image->digest, held->digest, DIGEST_TEXT_SIZE);
	if (held->name) {
		image->name = strdup(held->name);
		if (!image->name)
			return error_errno(err, "open image '%s'", shown);
	}
	r = image_load(image, store, err);
	if (r < 0)
		return error_wrap(err, r, "image '%s'", shown);
	if (image_fill_info(image, held->in_use) < 0)
		return error_set(err, ENOMEM, "open image '%s'", shown);
	image->lock_fd = held->lock_fd;
	*ret = take_ptr(image);
	return 0;
}

/** Could @text be the beginning of a digest? */
static bool is_digest_prefix(const char *text)
{
	size_t length = strspn(text, "0123456789abcdef");

	return length >= DIGEST_PREFIX_MIN && length < DIGEST_TEXT_SIZE && !text[length];
}

/** Find the one content whose digest begins with @prefix; "" if there is none. */
static int digest_complete(const struct ncrun_store *store, const char *prefix,
			   char ret[DIGEST_TEXT_SIZE], struct ncrun_error *err)
{
	_cleanup_(strings_freep) char **digests = NULL;
	size_t found = 0;
	int r;

	r = store_content_list(store, &digests, err);
	if (r < 0)
		return r;
	for (size_t i = 0; digests[i]; i++)
		if (text_starts_with(digests[i], prefix) && found++ == 0)
			memcpy(ret, digests[i], DIGEST_TEXT_SIZE);
	if (found > 1)
		return error_set(err, EINVAL, "image '%s': %zu images have digests that begin so",
				 prefix, found);
	if (found == 0)
		ret[0] = '\0';
	return 0;
}

int image_resolve(const struct ncrun_store *store, const char *name, bool *ret_is_name,
		  char ret[DIGEST_TEXT_SIZE], struct ncrun_error *err)
{
	int r;

	ret[0] = '\0';
	*ret_is_name = false;
	if (!store_is_digest(name)) { /* too long for a name */
		r = store_name_get(store, name, ret, err);
		if (r < 0)
			return r;
		*ret_is_name = ret[0] != '\0';
	}
	return ret[0] == '\0' && is_digest_prefix(name) ? digest_complete(store, name, ret, err)
							: 0;
}

NCRUN_API int ncrun_image_open(struct ncrun_store *store, const char *name,
			       struct ncrun_image **ret, struct ncrun_error *err)
{
	char previous[DIGEST_TEXT_SIZE] = "";

	for (int i = 0; i < OPEN_TRIES; i++) {
		char digest[DIGEST_TEXT_SIZE];
		_cleanup_close_ int lock = -1;
		bool in_use = false, is_name;
		int r;

		r = image_resolve(store, name, &is_name, digest, err);
		if (r == 0 && digest[0])
			r = store_content_hold(store, digest, &lock, &in_use, err);
		if (r < 0)
			return r;
		if (!digest[0])
			return error_set(err, ENOENT, "no image '%s' in the store '%s'", name,
					 store->path);
		if (lock >= 0) {
			const struct held_image held = {is_name ? name : NULL, digest, lock,
							in_use};

			r = image_new_take(store, &held, ret, err);
			if (r == 0)
				take_fd(lock);
			return r;
		}
		/* the name was pointed elsewhere and its old content removed; or that is lost */
		if (text_equal(previous, digest))
			return error_set(err, ENOENT,
					 "image '%s' has lost its content; import it again", name);
		memcpy(previous, digest, sizeof(previous));
	}
	return error_set(err, EBUSY, "open image '%s': it keeps being replaced", name);
}
