/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * init - the first process of a node: a small static program of its own.
 *
 * It runs from a sealed, unreadable memfd, allocates nothing beyond the table of a command, and
 * knows only its configuration (runtime/init/protocol.h).
 */

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "runtime/init/protocol.h"

/* ---- who a command runs as (user.c) ------------------------------------------ */

#define IDENTITY_GROUPS_MAX 128

struct identity {
	uint32_t uid;
	uint32_t gid;
	uint32_t groups[IDENTITY_GROUPS_MAX];
	uint32_t group_count;
	uint32_t listed_count; /* of these, the first are from /etc/group, the rest was asked for */
	char home[256];
};

/**
 * struct identity_request - who is asked for
 * @user:	"NAME|UID[:GROUP|GID]" or NULL for root
 * @config:	has further groups, names or numbers
 * @passwd, @group: the node's own files, by IDENTITY_OF()
 */
struct identity_request {
	const char *user;
	const struct init_config *config;
	const char *passwd, *group;
};

#define IDENTITY_OF(config)                                                                \
	(&(const struct identity_request){init_string((config), (config)->user), (config), \
					  "/etc/passwd", "/etc/group"})

/**
 * identity_resolve() - look a user up in the node's own files
 *
 * These are hostile text: regular files only, 1 MiB at most.
 */
int identity_resolve(const struct identity_request *request, struct identity *ret,
		     struct ncrun_error *err);

/* ---- becoming a command (spawn.c) ----------------------------------------------- */

/**
 * struct spawn - one command about to be executed
 * @stdio:	descriptors for 0, 1, 2; -1 = as they are
 * @terminal:	@stdio is a terminal that becomes the controlling one
 * @announce_fd: where a seccomp listener is announced, -1 = nowhere
 * @step, @error, @exit_code: set when it failed
 */
struct spawn {
	const struct init_config *config;
	const struct init_strings *argv;
	struct identity identity;
	int stdio[3];
	bool terminal;
	int announce_fd;
	char step[32];
	struct ncrun_error error;
	int exit_code;
};

/** Take every step and execute the command; returns only on failure, with @step and @error set. */
void spawn_become(struct spawn *spawn);

/** The same in a new child. Returns its pid, or a negative errno with @step and @error set. */
pid_t spawn_start(struct spawn *spawn);

/** Give back the memory that starting has used: the node may be idle for long. */
void spawn_rest(void);

/* ---- terminal (terminal.c) -------------------------------------------------------- */

/** A pseudo-terminal of the node's own devpts, verified to be one. */
int terminal_open(uint16_t rows, uint16_t columns, int *ret_master, int *ret_slave,
		  struct ncrun_error *err);

/** Hand it to the ncrun that has the other end of @channel. */
int terminal_send(int channel, int master, struct ncrun_error *err);

/* ---- messages (channel.c) --------------------------------------------------------- */

/** Send one message, with @fd attached unless it is -1. A peer that is gone is no error, but where
 * one waits for a message that there is no memory for, who sends it must end: -errno. */
int channel_send(int channel, const struct init_message *message, int fd);
/** A start has failed at @step; ncrun is to end with @exit_code. */
void channel_fail(int channel, const char *step, const struct ncrun_error *err, int exit_code);

/* ---- log files (log.c) -------------------------------------------------------------- */

struct log {
	int fd[2];
	uint64_t max_bytes;
	uint64_t written;
	int current;
	int64_t first_ns, last_ns; /* of the lines in the current one */
};

/**
 * Append what was read from a command, one line of the log for each line of it:
 * "2026-11-23T20:15:00.123456789Z stdout F main TEXT"; P in place of F when the line goes on.
 */
void log_append(struct log *log, const char *service, int stream, const char *bytes, size_t size);

/* ---- supervision (supervise.c) ------------------------------------------------------- */

/** Run the node until its main command has ended for good; returns the exit code. */
int supervise(const struct init_config *config);
