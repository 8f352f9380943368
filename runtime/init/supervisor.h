/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What supervise.c (events) and unit.c (commands) share. */

#include "runtime/init/init.h"

#define NEVER UINT64_MAX

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
	int unwritten; /* why a status could not be written first, an errno */
	struct unit units[INIT_SERVICES_MAX]; /* last: beyond @count no memory is used */
};

uint64_t now_ms(void);

/** Start a unit; on failure its status says why, and so does @spawn. */
int unit_start(struct supervisor *s, struct unit *unit, struct spawn *spawn);
bool unit_wants_restart(const struct supervisor *s, const struct unit *unit);
/** Set the time of the next start, further away each time. */
void unit_schedule(struct supervisor *s, struct unit *unit);
/** Write what is known of a unit where ncrun reads it. */
void status_write(struct supervisor *s, struct unit *unit);
/** One line for the person in front of the node. */
void tell(const struct supervisor *s, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/** The main command is gone for good: let the services end in peace, but not for long. */
void ending_begin(struct supervisor *s);
/** Send the main command its stop signal, and after @grace_ms all KILL; it is not started again. */
void stop_begin(struct supervisor *s, uint64_t grace_ms);
/** A node without a main command: take note of its beginning... */
void idle_start(struct supervisor *s);
/** ... and end it, as a command would that sleeps; @signo 0: it was stopped in good order. */
void idle_end(struct supervisor *s, int signo);
/** Whether such a command would have died of it. */
bool idle_ends_of(int signo);
/** Take note of every child that has ended. */
void reap(struct supervisor *s);
