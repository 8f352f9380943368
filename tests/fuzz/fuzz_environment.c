/* SPDX-License-Identifier: Apache-2.0 */

/* Any bytes as a file of variables: what is taken has names. */

#include <assert.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/text.h"
#include "cli/environment.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_close_ int fd = memfd_create("environment", MFD_CLOEXEC);
	_cleanup_(strings_freep) char **list = NULL;
	struct ncrun_error err = {0};
	char path[64];

	if (fd < 0 || write(fd, data, size) != (ssize_t)size)
		return 0;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	if (environment_add_file(&list, path, &err) < 0)
		assert(err.code && err.message[0]);
	for (size_t i = 0; list && list[i]; i++)
		assert(strcspn(list[i], " \t\n=") > 0 && !strpbrk(list[i], "\n"));
	return 0;
}
