/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Where groups may be made.
 *
 * /proc/self/cgroup names the hierarchies; where each is mounted is only looked up
 * when it is needed, at the usual place first: a mount table costs more to read
 * than all the rest.
 */

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statfs.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/error.h"
#include "base/file.h"
#include "base/log.h"
#include "base/name.h"
#include "base/text.h"
#include "cgroups/group.h"

#define USUAL_PLACE   "/sys/fs/cgroup"
#define OWN_GROUP_MAX (1u << 20)

/* ---- the hierarchies there are ------------------------------------------------- */

/** "4:memory:/a/b", cut into pieces; false if it is no such line. */
static bool line_parse(char *line, struct hierarchy *ret)
{
	char *names = strchr(line, ':');
	char *own = names ? strchr(names + 1, ':') : NULL;
	char list[256];

	if (!own || own[1] != '/' || own - names >= (ptrdiff_t)sizeof(list))
		return false;
	*names++ = '\0';
	*own++ = '\0';
	memcpy(list, names, strlen(names) + 1);
	*ret = (struct hierarchy){
		.backend = *names ? &v1_backend : &v2_backend,
		.controllers = controllers_parse(list, ",", false),
		.names = names,
		.own = own,
		.fd = -1,
	};
	return true;
}

void hierarchies_parse(struct cgroup_root *root)
{
	char *rest = NULL;
	struct hierarchy hierarchy;

	root->count = 1; /* v2 comes first, be it there or not */
	root->hierarchies[0] = (struct hierarchy){.state = HIERARCHY_UNUSABLE, .fd = -1};
	for (char *line = strtok_r(root->text, "\n", &rest); line;
	     line = strtok_r(NULL, "\n", &rest)) {
		if (!line_parse(line, &hierarchy))
			continue;
		if (!*hierarchy.names)
			root->hierarchies[0] = hierarchy;
		else if (root->count < HIERARCHIES_MAX)
			root->hierarchies[root->count++] = hierarchy;
	}
}

/* ---- where they are mounted -------------------------------------------------------- */

/** struct place - a mount of a hierarchy; zero-initialised is none */
struct place {
	char point[256];
	char root[256]; /* of the hierarchy, seen at the mount point */
};

static bool is_mounted(const char *path, unsigned long magic)
{
	struct statfs fs;

	return statfs(path, &fs) == 0 && (unsigned long)fs.f_type == magic;
}

static bool place_usual(const struct hierarchy *hierarchy, struct place *ret)
{
	const char *names = hierarchy->names;

	strcpy(ret->root, "/");
	if (!*names) {
		strcpy(ret->point, USUAL_PLACE);
		if (is_mounted(ret->point, CGROUP2_SUPER_MAGIC))
			return true;
		strcpy(ret->point, USUAL_PLACE "/unified");
		return is_mounted(ret->point, CGROUP2_SUPER_MAGIC);
	}
	if (text_starts_with(names, "name="))
		names += strlen("name=");
	return snprintf(ret->point, sizeof(ret->point), USUAL_PLACE "/%s", names) <
		       (int)sizeof(ret->point) &&
	       is_mounted(ret->point, CGROUP_SUPER_MAGIC);
}

/** Is this mount one of the hierarchy? Cuts its options into pieces. */
static bool mount_matches(const struct hierarchy *hierarchy, struct cgroup_mount *mount)
{
	const char *name;

	if (!*hierarchy->names)
		return text_equal(mount->type, "cgroup2");
	if (!text_equal(mount->type, "cgroup"))
		return false;
	if (text_starts_with(hierarchy->names, "name=")) {
		name = strstr(mount->options, hierarchy->names);
		return name && strcspn(name, ",") == strlen(hierarchy->names);
	}
	return hierarchy->controllers != 0 &&
	       controllers_parse(mount->options, ",", false) == hierarchy->controllers;
}

static bool place_listed(struct cgroup_root *root, const struct hierarchy *hierarchy,
			 struct place *ret)
{
	_cleanup_free_ char *text = NULL;
	struct cgroup_mount mount;
	char *rest;

	if (!root->mountinfo && file_read_at(AT_FDCWD, "/proc/self/mountinfo", MOUNTINFO_MAX,
					     &root->mountinfo, NULL, NULL) < 0)
		return false;
	text = strdup(root->mountinfo);
	rest = text;
	while (rest && mount_next(&rest, &mount))
		if (mount_matches(hierarchy, &mount) && strlen(mount.point) < sizeof(ret->point) &&
		    strlen(mount.root) < sizeof(ret->root)) {
			memcpy(ret->point, mount.point, strlen(mount.point) + 1);
			memcpy(ret->root, mount.root, strlen(mount.root) + 1);
			return true;
		}
	return false;
}

/** Whether @path is @tree or below it; *@ret_rest is what comes after. */
static bool path_is_below(const char *path, const char *tree, const char **ret_rest)
{
	size_t length = text_equal(tree, "/") ? 0 : strlen(tree);

	if (strncmp(path, tree, length) != 0 || (path[length] && path[length] != '/'))
		return false;
	*ret_rest = text_equal(path + length, "/") ? "" : path + length;
	return true;
}

/** Open the group @path of a hierarchy where it is mounted at @place; -1. */
static int place_open(const struct place *place, const char *path)
{
	_cleanup_text_ struct text full = {0};
	const char *rest = "";

	/* The base that is the root is whatever is seen as such. */
	if (*path && !path_is_below(path, place->root, &rest))
		return -1;
	text_printf(&full, "%s%s", place->point, rest);
	if (text_failed(&full))
		return -1;
	return file_open(text_string(&full), O_PATH | O_DIRECTORY);
}

/* ---- which part of them is ours ------------------------------------------------------- */

static bool is_marked(int fd)
{
	char path[64], value[2];

	/* fgetxattr(2) takes no O_PATH descriptor. */
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	return (getxattr(path, "trusted.delegate", value, sizeof(value)) == 1 && value[0] == '1') ||
	       (getxattr(path, "user.delegate", value, sizeof(value)) == 1 && value[0] == '1');
}

/* What is none of ours: any other error is for whoever writes there to tell. */
static bool is_forbidden(int fd, const char *name)
{
	return faccessat(fd, name, W_OK, AT_EACCESS) < 0 &&
	       (errno == EACCES || errno == EPERM || errno == EROFS || errno == ENOENT);
}

static bool is_writable(int fd)
{
	return !is_forbidden(fd, ".") && !is_forbidden(fd, "cgroup.procs");
}

/**
 * The group that was given to this process: the nearest that is marked so, or for
 * a user the topmost of those in a row that are writable. "" = none.
 */
static int delegation_find(const struct place *place, const char *own, char **ret)
{
	_cleanup_free_ char *group = strdup(own);
	_cleanup_free_ char *found = NULL;
	bool user = geteuid() != 0;
	char *slash;

	while (group && (slash = strrchr(group, '/')) && group[1]) {
		_cleanup_close_ int fd = place_open(place, group);

		if (fd < 0)
			return -ENOENT;
		if (is_marked(fd) || (user && is_writable(fd))) {
			free(found);
			found = strdup(group);
			if (!found)
				return -ENOMEM;
			if (!user || is_marked(fd))
				break;
		}
		*slash = '\0';
	}
	if (!group)
		return -ENOMEM;
	/* A user's own group that is not his: what cannot be written to will say so. */
	*ret = found ? take_ptr(found) : strdup(user && own[1] ? own : "");
	return *ret ? 0 : -ENOMEM;
}

/** systemd marks groups in the hierarchy it lives in. */
static struct hierarchy *hierarchy_marked(struct cgroup_root *root)
{
	if (root->hierarchies[0].backend)
		return &root->hierarchies[0];
	for (size_t i = 1; i < root->count; i++)
		if (text_equal(root->hierarchies[i].names, "name=systemd"))
			return &root->hierarchies[i];
	return NULL;
}

static int location_find(struct cgroup_root *root, char **ret)
{
	const struct hierarchy *hierarchy = hierarchy_marked(root);
	struct place place = {0};
	int r = -ENOENT;

	if (!hierarchy || text_equal(hierarchy->own, "/")) {
		*ret = strdup("");
		return *ret ? 0 : -ENOMEM;
	}
	if (place_usual(hierarchy, &place))
		r = delegation_find(&place, hierarchy->own, ret);
	if (r == -ENOENT && place_listed(root, hierarchy, &place))
		r = delegation_find(&place, hierarchy->own, ret);
	if (r != -ENOENT)
		return r;
	*ret = strdup(""); /* our group is outside of what we see */
	return *ret ? 0 : -ENOMEM;
}

/* ---- one hierarchy ----------------------------------------------------------------------- */

/** Controllers that the base may pass on. */
static void controllers_read(struct hierarchy *hierarchy)
{
	char list[512];

	if (attribute_read(hierarchy->fd, "cgroup.controllers", list, sizeof(list)) >= 0)
		hierarchy->controllers = controllers_parse(list, " \n", true);
}

static void hierarchy_resolve(struct cgroup_root *root, struct hierarchy *hierarchy)
{
	struct place place = {0};
	const char *rest;

	hierarchy->state = HIERARCHY_UNUSABLE;
	/* What was given to us in one hierarchy must be ours in this one too. */
	if (*root->location && !root->given &&
	    !path_is_below(hierarchy->own, root->location, &rest))
		return;
	if (place_usual(hierarchy, &place))
		hierarchy->fd = place_open(&place, root->location);
	if (hierarchy->fd < 0 && place_listed(root, hierarchy, &place))
		hierarchy->fd = place_open(&place, root->location);
	if (hierarchy->fd < 0) {
		log_debug("cgroup hierarchy '%s': not found", hierarchy->names);
		return;
	}
	if (!is_writable(hierarchy->fd)) {
		log_debug("cgroup hierarchy '%s': group '%s' is not writable", hierarchy->names,
			  root->location);
		return;
	}
	if (!*hierarchy->names)
		controllers_read(hierarchy);
	hierarchy->controllers |= hierarchy->backend->core;
	hierarchy->state = HIERARCHY_USABLE;
}

bool hierarchy_is_usable(struct cgroup_root *root, struct hierarchy *hierarchy)
{
	if (hierarchy->state == HIERARCHY_UNSEEN)
		hierarchy_resolve(root, hierarchy);
	return hierarchy->state == HIERARCHY_USABLE;
}

int hierarchy_of(struct cgroup_root *root, uint32_t controller)
{
	for (size_t i = 0; i < root->count; i++) {
		struct hierarchy *hierarchy = &root->hierarchies[i];

		/* Of v2 it is only known once it was looked at, and of v1 before. */
		if (i > 0 && !(hierarchy->controllers & controller))
			continue;
		if (hierarchy_is_usable(root, hierarchy) && hierarchy->controllers & controller)
			return (int)i;
	}
	return -1;
}

int hierarchy_core(struct cgroup_root *root)
{
	static const uint32_t choices[] = {CGROUP_CONTROLLER_FREEZER, CGROUP_CONTROLLER_PIDS,
					   CGROUP_CONTROLLER_MEMORY, CGROUP_CONTROLLER_CPU};
	int found = -1;

	for (size_t i = 0; found < 0 && i < sizeof(choices) / sizeof(choices[0]); i++)
		found = hierarchy_of(root, choices[i]);
	return found;
}

uint32_t hierarchies_shared(const struct cgroup_root *root, pid_t pid)
{
	_cleanup_free_ char *text = NULL;
	char path[32], *rest = NULL;
	struct hierarchy theirs;
	uint32_t shared = 0;

	snprintf(path, sizeof(path), "/proc/%d/cgroup", (int)pid);
	if (file_read_at(AT_FDCWD, path, OWN_GROUP_MAX, &text, NULL, NULL) < 0)
		return 0;
	for (char *line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
		if (!line_parse(line, &theirs))
			continue;
		for (size_t i = 0; i < root->count; i++)
			if (root->hierarchies[i].backend &&
			    text_equal(root->hierarchies[i].names, theirs.names) &&
			    text_equal(root->hierarchies[i].own, theirs.own))
				shared |= 1u << i;
	}
	return shared;
}

/* ---- the root ------------------------------------------------------------------------------ */

int cgroup_root_open(const char *top, const char *location, struct cgroup_root **ret,
		     struct ncrun_error *err)
{
	_cleanup_(cgroup_root_unrefp) struct cgroup_root *root = calloc(1, sizeof(*root));
	int r;

	if (!root)
		return error_errno(err, "open cgroups");
	root->references = 1;
	r = name_check("cgroup directory", top, err);
	if (r < 0)
		return r;
	snprintf(root->top, sizeof(root->top), "%s", top);
	r = file_read_at(AT_FDCWD, "/proc/self/cgroup", OWN_GROUP_MAX, &root->text, NULL, err);
	if (r == -ENOENT)
		root->text = strdup(""); /* a kernel without cgroups, or no /proc */
	else if (r < 0)
		return r;
	if (!root->text)
		return error_errno(err, "open cgroups");
	hierarchies_parse(root);
	if (location) {
		root->given = true;
		root->location = strdup(location);
		r = root->location ? 0 : -ENOMEM;
	} else {
		r = location_find(root, &root->location);
	}
	if (r < 0)
		return error_set(err, -r, "find the cgroup of this process: %s", strerror(-r));
	*ret = take_ptr(root);
	return 0;
}

struct cgroup_root *cgroup_root_ref(struct cgroup_root *root)
{
	root->references++;
	return root;
}

struct cgroup_root *cgroup_root_unref(struct cgroup_root *root)
{
	if (!root || --root->references > 0)
		return NULL;
	for (size_t i = 0; i < root->count; i++)
		closep(&root->hierarchies[i].fd);
	free(root->text);
	free(root->location);
	free(root->mountinfo);
	device_program_free(root->devices);
	free(root);
	return NULL;
}

const char *cgroup_root_location(const struct cgroup_root *root)
{
	return root->location;
}

uint32_t cgroup_root_controllers(struct cgroup_root *root)
{
	uint32_t found = 0;

	for (size_t i = 0; i < root->count; i++)
		if (hierarchy_is_usable(root, &root->hierarchies[i]))
			found |= root->hierarchies[i].controllers;
	return found;
}
