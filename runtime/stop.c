/* SPDX-License-Identifier: Apache-2.0 */

/* Signals to a node, by way of its init, and its end. */

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/api.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/process.h"
#include "runtime/container.h"

#define KILL_WAIT_MS 10000

/* Ask init to pass @signo on: sent as itself, init could not tell it from one of its own. */
static int signal_queue(int pidfd, int signal, int value)
{
	siginfo_t info = {
		.si_signo = signal,
		.si_code = SI_QUEUE,
		.si_value.sival_int = value,
	};

	info.si_pid = getpid();
	info.si_uid = getuid();
	return syscall(SYS_pidfd_send_signal, pidfd, signal, &info, 0) < 0 ? -errno : 0;
}

int container_pass_signal(struct ncrun_container *container, int signo, bool last,
			  struct ncrun_error *err)
{
	bool lives;
	int r;

	if (signo < 1 || signo > SIGRTMAX)
		return error_set(err, EINVAL, "signal %d: no such signal", signo);
	r = container_look(container, &lives, err);
	if (r < 0)
		return r;
	if (!lives)
		return error_set(err, ESRCH, "node '%s' has ended", container->dir.name);
	r = signal_queue(container->pidfd, INIT_SIGNAL_PASS, signo | (last ? INIT_PASS_LAST : 0));
	if (r < 0)
		return error_set(err, -r, "signal node '%s': %s", container->dir.name,
				 strerror(-r));
	return 0;
}

NCRUN_API int ncrun_container_kill(struct ncrun_container *container, int signo,
				   struct ncrun_error *err)
{
	return container_pass_signal(container, signo, false, err);
}

int container_kill_now(struct ncrun_container *container, struct ncrun_error *err)
{
	int r;

	if (container->pidfd < 0)
		return 0;
	r = process_signal(container->pidfd, SIGKILL, err);
	if (r < 0 && r != -ESRCH)
		return error_wrap(err, r, "end node '%s'", container->dir.name);
	/* cgroup v1 keeps the frozen from dying */
	if (container->info.paused || container->damage < 0)
		(void)container_thaw(container, NULL);
	r = process_wait(container->pidfd, KILL_WAIT_MS, NULL);
	if (r == -ETIMEDOUT)
		return error_set(err, ETIMEDOUT,
				 "node '%s' is killed, but a process of it has not ended after %d "
				 "s: it waits for the disk, or its parent does not reap it",
				 container->dir.name, KILL_WAIT_MS / 1000);
	container_reap(container);
	return r < 0 ? error_wrap(err, r, "end node '%s'", container->dir.name) : 0;
}

/* By way of init, so that it can say how the command ended. */
static int stop_ask(struct ncrun_container *container, uint64_t *grace_ms, struct ncrun_error *err)
{
	if (!container->record) {
		int r = container_refresh(container, err);

		if (r < 0)
			return r;
	}
	if (*grace_ms == UINT64_MAX)
		*grace_ms = record_get_u64(container->record, "stop_grace_ms", 0);
	if (*grace_ms > INT32_MAX)
		*grace_ms = INT32_MAX;
	if (container->info.paused)
		(void)container_thaw(container, NULL);
	(void)signal_queue(container->pidfd, INIT_SIGNAL_STOP, (int)*grace_ms);
	container->stop_deadline_ms = clock_now_ms() + (int64_t)*grace_ms + 500;
	return 0;
}

int container_stop_begin(struct ncrun_container *container, uint64_t grace_ms,
			 struct ncrun_error *err)
{
	bool lives;
	int r = container_look(container, &lives, err);

	return r == 0 && lives ? stop_ask(container, &grace_ms, err) : r;
}

NCRUN_API int ncrun_container_stop(struct ncrun_container *container, uint64_t grace_ms,
				   struct ncrun_error *err)
{
	int64_t left_ms;
	bool lives;
	int r = container_look(container, &lives, err);

	if (r < 0 || !lives)
		return r;
	r = container->stop_deadline_ms ? 0 : stop_ask(container, &grace_ms, err);
	if (r < 0)
		return r;
	left_ms = container->stop_deadline_ms - clock_now_ms();
	container->stop_deadline_ms = 0;
	r = process_wait(container->pidfd, left_ms > 0 ? left_ms : 0, NULL);
	if (r == -ETIMEDOUT)
		return container_kill_now(container, err);
	if (r < 0)
		return error_wrap(err, r, "stop node '%s'", container->dir.name);
	container_reap(container);
	return 0;
}
