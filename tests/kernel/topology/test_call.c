/* SPDX-License-Identifier: Apache-2.0 */

/* Functions of the caller's program in a node. */

#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <ncrun/network.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "base/text.h"
#include "runtime/runtime.h"
#include "tests/support/test.h"

static struct ncrun_container *node;

static int node_start(void **state __attribute__((unused)))
{
	static const char *const sleeps[] = {"sleep", "600", NULL};
	struct ncrun_container_spec spec = NCRUN_CONTAINER_SPEC_INIT;
	struct ncrun_error err = {0};

	spec.name = "visited";
	spec.rootfs = "host";
	spec.argv = sleeps;
	spec.detach = true;
	if (ncrun_container_start(NULL, &spec, &node, &err) < 0)
		print_message("no node: %s\n", err.message);
	return 0;
}

static int node_end(void **state __attribute__((unused)))
{
	struct ncrun_error err = {0};
	int r = node ? ncrun_container_remove(node, true, &err) : 0;

	ncrun_container_unref(node);
	return r;
}

static void node_required(void)
{
	if (!node)
		skip();
}

static int descriptors(void)
{
	_cleanup_(strings_freep) char **names = NULL;
	_cleanup_close_ int fd = -1;
	struct ncrun_error err = {0};

	assert_ok(directory_open_at(AT_FDCWD, "/proc/self/fd", &fd, &err));
	assert_ok(directory_list(fd, &names, &err));
	return (int)strings_count((const char *const *)names);
}

/** struct seen - what a call finds; in the caller's memory only if nothing was made of it */
struct seen {
	int channel;
	char host[65];
	ino_t net, uts, ipc, mnt;
	pid_t pid;
};

static ino_t inode(const char *name)
{
	char path[32];
	struct stat st;

	snprintf(path, sizeof(path), "/proc/self/ns/%s", name);
	return stat(path, &st) == 0 ? st.st_ino : 0;
}

static void look_around(struct seen *seen)
{
	gethostname(seen->host, sizeof(seen->host));
	seen->net = inode("net");
	seen->uts = inode("uts");
	seen->ipc = inode("ipc");
	seen->mnt = inode("mnt");
	seen->pid = getpid();
}

static int look(void *data)
{
	struct seen *seen = data;

	look_around(seen);
	return write(seen->channel, seen, sizeof(*seen)) == sizeof(*seen) ? 7 : 1;
}

TEST(a_call_runs_in_the_nodes_network_uts_and_ipc_namespaces)
{
	struct seen seen = {.pid = 0}, here, there;
	struct ncrun_error err = {0};
	int pair[2], code = -1;

	node_required();
	look_around(&here);
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair), 0);
	seen.channel = pair[1];
	assert_ok(ncrun_node_call(node, look, &seen, &code, &err));
	assert_int_equal(code, 7);
	assert_int_equal(read(pair[0], &there, sizeof(there)), sizeof(there));
	assert_string_equal(there.host, "visited");
	assert_true(there.net != here.net && there.uts != here.uts && there.ipc != here.ipc);
	assert_true(there.mnt == here.mnt);
	assert_true(there.pid != here.pid);
	assert_int_equal(seen.pid, 0); /* memory is the caller's own */
	close(pair[0]);
	close(pair[1]);
}

static int return_it(void *data)
{
	return *(int *)data;
}

static int exit_with_3(void *data __attribute__((unused)))
{
	exit(3);
}

TEST(codes_come_back_in_eight_bits_however_the_call_ends)
{
	static const struct {
		int returned, code;
	} cases[] = {{0, 0}, {1, 1}, {125, 125}, {255, 255}, {256, 0}, {-1, 255}};
	struct ncrun_error err = {0};
	int code = -1;

	node_required();
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		int returned = cases[i].returned;

		assert_ok(ncrun_node_call(node, return_it, &returned, &code, &err));
		assert_int_equal(code, cases[i].code);
	}
	assert_ok(ncrun_node_call(node, exit_with_3, NULL, &code, &err));
	assert_int_equal(code, 3);
}

static int die(void *data)
{
	signal(*(int *)data, SIG_DFL);
	return raise(*(int *)data);
}

TEST(a_call_that_dies_of_a_signal_is_an_error_that_names_it)
{
	struct ncrun_error err = {0};
	int code = -1, signo = SIGTERM;

	node_required();
	assert_fails(ncrun_node_call(node, die, &signo, &code, &err), ECHILD);
	assert_string_equal(err.message, "call in node 'visited': died of signal 15");
	assert_int_equal(code, -1);
}

TEST(a_caller_that_ignores_its_children_gets_codes_all_the_same)
{
	struct ncrun_error err = {0};
	int code = -1, returned = 9;

	node_required();
	signal(SIGCHLD, SIG_IGN);
	assert_ok(ncrun_node_call(node, return_it, &returned, &code, &err));
	signal(SIGCHLD, SIG_DFL);
	assert_int_equal(code, 9);
}

static int print(void *data)
{
	printf("%s", (const char *)data);
	return 0;
}

TEST(what_a_call_prints_is_written_once)
{
	char path[] = "/tmp/call.XXXXXX", text[64] = "", inside[] = "inside ";
	struct ncrun_error err = {0};
	int code = -1, out, fd = mkstemp(path);

	node_required();
	assert_true(fd >= 0);
	unlink(path);
	fflush(stdout);
	out = dup(STDOUT_FILENO);
	dup2(fd, STDOUT_FILENO);
	printf("before ");
	assert_ok(ncrun_node_call(node, print, inside, &code, &err));
	fflush(stdout);
	dup2(out, STDOUT_FILENO);
	close(out);
	assert_true(pread(fd, text, sizeof(text) - 1, 0) > 0);
	assert_string_equal(text, "inside before ");
	close(fd);
}

TEST(calls_leave_no_process_and_no_descriptor)
{
	struct ncrun_error err = {0};
	int code, returned = 0, signo = SIGKILL, before;

	node_required();
	before = descriptors();
	for (int i = 0; i < 20; i++)
		assert_ok(ncrun_node_call(node, return_it, &returned, &code, &err));
	assert_fails(ncrun_node_call(node, die, &signo, &code, &err), ECHILD);
	assert_int_equal(descriptors(), before);
	assert_int_equal(waitpid(-1, NULL, WNOHANG), 0); /* none that has ended */
}

static int tell_and_wait(void *data)
{
	pid_t pid = getpid();

	(void)!write(*(int *)data, &pid, sizeof(pid));
	return pause();
}

TEST(a_call_dies_with_its_caller)
{
	int channel[2], code, status = 0;
	pid_t caller, called = 0;

	node_required();
	assert_int_equal(pipe(channel), 0);
	caller = fork();
	if (caller == 0)
		_exit(ncrun_node_call(node, tell_and_wait, &channel[1], &code, NULL) < 0);
	assert_int_equal(read(channel[0], &called, sizeof(called)), sizeof(called));
	kill(caller, SIGKILL);
	waitpid(caller, &status, 0);
	for (int i = 0; i < 200 && kill(called, 0) == 0; i++)
		nanosleep(&(struct timespec){.tv_nsec = 10000000}, NULL);
	assert_int_equal(kill(called, 0), -1);
	close(channel[0]);
	close(channel[1]);
}

TEST(a_node_that_has_ended_cannot_be_called)
{
	struct ncrun_error err = {0};
	struct ncrun_exit exit;
	int code = -1, returned = 0;

	node_required();
	assert_ok(ncrun_container_kill(node, SIGKILL, &err));
	assert_ok(ncrun_container_wait(node, 10000, &exit, &err));
	assert_fails(ncrun_node_call(node, return_it, &returned, &code, &err), ENOTCONN);
	assert_string_equal(err.message, "node 'visited' does not run");
	assert_int_equal(code, -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_call_runs_in_the_nodes_network_uts_and_ipc_namespaces),
		cmocka_unit_test(codes_come_back_in_eight_bits_however_the_call_ends),
		cmocka_unit_test(a_call_that_dies_of_a_signal_is_an_error_that_names_it),
		cmocka_unit_test(a_caller_that_ignores_its_children_gets_codes_all_the_same),
		cmocka_unit_test(what_a_call_prints_is_written_once),
		cmocka_unit_test(calls_leave_no_process_and_no_descriptor),
		cmocka_unit_test(a_call_dies_with_its_caller),
		cmocka_unit_test(a_node_that_has_ended_cannot_be_called),
	};

	return cmocka_run_group_tests_name("topology/call", tests, node_start, node_end);
}
