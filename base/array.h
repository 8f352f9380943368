/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Lists that grow by one element at their end. Room is for a power of two of elements, so
 * that no capacity need be kept: of a list that was made otherwise, only what array_grow()
 * made may be given to it. */

#include <stddef.h>

/**
 * array_grow() - room for one more element
 * @items: the list, owned by the caller, who frees it; NULL if it is empty. Cast from a pointer
 *         to a list of any elements; moved by this.
 * @count: how many it has now
 * @size: of an element, in bytes
 *
 * Returns 0, or -ENOMEM: then the list is as it was.
 */
int array_grow(void **items, size_t count, size_t size);

/**
 * array_add() - one more element, zeroed, at the end
 *
 * As array_grow(), but @count is one more afterwards. Returns the element; NULL without
 * memory, and then nothing has changed.
 */
void *array_add(void **items, size_t *count, size_t size);
