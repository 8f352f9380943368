/* SPDX-License-Identifier: Apache-2.0 */

#include "base/name.h"

#include <errno.h>
#include <string.h>

#include "base/error.h"

#define ALPHANUMERIC "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"

int name_check(const char *what, const char *name, struct ncrun_error *err)
{
	/* no isalnum(): what is a letter must not depend on the locale */
	size_t length = name ? strspn(name, ALPHANUMERIC "_.-") : 0;

	if (length == 0 || length > 63 || name[length] || !strchr(ALPHANUMERIC, name[0]))
		return error_set(err, EINVAL,
				 "%s name '%.80s': must be 1 to 63 letters, digits, '_', '.' or "
				 "'-', the first a letter or digit",
				 what, name ? name : "");
	return 0;
}
