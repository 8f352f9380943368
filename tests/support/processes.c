/* SPDX-License-Identifier: Apache-2.0 */

#include "tests/support/processes.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"

/* A name in /proc/PID/stat may hold anything, parentheses too: the last one ends it. */
static bool process_read(const char *pid, struct process *ret)
{
	_cleanup_fclose_ FILE *file = NULL;
	char path[64];
	char line[512];
	char *name;
	char *end;

	snprintf(path, sizeof(path), "/proc/%.20s/stat", pid);
	file = fopen(path, "re");
	if (!file || !fgets(line, sizeof(line), file))
		return false;
	name = strchr(line, '(');
	end = strrchr(line, ')');
	if (!name || !end || strlen(end) < 5)
		return false;
	*end = '\0';
	*ret = (struct process){
		.pid = (pid_t)strtol(pid, NULL, 10),
		.parent = (pid_t)strtol(end + 4, NULL, 10),
		.state = end[2],
	};
	snprintf(ret->name, sizeof(ret->name), "%.31s", name + 1);
	return true;
}

static struct process *process_find(struct process_table *table, pid_t pid)
{
	for (size_t i = 0; i < table->count; i++)
		if (table->list[i].pid == pid)
			return &table->list[i];
	return NULL;
}

/* The order of /proc says nothing of parents. */
void process_table_read(struct process_table *table, pid_t ancestor)
{
	DIR *proc = opendir("/proc");
	const struct dirent *entry;
	bool changed = true;

	table->count = 0;
	while (proc && table->count < PROCESSES_MAX && (entry = readdir(proc)))
		if (entry->d_name[0] >= '1' && entry->d_name[0] <= '9' &&
		    process_read(entry->d_name, &table->list[table->count]))
			table->count++;
	if (proc)
		closedir(proc);
	while (changed) {
		changed = false;
		for (size_t i = 0; i < table->count; i++) {
			struct process *process = &table->list[i];
			const struct process *parent = process_find(table, process->parent);

			if (process->below || !parent ||
			    (parent->pid != ancestor && !parent->below))
				continue;
			process->below = changed = true;
		}
	}
}

void process_table_read_test(struct process_table *table)
{
	const char *text = getenv("NCRUN_TEST_GUARD");
	pid_t guarded = text ? (pid_t)strtol(text, NULL, 10) : 1;

	process_table_read(table, guarded);
	for (pid_t pid = getpid(); pid > 1 && pid != guarded;) {
		struct process *self = process_find(table, pid);

		if (!self)
			break;
		self->below = false;
		pid = self->parent;
	}
}
