/* SPDX-License-Identifier: Apache-2.0 */

/*
 * A node's first process dies with whoever makes it, whatever it is at. Here it is stopped,
 * which stands for all that keeps it from hearing that its parent has gone.
 */

#include <errno.h>
#include <fcntl.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <ncrun/container.h>

#include "base/cleanup.h"
#include "tests/support/confined.h"
#include "tests/support/processes.h"
#include "tests/support/test.h"

#define PATIENCE_MS (5000 * test_time_factor())
#define PAUSE_MS    5

/** struct halt - the call at which the maker waits for ever: of this argument, or of any other */
struct halt {
	uint32_t number;
	size_t argument;
	uint32_t value;
	bool other;
};

/* It reads and writes limits of a child that has its namespaces, but no ids yet. */
static const struct halt before_ids = {SYS_prlimit64, 0, 0, true};
/* It seals init's program while the child makes mounts, as root of its namespace. */
static const struct halt after_ids = {SYS_fcntl, 1, F_ADD_SEALS, false};

static void halt_at(const struct halt *halt)
{
	const uint32_t at = offsetof(struct seccomp_data, args) + 8 * (uint32_t)halt->argument;
	const uint8_t same = halt->other ? 1 : 0;
	const struct sock_filter filter[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, halt->number, 0, 3),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, at),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, halt->value, same, !same),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_USER_NOTIF),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};

	if (confined_load(filter, sizeof(filter) / sizeof(filter[0]),
			  SECCOMP_FILTER_FLAG_NEW_LISTENER) < 0)
		_exit(2);
}

static pid_t maker_start(const struct halt *halt)
{
	static const char *const argv[] = {"sleep", "60", NULL};
	const struct ncrun_rlimit core = {.resource = RLIMIT_CORE};
	struct ncrun_container_spec spec = NCRUN_CONTAINER_SPEC_INIT;
	struct ncrun_container *container = NULL;
	pid_t maker = fork();

	assert_true(maker >= 0);
	if (maker > 0)
		return maker;
	spec.name = "orphan";
	spec.rootfs = "host";
	spec.argv = argv;
	spec.detach = true;
	spec.rlimits = &core;
	spec.rlimit_count = 1;
	halt_at(halt);
	_exit(ncrun_container_create(NULL, &spec, &container, NULL) == 0 ? 3 : 4);
}

static ino_t namespace_of(pid_t pid, const char *name)
{
	char path[64];
	struct stat st;

	snprintf(path, sizeof(path), "/proc/%d/ns/%s", (int)pid, name);
	return stat(path, &st) == 0 ? st.st_ino : 0;
}

static const struct process *child_of(struct process_table *table, pid_t parent)
{
	process_table_read(table, parent);
	for (size_t i = 0; i < table->count; i++)
		if (table->list[i].parent == parent)
			return &table->list[i];
	return NULL;
}

/** The child of @maker, once it has a namespace of that kind, stopped. */
static pid_t child_stop(pid_t maker, const char *kind)
{
	static struct process_table table;
	const struct process *child = NULL;
	ino_t own = namespace_of(getpid(), kind);

	for (int ms = 0; ms < PATIENCE_MS; ms += PAUSE_MS) {
		ino_t its;

		poll(NULL, 0, PAUSE_MS);
		child = child_of(&table, maker);
		its = child ? namespace_of(child->pid, kind) : 0;
		if (child && child->state == 'T')
			return child->pid;
		if (its != 0 && its != own)
			assert_int_equal(kill(child->pid, SIGSTOP), 0);
	}
	kill(maker, SIGKILL);
	fail_msg("%s", child ? "the child has got no further" : "there is no child");
	return 0;
}

static void assert_dies_with(const struct halt *halt, const char *kind)
{
	struct ncrun_clean_report report = {0};
	struct ncrun_error err = {0};
	pid_t maker = maker_start(halt), child = child_stop(maker, kind);
	_cleanup_close_ int pidfd = (int)syscall(SYS_pidfd_open, child, 0);
	struct pollfd end = {.fd = pidfd, .events = POLLIN};
	int status = 0, ended;

	assert_true(pidfd >= 0);
	assert_int_equal(kill(maker, SIGKILL), 0);
	assert_int_equal(waitpid(maker, &status, 0), maker);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);

	ended = poll(&end, 1, PATIENCE_MS);
	kill(child, SIGKILL);
	assert_int_equal(ended, 1);
	assert_ok(ncrun_clean(NULL, false, &report, &err));
	assert_int_equal(report.nodes, 1);
}

TEST(a_child_without_ids_dies_with_its_parent)
{
	assert_dies_with(&before_ids, "net");
}

TEST(a_child_that_is_root_of_its_namespace_dies_with_its_parent)
{
	assert_dies_with(&after_ids, "cgroup");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_child_without_ids_dies_with_its_parent),
		cmocka_unit_test(a_child_that_is_root_of_its_namespace_dies_with_its_parent),
	};

	if (geteuid() != 0) {
		print_message("1..0 # SKIP needs root\n");
		return 77;
	}
	return cmocka_run_group_tests_name("runtime/orphan", tests, NULL, NULL);
}
