/* SPDX-License-Identifier: Apache-2.0 */

#include "base/nearest.h"

#include <string.h>

#define WORD_MAX 48 /* longer ones are nobody's typing mistake */

static size_t least(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* Optimal string alignment: three rows of the table are enough for swaps. */
static size_t distance(const char *a, size_t a_length, const char *b, size_t b_length)
{
	size_t rows[3][WORD_MAX + 1];
	size_t *before = rows[0], *above = rows[1], *row = rows[2];

	for (size_t j = 0; j <= b_length; j++)
		above[j] = j;
	for (size_t i = 1; i <= a_length; i++) {
		size_t *oldest = before;

		row[0] = i;
		for (size_t j = 1; j <= b_length; j++) {
			size_t changed = above[j - 1] + (a[i - 1] != b[j - 1]);

			row[j] = least(changed, 1 + least(above[j], row[j - 1]));
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
				row[j] = least(row[j], before[j - 2] + 1);
		}
		before = above;
		above = row;
		row = oldest;
	}
	return above[b_length];
}

void nearest_consider(struct nearest *nearest, const char *typed, const char *known)
{
	size_t typed_length = strlen(typed), known_length = strlen(known);
	size_t allowed = least(3, (known_length + 2) / 3), found;

	if (typed_length == 0 || typed_length > WORD_MAX || known_length > WORD_MAX)
		return;
	found = distance(typed, typed_length, known, known_length);
	/* the beginning of a word is as good as a single mistake */
	if (typed_length >= 3 && strncmp(typed, known, typed_length) == 0)
		found = least(found, 1);
	if (found > allowed || found >= known_length ||
	    (nearest->word && found >= nearest->distance))
		return;

	nearest->word = known;
	nearest->distance = found;
}
