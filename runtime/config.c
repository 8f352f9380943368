/* SPDX-License-Identifier: Apache-2.0 */

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "base/file.h"
#include "base/text.h"
#include "runtime/container.h"

/* More than execve(2) would take. */
#define CONFIG_MAX (8u << 20)

struct config_builder {
	struct text bytes; /* the header's place, then what is added */
};

int config_builder_new(struct config_builder **ret, struct ncrun_error *err)
{
	static const struct init_config blank;
	struct config_builder *builder = calloc(1, sizeof(*builder));

	if (!builder)
		return error_errno(err, "make room for init's configuration");
	text_append_bytes(&builder->bytes, &blank, sizeof(blank));
	*ret = builder;
	return 0;
}

struct config_builder *config_builder_free(struct config_builder *builder)
{
	if (builder)
		text_done(&builder->bytes);
	free(builder);
	return NULL;
}

init_offset config_add_bytes(struct config_builder *builder, const void *bytes, size_t size)
{
	static const char padding[8];
	init_offset at;

	text_append_bytes(&builder->bytes, padding, -builder->bytes.length & 7);
	at = (init_offset)builder->bytes.length;
	text_append_bytes(&builder->bytes, bytes, size);
	if (builder->bytes.length > CONFIG_MAX)
		builder->bytes.failed = true;
	return at;
}

init_offset config_add_string(struct config_builder *builder, const char *text)
{
	init_offset at = (init_offset)builder->bytes.length;

	if (!text)
		return 0;
	text_append_bytes(&builder->bytes, text, strlen(text) + 1);
	return at;
}

struct init_strings config_add_strings(struct config_builder *builder, const char *const *list)
{
	uint32_t count = (uint32_t)strings_count(list);
	_cleanup_free_ init_offset *offsets = calloc((size_t)count + 1, sizeof(*offsets));
	struct init_strings strings = {.count = count};

	if (!offsets) {
		builder->bytes.failed = true;
		return (struct init_strings){0};
	}
	for (uint32_t i = 0; i < count; i++)
		offsets[i] = config_add_string(builder, list[i]);
	strings.offsets = config_add_bytes(builder, offsets, count * sizeof(*offsets));
	return strings;
}

int config_open(int *ret_fd, struct ncrun_error *err)
{
	int fd = memfd_create("ncrun-config", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	if (fd < 0)
		return error_errno(err, "make a memory file for init's configuration");
	*ret_fd = fd;
	return 0;
}

int config_finish(struct config_builder *builder, const struct init_config *config, int fd,
		  struct ncrun_error *err)
{
	struct init_config header = *config;
	int r;

	if (text_failed(&builder->bytes))
		return error_set(err, E2BIG, "arguments and environment are too large");
	header.magic = INIT_MAGIC;
	header.size = (uint32_t)builder->bytes.length;
	memcpy(builder->bytes.chars, &header, sizeof(header));

	r = file_write_all(fd, builder->bytes.chars, builder->bytes.length, err);
	if (r < 0)
		return error_wrap(err, r, "write init's configuration");
	if (fcntl(fd, F_ADD_SEALS, F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE) < 0)
		return error_errno(err, "seal init's configuration");
	return 0;
}
