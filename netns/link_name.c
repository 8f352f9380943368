/* SPDX-License-Identifier: Apache-2.0 */

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "netns/netns.h"

static bool kernel_refuses(const char *name)
{
	if (text_equal(name, "") || text_equal(name, ".") || text_equal(name, ".."))
		return true;
	for (const char *c = name; *c; c++)
		if (*c == '/' || *c == ':' || (unsigned char)*c <= ' ' || *c == '\x7f' ||
		    (unsigned char)*c == 0xa0) /* a blank to the kernel */
			return true;
	return false;
}

int netns_name_short(const char *name, char ret[NETNS_NAME_MAX], struct ncrun_error *err)
{
	size_t length = strlen(name);

	if (length >= NETNS_ALTNAME_MAX)
		return error_set(err, EINVAL, "interface name '%.32s...': longer than %d bytes",
				 name, NETNS_ALTNAME_MAX - 1);
	if (kernel_refuses(name))
		return error_set(err, EINVAL, "interface name '%s': the kernel allows none such",
				 name);
	if (length < NETNS_NAME_MAX)
		memcpy(ret, name, length + 1);
	else
		snprintf(ret, NETNS_NAME_MAX, "%.8s-%06x", name, text_hash(name) & 0xffffffu);
	return 0;
}
