/* SPDX-License-Identifier: Apache-2.0 */

/* From the name given to --rootfs to an open image: the store, a pull, or the embedded default. */

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/file.h"
#include "base/nearest.h"
#include "base/text.h"
#include "rootfs/embedded.h"
#include "rootfs/pull.h"
#include "rootfs/rootfs.h"

/* A node that starts shall not wait long for a network that is not there, nor wait again for each.
 */
#define QUICK_CONNECT_TIMEOUT_MS 3000
#define QUICK_STALL_TIMEOUT_MS   10000
#define REMEMBER_ABSENCE_S       300

#define CACHE       "pull"
#define LOCK_FILE   "lock"
#define ABSENT_FILE "unreached" /* holds the mirror's address; its time says when */

struct ensure {
	struct ncrun_store *store;
	const struct image_wish *wish;
};

__attribute__((format(printf, 2, 3))) static void tell(const struct ensure *ensure, const char *fmt,
						       ...)
{
	_cleanup_free_ char *line = NULL;
	va_list args;
	int n;

	if (!ensure->wish->notice)
		return;
	va_start(args, fmt);
	n = vasprintf(&line, fmt, args);
	va_end(args);
	if (n < 0) {
		line = NULL;
		return;
	}
	ensure->wish->notice(ensure->wish->data, line);
}

/* ---- the store ---------------------------------------------------------------------- */

static int no_such_image(const struct ensure *ensure, struct ncrun_error *err)
{
	const char *name = ensure->wish->name;
	const char *path = ncrun_store_path(ensure->store);
	struct ncrun_image **list = NULL;
	struct nearest nearest = {0};
	struct ncrun_error ignored;
	size_t count = 0;
	int r;

	if (ncrun_image_list(ensure->store, &list, &count, &ignored) < 0)
		count = 0;
	nearest_consider(&nearest, name, "alpine");
	for (size_t i = 0; i < count; i++)
		if (ncrun_image_info(list[i])->name)
			nearest_consider(&nearest, name, ncrun_image_info(list[i])->name);
	if (nearest.word)
		r = error_set(err, ENOENT, "no image '%s' in the store '%s'; did you mean '%s'?",
			      name, path, nearest.word);
	else
		r = error_set(err, ENOENT,
			      "no image '%s' in the store '%s' (to make one: ncrun rootfs import "
			      "%s FILE)",
			      name, path, name);
	ncrun_image_list_free(list, count);
	return r;
}

/* Open what the store has. -ENOENT leaves a message that only says so. */
static int open_stored(const struct ensure *ensure, const struct pull_reference *reference,
		       struct ncrun_image **ret, struct ncrun_error *err)
{
	_cleanup_(ncrun_image_unrefp) struct ncrun_image *image = NULL;
	const char *source;
	int r;

	r = ncrun_image_open(ensure->store, reference->name, &image, err);
	if (r < 0)
		return r;
	source = ncrun_image_info(image)->source;
	if (reference->kind == PULL_DOCKER && !text_equal(source, reference->location))
		return error_set(err, EEXIST,
				 "image '%s' in the store is from '%s', not from '%s': pull that "
				 "under another name and use the name",
				 reference->name, source, reference->location);
	*ret = take_ptr(image);
	return 0;
}

/* ---- the memory of a mirror out of reach ----------------------------------------------- */

/* The lock makes a hundred nodes that start at once pull once. */
static int lock_pulls(const struct ensure *ensure, int *ret_cache_fd, int *ret_lock_fd,
		      struct ncrun_error *err)
{
	_cleanup_close_ int cache_fd = -1;
	_cleanup_close_ int lock_fd = -1;
	bool taken = false;
	int r;

	r = store_cache_open(ensure->store, CACHE, &cache_fd, err);
	if (r < 0)
		return r;
	lock_fd = openat(cache_fd, LOCK_FILE, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (lock_fd < 0)
		return error_errno(err, "open the lock of pulls");
	r = file_lock(lock_fd, true, true, &taken, err);
	if (r < 0)
		return r;
	*ret_cache_fd = take_fd(cache_fd);
	*ret_lock_fd = take_fd(lock_fd);
	return 0;
}

static bool was_absent(const struct ensure *ensure, int cache_fd, int64_t *ret_age_s)
{
	_cleanup_free_ char *mirror = NULL;
	struct ncrun_error ignored;
	struct stat st;
	size_t size;

	if (file_read_at(cache_fd, ABSENT_FILE, 4096, &mirror, &size, &ignored) < 0 ||
	    fstatat(cache_fd, ABSENT_FILE, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return false;
	*ret_age_s = clock_wall_ns() / CLOCK_NS_PER_S - st.st_mtime;
	return *ret_age_s >= 0 && *ret_age_s < REMEMBER_ABSENCE_S &&
	       text_equal(mirror, alpine_mirror(ensure->wish->mirror));
}

static void remember(const struct ensure *ensure, int cache_fd, bool absent)
{
	const char *mirror = alpine_mirror(ensure->wish->mirror);

	/* Forgetting or failing to remember costs time only. */
	if (absent)
		file_replace_at(cache_fd, ABSENT_FILE, mirror, strlen(mirror), 0600, NULL);
	else
		unlinkat(cache_fd, ABSENT_FILE, 0);
}

/* ---- pulling ---------------------------------------------------------------------------- */

static int pull_now(const struct ensure *ensure, const struct pull_reference *reference,
		    struct ncrun_image **ret, struct ncrun_error *err)
{
	const bool wanted = ensure->wish->pull == NCRUN_PULL_ALWAYS;
	struct ncrun_pull_options options = NCRUN_PULL_OPTIONS_INIT;
	const struct pull_job job = {
		.store = ensure->store,
		.reference = reference,
		.name = reference->name,
		.options = &options,
		.connect_timeout_ms = wanted ? PULL_CONNECT_TIMEOUT_MS : QUICK_CONNECT_TIMEOUT_MS,
		.stall_timeout_ms = wanted ? PULL_STALL_TIMEOUT_MS : QUICK_STALL_TIMEOUT_MS,
	};
	int r;

	options.mirror = ensure->wish->mirror;
	options.import = NCRUN_IMPORT_OPTIONS_INIT;
	options.import.note = ensure->wish->notice;
	options.import.data = ensure->wish->data;
	r = pull_run(&job, ret, err);
	if (r < 0)
		return error_wrap(err, r, "pull '%s'", ensure->wish->name);
	tell(ensure, "image '%s' was pulled from '%s'", ensure->wish->name,
	     ncrun_image_info(*ret)->source);
	return 0;
}

/* The embedded image in place of one that failed with @err, which stays when there is none. */
static int open_embedded(const struct ensure *ensure, struct ncrun_image **ret,
			 struct ncrun_error *err)
{
	const struct ncrun_error pulling = *err;
	struct ncrun_error why = {0};
	int r = embedded_open(ensure->store, ret, &why);

	if (r < 0)
		return error_set(err, pulling.code, "%.600s; and %.350s", pulling.message,
				 why.message);
	tell(ensure, "the embedded image serves as 'alpine', which it is not (%s)", err->message);
	return 0;
}

/* Pull unless it is known to be in vain; one process at a time. */
static int pull_or_stand_in(const struct ensure *ensure, const struct pull_reference *reference,
			    struct ncrun_image **ret, struct ncrun_error *err)
{
	const bool may_stand_in = text_equal(reference->name, "alpine");
	_cleanup_close_ int cache_fd = -1;
	_cleanup_close_ int lock_fd = -1;
	int64_t age_s;
	int r;

	r = lock_pulls(ensure, &cache_fd, &lock_fd, err);
	if (r < 0)
		return r;
	if (ensure->wish->pull == NCRUN_PULL_ALWAYS)
		return pull_now(ensure, reference, ret, err);
	r = open_stored(ensure, reference, ret, err); /* by whoever had the lock before */
	if (r != -ENOENT)
		return r;
	if (may_stand_in && was_absent(ensure, cache_fd, &age_s)) {
		error_set(err, ENETUNREACH, "mirror '%s' was out of reach %lld s ago",
			  alpine_mirror(ensure->wish->mirror), (long long)age_s);
		return open_embedded(ensure, ret, err);
	}

	r = pull_now(ensure, reference, ret, err);
	if (r < 0 && !pull_error_is_absence(-r))
		return r;
	if (reference->kind == PULL_ALPINE && r != -ENOPKG)
		remember(ensure, cache_fd, r < 0);
	return r < 0 && may_stand_in ? open_embedded(ensure, ret, err) : r;
}

static int ensure_reference(const struct ensure *ensure, struct ncrun_image **ret,
			    struct ncrun_error *err)
{
	struct pull_reference reference;
	int r;

	r = pull_reference_parse(ensure->wish->name, &reference, err);
	if (r < 0)
		return r;
	if (!*reference.name)
		return error_set(err, EINVAL,
				 "image '%s': too long for a name in the store: pull it under one",
				 ensure->wish->name);
	if (ensure->wish->pull != NCRUN_PULL_ALWAYS) {
		r = open_stored(ensure, &reference, ret, err);
		if (r != -ENOENT)
			return r;
	}
	if (ensure->wish->pull != NCRUN_PULL_NEVER)
		return pull_or_stand_in(ensure, &reference, ret, err);

	r = error_set(err, ENOENT, "image '%s' is not in the store '%s', and pulling is off",
		      ensure->wish->name, ncrun_store_path(ensure->store));
	return text_equal(reference.name, "alpine") ? open_embedded(ensure, ret, err) : r;
}

int image_ensure(struct ncrun_store *store, const struct image_wish *wish, struct ncrun_image **ret,
		 struct ncrun_error *err)
{
	const struct ensure ensure = {store, wish};
	struct ncrun_error own; /* the messages of one step are read by the next */
	int r;

	if (!err)
		err = &own;
	if (pull_reference_is(wish->name))
		return ensure_reference(&ensure, ret, err);

	r = ncrun_image_open(store, wish->name, ret, err);
	if (r == -EINVAL && strchr(wish->name, ':'))
		return error_set(
			err, EINVAL,
			"image '%.200s': no name in the store has a ':' (try docker://%.200s)",
			wish->name, wish->name);
	if (r != -ENOENT)
		return r;
	if (text_equal(wish->name, EMBEDDED_NAME))
		return embedded_open(store, ret, err);
	return no_such_image(&ensure, err);
}
