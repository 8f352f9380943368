/* SPDX-License-Identifier: Apache-2.0 */

/*
 * What confines a node, read from the kernel: files of /proc of a process that runs in it,
 * its /dev, its control group. What the node's own processes may have changed is looked at
 * by descriptors below its root, and never followed out of it.
 */

#include "runtime/security.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <ncrun/resources.h>

#include "base/api.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/file.h"
#include "base/text.h"
#include "runtime/container.h"

#define FILE_MAX (1u << 20)

static void security_clear(struct ncrun_security *security)
{
	ncrun_security_clear(security);
}

/** A file of that process, as text. */
static int proc_read(pid_t pid, const char *name, char **ret, struct ncrun_error *err)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, name);
	return file_read_at(AT_FDCWD, path, FILE_MAX, ret, NULL, err);
}

static int add(char ***list, const char *text, struct ncrun_error *err)
{
	return strings_append(list, text) < 0 ? error_set(err, ENOMEM, "make room for a list") : 0;
}

/* ---- the process ------------------------------------------------------------------------- */

/** Is that child of init the one that the node knows by this number? */
static bool is_inside(pid_t pid, pid_t inside)
{
	_cleanup_free_ char *status = NULL;
	const char *line, *last;

	if (proc_read(pid, "status", &status, NULL) < 0)
		return false;
	line = strstr(status, "\nNSpid:");
	if (!line)
		return false;
	line++;
	last = line + strcspn(line, "\n");
	while (last > line && last[-1] != '\t')
		last--;
	return strtol(last, NULL, 10) == inside;
}

/** The main command on the machine, or the first service that runs; 0 = none. */
static pid_t find_command(const struct ncrun_container_info *info)
{
	_cleanup_free_ char *children = NULL;
	char name[48], *rest;
	pid_t inside = 0;

	for (size_t i = 0; inside == 0 && i < info->service_count; i++)
		inside = info->services[i].pid;
	snprintf(name, sizeof(name), "task/%d/children", (int)info->pid);
	if (inside == 0 || proc_read(info->pid, name, &children, NULL) < 0)
		return 0;
	rest = children;
	for (char *word; (word = strsep(&rest, " "));) {
		pid_t pid = (pid_t)strtol(word, NULL, 10);

		if (pid > 0 && is_inside(pid, inside))
			return pid;
	}
	return 0;
}

/* Nothing runs: what a command would get. */
static void predict(const struct ncrun_container_info *info, struct ncrun_security *ret)
{
	ret->permitted = ret->effective = ret->bounding = info->capabilities;
	ret->no_new_privs = info->no_new_privs;
	ret->seccomp_mode = text_equal(info->seccomp, "unconfined") ? 0 : 2;
}

/** An id of the machine's as the node has it. */
static uint32_t inside_of(uint32_t id, const struct ncrun_id_map *maps, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (id >= maps[i].outside && id - maps[i].outside < maps[i].count)
			return id - maps[i].outside + maps[i].inside;
	return id;
}

static int read_ids(pid_t pid, struct ncrun_security *ret, struct ncrun_error *err)
{
	_cleanup_free_ char *uids = NULL, *gids = NULL;
	int r = proc_read(pid, "uid_map", &uids, err);

	if (r == 0)
		r = proc_read(pid, "gid_map", &gids, err);
	if (r == 0)
		r = security_map_parse(uids, &ret->uid_maps, &ret->uid_map_count, err);
	if (r == 0)
		r = security_map_parse(gids, &ret->gid_maps, &ret->gid_map_count, err);
	if (r < 0)
		return r;
	ret->uid = inside_of(ret->uid, ret->uid_maps, ret->uid_map_count);
	ret->gid = inside_of(ret->gid, ret->gid_maps, ret->gid_map_count);
	return 0;
}

static int read_namespaces(pid_t pid, struct ncrun_security *ret, struct ncrun_error *err)
{
	static const char *const names[] = {"user", "uts", "mnt", "pid", "net", "ipc", "cgroup"};
	int r = 0;

	for (size_t i = 0; r == 0 && i < sizeof(names) / sizeof(names[0]); i++) {
		char own[32], path[64];
		struct stat ours, theirs;

		snprintf(own, sizeof(own), "/proc/self/ns/%s", names[i]);
		snprintf(path, sizeof(path), "/proc/%d/ns/%s", (int)pid, names[i]);
		if (stat(own, &ours) < 0 || stat(path, &theirs) < 0)
			return error_errno(err, "look at '%s'", path);
		if (ours.st_ino == theirs.st_ino && ours.st_dev == theirs.st_dev)
			r = add(&ret->shared, names[i], err);
	}
	/* In the caller's own, that map is of the caller's. */
	if (strings_contain((const char *const *)ret->shared, "user"))
		ret->uid_map_count = ret->gid_map_count = 0;
	return r;
}

static int read_limits(struct ncrun_container *container, pid_t pid, struct ncrun_security *ret,
		       struct ncrun_error *err)
{
	struct ncrun_stats stats = NCRUN_STATS_INIT;
	const struct {
		const char *name;
		const uint64_t *value;
	} groups[] = {{"memory", &stats.memory_limit},
		      {"swap", &stats.swap_limit},
		      {"pids", &stats.pids_limit}};
	struct rlimit limit;
	char line[96];
	int r = ncrun_container_stats(container, &stats, err);

	for (size_t i = 0; r == 0 && i < sizeof(groups) / sizeof(groups[0]); i++) {
		if (*groups[i].value >= NCRUN_STAT_NO_LIMIT)
			continue;
		snprintf(line, sizeof(line), "%s=%" PRIu64, groups[i].name, *groups[i].value);
		r = add(&ret->limits, line, err);
	}
	ncrun_stats_clear(&stats);
	for (int i = 0; r == 0 && i < RLIMIT_NLIMITS; i++) {
		if (prlimit(pid, i, NULL, &limit) < 0)
			return error_errno(err, "read the limits of process %d", (int)pid);
		if (limit.rlim_cur == RLIM_INFINITY)
			continue;
		if (limit.rlim_max == RLIM_INFINITY)
			snprintf(line, sizeof(line), "%s=%" PRIu64 ":unlimited", rlimit_name(i),
				 (uint64_t)limit.rlim_cur);
		else
			snprintf(line, sizeof(line), "%s=%" PRIu64 ":%" PRIu64, rlimit_name(i),
				 (uint64_t)limit.rlim_cur, (uint64_t)limit.rlim_max);
		r = add(&ret->limits, line, err);
	}
	return r;
}

/* ---- what it sees ------------------------------------------------------------------------ */

static int add_devices(int dev_fd, struct ncrun_security *ret, struct ncrun_error *err)
{
	_cleanup_(strings_freep) char **names = NULL;
	int r = directory_list(dev_fd, &names, err);

	for (char **name = names; r == 0 && name && *name; name++) {
		_cleanup_text_ struct text line = {0};
		struct stat st;

		if (fstatat(dev_fd, *name, &st, AT_SYMLINK_NOFOLLOW) < 0 ||
		    !(S_ISCHR(st.st_mode) || S_ISBLK(st.st_mode)))
			continue;
		text_printf(&line, "%s %c %u:%u", *name, S_ISCHR(st.st_mode) ? 'c' : 'b',
			    major(st.st_rdev), minor(st.st_rdev));
		r = text_failed(&line) ? error_set(err, ENOMEM, "make room for a device")
				       : add(&ret->devices, text_string(&line), err);
	}
	return r;
}

/** Add @path to *@list if it is there, but not among those. */
static int add_missing(int root_fd, const char *path, char **those, char ***list,
		       struct ncrun_error *err)
{
	_cleanup_close_ int fd = file_open_in_root(root_fd, path, O_PATH | O_CLOEXEC, 0);

	if (fd < 0 || strings_contain((const char *const *)those, path))
		return 0;
	return add(list, path, err);
}

static int compare(int root_fd, struct ncrun_security *ret, struct ncrun_error *err)
{
	_cleanup_(strings_freep) char **missing = NULL, **writable = NULL;
	char buffer[PATH_MAX];
	const char *path;
	int r = 0;

	for (size_t i = 0; r == 0 && (path = rootfs_masked_path(ret->uid_map_count > 0, i, buffer,
								sizeof(buffer)));
	     i++)
		r = add_missing(root_fd, path, ret->masked, &missing, err);
	for (size_t i = 0; r == 0 && (path = rootfs_read_only_path(i, buffer, sizeof(buffer))); i++)
		r = add_missing(root_fd, path, ret->read_only, &writable, err);
	return r < 0 ? r
		     : security_compare(ret, (const char *const *)missing,
					(const char *const *)writable, err);
}

static int read_files(pid_t pid, struct ncrun_security *ret, struct ncrun_error *err)
{
	_cleanup_close_ int root_fd = -1, dev_fd = -1;
	_cleanup_free_ char *mountinfo = NULL;
	char path[64];
	int r = proc_read(pid, "mountinfo", &mountinfo, err);

	if (r == 0)
		r = security_mounts_parse(ret, mountinfo, err);
	if (r < 0)
		return r;
	snprintf(path, sizeof(path), "/proc/%d/root", (int)pid);
	root_fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (root_fd < 0)
		return error_errno(err, "open '%s'", path);
	dev_fd = file_open_in_root(root_fd, "dev", O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0);
	if (dev_fd >= 0)
		r = add_devices(dev_fd, ret, err);
	return r < 0 ? r : compare(root_fd, ret, err);
}

/* ---- public ------------------------------------------------------------------------------ */

static int look(struct ncrun_container *container, struct ncrun_security *ret,
		struct ncrun_error *err)
{
	const struct ncrun_container_info *info = &container->info;
	_cleanup_(cgroup_unrefp) struct cgroup *group = NULL;
	_cleanup_free_ char *status = NULL;
	pid_t pid = info->pid;
	int r;

	ret->pid = find_command(info);
	if (ret->pid > 0)
		pid = ret->pid;
	ret->seccomp = strdup(info->seccomp);
	if (!ret->seccomp)
		return error_errno(err, "copy the profile's name");
	r = proc_read(pid, "status", &status, err);
	if (r < 0)
		return r;
	security_status_parse(ret, status);
	if (ret->pid == 0)
		predict(info, ret);
	r = node_group_open(&container->dir, &group, NULL);
	ret->device_filter = r == 0 && cgroup_filters_devices(group);
	r = read_ids(pid, ret, err);
	if (r == 0)
		r = read_namespaces(pid, ret, err);
	if (r == 0)
		r = read_limits(container, pid, ret, err);
	return r < 0 ? r : read_files(pid, ret, err);
}

NCRUN_API int ncrun_container_security(struct ncrun_container *container,
				       struct ncrun_security *ret, struct ncrun_error *err)
{
	_cleanup_(security_clear) struct ncrun_security found = NCRUN_SECURITY_INIT;
	int r;

	if (ret->size > sizeof(*ret))
		return error_set(err, E2BIG, "the structure is of a newer library");
	r = container_refresh(container, err);
	if (r == 0)
		r = container_must_run(container, err);
	if (r < 0)
		return r;
	r = look(container, &found, err);
	/* The numbers may be somebody else's by now: then all of it is. */
	if (r == 0)
		r = container_refresh(container, err);
	if (r == 0 && container->info.state != NCRUN_CONTAINER_RUNNING)
		return error_set(err, ENOTCONN, "node '%s' has ended", container->dir.name);
	if (r < 0)
		return error_wrap(err, r, "security of node '%s'", container->dir.name);
	found.size = ret->size;
	ncrun_security_clear(ret);
	memcpy(ret, &found, ret->size);
	/* what an older caller has no room for goes */
	memset(&found, 0, ret->size);
	found.size = sizeof(found);
	return 0;
}

NCRUN_API void ncrun_security_clear(struct ncrun_security *security)
{
	const size_t size = security->size;

	free(security->uid_maps);
	free(security->gid_maps);
	free(security->seccomp);
	strings_free(security->shared);
	strings_free(security->masked);
	strings_free(security->read_only);
	strings_free(security->devices);
	strings_free(security->limits);
	strings_free(security->differences);
	memset(security, 0, size);
	security->size = size;
}
