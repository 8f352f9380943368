/* SPDX-License-Identifier: Apache-2.0 */

/*
 * What the starts of many nodes share: directories, images, filters and the control
 * groups' roots are found, opened and read by the first that needs them. Each start holds
 * a reference until its node runs.
 */

#include "runtime/maker.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/file.h"
#include "base/text.h"

/** struct known_filter - a filter and what it was made for */
struct known_filter {
	char *profile; /* owned */
	uint64_t capabilities;
	bool all_architectures;
	struct seccomp_filter filter; /* owned */
};

struct maker {
	unsigned int references;
	const struct ncrun_context *context; /* the caller's, while he makes nodes; may be NULL */
	struct state state;                  /* owned */
	struct ncrun_store *store;           /* owned */
	struct cgroup_root *groups;          /* owned; where new ones are made */
	struct cgroup_root *found;           /* owned; where those of the last node were */
	int program_fd;                      /* owned */
	bool program_filled;
	struct node_root **roots; /* owned */
	size_t root_count;
	struct known_filter **filters; /* owned */
	size_t filter_count;
};

int maker_new(const struct ncrun_context *context, struct maker **ret, struct ncrun_error *err)
{
	struct maker *maker = calloc(1, sizeof(*maker));

	if (!maker)
		return error_errno(err, "make room for the start of a node");
	maker->references = 1;
	maker->context = context;
	maker->state = STATE_NONE;
	maker->program_fd = -1;
	*ret = maker;
	return 0;
}

struct maker *maker_ref(struct maker *maker)
{
	maker->references++;
	return maker;
}

static struct node_root *root_free(struct node_root *root)
{
	if (!root)
		return NULL;
	if (!root->image)
		closep(&root->fd);
	ncrun_image_unref(root->image);
	free(root->name);
	free(root->mirror);
	free(root);
	return NULL;
}
DEFINE_CLEANUP(struct node_root *, root_free);

static struct known_filter *known_filter_free(struct known_filter *known)
{
	if (!known)
		return NULL;
	seccomp_filter_done(&known->filter);
	free(known->profile);
	free(known);
	return NULL;
}
DEFINE_CLEANUP(struct known_filter *, known_filter_free);

struct maker *maker_unref(struct maker *maker)
{
	if (!maker || --maker->references > 0)
		return NULL;
	for (size_t i = 0; i < maker->root_count; i++)
		root_free(maker->roots[i]);
	for (size_t i = 0; i < maker->filter_count; i++)
		known_filter_free(maker->filters[i]);
	free(maker->roots);
	free(maker->filters);
	closep(&maker->program_fd);
	cgroup_root_unref(maker->groups);
	cgroup_root_unref(maker->found);
	ncrun_store_unref(maker->store);
	state_done(&maker->state);
	free(maker);
	return NULL;
}

const struct ncrun_context *maker_context(const struct maker *maker)
{
	return maker->context;
}

/* ---- one of each --------------------------------------------------------------------------- */

int maker_state(struct maker *maker, struct state **ret, struct ncrun_error *err)
{
	int r = maker->state.fd < 0 ? state_open(maker->context, &maker->state, err) : 0;

	if (r == 0)
		*ret = &maker->state;
	return r;
}

int maker_store(struct maker *maker, struct ncrun_store **ret, struct ncrun_error *err)
{
	const char *path = maker->context ? maker->context->store_dir : NULL;
	int r = maker->store ? 0 : ncrun_store_open(path, &maker->store, err);

	if (r == 0)
		*ret = maker->store;
	return r;
}

int maker_groups(struct maker *maker, struct cgroup_root **ret, struct ncrun_error *err)
{
	struct state *state = NULL;
	int r = maker_state(maker, &state, err);

	if (r == 0 && !maker->groups)
		r = cgroup_root_open(state->group_top, NULL, &maker->groups, err);
	if (r == 0)
		*ret = maker->groups;
	return r;
}

int maker_groups_at(struct maker *maker, const char *location, struct cgroup_root **ret,
		    struct ncrun_error *err)
{
	struct cgroup_root *found = NULL;
	struct state *state = NULL;
	int r = maker_state(maker, &state, err);

	if (r == 0 && !(maker->found && text_equal(cgroup_root_location(maker->found), location))) {
		r = cgroup_root_open(state->group_top, location, &found, err);
		if (r == 0) {
			cgroup_root_unref(maker->found);
			maker->found = found;
		}
	}
	if (r == 0)
		*ret = cgroup_root_ref(maker->found);
	return r;
}

int maker_program(struct maker *maker, int *ret_fd, struct ncrun_error *err)
{
	int r = maker->program_fd < 0 ? init_program_open(&maker->program_fd, err) : 0;

	if (r == 0)
		*ret_fd = maker->program_fd;
	return r;
}

int maker_program_fill(struct maker *maker, struct ncrun_error *err)
{
	int r = maker->program_filled ? 0 : init_program_fill(maker->program_fd, err);

	if (r < 0)
		closep(&maker->program_fd); /* the next start makes another one */
	maker->program_filled = r == 0;
	return r;
}

/* ---- root file systems --------------------------------------------------------------------- */

static int root_open(struct maker *maker, struct node_root *root, struct ncrun_error *err)
{
	const bool path_given =
		strchr(root->name, '/') && !text_starts_with(root->name, "docker://");
	const struct image_wish wish = {
		.name = root->name,
		.pull = root->pull,
		.mirror = root->mirror,
		.notice = maker->context ? maker->context->notice : NULL,
		.data = maker->context ? maker->context->data : NULL,
	};
	struct ncrun_store *store = NULL;
	int r;

	root->host = text_equal(root->name, "host");
	if (root->host || path_given) {
		const char *path = root->host ? "/" : root->name;

		root->fd = file_open(path, O_PATH | O_DIRECTORY);
		return root->fd < 0 ? error_errno(err, "root file system '%s'", path) : 0;
	}
	r = maker_store(maker, &store, err);
	if (r == 0)
		r = image_ensure(store, &wish, &root->image, err);
	if (r < 0)
		return r;
	root->fd = image_root_fd(root->image);
	root->digest = ncrun_image_info(root->image)->digest;
	return 0;
}

static bool same_text(const char *a, const char *b)
{
	return a && b ? text_equal(a, b) : a == b;
}

int maker_root(struct maker *maker, const struct ncrun_container_spec *spec,
	       const struct node_root **ret, struct ncrun_error *err)
{
	_cleanup_(root_freep) struct node_root *root = NULL;
	int r;

	for (size_t i = 0; i < maker->root_count; i++) {
		const struct node_root *known = maker->roots[i];

		if (text_equal(known->name, spec->rootfs) && known->pull == spec->pull &&
		    same_text(known->mirror, spec->mirror)) {
			*ret = known;
			return 0;
		}
	}
	root = calloc(1, sizeof(*root));
	if (!root ||
	    array_grow((void **)&maker->roots, maker->root_count, sizeof(struct node_root *)) < 0)
		return error_set(err, ENOMEM, "open root file system '%s'", spec->rootfs);
	root->fd = -1;
	root->digest = "";
	root->pull = spec->pull;
	root->name = strdup(spec->rootfs);
	root->mirror = spec->mirror ? strdup(spec->mirror) : NULL;
	if (!root->name || (spec->mirror && !root->mirror))
		return error_set(err, ENOMEM, "open root file system '%s'", spec->rootfs);
	r = root_open(maker, root, err);
	if (r < 0)
		return r;
	*ret = maker->roots[maker->root_count++] = take_ptr(root);
	return 0;
}

/* ---- filters --------------------------------------------------------------------------------- */

static int filter_make(struct maker *maker, const struct seccomp_request *request,
		       struct seccomp_filter *ret, struct ncrun_error *err)
{
	struct seccomp_request cached = *request;
	struct ncrun_store *store = NULL;
	_cleanup_close_ int cache_fd = -1;
	int r = maker_store(maker, &store, err);

	if (r == 0)
		r = store_cache_open(store, "seccomp", &cache_fd, err);
	if (r < 0)
		return r;
	cached.cache = true;
	cached.cache_dir_fd = cache_fd;
	return seccomp_filter_make(&cached, ret, err);
}

int maker_filter(struct maker *maker, const struct seccomp_request *request,
		 const struct seccomp_filter **ret, struct ncrun_error *err)
{
	_cleanup_(known_filter_freep) struct known_filter *known = NULL;
	int r;

	for (size_t i = 0; i < maker->filter_count; i++)
		if (text_equal(maker->filters[i]->profile, request->profile) &&
		    maker->filters[i]->capabilities == request->capabilities &&
		    maker->filters[i]->all_architectures == request->all_architectures) {
			*ret = &maker->filters[i]->filter;
			return 0;
		}
	known = calloc(1, sizeof(*known));
	if (!known || array_grow((void **)&maker->filters, maker->filter_count,
				 sizeof(struct known_filter *)) < 0)
		return error_set(err, ENOMEM, "seccomp profile '%s'", request->profile);
	known->profile = strdup(request->profile);
	known->capabilities = request->capabilities;
	known->all_architectures = request->all_architectures;
	if (!known->profile)
		return error_set(err, ENOMEM, "seccomp profile '%s'", request->profile);
	r = filter_make(maker, request, &known->filter, err);
	if (r < 0)
		return r;
	*ret = &known->filter;
	maker->filters[maker->filter_count++] = take_ptr(known);
	return 0;
}
