/* SPDX-License-Identifier: Apache-2.0 */

#include "rootfs/import_limits.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "base/text.h"
#include "rootfs/image_walk.h"

#define DEFAULT_BYTES   (10ull << 30)
#define DEFAULT_ENTRIES 1000000
#define DEFAULT_RATIO   100
#define IMPLIED_FREE    10000
#define CRUMB_SIZE      512 /* no file system has smaller ones between holes */
#define CRUMBS_MAX      100000

int import_limits_init(struct import_limits *limits, const struct ncrun_import_options *options,
		       struct ncrun_error *err)
{
	const struct ncrun_import_options none = NCRUN_IMPORT_OPTIONS_INIT;

	if (!options)
		options = &none;
	if (options->size != sizeof(*options))
		return error_set(err, EINVAL,
				 "import options of a size this library does not know");
	if (options->max_path > IMPORT_PATH_MAX)
		return error_set(err, EINVAL, "longest path of %" PRIu32 " bytes: at most %d",
				 options->max_path, IMPORT_PATH_MAX);
	*limits = (struct import_limits){
		.max_bytes = options->max_bytes ? options->max_bytes : DEFAULT_BYTES,
		.max_entries = options->max_entries ? options->max_entries : DEFAULT_ENTRIES,
		.max_path = options->max_path ? options->max_path : IMPORT_PATH_MAX,
		.max_ratio = options->max_ratio ? options->max_ratio : DEFAULT_RATIO,
		.devices = options->devices,
		.squash = geteuid() != 0,
		.image_tag = options->image_tag,
	};
	return 0;
}

uint64_t import_limits_archive(const struct import_limits *limits)
{
	/* a header, a long name of either kind, extended attributes, padding */
	const uint64_t per_entry = 2 * IMPORT_PATH_MAX + 4096;
	uint64_t entries, sum;

	if (__builtin_mul_overflow(limits->max_entries, per_entry, &entries) ||
	    __builtin_add_overflow(entries, limits->max_bytes, &sum))
		return UINT64_MAX;
	return sum;
}

int import_limits_add_bytes(struct import_limits *limits, uint64_t bytes, struct ncrun_error *err)
{
	if (bytes > limits->max_bytes || limits->bytes > limits->max_bytes - bytes)
		return error_set(err, E2BIG, "it unpacks to more than %" PRIu64 " bytes",
				 limits->max_bytes);
	limits->bytes += bytes;
	return 0;
}

int import_limits_add_entry(struct import_limits *limits, struct ncrun_error *err)
{
	if (limits->entries >= limits->max_entries)
		return error_set(err, E2BIG, "it holds more than %" PRIu64 " entries",
				 limits->max_entries);
	limits->entries++;
	return 0;
}

int import_limits_add_implied(struct import_limits *limits, struct ncrun_error *err)
{
	uint64_t mentioned = limits->entries - limits->implied;

	if (limits->implied >= IMPLIED_FREE + mentioned)
		return error_set(err, E2BIG,
				 "%" PRIu64
				 " of its directories have no entry, more than there are "
				 "entries",
				 limits->implied + 1);
	limits->implied++;
	return import_limits_add_entry(limits, err);
}

int import_limits_add_piece(struct import_limits *limits, size_t size, struct ncrun_error *err)
{
	if (size < CRUMB_SIZE && ++limits->crumbs > CRUMBS_MAX)
		return error_set(err, E2BIG,
				 "it has holes between more than %d pieces of less than %d bytes",
				 CRUMBS_MAX, CRUMB_SIZE);
	return 0;
}

struct import_shown import_show(const char *text)
{
	_cleanup_text_ struct text escaped = {0};
	struct import_shown shown;

	text_append_escaped(&escaped, text, strnlen(text, sizeof(shown.text)));
	snprintf(shown.text, sizeof(shown.text), "%s", text_string(&escaped));
	return shown;
}

static int component_check(const char *name, const char *component, size_t length,
			   struct ncrun_error *err)
{
	if (length == 2 && component[0] == '.' && component[1] == '.')
		return error_set(err, EINVAL, "the name '%s' leads upwards",
				 import_show(name).text);
	if (length > IMPORT_COMPONENT_MAX)
		return error_set(err, E2BIG, "the name '%s...' has a part of more than %d bytes",
				 import_show(name).text, IMPORT_COMPONENT_MAX);
	for (size_t i = 0; i < length; i++)
		if ((unsigned char)component[i] < 0x20 || component[i] == 0x7f)
			return error_set(err, EINVAL, "the name '%s' holds a control character",
					 import_show(name).text);
	return 0;
}

int import_path_parse(const struct import_limits *limits, const char *name, char *ret,
		      struct ncrun_error *err)
{
	const char *at = name;
	size_t used = 0, depth = 0;
	int r;

	if (!*name)
		return error_set(err, EINVAL, "an entry has no name");
	ret[0] = '\0';
	while (*at) {
		size_t length = strcspn(at, "/");

		if (length == 0 || (length == 1 && *at == '.')) {
			at += length + (at[length] == '/');
			continue;
		}
		r = component_check(name, at, length, err);
		if (r < 0)
			return r;
		if (used + (used > 0) + length > limits->max_path)
			return error_set(err, E2BIG,
					 "the name '%s...' is longer than %" PRIu32 " bytes",
					 import_show(name).text, limits->max_path);
		if (++depth > TREE_DEPTH_MAX)
			return error_set(err, E2BIG,
					 "the name '%s...' is more than %d directories deep",
					 import_show(name).text, TREE_DEPTH_MAX);
		if (used > 0)
			ret[used++] = '/';
		memcpy(ret + used, at, length);
		used += length;
		ret[used] = '\0';
		at += length + (at[length] == '/');
	}
	return 0;
}
