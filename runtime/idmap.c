/* SPDX-License-Identifier: Apache-2.0 */

#include "runtime/idmap.h"

#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "base/file.h"
#include "base/number.h"
#include "base/process.h"
#include "base/text.h"

#ifndef PIDFD_GET_USER_NAMESPACE
#define PIDFD_GET_USER_NAMESPACE _IO(0xFF, 9) /* <linux/pidfd.h> */
#endif
#define SUBIDS_MAX (1u << 20)

/* ---- a user's ranges (subuid(5)) -------------------------------------------------------- */

bool subids_parse(char *text, const char *name, uid_t uid, struct ncrun_id_map *ret)
{
	char number[16], *save, *line;

	snprintf(number, sizeof(number), "%u", uid);
	for (line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		char *start = strchr(line, ':');
		char *count = start ? strchr(start + 1, ':') : NULL;
		uint64_t first, ids;

		if (!count)
			continue;
		*start++ = '\0';
		*count++ = '\0';
		if (!text_equal(line, number) && (!name || !text_equal(line, name)))
			continue;
		if (number_parse_u64("id", start, 1, UINT32_MAX - 1, &first, NULL) < 0 ||
		    number_parse_u64("count", count, 1, UINT32_MAX - first, &ids, NULL) < 0)
			continue;
		*ret = (struct ncrun_id_map){
			.inside = 1,
			.outside = (uint32_t)first,
			.count = ids < IDS_COUNT - 1 ? (uint32_t)ids : IDS_COUNT - 1,
		};
		return true;
	}
	return false;
}

static bool subids_find(const char *path, const char *name, uid_t uid, struct ncrun_id_map *ret)
{
	_cleanup_free_ char *text = NULL;

	return file_read_at(AT_FDCWD, path, SUBIDS_MAX, &text, NULL, NULL) == 0 &&
	       subids_parse(text, name, uid, ret);
}

/* Without root: the caller's own id is the node's root; further ids come from subuid(5), by way of
 * newuidmap. */
static void rootless_plan(struct node_idmap *map)
{
	const struct passwd *user = getpwuid(geteuid());
	const char *name = user ? user->pw_name : NULL;

	map->uid_base = geteuid();
	map->gid_base = getegid();
	map->count = 1;
	map->uids[0] = (struct ncrun_id_map){0, geteuid(), 1};
	map->gids[0] = (struct ncrun_id_map){0, getegid(), 1};
	map->uid_lines = map->gid_lines = 1;
	if (access("/usr/bin/newuidmap", X_OK) == 0 && access("/usr/bin/newgidmap", X_OK) == 0 &&
	    subids_find("/etc/subuid", name, geteuid(), &map->uids[1]) &&
	    subids_find("/etc/subgid", name, geteuid(), &map->gids[1])) {
		map->uid_lines = map->gid_lines = 2;
		map->count += map->uids[1].count;
		map->helpers = true;
	}
}

/* ---- choosing ------------------------------------------------------------------------------ */

static int given_plan(const struct ncrun_container_spec *spec, struct node_idmap *map,
		      struct ncrun_error *err)
{
	bool has_root = false;

	if (spec->id_map_count > IDMAP_LINES_MAX)
		return error_set(err, E2BIG, "%zu lines in the id map: at most %d",
				 spec->id_map_count, IDMAP_LINES_MAX);
	for (size_t i = 0; i < spec->id_map_count; i++) {
		const struct ncrun_id_map *line = &spec->id_maps[i];

		map->uids[i] = map->gids[i] = *line;
		map->count += line->count;
		if (line->inside == 0) {
			map->uid_base = map->gid_base = line->outside;
			has_root = true;
		}
	}
	map->uid_lines = map->gid_lines = spec->id_map_count;
	if (!has_root)
		return error_set(err, EINVAL, "the id map gives the node no id 0");
	return 0;
}

int node_idmap_plan(struct state *state, const struct node_plan *plan, const char *hint,
		    struct node_idmap *ret, int *ret_lock_fd, struct ncrun_error *err)
{
	struct node_idmap map = {0};
	uint32_t first;
	int r = 0;

	switch (plan->spec.userns) {
	case NCRUN_USERNS_HOST:
		if (geteuid() != 0)
			return error_set(err, EPERM, "only root can do without a user namespace");
		break;
	case NCRUN_USERNS_MAP:
		r = given_plan(&plan->spec, &map, err);
		break;
	case NCRUN_USERNS_AUTO:
		if (geteuid() != 0) {
			rootless_plan(&map);
			break;
		}
		r = ids_claim(state, hint, &first, ret_lock_fd, err);
		if (r < 0)
			break;
		map.uid_base = map.gid_base = first;
		map.count = IDS_COUNT;
		map.uids[0] = map.gids[0] = (struct ncrun_id_map){0, first, IDS_COUNT};
		map.uid_lines = map.gid_lines = 1;
		break;
	}
	if (r < 0)
		return r;
	*ret = map;
	return 0;
}

/* ---- writing -------------------------------------------------------------------------------- */

static int proc_write(pid_t pid, const char *name, const char *text, struct ncrun_error *err)
{
	char path[64];
	_cleanup_close_ int fd = -1;

	snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, name);
	fd = file_open(path, O_WRONLY);
	/* The kernel takes a map in one write. */
	if (fd < 0 || write(fd, text, strlen(text)) < 0)
		return error_errno(err, "write the node's %s", name);
	return 0;
}

static int map_write(pid_t pid, const char *name, const struct ncrun_id_map *lines, size_t count,
		     struct ncrun_error *err)
{
	char text[IDMAP_LINES_MAX * 36];
	size_t length = 0;

	for (size_t i = 0; i < count; i++)
		length += (size_t)snprintf(text + length, sizeof(text) - length, "%u %u %u\n",
					   lines[i].inside, lines[i].outside, lines[i].count);
	return proc_write(pid, name, text, err);
}

static int map_by_helper(pid_t pid, const char *helper, const struct ncrun_id_map *lines,
			 size_t count, struct ncrun_error *err)
{
	_cleanup_(strings_freep) char **argv = NULL;
	_cleanup_free_ char *output = NULL;
	char number[16];
	int status, r;

	snprintf(number, sizeof(number), "%d", (int)pid);
	r = strings_append(&argv, helper);
	if (r == 0)
		r = strings_append(&argv, number);
	for (size_t i = 0; r == 0 && i < count; i++) {
		const uint32_t values[] = {lines[i].inside, lines[i].outside, lines[i].count};

		for (int j = 0; r == 0 && j < 3; j++) {
			snprintf(number, sizeof(number), "%u", values[j]);
			r = strings_append(&argv, number);
		}
	}
	if (r < 0)
		return error_set(err, ENOMEM, "make room for the arguments of '%s'", helper);
	r = process_run((const char *const *)argv, 10000, &status, NULL, &output, err);
	if (r < 0)
		return r;
	if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
		return error_set(err, EPERM, "'%s' failed: %.200s", helper, output ? output : "");
	return 0;
}

int node_idmap_write(const struct node_idmap *map, pid_t pid, int pidfd, int *ret_userns_fd,
		     struct ncrun_error *err)
{
	char path[64];
	int r = 0;

	if (map->helpers) {
		r = map_by_helper(pid, "/usr/bin/newuidmap", map->uids, map->uid_lines, err);
		if (r == 0)
			r = map_by_helper(pid, "/usr/bin/newgidmap", map->gids, map->gid_lines,
					  err);
	} else {
		/* user_namespaces(7): whoever may not setgroups() outside gives it up inside. */
		if (geteuid() != 0)
			r = proc_write(pid, "setgroups", "deny", err);
		if (r == 0)
			r = map_write(pid, "uid_map", map->uids, map->uid_lines, err);
		if (r == 0)
			r = map_write(pid, "gid_map", map->gids, map->gid_lines, err);
	}
	if (r < 0)
		return r;
	*ret_userns_fd = ioctl(pidfd, PIDFD_GET_USER_NAMESPACE, 0);
	if (*ret_userns_fd < 0) { /* before Linux 6.11 */
		snprintf(path, sizeof(path), "/proc/%d/ns/user", (int)pid);
		*ret_userns_fd = open(path, O_RDONLY | O_CLOEXEC);
	}
	if (*ret_userns_fd < 0)
		return error_errno(err, "open the node's user namespace");
	return 0;
}
