/* SPDX-License-Identifier: Apache-2.0 */

#include <stdlib.h>

#include "base/api.h"
#include "base/error.h"
#include "base/text.h"
#include "rootfs/store.h"

struct list {
	struct ncrun_image **images; /* owned, with what is in it */
	bool *in_use;                /* owned */
	size_t count;
};

static void list_done(struct list *list)
{
	ncrun_image_list_free(list->images, list->count);
	free(list->in_use);
}

/** A second name of an image that this list holds already says nothing of other users. */
static bool list_corrects(const struct list *list, const char *digest, bool in_use)
{
	for (size_t i = 0; i < list->count; i++)
		if (text_equal(ncrun_image_info(list->images[i])->digest, digest))
			return list->in_use[i];
	return in_use;
}

/** Append an image; one that has gone meanwhile, or was never whole, is passed over. */
static int list_append(struct list *list, const struct ncrun_store *store, const char *name,
		       const char *digest, struct ncrun_error *err)
{
	_cleanup_close_ int lock = -1;
	struct ncrun_image *image = NULL;
	bool in_use = false;
	int r;

	r = store_content_hold(store, digest, &lock, &in_use, err);
	if (r < 0 || lock < 0)
		return r;
	in_use = list_corrects(list, digest, in_use);
	r = image_new_take(store, &(struct held_image){name, digest, lock, in_use}, &image, err);
	if (r < 0)
		return r;
	take_fd(lock);
	list->in_use[list->count] = in_use;
	list->images[list->count++] = image;
	return 0;
}

static bool list_has(const struct list *list, const char *digest)
{
	for (size_t i = 0; i < list->count; i++)
		if (text_equal(ncrun_image_info(list->images[i])->digest, digest))
			return true;
	return false;
}

static int list_fill(struct list *list, const struct ncrun_store *store, char **names,
		     char **digests, struct ncrun_error *err)
{
	int r = 0;

	for (size_t i = 0; names[i] && r == 0; i++) {
		char digest[DIGEST_TEXT_SIZE];

		r = store_name_get(store, names[i], digest, err);
		if (r == 0 && digest[0])
			r = list_append(list, store, names[i], digest, err);
	}
	for (size_t i = 0; digests[i] && r == 0; i++)
		if (!list_has(list, digests[i]))
			r = list_append(list, store, NULL, digests[i], err);
	return r;
}

NCRUN_API int ncrun_image_list(struct ncrun_store *store, struct ncrun_image ***ret,
			       size_t *ret_count, struct ncrun_error *err)
{
	_cleanup_(strings_freep) char **names = NULL, **digests = NULL;
	_cleanup_(list_done) struct list list = {0};
	size_t most;
	int r;

	r = store_name_list(store, &names, err);
	if (r < 0)
		return r;
	r = store_content_list(store, &digests, err);
	if (r < 0)
		return r;
	most = strings_count((const char *const *)names) +
	       strings_count((const char *const *)digests) + 1;
	list.images = calloc(most, sizeof(struct ncrun_image *));
	list.in_use = calloc(most, sizeof(*list.in_use));
	if (!list.images || !list.in_use)
		return error_set(err, ENOMEM, "list the images");
	r = list_fill(&list, store, names, digests, err);
	if (r < 0)
		return error_wrap(err, r, "list the images");
	*ret_count = list.count;
	*ret = take_ptr(list.images);
	list.count = 0;
	return 0;
}

NCRUN_API void ncrun_image_list_free(struct ncrun_image **list, size_t count)
{
	for (size_t i = 0; list && i < count; i++)
		ncrun_image_unref(list[i]);
	free(list);
}
