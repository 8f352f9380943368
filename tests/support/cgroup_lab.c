/* SPDX-License-Identifier: Apache-2.0 */

#include "tests/support/cgroup_lab.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/text.h"
#include "cgroups/group.h"
#include "tests/support/test.h"

struct cgroup_root *cgroup_lab_root;

static char top[64];

int cgroup_lab_setup(void **state __attribute__((unused)))
{
	memset(&err, 0, sizeof(err));
	snprintf(top, sizeof(top), "ncrun-test-%d", (int)getpid());
	assert_ok(cgroup_root_open(top, NULL, &cgroup_lab_root, &err));
	return 0;
}

static void group_clear(const char *network, const char *node)
{
	_cleanup_(cgroup_unrefp) struct cgroup *cgroup = NULL;
	char path[160];

	snprintf(path, sizeof(path), "%s/%s", network, node);
	if (cgroup_open(cgroup_lab_root, path, &cgroup, &err) < 0)
		return;
	cgroup_freeze(cgroup, false, 1000, NULL);
	cgroup_kill(cgroup, NULL);
	while (waitpid(-1, NULL, WNOHANG) > 0)
		;
	(void)cgroup_lab_emptied(cgroup);
	assert_ok(cgroup_remove(cgroup_lab_root, path, &err));
}

int cgroup_lab_teardown(void **state __attribute__((unused)))
{
	_cleanup_(strings_freep) char **networks = NULL;

	assert_ok(cgroup_list(cgroup_lab_root, NULL, &networks, &err));
	for (char **network = networks; *network; network++) {
		_cleanup_(strings_freep) char **nodes = NULL;

		assert_ok(cgroup_list(cgroup_lab_root, *network, &nodes, &err));
		for (char **node = nodes; *node; node++)
			group_clear(*network, *node);
	}
	cgroup_lab_root = cgroup_root_unref(cgroup_lab_root);
	return 0;
}

void cgroup_lab_require(uint32_t controllers)
{
	uint32_t missing = controllers & ~cgroup_root_controllers(cgroup_lab_root);

	if (missing) {
		print_message("SKIP-ALLOWED: cgroup controllers 0x%x cannot be used here\n",
			      missing);
		skip();
	}
}

/* ---- where things are --------------------------------------------------------------- */

/** The mount point that has a controller, and its version; from the table of this process. */
static int controller_find(uint32_t controller, char *point, size_t size)
{
	static const struct {
		uint32_t bit;
		const char *v1, *v2;
	} names[] = {
		{CGROUP_CONTROLLER_CPU, "cpu", "cpu"},
		{CGROUP_CONTROLLER_MEMORY, "memory", "memory"},
		{CGROUP_CONTROLLER_PIDS, "pids", "pids"},
		{CGROUP_CONTROLLER_IO, "blkio", "io"},
		{CGROUP_CONTROLLER_CPUSET, "cpuset", "cpuset"},
		{CGROUP_CONTROLLER_DEVICES, "devices", NULL},
		{CGROUP_CONTROLLER_FREEZER, "freezer", NULL},
		{CGROUP_CONTROLLER_HUGETLB, "hugetlb", "hugetlb"},
	};
	struct cgroup_layout layout;
	size_t i = 0;

	assert_ok(cgroup_layout_read("/proc/self/mountinfo", &layout, &err));
	while (names[i].bit != controller)
		i++;
	if (layout.v2_path[0] && (layout.v2 & controller || !names[i].v2)) {
		snprintf(point, size, "%s", layout.v2_path);
		return 2;
	}
	snprintf(point, size, "/sys/fs/cgroup/%s", names[i].v1);
	return layout.v1 & controller ? 1 : 0;
}

int cgroup_lab_version(uint32_t controller)
{
	char point[128];

	return controller_find(controller, point, sizeof(point));
}

const char *cgroup_lab_path(const char *name, uint32_t controller)
{
	static char path[512];
	char point[128];

	controller_find(controller, point, sizeof(point));
	snprintf(path, sizeof(path), "%s%s/%s/lab/%s", point, cgroup_root_location(cgroup_lab_root),
		 top, name);
	return path;
}

const char *cgroup_lab_file(const char *name, uint32_t controller, const char *file)
{
	static char text[4096];
	char path[640];
	ssize_t n;
	int fd;

	snprintf(path, sizeof(path), "%s/%s", cgroup_lab_path(name, controller), file);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	n = fd < 0 ? 0 : read(fd, text, sizeof(text) - 1);
	if (fd >= 0)
		close(fd);
	text[n < 0 ? 0 : n] = '\0';
	text[strcspn(text, "\n")] = '\0';
	return text;
}

/* ---- groups and processes --------------------------------------------------------------- */

struct ncrun_limits cgroup_lab_limits(const char *const *words)
{
	struct ncrun_limits limits = NCRUN_LIMITS_INIT;

	for (; *words; words += 2)
		assert_ok(ncrun_limits_set(&limits, words[0], words[1], &err));
	assert_ok(ncrun_limits_check(&limits, &err));
	return limits;
}

struct cgroup *cgroup_lab_make(const char *name, uint32_t flags, const char *const *words)
{
	_cleanup_limits_ struct ncrun_limits limits = cgroup_lab_limits(words);
	struct cgroup *cgroup = NULL;
	char path[128];

	snprintf(path, sizeof(path), "lab/%s", name);
	assert_ok(cgroup_create(cgroup_lab_root, path, &limits, flags, &cgroup, &err));
	return cgroup;
}

static pid_t born_in(const struct cgroup *cgroup)
{
	struct clone_args args = {.exit_signal = SIGCHLD};
	int fd = cgroup_fd_for_clone(cgroup);

	if (fd >= 0) {
		args.flags = CLONE_INTO_CGROUP;
		args.cgroup = (uint64_t)fd;
	}
	return (pid_t)syscall(SYS_clone3, &args, sizeof(args));
}

pid_t cgroup_lab_spawn(const struct cgroup *cgroup, int (*run)(void *data), void *data)
{
	int gate[2];
	char byte;
	pid_t pid;

	assert_int_equal(pipe2(gate, O_CLOEXEC), 0);
	pid = born_in(cgroup);
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		close(gate[1]);
		_exit(read(gate[0], &byte, 1) == 1 ? run(data) : 99);
	}
	assert_true(pid > 0);
	close(gate[0]);
	assert_ok(cgroup_join(cgroup, pid, cgroup_fd_for_clone(cgroup) >= 0, &err));
	assert_int_equal(write(gate[1], "x", 1), 1);
	close(gate[1]);
	return pid;
}

int cgroup_lab_wait(pid_t pid)
{
	int status = 0;

	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

int cgroup_lab_run(const struct cgroup *cgroup, int (*run)(void *data), void *data)
{
	return cgroup_lab_wait(cgroup_lab_spawn(cgroup, run, data));
}

int cgroup_lab_sleep(void *data __attribute__((unused)))
{
	for (;;)
		pause();
}

int cgroup_lab_spin(void *data __attribute__((unused)))
{
	for (volatile unsigned int i = 0;; i++)
		;
}

int cgroup_lab_eat(void *mebibytes)
{
	size_t size = (size_t)(uintptr_t)mebibytes << 20;
	char *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (memory == MAP_FAILED)
		return 98;
	for (size_t i = 0; i < size; i += 4096)
		memory[i] = 1;
	return 0;
}

bool cgroup_lab_populated(const struct cgroup *cgroup)
{
	bool populated = false;

	for (size_t i = 0; !populated && i < cgroup->root->count; i++)
		if (cgroup->fds[i] >= 0)
			assert_int_equal(cgroup->root->hierarchies[i].backend->is_populated(
						 cgroup->fds[i], &populated),
					 0);
	return populated;
}

bool cgroup_lab_emptied(const struct cgroup *cgroup)
{
	for (int i = 0; i < 500 * test_time_factor() && cgroup_lab_populated(cgroup); i++)
		usleep(10000);
	return !cgroup_lab_populated(cgroup);
}
