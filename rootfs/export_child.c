/* SPDX-License-Identifier: Apache-2.0 */

#include "rootfs/export_child.h"

#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/error.h"
#include "base/file.h"
#include "rootfs/export.h"
#include "rootfs/import_report.h"

#define PROGRESS_EVERY (1u << 20)
#define PIECE_SIZE     65536u

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

static int write_file(void *data, const void *bytes, size_t size, struct ncrun_error *err)
{
	struct output *output = data;
	int r = file_write_all(output->fd, bytes, size, err);

	output->progress.done_bytes += size;
	if (r == 0 && output->progress.done_bytes - output->told >= PROGRESS_EVERY)
		r = output_tell(output, err);
	return r;
}

static int write_reports(void *data, const void *bytes, size_t size, struct ncrun_error *err)
{
	const struct output *output = data;
	const char *at = bytes;
	int r = 0;

	while (r == 0 && size > 0) {
		size_t piece = size < PIECE_SIZE ? size : PIECE_SIZE;

		r = report_send(output->reports, REPORT_BYTES, at, piece, err);
		at += piece;
		size -= piece;
	}
	return r;
}

static void report_note(void *data, const char *line)
{
	const struct output *output = data;

	report_send(output->reports, REPORT_NOTE, line, strlen(line), NULL);
}

static _Noreturn void child_main(int dir_fd, struct output *output, pid_t parent)
{
	const bool file = output->fd >= 0;
	const struct export_sink sink = {
		.write = file ? write_file : write_reports,
		.note = file ? NULL : report_note,
		.data = output,
	};
	struct ncrun_error err = {0};
	int r;

	import_child_belong(parent);
	r = export_tree(dir_fd, ".", &sink, &err);
	if (r == 0 && file)
		r = output_tell(output, &err);
	if (r == 0)
		r = report_send(output->reports, REPORT_DONE, NULL, 0, &err);
	else
		report_send(output->reports, REPORT_FAILED, &err, sizeof(err), NULL);
	_exit(r < 0);
}

int export_child_start(int dir_fd, int fd, struct import_child *ret, struct ncrun_error *err)
{
	pid_t parent = getpid();
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		return error_errno(err, "make a socket");
	ret->reports = pair[0];
	ret->pid = fork();
	if (ret->pid == 0) {
		struct output output = {.fd = fd, .reports = pair[1]};

		child_main(dir_fd, &output, parent);
	}
	close(pair[1]);
	return ret->pid < 0 ? error_errno(err, "start the writing process") : 0;
}
