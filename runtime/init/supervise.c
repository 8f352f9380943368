/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Theory of operation: one poll() loop over a signalfd, the channel to the ncrun
 * outside, the attach socket, the terminal and the pipes of logged commands. The
 * node lives until its main command (unit 0) has ended for good. When init
 * returns, the kernel ends whatever is left in the pid namespace.
 *
 * The channel's end (the ncrun outside died) ends the node unless INIT_KEEP is
 * set: a parent-death signal would depend on which thread had started it.
 */

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "runtime/init/init.h"

#ifndef TIOCGPTPEER
#define TIOCGPTPEER _IO('T', 0x41)
#endif

#define BACKOFF_FIRST_MS 100
#define BACKOFF_MAX_MS   30000
#define STEADY_MS        10000 /* a run of this length starts the back-off afresh */
#define NEVER            UINT64_MAX

struct unit {
	const struct init_service *service;
	const char *name;
	struct init_status status;
	pid_t pid;    /* 0 = not running */
	int pipes[2]; /* its standard output and error, -1 = not logged */
	uint64_t started_ms;
	uint64_t restart_at_ms;
	uint64_t backoff_ms;
	uint32_t retries;
};

struct supervisor {
	const struct init_config *config;
	struct identity identity;
	struct unit units[INIT_SERVICES_MAX];
	uint32_t count;
	struct log log;
	int signals;
	int channel;
	int master;    /* of the terminal, -1 = none */
	int slave;     /* kept open while the main command may come back */
	bool draining; /* nobody outside reads the terminal */
	int client;    /* attached, -1 = nobody */
	bool keep;
	bool stopping; /* no restarts any more */
	bool timed_out;
	bool ending; /* the main command is gone for good */
	uint64_t deadline_ms;
	uint64_t kill_at_ms;
	int exit_code;
};

static uint64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

static int64_t wall_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static void status_write(const struct supervisor *s, const struct unit *unit)
{
	off_t at = (off_t)((size_t)(unit - s->units) * sizeof(unit->status));

	if (s->config->status_fd >= 0)
		(void)!pwrite(s->config->status_fd, &unit->status, sizeof(unit->status), at);
}

static void tell(const struct supervisor *s, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

static void tell(const struct supervisor *s, const char *fmt, ...)
{
	struct init_message message = {.type = INIT_MESSAGE_SERVICE};
	va_list args;

	va_start(args, fmt);
	vsnprintf(message.error.message, sizeof(message.error.message), fmt, args);
	va_end(args);
	channel_send(s->channel, &message, -1);
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
		owned[0] = stdio[0] = open("/dev/null", O_RDONLY | O_CLOEXEC);
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

static int unit_start(struct supervisor *s, struct unit *unit, struct spawn *spawn)
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
	unit->status.started_at_ns = wall_ns();
	unit->status.ended_at_ns = 0;
	if (r == 0) {
		status_write(s, unit);
		return 0;
	}
	unit->status.cause = NCRUN_CAUSE_FAILED_STEP;
	unit->status.error_code = spawn->error.code;
	unit->status.code = spawn->error.code == ENOEXEC ? 126
			    : spawn->error.code == ESRCH ? 127
							 : 125;
	unit->status.ended_at_ns = unit->status.started_at_ns;
	strncpy(unit->status.step, spawn->step, sizeof(unit->status.step) - 1);
	strncpy(unit->status.message, spawn->error.message, sizeof(unit->status.message) - 1);
	status_write(s, unit);
	return r;
}

/* ---- ending --------------------------------------------------------------------- */

static bool unit_wants_restart(const struct supervisor *s, const struct unit *unit)
{
	const struct init_service *service = unit->service;

	if (s->stopping || s->ending || service->restart == NCRUN_RESTART_NO)
		return false;
	if (service->restart == NCRUN_RESTART_ALWAYS)
		return true;
	return unit->status.code != 0 &&
	       (service->max_retries == 0 || unit->retries < service->max_retries);
}

static void unit_schedule(struct supervisor *s, struct unit *unit)
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

/* The main command is gone for good: let the services end in peace, but not for long. */
static void ending_begin(struct supervisor *s)
{
	s->ending = true;
	s->exit_code = s->units[0].status.code;
	for (uint32_t i = 1; i < s->count; i++)
		s->units[i].restart_at_ms = NEVER;
	if (s->kill_at_ms == NEVER)
		s->kill_at_ms = now_ms() + s->config->stop_grace_ms;
	for (uint32_t i = 1; i < s->count; i++)
		if (s->units[i].pid > 0) {
			kill(-1, SIGTERM);
			return;
		}
}

static void stop_begin(struct supervisor *s, int signo)
{
	s->stopping = true;
	if (s->kill_at_ms == NEVER)
		s->kill_at_ms = now_ms() + s->config->stop_grace_ms;
	if (s->units[0].pid > 0)
		kill(s->units[0].pid, signo);
	else if (!s->ending)
		ending_begin(s); /* it was waiting for its restart */
}

static void unit_ended(struct supervisor *s, struct unit *unit, int wait_status)
{
	struct init_status *status = &unit->status;

	unit->pid = 0;
	status->pid = 0;
	status->ended_at_ns = wall_ns();
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

static void reap(struct supervisor *s)
{
	int wait_status;
	pid_t pid;

	while ((pid = waitpid(-1, &wait_status, WNOHANG)) > 0)
		for (uint32_t i = 0; i < s->count; i++)
			if (s->units[i].pid == pid) {
				unit_ended(s, &s->units[i], wait_status);
				break;
			}
}

/* ---- events ---------------------------------------------------------------------- */

static void pass_signal(struct supervisor *s, int signo)
{
	if (signo == SIGTERM || signo == SIGINT || signo == SIGQUIT || signo == SIGKILL ||
	    signo == SIGHUP)
		s->stopping = true;
	if (s->units[0].pid > 0)
		kill(s->units[0].pid, signo);
	else if (s->stopping && !s->ending)
		ending_begin(s);
}

static void on_signal(struct supervisor *s)
{
	struct signalfd_siginfo info;

	while (read(s->signals, &info, sizeof(info)) == (ssize_t)sizeof(info)) {
		int signo = (int)info.ssi_signo;

		if (signo == SIGCHLD)
			reap(s);
		else if (signo == INIT_SIGNAL_PASS)
			pass_signal(s, info.ssi_int);
		else if (signo == INIT_SIGNAL_STOP)
			stop_begin(s, s->config->stop_signal);
		else if (signo != SIGPIPE && signo != SIGTTIN && signo != SIGTTOU)
			pass_signal(s, signo);
	}
}

static void on_channel(struct supervisor *s)
{
	struct init_message message = {0};
	ssize_t n = recv(s->channel, &message, sizeof(message), MSG_DONTWAIT);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n > 0 && message.type == INIT_MESSAGE_LEAVE)
		s->keep = true;
	else if (n > 0)
		return;
	closep(&s->channel);
	if (!s->keep)
		_exit(128 + SIGKILL); /* and the kernel ends everything else */
	s->draining = true;
}

static void on_listen(struct supervisor *s)
{
	struct init_message message = {.type = INIT_MESSAGE_TERMINAL};
	struct ncrun_error err = {0};
	_cleanup_close_ int client = accept4(s->config->listen_fd, NULL, NULL, SOCK_CLOEXEC);

	if (client < 0)
		return;
	if (s->master < 0)
		error_set(&err, ENOTTY, "it has no terminal");
	else if (s->client >= 0 || s->channel >= 0)
		error_set(&err, EBUSY, "its terminal is in use elsewhere");
	if (err.code) {
		channel_fail(client, "attach", &err);
		return;
	}
	channel_send(client, &message, s->master);
	s->client = take_fd(client);
	s->draining = false;
}

static void on_client(struct supervisor *s)
{
	struct init_message message;

	if (recv(s->client, &message, sizeof(message), MSG_DONTWAIT) > 0)
		return;
	closep(&s->client);
	s->draining = true;
}

/* False when there is no more to come. */
static bool drain(struct supervisor *s, int fd, const char *name, int stream)
{
	static char buffer[4096];

	for (;;) {
		ssize_t n = read(fd, buffer, sizeof(buffer));

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN)
			return true;
		if (n <= 0)
			return false;
		if (s->log.fd[0] >= 0)
			log_append(&s->log, name, stream, buffer, (size_t)n);
		if (n < (ssize_t)sizeof(buffer))
			return true;
	}
}

/* ---- the loop --------------------------------------------------------------------- */

static uint64_t next_timer(const struct supervisor *s)
{
	uint64_t next = s->deadline_ms < s->kill_at_ms ? s->deadline_ms : s->kill_at_ms;

	for (uint32_t i = 0; i < s->count; i++)
		if (s->units[i].restart_at_ms < next)
			next = s->units[i].restart_at_ms;
	return next;
}

static void on_timers(struct supervisor *s)
{
	uint64_t now = now_ms();
	struct spawn spawn;

	if (now >= s->deadline_ms) {
		s->deadline_ms = NEVER;
		s->timed_out = true;
		stop_begin(s, SIGTERM);
	}
	if (now >= s->kill_at_ms) {
		s->kill_at_ms = NEVER;
		kill(-1, SIGKILL);
	}
	for (uint32_t i = 0; i < s->count; i++) {
		struct unit *unit = &s->units[i];

		if (now < unit->restart_at_ms)
			continue;
		unit->status.restarts++;
		if (unit_start(s, unit, &spawn) == 0)
			continue;
		tell(s, "start '%s' again: %s: %s", unit->name, spawn.step, spawn.error.message);
		if (unit_wants_restart(s, unit))
			unit_schedule(s, unit);
		else if (i == 0)
			ending_begin(s);
	}
}

static bool done(const struct supervisor *s)
{
	if (!s->ending)
		return false;
	for (uint32_t i = 0; i < s->count; i++)
		if (s->units[i].pid > 0)
			return false;
	return true;
}

enum {
	POLL_SIGNALS,
	POLL_CHANNEL,
	POLL_LISTEN,
	POLL_CLIENT,
	POLL_MASTER,
	POLL_UNITS
};

static void poll_once(struct supervisor *s)
{
	struct pollfd fds[POLL_UNITS + 2 * INIT_SERVICES_MAX] = {
		[POLL_SIGNALS] = {.fd = s->signals, .events = POLLIN},
		[POLL_CHANNEL] = {.fd = s->channel, .events = POLLIN},
		[POLL_LISTEN] = {.fd = s->config->listen_fd, .events = POLLIN},
		[POLL_CLIENT] = {.fd = s->client, .events = POLLIN},
		[POLL_MASTER] = {.fd = s->draining ? s->master : -1, .events = POLLIN},
	};
	uint64_t timer = next_timer(s), now = timer == NEVER ? 0 : now_ms();
	int timeout = timer == NEVER ? -1 : timer <= now ? 0 : (int)(timer - now);

	for (uint32_t i = 0; i < 2 * s->count; i++)
		fds[POLL_UNITS + i] =
			(struct pollfd){.fd = s->units[i / 2].pipes[i % 2], .events = POLLIN};
	if (poll(fds, POLL_UNITS + 2 * s->count, timeout) < 0)
		return;
	for (uint32_t i = 0; i < 2 * s->count; i++) {
		struct unit *unit = &s->units[i / 2];

		if (fds[POLL_UNITS + i].revents &&
		    !drain(s, unit->pipes[i % 2], unit->name, (int)(i % 2) + 1))
			closep(&unit->pipes[i % 2]);
	}
	if (fds[POLL_MASTER].revents && !drain(s, s->master, s->units[0].name, 1))
		s->draining = false; /* EIO until somebody opens the other end */
	if (fds[POLL_SIGNALS].revents)
		on_signal(s);
	if (fds[POLL_CHANNEL].revents)
		on_channel(s);
	if (fds[POLL_LISTEN].revents)
		on_listen(s);
	if (fds[POLL_CLIENT].revents)
		on_client(s);
}

static int terminal_setup(struct supervisor *s, struct ncrun_error *err)
{
	struct init_message message = {.type = INIT_MESSAGE_TERMINAL};
	int r;

	r = terminal_open(s->config->rows, s->config->columns, &s->master, &s->slave, err);
	if (r < 0)
		return r;
	fcntl(s->master, F_SETFL, O_NONBLOCK);
	s->draining = s->config->flags & INIT_KEEP;
	if (!s->draining)
		channel_send(s->channel, &message, s->master);
	return 0;
}

static int setup(struct supervisor *s, const char **ret_step, struct ncrun_error *err)
{
	uint64_t all = UINT64_MAX;
	sigset_t mask;
	int r;

	*ret_step = "signals";
	sigfillset(&mask);
	syscall(SYS_rt_sigprocmask, SIG_SETMASK, &all, NULL, sizeof(all));
	s->signals = signalfd(-1, &mask, SFD_CLOEXEC | SFD_NONBLOCK);
	if (s->signals < 0)
		return error_errno(err, "make a signalfd");
	*ret_step = "user";
	r = identity_resolve(init_string(s->config, s->config->user), s->config, &s->identity, err);
	if (r == 0 && (s->config->flags & INIT_TERMINAL)) {
		*ret_step = "terminal";
		r = terminal_setup(s, err);
	}
	return r;
}

static void units_init(struct supervisor *s)
{
	const struct init_service *services =
		(const void *)((const char *)s->config + s->config->services);

	s->count = s->config->service_count;
	for (uint32_t i = 0; i < s->count; i++)
		s->units[i] = (struct unit){
			.service = &services[i],
			.name = init_string(s->config, services[i].name),
			.pipes = {-1, -1},
			.restart_at_ms = NEVER,
		};
}

/* The main command last: a service that cannot start stops the node before it ran. */
static int start_all(struct supervisor *s)
{
	struct init_message started = {.type = INIT_MESSAGE_STARTED};
	struct spawn spawn;

	for (uint32_t i = s->count; i-- > 0;)
		if (unit_start(s, &s->units[i], &spawn) < 0) {
			if (i > 0)
				error_wrap(&spawn.error, -spawn.error.code, "service '%s'",
					   s->units[i].name);
			channel_fail(s->channel, spawn.step, &spawn.error);
			s->units[0].status = s->units[i].status;
			status_write(s, &s->units[0]);
			return s->units[i].status.code;
		}
	channel_send(s->channel, &started, -1);
	return 0;
}

int supervise(const struct init_config *config)
{
	static struct supervisor s; /* too large for the stack of a small program */
	struct ncrun_error err = {0};
	const char *step;
	int code;

	s = (struct supervisor){
		.config = config,
		.log = {.fd = {config->log_fd[0], config->log_fd[1]},
			.max_bytes = config->log_max_bytes},
		.signals = -1,
		.channel = config->channel_fd,
		.master = -1,
		.slave = -1,
		.client = -1,
		.keep = config->flags & INIT_KEEP,
		.deadline_ms = config->timeout_ms ? now_ms() + config->timeout_ms : NEVER,
		.kill_at_ms = NEVER,
	};
	units_init(&s);
	if (setup(&s, &step, &err) < 0) {
		channel_fail(s.channel, step, &err);
		return 125;
	}
	code = start_all(&s);
	if (code != 0)
		return code;
	while (!done(&s)) {
		poll_once(&s);
		on_timers(&s);
	}
	for (uint32_t i = 0; i < 2 * s.count; i++)
		if (s.units[i / 2].pipes[i % 2] >= 0)
			drain(&s, s.units[i / 2].pipes[i % 2], s.units[i / 2].name,
			      (int)(i % 2) + 1);
	if (s.draining)
		drain(&s, s.master, s.units[0].name, 1);
	return s.exit_code;
}
