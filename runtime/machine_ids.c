/* SPDX-License-Identifier: Apache-2.0 */

/* The ids that nodes can have. */

#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "runtime/idmap.h"
#include "runtime/machine.h"

/** Does this user namespace have the ids that nodes are given? A container around us may not. */
static bool range_is_ours(void)
{
	struct ncrun_error ignored = {0};
	_cleanup_free_ char *text = NULL;
	char *rest = NULL;

	if (file_read_at(AT_FDCWD, "/proc/self/uid_map", 65536, &text, NULL, &ignored) < 0)
		return true;
	for (char *line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
		char *at = line;
		unsigned long inside = strtoul(at, &at, 10);
		unsigned long count;

		strtoul(at, &at, 10);
		count = strtoul(at, &at, 10);
		if (inside <= IDS_FIRST && inside + count >= IDS_FIRST + IDS_COUNT)
			return true;
	}
	return false;
}

static void examine_of_root(struct examination *examination)
{
	struct ncrun_finding finding = {
		.area = "namespaces",
		.item = "ids",
		.cost = "no ids of its own for a node",
		.remedy = "--userns host, or --userns MAP with ids of this container",
	};

	if (!range_is_ours()) {
		finding.state = NCRUN_FINDING_MISSING;
		examination_add(examination, &finding, "not in this user namespace");
		return;
	}
	examination_add(examination, &finding, "%u for each node, from %u on", IDS_COUNT,
			IDS_FIRST);
}

static void examine_of_user(struct examination *examination)
{
	struct ncrun_finding finding = {
		.area = "namespaces",
		.item = "ids",
		.cost = "a node has root and no other user",
		.remedy = "install newuidmap (apt-get install uidmap) and give this user ranges in "
			  "/etc/subuid and /etc/subgid (usermod --add-subuids, --add-subgids)",
	};
	const struct node_plan plan = {0};
	struct node_idmap map = {0};
	struct ncrun_error ignored = {0};
	int lock_fd = -1;

	if (node_idmap_plan(NULL, &plan, "", &map, &lock_fd, &ignored) < 0 || map.count < 2)
		finding.state = NCRUN_FINDING_DEGRADED;
	examination_add(examination, &finding, "%u", map.count);
}

void machine_examine_ids(struct examination *examination)
{
	if (examination->root)
		examine_of_root(examination);
	else
		examine_of_user(examination);
}
