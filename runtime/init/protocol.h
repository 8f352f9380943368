/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What ncrun and its init say to each other.
 *
 * Both are built from one tree and never meet another version, so plain structs
 * do. The library writes a struct init_config followed by what its offsets name
 * into a sealed memfd; init and every `ncrun exec` map it read-only. Messages
 * travel over a SOCK_SEQPACKET pair, one struct init_message each.
 *
 * Theory of operation: the node's first process (runtime/child.c) executes init
 * with its descriptors at the numbers that the configuration names. Init becomes
 * the parent of the node's commands, which it starts through runtime/init/spawn.c.
 * `ncrun exec` joins the node and executes the same program in exec mode, which
 * runs the same steps on itself. So there is one way into a node's program.
 */

#include <stddef.h>
#include <stdint.h>

#include <ncrun/container.h>
#include <ncrun/error.h>

#include "base/hash.h"

#define INIT_MAGIC        0x6e63696eu /* "ncin" */
#define INIT_SERVICES_MAX 64
#define INIT_HOLDS_MAX    4

/** Offset from the start of the configuration; 0 = absent. */
typedef uint32_t init_offset;

enum init_flags {
	INIT_EXEC = 1u << 0,     /* become the command; do not supervise */
	INIT_TERMINAL = 1u << 1, /* the main command gets a pseudo-terminal */
	INIT_LOG = 1u << 2,      /* output goes to the log files */
	INIT_KEEP = 1u << 3,     /* live on when the channel is closed */
	INIT_NO_NEW_PRIVS = 1u << 4,
	INIT_SECCOMP_NOTIFY = 1u << 5,
	INIT_USERNS = 1u << 6,
	INIT_HOLD = 1u << 7, /* start nothing before another INIT_MESSAGE_GO */
	INIT_IDLE = 1u << 8, /* there is no main command: its place is empty */
};

/** A list of strings: @count offsets at @offsets. */
struct init_strings {
	uint32_t count;
	init_offset offsets;
};

struct init_rlimit {
	int32_t resource;
	uint32_t reserved;
	uint64_t soft;
	uint64_t hard;
};

struct init_service {
	init_offset name;
	struct init_strings argv;
	uint32_t restart; /* enum ncrun_restart_policy */
	uint32_t max_retries;
};

struct init_config {
	uint32_t magic;
	uint32_t size; /* of all */
	uint32_t flags;
	uint32_t umask;
	uint64_t capabilities; /* bounding set of every command */
	uint64_t timeout_ms;
	uint64_t stop_grace_ms;
	uint64_t log_max_bytes;
	int32_t stop_signal;
	uint16_t rows, columns;
	uint32_t preserve_fds;
	init_offset user; /* "NAME|UID[:GROUP|GID]" */
	init_offset workdir;
	struct init_strings groups;
	struct init_strings env;
	uint32_t rlimit_count;
	init_offset rlimits; /* struct init_rlimit, aligned to 8 */
	uint32_t bpf_count;
	init_offset bpf; /* struct sock_filter, aligned to 8 */
	uint32_t seccomp_flags;
	init_offset listener_path; /* for `ncrun exec`; init has no use for them */
	init_offset listener_metadata;
	uint32_t service_count; /* the first is the main command */
	init_offset services;
	/* Descriptors, -1 = none; never below 3 + preserve_fds. */
	int32_t channel_fd; /* to the ncrun that started it */
	int32_t status_fd;  /* struct init_status, one for each service */
	int32_t listen_fd;  /* where `ncrun attach` comes in */
	int32_t log_fd[2];
	int32_t hold_fd[INIT_HOLDS_MAX]; /* locks that last as long as the node */
};

/** Written to @status_fd at index * sizeof. */
struct init_status {
	int32_t pid; /* inside the node; 0 = not running */
	uint32_t restarts;
	uint32_t cause; /* enum ncrun_cause of the last end */
	int32_t code;
	int32_t signo;
	int32_t error_code;
	int64_t started_at_ns;
	int64_t ended_at_ns;
	char step[32];
	char message[160];
	uint64_t sum; /* of all before it: see init_status_sum() */
};

/** Finds damage; what was never written is all zeros. */
static inline uint64_t init_status_sum(const struct init_status *status)
{
	return hash_bytes(HASH_START, status, offsetof(struct init_status, sum));
}

/** How a command that was never executed ends, as in a shell. */
enum init_exit {
	EXIT_NOT_RUN = 125,
	EXIT_NOT_EXECUTED = 126,
	EXIT_NOT_FOUND = 127,
};

/* Nodes that run speak it with later ncruns, too: new ones come last. */
enum init_message_type {
	/* to init */
	INIT_MESSAGE_GO = 1, /* parent to child: ids are mapped; with the mounts; start */
	INIT_MESSAGE_LEAVE,  /* the user typed the detach keys: live on */
	INIT_MESSAGE_ATTACH, /* on a connection to listen_fd: answered by TERMINAL */
	/* from init */
	INIT_MESSAGE_FAILED,   /* @step and @error; @value: one of enum init_exit */
	INIT_MESSAGE_CREATED,  /* all is made; the commands are held */
	INIT_MESSAGE_STARTED,  /* the main command has been executed */
	INIT_MESSAGE_TERMINAL, /* carries the pseudo-terminal's master */
	INIT_MESSAGE_LISTENER, /* @value: number that the sender's seccomp listener will have */
	INIT_MESSAGE_SERVICE,  /* @error.message: what became of a service */
	INIT_MESSAGE_BORN,     /* the first process has its namespaces */
};

struct init_message {
	uint32_t type;
	int32_t value;
	char step[32];
	struct ncrun_error error;
};

/** Sent with sigqueue(3) to init: pass the value on to the main command as a signal. */
#define INIT_SIGNAL_PASS 40 /* a real-time signal of both C libraries */
/** Added to that value: the command is not started again when it ends. */
#define INIT_PASS_LAST 0x100
/** Sent to init: end everything. The value is the time until KILL, in ms; -1 = the node's own. */
#define INIT_SIGNAL_STOP 41

static inline const char *init_string(const struct init_config *config, init_offset offset)
{
	return offset ? (const char *)config + offset : NULL;
}

static inline const char *init_string_at(const struct init_config *config,
					 const struct init_strings *list, uint32_t i)
{
	const init_offset *offsets = (const void *)((const char *)config + list->offsets);

	return init_string(config, offsets[i]);
}
