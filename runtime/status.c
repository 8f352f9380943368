/* SPDX-License-Identifier: Apache-2.0 */

/* The status file of a node: what became of its commands, written by its init. */

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "runtime/container.h"

#define READ_TRIES 20

static void exit_fill(const struct init_status *status, struct ncrun_exit *ret)
{
	*ret = (struct ncrun_exit){
		.cause = status->cause <= NCRUN_CAUSE_LOST ? (enum ncrun_cause)status->cause
							   : NCRUN_CAUSE_LOST,
		.code = status->code & 0xff,
		.signo = status->signo,
		.error_code = status->error_code,
	};
	snprintf(ret->step, sizeof(ret->step), "%.*s", (int)sizeof(status->step), status->step);
	snprintf(ret->message, sizeof(ret->message), "%.*s", (int)sizeof(status->message),
		 status->message);
}

static int status_open(const struct ncrun_container *c, int *ret_fd, off_t *ret_size,
		       struct ncrun_error *err)
{
	struct stat st;

	/* O_NONBLOCK: nobody writes to what may be a FIFO */
	*ret_fd = openat(c->dir.fd, "status", O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (*ret_fd < 0 || fstat(*ret_fd, &st) < 0)
		return error_errno(err, "open the status of node '%s'", c->dir.name);
	if (!S_ISREG(st.st_mode))
		return error_set(err, EINVAL, "status of node '%s': not a file", c->dir.name);
	*ret_size = st.st_size;
	return 0;
}

/** That of one service: all zeros before it was written. */
static int status_get(const struct ncrun_container *c, int fd, size_t service,
		      struct init_status *ret, struct ncrun_error *err)
{
	/* Init may be writing at this moment. */
	for (int tries = 0; tries < READ_TRIES; tries++) {
		static const struct init_status none;
		ssize_t n = pread(fd, ret, sizeof(*ret), (off_t)(service * sizeof(*ret)));

		if (n < 0)
			return error_errno(err, "read the status of node '%s'", c->dir.name);
		if (n == sizeof(*ret) &&
		    (memcmp(ret, &none, sizeof(none)) == 0 || ret->sum == init_status_sum(ret)))
			return 0;
		usleep(tries * 50);
	}
	return error_set(err, EBADMSG, "status of node '%s': it is not as it was written",
			 c->dir.name);
}

int status_read(struct ncrun_container *c, struct ncrun_error *err)
{
	const char *const *names = record_get_list(c->record, "service");
	size_t count = strings_count(names);
	_cleanup_close_ int fd = -1;
	_cleanup_free_ struct ncrun_service_status *services = NULL;
	off_t size = 0;
	int r = status_open(c, &fd, &size, err);

	if (r < 0)
		return r;
	if (count > INIT_SERVICES_MAX)
		count = INIT_SERVICES_MAX;
	if (size != (off_t)(count * sizeof(struct init_status)))
		return error_set(err, EBADMSG, "status of node '%s': it is cut short, or too long",
				 c->dir.name);
	services = calloc(count + 1, sizeof(*services));
	if (!services)
		return error_errno(err, "make room for the status of node '%s'", c->dir.name);
	for (size_t i = 0; i < count; i++) {
		struct init_status status;

		r = status_get(c, fd, i, &status, err);
		if (r < 0)
			return r;
		snprintf(services[i].name, sizeof(services[i].name), "%s", names[i]);
		services[i].pid = status.pid;
		services[i].restarts = status.restarts;
		services[i].started_at_ns = status.started_at_ns;
		services[i].ended_at_ns = status.ended_at_ns;
		exit_fill(&status, &services[i].last_exit);
	}
	free(c->services);
	c->info.services = c->services = take_ptr(services);
	c->info.service_count = count;
	return 0;
}

bool status_says_started(const struct ncrun_container *c)
{
	return c->info.service_count > 0 && c->info.services[0].started_at_ns != 0;
}

int status_without_state(const struct ncrun_container *c, struct ncrun_error *err)
{
	_cleanup_close_ int fd = -1;
	struct init_status status;
	off_t size = 0;
	int r = status_open(c, &fd, &size, err);

	if (r == 0 && size == 0)
		return 0; /* its maker was killed when it had just made it */
	if (r == 0)
		r = status_get(c, fd, 0, &status, err);
	if (r == -ENOENT || (r == 0 && status.started_at_ns == 0))
		return 0;
	return r < 0 ? r
		     : error_set(err, EBADMSG, "state of node '%s': it is cut short, or missing",
				 c->dir.name);
}

int container_exit(struct ncrun_container *c, struct ncrun_exit *ret, struct ncrun_error *err)
{
	_cleanup_close_ int fd = -1;
	struct init_status status = {0};
	struct ncrun_exit exit = {.cause = NCRUN_CAUSE_LOST, .code = 128 + SIGKILL};
	off_t size;
	int r = status_open(c, &fd, &size, err);

	if (r == 0)
		r = status_get(c, fd, 0, &status, err); /* the main command's */
	if (r < 0)
		return r;
	if (status.cause != NCRUN_CAUSE_NONE && status.ended_at_ns != 0) {
		exit_fill(&status, &exit);
	} else if (c->reaped) {
		/* Killed from outside before its main command ended, or it ends as that has but
		 * could not write so. */
		exit.cause = c->killed ? NCRUN_CAUSE_SIGNAL : NCRUN_CAUSE_EXITED;
		exit.code = c->wait_code;
		exit.signo = c->killed ? c->wait_code - 128 : 0;
	} else if (c->changes && record_get_u64(c->changes, "killed", 0)) {
		exit.cause = NCRUN_CAUSE_SIGNAL;
		exit.signo = SIGKILL;
	}
	if (c->limited)
		node_oom_fill(c, &exit);
	*ret = exit;
	return 0;
}
