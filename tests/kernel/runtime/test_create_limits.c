/* SPDX-License-Identifier: Apache-2.0 */

/* What is told of the limits of a node that was made first and is started later. */

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "runtime/container.h"
#include "tests/support/test.h"

#define MUCH ((size_t)64 << 20)

/** A process that uses more memory than the node may, in its group: the kernel kills it. */
static void use_up(struct ncrun_container *node)
{
	_cleanup_(cgroup_unrefp) struct cgroup *group = NULL;
	struct ncrun_error err = {0};
	int status, gate[2];
	char byte = 0;
	pid_t pid;

	assert_ok(node_group_open(&node->dir, &group, &err));
	assert_int_equal(pipe(gate), 0);
	pid = fork();
	if (pid == 0) {
		char *memory = mmap(NULL, MUCH, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
				    -1, 0);

		if (read(gate[0], &byte, 1) != 1 || memory == MAP_FAILED)
			_exit(1);
		memset(memory, 1, MUCH);
		_exit(2);
	}
	assert_ok(cgroup_join(group, pid, false, &err));
	assert_int_equal(write(gate[1], &byte, 1), 1);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status));
	close(gate[0]);
	close(gate[1]);
}

/** What is told of a call in it that had no memory; "" = nothing of the limit. */
static void assert_no_memory_is_told(const struct ncrun_container *node, const char *expected)
{
	_cleanup_(cgroup_unrefp) struct cgroup *group = NULL;
	struct ncrun_error err = {0};

	assert_ok(node_group_open(&node->dir, &group, &err));
	assert_int_equal(node_blame_limits(group, -ENOMEM, &err), -ENOMEM);
	assert_string_equal(err.message, expected);
}

TEST(the_limit_that_a_created_node_has_is_blamed_whatever_became_of_who_asked)
{
	static const char *const argv[] = {"sleep", "60", NULL};
	struct ncrun_container_spec spec = NCRUN_CONTAINER_SPEC_INIT;
	struct ncrun_limits limits = NCRUN_LIMITS_INIT;
	struct ncrun_container *node = NULL;
	struct ncrun_error err = {0};
	const struct ncrun_container_info *info = NULL;
	int r;

	spec.name = "small";
	spec.rootfs = "host";
	spec.argv = argv;
	spec.detach = true;
	spec.limits = &limits;
	limits.memory_max = 16 << 20;
	r = ncrun_container_create(NULL, &spec, &node, &err);
	if (r == -ENOTSUP) {
		print_message("SKIP-ALLOWED: %s\n", err.message);
		skip();
	}
	assert_int_equal(r, 0);
	limits.memory_max = 1 << 30; /* whoever made it may have returned by now */
	assert_ok(ncrun_container_info(node, &info, &err));
	assert_no_memory_is_told(node, "");
	use_up(node);
	assert_no_memory_is_told(node, "memory '16M': too little to start: the kernel gave the "
				       "node's first process no more");
	kill(info->pid, SIGKILL);

	assert_fails(ncrun_container_start_created(node, &err), ENOMEM);
	assert_string_equal(err.message, "memory '16M': too little to start: the kernel killed "
					 "the node's first process");
	ncrun_container_unref(node);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			the_limit_that_a_created_node_has_is_blamed_whatever_became_of_who_asked),
	};

	return cmocka_run_group_tests_name("runtime/create_limits", tests, NULL, NULL);
}
