/* SPDX-License-Identifier: Apache-2.0 */

/* The default filter in the kernel: each attempt gets the answer that it should. */

#include <errno.h>
#include <linux/netlink.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/personality.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "seccomp/seccomp.h"
#include "tests/support/confined.h"
#include "tests/support/test.h"

#define HIGH      ((long)(sizeof(long) > 4 ? UINT64_C(1) << 32 : 0))
#define NODE_CAPS UINT64_C(0x5fb)
#define ROUTER    (NODE_CAPS | 1u << 12 | 1u << 13)

struct attempt {
	const char *what;
	long number;
	long args[6];
	int error; /* 0 = it must not fail */
};

static int try_once(void *data)
{
	const struct attempt *a = data;
	long r = syscall(a->number, a->args[0], a->args[1], a->args[2], a->args[3], a->args[4],
			 a->args[5]);

	if (r == 0 && (a->number == SYS_clone || a->number == SYS_fork))
		_exit(0);
	return r < 0 ? errno : 0;
}

static struct seccomp_filter filter_for(uint64_t capabilities, bool all_architectures)
{
	const struct seccomp_request request = {.capabilities = capabilities,
						.all_architectures = all_architectures};
	struct seccomp_filter filter = {0};
	struct ncrun_error err = {0};

	assert_ok(seccomp_filter_make(&request, &filter, &err));
	return filter;
}

static void try_all(const struct attempt *attempts, size_t count, uint64_t capabilities)
{
	_cleanup_(seccomp_filter_done) struct seccomp_filter filter =
		filter_for(capabilities, false);

	for (size_t i = 0; i < count; i++) {
		int error = confined_run(filter.instructions, filter.count, try_once,
					 (void *)&attempts[i]);

		if (error != attempts[i].error)
			fail_msg("%s: %s, not %s", attempts[i].what, strerror(error),
				 strerror(attempts[i].error));
	}
}

#define TRY_ALL(attempts, caps) try_all(attempts, sizeof(attempts) / sizeof((attempts)[0]), caps)

/* Arguments are such that an allowed call does no harm and fails in another way. */
TEST(dangerous_calls_are_refused)
{
	static const struct attempt attempts[] = {
		{"mount", SYS_mount, {0}, EPERM},
		{"umount2", SYS_umount2, {0, 1 << 30}, EPERM},
		{"pivot_root", SYS_pivot_root, {0}, EPERM},
		{"fsopen", SYS_fsopen, {0}, EPERM},
		{"open_tree", SYS_open_tree, {-1, 0, 1 << 30}, EPERM},
		{"move_mount", SYS_move_mount, {-1, 0, -1, 0, 1 << 30}, EPERM},
		{"mount_setattr", SYS_mount_setattr, {-1, 0, 0, 0, 1}, EPERM},
		{"setns", SYS_setns, {-1, 0}, EPERM},
		{"unshare", SYS_unshare, {CLONE_NEWUSER}, EPERM},
		{"unshare of nothing", SYS_unshare, {0}, EPERM},
		{"bpf", SYS_bpf, {-1, 0, 0}, EPERM},
		{"perf_event_open", SYS_perf_event_open, {0}, EPERM},
		{"userfaultfd", SYS_userfaultfd, {1 << 30}, EPERM},
		{"io_uring_setup", SYS_io_uring_setup, {1, 0}, EPERM},
		{"keyctl", SYS_keyctl, {-1}, EPERM},
		{"add_key", SYS_add_key, {0}, EPERM},
		{"request_key", SYS_request_key, {0}, EPERM},
		{"kexec_load", SYS_kexec_load, {0, 0, 0, -1}, EPERM},
		{"init_module", SYS_init_module, {0}, EPERM},
		{"delete_module", SYS_delete_module, {0}, EPERM},
		{"open_by_handle_at", SYS_open_by_handle_at, {-1, 0, 0}, EPERM},
		{"reboot", SYS_reboot, {0, 0, 0}, EPERM},
		{"swapoff", SYS_swapoff, {0}, EPERM},
		{"settimeofday", SYS_settimeofday, {0, 0}, EPERM},
		{"syslog", SYS_syslog, {3, 0, -1}, EPERM},
		{"chroot", SYS_chroot, {0}, EPERM},
		{"kcmp", SYS_kcmp, {-1, -1, 0, 0, 0}, EPERM},
		{"pidfd_getfd", SYS_pidfd_getfd, {-1, -1, 0}, EPERM},
		{"move_pages", SYS_move_pages, {0}, EPERM},
		{"sethostname", SYS_sethostname, {0, -1}, EPERM},
		{"a call of the future", 900, {0}, ENOSYS},
		{"no call at all", -1, {0}, ENOSYS},
	};

	TRY_ALL(attempts, NODE_CAPS);
	TRY_ALL(attempts, ROUTER);
}

/* CVE-2022-0185, CVE-2023-32233, CVE-2024-1086 start with a user namespace. */
TEST(namespaces_cannot_be_made)
{
	static const struct attempt attempts[] = {
		{"clone(NEWUSER)", SYS_clone, {CLONE_NEWUSER | SIGCHLD}, EPERM},
		{"clone(NEWUSER | high)", SYS_clone, {CLONE_NEWUSER | SIGCHLD | HIGH}, EPERM},
		{"clone(NEWNS)", SYS_clone, {CLONE_NEWNS | SIGCHLD}, EPERM},
		{"clone(NEWNET)", SYS_clone, {CLONE_NEWNET | SIGCHLD}, EPERM},
		{"clone(NEWPID)", SYS_clone, {CLONE_NEWPID | SIGCHLD}, EPERM},
		{"clone(NEWCGROUP)", SYS_clone, {0x02000000 | SIGCHLD}, EPERM},
		{"clone3", SYS_clone3, {0, 0}, ENOSYS},
		{"clone", SYS_clone, {SIGCHLD}, 0},
	};

	TRY_ALL(attempts, NODE_CAPS);
}

/* CVE-2026-31431 (alg), CVE-2026-43500 (rxrpc), vsock: not namespaced. */
TEST(only_listed_socket_families_can_be_made)
{
	static const struct attempt attempts[] = {
		{"unix", SYS_socket, {AF_UNIX, SOCK_STREAM}, 0},
		{"inet", SYS_socket, {AF_INET, SOCK_DGRAM}, 0},
		{"netlink route", SYS_socket, {AF_NETLINK, SOCK_RAW, NETLINK_ROUTE}, 0},
		{"vsock", SYS_socket, {40, SOCK_STREAM}, EPERM},
		{"vsock | high", SYS_socket, {40 | HIGH, SOCK_STREAM}, EPERM},
		{"alg", SYS_socket, {38, SOCK_SEQPACKET}, EPERM},
		{"key", SYS_socket, {15, SOCK_RAW, 2}, EPERM},
		{"rxrpc", SYS_socket, {33, SOCK_DGRAM, AF_INET}, EPERM},
		{"can", SYS_socket, {29, SOCK_RAW, 1}, EPERM},
		{"unspec", SYS_socket, {0, SOCK_RAW}, EPERM},
		{"netlink xfrm", SYS_socket, {AF_NETLINK, SOCK_RAW, NETLINK_XFRM}, EPERM},
		{"xfrm | high", SYS_socket, {AF_NETLINK, SOCK_RAW, NETLINK_XFRM | HIGH}, EPERM},
		{"audit", SYS_socket, {AF_NETLINK, SOCK_RAW, NETLINK_AUDIT}, EPROTONOSUPPORT},
		{"socketpair of tipc", SYS_socketpair, {30, SOCK_STREAM, 0, 0}, EPERM},
	};
	static const struct attempt raw[] = {
		{"packet", SYS_socket, {AF_PACKET, SOCK_RAW}, EPERM},
		{"packet | high", SYS_socket, {AF_PACKET | HIGH, SOCK_RAW}, EPERM},
		{"netfilter", SYS_socket, {AF_NETLINK, SOCK_RAW, NETLINK_NETFILTER}, EPERM},
	};
	static const struct attempt routers[] = {
		{"packet", SYS_socket, {AF_PACKET, SOCK_RAW | 1 << 30}, EINVAL},
		{"netfilter", SYS_socket, {AF_NETLINK, SOCK_RAW, NETLINK_NETFILTER}, 0},
	};

	TRY_ALL(attempts, NODE_CAPS);
	TRY_ALL(attempts, ROUTER);
	TRY_ALL(raw, NODE_CAPS);
	TRY_ALL(routers, ROUTER);
}

/* CVE-2017-5226, CVE-2019-10063, CVE-2023-28100. */
TEST(a_terminal_cannot_be_typed_into)
{
	static const struct attempt attempts[] = {
		{"TIOCSTI", SYS_ioctl, {-1, TIOCSTI}, EPERM},
		{"TIOCSTI | high", SYS_ioctl, {-1, TIOCSTI | HIGH}, EPERM},
		{"TIOCLINUX", SYS_ioctl, {-1, TIOCLINUX}, EPERM},
		{"TIOCLINUX | high", SYS_ioctl, {-1, TIOCLINUX | HIGH}, EPERM},
		{"TIOCGPTN", SYS_ioctl, {-1, (int)TIOCGPTN}, EBADF},
		{"beside TIOCSTI", SYS_ioctl, {-1, TIOCSTI - 1}, EBADF},
		{"beside TIOCLINUX", SYS_ioctl, {-1, TIOCLINUX + 1}, EBADF},
		{"TCP_ULP", SYS_setsockopt, {-1, 6, 31}, EPERM},
		{"TCP_ULP | high", SYS_setsockopt, {-1, 6 | HIGH, 31 | HIGH}, EPERM},
		{"TCP_NODELAY", SYS_setsockopt, {-1, 6, 1}, EBADF},
		{"SO_REUSEADDR", SYS_setsockopt, {-1, SOL_SOCKET, 2}, EBADF},
	};

	TRY_ALL(attempts, NODE_CAPS);
}

TEST(personalities_are_those_of_linux)
{
	static const struct attempt attempts[] = {
		{"ask", SYS_personality, {0xffffffff}, 0},
		{"Linux", SYS_personality, {0}, 0},
		{"32 bits", SYS_personality, {PER_LINUX32}, 0},
		{"no randomization", SYS_personality, {ADDR_NO_RANDOMIZE}, ENOSYS},
	};

	TRY_ALL(attempts, NODE_CAPS);
}

static void *do_nothing(void *data)
{
	return data;
}

static int run_threads(void *data)
{
	pthread_t thread;
	void *result = NULL;

	if (pthread_create(&thread, NULL, do_nothing, data) || pthread_join(thread, &result))
		return 1;
	return result == data ? 0 : 2;
}

static int run_programs(void *data)
{
	(void)data;
	return system("ls -l / | sort | head -n 3 | wc -l | grep -q 3 && "
		      "d=$(mktemp -d) && echo x > $d/x && cp -a $d/x $d/y && chmod 700 $d/y && "
		      "mv $d/y $d/z && cat $d/z > /dev/null && rm -r $d && sleep 0");
}

TEST(threads_and_programs_run_as_ever)
{
	_cleanup_(seccomp_filter_done) struct seccomp_filter filter = filter_for(NODE_CAPS, false);

	assert_int_equal(confined_run(filter.instructions, filter.count, run_threads, &filter), 0);
	assert_int_equal(confined_run(filter.instructions, filter.count, run_programs, NULL), 0);
}

#ifdef __x86_64__
struct foreign {
	long number;
	long a, b;
};

static int call_int80(void *data)
{
	const struct foreign *foreign = data;
	long r;

	__asm__ volatile("int $0x80"
			 : "=a"(r)
			 : "a"(foreign->number), "b"(foreign->a), "c"(foreign->b), "d"(0)
			 : "memory", "r8", "r9", "r10", "r11");
	return (int)r < 0 ? (int)-r : 0;
}

static int int80(const struct seccomp_filter *filter, long number, long a, long b)
{
	struct foreign foreign = {number, a, b};

	return confined_run(filter->instructions, filter->count, call_int80, &foreign);
}

TEST(the_32_bit_entry_is_closed)
{
	_cleanup_(seccomp_filter_done) struct seccomp_filter native = filter_for(NODE_CAPS, false);
	static const struct attempt x32[] = {
		{"x32 getpid", 0x40000000 | SYS_getpid, {0}, ENOSYS},
		{"x32 socket", 0x40000000 | SYS_socket, {40, 1, 0}, ENOSYS},
	};

	assert_int_equal(int80(&native, 20 /* getpid */, 0, 0), ENOSYS);
	assert_int_equal(int80(&native, 102 /* socketcall */, 1, 0), ENOSYS);
	TRY_ALL(x32, NODE_CAPS);
}

/* Asked for, 32-bit programs run, but no socket passes by the list of families. */
TEST(the_32_bit_entry_can_be_opened)
{
	_cleanup_(seccomp_filter_done) struct seccomp_filter all = filter_for(NODE_CAPS, true);

	assert_int_equal(int80(&all, 20 /* getpid */, 0, 0), 0);
	assert_int_equal(int80(&all, 102 /* socketcall */, 1, 0), ENOSYS);
	assert_int_equal(int80(&all, 359 /* socket */, 40, 1), EPERM);
	assert_int_equal(int80(&all, 359 /* socket */, AF_UNIX, SOCK_STREAM), 0);
	assert_int_equal(int80(&all, 21 /* mount */, 0, 0), EPERM);
	assert_int_equal(int80(&all, 54 /* ioctl */, -1, TIOCSTI), EPERM);
}
#endif

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(dangerous_calls_are_refused),
		cmocka_unit_test(namespaces_cannot_be_made),
		cmocka_unit_test(only_listed_socket_families_can_be_made),
		cmocka_unit_test(a_terminal_cannot_be_typed_into),
		cmocka_unit_test(personalities_are_those_of_linux),
		cmocka_unit_test(threads_and_programs_run_as_ever),
#ifdef __x86_64__
		cmocka_unit_test(the_32_bit_entry_is_closed),
		cmocka_unit_test(the_32_bit_entry_can_be_opened),
#endif
	};

	return cmocka_run_group_tests_name("seccomp/filter in the kernel", tests, NULL, NULL);
}
