/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Unpacking archives and layers into a tree. */

#include <stdbool.h>
#include <stdint.h>

#include <ncrun/error.h>

#include "rootfs/import_stream.h"
#include "rootfs/import_tree.h"
#include "rootfs/oci.h"

/**
 * import_archive() - unpack one archive into @tree
 * @needs_end:	refuse one without its end mark: nobody vouches that it is whole
 */
int import_archive(struct import_tree *tree, const struct import_stream_spec *spec, bool needs_end,
		   struct ncrun_error *err);

/** Apply the layers of @manifest, from @archive_fd, to @tree. @reports: told how far it is. */
int import_layers(struct import_tree *tree, int archive_fd, const struct oci_manifest *manifest,
		  int reports, struct ncrun_error *err);

/* ---- whiteouts -------------------------------------------------------------------- */

enum whiteout {
	WHITEOUT_NONE,
	WHITEOUT_NAME,   /* ".wh.NAME": remove NAME of the layers below */
	WHITEOUT_OPAQUE, /* ".wh..wh..opq": remove all of the directory that is below */
	WHITEOUT_IGNORE, /* bookkeeping of aufs */
};

/** What the last part of a path says; *@ret_name is NAME. -EINVAL for one that names a directory
 * itself. */
int whiteout_parse(const char *name, enum whiteout *ret, const char **ret_name,
		   struct ncrun_error *err);
/** Remove from @tree what the entry of a layer says. */
int whiteout_apply(struct import_tree *tree, const char *path, struct ncrun_error *err);
