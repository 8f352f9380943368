/* SPDX-License-Identifier: Apache-2.0 */

/* Which limits nodes can have. */

#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "base/text.h"
#include "cgroups/cgroups.h"
#include "runtime/machine.h"

static const struct {
	const char *item;
	enum cgroup_controller bit;
	enum ncrun_finding_state lack;
	const char *cost, *remedy;
} controllers[] = {
	{"cpu", CGROUP_CONTROLLER_CPU, NCRUN_FINDING_MISSING, "no CPU limits",
	 "a kernel with CONFIG_CGROUP_SCHED and CONFIG_CFS_BANDWIDTH"},
	{"memory", CGROUP_CONTROLLER_MEMORY, NCRUN_FINDING_MISSING,
	 "no memory limits; a node killed for lack of memory is not told from others",
	 "boot with cgroup_enable=memory"},
	{"pids", CGROUP_CONTROLLER_PIDS, NCRUN_FINDING_MISSING,
	 "no limit on processes: a fork bomb in a node is one of the machine",
	 "a kernel with CONFIG_CGROUP_PIDS"},
	{"io", CGROUP_CONTROLLER_IO, NCRUN_FINDING_MISSING, "no disk limits",
	 "a kernel with CONFIG_BLK_CGROUP"},
	{"cpuset", CGROUP_CONTROLLER_CPUSET, NCRUN_FINDING_MISSING, "no pinning to CPUs",
	 "a kernel with CONFIG_CPUSETS"},
	{"freezer", CGROUP_CONTROLLER_FREEZER, NCRUN_FINDING_MISSING, "no pausing of nodes",
	 "mount cgroup v2 (Linux 5.2 or newer)"},
	{"devices", CGROUP_CONTROLLER_DEVICES, NCRUN_FINDING_DEGRADED,
	 "only namespaces and mounts keep devices from nodes", "mount cgroup v2"},
	{"hugetlb", CGROUP_CONTROLLER_HUGETLB, NCRUN_FINDING_DEGRADED, "no limit on huge pages",
	 "a kernel with CONFIG_CGROUP_HUGETLB"},
};

static void examine_mode(struct examination *examination, const struct cgroup_layout *layout)
{
	static const char *const details[] = {
		[CGROUP_MODE_NONE] = "not mounted",
		[CGROUP_MODE_UNIFIED] = "v2",
		[CGROUP_MODE_HYBRID] = "v1, with v2 beside it",
		[CGROUP_MODE_LEGACY] = "v1",
	};
	static const struct {
		enum ncrun_finding_state state;
		const char *cost, *remedy;
	} judgements[] = {
		[CGROUP_MODE_NONE] = {NCRUN_FINDING_MISSING, "no limits at all",
				      "mount -t cgroup2 none /sys/fs/cgroup"},
		[CGROUP_MODE_UNIFIED] = {NCRUN_FINDING_OK, NULL, NULL},
		[CGROUP_MODE_HYBRID] = {NCRUN_FINDING_DEGRADED,
					"a group in each of several hierarchies for one node",
					"boot with systemd.unified_cgroup_hierarchy=1"},
		[CGROUP_MODE_LEGACY] = {NCRUN_FINDING_DEGRADED,
					"as below; no pressure figures, no start inside the limits",
					"boot with systemd.unified_cgroup_hierarchy=1"},
	};
	const struct ncrun_finding finding = {
		.area = "cgroups",
		.item = "layout",
		.state = judgements[layout->mode].state,
		.cost = judgements[layout->mode].cost,
		.remedy = judgements[layout->mode].remedy,
	};

	examination_add(examination, &finding, "%s", details[layout->mode]);
}

static void examine_controllers(struct examination *examination, const struct cgroup_layout *layout)
{
	for (size_t i = 0; i < sizeof(controllers) / sizeof(controllers[0]); i++) {
		struct ncrun_finding finding = {
			.area = "cgroups",
			.item = controllers[i].item,
			.cost = controllers[i].cost,
			.remedy = controllers[i].remedy,
		};
		bool v1 = layout->v1 & controllers[i].bit, v2 = layout->v2 & controllers[i].bit;

		if (!v1 && !v2)
			finding.state = controllers[i].lack;
		examination_add(examination, &finding, "%s",
				v1 && v2 ? "v1 and v2"
				: v1     ? "v1"
				: v2     ? "v2"
					 : "not there");
	}
}

/** The directory of the v2 group we are in; -1 when that cannot be found. */
static int own_group_open(const struct cgroup_layout *layout)
{
	_cleanup_free_ char *groups = NULL;
	_cleanup_text_ struct text path = {0};
	struct ncrun_error ignored = {0};
	char *line, *rest = NULL;

	if (!layout->v2_path[0] ||
	    file_read_at(AT_FDCWD, "/proc/self/cgroup", 65536, &groups, NULL, &ignored) < 0)
		return -1;
	for (line = strtok_r(groups, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
		if (!text_starts_with(line, "0::/"))
			continue;
		text_printf(&path, "%s%s", layout->v2_path, line + 3);
		return open(text_string(&path), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	}
	return -1;
}

/** Have a child born into the group it would be in anyway. */
static int try_clone_into(int group_fd)
{
	struct clone_args args = {.flags = CLONE_INTO_CGROUP, .cgroup = (uint64_t)group_fd};
	long pid = syscall(SYS_clone3, &args, sizeof(args));

	if (pid == 0)
		_exit(0);
	if (pid < 0)
		return errno;
	while (waitpid((pid_t)pid, NULL, __WALL) < 0)
		if (errno != EINTR)
			return errno;
	return 0;
}

static void examine_clone_into(struct examination *examination, const struct cgroup_layout *layout)
{
	_cleanup_close_ int group = own_group_open(layout);
	struct ncrun_finding finding = {
		.area = "cgroups",
		.item = "start inside",
		.cost = "a node is put into its limits after it was made, which is slower",
		.remedy =
			"mount cgroup v2, run Linux 5.7 or newer; as a user, have a group delegated",
	};
	int code = group < 0 ? ENOENT : try_clone_into(group);

	if (code)
		finding.state = NCRUN_FINDING_DEGRADED;
	examination_add(examination, &finding, "%s",
			group < 0 ? "no v2 group to be in"
			: code    ? strerrordesc_np(code)
				  : "works");
}

/** A user needs a group handed over by systemd. */
static void examine_delegation(struct examination *examination, const struct cgroup_layout *layout)
{
	_cleanup_close_ int group = own_group_open(layout);
	struct ncrun_finding finding = {
		.area = "cgroups",
		.item = "delegation",
		.cost = "no limits for nodes of this user",
		.remedy = "systemd-run --user --scope -p Delegate=yes ncrun ..., or run as root",
	};

	if (examination->root)
		return;
	if (group < 0 || faccessat(group, "cgroup.procs", W_OK, AT_EACCESS) < 0)
		finding.state = NCRUN_FINDING_MISSING;
	examination_add(examination, &finding, "%s",
			finding.state ? "this user's group is not its own" : "works");
}

void machine_examine_cgroups(struct examination *examination)
{
	struct cgroup_layout layout = {0};
	struct ncrun_error err = {0};

	if (cgroup_layout_read("/proc/self/mountinfo", &layout, &err) < 0) {
		const struct ncrun_finding finding = {
			.area = "cgroups",
			.item = "layout",
			.state = NCRUN_FINDING_MISSING,
			.cost = "no limits at all",
			.remedy = "mount /proc",
		};

		examination_add(examination, &finding, "%s", err.message);
		return;
	}
	examine_mode(examination, &layout);
	examine_controllers(examination, &layout);
	examine_clone_into(examination, &layout);
	examine_delegation(examination, &layout);
}
