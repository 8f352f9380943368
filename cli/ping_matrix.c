/* SPDX-License-Identifier: Apache-2.0 */

#include "cli/ping_matrix.h"

#include <inttypes.h>
#include <string.h>

#include "base/text.h"
#include "cli/json.h"
#include "cli/output.h"

#define US_PER_MS   1000.0
#define CELL_WIDTH  11 /* "12.345 100%" */
#define MATRIX_MOST 20 /* nodes: 240 columns */
#define LOST_MOST   50 /* lines of a list */

struct json_object *json_from_ping(const struct ncrun_ping_result *result)
{
	struct json_object *object = json_object_new_object();

	json_put_text(object, "from", result->from);
	json_put_text(object, "to", result->to);
	json_put_text(object, "address", result->address[0] ? result->address : NULL);
	json_put_number(object, "sent", result->sent);
	json_put_number(object, "received", result->received);
	if (result->received > 0) {
		json_put_number(object, "min_us", result->min_us);
		json_put_number(object, "average_us", result->average_us);
		json_put_number(object, "max_us", result->max_us);
		json_put_number(object, "deviation_us", result->deviation_us);
	}
	json_put_text(object, "failure", result->failure);
	if (result->failure_from[0])
		json_put_text(object, "failure_from", result->failure_from);
	return object;
}

/** How many others the first node asks: the rows have so many cells, and one more. */
static size_t others(const struct ncrun_ping_result *results, size_t count)
{
	size_t n = 0;

	while (n < count && text_equal(results[n].from, results[0].from))
		n++;
	return n;
}

static void cell_print(struct text *out, const struct ncrun_ping_result *result)
{
	_cleanup_text_ struct text cell = {0};
	uint32_t lost = result->sent - result->received;

	if (result->received > 0)
		text_printf(&cell, "%.3f", (double)result->min_us / US_PER_MS);
	if (result->received == 0)
		text_append(&cell, "x");
	else if (lost > 0)
		text_printf(&cell, " %.0f%%", 100.0 * lost / result->sent);
	text_printf(out, " %*s", CELL_WIDTH, text_string(&cell));
}

static void matrix(struct text *out, const struct ncrun_ping_result *results, size_t row)
{
	size_t names = row + 1, width = 4;

	for (size_t i = 0; i < names; i++) {
		size_t length = strlen(results[i * row].from);

		width = length > width ? length : width;
	}
	text_printf(out, "%*s", (int)width, "");
	for (size_t i = 0; i < names; i++)
		text_printf(out, " %*.*s", CELL_WIDTH, CELL_WIDTH, results[i * row].from);
	text_append(out, "\n");
	for (size_t from = 0; from < names; from++) {
		text_printf(out, "%-*s", (int)width, results[from * row].from);
		for (size_t to = 0; to < names; to++) {
			if (from == to)
				text_printf(out, " %*s", CELL_WIDTH, "-");
			else
				cell_print(out, &results[from * row + to - (to > from)]);
		}
		text_append(out, "\n");
	}
}

/** Those that lost something, one a line. */
static void lost_list(struct text *out, const struct ncrun_ping_result *results, size_t count)
{
	size_t lines = 0;

	for (size_t i = 0; i < count; i++) {
		const struct ncrun_ping_result *result = &results[i];

		if (result->sent > 0 && result->received == result->sent)
			continue;
		if (lines++ >= LOST_MOST)
			continue;
		text_printf(out, "%s to %s: %" PRIu32 " of %" PRIu32 " lost%s%s\n", result->from,
			    result->to, result->sent - result->received, result->sent,
			    result->failure ? ": " : "", result->failure ? result->failure : "");
	}
	if (lines > LOST_MOST)
		text_printf(out, "... and %zu more pairs\n", lines - LOST_MOST);
}

/** Why pairs had no answer, in the words for each of them. */
static void reasons(struct text *out, const struct ncrun_ping_result *results, size_t count)
{
	_cleanup_(strings_freep) char **told = NULL;

	for (size_t i = 0; i < count; i++) {
		const char *failure = results[i].failure;
		size_t same = 0;

		if (results[i].received > 0 || !failure ||
		    strings_contain((const char *const *)told, failure))
			continue;
		for (size_t other = i; other < count; other++)
			same += results[other].received == 0 && results[other].failure &&
				text_equal(results[other].failure, failure);
		text_printf(out, "x: %s (", failure);
		print_count(out, same, "pair");
		text_append(out, ")\n");
		if (strings_append(&told, failure) < 0)
			return;
	}
}

static void last_line(struct text *out, const struct ncrun_ping_result *results, size_t count)
{
	int64_t min = -1, max = -1;
	uint64_t sent = 0, received = 0;
	size_t silent = 0;

	for (size_t i = 0; i < count; i++) {
		sent += results[i].sent;
		received += results[i].received;
		silent += results[i].received == 0;
		if (results[i].received == 0)
			continue;
		if (min < 0 || results[i].min_us < min)
			min = results[i].min_us;
		if (results[i].max_us > max)
			max = results[i].max_us;
	}
	print_count(out, count, "pair");
	text_printf(out, ": %" PRIu64 " sent, %" PRIu64 " received, %.4g%% lost", sent, received,
		    sent ? 100.0 * (double)(sent - received) / (double)sent : 0);
	if (min >= 0)
		text_printf(out, ", %.3f to %.3f ms", (double)min / US_PER_MS,
			    (double)max / US_PER_MS);
	if (silent > 0) {
		text_append(out, ", ");
		print_count(out, silent, "pair");
		text_append(out, " without any answer");
	}
	text_append(out, "\n");
}

void ping_matrix_print(const struct ncrun_ping_result *results, size_t count, bool summary)
{
	_cleanup_text_ struct text out = {0};
	size_t row = others(results, count);

	if (!summary && count > 0 && row < MATRIX_MOST) {
		matrix(&out, results, row);
		reasons(&out, results, count);
	} else if (!summary)
		lost_list(&out, results, count);
	last_line(&out, results, count);
	text_print(&out);
}
