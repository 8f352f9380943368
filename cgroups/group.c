/* SPDX-License-Identifier: Apache-2.0 */

/* Groups: made, opened and joined. */

#include "cgroups/group.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/name.h"

/* Others may remove the directories above, which they find empty, this often. */
#define MAKE_TRIES 100

int group_path(const struct cgroup_root *root, const char *path, char *ret, struct ncrun_error *err)
{
	const char *slash = strchr(path, '/');
	size_t length = slash ? (size_t)(slash - path) : strlen(path);
	char network[80] = "";
	int r;

	memcpy(network, path, length < sizeof(network) ? length : sizeof(network) - 1);
	r = name_check("network", network, err);
	if (r == 0 && slash)
		r = name_check("node", slash + 1, err);
	if (r < 0)
		return r;
	snprintf(ret, GROUP_PATH_MAX, "%s/%s", root->top, path);
	return 0;
}

/* ---- planning ------------------------------------------------------------------- */

static uint32_t limit_controller(enum limit_id id)
{
	size_t count;
	const char *name = ncrun_limit_list(&count)[id].controller;

	return name ? controller_of_file(name) : 0;
}

static int lack(const struct cgroup_root *root, const char *what, uint32_t controller,
		struct ncrun_error *err)
{
	if (*root->location)
		return error_set(err, ENOTSUP,
				 "%s: no cgroup %s controller in the group '%s' that was given to "
				 "this process (see: ncrun doctor)",
				 what, controller_name(controller), root->location);
	return error_set(err, ENOTSUP,
			 "%s: no cgroup %s controller on this machine (see: ncrun doctor)", what,
			 controller_name(controller));
}

/** Which of the hierarchies have to do with keys; refuses those that none knows. */
static int keys_needed(struct cgroup_root *root, const struct ncrun_limits *limits,
		       uint32_t *needed, struct ncrun_error *err)
{
	for (char **key = limits->keys; key && *key; key++) {
		uint32_t controller = controller_of_file(*key);
		int index = controller ? hierarchy_of(root, controller) : 0;
		char what[128];

		snprintf(what, sizeof(what), "cgroup '%.100s'", *key);
		if (index < 0)
			return lack(root, what, controller, err);
		if (!hierarchy_is_usable(root, &root->hierarchies[index]))
			return error_set(
				err, ENOTSUP,
				"%s: needs cgroup v2, which cannot be used here (see: ncrun "
				"doctor)",
				what);
		*needed |= 1u << index;
	}
	return 0;
}

int group_plan(struct cgroup_root *root, const struct ncrun_limits *limits, bool fresh,
	       struct plan *plan, struct ncrun_error *err)
{
	uint32_t asked = limits_asked(limits), needed = 0;
	int r;

	for (int id = 0; id < LIMIT_COUNT; id++) {
		uint32_t controller = limit_controller((enum limit_id)id);
		char what[64];
		int index;

		if (!(asked & 1u << id) || !controller)
			continue;
		index = hierarchy_of(root, controller);
		snprintf(what, sizeof(what), "%s limit", limit_name((enum limit_id)id));
		if (index < 0)
			return lack(root, what, controller, err);
		needed |= 1u << index;
	}
	r = keys_needed(root, limits, &needed, err);
	for (size_t i = 0; r == 0 && i < root->count; i++) {
		const struct hierarchy *hierarchy = &root->hierarchies[i];

		plan->hierarchy = i;
		if (needed & 1u << i)
			r = hierarchy->backend->plan(plan, limits, hierarchy->controllers, fresh,
						     err);
	}
	if (r == 0 && plan_failed(plan))
		return error_set(err, ENOMEM, "plan limits: out of memory");
	return r;
}

/* ---- making -------------------------------------------------------------------------- */

static void parents_make(const struct cgroup_root *root, const struct hierarchy *hierarchy,
			 const char *full)
{
	char parent[GROUP_PATH_MAX];

	/* What goes wrong shows when the group itself is made. */
	mkdirat(hierarchy->fd, root->top, 0755);
	snprintf(parent, sizeof(parent), "%.*s", (int)(strrchr(full, '/') - full), full);
	mkdirat(hierarchy->fd, parent, 0755);
}

int group_make(struct cgroup_root *root, struct hierarchy *hierarchy, const char *path, int *ret_fd,
	       struct ncrun_error *err)
{
	_cleanup_close_ int fd = -1;
	char full[GROUP_PATH_MAX];
	int r;

	r = group_path(root, path, full, err);
	if (r < 0)
		return r;
	for (int i = 0; mkdirat(hierarchy->fd, full, 0755) < 0; i++) {
		if (errno == ENOENT && i < MAKE_TRIES) {
			parents_make(root, hierarchy, full);
			continue;
		}
		if (errno != EEXIST || i >= MAKE_TRIES)
			return error_errno(err, "make group '%s'", full);
		r = group_remove(root, hierarchy, path, err);
		if (r < 0)
			return r;
	}
	fd = openat(hierarchy->fd, full, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		r = error_errno(err, "open group '%s'", full);
	else if (hierarchy->backend->prepare)
		r = hierarchy->backend->prepare(fd, hierarchy->controllers, err);
	if (r < 0) {
		(void)group_remove(root, hierarchy, path, NULL);
		return r;
	}
	*ret_fd = take_fd(fd);
	return 0;
}

static struct cgroup *cgroup_new(struct cgroup_root *root, const char *path)
{
	struct cgroup *cgroup = calloc(1, sizeof(*cgroup));

	if (!cgroup)
		return NULL;
	cgroup->root = cgroup_root_ref(root);
	snprintf(cgroup->path, sizeof(cgroup->path), "%s", path);
	for (size_t i = 0; i < HIERARCHIES_MAX; i++)
		cgroup->fds[i] = -1;
	return cgroup;
}

/** Have the controllers that count memory and processes, if that is possible. */
static void account(struct cgroup *cgroup, struct hierarchy *hierarchy, int fd)
{
	static const char *const files[] = {"memory.current", "pids.current"};
	char network[GROUP_PATH_MAX];

	snprintf(network, sizeof(network), "%.*s", (int)strcspn(cgroup->path, "/"), cgroup->path);
	if (!hierarchy->backend->enable)
		return;
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++)
		if (hierarchy->controllers & controller_of_file(files[i]) &&
		    faccessat(fd, files[i], F_OK, 0) < 0)
			hierarchy->backend->enable(cgroup->root, hierarchy, network, files[i],
						   NULL);
}

/** The hierarchies in which a group has to be. */
static uint32_t hierarchies_needed(struct cgroup_root *root, const struct plan *plan,
				   uint32_t flags)
{
	static const uint32_t counted[] = {CGROUP_CONTROLLER_MEMORY, CGROUP_CONTROLLER_PIDS,
					   CGROUP_CONTROLLER_CPUACCT, CGROUP_CONTROLLER_IO};
	int core = hierarchy_core(root), index;
	uint32_t needed = core >= 0 ? 1u << core : 0;

	for (size_t i = 0; i < plan->count; i++)
		needed |= 1u << plan->settings[i].hierarchy;
	index = flags & CGROUP_FILTER_DEVICES ? hierarchy_of(root, CGROUP_CONTROLLER_DEVICES) : -1;
	if (index >= 0)
		needed |= 1u << index;
	for (size_t i = 0; flags & CGROUP_ACCOUNT && i < sizeof(counted) / sizeof(counted[0]);
	     i++) {
		index = hierarchy_of(root, counted[i]);
		if (index >= 0)
			needed |= 1u << index;
	}
	for (size_t i = 0; flags & CGROUP_EVERYWHERE && i < root->count; i++)
		if (hierarchy_is_usable(root, &root->hierarchies[i]))
			needed |= 1u << i;
	return needed;
}

/* That of groups without limits. */
static const struct ncrun_limits none = {.size = sizeof(none)};

int cgroup_filter(const struct cgroup *cgroup, const struct ncrun_limits *limits, uint32_t flags,
		  struct ncrun_error *err)
{
	int index, r;

	if (!(flags & CGROUP_FILTER_DEVICES))
		return 0;
	index = hierarchy_of(cgroup->root, CGROUP_CONTROLLER_DEVICES);
	if (index >= 0)
		r = cgroup->root->hierarchies[index].backend->filter(cgroup->root,
								     cgroup->fds[index],
								     limits ? limits : &none, false,
								     err);
	else
		r = error_set(err, ENOTSUP,
			      "deny devices: neither cgroup v2 nor the devices controller can be "
			      "used here (see: ncrun doctor)");
	/* Users may not load programs, and old kernels cannot. */
	if (flags & CGROUP_FILTER_IF_POSSIBLE &&
	    (r == -ENOTSUP || r == -EPERM || r == -EACCES || r == -EINVAL || r == -ENOSYS))
		return 0;
	return r;
}

static int groups_make(struct cgroup *cgroup, uint32_t needed, uint32_t flags,
		       struct ncrun_error *err)
{
	struct cgroup_root *root = cgroup->root;
	int r = 0;

	for (size_t i = 0; r == 0 && i < root->count; i++) {
		if (!(needed & 1u << i))
			continue;
		r = group_make(root, &root->hierarchies[i], cgroup->path, &cgroup->fds[i], err);
		if (r == 0 && flags & CGROUP_ACCOUNT)
			account(cgroup, &root->hierarchies[i], cgroup->fds[i]);
	}
	return r;
}

int cgroup_create(struct cgroup_root *root, const char *path, const struct ncrun_limits *limits,
		  uint32_t flags, struct cgroup **ret, struct ncrun_error *err)
{
	_cleanup_(cgroup_destroyp) struct cgroup *cgroup = NULL;
	_cleanup_(plan_done) struct plan plan = {0};
	char full[GROUP_PATH_MAX];
	uint32_t needed;
	int r;

	r = group_path(root, path, full, err);
	if (r == 0 && !strchr(path, '/'))
		r = error_set(err, EINVAL, "make group '%s': not a network and a node", path);
	if (r == 0)
		r = group_plan(root, limits ? limits : &none, true, &plan, err);
	if (r < 0)
		return r;
	needed = hierarchies_needed(root, &plan, flags);
	if (!needed)
		return error_set(
			err, ENODEV,
			"make group '%s': no cgroup hierarchy can be used here (see: ncrun "
			"doctor)",
			full);
	cgroup = cgroup_new(root, path);
	if (!cgroup)
		return error_errno(err, "make group '%s'", full);
	r = groups_make(cgroup, needed, flags, err);
	if (r == 0 && !(flags & CGROUP_FILTER_LATER))
		r = cgroup_filter(cgroup, limits, flags, err);
	if (r == 0)
		r = group_apply(cgroup, &plan, err);
	if (r < 0)
		return r;
	*ret = take_ptr(cgroup);
	return 0;
}

/** In all hierarchies but those that are bits of @left_out. */
static int group_open(struct cgroup_root *root, const char *path, uint32_t left_out,
		      struct cgroup **ret, struct ncrun_error *err)
{
	_cleanup_(cgroup_unrefp) struct cgroup *cgroup = NULL;
	char full[GROUP_PATH_MAX];
	bool found = false;
	int r;

	r = group_path(root, path, full, err);
	if (r < 0)
		return r;
	cgroup = cgroup_new(root, path);
	if (!cgroup)
		return error_errno(err, "open group '%s'", full);
	for (size_t i = 0; i < root->count; i++) {
		struct hierarchy *hierarchy = &root->hierarchies[i];

		if (left_out & 1u << i || !hierarchy_is_usable(root, hierarchy))
			continue;
		cgroup->fds[i] =
			openat(hierarchy->fd, full, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		found = found || cgroup->fds[i] >= 0;
	}
	if (!found)
		return error_set(err, ENOENT, "group '%s': there is none", full);
	*ret = take_ptr(cgroup);
	return 0;
}

int cgroup_open(struct cgroup_root *root, const char *path, struct cgroup **ret,
		struct ncrun_error *err)
{
	return group_open(root, path, 0, ret, err);
}

int cgroup_open_beside(struct cgroup_root *root, const char *path, pid_t pid, struct cgroup **ret,
		       struct ncrun_error *err)
{
	return group_open(root, path, hierarchies_shared(root, pid), ret, err);
}

struct cgroup *cgroup_unref(struct cgroup *cgroup)
{
	if (!cgroup)
		return NULL;
	for (size_t i = 0; i < HIERARCHIES_MAX; i++)
		closep(&cgroup->fds[i]);
	cgroup_root_unref(cgroup->root);
	free(cgroup);
	return NULL;
}

struct cgroup *cgroup_destroy(struct cgroup *cgroup)
{
	struct ncrun_error ignored;

	if (!cgroup)
		return NULL;
	(void)cgroup_remove_held(cgroup, &ignored);
	return cgroup_unref(cgroup);
}

/* ---- who is in it -------------------------------------------------------------------------- */

int cgroup_fd_for_clone(const struct cgroup *cgroup)
{
	return cgroup->fds[0]; /* v2 comes first */
}

int group_attach(const struct cgroup *cgroup, size_t index, pid_t pid, struct ncrun_error *err)
{
	char number[16];
	int r;

	snprintf(number, sizeof(number), "%d", (int)pid);
	r = attribute_write(cgroup->fds[index], "cgroup.procs", number);
	if (r == 0)
		return 0;
	errno = -r;
	return error_errno(err, "put process %d into group '%s/%s'", (int)pid, cgroup->root->top,
			   cgroup->path);
}

int cgroup_join(const struct cgroup *cgroup, pid_t pid, bool cloned_into, struct ncrun_error *err)
{
	int r = 0;

	for (size_t i = cloned_into ? 1 : 0; r == 0 && i < cgroup->root->count; i++)
		if (cgroup->fds[i] >= 0)
			r = group_attach(cgroup, i, pid, err);
	return r;
}

bool cgroup_needs_join(const struct cgroup *cgroup)
{
	for (size_t i = 1; i < cgroup->root->count; i++)
		if (cgroup->fds[i] >= 0)
			return true;
	return cgroup->fds[0] < 0;
}
