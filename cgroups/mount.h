/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Mount tables (proc_pid_mountinfo(5)) and names of controllers. */

#include <stdbool.h>
#include <stdint.h>

/** struct cgroup_mount - the part of a line that matters; strings point into the line */
struct cgroup_mount {
	char *root; /* path in the hierarchy that is seen at @point */
	char *point;
	const char *type;
	char *options; /* of the super block: v1 names its controllers there */
};

#define MOUNTINFO_MAX (8u << 20)

/** The next line of *@text that can be understood, cut into pieces; false at the end. */
bool mount_next(char **text, struct cgroup_mount *ret);

/** The bits of a list of names, which is cut into pieces. */
uint32_t controllers_parse(char *list, const char *separators, bool v2);

/** The bit of the controller that owns a file of v2, as in "memory.max"; 0 if it is none of ours.
 */
uint32_t controller_of_file(const char *file);
/** "memory", as v2 has it: the name of one bit. */
const char *controller_name(uint32_t bit);
