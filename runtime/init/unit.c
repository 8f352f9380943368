/* SPDX-License-Identifier: Apache-2.0 */

/* The commands of a node: starting them, starting them again, and their end. */

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/file.h"
#include "runtime/init/supervisor.h"

#ifndef TIOCGPTPEER
#define TIOCGPTPEER _IO('T', 0x41)
#endif

#define BACKOFF_FIRST_MS 100
#define BACKOFF_MAX_MS   30000
#define STEADY_MS        10000 /* a run of this length starts the back-off afresh */

uint64_t now_ms(void)
{
	return (uint64_t)clock_now_ms();
}

void status_write(struct supervisor *s, struct unit *unit)
{
	const size_t size = sizeof(unit->status);
	const off_t at = (off_t)((size_t)(unit - s->units) * size);
	ssize_t n;

	unit->status.sum = init_status_sum(&unit->status);
	if (s->config->status_fd < 0)
		return;
	do
		n = pwrite(s->config->status_fd, &unit->status, size, at);
	while (n < 0 && errno == EINTR);
	if (n != (ssize_t)size && s->unwritten == 0)
		s->unwritten = n < 0 ? errno : ENOSPC;
}

void tell(const struct supervisor *s, const char *fmt, ...)
{
	struct init_message message = {.type = INIT_MESSAGE_SERVICE};
	va_list args;

	va_start(args, fmt);
	vsnprintf(message.error.message, sizeof(message.error.message), fmt, args);
	va_end(args);
	(void)channel_send(s->channel, &message, -1);
}

/* ---- starting ------------------------------------------------------------------ */

static int unit_pipe(struct unit *unit, int stream, int *ret_write, struct ncrun_error *err)
{
	int fds[2];

	if (pipe2(fds, O_CLOEXEC) < 0)
		return error_errno(err, "make a pipe for the log");
	fcntl(fds[0], F_SETFL, O_NONBLOCK);
	closep(&unit->pipes[stream]);
	unit->pipes[stream] = fds[0];
	*ret_write = fds[1];
	return 0;
}

static int unit_streams(struct supervisor *s, struct unit *unit, int *stdio, int *owned,
			struct ncrun_error *err)
{
	bool main_unit = unit == s->units;
	int r;

	if (main_unit && s->master >= 0) {
		if (s->slave < 0)
			s->slave = ioctl(s->master, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
		if (s->slave < 0)
			return error_errno(err, "open the terminal");
		stdio[0] = stdio[1] = stdio[2] = s->slave;
		return 0;
	}
	if (!main_unit || (s->config->flags & INIT_LOG)) {
		owned[0] = stdio[0] = file_open("/dev/null", O_RDONLY);
		if (owned[0] < 0)
			return error_errno(err, "open /dev/null");
	}
	for (int i = 0; (s->config->flags & INIT_LOG) && i < 2; i++) {
		r = unit_pipe(unit, i, &owned[i + 1], err);
		if (r < 0)
			return r;
		stdio[i + 1] = owned[i + 1];
	}
	return 0;
}

int unit_start(struct supervisor *s, struct unit *unit, struct spawn *spawn)
{
	int owned[3] = {-1, -1, -1};
	pid_t pid = 0;
	int r;

	*spawn = (struct spawn){
		.config = s->config,
		.argv = &unit->service->argv,
		.identity = s->identity,
		.stdio = {-1, -1, -1},
		.terminal = unit == s->units && s->master >= 0,
		.announce_fd = s->channel,
		.step = "standard streams",
		.exit_code = EXIT_NOT_RUN,
	};
	r = unit_streams(s, unit, spawn->stdio, owned, &spawn->error);
	if (r == 0) {
		pid = spawn_start(spawn);
		r = pid < 0 ? pid : 0;
	}
	for (int i = 0; i < 3; i++)
		closep(&owned[i]);
	/* While init holds it open, the reader outside sees no end of file. */
	if (unit == s->units && unit->service->restart == NCRUN_RESTART_NO)
		closep(&s->slave);

	unit->started_ms = now_ms();
	unit->restart_at_ms = NEVER;
	unit->pid = r < 0 ? 0 : pid;
	unit->status.pid = unit->pid;
	unit->status.started_at_ns = clock_wall_ns();
	unit->status.ended_at_ns = 0;
	if (r == 0) {
		status_write(s, unit);
		return 0;
	}
	unit->status.cause = NCRUN_CAUSE_FAILED_STEP;
	unit->status.error_code = spawn->error.code;
	unit->status.code = spawn->exit_code;
	unit->status.ended_at_ns = unit->status.started_at_ns;
	strncpy(unit->status.step, spawn->step, sizeof(unit->status.step) - 1);
	strncpy(unit->status.message, spawn->error.message, sizeof(unit->status.message) - 1);
	status_write(s, unit);
	return r;
}

/* ---- ending --------------------------------------------------------------------- */

bool unit_wants_restart(const struct supervisor *s, const struct unit *unit)
{
	const struct init_service *service = unit->service;

	if (s->stopping || s->ending || service->restart == NCRUN_RESTART_NO)
		return false;
	if (service->restart == NCRUN_RESTART_ALWAYS)
		return true;
	return unit->status.code != 0 &&
	       (service->max_retries == 0 || unit->retries < service->max_retries);
}

void unit_schedule(struct supervisor *s, struct unit *unit)
{
	if (now_ms() - unit->started_ms >= STEADY_MS) {
		unit->backoff_ms = 0;
		unit->retries = 0;
	}
	unit->backoff_ms = unit->backoff_ms ? unit->backoff_ms * 2 : BACKOFF_FIRST_MS;
	if (unit->backoff_ms > BACKOFF_MAX_MS)
		unit->backoff_ms = BACKOFF_MAX_MS;
	unit->retries++;
	unit->restart_at_ms = now_ms() + unit->backoff_ms;
	tell(s, "'%s' ended with code %d; starting it again in %llu ms", unit->name,
	     unit->status.code, (unsigned long long)unit->backoff_ms);
}

void ending_begin(struct supervisor *s)
{
	s->ending = true;
	s->exit_code = s->units[0].status.code;
	for (uint32_t i = 0; i < s->count; i++)
		s->units[i].restart_at_ms = NEVER;
	if (s->kill_at_ms == NEVER)
		s->kill_at_ms = now_ms() + s->config->stop_grace_ms;
	if (s->config->flags & INIT_IDLE) { /* then the services are what is asked to end */
		for (uint32_t i = 1; i < s->count; i++)
			if (s->units[i].pid > 0) {
				kill(s->units[i].pid, s->config->stop_signal);
				kill(s->units[i].pid, SIGCONT);
			}
		return;
	}
	for (uint32_t i = 1; i < s->count; i++)
		if (s->units[i].pid > 0) {
			kill(-1, SIGTERM);
			return;
		}
}

void stop_begin(struct supervisor *s, uint64_t grace_ms)
{
	struct unit *unit = &s->units[0];
	uint64_t kill_at_ms = now_ms() + grace_ms;

	s->stopping = true;
	if (kill_at_ms < s->kill_at_ms)
		s->kill_at_ms = kill_at_ms;
	if (unit->pid > 0 && grace_ms > 0) {
		kill(unit->pid, s->config->stop_signal);
		kill(unit->pid, SIGCONT); /* a stopped command ends only when it runs */
	} else if (s->config->flags & INIT_IDLE) {
		idle_end(s, 0);
	} else if (unit->pid == 0 && !s->ending) { /* it was waiting for its restart */
		if (s->timed_out) {
			unit->status.cause = NCRUN_CAUSE_TIMEOUT;
			unit->status.code = 124;
			status_write(s, unit);
		}
		ending_begin(s);
	}
}

/* ---- no main command ------------------------------------------------------------- */

void idle_start(struct supervisor *s)
{
	s->units[0].started_ms = now_ms();
	s->units[0].status.started_at_ns = clock_wall_ns();
	status_write(s, &s->units[0]);
}

bool idle_ends_of(int signo)
{
	static const int others[] = {SIGCHLD, SIGCONT, SIGSTOP,  SIGTSTP,
				     SIGTTIN, SIGTTOU, SIGWINCH, SIGURG};

	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		if (signo == others[i])
			return false;
	return true;
}

void idle_end(struct supervisor *s, int signo)
{
	struct init_status *status = &s->units[0].status;

	if (s->ending)
		return;
	status->ended_at_ns = clock_wall_ns();
	status->cause = s->timed_out ? NCRUN_CAUSE_TIMEOUT
			: signo      ? NCRUN_CAUSE_SIGNAL
				     : NCRUN_CAUSE_EXITED;
	status->code = s->timed_out ? 124 : signo ? 128 + signo : 0;
	status->signo = signo;
	status_write(s, &s->units[0]);
	ending_begin(s);
}

static void unit_ended(struct supervisor *s, struct unit *unit, int wait_status)
{
	struct init_status *status = &unit->status;

	unit->pid = 0;
	status->pid = 0;
	status->ended_at_ns = clock_wall_ns();
	status->signo = 0;
	status->error_code = 0;
	if (WIFSIGNALED(wait_status)) {
		status->cause = NCRUN_CAUSE_SIGNAL;
		status->signo = WTERMSIG(wait_status);
		status->code = 128 + status->signo;
	} else {
		status->cause = NCRUN_CAUSE_EXITED;
		status->code = WEXITSTATUS(wait_status);
	}
	if (unit == s->units && s->timed_out) {
		status->cause = NCRUN_CAUSE_TIMEOUT;
		status->code = 124;
	}
	if (unit_wants_restart(s, unit))
		unit_schedule(s, unit);
	else if (unit == s->units)
		ending_begin(s);
	else
		tell(s, "service '%s' ended with code %d", unit->name, status->code);
	status_write(s, unit);
}

void reap(struct supervisor *s)
{
	int wait_status;
	pid_t pid;

	while ((pid = waitpid(-1, &wait_status, WNOHANG)) > 0 || (pid < 0 && errno == EINTR))
		for (uint32_t i = 0; i < s->count; i++)
			if (pid > 0 && s->units[i].pid == pid) {
				unit_ended(s, &s->units[i], wait_status);
				break;
			}
}
