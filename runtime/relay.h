/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include <ncrun/error.h>

struct seccomp_log;

/**
 * struct relay - what passes between this process and a command in the foreground
 * @pidfd:	the relay ends when this process has
 * @master:	the command's terminal, -1 = it has none
 * @channel:	to init, -1 = none
 * @log:	what the seccomp profile would have refused, NULL = nobody asked
 * @detach_keys: ^P^Q ends the relay
 * @timeout_ms:	then SIGTERM, 2 s later SIGKILL, by @on_signal; 0 = never
 * @on_signal:	a signal of ours that the command should get
 * @on_line:	one line for a person
 */
struct relay {
	int pidfd;
	int master;
	int channel;
	struct seccomp_log *log;
	bool detach_keys;
	uint64_t timeout_ms;
	void (*on_signal)(void *data, int signo);
	void (*on_line)(void *data, const char *line);
	void *data;
};

/** How a relay ended, but for the process's own status. */
struct relay_result {
	bool detached;  /* the detach keys were typed */
	bool timed_out; /* and the process was told to end */
};

/** Relay until the end. The terminal and the signal mask are restored. */
int relay_run(const struct relay *relay, struct relay_result *ret, struct ncrun_error *err);
