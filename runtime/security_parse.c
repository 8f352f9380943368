/* SPDX-License-Identifier: Apache-2.0 */

/* Files of /proc on what confines a process. */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/error.h"
#include "base/text.h"
#include "runtime/security.h"

static uint64_t number(const char *status, const char *key, int base, uint64_t fallback)
{
	const char *found = strstr(status, key);

	return found ? strtoull(found + strlen(key), NULL, base) : fallback;
}

void security_status_parse(struct ncrun_security *security, const char *status)
{
	security->uid = (uint32_t)number(status, "\nUid:", 10, 0);
	security->gid = (uint32_t)number(status, "\nGid:", 10, 0);
	security->inheritable = number(status, "\nCapInh:", 16, 0);
	security->permitted = number(status, "\nCapPrm:", 16, 0);
	security->effective = number(status, "\nCapEff:", 16, 0);
	security->bounding = number(status, "\nCapBnd:", 16, 0);
	security->ambient = number(status, "\nCapAmb:", 16, 0);
	security->no_new_privs = number(status, "\nNoNewPrivs:", 10, 0);
	security->seccomp_mode = (unsigned int)number(status, "\nSeccomp:", 10, 0);
	security->seccomp_filters = (unsigned int)number(status, "\nSeccomp_filters:", 10, 0);
}

/** The next number of a line; false at its end. */
static bool number_take(const char **text, uint32_t *ret)
{
	char *end;
	unsigned long value = strtoul(*text, &end, 10);

	if (end == *text || value > UINT32_MAX)
		return false;
	*text = end;
	*ret = (uint32_t)value;
	return true;
}

int security_map_parse(const char *text, struct ncrun_id_map **ret, size_t *ret_count,
		       struct ncrun_error *err)
{
	struct ncrun_id_map *maps = NULL, line;
	size_t count = 0;

	while (number_take(&text, &line.inside) && number_take(&text, &line.outside) &&
	       number_take(&text, &line.count)) {
		struct ncrun_id_map *map = array_add((void **)&maps, &count, sizeof(*map));

		if (!map) {
			free(maps);
			return error_set(err, ENOMEM, "make room for an id map");
		}
		*map = line;
	}
	*ret = maps;
	*ret_count = count;
	return 0;
}

/* ---- mounts ------------------------------------------------------------------------------ */

/** struct mounted - a line of mountinfo */
struct mounted {
	const char *root, *target, *options, *type;
};

static bool line_split(char *line, struct mounted *ret)
{
	char *fields[6], *rest = line, *type = strstr(line, " - ");

	if (!type)
		return false;
	type += 3;
	type[strcspn(type, " ")] = '\0';
	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
		if (!(fields[i] = strsep(&rest, " ")))
			return false;
	*ret = (struct mounted){fields[3], fields[4], fields[5], type};
	return true;
}

static bool is_of_kernel(const char *type)
{
	static const char *const types[] = {"proc", "sysfs", "cgroup", "cgroup2", "mqueue", NULL};

	return strings_contain(types, type);
}

/* A file is masked by the machine's /dev/null, a directory by an empty file system. */
static bool is_mask(const struct mounted *mount)
{
	const size_t length = strlen(mount->root);

	if (text_starts_with(mount->target, "/proc/") || text_starts_with(mount->target, "/sys/"))
		return !is_of_kernel(mount->type);
	return !text_starts_with(mount->target, "/dev/") && length >= 5 &&
	       text_equal(mount->root + length - 5, "/null");
}

int security_mounts_parse(struct ncrun_security *security, char *mountinfo, struct ncrun_error *err)
{
	size_t masked = 0, read_only = 0;
	int r = 0;

	for (char *line; r == 0 && (line = strsep(&mountinfo, "\n"));) {
		struct mounted mount;

		if (!line_split(line, &mount))
			continue;
		if (is_mask(&mount))
			r = strings_append_counted(&security->masked, &masked, mount.target);
		else if (text_equal(mount.options, "ro") || text_starts_with(mount.options, "ro,"))
			r = strings_append_counted(&security->read_only, &read_only, mount.target);
	}
	return r < 0 ? error_set(err, ENOMEM, "make room for the node's mounts") : 0;
}
