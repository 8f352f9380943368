/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What we use of libarchive, loaded on first use. */

#include <archive.h>
#include <archive_entry.h>
#include <locale.h>
#include <stdbool.h>

#include <ncrun/error.h>

#include "base/cleanup.h"

/* Every function we call. */
#define ARCHIVE_FUNCTIONS(X)                     \
	X(archive_errno)                         \
	X(archive_error_string)                  \
	X(archive_set_error)                     \
	X(archive_filter_bytes)                  \
	X(archive_filter_count)                  \
	X(archive_read_new)                      \
	X(archive_read_free)                     \
	X(archive_read_support_format_raw)       \
	X(archive_read_support_format_tar)       \
	X(archive_read_support_filter_gzip)      \
	X(archive_read_support_filter_bzip2)     \
	X(archive_read_support_filter_xz)        \
	X(archive_read_support_filter_zstd)      \
	X(archive_read_support_filter_lz4)       \
	X(archive_read_open)                     \
	X(archive_read_next_header)              \
	X(archive_read_header_position)          \
	X(archive_read_data_block)               \
	X(archive_write_new)                     \
	X(archive_write_free)                    \
	X(archive_write_set_format_pax)          \
	X(archive_write_set_format_option)       \
	X(archive_write_add_filter_none)         \
	X(archive_write_set_bytes_in_last_block) \
	X(archive_write_open)                    \
	X(archive_write_header)                  \
	X(archive_write_data)                    \
	X(archive_write_close)                   \
	X(archive_entry_new)                     \
	X(archive_entry_free)                    \
	X(archive_entry_clear)                   \
	X(archive_entry_filetype)                \
	X(archive_entry_gid)                     \
	X(archive_entry_hardlink)                \
	X(archive_entry_mtime)                   \
	X(archive_entry_mtime_nsec)              \
	X(archive_entry_pathname)                \
	X(archive_entry_perm)                    \
	X(archive_entry_rdevmajor)               \
	X(archive_entry_rdevminor)               \
	X(archive_entry_size)                    \
	X(archive_entry_symlink)                 \
	X(archive_entry_uid)                     \
	X(archive_entry_xattr_next)              \
	X(archive_entry_xattr_reset)             \
	X(archive_entry_set_filetype)            \
	X(archive_entry_set_gid)                 \
	X(archive_entry_set_hardlink)            \
	X(archive_entry_set_mtime)               \
	X(archive_entry_set_pathname)            \
	X(archive_entry_set_perm)                \
	X(archive_entry_set_rdevmajor)           \
	X(archive_entry_set_rdevminor)           \
	X(archive_entry_set_size)                \
	X(archive_entry_set_symlink)             \
	X(archive_entry_set_uid)                 \
	X(archive_entry_sparse_add_entry)        \
	X(archive_entry_xattr_add_entry)

#define ARCHIVE_FUNCTION_SLOT(name) __typeof__(&(name)) name;

struct archive_api {
	ARCHIVE_FUNCTIONS(ARCHIVE_FUNCTION_SLOT)
};

/** The functions, for the rest of the process. -ENOPKG without the library. */
int archive_api_load(const struct archive_api **ret, struct ncrun_error *err);

/** "user.*" but the overlay's own, and file capabilities: what images keep of extended attributes.
 */
bool archive_keeps_attribute(const char *name);

/**
 * struct archive_locale - the locale by which libarchive takes names, for this thread
 *
 * "C" reads names byte for byte; "C.UTF-8" writes them without a mark that they
 * are of no known encoding. Zero-initialise; release with archive_locale_leave().
 */
struct archive_locale {
	locale_t own, previous;
};

void archive_locale_enter(struct archive_locale *locale, const char *name);
void archive_locale_leave(struct archive_locale *locale);
