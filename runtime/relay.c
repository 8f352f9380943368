/* SPDX-License-Identifier: Apache-2.0 */

#include "runtime/relay.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <termios.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/error.h"
#include "runtime/container.h"

#define KEY_DETACH_1      0x10 /* ^P */
#define KEY_DETACH_2      0x11 /* ^Q */
#define KEY_EOF           0x04 /* ^D */
#define TIMEOUT_GRACE_MS  2000
#define DRAIN_PATIENCE_MS 500
#define CHUNK             4096 /* what a writable pipe takes without blocking */

/** Bytes on their way from one descriptor to another. */
struct flow {
	char bytes[CHUNK];
	size_t start, end;
};

/** A relay under way; leaving its scope restores terminal and signals. */
struct session {
	const struct relay *relay;
	int signals;
	sigset_t mask_before;
	bool raw; /* the terminal was put into raw mode */
	struct termios before;
	bool input_open, output_open, channel_open, master_open;
	bool log_ended;
	bool key_1_seen;
	bool told_to_end;    /* by a signal */
	int64_t deadline_ms; /* see clock_deadline() */
	struct relay_result result;
	struct flow in, out;
};

/* ---- the caller's terminal ------------------------------------------------------------ */

static bool in_background(void)
{
	pid_t foreground = tcgetpgrp(STDIN_FILENO);

	return foreground >= 0 && foreground != getpgrp();
}

/*
 * A job in the background stops before it touches the terminal, as cat does; the
 * kernel does not stop an orphan, which is left without input then.
 */
static void foreground_await(struct session *s)
{
	struct sigaction stop = {.sa_handler = SIG_DFL}, before;
	sigset_t input, mask;

	sigemptyset(&input);
	sigaddset(&input, SIGTTIN);
	if (!in_background() || sigaction(SIGTTIN, &stop, &before) < 0)
		return;
	(void)raise(SIGTTIN);
	(void)sigprocmask(SIG_UNBLOCK, &input, &mask); /* stops here, until continued */
	(void)sigprocmask(SIG_SETMASK, &mask, NULL);
	(void)sigaction(SIGTTIN, &before, NULL);
	s->input_open = s->input_open && !in_background();
}

static void terminal_raw(struct session *s)
{
	struct termios raw;

	if (s->relay->master < 0)
		return;
	foreground_await(s);
	if (in_background() || tcgetattr(STDIN_FILENO, &s->before) < 0)
		return;
	raw = s->before;
	cfmakeraw(&raw);
	s->raw = tcsetattr(STDIN_FILENO, TCSANOW, &raw) == 0;
}

static void terminal_restore(struct session *s)
{
	if (s->raw)
		(void)tcsetattr(STDIN_FILENO, TCSADRAIN, &s->before);
	s->raw = false;
}

static void size_copy(const struct session *s)
{
	struct winsize size;

	if (s->relay->master >= 0 && (ioctl(STDIN_FILENO, TIOCGWINSZ, &size) == 0 ||
				      ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0))
		(void)ioctl(s->relay->master, TIOCSWINSZ, &size);
}

static void session_done(struct session *s)
{
	terminal_restore(s);
	closep(&s->signals);
	(void)sigprocmask(SIG_SETMASK, &s->mask_before, NULL);
}

/* ---- signals --------------------------------------------------------------------------- */

int signals_block(sigset_t *ret_blocked, sigset_t *ret_before, struct ncrun_error *err)
{
	static const int faults[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGABRT, SIGSYS};

	sigfillset(ret_blocked);
	for (size_t i = 0; i < sizeof(faults) / sizeof(faults[0]); i++)
		sigdelset(ret_blocked, faults[i]);
	if (sigprocmask(SIG_BLOCK, ret_blocked, ret_before) < 0)
		return error_errno(err, "block signals");
	return 0;
}

static int signals_take(struct session *s, struct ncrun_error *err)
{
	sigset_t mask;
	int r = signals_block(&mask, &s->mask_before, err);

	if (r < 0)
		return r;
	s->signals = signalfd(-1, &mask, SFD_CLOEXEC | SFD_NONBLOCK);
	if (s->signals < 0)
		return error_errno(err, "make a signalfd");
	return 0;
}

/* ^Z typed at another terminal, or kill -TSTP: this process stops, the node goes on. */
static void stop_self(struct session *s)
{
	bool raw = s->raw;

	terminal_restore(s);
	(void)raise(SIGSTOP);
	if (raw)
		terminal_raw(s);
	size_copy(s);
}

static void on_signals(struct session *s)
{
	struct signalfd_siginfo info;

	while (read(s->signals, &info, sizeof(info)) == (ssize_t)sizeof(info)) {
		int signo = (int)info.ssi_signo;

		if (signo == SIGTERM || signo == SIGINT || signo == SIGHUP || signo == SIGQUIT)
			s->told_to_end = true;
		switch (signo) {
		case SIGCHLD:
		case SIGPIPE:
		case SIGTTIN:
		case SIGTTOU:
			break;
		case SIGWINCH:
			if (s->relay->master >= 0)
				size_copy(s);
			else
				s->relay->on_signal(s->relay->data, signo);
			break;
		case SIGTERM: /* a stopped command ends only when it runs */
			s->relay->on_signal(s->relay->data, signo);
			s->relay->on_signal(s->relay->data, SIGCONT);
			break;
		case SIGTSTP:
			stop_self(s);
			break;
		default:
			s->relay->on_signal(s->relay->data, signo);
		}
	}
}

/* ---- bytes -------------------------------------------------------------------------------- */

/* Take ^P^Q out of what was typed; a ^P alone is passed on with what follows it. */
static size_t keys_filter(struct session *s, char *bytes, const char *typed, size_t size)
{
	size_t n = 0;

	for (size_t i = 0; i < size; i++) {
		if (s->key_1_seen && typed[i] == KEY_DETACH_2) {
			s->result.detached = true;
			return n;
		}
		if (s->key_1_seen)
			bytes[n++] = KEY_DETACH_1;
		s->key_1_seen = s->relay->detach_keys && typed[i] == KEY_DETACH_1;
		if (!s->key_1_seen)
			bytes[n++] = typed[i];
	}
	return n;
}

static void input_read(struct session *s)
{
	char typed[CHUNK / 2];
	ssize_t n = read(STDIN_FILENO, typed, sizeof(typed));

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	s->in.start = 0;
	if (n > 0) {
		s->in.end = keys_filter(s, s->in.bytes, typed, (size_t)n);
		return;
	}
	/* The end of a file or pipe is the end of input to the node as well. */
	s->input_open = false;
	s->in.bytes[0] = KEY_EOF;
	s->in.end = 1;
}

static void flow_write(struct flow *flow, int fd, bool *open)
{
	ssize_t n = write(fd, flow->bytes + flow->start, flow->end - flow->start);

	if (n > 0)
		flow->start += (size_t)n;
	else if (n < 0 && errno != EAGAIN && errno != EINTR) {
		*open = false;
		flow->start = flow->end;
	}
}

/* False when the terminal has nothing more to say for now. */
static bool output_read(struct session *s)
{
	ssize_t n = read(s->relay->master, s->out.bytes, sizeof(s->out.bytes));

	s->out.start = 0;
	s->out.end = n > 0 ? (size_t)n : 0;
	return n > 0;
}

/*
 * What the node wrote before it ended. Whoever reads it may be slow: as long as
 * nobody told us to end, that is his right.
 */
static void output_drain(struct session *s)
{
	while (s->relay->master >= 0 && s->output_open) {
		struct pollfd fds[] = {{.fd = STDOUT_FILENO, .events = POLLOUT},
				       {.fd = s->signals, .events = POLLIN}};
		int n;

		if (s->out.start == s->out.end && !output_read(s))
			return;
		n = poll(fds, 2, s->told_to_end ? DRAIN_PATIENCE_MS : -1);
		if (n == 0)
			return;
		if (n < 0)
			continue;
		if (fds[1].revents)
			on_signals(s);
		if (fds[0].revents)
			flow_write(&s->out, STDOUT_FILENO, &s->output_open);
	}
}

/* ---- the channel ----------------------------------------------------------------------------- */

static void on_channel(struct session *s, bool *open)
{
	struct channel_input input;

	if (channel_read(s->relay->channel, &input, NULL) < 0) {
		*open = false;
		return;
	}
	for (size_t i = 0; i < input.fd_count; i++)
		close(input.fds[i]);
	if (input.message.type == INIT_MESSAGE_SERVICE && s->relay->on_line)
		s->relay->on_line(s->relay->data, input.message.error.message);
}

static void on_log(struct session *s, bool *ret_ended)
{
	if (seccomp_log_dispatch(s->relay->log, ret_ended, NULL) < 0)
		*ret_ended = true;
}

/* ---- time -------------------------------------------------------------------------------- */

/* First the polite signal, then the other; returns what poll() may wait. */
static int deadline_check(struct session *s)
{
	if (clock_has_passed(s->deadline_ms)) {
		s->relay->on_signal(s->relay->data, s->result.timed_out ? SIGKILL : SIGTERM);
		s->deadline_ms = clock_deadline(s->result.timed_out ? -1 : TIMEOUT_GRACE_MS);
		s->result.timed_out = true;
	}
	return clock_poll_timeout(s->deadline_ms);
}

/* ---- the loop ---------------------------------------------------------------------------- */

enum {
	POLL_PROCESS,
	POLL_SIGNALS,
	POLL_CHANNEL,
	POLL_STDIN,
	POLL_MASTER,
	POLL_STDOUT,
	POLL_LOG,
	POLL_COUNT
};

static void poll_set(const struct session *s, struct pollfd *fds)
{
	bool in_waits = s->in.start < s->in.end, out_waits = s->out.start < s->out.end;
	bool terminal = s->relay->master >= 0 && s->master_open;

	for (int i = 0; i < POLL_COUNT; i++)
		fds[i] = (struct pollfd){.fd = -1, .events = POLLIN};
	fds[POLL_PROCESS].fd = s->relay->pidfd;
	fds[POLL_SIGNALS].fd = s->signals;
	if (s->channel_open)
		fds[POLL_CHANNEL].fd = s->relay->channel;
	if (terminal && s->input_open && !in_waits)
		fds[POLL_STDIN].fd = STDIN_FILENO;
	if (terminal)
		fds[POLL_MASTER] = (struct pollfd){
			.fd = s->relay->master,
			.events = (short)((in_waits ? POLLOUT : 0) | (out_waits ? 0 : POLLIN)),
		};
	if (s->relay->log && !s->log_ended)
		fds[POLL_LOG].fd = seccomp_log_fd(s->relay->log);
	if (out_waits)
		fds[POLL_STDOUT] = (struct pollfd){.fd = STDOUT_FILENO, .events = POLLOUT};
}

/* One end after the other is gone: those are not polled any more, or poll() would spin. */
static void on_events(struct session *s, const struct pollfd *fds)
{
	short master = fds[POLL_MASTER].revents;

	if (fds[POLL_SIGNALS].revents)
		on_signals(s);
	if (fds[POLL_CHANNEL].revents)
		on_channel(s, &s->channel_open);
	if (fds[POLL_LOG].revents)
		on_log(s, &s->log_ended);
	if (fds[POLL_STDIN].revents)
		input_read(s);
	if (master & POLLOUT)
		flow_write(&s->in, s->relay->master, &s->input_open);
	if (master & (POLLIN | POLLHUP) && s->out.start == s->out.end && !output_read(s) &&
	    master & POLLHUP)
		s->master_open = false;
	if (fds[POLL_STDOUT].revents)
		flow_write(&s->out, STDOUT_FILENO, &s->output_open);
}

static void session_loop(struct session *s)
{
	struct pollfd fds[POLL_COUNT];

	do {
		poll_set(s, fds);
		if (poll(fds, POLL_COUNT, deadline_check(s)) < 0)
			continue;
		on_events(s, fds);
		if (fds[POLL_PROCESS].revents) {
			output_drain(s);
			return;
		}
	} while (!s->result.detached);
}

int relay_run(const struct relay *relay, struct relay_result *ret, struct ncrun_error *err)
{
	_cleanup_(session_done) struct session session = {
		.relay = relay,
		.signals = -1,
		.input_open = true,
		.output_open = true,
		.channel_open = relay->channel >= 0,
		.master_open = true,
		.deadline_ms = clock_deadline(relay->timeout_ms ? (int64_t)relay->timeout_ms : -1),
	};
	int r;

	r = signals_take(&session, err);
	if (r < 0)
		return r;
	terminal_raw(&session);
	size_copy(&session);
	session_loop(&session);
	*ret = session.result;
	return 0;
}
