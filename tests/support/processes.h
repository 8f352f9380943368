/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* The processes of a test, wherever they were reparented to: its guard adopts them. */

#define PROCESSES_MAX 8192

struct process {
	pid_t pid;
	pid_t parent;
	char state;
	char name[32];
	bool below; /* descends from the process asked for */
};

/** Too large for a stack. */
struct process_table {
	struct process list[PROCESSES_MAX];
	size_t count;
};

/** All processes, those below @ancestor marked. */
void process_table_read(struct process_table *table, pid_t ancestor);

/** Those of the test that we are part of marked, but us and those that we descend from. */
void process_table_read_test(struct process_table *table);
