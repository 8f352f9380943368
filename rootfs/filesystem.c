/* SPDX-License-Identifier: Apache-2.0 */

#include "rootfs/filesystem.h"

#include <stdio.h>
#include <string.h>
#include <sys/sysmacros.h>

#include "base/cleanup.h"
#include "base/error.h"

void filesystem_name(dev_t device, char ret[FILESYSTEM_NAME_SIZE])
{
	_cleanup_fclose_ FILE *file = fopen("/proc/self/mountinfo", "re");
	_cleanup_free_ char *line = NULL;
	char wanted[32];
	size_t capacity = 0;

	snprintf(ret, FILESYSTEM_NAME_SIZE, "unknown");
	snprintf(wanted, sizeof(wanted), " %u:%u ", major(device), minor(device));
	while (file && getline(&line, &capacity, file) > 0) {
		/* ID PARENT MAJOR:MINOR ROOT TARGET OPTIONS [TAG...] - TYPE SOURCE OPTIONS */
		const char *number = strstr(line, wanted);
		const char *type = strstr(line, " - ");

		if (!number || !type || number > type)
			continue;
		type += 3;
		snprintf(ret, FILESYSTEM_NAME_SIZE, "%.*s", (int)strcspn(type, " "), type);
		return;
	}
}

int descriptor_path(int fd, char ret[PATH_MAX], struct ncrun_error *err)
{
	char name[sizeof("/proc/self/fd/-2147483648")];
	ssize_t length;

	snprintf(name, sizeof(name), "/proc/self/fd/%d", fd);
	length = readlink(name, ret, PATH_MAX - 1);
	if (length < 0)
		return error_errno(err, "read '%s'", name);
	ret[length] = '\0';
	return 0;
}
