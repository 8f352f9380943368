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
#include "cgroups/group.h"
#include "cgroups/mount.h"

#define CONTROLLERS_MAX 4096

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
	struct cgroup_mount mount;
	char *rest;
	bool v1 = false, v2 = false;
	int r;

	r = file_read_at(AT_FDCWD, mountinfo, MOUNTINFO_MAX, &text, NULL, err);
	if (r < 0)
		return r;
	rest = text;
	while (mount_next(&rest, &mount)) {
		if (text_equal(mount.type, "cgroup")) {
			v1 = true;
			layout.v1 |= controllers_parse(mount.options, ",", false);
		}
		if (text_equal(mount.type, "cgroup2") && !v2 &&
		    strlen(mount.point) < sizeof(layout.v2_path)) {
			v2 = true;
			layout.v2 = unified_controllers(mount.point) | v2_backend.core;
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
