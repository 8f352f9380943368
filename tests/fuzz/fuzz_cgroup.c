/* SPDX-License-Identifier: Apache-2.0 */

/* Any text as a mount table, a process's groups and each of the kernel's accounting files. */

#include <assert.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/file.h"
#include "base/text.h"
#include "cgroups/group.h"
#include "cgroups/mount.h"
#include "cgroups/stats.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void read_mounts(const char *text)
{
	_cleanup_free_ char *copy = strdup(text);
	struct cgroup_mount mount;
	char *rest = copy;
	const char *end = copy ? copy + strlen(copy) : NULL;

	while (copy && mount_next(&rest, &mount)) {
		const char *const parts[] = {mount.root, mount.point, mount.type, mount.options};

		for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
			assert(parts[i] >= copy && parts[i] + strlen(parts[i]) <= end);
		controllers_parse(mount.options, ",", false);
	}
}

static void read_layout(const char *text)
{
	_cleanup_close_ int fd = memfd_create("mountinfo", MFD_CLOEXEC);
	struct cgroup_layout layout;
	char path[64];

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	if (fd >= 0 && file_write_all(fd, text, strlen(text), NULL) == 0 &&
	    cgroup_layout_read(path, &layout, NULL) == 0)
		assert(memchr(layout.v2_path, '\0', sizeof(layout.v2_path)));
}

static void read_hierarchies(const char *text)
{
	struct cgroup_root root = {.text = strdup(text)};
	const char *end = root.text ? root.text + strlen(root.text) : NULL;

	if (!root.text)
		return;
	hierarchies_parse(&root);
	assert(root.count >= 1 && root.count <= HIERARCHIES_MAX);
	for (size_t i = 0; i < root.count; i++) {
		const struct hierarchy *hierarchy = &root.hierarchies[i];

		if (!hierarchy->backend)
			continue;
		assert(hierarchy->names > root.text && hierarchy->names <= end);
		assert(hierarchy->own[0] == '/' && hierarchy->own + strlen(hierarchy->own) <= end);
		assert((hierarchy->backend == &v2_backend) == (*hierarchy->names == '\0'));
	}
	free(root.text);
}

static void read_controllers(const char *text, bool v2)
{
	_cleanup_free_ char *copy = strdup(text);
	uint32_t bits = copy ? controllers_parse(copy, v2 ? " \n" : ",", v2) : 0;

	for (uint32_t bit = 1; bit; bit <<= 1)
		assert(!(bits & bit) || *controller_name(bit));
}

static void check_share(uint64_t hundredths)
{
	assert(hundredths <= 10099 || hundredths == NCRUN_STAT_UNKNOWN);
}

static void read_stats(const char *text)
{
	struct ncrun_stats stats = {0};
	struct ncrun_pressure pressure = {0};

	stats_parse_pressure(text, &pressure);
	check_share(pressure.some_avg10);
	check_share(pressure.full_avg300);
	stats_parse_io(text, &stats);
	stats_parse_blkio(text, true, &stats);
	stats_parse_blkio(text, false, &stats);
	for (size_t i = 1; i < stats.io_count && i < 100; i++)
		assert(stats.io[i].major != stats.io[0].major ||
		       stats.io[i].minor != stats.io[0].minor);
	free(stats.io);
	attribute_find(text, "max");
	controller_of_file(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_free_ char *text = strndup((const char *)data, size);

	if (!text)
		return 0;
	read_mounts(text);
	read_layout(text);
	read_hierarchies(text);
	read_controllers(text, false);
	read_controllers(text, true);
	read_stats(text);
	return 0;
}
