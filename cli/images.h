/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What the commands on images share. */

#include <ncrun/image.h>

#include "base/cleanup.h"
#include "cli/command.h"

DEFINE_CLEANUP(struct ncrun_store *, ncrun_store_unref);
DEFINE_CLEANUP(struct ncrun_image *, ncrun_image_unref);
#define _cleanup_store_ _cleanup_(ncrun_store_unrefp)
#define _cleanup_image_ _cleanup_(ncrun_image_unrefp)

/** "alpine: 7.6 MiB in 523 entries, 0123456789ab", or all of it as JSON. */
void image_report(const struct ncrun_image *image, bool json);

/* The limits that an import keeps; @args holds a struct ncrun_import_options as @member. */
/* clang-format off */
#define IMPORT_OPTIONS(args, member)                                                               \
	{.heading = "Limits", .name = "max-bytes", .value = "SIZE", .help = "unpacked size",       \
	 .fallback = "10G", OPTION_SIZE(args, member.max_bytes)},                                  \
	{.name = "max-entries", .value = "N", .help = "files, folders and links",                  \
	 .fallback = "1000000", OPTION_U64(args, member.max_entries, 1, UINT32_MAX)},              \
	{.name = "max-path", .value = "N", .help = "bytes of the longest path",                    \
	 .fallback = "4000", OPTION_U32(args, member.max_path, 1, 4000)},                          \
	{.name = "max-ratio", .value = "N", .help = "unpacked to packed, once over 100 MiB",       \
	 .fallback = "100", OPTION_U32(args, member.max_ratio, 1, 1000000)},                       \
	{.name = "devices",                                                                        \
	 .help = "keep character and block devices: without it, an archive with any is refused",   \
	 OPTION_FLAG(args, member.devices)},                                                       \
	{.name = "tag", .value = "TAG", .help = "which image, of an archive that holds several",   \
	 OPTION_TEXT(args, member.image_tag)}
/* clang-format on */
