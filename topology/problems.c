/* SPDX-License-Identifier: Apache-2.0 */

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/error.h"
#include "topology/model.h"

/** Values of a file stand in it, and may be anything. */
static char *text_escaped(const char *chars)
{
	_cleanup_text_ struct text text = {0};

	text_append_escaped(&text, chars, strlen(chars));
	return text_take(&text);
}

static void problems_append(struct problems *problems, struct place place, const char *chars)
{
	char *text = text_escaped(chars);
	struct problem *problem = NULL;

	if (text)
		problem = array_add((void **)&problems->items, &problems->count, sizeof(*problem));
	if (!problem) {
		free(text);
		problems->failed = true;
		return;
	}
	*problem = (struct problem){.place = place, .text = text};
}

int problems_add(struct problems *problems, struct place place, const char *fmt, ...)
{
	char chars[NCRUN_ERROR_MESSAGE_MAX / 2];
	va_list args;

	if (problems->failed)
		return -EINVAL;
	if (problems->count >= TOPOLOGY_PROBLEMS_MAX) {
		problems->count++;
		return -EINVAL;
	}
	va_start(args, fmt);
	vsnprintf(chars, sizeof(chars), fmt, args);
	va_end(args);
	problems_append(problems, place, chars);
	return -EINVAL;
}

size_t problems_kept(const struct problems *problems)
{
	return problems->count < TOPOLOGY_PROBLEMS_MAX ? problems->count : TOPOLOGY_PROBLEMS_MAX;
}

static int compare_places(const struct place *a, const struct place *b)
{
	if (a->line != b->line)
		return a->line < b->line ? -1 : 1;
	return a->column < b->column ? -1 : a->column > b->column;
}

void problems_sort(struct problems *problems)
{
	size_t count = problems_kept(problems);

	/* Of two at one place the one found first stays first: no qsort(). */
	for (size_t i = 1; i < count; i++) {
		struct problem moved = problems->items[i];
		size_t to = i;

		for (; to > 0 && compare_places(&problems->items[to - 1].place, &moved.place) > 0;
		     to--)
			problems->items[to] = problems->items[to - 1];
		problems->items[to] = moved;
	}
}

int problems_tell(struct problems *problems, const char *source, ncrun_problem_function *tell,
		  void *data, struct ncrun_error *err)
{
	const struct problem *first;
	char more[40] = "";

	if (problems->failed)
		return error_set(err, ENOMEM, "%s: no memory", source);
	if (problems->count == 0)
		return 0;
	problems_sort(problems);
	first = problems->items;
	for (size_t i = 0; tell && i < problems_kept(problems); i++) {
		const struct problem *problem = &problems->items[i];
		const struct ncrun_problem told = {.source = source,
						   .line = problem->place.line,
						   .column = problem->place.column,
						   .text = problem->text};

		tell(data, &told);
	}
	if (problems->count > 1)
		snprintf(more, sizeof(more), " (and %zu more)", problems->count - 1);
	if (first->place.line == 0)
		return error_set(err, EINVAL, "%s: %s%s", source, first->text, more);
	return error_set(err, EINVAL, "%s:%u:%u: %s%s", source, first->place.line,
			 first->place.column, first->text, more);
}

void problems_done(struct problems *problems)
{
	for (size_t i = 0; i < problems_kept(problems); i++)
		free(problems->items[i].text);
	free(problems->items);
	*problems = (struct problems){0};
}
