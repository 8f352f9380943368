/* SPDX-License-Identifier: Apache-2.0 */

/*
 * In a process of its own, as what unpacks: the dynamic linker ends the one in which it finds no
 * memory for a library.
 */

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/api.h"
#include "base/error.h"
#include "base/file.h"
#include "rootfs/export.h"
#include "rootfs/import_child.h"
#include "rootfs/import_report.h"
#include "rootfs/rootfs.h"

#define PROGRESS_EVERY (1u << 20)
#define TELL_MS        200

/* ---- the process that writes ------------------------------------------------------------- */

struct output {
	int fd, reports;
	struct report_progress progress;
	uint64_t told;
};

static int output_tell(struct output *output, struct ncrun_error *err)
{
	output->told = output->progress.done_bytes;
	return report_send(output->reports, REPORT_PROGRESS, &output->progress,
			   sizeof(output->progress), err);
}

static int output_write(void *data, const void *bytes, size_t size, struct ncrun_error *err)
{
	struct output *output = data;
	int r = file_write_all(output->fd, bytes, size, err);

	output->progress.done_bytes += size;
	if (r == 0 && output->progress.done_bytes - output->told >= PROGRESS_EVERY)
		r = output_tell(output, err);
	return r;
}

static _Noreturn void child_main(int root_fd, struct output *output, pid_t parent)
{
	const struct export_sink sink = {.write = output_write, .data = output};
	struct ncrun_error err = {0};
	int r;

	import_child_belong(parent);
	r = export_tree(root_fd, ".", &sink, &err);
	if (r == 0)
		r = output_tell(output, &err);
	if (r == 0)
		r = report_send(output->reports, REPORT_DONE, NULL, 0, &err);
	else
		report_send(output->reports, REPORT_FAILED, &err, sizeof(err), NULL);
	_exit(r < 0);
}

/* ---- whoever wants it --------------------------------------------------------------------- */

struct listener {
	int (*progress)(void *data, const struct ncrun_progress *progress);
	void *data;
	struct report *report; /* owned */
};

static int child_start(int root_fd, int fd, struct import_child *ret, struct ncrun_error *err)
{
	pid_t parent = getpid();
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		return error_errno(err, "make a socket");
	ret->reports = pair[0];
	ret->pid = fork();
	if (ret->pid == 0) {
		struct output output = {.fd = fd, .reports = pair[1]};

		child_main(root_fd, &output, parent);
	}
	close(pair[1]);
	return ret->pid < 0 ? error_errno(err, "start the writing process") : 0;
}

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
	r = child_start(image_root_fd(image), fd, &child, err);
	if (r == 0)
		r = child_listen(&child, &listener, err);
	return r < 0 ? error_wrap(err, r, "export image '%s'",
				  info->name ? info->name : info->digest)
		     : 0;
}
