/* SPDX-License-Identifier: Apache-2.0 */

/* Any text as /etc/subuid: what is found is a range of ids that there are, and no node's root. */

#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "base/cleanup.h"
#include "runtime/idmap.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void look_for(const char *text, const char *name, uid_t uid)
{
	_cleanup_free_ char *copy = strdup(text);
	struct ncrun_id_map map = {0};

	if (!copy || !subids_parse(copy, name, uid, &map))
		return;
	assert(map.inside == 1 && map.count > 0 && map.count < IDS_COUNT);
	assert(map.outside > 0 && map.outside < UINT32_MAX &&
	       map.count <= UINT32_MAX - map.outside);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_free_ char *text = strndup((const char *)data, size);

	if (!text)
		return 0;
	look_for(text, "user", 1000);
	look_for(text, NULL, 1000);
	look_for(text, "", UINT32_MAX);
	return 0;
}
