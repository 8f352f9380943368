/* SPDX-License-Identifier: Apache-2.0 */

/* Ways out by processes: others', terminals, priorities, resources. */

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/kcmp.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include "tests/escape/probe.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define HIGH_BIT     (1L << 32)
#ifndef TIOCLINUX
#define TIOCLINUX 0x541C
#endif

/* ---- others ---------------------------------------------------------------------------------- */

static long trace_init(const struct probe *probe)
{
	return probe_result(ptrace((int)probe->a, 1, NULL, NULL));
}

static long read_init(const struct probe *probe)
{
	char bytes[8];
	struct iovec mine = {bytes, sizeof(bytes)};
	struct iovec theirs = {(void *)0x400000, sizeof(bytes)}; /* NOLINT: where it is linked */

	(void)probe;
	return probe_result(process_vm_readv(1, &mine, 1, &theirs, 1, 0));
}

static long take_descriptor(const struct probe *probe)
{
	long pidfd = syscall(SYS_pidfd_open, 1, 0);

	(void)probe;
	return pidfd < 0 ? probe_result(-1) : probe_result(syscall(SYS_pidfd_getfd, pidfd, 0, 0));
}

static long compare(const struct probe *probe)
{
	(void)probe;
	return probe_result(syscall(SYS_kcmp, 1, getpid(), KCMP_FS, 0, 0));
}

/* It has to die of nothing that the node sends: its end is the node's. Other signals it passes
 * on to the main command, which we may be. */
static long end_init(const struct probe *probe)
{
	(void)probe;
	(void)kill(1, SIGKILL);
	(void)kill(1, SIGSTOP);
	usleep(50000);
	return -EPERM; /* we live */
}

/* The node's own, and nobody else's: init, we and what started us. */
static long strangers(const struct probe *probe)
{
	DIR *proc = opendir("/proc");
	const struct dirent *entry;
	char path[300], comm[32];
	long found = -ENOENT;

	(void)probe;
	while (proc && (entry = readdir(proc))) {
		FILE *file;

		if (entry->d_name[0] < '1' || entry->d_name[0] > '9')
			continue;
		snprintf(path, sizeof(path), "/proc/%s/comm", entry->d_name);
		file = fopen(path, "re");
		if (!file || !fgets(comm, sizeof(comm), file))
			strcpy(comm, "?\n");
		if (file)
			fclose(file);
		comm[strcspn(comm, "\n")] = '\0';
		if (strcmp(comm, "ncrun-init") == 0 || strcmp(comm, "probe") == 0 ||
		    strcmp(comm, "sh") == 0 || strcmp(comm, "sleep") == 0)
			continue;
		probe_note("%s ", comm);
		found = 0;
	}
	return found;
}

/* ---- terminals ------------------------------------------------------------------------------- */

/* On a terminal of our own, which is ours to control: only the filter can refuse it. @a: which,
 * @b: bits beyond */
static long type_into(const struct probe *probe)
{
	int master = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC);
	int unlock = 0, slave;
	unsigned int number = 0;
	char path[32], byte = 'x';

	if (master < 0 || ioctl(master, TIOCSPTLCK, &unlock) < 0 ||
	    ioctl(master, TIOCGPTN, &number) < 0)
		return 1; /* no terminals: then this says nothing */
	snprintf(path, sizeof(path), "/dev/pts/%u", number);
	(void)setsid();
	slave = open(path, O_RDWR | O_CLOEXEC);
	if (slave < 0)
		return 1;
	return probe_result(syscall(SYS_ioctl, slave, probe->a | probe->b, &byte));
}

/* ---- priorities and resources ------------------------------------------------------------ */

static long real_time(const struct probe *probe)
{
	struct sched_param param = {.sched_priority = 1};

	return probe_result(syscall(SYS_sched_setscheduler, 0, probe->a, &param));
}

/* A millisecond of each ten, before everybody else. */
static long deadline(const struct probe *probe)
{
	struct {
		uint32_t size, policy;
		uint64_t flags;
		int32_t nice;
		uint32_t priority;
		uint64_t runtime, deadline, period;
	} attr = {sizeof(attr), 6 /* SCHED_DEADLINE */, 0, 0, 0, 1000000, 10000000, 10000000};

	(void)probe;
	return probe_result(syscall(SYS_sched_setattr, 0, &attr, 0));
}

static long be_nice(const struct probe *probe)
{
	(void)probe;
	return probe_result(setpriority(PRIO_PROCESS, 0, -5));
}

static long real_time_disk(const struct probe *probe)
{
	(void)probe;
	return probe_result(syscall(SYS_ioprio_set, 1, 0, 1 << 13));
}

/* @a: which, beyond what it is */
static long raise_limit(const struct probe *probe)
{
	struct rlimit limit;

	if (getrlimit((int)probe->a, &limit) < 0)
		return probe_result(-1);
	if (limit.rlim_max == RLIM_INFINITY)
		return -ENOENT; /* it has none */
	limit.rlim_max++;
	return probe_result(setrlimit((int)probe->a, &limit));
}

/* @a: whom */
static long spare(const struct probe *probe)
{
	int fd = open((const char *)probe->a, O_WRONLY | O_CLOEXEC); /* NOLINT */

	return fd < 0 ? probe_result(-1) : probe_result(write(fd, "-1000", 5));
}

/* More than every user may lock. */
static long lock_memory(const struct probe *probe)
{
	size_t size = (size_t)64 << 20;
	struct rlimit limit;
	void *memory;
	long r;

	(void)probe;
	if (getrlimit(RLIMIT_MEMLOCK, &limit) == 0 && limit.rlim_cur >= size)
		return -ENOENT; /* it has been given that much */
	memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	r = probe_result(mlock(memory, size));
	return r == -ENOMEM ? -EPERM : r;
}

/* A core of the node's would be the machine's to write, by its core_pattern. */
static long core(const struct probe *probe)
{
	struct rlimit limit;

	(void)probe;
	if (getrlimit(RLIMIT_CORE, &limit) < 0)
		return probe_result(-1);
	return limit.rlim_max == 0 ? -EPERM : (long)(limit.rlim_max >> 1);
}

/* ---- the table --------------------------------------------------------------------------- */

static const struct probe probes[] = {
	{"C13", "tracing init", trace_init, NOWHERE, PTRACE_ATTACH, 0, 0},
	{"C13", "tracing init, quietly", trace_init, NOWHERE, PTRACE_SEIZE, 0, 0},
	{"C13", "init's memory, by process_vm_readv", read_init, NOWHERE, 0, 0, 0},
	{"C13", "init's descriptors, by pidfd_getfd", take_descriptor, NOWHERE, 0, 0, 0},
	{"C13", "init's kernel addresses, by kcmp", compare, NOWHERE, 0, 0, 0},
	{"C13", "ending init", end_init, NOWHERE, 0, 0, 0},
	{"C13", "processes of the machine", strangers, NOWHERE, 0, 0, 0},
	{"C12", "CVE-2017-5226, CVE-2023-28100: TIOCSTI", type_into, ROLE_PRIVILEGED, TIOCSTI, 0,
	 0},
	{"C11", "CVE-2019-10063: TIOCSTI with a high bit", type_into, ROLE_PRIVILEGED, TIOCSTI,
	 HIGH_BIT, 0},
	{"C12", "CVE-2023-28100: TIOCLINUX", type_into, ROLE_PRIVILEGED, TIOCLINUX, 0, 0},
	{"C11", "TIOCLINUX with a high bit", type_into, ROLE_PRIVILEGED, TIOCLINUX, HIGH_BIT, 0},
	{"C14", "real time: first in, first out", real_time, NOWHERE, SCHED_FIFO, 0, 0},
	{"C14", "real time: in turns", real_time, NOWHERE, SCHED_RR, 0, 0},
	{"C14", "real time: by deadlines", deadline, NOWHERE, 0, 0, 0},
	{"C14", "real time by a limit", raise_limit, NOWHERE, RLIMIT_RTPRIO, 0, 0},
	{"C14", "a priority by a limit", raise_limit, NOWHERE, RLIMIT_NICE, 0, 0},
	{"C14", "a higher priority", be_nice, NOWHERE, 0, 0, 0},
	{"C14", "the disk first", real_time_disk, NOWHERE, 0, 0, 0},
	{"C14", "more descriptors than the limit", raise_limit, NOWHERE, RLIMIT_NOFILE, 0, 0},
	{"C14", "more processes than the limit", raise_limit, NOWHERE, RLIMIT_NPROC, 0, 0},
	{"C14", "more locked memory than the limit", raise_limit, NOWHERE, RLIMIT_MEMLOCK, 0, 0},
	{"C14", "locked memory", lock_memory, NOWHERE, 0, 0, 0},
	{"C14", "not to be killed when memory is short", spare, NOWHERE,
	 TEXT("/proc/self/oom_score_adj"), 0, 0},
	{"C14", "nor init", spare, NOWHERE, TEXT("/proc/1/oom_score_adj"), 0, 0},
	{"E9", "core dumps", core, NOWHERE, 0, 0, 0},
};

const struct probe_table probes_processes = {probes, COUNT(probes)};
