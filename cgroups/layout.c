/* SPDX-License-Identifier: Apache-2.0 */

/* Which controllers are to be had, and in which version. */

#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "base/file.h"
#include "base/log.h"
#include "base/text.h"
#include "cgroups/cgroups.h"

#define MOUNTINFO_MAX   (8u << 20)
#define CONTROLLERS_MAX 4096

/** struct mount - the part of a line of mountinfo that matters (proc_pid_mountinfo(5)) */
struct mount {
	char *point;
	const char *type;
	char *options; /* of the super block: v1 names its controllers there */
};

static const struct {
	const char *v1, *v2; /* NULL: not a controller in that version */
	enum cgroup_controller bit;
} controllers[] = {
	{"cpu", "cpu", CGROUP_CONTROLLER_CPU},
	{"memory", "memory", CGROUP_CONTROLLER_MEMORY},
	{"pids", "pids", CGROUP_CONTROLLER_PIDS},
	{"blkio", "io", CGROUP_CONTROLLER_IO},
	{"cpuset", "cpuset", CGROUP_CONTROLLER_CPUSET},
	{"devices", NULL, CGROUP_CONTROLLER_DEVICES},
	{"freezer", NULL, CGROUP_CONTROLLER_FREEZER},
	{"hugetlb", "hugetlb", CGROUP_CONTROLLER_HUGETLB},
};

/** The bits of a list of names, which is cut into pieces. */
static uint32_t controllers_parse(char *list, const char *separators, bool v2)
{
	uint32_t found = 0;
	char *rest = NULL;

	for (char *name = strtok_r(list, separators, &rest); name;
	     name = strtok_r(NULL, separators, &rest)) {
		for (size_t i = 0; i < sizeof(controllers) / sizeof(controllers[0]); i++) {
			const char *known = v2 ? controllers[i].v2 : controllers[i].v1;

			if (known && text_equal(known, name))
				found |= controllers[i].bit;
		}
	}
	return found;
}

/** The kernel writes blanks and backslashes as \ooo. */
static void octal_unescape(char *text)
{
	char *to = text;

	for (const char *from = text; *from; from++) {
		if (*from == '\\' && strspn(from + 1, "01234567") >= 3) {
			*to++ = (char)(unsigned char)((from[1] - '0') << 6 | (from[2] - '0') << 3 |
						      (from[3] - '0'));
			from += 3;
		} else {
			*to++ = *from;
		}
	}
	*to = '\0';
}

/** "36 35 98:0 / /mnt rw,noatime shared:1 - ext3 /dev/root rw"; cut into pieces. */
static bool mount_parse(char *line, struct mount *ret)
{
	char *rest = NULL;
	char *field = strtok_r(line, " ", &rest);

	for (int i = 0; field && i < 4; i++)
		field = strtok_r(NULL, " ", &rest);
	ret->point = field;
	while (field && !text_equal(field, "-"))
		field = strtok_r(NULL, " ", &rest);
	ret->type = field ? strtok_r(NULL, " ", &rest) : NULL;
	if (!ret->type || !strtok_r(NULL, " ", &rest))
		return false;
	ret->options = strtok_r(NULL, " ", &rest);
	if (!ret->options)
		return false;
	octal_unescape(ret->point);
	return true;
}

static uint32_t unified_controllers(const char *mount_point)
{
	_cleanup_close_ int fd = open(mount_point, O_PATH | O_DIRECTORY | O_CLOEXEC);
	_cleanup_free_ char *list = NULL;
	struct ncrun_error err = {0};

	if (fd < 0)
		return 0;
	if (file_read_at(fd, "cgroup.controllers", CONTROLLERS_MAX, &list, NULL, &err) < 0) {
		log_debug("cgroup v2 at '%s': %s", mount_point, err.message);
		return 0;
	}
	return controllers_parse(list, " \n", true);
}

int cgroup_layout_read(const char *mountinfo, struct cgroup_layout *ret, struct ncrun_error *err)
{
	_cleanup_free_ char *text = NULL;
	struct cgroup_layout layout = {0};
	char *rest = NULL;
	bool v1 = false, v2 = false;
	int r;

	r = file_read_at(AT_FDCWD, mountinfo, MOUNTINFO_MAX, &text, NULL, err);
	if (r < 0)
		return r;
	for (char *line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
		struct mount mount;

		if (!mount_parse(line, &mount))
			continue;
		if (text_equal(mount.type, "cgroup")) {
			v1 = true;
			layout.v1 |= controllers_parse(mount.options, ",", false);
		}
		if (text_equal(mount.type, "cgroup2") && !v2 &&
		    strlen(mount.point) < sizeof(layout.v2_path)) {
			v2 = true;
			layout.v2 = unified_controllers(mount.point) | CGROUP_CONTROLLER_FREEZER;
			memcpy(layout.v2_path, mount.point, strlen(mount.point));
		}
	}
	layout.mode = v1 && v2 ? CGROUP_MODE_HYBRID
		      : v1     ? CGROUP_MODE_LEGACY
		      : v2     ? CGROUP_MODE_UNIFIED
			       : CGROUP_MODE_NONE;
	*ret = layout;
	return 0;
}
