/* SPDX-License-Identifier: Apache-2.0 */

#include "runtime/log_tail.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

/** struct kept_line - a line, or a part of one: the services' come in between each other's */
struct kept_line {
	struct kept_line *next, *previous; /* in the order in which they were written */
	struct kept_line *part;            /* of the same line, before this one */
	struct kept_line *open;            /* see struct log_tail */
	uint64_t number;
	struct ncrun_log_line line; /* its pointers lead into @bytes */
	char bytes[];
};

static struct kept_line *line_copy(const struct ncrun_log_line *line)
{
	size_t service = strlen(line->service) + 1;
	struct kept_line *copy = malloc(sizeof(*copy) + service + line->length);

	if (!copy)
		return NULL;
	*copy = (struct kept_line){.line = *line};
	copy->line.service = memcpy(copy->bytes, line->service, service);
	copy->line.text = memcpy(copy->bytes + service, line->text, line->length);
	return copy;
}

/** With all its parts. */
static void line_drop(struct log_tail *tail, struct kept_line *line)
{
	for (struct kept_line *part; line; line = part) {
		part = line->part;
		*(line->previous ? &line->previous->next : &tail->first) = line->next;
		*(line->next ? &line->next->previous : &tail->last) = line->previous;
		free(line);
	}
}

static void oldest_drop(struct log_tail *tail)
{
	struct kept_line *oldest = tail->end;

	do
		tail->end = tail->end->next;
	while (tail->end && tail->end->line.partial);
	tail->dropped = oldest->number;
	tail->count--;
	line_drop(tail, oldest);
}

/** The latest part of the line that @line goes on with: it is none without an end any more. */
static struct kept_line *open_take(struct log_tail *tail, const struct ncrun_log_line *line)
{
	for (struct kept_line **at = &tail->open; *at; at = &(*at)->open) {
		struct kept_line *part = *at;

		if (part->line.stream != line->stream ||
		    !text_equal(part->line.service, line->service))
			continue;
		*at = part->open;
		return part;
	}
	return NULL;
}

int log_tail_add(struct log_tail *tail, const struct ncrun_log_line *line)
{
	struct kept_line *copy = line_copy(line);

	if (!copy)
		return -ENOMEM;
	copy->number = ++tail->number;
	copy->part = open_take(tail, line);
	copy->previous = tail->last;
	*(tail->last ? &tail->last->next : &tail->first) = copy;
	tail->last = copy;
	if (line->partial) {
		copy->open = tail->open;
		tail->open = copy;
		return 0;
	}
	if (!tail->end)
		tail->end = copy;
	if (++tail->count > tail->most)
		oldest_drop(tail);
	return 0;
}

/* Only when no more of them can come: they would be cut. */
static void open_drop_old(struct log_tail *tail)
{
	for (struct kept_line **at = &tail->open; *at;) {
		struct kept_line *line = *at;

		if (line->number > tail->dropped) {
			at = &line->open;
			continue;
		}
		*at = line->open;
		line_drop(tail, line);
	}
}

int log_tail_deliver(struct log_tail *tail,
		     int (*line)(void *data, const struct ncrun_log_line *line), void *data)
{
	int r = 0;

	open_drop_old(tail);
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
	*tail = (struct log_tail){.most = tail->most};
}
