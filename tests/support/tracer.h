/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* A command whose calls or instructions are counted, and which is killed or told an error at one.
 */

struct tracer_fault {
	int64_t at;        /* the call, from 1 on; 0 for none */
	bool at_exit;      /* killed when the call was made, not before */
	bool tree;         /* its children, too, until they run what is not ncrun */
	bool sticky;       /* each call from there on fails */
	bool changing;     /* not those that change nothing but for their own process */
	const char *only;  /* names, a comma between them: other calls are not counted */
	const char *error; /* a name, "any" that this call may well have; NULL is SIGKILL */
	size_t turn;       /* which of "any", from 0 on */
	int64_t timeout_ms;
	bool steps; /* none: count instructions instead of calls */
};

struct tracer_outcome {
	int64_t calls; /* counted, or instructions */
	int status;    /* the command's, as of a shell */
	bool killed;   /* and it ended by a signal */
	bool timed_out;
	bool hit;
	char call[32];     /* that was hit first */
	const char *error; /* and what it was told, or "KILL" */
	size_t errors;     /* that it could have been told */
	size_t process;    /* whose it was: 1 is the command */
};

/** Runs @argv; where that cannot be traced, -1 and errno. */
int tracer_run(const struct tracer_fault *fault, char *const *argv, struct tracer_outcome *ret);
