/* SPDX-License-Identifier: Apache-2.0 */

/* A node in the foreground: stay with it, then remove it. */

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/api.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/file.h"
#include "runtime/container.h"
#include "runtime/relay.h"

static void on_signal(void *data, int signo)
{
	struct ncrun_container *c = data;
	/* Whoever ends the ncrun that stays with a node means the node. */
	bool last = c->foreground &&
		    (signo == SIGTERM || signo == SIGINT || signo == SIGQUIT || signo == SIGHUP);

	(void)container_pass_signal(c, signo, last, NULL);
}

static void on_line(void *data, const char *line)
{
	container_notice(data, "%s", line);
}

static int leave(struct ncrun_container *c, struct ncrun_error *err)
{
	struct init_message message = {.type = INIT_MESSAGE_LEAVE};
	int r = 0;

	if (c->foreground) {
		r = container_record_detached(c, err);
		if (r == 0)
			r = channel_write(c->channel, &message, NULL, 0, err);
		if (r < 0)
			return r;
		c->foreground = false;
		(void)flock(c->dir.fd, LOCK_UN);
	}
	closep(&c->channel); /* for one that was attached, this says it all */
	closep(&c->master);
	return 0;
}

static int stay(struct ncrun_container *c, bool detach_keys, bool *ret_detached,
		struct ncrun_exit *ret, struct ncrun_error *err)
{
	struct relay relay = {
		.pidfd = c->pidfd,
		.master = c->master,
		.channel = c->channel,
		.log = c->log,
		.detach_keys = detach_keys && c->master >= 0,
		.on_signal = on_signal,
		.on_line = on_line,
		.data = c,
	};
	struct relay_result result;
	int r;

	r = relay_run(&relay, &result, err);
	if (r == 0 && ret_detached)
		*ret_detached = result.detached;
	if (r == 0 && result.detached)
		return leave(c, err);
	if (r == 0)
		r = ncrun_container_wait(c, -1, ret, err);
	container_report_refusals(c, c->log);
	if (r == 0 && c->foreground)
		return container_forget(c, err);
	/* Nobody is left to stay with it. */
	if (c->foreground && (container_kill_now(c, NULL) < 0 || container_forget(c, NULL) < 0))
		container_notice(c, "node '%s' is left to 'ncrun clean'", c->dir.name);
	return r;
}

NCRUN_API int ncrun_container_run(struct ncrun_container *container, bool detach_keys,
				  bool *ret_detached, struct ncrun_exit *ret,
				  struct ncrun_error *err)
{
	if (ret_detached)
		*ret_detached = false;
	if (container->pidfd < 0)
		return ncrun_container_wait(container, 0, ret, err);
	return stay(container, detach_keys, ret_detached, ret, err);
}

static int attach_connect(struct ncrun_container *c, struct ncrun_error *err)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	struct init_message ask = {.type = INIT_MESSAGE_ATTACH};
	struct channel_input answer = {0};
	int r;

	c->channel = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	snprintf(address.sun_path, sizeof(address.sun_path), "/proc/self/fd/%d/control", c->dir.fd);
	if (c->channel < 0 ||
	    connect(c->channel, (struct sockaddr *)&address, sizeof(address)) < 0) {
		if (errno == ENOENT)
			return error_set(err, ENOTTY, "node '%s' has no terminal", c->dir.name);
		return error_errno(err, "reach the init of node '%s'", c->dir.name);
	}
	r = channel_write(c->channel, &ask, NULL, 0, err);
	if (r == 0)
		r = channel_read(c->channel, &answer, err);
	if (r < 0)
		return r;
	if (answer.message.type == INIT_MESSAGE_FAILED)
		return error_wrap(err, error_heard(err, &answer.message.error), "node '%s'",
				  c->dir.name);
	if (answer.fd_count != 1)
		return error_set(err, EPROTO, "node '%s' answered without its terminal",
				 c->dir.name);
	c->master = answer.fds[0];
	return 0;
}

NCRUN_API int ncrun_container_attach(struct ncrun_container *container, bool detach_keys,
				     bool *ret_detached, struct ncrun_exit *ret,
				     struct ncrun_error *err)
{
	const struct ncrun_container_info *info = NULL;
	int r;

	r = ncrun_container_info(container, &info, err);
	if (r < 0)
		return r;
	if (container->pidfd < 0)
		return error_set(err, ESRCH, "node '%s' has ended", container->dir.name);
	r = attach_connect(container, err);
	if (r < 0) {
		closep(&container->channel);
		return r;
	}
	return stay(container, detach_keys, ret_detached, ret, err);
}
