/* SPDX-License-Identifier: Apache-2.0 */

/* Volumes, tmpfs, resource limits, restart policies, id maps and sysctls from any text. */

#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "runtime/runtime.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_volume(const char *text)
{
	_cleanup_free_ char *copy = strdup(text);
	struct ncrun_volume volume = {0};

	if (copy && ncrun_volume_parse(copy, &volume, NULL) == 0)
		assert(*volume.source && volume.target[0] == '/');
}

static void check_tmpfs(const char *text)
{
	_cleanup_free_ char *copy = strdup(text);
	struct ncrun_tmpfs tmpfs = {0};

	if (copy && ncrun_tmpfs_parse(copy, &tmpfs, NULL) == 0)
		assert(tmpfs.target[0] == '/');
}

static void check_numbers(const char *text)
{
	struct ncrun_rlimit rlimit = {0};
	struct ncrun_id_map map = {0};
	struct ncrun_restart restart = {0};

	if (ncrun_rlimit_parse(text, &rlimit, NULL) == 0)
		assert(rlimit.soft <= rlimit.hard && rlimit.resource >= 0);
	if (ncrun_id_map_parse(text, &map, NULL) == 0)
		assert(map.count > 0 && map.inside + (map.count - 1) >= map.inside &&
		       map.outside + (map.count - 1) >= map.outside);
	if (ncrun_restart_parse(text, &restart, NULL) == 0)
		assert(restart.policy <= NCRUN_RESTART_ALWAYS);
}

static void check_sysctl(const char *text)
{
	const char *value = NULL;
	char path[256];

	if (sysctl_path(text, path, sizeof(path), &value, NULL) == 0)
		assert(path[0] != '/' && !strstr(path, "/.") && value >= text &&
		       value <= text + strlen(text));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_free_ char *text = strndup((const char *)data, size);

	if (!text)
		return 0;
	check_volume(text);
	check_tmpfs(text);
	check_numbers(text);
	check_sysctl(text);
	return 0;
}
