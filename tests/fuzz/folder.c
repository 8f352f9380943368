/* SPDX-License-Identifier: Apache-2.0 */

#include "tests/fuzz/folder.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/file.h"

static char path[4096];

static void remove_folder(void)
{
	_cleanup_close_ int parent = -1;
	char *name = strrchr(path, '/');

	*name++ = '\0';
	parent = open(*path ? path : "/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (parent >= 0)
		tree_remove_at(parent, name, NULL, NULL);
}

int folder_fd(void)
{
	static int fd = -1;
	const char *place = getenv("TMPDIR");

	if (fd >= 0)
		return fd;
	snprintf(path, sizeof(path), "%s/ncrun-fuzz-XXXXXX", place ? place : "/tmp");
	if (!mkdtemp(path))
		return -1;
	atexit(remove_folder);
	fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return fd;
}

const char *folder_path(void)
{
	return folder_fd() < 0 ? NULL : path;
}
