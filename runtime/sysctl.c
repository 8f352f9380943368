/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Which files below /proc/sys belong to a namespace of the node's own. An
 * allow-list by whole components: "net/../kernel/core_pattern" and values with
 * further assignments in them were ways out (CVE-2022-0811).
 */

#include <ctype.h>
#include <errno.h>
#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "runtime/container.h"

static const char *const ipc_names[] = {
	"kernel/msgmax",     "kernel/msgmnb",
	"kernel/msgmni",     "kernel/sem",
	"kernel/shmall",     "kernel/shmmax",
	"kernel/shmmni",     "kernel/shm_rmid_forced",
	"kernel/domainname", NULL,
};

static bool component_is_sane(const char *start, size_t length)
{
	if (length == 0 || start[0] == '.')
		return false;
	for (size_t i = 0; i < length; i++)
		if (!isalnum((unsigned char)start[i]) && !strchr("_-.", start[i]))
			return false;
	return true;
}

static bool path_is_sane(const char *path)
{
	for (const char *end;; path = end + 1) {
		end = strchrnul(path, '/');
		if (!component_is_sane(path, (size_t)(end - path)))
			return false;
		if (!*end)
			return true;
	}
}

int sysctl_path(const char *assignment, char *ret_path, size_t size, const char **ret_value,
		struct ncrun_error *err)
{
	const char *equals;
	size_t length;
	bool slashes;

	if (*assignment == '-')
		assignment++;
	equals = strchr(assignment, '=');
	length = equals ? (size_t)(equals - assignment) : 0;
	if (length == 0)
		return error_set(err, EINVAL, "sysctl '%s': not NAME=VALUE", assignment);
	if (length >= size)
		return error_set(err, EINVAL, "sysctl '%.60s...': the name is too long",
				 assignment);
	if (strchr(equals, '\n'))
		return error_set(err, EINVAL, "sysctl '%.*s': the value holds a line break",
				 (int)length, assignment);
	/* Names of interfaces may hold dots: then the separator is the slash, as sysctl(8) has it.
	 */
	slashes = memchr(assignment, '/', length);
	for (size_t i = 0; i < length; i++)
		ret_path[i] = assignment[i];
	for (size_t i = 0; !slashes && i < length; i++)
		if (ret_path[i] == '.')
			ret_path[i] = '/';
	ret_path[length] = '\0';

	if (!path_is_sane(ret_path))
		return error_set(err, EINVAL, "sysctl '%.*s': not a name", (int)length, assignment);
	if (text_equal(ret_path, "kernel/hostname"))
		return error_set(err, EPERM,
				 "sysctl '%.*s': a node has its host name from --hostname",
				 (int)length, assignment);
	if (!text_starts_with(ret_path, "net/") && !text_starts_with(ret_path, "fs/mqueue/") &&
	    !strings_contain(ipc_names, ret_path))
		return error_set(err, EPERM,
				 "sysctl '%.*s': belongs to the whole machine, not to a node",
				 (int)length, assignment);
	*ret_value = equals + 1;
	return 0;
}
