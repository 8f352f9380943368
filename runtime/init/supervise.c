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
#include <limits.h>
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
#include "runtime/init/supervisor.h"

/* Of what is read from one descriptor before signals and timers have their turn again... */
#define READS_ROUND 4
/* ... and at the end, when all writers are killed: more than a pipe holds. */
#define READS_LAST    300
#define SIGNALS_ROUND 64

/* ---- events ---------------------------------------------------------------------- */

static void pass_signal(struct supervisor *s, int signo, bool last)
{
	if (last)
		s->stopping = true;
	if (s->units[0].pid > 0)
		kill(s->units[0].pid, signo);
	else if ((s->config->flags & INIT_IDLE) && !s->ending && idle_ends_of(signo))
		idle_end(s, signo);
	else if (s->stopping && !s->ending)
		ending_begin(s);
}

static void on_signal(struct supervisor *s)
{
	struct signalfd_siginfo info;

	for (int i = 0; i < SIGNALS_ROUND; i++) {
		if (read(s->signals, &info, sizeof(info)) != (ssize_t)sizeof(info))
			return;
		int signo = (int)info.ssi_signo;

		if (signo == SIGCHLD)
			reap(s);
		else if (signo == INIT_SIGNAL_PASS)
			pass_signal(s, info.ssi_int & ~INIT_PASS_LAST,
				    info.ssi_int & INIT_PASS_LAST);
		else if (signo == INIT_SIGNAL_STOP)
			stop_begin(s, info.ssi_int < 0 ? s->config->stop_grace_ms
						       : (uint64_t)info.ssi_int);
		else if (signo != SIGPIPE && signo != SIGTTIN && signo != SIGTTOU)
			pass_signal(s, signo, signo == SIGTERM); /* the machine goes down */
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
	struct ncrun_error err = {0};
	_cleanup_close_ int client = accept4(s->config->listen_fd, NULL, NULL, SOCK_CLOEXEC);

	if (client < 0)
		return;
	if (s->master < 0)
		error_set(&err, ENOTTY, "it has no terminal");
	else if (s->client >= 0 || s->channel >= 0)
		error_set(&err, EBUSY, "its terminal is in use elsewhere");
	if (err.code) {
		channel_fail(client, "attach", &err, EXIT_NOT_RUN);
		return;
	}
	if (terminal_send(client, s->master, &err) < 0)
		return;
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

/* Read at most @reads times: a fast writer must not hold up the rest. False when there is no more
 * to come. */
static bool drain(struct supervisor *s, int fd, const struct unit *unit, int stream, int reads)
{
	static char buffer[4096];

	while (reads-- > 0) {
		ssize_t n = read(fd, buffer, sizeof(buffer));

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN)
			return true;
		if (n <= 0)
			return false;
		if (s->log.fd[0] >= 0)
			log_append(&s->log, unit->name, stream, buffer, (size_t)n);
		if (n < (ssize_t)sizeof(buffer))
			return true;
	}
	return true;
}

/* Nobody takes what the commands have written at the very end but this. */
static void drain_all(struct supervisor *s)
{
	kill(-1, SIGKILL); /* as the kernel is about to: nobody writes any more */
	for (uint32_t i = 0; i < 2 * s->count; i++) {
		struct unit *unit = &s->units[i / 2];

		if (unit->pipes[i % 2] >= 0)
			drain(s, unit->pipes[i % 2], unit, (int)(i % 2) + 1, READS_LAST);
	}
	if (s->draining)
		drain(s, s->master, &s->units[0], 1, READS_LAST);
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
		stop_begin(s, s->config->stop_grace_ms);
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

static int poll_timeout(const struct supervisor *s)
{
	uint64_t timer = next_timer(s), now;

	if (timer == NEVER)
		return -1;
	now = now_ms();
	if (timer <= now)
		return 0;
	return timer - now < INT_MAX ? (int)(timer - now) : INT_MAX; /* and then again */
}

static void poll_once(struct supervisor *s)
{
	struct pollfd fds[POLL_UNITS + 2 * INIT_SERVICES_MAX] = {
		[POLL_SIGNALS] = {.fd = s->signals, .events = POLLIN},
		[POLL_CHANNEL] = {.fd = s->channel, .events = POLLIN},
		[POLL_LISTEN] = {.fd = s->config->listen_fd, .events = POLLIN},
		[POLL_CLIENT] = {.fd = s->client, .events = POLLIN},
		[POLL_MASTER] = {.fd = s->draining ? s->master : -1, .events = POLLIN},
	};

	for (uint32_t i = 0; i < 2 * s->count; i++)
		fds[POLL_UNITS + i] =
			(struct pollfd){.fd = s->units[i / 2].pipes[i % 2], .events = POLLIN};
	if (poll(fds, POLL_UNITS + 2 * s->count, poll_timeout(s)) < 0)
		return;
	if (fds[POLL_SIGNALS].revents)
		on_signal(s);
	if (fds[POLL_CHANNEL].revents)
		on_channel(s);
	if (fds[POLL_LISTEN].revents)
		on_listen(s);
	if (fds[POLL_CLIENT].revents)
		on_client(s);
	for (uint32_t i = 0; i < 2 * s->count; i++) {
		struct unit *unit = &s->units[i / 2];

		if (fds[POLL_UNITS + i].revents &&
		    !drain(s, unit->pipes[i % 2], unit, (int)(i % 2) + 1, READS_ROUND))
			closep(&unit->pipes[i % 2]);
	}
	if (fds[POLL_MASTER].revents && s->draining &&
	    !drain(s, s->master, &s->units[0], 1, READS_ROUND))
		s->draining = false; /* EIO until somebody opens the other end */
}

static int terminal_setup(struct supervisor *s, struct ncrun_error *err)
{
	int r;

	r = terminal_open(s->config->rows, s->config->columns, &s->master, &s->slave, err);
	if (r < 0)
		return r;
	fcntl(s->master, F_SETFL, O_NONBLOCK);
	s->draining = s->config->flags & INIT_KEEP;
	return s->draining ? 0 : terminal_send(s->channel, s->master, err);
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
	r = identity_resolve(IDENTITY_OF(s->config), &s->identity, err);
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
	struct ncrun_error err = {0};
	struct spawn spawn;

	for (uint32_t i = s->count; i-- > 0;)
		if (i == 0 && (s->config->flags & INIT_IDLE))
			idle_start(s);
		else if (unit_start(s, &s->units[i], &spawn) < 0) {
			if (i > 0)
				error_wrap(&spawn.error, -spawn.error.code, "service '%s'",
					   s->units[i].name);
			channel_fail(s->channel, spawn.step, &spawn.error, spawn.exit_code);
			s->units[0].status = s->units[i].status;
			status_write(s, &s->units[0]);
			return s->units[i].status.code;
		}
	if (s->unwritten) { /* for all others it would never have started */
		errno = s->unwritten;
		error_errno(&err, "write it to the node's state");
		channel_fail(s->channel, "status", &err, EXIT_NOT_RUN);
		return EXIT_NOT_RUN;
	}
	/* Whoever waits for that sees the channel's end. */
	return channel_send(s->channel, &started, -1) < 0 ? EXIT_NOT_RUN : 0;
}

/* The node is made and wired before its commands run. */
static bool released(int channel)
{
	struct init_message message = {.type = INIT_MESSAGE_CREATED};
	ssize_t n;

	if (channel_send(channel, &message, -1) < 0)
		return false;
	do
		n = recv(channel, &message, sizeof(message), 0);
	while (n < 0 && errno == EINTR);
	return n == (ssize_t)sizeof(message) && message.type == INIT_MESSAGE_GO;
}

int supervise(const struct init_config *config)
{
	/* Too large for the stack of a small program, and mostly never touched. */
	static struct supervisor s;
	struct ncrun_error err = {0};
	const char *step;
	int code;

	s.config = config;
	s.log.fd[0] = config->log_fd[0];
	s.log.fd[1] = config->log_fd[1];
	s.log.max_bytes = config->log_max_bytes;
	s.signals = s.master = s.slave = s.client = -1;
	s.channel = config->channel_fd;
	s.keep = config->flags & INIT_KEEP;
	s.deadline_ms = s.kill_at_ms = NEVER;
	units_init(&s);
	if (setup(&s, &step, &err) < 0) {
		channel_fail(s.channel, step, &err, EXIT_NOT_RUN);
		return EXIT_NOT_RUN;
	}
	if (config->flags & INIT_HOLD && !released(s.channel))
		return EXIT_NOT_RUN; /* whoever made this node is gone */
	s.deadline_ms = config->timeout_ms ? now_ms() + config->timeout_ms : NEVER;
	code = start_all(&s);
	if (code != 0)
		return code;
	spawn_rest();
	while (!done(&s)) {
		poll_once(&s);
		on_timers(&s);
	}
	drain_all(&s);
	return s.exit_code;
}
