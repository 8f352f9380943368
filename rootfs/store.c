/* SPDX-License-Identifier: Apache-2.0 */

#include "rootfs/store.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/api.h"
#include "base/error.h"
#include "base/file.h"
#include "base/name.h"
#include "base/text.h"

/** $NCRUN_STORE, else the system's or the user's own place. */
static int default_path(struct text *ret, struct ncrun_error *err)
{
	const char *path = secure_getenv("NCRUN_STORE");
	const char *data = secure_getenv("XDG_DATA_HOME");
	const char *home = secure_getenv("HOME");

	if (path && *path)
		text_append(ret, path);
	else if (geteuid() == 0)
		text_append(ret, "/var/lib/ncrun");
	else if (data && *data == '/')
		text_printf(ret, "%s/ncrun", data);
	else if (home && *home == '/')
		text_printf(ret, "%s/.local/share/ncrun", home);
	else
		return error_set(
			err, ENOENT,
			"no place for the image store: neither NCRUN_STORE nor HOME is set");
	return 0;
}

int store_path(const char *path, char **ret, struct ncrun_error *err)
{
	_cleanup_text_ struct text text = {0};
	_cleanup_free_ char *here = NULL;
	int r;

	if (path) {
		text_append(&text, path);
	} else {
		r = default_path(&text, err);
		if (r < 0)
			return r;
	}
	if (text_failed(&text)) /* an empty one would be the working directory */
		return error_set(err, ENOMEM, "open the image store: out of memory");
	if (text_string(&text)[0] != '/') {
		_cleanup_text_ struct text whole = {0};

		here = getcwd(NULL, 0);
		if (!here)
			return error_errno(err, "find the working directory");
		text_printf(&whole, "%s/%s", here, text_string(&text));
		*ret = text_take(&whole);
	} else {
		*ret = text_take(&text);
	}
	if (!*ret)
		return error_set(err, ENOMEM, "open the image store: out of memory");
	return 0;
}

NCRUN_API int ncrun_store_open(const char *path, struct ncrun_store **ret, struct ncrun_error *err)
{
	_cleanup_(ncrun_store_unrefp) struct ncrun_store *store = malloc(sizeof(*store));
	int r;

	if (!store)
		return error_errno(err, "open the image store");
	*store = (struct ncrun_store){.fd = -1};
	if (path && !*path)
		return error_set(err, EINVAL, "the path of the image store is empty");
	r = store_path(path, &store->path, err);
	if (r < 0)
		return r;
	r = directory_open_private(store->path, &store->fd, err);
	if (r < 0)
		return error_wrap(err, r, "image store");
	*ret = take_ptr(store);
	return 0;
}

NCRUN_API struct ncrun_store *ncrun_store_unref(struct ncrun_store *store)
{
	if (store) {
		closep(&store->fd);
		free(store->path);
		free(store);
	}
	return NULL;
}

NCRUN_API const char *ncrun_store_path(const struct ncrun_store *store)
{
	return store->path;
}

int store_directory_open(const struct ncrun_store *store, const char *name, int *ret_fd,
			 struct ncrun_error *err)
{
	int r = directory_open_private_at(store->fd, name, ret_fd, err);

	return r < 0 ? error_wrap(err, r, "image store '%s'", store->path) : 0;
}

int store_cache_open(struct ncrun_store *store, const char *name, int *ret_fd,
		     struct ncrun_error *err)
{
	_cleanup_close_ int caches = -1;
	int r;

	r = name_check("cache", name, err);
	if (r < 0)
		return r;
	r = store_directory_open(store, "cache", &caches, err);
	if (r < 0)
		return r;
	r = directory_open_private_at(caches, name, ret_fd, err);
	return r < 0 ? error_wrap(err, r, "image store '%s': cache", store->path) : 0;
}

bool store_is_digest(const char *text)
{
	return strlen(text) == DIGEST_TEXT_SIZE - 1 &&
	       strspn(text, "0123456789abcdef") == DIGEST_TEXT_SIZE - 1;
}
