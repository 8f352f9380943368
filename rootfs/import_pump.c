/* SPDX-License-Identifier: Apache-2.0 */

#include "rootfs/import_pump.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/error.h"
#include "rootfs/import_limits.h"

#define READ_SIZE  131072
#define TELL_EVERY (1u << 20)
#define TELL_MS    200

int import_pump_init(struct import_pump *pump, struct import_child *child,
		     const struct ncrun_import_options *options, uint64_t total_bytes,
		     struct ncrun_error *err)
{
	*pump = (struct import_pump){
		.child = child,
		.options = options,
		.progress = {.phase = "unpack", .total_bytes = total_bytes},
	};
	pump->report = malloc(sizeof(*pump->report));
	if (!pump->report)
		return error_errno(err, "import");
	return digest_new(&pump->digest, err);
}

void import_pump_done(struct import_pump *pump)
{
	digest_free(pump->digest);
	record_free(pump->facts);
	free(pump->report);
	*pump = (struct import_pump){0};
}

static int pump_tell(struct import_pump *pump, struct ncrun_error *err)
{
	const struct ncrun_import_options *options = pump->options;

	pump->told_bytes = pump->progress.done_bytes;
	if (options && options->progress && options->progress(options->data, &pump->progress) != 0)
		return error_set(err, ECANCELED, "cancelled");
	return 0;
}

static void pump_note(const struct import_pump *pump, const struct report *report)
{
	if (pump->options && pump->options->note)
		pump->options->note(pump->options->data, report->body);
}

static int on_report(struct import_pump *pump, struct ncrun_error *err)
{
	const struct report *report = pump->report;
	struct report_progress progress;

	switch (report->kind) {
	case REPORT_NOTE:
		pump_note(pump, report);
		return 0;
	case REPORT_PROGRESS:
		if (report->size != sizeof(progress))
			break;
		memcpy(&progress, report->body, sizeof(progress));
		pump->progress = (struct ncrun_progress){.phase = "apply layers",
							 .done_bytes = progress.done_bytes,
							 .total_bytes = progress.total_bytes};
		return pump_tell(pump, err);
	case REPORT_FAILED:
		return report_failure(report, "the unpacking process", err);
	case REPORT_DONE:
		if (pump->facts)
			break;
		return record_parse(report->body, report->size, &pump->facts, err);
	default:
		break;
	}
	return error_set(err, EPROTO, "the unpacking process talks nonsense");
}

/** Wait until bytes can go in or a report has come. *@ret_writable: the former. */
static int pump_wait(struct import_pump *pump, int readable_fd, bool *ret_ready,
		     struct ncrun_error *err)
{
	struct pollfd fds[2] = {
		{.fd = pump->child->reports, .events = POLLIN},
		{.fd = readable_fd >= 0 ? readable_fd : pump->child->input,
		 .events = readable_fd >= 0 ? POLLIN : POLLOUT},
	};
	bool more = true;
	int n = poll(fds, 2, TELL_MS), r = 0;

	*ret_ready = n > 0 && fds[1].revents != 0;
	if (n < 0 && errno != EINTR)
		return error_errno(err, "wait for the unpacking process");
	if (n <= 0) /* time for whoever may want to cancel */
		return pump_tell(pump, err);
	if (fds[0].revents == 0)
		return 0;
	r = report_receive(pump->child->reports, pump->report, &more, err);
	if (r < 0)
		return r;
	if (!more)
		pump->ended = true;
	return more ? on_report(pump, err) : 0;
}

static int pump_died(struct ncrun_error *err)
{
	return error_set(err, EIO, "the unpacking process died");
}

int import_pump_push(struct import_pump *pump, const void *bytes, size_t size,
		     struct ncrun_error *err)
{
	const char *at = bytes;
	int r;

	/* with nothing unpacked, as from /dev/zero, no other limit would ever be met */
	if (pump->max_bytes > 0 && pump->progress.done_bytes + size > pump->max_bytes)
		return error_set(err, E2BIG, "the archive itself is larger than %" PRIu64 " bytes",
				 pump->max_bytes);
	digest_update(pump->digest, bytes, size);
	while (size > 0) {
		ssize_t n = send(pump->child->input, at, size, MSG_NOSIGNAL | MSG_DONTWAIT);
		bool ready;

		if (n > 0) {
			at += n;
			size -= (size_t)n;
			pump->progress.done_bytes += (uint64_t)n;
			continue;
		}
		if (n < 0 && errno != EAGAIN && errno != EINTR && errno != EPIPE &&
		    errno != ECONNRESET)
			return error_errno(err, "feed the unpacking process");
		/* if it does not listen any longer, its reports say why */
		r = pump_wait(pump, -1, &ready, err);
		if (r < 0)
			return r;
		if (pump->ended)
			return pump_died(err);
	}
	return pump->progress.done_bytes - pump->told_bytes >= TELL_EVERY ? pump_tell(pump, err)
									  : 0;
}

int import_pump_push_all(struct import_pump *pump, int fd, struct ncrun_error *err)
{
	_cleanup_free_ char *bytes = malloc(READ_SIZE);
	int r = bytes ? pump_tell(pump, err) : error_errno(err, "import");

	while (r == 0) {
		bool ready;
		ssize_t n;

		r = pump_wait(pump, fd, &ready, err);
		if (r == 0 && pump->ended)
			r = pump_died(err);
		if (r < 0 || !ready)
			continue;
		n = read(fd, bytes, READ_SIZE);
		if (n < 0 && (errno == EINTR || errno == EAGAIN))
			continue;
		if (n < 0)
			return error_errno(err, "read it");
		if (n == 0)
			return 0;
		r = import_pump_push(pump, bytes, (size_t)n, err);
	}
	return r;
}

/** One report of the writing process. */
static int on_written(struct import_pump *pump, const struct report *report, bool *ret_done,
		      struct ncrun_error *err)
{
	switch (report->kind) {
	case REPORT_BYTES:
		return import_pump_push(pump, report->body, report->size, err);
	case REPORT_NOTE:
		pump_note(pump, report);
		return 0;
	case REPORT_FAILED:
		return report_failure(report, "the writing process", err);
	case REPORT_DONE:
		*ret_done = true;
		return 0;
	default:
		return error_set(err, EPROTO, "the writing process talks nonsense");
	}
}

int import_pump_push_reports(struct import_pump *pump, int reports, struct ncrun_error *err)
{
	_cleanup_free_ struct report *report = malloc(sizeof(*report));
	bool done = false;
	int r;

	if (!report)
		return error_errno(err, "import");
	r = pump_tell(pump, err);
	while (r == 0 && !done) {
		bool ready, more = true;

		r = pump_wait(pump, reports, &ready, err);
		if (r == 0 && pump->ended)
			r = pump_died(err);
		if (r < 0 || !ready)
			continue;
		r = report_receive(reports, report, &more, err);
		if (r == 0 && !more)
			r = error_set(err, EIO, "the writing process died");
		if (r == 0)
			r = on_written(pump, report, &done, err);
	}
	return r;
}

int import_pump_finish(struct import_pump *pump, char ret[DIGEST_TEXT_SIZE],
		       struct ncrun_error *err)
{
	int r;

	closep(&pump->child->input);
	r = pump_tell(pump, err);
	while (r == 0 && !pump->ended) {
		bool ready;

		r = pump_wait(pump, -1, &ready, err);
	}
	if (r < 0)
		return r;
	if (!pump->facts)
		return pump_died(err);
	digest_finish(pump->digest, ret);
	return pump_tell(pump, err);
}
