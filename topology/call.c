/* SPDX-License-Identifier: Apache-2.0 */

/*
 * A function of the caller's program in a node.
 *
 * In a process of its own, since namespaces are entered by threads: whatever it changes of
 * itself, and however it ends, the caller stays what it was. It is made by fork(3), so that it
 * may allocate, and it does not begin before the caller holds a pidfd on it: how it ended is
 * known even where the caller's program ignores or reaps its children.
 */

#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdio_ext.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/api.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/process.h"
#include "runtime/runtime.h"
#include "topology/topology.h"

#define CALL_NAMESPACES (CLONE_NEWNET | CLONE_NEWUTS | CLONE_NEWIPC)

/** What the process in the node says, once, if it gets so far. */
struct call_answer {
	struct ncrun_error error; /* code 0: @call has returned */
	int code;
};

/** struct visit - a call under way; @channel is to the process in the node */
struct visit {
	const char *node;
	int node_pidfd;
	int channel; /* owned */
	int pidfd;   /* owned; -1 = none yet */
	pid_t pid;
};

static void visit_done(struct visit *visit)
{
	if (visit->pidfd >= 0) { /* something went wrong: it must not go on alone */
		(void)process_signal(visit->pidfd, SIGKILL, NULL);
		(void)process_wait(visit->pidfd, -1, NULL);
		(void)waitid(P_PID, (id_t)visit->pid, &(siginfo_t){0}, WEXITED);
	}
	closep(&visit->pidfd);
	closep(&visit->channel);
}

/* ---- in the node ---------------------------------------------------------------------------- */

static int node_enter(const struct visit *visit, struct ncrun_error *err)
{
	char go;

	/* A caller that is gone is an end of file, or the signal. */
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0)
		return error_errno(err, "tie a process to its parent");
	if (read(visit->channel, &go, 1) != 1)
		_exit(0);
	if (setns(visit->node_pidfd, CALL_NAMESPACES) < 0)
		return error_errno(err, "join the namespaces of node '%s'", visit->node);
	return 0;
}

static void visit_run(const struct visit *visit, int (*call)(void *data), void *data)
	__attribute__((noreturn));

static void visit_run(const struct visit *visit, int (*call)(void *data), void *data)
{
	struct call_answer answer = {.code = 0};

	if (node_enter(visit, &answer.error) == 0) {
		/* What waits there is the caller's, who will write it. */
		__fpurge(stdout);
		__fpurge(stderr);
		answer.code = call(data) & 0xff;
		(void)fflush(stdout);
		(void)fflush(stderr);
	}
	(void)send(visit->channel, &answer, sizeof(answer), MSG_NOSIGNAL);
	_exit(answer.error.code ? 125 : answer.code);
}

/* ---- the caller's side ------------------------------------------------------------------- */

static int visit_begin(struct visit *visit, int (*call)(void *data), void *data,
		       struct ncrun_error *err)
{
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		return error_errno(err, "make a channel to a process in node '%s'", visit->node);
	visit->pid = fork();
	if (visit->pid == 0) {
		close(pair[0]);
		visit->channel = pair[1];
		visit_run(visit, call, data);
	}
	visit->channel = pair[0];
	close(pair[1]);
	if (visit->pid < 0)
		return error_errno(err, "start a process for node '%s'", visit->node);
	visit->pidfd = (int)syscall(SYS_pidfd_open, visit->pid, 0);
	if (visit->pidfd < 0) { /* it waits for us: the end of the channel ends it */
		int r = error_errno(err, "hold the process for node '%s'", visit->node);

		closep(&visit->channel);
		(void)waitid(P_PID, (id_t)visit->pid, &(siginfo_t){0}, WEXITED);
		return r;
	}
	if (send(visit->channel, "g", 1, MSG_NOSIGNAL) < 0)
		return error_errno(err, "start a call in node '%s'", visit->node);
	return 0;
}

/* It need not have said anything: it may have called exit() itself, or died. */
static int visit_end(struct visit *visit, int *ret_code, struct ncrun_error *err)
{
	struct call_answer answer;
	siginfo_t info = {.si_pid = 0};
	bool answered, reaped;
	int r = process_wait(visit->pidfd, -1, err);

	if (r < 0)
		return r;
	answered = recv(visit->channel, &answer, sizeof(answer), MSG_DONTWAIT) == sizeof(answer);
	reaped = waitid(P_PID, (id_t)visit->pid, &info, WEXITED) == 0 && info.si_pid == visit->pid;
	closep(&visit->pidfd);
	if (answered && answer.error.code)
		return error_heard(err, &answer.error);
	if (reaped && info.si_code != CLD_EXITED)
		return error_set(err, ECHILD, "call in node '%s': died of signal %d", visit->node,
				 info.si_status);
	if (!answered && !reaped)
		return error_set(err, ECHILD, "call in node '%s': ended nobody knows how",
				 visit->node);
	*ret_code = answered ? answer.code : info.si_status;
	return 0;
}

NCRUN_API int ncrun_node_call(struct ncrun_container *node, int (*call)(void *data), void *data,
			      int *ret_code, struct ncrun_error *err)
{
	_cleanup_(visit_done) struct visit visit = {.channel = -1, .pidfd = -1};
	const struct ncrun_container_info *info = NULL;
	int r = ncrun_container_info(node, &info, err);

	if (r < 0)
		return r;
	assert(info);
	visit.node = info->name;
	visit.node_pidfd = ncrun_container_pidfd(node);
	if (visit.node_pidfd < 0)
		return error_set(err, ENOTCONN, "node '%s' does not run", info->name);
	r = visit_begin(&visit, call, data, err);
	return r < 0 ? r : visit_end(&visit, ret_code, err);
}
