/* SPDX-License-Identifier: Apache-2.0 */

#include "base/array.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

int array_grow(void **items, size_t count, size_t size)
{
	void *grown;

	if (count & (count - 1)) /* not full: that is at 0, 1, 2, 4, ... */
		return 0;
	grown = reallocarray(*items, count ? count * 2 : 1, size);
	if (!grown)
		return -ENOMEM;
	*items = grown;
	return 0;
}

void *array_add(void **items, size_t *count, size_t size)
{
	char *added;

	if (array_grow(items, *count, size) < 0)
		return NULL;
	added = (char *)*items + *count * size;
	(*count)++;
	return memset(added, 0, size);
}
