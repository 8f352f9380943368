/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The word that was probably meant, for "did you mean". */

#include <stddef.h>

/** struct nearest - the known word that comes closest to what was typed; zero-initialised is empty
 */
struct nearest {
	const char *word; /* borrowed; NULL = none is close enough to be meant */
	size_t distance;
};

/**
 * Look at one more known word: letters left out, put in, changed or swapped
 * count, and more than a third of the word is too many. The first of equals stays.
 */
void nearest_consider(struct nearest *nearest, const char *typed, const char *known);
