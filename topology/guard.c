/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Temporary networks go when the process that made them does, however it ends: a process
 * stands by, holds one end of a connection whose other end is the maker's handle, and
 * takes the network down when that end is closed. The record says which process that is,
 * so that it touches no later network of the same name, and that others can end it.
 */

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "base/process.h"
#include "topology/running.h"

#define RELEASE_TIMEOUT_S 60
#define RETRY_NS          50000000

/* ---- in the process that stands by ------------------------------------------------------- */

/** Of all descriptors only the connection stays, as number 3. */
static bool guard_alone(int connection)
{
	int null;

	if (connection != 3 && dup2(connection, 3) < 0)
		return false;
	null = open("/dev/null", O_RDWR | O_CLOEXEC);
	for (int fd = 0; null >= 0 && fd < 3; fd++)
		if (null != fd)
			(void)dup2(null, fd);
	return null >= 0 && syscall(SYS_close_range, 4u, ~0u, 0) == 0;
}

static void guard_run(struct ncrun_network *network, int connection) __attribute__((noreturn));

static void guard_run(struct ncrun_network *network, int connection)
{
	static const int ignored[] = {SIGHUP, SIGINT, SIGQUIT, SIGPIPE};
	struct ncrun_context context = network->context;
	sigset_t none;
	char byte;
	ssize_t n;

	context.notice = NULL; /* the maker's, who is gone */
	sigemptyset(&none);
	for (size_t i = 0; i < sizeof(ignored) / sizeof(ignored[0]); i++)
		(void)signal(ignored[i], SIG_IGN);
	(void)signal(SIGTERM, SIG_DFL);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
	(void)prctl(PR_SET_NAME, "ncrun-guard");
	(void)setsid();
	if (!guard_alone(connection))
		_exit(1);
	do
		n = read(3, &byte, 1);
	while (n > 0 || (n < 0 && errno == EINTR));
	while (network_down_guarded(&context, network->name, getpid(), NULL) == -EBUSY)
		nanosleep(&(struct timespec){.tv_nsec = RETRY_NS}, NULL);
	_exit(0);
}

/* ---- in the maker ------------------------------------------------------------------------ */

/** Twice removed, so that it is nobody's child whose end would surprise; says its own number. */
static int guard_fork(struct ncrun_network *network, int pair[2], struct ncrun_error *err)
{
	pid_t pid = fork();

	if (pid < 0)
		return error_errno(err, "network '%s': start its guard", network->name);
	if (pid == 0) {
		pid_t guard = fork();

		if (guard != 0)
			_exit(guard < 0);
		guard = getpid();
		if (send(pair[1], &guard, sizeof(guard), MSG_NOSIGNAL) != sizeof(guard))
			_exit(1);
		guard_run(network, pair[1]);
	}
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
	return 0;
}

/** With its number comes what tells it from later ones of that number. */
static int guard_note(struct ncrun_network *network, struct ncrun_error *err)
{
	_cleanup_close_ int pidfd = -1;
	pid_t pid = 0;

	if (recv(network->guard, &pid, sizeof(pid), MSG_WAITALL) != sizeof(pid))
		return error_set(err, EAGAIN, "network '%s': its guard did not start",
				 network->name);
	pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
	if (pidfd < 0)
		return error_errno(err, "network '%s': hold its guard", network->name);
	network->record.guard = pid;
	network->record.guard_boot = process_boot();
	return process_identity(pidfd, pid, &network->record.guard_identity, err);
}

int guard_start(struct ncrun_network *network, struct ncrun_error *err)
{
	int pair[2];
	int r;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0)
		return error_errno(err, "network '%s': connect its guard", network->name);
	r = guard_fork(network, pair, err);
	close(pair[1]);
	network->guard = pair[0];
	return r < 0 ? r : guard_note(network, err);
}

void guard_release(int *connection)
{
	struct timeval wait = {.tv_sec = RELEASE_TIMEOUT_S};
	char byte;

	if (*connection < 0)
		return;
	(void)setsockopt(*connection, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof(wait));
	/* others may have the descriptor, too: what they inherited is shut with it */
	(void)shutdown(*connection, SHUT_WR);
	while (recv(*connection, &byte, 1, 0) < 0 && errno == EINTR)
		;
	closep(connection);
}

/* ---- by the record ----------------------------------------------------------------------- */

static bool guard_open(const struct network_record *record, int *ret_pidfd)
{
	return record->guard > 0 && process_is_of_boot(record->guard_boot, process_boot()) &&
	       process_open(record->guard, record->guard_identity, ret_pidfd, NULL) == 0;
}

bool guard_lives(const struct network_record *record)
{
	_cleanup_close_ int pidfd = -1;

	return guard_open(record, &pidfd);
}

void guard_end(const struct network_record *record)
{
	_cleanup_close_ int pidfd = -1;

	if (record->guard != getpid() && guard_open(record, &pidfd))
		(void)process_signal(pidfd, SIGKILL, NULL);
}
