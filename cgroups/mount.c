/* SPDX-License-Identifier: Apache-2.0 */

#include "cgroups/mount.h"

#include <stddef.h>
#include <string.h>

#include "base/text.h"
#include "cgroups/cgroups.h"

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
	{"cpuacct", NULL, CGROUP_CONTROLLER_CPUACCT},
};

#define CONTROLLERS (sizeof(controllers) / sizeof(controllers[0]))

uint32_t controllers_parse(char *list, const char *separators, bool v2)
{
	uint32_t found = 0;
	char *rest = NULL;

	for (char *name = strtok_r(list, separators, &rest); name;
	     name = strtok_r(NULL, separators, &rest)) {
		for (size_t i = 0; i < CONTROLLERS; i++) {
			const char *known = v2 ? controllers[i].v2 : controllers[i].v1;

			if (known && text_equal(known, name))
				found |= controllers[i].bit;
		}
	}
	return found;
}

uint32_t controller_of_file(const char *file)
{
	size_t length = strcspn(file, ".");

	for (size_t i = 0; i < CONTROLLERS; i++)
		if (controllers[i].v2 && strlen(controllers[i].v2) == length &&
		    strncmp(controllers[i].v2, file, length) == 0)
			return controllers[i].bit;
	return 0;
}

const char *controller_name(uint32_t bit)
{
	for (size_t i = 0; i < CONTROLLERS; i++)
		if (controllers[i].bit == bit)
			return controllers[i].v2 ? controllers[i].v2 : controllers[i].v1;
	return "";
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
static bool mount_parse(char *line, struct cgroup_mount *ret)
{
	char *rest = NULL;
	char *field = strtok_r(line, " ", &rest);

	for (int i = 0; field && i < 3; i++)
		field = strtok_r(NULL, " ", &rest);
	ret->root = field;
	ret->point = field ? strtok_r(NULL, " ", &rest) : NULL;
	field = ret->point;
	while (field && !text_equal(field, "-"))
		field = strtok_r(NULL, " ", &rest);
	ret->type = field ? strtok_r(NULL, " ", &rest) : NULL;
	if (!ret->type || !strtok_r(NULL, " ", &rest))
		return false;
	ret->options = strtok_r(NULL, " ", &rest);
	if (!ret->options)
		return false;
	octal_unescape(ret->root);
	octal_unescape(ret->point);
	return true;
}

bool mount_next(char **text, struct cgroup_mount *ret)
{
	char *line;

	while ((line = strsep(text, "\n")))
		if (mount_parse(line, ret))
			return true;
	return false;
}
