/* SPDX-License-Identifier: Apache-2.0 */

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>

#include "base/api.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/file.h"
#include "runtime/container.h"

/* Where rootfs/ puts it: /dev is ncrun's in every node, whatever the image holds. */
#define IDENTITY_PATH "/dev/.ncrun"

NCRUN_API int ncrun_identify(struct ncrun_identity *ret, struct ncrun_error *err)
{
	_cleanup_(record_freep) struct record *record = NULL;
	_cleanup_free_ char *text = NULL;
	size_t size;
	int r;

	r = file_read_at(AT_FDCWD, IDENTITY_PATH, 4096, &text, &size, err);
	if (r == -ENOENT)
		return error_set(err, ENOENT, "this is no node of ncrun");
	if (r == 0)
		r = record_parse(text, size, &record, err);
	if (r < 0)
		return error_wrap(err, r, "read '%s'", IDENTITY_PATH);
	*ret = (struct ncrun_identity){0};
	snprintf(ret->network, sizeof(ret->network), "%s", record_get(record, "network", ""));
	snprintf(ret->name, sizeof(ret->name), "%s", record_get(record, "name", ""));
	snprintf(ret->version, sizeof(ret->version), "%s", record_get(record, "version", ""));
	return 0;
}
