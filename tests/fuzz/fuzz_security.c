/* SPDX-License-Identifier: Apache-2.0 */

/* Any text as the files of /proc that say what confines a process. */

#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/text.h"
#include "runtime/security.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/** Lines of @text; a mount has one of its own. */
static size_t lines(const char *text)
{
	size_t count = 1;

	for (; *text; text++)
		count += *text == '\n';
	return count;
}

static void read_mounts(struct ncrun_security *security, const char *text)
{
	_cleanup_free_ char *copy = strdup(text);
	size_t masked, read_only;

	if (!copy || security_mounts_parse(security, copy, NULL) < 0)
		return;
	masked = strings_count((const char *const *)security->masked);
	read_only = strings_count((const char *const *)security->read_only);
	assert(masked + read_only <= lines(text));
	for (size_t i = 0; i < masked; i++)
		assert(!strpbrk(security->masked[i], " \n"));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_free_ char *text = strndup((const char *)data, size);
	struct ncrun_security security = NCRUN_SECURITY_INIT;

	security.seccomp = strdup("default");
	if (!text || !security.seccomp)
		return 0;
	security_status_parse(&security, text);
	if (security_map_parse(text, &security.uid_maps, &security.uid_map_count, NULL) == 0)
		assert(security.uid_map_count <= size);
	read_mounts(&security, text);
	security_compare(&security, NULL, NULL, NULL);
	ncrun_security_clear(&security);
	return 0;
}
