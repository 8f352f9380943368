/* SPDX-License-Identifier: Apache-2.0 */

/* Ways out by system calls: mounts, namespaces, keys, what loads programs, other ABIs. */

#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/bpf.h>
#include <linux/io_uring.h>
#include <linux/keyctl.h>
#include <linux/perf_event.h>
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/timex.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "tests/escape/probe.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define HIGH_BIT     (1L << 32) /* beyond what the kernel looks at, not beyond what a filter sees */
#define X32_BIT      0x40000000
#ifndef CLONE_NEWTIME
#define CLONE_NEWTIME 0x80
#endif
#ifndef SYS_statmount
#define SYS_statmount 457
#define SYS_listmount 458
#endif
#define SYS_OPEN_TREE_ATTR         467
#define NS_GET_PARENT              _IO(0xb7, 2) /* <linux/nsfs.h> */
#define PIDFD_GET_MNT_NAMESPACE    _IO(0xff, 3) /* <linux/pidfd.h>, of Linux 6.11 */
#define PIDFD_GET_NET_NAMESPACE    _IO(0xff, 4)
#define PIDFD_GET_CGROUP_NAMESPACE _IO(0xff, 1)

/* ---- mounts and namespaces ------------------------------------------------------------------- */

/* @a: type, @b: flags, @c: source */
static long try_mount(const struct probe *probe)
{
	const char *source = probe->c ? (const char *)probe->c : "none";    /* NOLINT */
	long r = probe_result(mount(source, "/mnt", (const char *)probe->a, /* NOLINT */
				    (unsigned long)probe->b, NULL));

	if (r == 0)
		(void)umount2("/mnt", MNT_DETACH);
	return r;
}

/* CVE-2019-16884 and kin: what is read-only made writable, or the mask taken off */
static long remount(const struct probe *probe)
{
	return probe_result(mount(NULL, (const char *)probe->a, NULL, /* NOLINT */
				  MS_REMOUNT | MS_BIND, NULL));
}

/* @a: a mask */
static long unmask(const struct probe *probe)
{
	return probe_result(umount2((const char *)probe->a, MNT_DETACH)); /* NOLINT */
}

static long pivot(const struct probe *probe)
{
	(void)probe;
	return probe_result(syscall(SYS_pivot_root, "/", "/"));
}

/* CVE-2025-52881's and B6's classic: a root below, and up from a directory above it */
static long escape_root(const struct probe *probe)
{
	int fd = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct stat before, after;

	(void)probe;
	if (mkdir("/tmp/below", 0700) < 0 && errno != EEXIST)
		return probe_result(-1);
	if (chroot("/tmp/below") < 0)
		return probe_result(-1);
	if (fchdir(fd) < 0 || stat(".", &before) < 0)
		return probe_result(-1);
	for (int i = 0; i < 64; i++)
		(void)chdir("..");
	if (stat(".", &after) < 0)
		return probe_result(-1);
	/* up to the root of its mounts, and no further */
	return before.st_ino == after.st_ino && before.st_dev == after.st_dev ? -EPERM : 0;
}

/* @a: namespaces, @b: 1 = by clone3() */
static long try_clone(const struct probe *probe)
{
	struct clone_args args = {.flags = (uint64_t)probe->a, .exit_signal = SIGCHLD};
	long pid = probe->b ? syscall(SYS_clone3, &args, sizeof(args))
			    : syscall(SYS_clone, probe->a | SIGCHLD, 0, 0, 0, 0);

	if (pid == 0)
		_exit(0);
	return probe_result(pid);
}

/* @a: namespace to be entered, our own */
static long enter(const struct probe *probe)
{
	int fd = open((const char *)probe->a, O_RDONLY | O_CLOEXEC); /* NOLINT */

	return fd < 0 ? 1 : probe_result(setns(fd, 0));
}

/* @a: one of ours, of which the one above is another's */
static long namespace_above(const struct probe *probe)
{
	int fd = open((const char *)probe->a, O_RDONLY | O_CLOEXEC); /* NOLINT */

	return fd < 0 ? 1 : probe_result(ioctl(fd, NS_GET_PARENT));
}

/* @a: which of init's */
static long namespace_of_init(const struct probe *probe)
{
	long pidfd = syscall(SYS_pidfd_open, 1, 0);
	long r = pidfd < 0 ? -1 : ioctl((int)pidfd, (unsigned long)probe->a, 0);

	return r < 0 && (errno == ENOTTY || errno == EINVAL) ? -ENOENT : probe_result(r);
}

/* CVE-2024-1086 and kin: the door to every interface that wants a capability */
static long try_unshare(const struct probe *probe)
{
	return probe_result(syscall(SYS_unshare, probe->a));
}

static long clone_tree(const struct probe *probe)
{
	(void)probe;
	return probe_result(syscall(SYS_open_tree, AT_FDCWD, "/", 1 | O_CLOEXEC));
}

/* "Shocker": the root of the file system that ours lies on, by its number */
static long shocker(const struct probe *probe)
{
	struct {
		unsigned int bytes;
		int type;
		unsigned char inode[8];
	} handle = {8, 1, {2}};
	int fd = open("/etc/hosts", O_RDONLY | O_CLOEXEC);

	(void)probe;
	if (fd < 0)
		fd = open("/", O_RDONLY | O_CLOEXEC);
	return probe_result(syscall(SYS_open_by_handle_at, fd, &handle, O_RDONLY));
}

/* ---- programs in the kernel, and windows into it ----------------------------------------- */

static long load_program(const struct probe *probe)
{
	static const struct bpf_insn program[] = {{.code = 0xb7}, {.code = 0x95}};
	union bpf_attr attr = {
		.prog_type = (uint32_t)probe->a,
		.insn_cnt = COUNT(program),
		.insns = (uintptr_t)program,
		.license = (uintptr_t) "GPL",
	};

	return probe_result(syscall(SYS_bpf, BPF_PROG_LOAD, &attr, sizeof(attr)));
}

static long trace_machine(const struct probe *probe)
{
	struct perf_event_attr attr = {.type = PERF_TYPE_SOFTWARE,
				       .size = sizeof(attr),
				       .config = PERF_COUNT_SW_CPU_CLOCK};

	(void)probe;
	return probe_result(syscall(SYS_perf_event_open, &attr, -1, 0, -1, 0));
}

static long io_uring(const struct probe *probe)
{
	struct io_uring_params params = {0};

	(void)probe;
	return probe_result(syscall(SYS_io_uring_setup, 1, &params));
}

/* Sets what is set already. */
static long set_clock(const struct probe *probe)
{
	struct timex timex = {.modes = ADJ_TICK, .tick = 10000};

	(void)probe;
	return probe_result(adjtimex(&timex));
}

/* To what it is. */
static long settle_clock(const struct probe *probe)
{
	struct timespec now;

	(void)probe;
	if (clock_gettime(CLOCK_REALTIME, &now) < 0)
		return probe_result(-1);
	return probe_result(clock_settime(CLOCK_REALTIME, &now));
}

static long be_called(const struct probe *probe)
{
	return probe_result(syscall(probe->a, "probe", 5));
}

/* ---- keys -------------------------------------------------------------------------------- */

static long add_key(const struct probe *probe)
{
	return probe_result(syscall(SYS_add_key, "user", "probe", "x", 1, probe->a));
}

/* ---- other ABIs -------------------------------------------------------------------------- */

#ifdef __x86_64__
/* Pointers below 4 GiB only: this program is linked there. */
static long call_i386(long number, long a, long b, long c)
{
	long r;

	__asm__ volatile("int $0x80"
			 : "=a"(r)
			 : "a"(number), "b"(a), "c"(b), "d"(c)
			 : "memory", "r8", "r9", "r10", "r11");
	return (int)r;
}

static long io_ports(const struct probe *probe)
{
	return probe_result(syscall(SYS_ioperm, probe->a, 1, 1));
}

/* @a: number of the i386 call */
static long try_i386(const struct probe *probe)
{
	return call_i386(probe->a, probe->b, probe->c, 0);
}

static long i386_socketcall(const struct probe *probe)
{
	static unsigned int arguments[3];

	arguments[0] = (unsigned int)probe->a;
	arguments[1] = SOCK_STREAM;
	return call_i386(102, 1, (long)(uintptr_t)arguments, 0);
}

static long try_x32(const struct probe *probe)
{
	return probe_result(syscall(probe->a | X32_BIT, probe->b, probe->c, 0, 0, 0));
}
#endif

/* ---- the table --------------------------------------------------------------------------- */

#define CALL(id, what, where, number, b, c)               \
	{                                                 \
		id, what, probe_call, where, number, b, c \
	}
#define UNSHARE(what, flag)                                                      \
	{                                                                        \
		"C9", "unshare: " what, try_unshare, ROLE_PRIVILEGED, flag, 0, 0 \
	}

static const struct probe probes[] = {
	{"C8", "mounting an empty file system", try_mount, ROLE_PRIVILEGED, TEXT("tmpfs"), 0, 0},
	{"C8", "mounting /proc anew", try_mount, ROLE_PRIVILEGED, TEXT("proc"), 0, 0},
	{"C8", "mounting the root elsewhere", try_mount, ROLE_PRIVILEGED, 0, MS_BIND | MS_REC,
	 TEXT("/")},
	{"C8", "mounting kernel debugging", try_mount, NOWHERE, TEXT("debugfs"), 0, 0},
	{"C8", "mounting kernel tracing", try_mount, NOWHERE, TEXT("tracefs"), 0, 0},
	{"C8", "mounting kernel security", try_mount, NOWHERE, TEXT("securityfs"), 0, 0},
	{"C8", "mounting devices of the machine", try_mount, NOWHERE, TEXT("devtmpfs"), 0, 0},
	{"C8", "changing how mounts travel", try_mount, ROLE_PRIVILEGED, 0, MS_BIND, TEXT("/tmp")},
	{"B1", "CVE-2019-16884: /proc/sys made writable", remount, ROLE_PRIVILEGED,
	 TEXT("/proc/sys"), 0, 0},
	{"B1", "CVE-2019-16884: /sys made writable", remount, ROLE_PRIVILEGED, TEXT("/sys"), 0, 0},
	{"B3", "CVE-2025-31133: a mask taken off", unmask, ROLE_PRIVILEGED, TEXT("/proc/keys"), 0,
	 0},
	{"B6", "pivot_root", pivot, ROLE_PRIVILEGED, 0, 0, 0},
	{"B6", "out of a root by one below it", escape_root, NOWHERE, 0, 0, 0},
	CALL("C8", "CVE-2022-0185: fsopen", ROLE_PRIVILEGED, SYS_fsopen, TEXT("tmpfs"), 0),
	CALL("C8", "fspick", ROLE_PRIVILEGED, SYS_fspick, AT_FDCWD, TEXT("/")),
	CALL("C8", "fsconfig", ROLE_PRIVILEGED, SYS_fsconfig, -1, 0),
	CALL("C8", "fsmount", ROLE_PRIVILEGED, SYS_fsmount, -1, 0),
	{"C8", "open_tree", clone_tree, ROLE_PRIVILEGED, 0, 0, 0},
	CALL("C8", "move_mount", ROLE_PRIVILEGED, SYS_move_mount, -1, TEXT("")),
	CALL("C8", "mount_setattr", ROLE_PRIVILEGED, SYS_mount_setattr, -1, TEXT("")),
	CALL("C8", "open_tree_attr", ROLE_PRIVILEGED, SYS_OPEN_TREE_ATTR, -1, TEXT("")),
	CALL("C8", "listmount", ROLE_PRIVILEGED, SYS_listmount, 0, 0),
	CALL("C8", "statmount", ROLE_PRIVILEGED, SYS_statmount, 0, 0),
	UNSHARE("users (CVE-2022-1015, CVE-2024-1086)", CLONE_NEWUSER),
	UNSHARE("groups (CVE-2022-0492)", CLONE_NEWUSER | CLONE_NEWCGROUP),
	UNSHARE("mounts", CLONE_NEWNS),
	UNSHARE("networks", CLONE_NEWNET),
	UNSHARE("processes", CLONE_NEWPID),
	UNSHARE("queues and shared memory", CLONE_NEWIPC),
	UNSHARE("host names", CLONE_NEWUTS),
	UNSHARE("control groups", CLONE_NEWCGROUP),
	UNSHARE("clocks", CLONE_NEWTIME),
	UNSHARE("users, with a high bit", CLONE_NEWUSER | HIGH_BIT),
	{"C9", "clone: users", try_clone, ROLE_PRIVILEGED, CLONE_NEWUSER, 0, 0},
	{"C9", "clone: mounts", try_clone, ROLE_PRIVILEGED, CLONE_NEWNS, 0, 0},
	{"C9", "clone: networks", try_clone, ROLE_PRIVILEGED, CLONE_NEWNET, 0, 0},
	{"C9", "clone: processes", try_clone, ROLE_PRIVILEGED, CLONE_NEWPID, 0, 0},
	{"C9", "clone: queues and shared memory", try_clone, ROLE_PRIVILEGED, CLONE_NEWIPC, 0, 0},
	{"C9", "clone: host names", try_clone, ROLE_PRIVILEGED, CLONE_NEWUTS, 0, 0},
	{"C9", "clone: control groups", try_clone, ROLE_PRIVILEGED, CLONE_NEWCGROUP, 0, 0},
	{"C9", "clone3: clocks", try_clone, ROLE_PRIVILEGED, CLONE_NEWTIME, 1, 0},
	{"C9", "the namespace of users above", namespace_above, NOWHERE, TEXT("/proc/self/ns/user"),
	 0, 0},
	{"C9", "the namespace of processes above", namespace_above, NOWHERE,
	 TEXT("/proc/self/ns/pid"), 0, 0},
	{"A3", "init's mounts, by a pidfd", namespace_of_init, NOWHERE, PIDFD_GET_MNT_NAMESPACE, 0,
	 0},
	{"A3", "init's network, by a pidfd", namespace_of_init, NOWHERE, PIDFD_GET_NET_NAMESPACE, 0,
	 0},
	{"A3", "init's control groups, by a pidfd", namespace_of_init, NOWHERE,
	 PIDFD_GET_CGROUP_NAMESPACE, 0, 0},
	{"C11", "clone: users, with a high bit", try_clone, ROLE_PRIVILEGED,
	 CLONE_NEWUSER | HIGH_BIT, 0, 0},
	{"C9", "clone3: users", try_clone, ROLE_PRIVILEGED, CLONE_NEWUSER, 1, 0},
	{"C9", "setns: mounts", enter, ROLE_PRIVILEGED, TEXT("/proc/self/ns/mnt"), 0, 0},
	{"C9", "setns: a network", enter, ROLE_PRIVILEGED, TEXT("/proc/self/ns/net"), 0, 0},
	{"B8", "files by their handles (shocker)", shocker, NOWHERE, 0, 0, 0},
	{"C7", "bpf: a socket's filter", load_program, NOWHERE, BPF_PROG_TYPE_SCHED_CLS, 0, 0},
	{"C7", "bpf: the kernel's functions", load_program, NOWHERE, BPF_PROG_TYPE_KPROBE, 0, 0},
	{"C7", "bpf: the group's devices", load_program, NOWHERE, BPF_PROG_TYPE_CGROUP_DEVICE, 0,
	 0},
	{"C7", "perf_event_open: all of a processor", trace_machine, NOWHERE, 0, 0, 0},
	{"C7", "io_uring, which does what no filter sees", io_uring, ROLE_PRIVILEGED, 0, 0, 0},
	CALL("C7", "io_uring that another has set up", ROLE_PRIVILEGED, SYS_io_uring_enter, -1, 0),
	CALL("C7", "io_uring, registering", ROLE_PRIVILEGED, SYS_io_uring_register, -1, 0),
	CALL("C7", "userfaultfd: in the kernel's accesses, too", NOWHERE, SYS_userfaultfd,
	     O_CLOEXEC, 0),
	CALL("C7", "kexec_load", NOWHERE, SYS_kexec_load, 0, 0),
	CALL("C7", "kexec_file_load", NOWHERE, SYS_kexec_file_load, -1, -1),
	CALL("C7", "init_module", NOWHERE, SYS_init_module, 0, 0),
	CALL("C7", "finit_module", NOWHERE, SYS_finit_module, -1, 0),
	CALL("C7", "delete_module", NOWHERE, SYS_delete_module, TEXT("nosuch"), O_NONBLOCK),
	CALL("C7", "swapon", NOWHERE, SYS_swapon, TEXT("/nosuch"), 0),
	CALL("C7", "swapoff", NOWHERE, SYS_swapoff, TEXT("/nosuch"), 0),
	CALL("C7", "move_pages", ROLE_PRIVILEGED, SYS_move_pages, 0, 0),
	CALL("C7", "migrate_pages", ROLE_PRIVILEGED, SYS_migrate_pages, 0, 0),
	CALL("C7", "set_mempolicy", ROLE_PRIVILEGED, SYS_set_mempolicy, 0, 0),
	CALL("C7", "mbind", ROLE_PRIVILEGED, SYS_mbind, 0, 0),
	CALL("C7", "process_madvise", ROLE_PRIVILEGED, SYS_process_madvise, -1, 0),
	CALL("B10", "CVE-2022-0847: pages handed to a pipe", ROLE_PRIVILEGED, SYS_vmsplice, -1, 0),
	CALL("C7", "acct", NOWHERE, SYS_acct, 0, 0),
	CALL("C7", "reboot", ROLE_PRIVILEGED, SYS_reboot, 0, 0),
	CALL("D7", "kernel messages, by syslog", NOWHERE, SYS_syslog, 9, 0),
	CALL("C7", "fanotify: with a say in what others open", NOWHERE, SYS_fanotify_init, 4, 0),
	CALL("C7", "fanotify: what is watched", ROLE_PRIVILEGED, SYS_fanotify_mark, -1, 0),
	CALL("C7", "vhangup", NOWHERE, SYS_vhangup, 0, 0),
	CALL("C7", "quotactl", NOWHERE, SYS_quotactl, 0x800002 << 8, TEXT("/nosuch")),
	{"D6", "the machine's clock", set_clock, NOWHERE, 0, 0, 0},
	{"D6", "the same, by clock_settime", settle_clock, NOWHERE, 0, 0, 0},
	{"D4", "its host name", be_called, ROLE_PRIVILEGED, SYS_sethostname, 0, 0},
	{"D4", "its domain's name", be_called, ROLE_PRIVILEGED, SYS_setdomainname, 0, 0},
	CALL("C7", "personality: data that can be executed", ROLE_PRIVILEGED, SYS_personality,
	     0x400000, 0),
	CALL("C11", "personality: the same with a high bit", ROLE_PRIVILEGED, SYS_personality,
	     0x400000 | HIGH_BIT, 0),
	CALL("C6", "CVE-2016-0728: a session keyring", ROLE_PRIVILEGED, SYS_keyctl,
	     KEYCTL_JOIN_SESSION_KEYRING, 0),
	CALL("C6", "keyrings of its user", ROLE_PRIVILEGED, SYS_keyctl, KEYCTL_GET_KEYRING_ID,
	     KEY_SPEC_USER_KEYRING),
	CALL("C11", "keyrings, with a high bit", ROLE_PRIVILEGED, SYS_keyctl,
	     KEYCTL_JOIN_SESSION_KEYRING | HIGH_BIT, 0),
	{"C6", "a key of its own", add_key, ROLE_PRIVILEGED, KEY_SPEC_PROCESS_KEYRING, 0, 0},
	CALL("C6", "keys of others", ROLE_PRIVILEGED, SYS_request_key, TEXT("user"),
	     TEXT("nosuch")),
#ifdef __x86_64__
	CALL("C7", "iopl", NOWHERE, SYS_iopl, 3, 0),
	CALL("C7", "modify_ldt", ROLE_PRIVILEGED, SYS_modify_ldt, 0, 0),
	CALL("C7", "lookup_dcookie", NOWHERE, 212, 0, 0),
	CALL("C7", "uselib", NOWHERE, SYS_uselib, TEXT("/nosuch"), 0),
	CALL("C7", "sysfs", ROLE_PRIVILEGED, SYS_sysfs, 3, 0),
	CALL("C7", "ustat", ROLE_PRIVILEGED, SYS_ustat, 0, 0),
	{"C7", "ioperm", io_ports, NOWHERE, 0x70, 0, 0},
	{"C10", "int 0x80: anything", try_i386, ROLE_PRIVILEGED, 20, 0, 0},
	{"C10", "int 0x80: users", try_i386, ROLE_PRIVILEGED, 310, CLONE_NEWUSER, 0},
	{"C10", "int 0x80: AF_VSOCK by socketcall", i386_socketcall, ROLE_PRIVILEGED, 40, 0, 0},
	{"C10", "int 0x80: AF_ALG by socketcall", i386_socketcall, ROLE_PRIVILEGED, 38, 0, 0},
	{"C10", "x32: anything", try_x32, ROLE_PRIVILEGED, SYS_getpid, 0, 0},
	{"C10", "x32: users", try_x32, ROLE_PRIVILEGED, SYS_unshare, CLONE_NEWUSER, 0},
#endif
};

const struct probe_table probes_calls = {probes, COUNT(probes)};
