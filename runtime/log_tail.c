/* SPDX-License-Identifier: Apache-2.0 */

#include "runtime/log_tail.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/** struct kept_line - a line, or a part of one */
struct kept_line {
	struct kept_line *next;
	struct ncrun_log_line line; /* its pointers lead into @bytes */
	char bytes[];
};

static struct kept_line *line_copy(const struct ncrun_log_line *line)
{
	size_t service = strlen(line->service) + 1;
	struct kept_line *copy = malloc(sizeof(*copy) + service + line->length);

	if (!copy)
		return NULL;
	copy->next = NULL;
	copy->line = *line;
	copy->line.service = memcpy(copy->bytes, line->service, service);
	copy->line.text = memcpy(copy->bytes + service, line->text, line->length);
	return copy;
}

/* With all its parts: those come before its end. */
static void oldest_drop(struct log_tail *tail)
{
	bool partial = true;

	while (partial && tail->first) {
		struct kept_line *oldest = tail->first;

		partial = oldest->line.partial;
		tail->first = oldest->next;
		free(oldest);
	}
	tail->count--;
}

int log_tail_add(struct log_tail *tail, const struct ncrun_log_line *line)
{
	struct kept_line *copy = line_copy(line);

	if (!copy)
		return -ENOMEM;
	*(tail->first ? &tail->last->next : &tail->first) = copy;
	tail->last = copy;
	tail->count += !line->partial;
	if (tail->count > tail->most)
		oldest_drop(tail);
	return 0;
}

int log_tail_deliver(const struct log_tail *tail,
		     int (*line)(void *data, const struct ncrun_log_line *line), void *data)
{
	int r = 0;

	for (const struct kept_line *kept = tail->first; r == 0 && kept; kept = kept->next)
		r = line(data, &kept->line);
	return r;
}

void log_tail_clear(struct log_tail *tail)
{
	for (struct kept_line *next; tail->first; tail->first = next) {
		next = tail->first->next;
		free(tail->first);
	}
	tail->last = NULL;
	tail->count = 0;
}
