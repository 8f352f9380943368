/* SPDX-License-Identifier: Apache-2.0 */

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "base/api.h"
#include "base/error.h"
#include "rootfs/export_child.h"
#include "rootfs/import_report.h"
#include "rootfs/rootfs.h"

#define TELL_MS 200

struct listener {
	int (*progress)(void *data, const struct ncrun_progress *progress);
	void *data;
	struct report *report; /* owned */
};

static int on_progress(const struct listener *listener, struct ncrun_error *err)
{
	struct ncrun_progress progress = {.phase = "export"};
	struct report_progress told = {0};

	if (listener->report->size == sizeof(told))
		memcpy(&told, listener->report->body, sizeof(told));
	progress.done_bytes = told.done_bytes;
	if (listener->progress && listener->progress(listener->data, &progress) != 0)
		return error_set(err, ECANCELED, "cancelled");
	return 0;
}

static int child_listen(const struct import_child *child, const struct listener *listener,
			struct ncrun_error *err)
{
	struct pollfd ready = {.fd = child->reports, .events = POLLIN};
	bool more = true;
	int r = 0;

	while (r == 0) {
		int n = poll(&ready, 1, TELL_MS);

		if (n < 0 && errno != EINTR)
			return error_errno(err, "wait for the writing process");
		if (n <= 0) { /* time for whoever may want to cancel */
			r = on_progress(listener, err);
			continue;
		}
		r = report_receive(child->reports, listener->report, &more, err);
		if (r < 0)
			return r;
		if (!more)
			return error_set(err, EIO, "the writing process died");
		if (listener->report->kind == REPORT_DONE)
			return 0;
		r = listener->report->kind == REPORT_PROGRESS
			    ? on_progress(listener, err)
			    : report_failure(listener->report, "the writing process", err);
	}
	return r;
}

NCRUN_API int ncrun_image_export(struct ncrun_image *image, int fd,
				 int (*progress)(void *data, const struct ncrun_progress *progress),
				 void *data, struct ncrun_error *err)
{
	_cleanup_(import_child_done) struct import_child child = IMPORT_CHILD_INIT;
	_cleanup_free_ struct report *report = calloc(1, sizeof(*report));
	const struct listener listener = {progress, data, report};
	const struct ncrun_image_info *info = ncrun_image_info(image);
	int r;

	if (!report)
		return error_errno(err, "export an image");
	r = export_child_start(image_root_fd(image), fd, &child, err);
	if (r == 0)
		r = child_listen(&child, &listener, err);
	return r < 0 ? error_wrap(err, r, "export image '%s'",
				  info->name ? info->name : info->digest)
		     : 0;
}
