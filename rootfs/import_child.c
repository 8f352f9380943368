/* SPDX-License-Identifier: Apache-2.0 */

#include "rootfs/import_child.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/digest.h"
#include "base/document.h"
#include "base/error.h"
#include "rootfs/image_archive.h"
#include "rootfs/import_report.h"

/**
 * Load all that unpacking may need while the machine's libraries can be seen:
 * later it would be looked for in a directory that the archive fills. What is
 * missing is told when it is needed. Not in the importing process: the dynamic
 * linker ends the one in which it finds no memory for a library.
 */
static int load_libraries(struct ncrun_error *err)
{
	_cleanup_(document_freep) struct document *document = NULL;
	_cleanup_(digest_freep) struct digest *digest = NULL;
	const struct archive_api *api;
	int r;

	r = archive_api_load(&api, err);
	if (r == 0)
		r = digest_new(&digest, err);
	if (r == 0)
		document_parse("", "{}", 2, DOCUMENT_JSON, &document, NULL);
	return r;
}

void import_child_belong(pid_t parent)
{
	sigset_t all;

	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, NULL);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(1);
}

static _Noreturn void child_main(struct import_job *job, pid_t parent)
{
	struct ncrun_error err = {0};
	int r;

	import_child_belong(parent);
	umask(0);
	r = load_libraries(&err);
	if (r == 0)
		r = import_confine(job, &err);
	if (r == 0)
		r = import_unpack(job, &err);
	if (r < 0)
		report_send(job->reports, REPORT_FAILED, &err, sizeof(err), NULL);
	_exit(r < 0);
}

int import_child_start(int area_fd, const struct import_limits *limits, bool directory,
		       struct import_child *ret, struct ncrun_error *err)
{
	_cleanup_close_ int input = -1, input_end = -1, reports = -1, reports_end = -1;
	pid_t parent = getpid(), pid;
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0)
		return error_errno(err, "make a socket");
	input = pair[0];
	input_end = pair[1];
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		return error_errno(err, "make a socket");
	reports = pair[0];
	reports_end = pair[1];
	if (mkdirat(area_fd, "image", 0700) < 0 || mkdirat(area_fd, "image/root", 0755) < 0)
		return error_errno(err, "make the image's directory");
	pid = fork();
	if (pid < 0)
		return error_errno(err, "start the unpacking process");
	if (pid == 0) {
		struct import_job job = {
			.area_fd = area_fd,
			.input = input_end,
			.reports = reports_end,
			.directory = directory,
			.limits = *limits,
		};

		child_main(&job, parent);
	}
	ret->pid = pid;
	ret->input = take_fd(input);
	ret->reports = take_fd(reports);
	return 0;
}

void import_child_done(struct import_child *child)
{
	closep(&child->input);
	closep(&child->reports);
	if (child->pid <= 0)
		return;
	kill(child->pid, SIGKILL); /* not yet reaped: nobody else can have the number */
	while (waitpid(child->pid, NULL, 0) < 0 && errno == EINTR)
		;
	child->pid = -1;
}
