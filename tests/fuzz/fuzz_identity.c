/* SPDX-License-Identifier: Apache-2.0 */

/*
 * A node's /etc/passwd and /etc/group of any bytes. The first line is who is asked for, the second
 * a further group; the rest is both files.
 */

#include <assert.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "runtime/init/init.h"

#define WORD_MAX 300

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/** struct asked - as the library lays it out: offsets count from its beginning */
struct asked {
	struct init_config config;
	init_offset offset;
	char group[WORD_MAX];
};

/** The bytes up to the next newline; *@data is moved behind it. */
static void line_take(const uint8_t **data, size_t *size, char ret[WORD_MAX])
{
	const uint8_t *end = memchr(*data, '\n', *size);
	size_t length = end ? (size_t)(end - *data) : *size;
	size_t kept = length < WORD_MAX ? length : WORD_MAX - 1;

	memcpy(ret, *data, kept);
	ret[kept] = '\0';
	length += end ? 1 : 0;
	*data += length;
	*size -= length;
}

static void check(const struct identity *identity)
{
	assert(identity->uid != UINT32_MAX && identity->gid != UINT32_MAX);
	assert(identity->listed_count <= identity->group_count);
	assert(identity->group_count <= IDENTITY_GROUPS_MAX);
	assert(identity->home[0] == '/' && memchr(identity->home, '\0', sizeof(identity->home)));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_close_ int fd = memfd_create("database", MFD_CLOEXEC);
	struct asked asked = {
		.config.groups = {.count = 1, .offsets = offsetof(struct asked, offset)},
		.offset = offsetof(struct asked, group),
	};
	struct identity identity;
	struct ncrun_error err = {0};
	char user[WORD_MAX], path[64];
	struct identity_request request = {user, &asked.config, path, path};

	if (fd < 0)
		return 0;
	line_take(&data, &size, user);
	line_take(&data, &size, asked.group);
	asked.config.groups.count = asked.group[0] ? 1 : 0;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	if (write(fd, data, size) != (ssize_t)size)
		return 0;
	memset(&identity, 0xff, sizeof(identity));
	if (identity_resolve(&request, &identity, &err) == 0)
		check(&identity);
	else
		assert(err.code && err.message[0]);
	return 0;
}
