/* SPDX-License-Identifier: Apache-2.0 */

/* What seccomp/default.json promises. */

#include <errno.h>
#include <linux/capability.h>
#include <string.h>
#include <sys/stat.h>

#include "base/text.h"
#include "seccomp/profile.h"
#include "seccomp/seccomp.h"
#include "tests/support/test.h"

#define CAP(name) (UINT64_C(1) << CAP_##name)

#define NODE_CAPS                                                                                 \
	(CAP(CHOWN) | CAP(DAC_OVERRIDE) | CAP(FOWNER) | CAP(FSETID) | CAP(SETUID) | CAP(SETGID) | \
	 CAP(SETPCAP) | CAP(KILL) | CAP(NET_BIND_SERVICE))
#define ROUTER_CAPS (NODE_CAPS | CAP(NET_ADMIN) | CAP(NET_RAW))
#define DOCKER_CAPS \
	(NODE_CAPS | CAP(MKNOD) | CAP(NET_RAW) | CAP(SETFCAP) | CAP(SYS_CHROOT) | CAP(AUDIT_WRITE))

struct table {
	struct ncrun_seccomp *seccomp; /* owned */
	const struct ncrun_seccomp_rule *rules;
	size_t count;
};

static void table_done(struct table *table)
{
	ncrun_seccomp_unref(table->seccomp);
}

static struct table table_of(const char *profile, uint64_t capabilities)
{
	struct table table = {0};
	struct ncrun_error err = {0};

	assert_ok(ncrun_seccomp_open(profile, capabilities, &table.seccomp, &err));
	assert_ok(ncrun_seccomp_explain(table.seccomp, &table.rules, &table.count, &err));
	return table;
}

static char **words_of(const char *text, char ***ret)
{
	assert_int_equal(words_split(text, ret), 0);
	return *ret;
}

/* Allowed for any arguments, or for some. */
static bool may_be_allowed(const struct table *table, const char *name)
{
	for (size_t i = 0; i < table->count; i++) {
		if (text_equal(table->rules[i].syscall, name) &&
		    text_equal(table->rules[i].action, "allow"))
			return true;
	}
	return false;
}

static const struct ncrun_seccomp_rule *first_rule(const struct table *table, const char *name)
{
	for (size_t i = 0; i < table->count; i++) {
		if (text_equal(table->rules[i].syscall, name))
			return &table->rules[i];
	}
	return NULL;
}

/* What Docker's profile refuses a container with Docker's capabilities, whatever
 * the arguments. Some are named only on other machines. */
static const char refused_by_docker[] =
	"_sysctl acct add_key bpf clock_settime clone3 create_module "
	"delete_module fanotify_init finit_module fsconfig fsmount fsopen "
	"fspick get_mempolicy init_module io_uring_enter io_uring_register "
	"io_uring_setup ioperm iopl kcmp kexec_file_load kexec_load keyctl "
	"lookup_dcookie mbind migrate_pages mount mount_setattr move_mount "
	"move_pages nfsservctl open_by_handle_at open_tree perf_event_open "
	"pidfd_getfd pivot_root process_madvise query_module quotactl "
	"quotactl_fd reboot request_key set_mempolicy setdomainname sethostname "
	"setns settimeofday swapoff swapon sysfs syslog umount2 unshare uselib "
	"userfaultfd ustat vhangup";

TEST(what_docker_refuses_is_refused)
{
	_cleanup_(strings_freep) char **words = NULL;
	_cleanup_(table_done) struct table ours = table_of("default", DOCKER_CAPS);

	for (char **name = words_of(refused_by_docker, &words); *name; name++) {
		if (may_be_allowed(&ours, *name))
			fail_msg("'%s' is allowed", *name);
	}
}

/* Podman's list is from 2022 in Debian 12; what it does not allow and we do. */
static const char *const newer_than_podmans[] = {
	"cachestat", /* Linux 6.5: mincore for files */
	"fchmodat2", /* Linux 6.6: fchmodat with the flags that POSIX gives it */
	"futex_requeue",
	"futex_wait",
	"futex_wake",  /* Linux 6.7: futex, taken apart */
	"futex_waitv", /* Linux 5.16: several futexes at once */
	"getxattrat",
	"listxattrat",
	"removexattrat",
	"setxattrat", /* Linux 6.13 */
	"landlock_add_rule",
	"landlock_create_ruleset",
	"landlock_restrict_self", /* only restrict */
	"map_shadow_stack",       /* Linux 6.6: what glibc needs for CET */
	"mseal",                  /* Linux 6.10: glibc protects its own pages so */
	"process_mrelease",       /* Linux 5.15: of a process that is dying anyway */
	"uretprobe",              /* Linux 6.11: a trap that only the kernel's own code sets */
};

static bool is_listed(const char *name)
{
	for (size_t i = 0; i < sizeof(newer_than_podmans) / sizeof(newer_than_podmans[0]); i++) {
		if (text_equal(newer_than_podmans[i], name))
			return true;
	}
	return false;
}

TEST(what_podman_refuses_is_refused)
{
	_cleanup_(table_done) struct table ours = table_of("default", DOCKER_CAPS);
	_cleanup_(table_done) struct table theirs = {0};
	struct stat st;

	if (stat("/usr/share/containers/seccomp.json", &st) < 0) {
		print_message("SKIP-ALLOWED: needs golang-github-containers-common\n");
		skip();
	}
	theirs = table_of("/usr/share/containers/seccomp.json", DOCKER_CAPS);
	for (size_t i = 0; i < ours.count; i++) {
		const char *name = ours.rules[i].syscall;

		if (may_be_allowed(&ours, name) && !may_be_allowed(&theirs, name) &&
		    !is_listed(name))
			fail_msg("'%s' is allowed here, but not by Podman", name);
	}
}

TEST(the_known_dangerous_is_refused_with_eperm)
{
	_cleanup_(strings_freep) char **words = NULL;
	_cleanup_(table_done) struct table node = table_of("default", NODE_CAPS);
	_cleanup_(table_done) struct table router = table_of("default", ROUTER_CAPS);

	for (char **name = words_of(refused_by_docker, &words); *name; name++) {
		int error = text_equal(*name, "clone3") ? ENOSYS : EPERM;

		assert_non_null(first_rule(&node, *name));
		assert_string_equal(first_rule(&node, *name)->action, "errno");
		assert_int_equal(first_rule(&node, *name)->error, error);
		assert_int_equal(first_rule(&router, *name)->error, error);
	}
}

/* io_uring does what no filter sees, keyrings belong to the user of the machine... */
TEST(some_calls_are_refused_whatever_the_capabilities)
{
	_cleanup_(strings_freep) char **words = NULL;
	static const char never[] =
		"add_key io_uring_enter io_uring_register io_uring_setup kexec_load "
		"keyctl move_pages request_key swapon userfaultfd vmsplice";
	_cleanup_(table_done) struct table all = table_of("default", UINT64_MAX);

	for (char **name = words_of(never, &words); *name; name++)
		assert_false(may_be_allowed(&all, *name));
}

TEST(a_capability_opens_what_it_is_for)
{
	static const struct {
		uint64_t capability;
		const char *call;
	} cases[] = {
		{CAP(SYS_ADMIN), "mount"},
		{CAP(SYS_ADMIN), "unshare"},
		{CAP(SYS_ADMIN), "setns"},
		{CAP(SYS_ADMIN), "clone3"},
		{CAP(SYS_CHROOT), "chroot"},
		{CAP(SYS_PTRACE), "kcmp"},
		{CAP(SYS_TIME), "clock_settime"},
		{CAP(SYS_NICE), "mbind"},
		{CAP(SYSLOG), "syslog"},
		{CAP(SYS_BOOT), "reboot"},
		{CAP(SYS_MODULE), "init_module"},
		{CAP(BPF), "bpf"},
		{CAP(PERFMON), "perf_event_open"},
		{CAP(SYS_PACCT), "acct"},
		{CAP(DAC_READ_SEARCH), "open_by_handle_at"},
	};
	_cleanup_(table_done) struct table none = table_of("default", 0);

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		_cleanup_(table_done) struct table with = table_of("default", cases[i].capability);

		assert_false(may_be_allowed(&none, cases[i].call));
		assert_true(may_be_allowed(&with, cases[i].call));
	}
}

TEST(services_find_what_they_need)
{
	_cleanup_(strings_freep) char **words = NULL;
	static const char needed[] =
		"accept4 arch_prctl bind capset clock_nanosleep clone close_range "
		"copy_file_range dup3 epoll_pwait eventfd2 execve exit_group faccessat2 "
		"fallocate fdatasync flock fork futex getdents64 getrandom "
		"inotify_add_watch io_submit ioctl kill lseek madvise membarrier "
		"memfd_create mlock mmap mremap mq_open newfstatat openat2 pidfd_open "
		"pipe2 ppoll prctl preadv2 prlimit64 ptrace pwrite64 renameat2 rseq "
		"rt_sigaction sched_setaffinity seccomp semtimedop sendfile sendmmsg "
		"setgroups setresuid setsockopt shmget signalfd4 socket socketpair "
		"splice statx symlinkat sync_file_range tgkill timer_create "
		"timerfd_create utimensat vfork wait4";
	_cleanup_(table_done) struct table node = table_of("default", NODE_CAPS);

	for (char **name = words_of(needed, &words); *name; name++) {
		if (!may_be_allowed(&node, *name))
			fail_msg("'%s' is refused", *name);
	}
}

TEST(every_rule_has_a_comment)
{
	_cleanup_(table_done) struct table all = table_of("default", ROUTER_CAPS);
	int error = 0;

	ncrun_seccomp_default_action(all.seccomp, &error);
	for (size_t i = 0; i < all.count; i++) {
		if (all.rules[i].error != error)
			assert_true(all.rules[i].comment[0] != '\0');
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_docker_refuses_is_refused),
		cmocka_unit_test(what_podman_refuses_is_refused),
		cmocka_unit_test(the_known_dangerous_is_refused_with_eperm),
		cmocka_unit_test(some_calls_are_refused_whatever_the_capabilities),
		cmocka_unit_test(a_capability_opens_what_it_is_for),
		cmocka_unit_test(services_find_what_they_need),
		cmocka_unit_test(every_rule_has_a_comment),
	};

	return cmocka_run_group_tests_name("seccomp/default.json", tests, NULL, NULL);
}
