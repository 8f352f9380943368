/* SPDX-License-Identifier: Apache-2.0 */

#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "tests/support/network_lab.h"
#include "tests/support/sandbox.h"
#include "tests/support/test.h"

static ino_t own_namespace(void)
{
	struct stat st = {.st_ino = 0};

	assert_int_equal(stat("/proc/thread-self/ns/net", &st), 0);
	return st.st_ino;
}

/** The same for two handles of the same namespace. */
static ino_t namespace_of(const struct netns *netns)
{
	struct stat st;

	assert_int_equal(fstat(netns_fd(netns), &st), 0);
	return st.st_ino;
}

TEST(a_new_namespace_is_another_and_the_caller_stays_where_it_is)
{
	_cleanup_(netns_freep) struct netns *made = NULL, *own = NULL;
	ino_t before = own_namespace();
	struct ncrun_error err = {0};

	sandbox_required();
	assert_ok(netns_new(&made, &err));
	assert_ok(netns_open_own(&own, &err));

	assert_int_equal(own_namespace(), before);
	assert_int_equal(namespace_of(own), before);
	assert_int_not_equal(namespace_of(made), before);
}

static int note_inside(void *data, struct ncrun_error *err)
{
	*(ino_t *)data = own_namespace();
	return err ? -ENODATA : 0;
}

TEST(a_call_is_made_inside_and_its_result_comes_back)
{
	_cleanup_(netns_freep) struct netns *netns = NULL;
	ino_t inside = 0, before = own_namespace();
	struct ncrun_error err = {0};

	sandbox_required();
	assert_ok(netns_new(&netns, &err));
	assert_int_equal(netns_call(netns, note_inside, &inside, &err), -ENODATA);
	assert_int_equal(inside, namespace_of(netns));
	assert_int_equal(own_namespace(), before);
}

TEST(the_same_namespace_opens_by_descriptor_pid_and_pidfd)
{
	_cleanup_(netns_freep) struct netns *by_fd = NULL, *by_pid = NULL, *by_pidfd = NULL;
	_cleanup_(netns_freep) struct netns *netns = NULL;
	_cleanup_close_ int pidfd = -1, file = -1;
	struct ncrun_error err = {0};
	pid_t pid;

	sandbox_required();
	assert_ok(netns_new(&netns, &err));
	pid = fork();
	if (pid == 0) {
		if (setns(netns_fd(netns), CLONE_NEWNET) < 0)
			_exit(1);
		raise(SIGSTOP);
		_exit(0);
	}
	assert_int_equal(waitpid(pid, NULL, WUNTRACED), pid);
	pidfd = (int)syscall(SYS_pidfd_open, pid, 0);

	assert_ok(netns_open_fd(netns_fd(netns), &by_fd, &err));
	assert_ok(netns_open_pid(pid, &by_pid, &err));
	assert_ok(netns_open_fd(pidfd, &by_pidfd, &err));
	assert_int_equal(namespace_of(by_fd), namespace_of(netns));
	assert_int_equal(namespace_of(by_pid), namespace_of(netns));
	assert_int_equal(namespace_of(by_pidfd), namespace_of(netns));

	file = open("/proc/self/ns/mnt", O_RDONLY | O_CLOEXEC);
	netns_freep(&by_fd);
	assert_fails(netns_open_fd(file, &by_fd, &err), EINVAL);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	assert_fails(netns_open_pid(pid, &by_fd, &err), ENOENT);
}

TEST(a_socket_lives_inside)
{
	struct ncrun_error err = {0};
	struct network_lab lab;
	struct ifreq request = {.ifr_name = "eth0"};
	_cleanup_close_ int fd = -1;

	lab_make_pair(&lab);
	assert_ok(netns_socket(lab.nodes[0], AF_INET, SOCK_DGRAM, 0, &fd, &err));
	assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, request.ifr_name, 5), 0);
	assert_fails(netns_socket(lab.nodes[0], AF_INET, 77, 0, &fd, &err), EINVAL);
	lab_free(&lab);
}

TEST(indices_are_given_out_once_and_none_that_is_taken)
{
	_cleanup_(netns_freep) struct netns *again = NULL, *fresh = NULL;
	struct ncrun_error err = {0};
	struct network_lab lab;
	int index = 0;

	lab_make(&lab, 2);
	assert_ok(netns_open_fd(netns_fd(lab.fabric), &again, &err));
	assert_ok(netns_index_next(again, &index, &err));
	assert_int_equal(index, LAB_PORT(1) + 1);
	assert_ok(netns_index_next(again, &index, &err));
	assert_int_equal(index, LAB_PORT(1) + 2);

	assert_ok(netns_new(&fresh, &err));
	assert_ok(netns_index_next(fresh, &index, &err));
	assert_int_equal(index, 2);
	lab_free(&lab);
}

TEST(sysctls_are_of_their_namespace)
{
	const struct netns_sysctl sysctls[] = {
		{"net.ipv4.ip_forward", "1", false},
		{"net.ipv4.conf.eth0.forwarding", "0", false},
		{"net/ipv6/conf/eth0/hop_limit", "9", false},
		{"net.ipv4.of_the_future", "1", true},
	};
	_cleanup_free_ char *there = NULL, *elsewhere = NULL, *hops = NULL;
	struct ncrun_error err = {0};
	struct network_lab lab;

	lab_make_pair(&lab);
	assert_ok(netns_sysctl_set(lab.nodes[0], sysctls, 4, &err));
	assert_ok(netns_sysctl_get(lab.nodes[0], "net.ipv4.ip_forward", &there, &err));
	assert_ok(netns_sysctl_get(lab.nodes[1], "net.ipv4.ip_forward", &elsewhere, &err));
	assert_ok(netns_sysctl_get(lab.nodes[0], "net.ipv6.conf.eth0.hop_limit", &hops, &err));

	assert_string_equal(there, "1");
	assert_string_equal(elsewhere, "0");
	assert_string_equal(hops, "9");
	lab_free(&lab);
}

TEST(sysctls_that_are_none_are_refused)
{
	static const struct {
		struct netns_sysctl sysctl;
		int code;
		const char *message;
	} cases[] = {
		{{"kernel.hostname", "x", false},
		 EINVAL,
		 "sysctl 'kernel.hostname': not one of a network (try net.ipv4...)"},
		{{"net/../kernel/hostname", "x", false},
		 EINVAL,
		 "sysctl 'net/../kernel/hostname': not one of a network (try net.ipv4...)"},
		{{"net.ipv4.nonsense", "1", false},
		 ENOENT,
		 "sysctl 'net.ipv4.nonsense': this kernel has none such"},
		{{"net.ipv4.ip_forward", "maybe", false},
		 EINVAL,
		 "set sysctl 'net.ipv4.ip_forward' to 'maybe': Invalid argument"},
	};
	struct ncrun_error err = {0};
	struct network_lab lab;

	lab_make_pair(&lab);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_fails(netns_sysctl_set(lab.nodes[0], &cases[i].sysctl, 1, &err),
			     cases[i].code);
		assert_string_equal(err.message, cases[i].message);
	}
	lab_free(&lab);
}

TEST(a_prepared_node_lets_everybody_ping_and_a_router_forwards)
{
	_cleanup_(netns_freep) struct netns *router = NULL;
	_cleanup_free_ char *four = NULL, *six = NULL, *limit = NULL, *groups = NULL;
	struct ncrun_error err = {0};

	sandbox_required();
	assert_ok(netns_new(&router, &err));
	assert_ok(netns_prepare(router, NETNS_ROLE_ROUTER, &err));
	assert_ok(netns_sysctl_get(router, "net.ipv4.ip_forward", &four, &err));
	assert_ok(netns_sysctl_get(router, "net.ipv6.conf.all.forwarding", &six, &err));
	assert_ok(netns_sysctl_get(router, "net.ipv4.icmp_ratelimit", &limit, &err));
	assert_ok(netns_sysctl_get(router, "net.ipv4.ping_group_range", &groups, &err));

	assert_string_equal(four, "1");
	assert_string_equal(six, "1");
	assert_string_equal(limit, "0");
	/* this sandbox maps no group at all; the range is set where there are some */
	assert_true(strlen(groups) > 0);
}

TEST(a_node_forwards_nothing_whatever_the_machine_does)
{
	_cleanup_(netns_freep) struct netns *own = NULL, *node = NULL;
	const struct netns_sysctl forward = {"net.ipv4.ip_forward", "1", false};
	_cleanup_free_ char *four = NULL;
	struct ncrun_error err = {0};

	sandbox_required();
	assert_ok(netns_open_own(&own, &err));
	assert_ok(netns_sysctl_set(own, &forward, 1, &err));
	assert_ok(netns_new(&node, &err));
	assert_ok(netns_prepare(node, NETNS_ROLE_NODE, &err));
	assert_ok(netns_sysctl_get(node, "net.ipv4.ip_forward", &four, &err));
	assert_string_equal(four, "0");
}

/* CVE-2020-13401 */
TEST(a_node_takes_nobodys_word_that_it_is_a_router)
{
	_cleanup_(netns_freep) struct netns *node = NULL;
	_cleanup_free_ char *accepts = NULL;
	struct ncrun_error err = {0};

	sandbox_required();
	assert_ok(netns_new(&node, &err));
	assert_ok(netns_prepare(node, NETNS_ROLE_NODE, &err));
	assert_ok(netns_sysctl_get(node, "net.ipv6.conf.default.accept_ra", &accepts, &err));
	assert_string_equal(accepts, "0");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_new_namespace_is_another_and_the_caller_stays_where_it_is),
		cmocka_unit_test(a_call_is_made_inside_and_its_result_comes_back),
		cmocka_unit_test(the_same_namespace_opens_by_descriptor_pid_and_pidfd),
		cmocka_unit_test(a_socket_lives_inside),
		cmocka_unit_test(indices_are_given_out_once_and_none_that_is_taken),
		cmocka_unit_test(sysctls_are_of_their_namespace),
		cmocka_unit_test(sysctls_that_are_none_are_refused),
		cmocka_unit_test(a_prepared_node_lets_everybody_ping_and_a_router_forwards),
		cmocka_unit_test(a_node_forwards_nothing_whatever_the_machine_does),
		cmocka_unit_test(a_node_takes_nobodys_word_that_it_is_a_router),
	};

	return cmocka_run_group_tests_name("netns/namespace", tests, sandbox_enter, NULL);
}
