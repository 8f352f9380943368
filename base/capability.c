/* SPDX-License-Identifier: Apache-2.0 */

#include "base/capability.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/capability.h>

#include "base/error.h"
#include "base/number.h"

#define CAPABILITY_BITS 64
#define LETTERS         "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_"

int capability_parse(const char *text, unsigned int *ret, struct ncrun_error *err)
{
	const char *name = strncasecmp(text, "CAP_", 4) == 0 ? text + 4 : text;
	char canonical[40];
	cap_value_t value;
	uint64_t number;

	if (name != text &&
	    number_parse_u64("", name, 0, CAPABILITY_BITS - 1, &number, NULL) == 0) {
		*ret = (unsigned int)number;
		return 0;
	}
	/* cap_from_name(3) takes numbers as well, and stops at the first odd byte */
	if (!isalpha((unsigned char)*name) || strlen(name) > 30 || name[strspn(name, LETTERS)])
		return error_set(err, EINVAL, "unknown capability '%.40s'", text);
	snprintf(canonical, sizeof(canonical), "cap_%s", name);
	if (cap_from_name(canonical, &value) < 0)
		return error_set(err, EINVAL, "unknown capability '%.40s'", text);
	*ret = (unsigned int)value;
	return 0;
}

void capability_print(unsigned int capability, char ret[32])
{
	char *name = cap_to_name((cap_value_t)capability);
	size_t length = 0;

	if (name && strncmp(name, "cap_", 4) == 0 && strlen(name) < 32)
		for (const char *at = name + 4; *at; at++)
			ret[length++] = (char)toupper((unsigned char)*at);
	ret[length] = '\0';
	if (length == 0)
		snprintf(ret, 32, "CAP_%u", capability);
	cap_free(name);
}

uint64_t capability_all(void)
{
	/* asks the kernel itself: /proc may not be there yet */
	int count = cap_max_bits();

	return count >= CAPABILITY_BITS ? UINT64_MAX : (UINT64_C(1) << count) - 1;
}
