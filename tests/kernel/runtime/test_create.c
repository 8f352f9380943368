/* SPDX-License-Identifier: Apache-2.0 */

/* Nodes that are made first and started later. */

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <ncrun/container.h>

#include "base/cleanup.h"
#include "base/process.h"
#include "runtime/runtime.h"
#include "tests/support/test.h"

#define NODES 20

static const char *const hello[] = {"sh", "-c", "echo hello >/dev/shm/told; sleep 60", NULL};

static struct ncrun_container_spec spec_of(const char *name, const char *const *argv)
{
	struct ncrun_container_spec spec = NCRUN_CONTAINER_SPEC_INIT;

	spec.name = name;
	spec.rootfs = "host";
	spec.argv = argv;
	spec.detach = true;
	return spec;
}

static struct ncrun_container *create(const char *name, const char *const *argv)
{
	struct ncrun_container_spec spec = spec_of(name, argv);
	struct ncrun_container *container = NULL;
	struct ncrun_error err = {0};

	assert_ok(ncrun_container_create(NULL, &spec, &container, &err));
	return container;
}

/** What a child does: it has no part in the tests. */
static struct ncrun_container *create_or_exit(const char *name)
{
	struct ncrun_container_spec spec = spec_of(name, hello);
	struct ncrun_container *container = NULL;

	if (ncrun_container_create(NULL, &spec, &container, NULL) < 0)
		_exit(1);
	return container;
}

static bool is_there(const char *name)
{
	_cleanup_(ncrun_container_unrefp) struct ncrun_container *container = NULL;

	return ncrun_container_open(NULL, name, &container, NULL) == 0;
}

static enum ncrun_container_state state_of(const char *name)
{
	_cleanup_(ncrun_container_unrefp) struct ncrun_container *container = NULL;
	const struct ncrun_container_info *info = NULL;
	struct ncrun_error err = {0};

	assert_ok(ncrun_container_open(NULL, name, &container, &err));
	assert_ok(ncrun_container_info(container, &info, &err));
	return info->state;
}

static void end(struct ncrun_container *container)
{
	struct ncrun_error err = {0};

	assert_ok(ncrun_container_remove(container, true, &err));
	ncrun_container_unref(container);
}

/* 'Z' for one that is gone, too. */
static int test_process_state(pid_t pid)
{
	char path[64], state = 'Z';
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	file = fopen(path, "re");
	if (file && fscanf(file, "%*d (%*[^)]) %c", &state) != 1)
		state = 'Z';
	if (file)
		fclose(file);
	return state;
}

TEST(commands_of_a_created_node_wait_until_it_is_started)
{
	static const char *const look[] = {"test", "-e", "/dev/shm/told", NULL};
	struct ncrun_exec_spec exec = NCRUN_EXEC_SPEC_INIT;
	struct ncrun_container *node = create("waits", hello);
	const struct ncrun_container_info *info = NULL;
	struct ncrun_error err = {0};
	struct ncrun_exit exit = {.code = 1};

	assert_int_equal(state_of("waits"), NCRUN_CONTAINER_STARTING);
	assert_ok(ncrun_container_info(node, &info, &err));
	assert_int_equal(info->services[0].pid, 0);
	assert_ok(ncrun_container_start_created(node, &err));
	assert_int_equal(state_of("waits"), NCRUN_CONTAINER_RUNNING);
	exec.argv = look;
	for (int tries = 0; tries < 100 && exit.code != 0; tries++) {
		poll(NULL, 0, 20);
		assert_ok(ncrun_container_exec(node, &exec, &exit, &err));
	}
	assert_int_equal(exit.code, 0);
	assert_fails(ncrun_container_start_created(node, &err), EALREADY);
	assert_string_equal(err.message, "node 'waits' has been started");
	end(node);
}

TEST(a_created_node_has_a_network_namespace_of_its_own)
{
	struct ncrun_container *node = create("wired", hello);
	char path[64];
	struct stat own, other;
	const struct ncrun_container_info *info = NULL;
	struct ncrun_error err = {0};

	assert_ok(ncrun_container_info(node, &info, &err));
	snprintf(path, sizeof(path), "/proc/%d/ns/net", (int)info->pid);
	assert_int_equal(stat("/proc/self/ns/net", &own), 0);
	assert_int_equal(stat(path, &other), 0);
	assert_true(own.st_ino != other.st_ino);
	ncrun_container_unref(node);
}

TEST(a_created_node_that_is_let_go_leaves_nothing)
{
	ncrun_container_unref(create("undone", hello));
	assert_false(is_there("undone"));
}

TEST(a_command_that_is_not_there_is_found_out_at_the_start)
{
	static const char *const nothing[] = {"/no/such/command", NULL};
	struct ncrun_container_spec spec = spec_of("nothing", nothing);
	struct ncrun_container *node = NULL;
	struct ncrun_error err = {0};
	char step[NCRUN_STEP_MAX];

	spec.ret_failed_step = step;
	assert_ok(ncrun_container_create(NULL, &spec, &node, &err));
	step[0] = 'x'; /* whoever made it may have returned by now */

	assert_int_equal(ncrun_container_start_created(node, &err), -ESRCH);
	assert_int_equal(step[0], 'x');
	assert_non_null(strstr(err.message, "/no/such/command"));
	ncrun_container_unref(node);
	assert_false(is_there("nothing"));
}

TEST(a_created_node_dies_with_its_maker_and_is_left_to_clean)
{
	struct ncrun_clean_report report = {0};
	struct ncrun_error err = {0};
	int status;
	pid_t maker = fork();

	if (maker == 0) {
		(void)create_or_exit("orphan");
		_exit(7);
	}
	assert_int_equal(waitpid(maker, &status, 0), maker);
	assert_int_equal(WEXITSTATUS(status), 7);
	for (int tries = 0; tries < 100 && state_of("orphan") != NCRUN_CONTAINER_BROKEN; tries++)
		poll(NULL, 0, 20);
	assert_int_equal(state_of("orphan"), NCRUN_CONTAINER_BROKEN);
	assert_ok(ncrun_clean(NULL, false, &report, &err));
	assert_int_equal(report.nodes, 1);
	assert_false(is_there("orphan"));
}

TEST(many_starts_overlap)
{
	struct ncrun_container *nodes[NODES];
	struct ncrun_error err = {0};
	struct maker *maker = NULL;

	assert_ok(maker_new(NULL, &maker, &err));
	for (int i = 0; i < NODES; i++) {
		struct ncrun_container_spec spec = spec_of(NULL, hello);

		assert_ok(container_make(maker, &spec, true, &nodes[i], &err));
	}
	maker_unref(maker); /* each node under way holds it */
	for (int i = 0; i < NODES; i++)
		assert_ok(container_await_made(nodes[i], &err));
	for (int i = 0; i < NODES; i++)
		assert_ok(container_release(nodes[i], &err));
	for (int i = 0; i < NODES; i++)
		assert_ok(container_await_started(nodes[i], &err));
	for (int i = 0; i < NODES; i++)
		end(nodes[i]);
}

/* What comes to life after its directory is gone would never be found again. */
TEST(a_name_left_by_a_dead_maker_is_taken_with_its_process)
{
	const struct ncrun_container_info *info = NULL;
	struct ncrun_container *node;
	int pipes[2];
	pid_t maker, init = 0;

	assert_int_equal(pipe(pipes), 0);
	maker = fork();
	if (maker == 0) {
		node = create_or_exit("again");
		if (ncrun_container_info(node, &info, NULL) == 0 &&
		    kill(info->pid, SIGSTOP) == 0) /* so that it does not notice */
			(void)!write(pipes[1], &info->pid, sizeof(info->pid));
		_exit(0); /* without undoing it */
	}
	close(pipes[1]);
	assert_int_equal(read(pipes[0], &init, sizeof(init)), sizeof(init));
	assert_int_equal(waitpid(maker, NULL, 0), maker);
	assert_int_equal(state_of("again"), NCRUN_CONTAINER_STARTING);
	node = create("again", hello);
	/* Its parent has gone: whoever reaps it may be slow. */
	assert_int_equal(test_process_state(init), 'Z');
	ncrun_container_unref(node);
	close(pipes[0]);
}

TEST(who_looks_at_a_name_does_not_keep_it)
{
	_cleanup_(ncrun_container_unrefp) struct ncrun_container *look = NULL;
	const struct ncrun_container_info *info = NULL;
	struct ncrun_error err = {0};
	char path[4096];

	/* what a maker leaves that was killed, or has got no further yet */
	ncrun_container_unref(create("first", hello));
	snprintf(path, sizeof(path), "%s/default/looked", getenv("NCRUN_STATE"));
	assert_int_equal(mkdir(path, 0700), 0);
	assert_ok(ncrun_container_open(NULL, "looked", &look, &err));
	assert_ok(ncrun_container_info(look, &info, &err));
	assert_int_equal(info->state, NCRUN_CONTAINER_BROKEN);
	ncrun_container_unref(create("looked", hello));
}

TEST(one_that_was_removed_is_not_taken_for_damaged)
{
	_cleanup_(ncrun_container_unrefp) struct ncrun_container *look = NULL, *other = NULL;
	const struct ncrun_container_info *info = NULL;
	struct ncrun_error err = {0};
	char path[4096];

	ncrun_container_unref(create("first", hello)); /* for the folders */
	snprintf(path, sizeof(path), "%s/default/gone", getenv("NCRUN_STATE"));
	assert_int_equal(mkdir(path, 0700), 0);
	assert_ok(ncrun_container_open(NULL, "gone", &look, &err));
	assert_ok(ncrun_container_open(NULL, "gone", &other, &err));
	assert_ok(ncrun_container_remove(other, false, &err));
	assert_int_equal(ncrun_container_info(look, &info, &err), -ENOENT);
	assert_string_equal(err.message, "no node 'gone'");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(commands_of_a_created_node_wait_until_it_is_started),
		cmocka_unit_test(a_created_node_has_a_network_namespace_of_its_own),
		cmocka_unit_test(a_created_node_that_is_let_go_leaves_nothing),
		cmocka_unit_test(a_command_that_is_not_there_is_found_out_at_the_start),
		cmocka_unit_test(a_created_node_dies_with_its_maker_and_is_left_to_clean),
		cmocka_unit_test(a_name_left_by_a_dead_maker_is_taken_with_its_process),
		cmocka_unit_test(who_looks_at_a_name_does_not_keep_it),
		cmocka_unit_test(one_that_was_removed_is_not_taken_for_damaged),
		cmocka_unit_test(many_starts_overlap),
	};

	return cmocka_run_group_tests_name("runtime/create", tests, NULL, NULL);
}
