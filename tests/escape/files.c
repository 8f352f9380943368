/* SPDX-License-Identifier: Apache-2.0 */

/* Ways out by files: descriptors, /proc and /sys, devices, control groups. */

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "tests/escape/probe.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* ---- descriptors ----------------------------------------------------------------------------- */

/* Whatever lies beyond the three is somebody else's. */
static long inherited(const struct probe *probe)
{
	long found = -ENOENT;

	(void)probe;
	for (int fd = 3; fd < 4096; fd++)
		if (fcntl(fd, F_GETFD) >= 0) {
			probe_note("%d ", fd);
			found = fd;
		}
	return found;
}

/* CVE-2024-21626: a directory of the machine's, by a path that only a descriptor knows. */
static long unreachable_cwd(const struct probe *probe)
{
	char where[4096];

	(void)probe;
	if (syscall(SYS_getcwd, where, sizeof(where)) < 0)
		return probe_result(-1);
	return where[0] == '/' ? -ENOENT : 0;
}

/* ---- all that can be written below /proc and /sys ---------------------------------------- */

/* Open to everybody, for writing down of what to be told. */
static const char requests[] = "/proc/pressure/";

/* Settings of a node's own namespaces, which only --privileged shows writable. */
static const char *const own_settings[] = {
	"/proc/sys/net/",
	"/proc/sys/user/",
	"/proc/sys/fs/mqueue/",
	"/proc/sys/kernel/msg",
	"/proc/sys/kernel/sem",
	"/proc/sys/kernel/shm",
	"/proc/sys/kernel/hostname",
	"/proc/sys/kernel/domainname",
	"/proc/sys/kernel/auto_msgmni",
	"/proc/sys/kernel/ns_last_pid",
	"/proc/sys/kernel/pid_max", /* of the pid namespace, from Linux 6.14 on */
	"/sys/devices/virtual/net/",
};

static bool is_own(const char *path)
{
	if (strncmp(path, requests, sizeof(requests) - 1) == 0)
		return true;
	for (size_t i = 0; probe_role == ROLE_PRIVILEGED && i < COUNT(own_settings); i++)
		if (strncmp(path, own_settings[i], strlen(own_settings[i])) == 0)
			return true;
	return false;
}

/* What covers a masked file is /dev/null, and what no mode lets anybody write to takes no
 * write. */
static void look_at(const char *path, size_t *found)
{
	int fd = open(path, O_WRONLY | O_NONBLOCK | O_CLOEXEC);
	struct stat st;
	bool counts;

	if (fd < 0)
		return;
	counts = fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && (st.st_mode & 0222) && !is_own(path);
	close(fd);
	if (counts && (*found)++ < 5)
		probe_note("%s ", path);
}

static void walk(const char *path, size_t *found)
{
	DIR *dir = opendir(path);
	const struct dirent *entry;
	char below[4096];

	while (dir && (entry = readdir(dir))) {
		int length = snprintf(below, sizeof(below), "%s/%s", path, entry->d_name);

		if (entry->d_name[0] == '.' || length < 0 || (size_t)length >= sizeof(below))
			continue;
		if (entry->d_type == DT_REG)
			look_at(below, found);
		/* processes have rows of their own */
		else if (entry->d_type == DT_DIR && !isdigit((unsigned char)entry->d_name[0]))
			walk(below, found);
	}
	if (dir)
		closedir(dir);
}

/* @a: the tree, made writable as a whole if that can be */
static long writable(const struct probe *probe)
{
	const char *path = (const char *)probe->a; /* NOLINT: a table's column */
	size_t found = 0;

	(void)mount(NULL, path, NULL, MS_REMOUNT | MS_BIND, NULL);
	walk(path, &found);
	return found > 0 ? (long)found : -EACCES;
}

/* @a: what should be masked; something to be read is too much */
static long readable(const struct probe *probe)
{
	const char *path = (const char *)probe->a; /* NOLINT: a table's column */
	int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	struct stat st;
	char byte;
	long r;

	if (fd < 0 || fstat(fd, &st) < 0)
		return probe_result(-1);
	if (S_ISDIR(st.st_mode)) {
		DIR *dir = fdopendir(fd);
		const struct dirent *entry;

		while (dir && (entry = readdir(dir)))
			if (entry->d_name[0] != '.')
				return 0;
		return -ENOENT;
	}
	r = probe_result(read(fd, &byte, 1));
	return r == 0 ? -ENOENT : r == 1 && byte == '\0' ? -ENOENT : r;
}

/* ---- devices --------------------------------------------------------------------------------- */

/* @a: kind, @b: major, @c: minor: a node that can be opened, wherever it may be made */
static long device(const struct probe *probe)
{
	static const char *const places[] = {"/dev/probe", "/tmp/probe", "/probe", "/dev/shm/probe",
					     "/dev/mqueue/probe"};
	long r = -ENOENT;

	for (size_t i = 0; i < COUNT(places); i++) {
		int fd;

		(void)unlink(places[i]);
		if (mknod(places[i], (mode_t)probe->a | 0666,
			  makedev((unsigned int)probe->b, (unsigned int)probe->c)) < 0) {
			r = -errno;
			continue;
		}
		fd = open(places[i], O_RDONLY | O_NONBLOCK | O_CLOEXEC);
		r = probe_result(fd);
		(void)unlink(places[i]);
		if (fd >= 0) {
			probe_note("%s", places[i]);
			return r;
		}
	}
	return r;
}

/* Mounted over the node's own: is it the device still? */
static long terminal_of_the_machine(const struct probe *probe)
{
	int fd = open("/dev/console", O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
	struct stat st;

	(void)probe;
	if (fd < 0 || fstat(fd, &st) < 0)
		return probe_result(-1);
	return major(st.st_rdev) == 136 ? -ENOENT : 0; /* a pseudo-terminal of its own */
}

/* ---- control groups ---------------------------------------------------------------------- */

/* CVE-2022-0492: a hierarchy of v1, in which the kernel would run a program of ours as the
 * machine's root. */
static long release_agent(const struct probe *probe)
{
	static const char *const hierarchies[] = {
		"memory", "pids", "cpu",  "cpu,cpuacct",     "devices",          "freezer",
		"blkio",  "rdma", "misc", "none,name=probe", "none,name=systemd"};
	long r = -ENOENT;

	(void)probe;
	for (size_t i = 0; i < COUNT(hierarchies); i++) {
		if (mount("none", "/mnt", "cgroup", 0, hierarchies[i]) < 0) {
			r = -errno == -EINVAL ? r : -errno;
			continue;
		}
		r = probe_result(open("/mnt/release_agent", O_WRONLY | O_CLOEXEC));
		(void)umount("/mnt");
		if (r >= 0) {
			probe_note("%s", hierarchies[i]);
			return r;
		}
	}
	return r;
}

/* Out of the group: in a mount of the whole tree, if one can be had, or a group above. */
static long leave_group(const struct probe *probe)
{
	static const char *const files[] = {"/sys/fs/cgroup/cgroup.procs",
					    "/sys/fs/cgroup/../cgroup.procs", "/mnt/cgroup.procs",
					    "/mnt/../cgroup.procs"};
	long r = -ENOENT;

	(void)probe;
	(void)mount("none", "/mnt", "cgroup2", 0, NULL);
	for (size_t i = 0; i < COUNT(files); i++) {
		int fd = open(files[i], O_WRONLY | O_CLOEXEC);

		r = probe_result(fd < 0 ? -1 : write(fd, "0", 1));
		if (r >= 0) {
			probe_note("%s", files[i]);
			break;
		}
	}
	(void)umount2("/mnt", MNT_DETACH);
	return r;
}

/* A thousand of them would cost the machine, and no limit of processes counts them. */
static long grow_groups(const struct probe *probe)
{
	const char *path = (const char *)probe->a; /* NOLINT: a table's column */
	long r = probe_result(mkdir(path, 0700));

	if (r == 0)
		(void)rmdir(path);
	return r;
}

/* ---- the table --------------------------------------------------------------------------- */

#define WRITE(id, what, path)                                                    \
	{                                                                        \
		id, what ": " path, probe_open, NOWHERE, TEXT(path), O_WRONLY, 0 \
	}
#define MASKED(path)                                                                       \
	{                                                                                  \
		"C5", "what is masked: " path, readable, ROLE_PRIVILEGED, TEXT(path), 0, 0 \
	}
/* of these a privileged node's root is not the owner */
#define SECRET(path)                                                               \
	{                                                                          \
		"C5", "what is masked: " path, readable, NOWHERE, TEXT(path), 0, 0 \
	}

static const struct probe probes[] = {
	{"A1", "CVE-2019-5736: the program of the joining runtime", probe_open, NOWHERE,
	 TEXT("/proc/1/exe"), O_RDONLY, 0},
	{"A1", "CVE-2019-5736: the same, without reading it", probe_open, NOWHERE,
	 TEXT("/proc/1/exe"), O_PATH, 0},
	{"A2", "CVE-2024-21626: a working directory outside", unreachable_cwd, NOWHERE, 0, 0, 0},
	{"A3", "CVE-2016-9962: init's working directory", probe_open, NOWHERE, TEXT("/proc/1/cwd"),
	 O_PATH, 0},
	{"A3", "CVE-2016-9962: init's root", probe_open, NOWHERE, TEXT("/proc/1/root"), O_PATH, 0},
	{"A3", "CVE-2016-9962: init's namespaces", probe_open, NOWHERE, TEXT("/proc/1/ns/mnt"),
	 O_RDONLY, 0},
	{"A4", "descriptors that were inherited", inherited, NOWHERE, 0, 0, 0},
	{"A4", "init's descriptors", probe_open, NOWHERE, TEXT("/proc/1/fd/0"), O_PATH, 0},
	{"B2", "CVE-2025-52881: all files of /proc for writing", writable, NOWHERE, TEXT("/proc"),
	 0, 0},
	{"C1", "all files of /sys for writing", writable, NOWHERE, TEXT("/sys"), 0, 0},
	WRITE("C1", "a program on a crash", "/proc/sys/kernel/core_pattern"),
	WRITE("C1", "a program for modules", "/proc/sys/kernel/modprobe"),
	WRITE("C1", "a program for devices", "/sys/kernel/uevent_helper"),
	WRITE("C1", "a program for files", "/proc/sys/fs/binfmt_misc/register"),
	WRITE("C1", "the console's keys", "/proc/sysrq-trigger"),
	WRITE("C1", "the keys that it takes", "/proc/sys/kernel/sysrq"),
	WRITE("C1", "what a panic does", "/proc/sys/kernel/panic"),
	WRITE("C1", "sleep", "/sys/power/state"),
	WRITE("C1", "what the kernel tells of itself", "/proc/dynamic_debug/control"),
	WRITE("C13", "init's memory", "/proc/1/mem"),
	SECRET("/proc/kcore"),
	SECRET("/proc/kmsg"),
	SECRET("/proc/slabinfo"),
	SECRET("/proc/timer_list"),
	SECRET("/proc/vmallocinfo"),
	SECRET("/proc/pagetypeinfo"),
	SECRET("/proc/kpagecount"),
	SECRET("/proc/kpageflags"),
	SECRET("/proc/kpagecgroup"),
	SECRET("/sys/kernel/debug"),
	SECRET("/sys/kernel/tracing"),
	SECRET("/sys/fs/bpf"),
	SECRET("/sys/fs/selinux"),
	MASKED("/proc/keys"),
	MASKED("/proc/sched_debug"),
	MASKED("/proc/timer_stats"),
	MASKED("/sys/devices/system/cpu/cpu0/thermal_throttle"),
	MASKED("/proc/interrupts"),
	MASKED("/proc/kallsyms"),
	MASKED("/proc/latency_stats"),
	MASKED("/proc/acpi"),
	MASKED("/proc/asound"),
	MASKED("/proc/scsi"),
	MASKED("/sys/firmware"),
	MASKED("/sys/devices/virtual/powercap"),
	MASKED("/sys/kernel/vmcoreinfo"),
	MASKED("/sys/kernel/security"),
	MASKED("/sys/module"),
	MASKED("/sys/dev/block"),
	{"C4", "the machine's memory", device, NOWHERE, S_IFCHR, 1, 1},
	{"C4", "kernel messages", device, NOWHERE, S_IFCHR, 1, 11},
	{"C4", "a disk", device, NOWHERE, S_IFBLK, 8, 0},
	{"C4", "a virtual disk", device, NOWHERE, S_IFBLK, 254, 0},
	{"C4", "a loop device", device, NOWHERE, S_IFBLK, 7, 0},
	{"C4", "the machine's first console", device, NOWHERE, S_IFCHR, 4, 1},
	{"C4", "the machine's console", device, NOWHERE, S_IFCHR, 5, 1},
	{"C4", "tun, which runtimes have allowed", device, NOWHERE, S_IFCHR, 10, 200},
	{"C4", "fuse", device, NOWHERE, S_IFCHR, 10, 229},
	{"C4", "kvm", device, NOWHERE, S_IFCHR, 10, 232},
	{"C4", "vsock's hypervisor side", device, NOWHERE, S_IFCHR, 10, 241},
	{"C4", "a device of the image", probe_open, NOWHERE, TEXT("/escape/mem"), O_RDONLY, 0},
	{"C4", "a device of a volume", probe_open, NOWHERE, TEXT("/mnt/mem"), O_RDONLY, 0},
	{"C4", "tun where it is looked for", probe_open, NOWHERE, TEXT("/dev/net/tun"), O_RDWR, 0},
	{"C12", "a terminal of the machine's", terminal_of_the_machine, NOWHERE, 0, 0, 0},
	{"C3", "CVE-2022-0492: a release agent", release_agent, NOWHERE, 0, 0, 0},
	{"C3", "CVE-2022-0492: the mounted group's", probe_open, NOWHERE,
	 TEXT("/sys/fs/cgroup/release_agent"), O_WRONLY, 0},
	{"C3", "telling it when a group is empty", probe_open, NOWHERE,
	 TEXT("/sys/fs/cgroup/notify_on_release"), O_WRONLY, 0},
	{"A8", "CVE-2023-25809: leaving the control group", leave_group, NOWHERE, 0, 0, 0},
	WRITE("A8", "CVE-2023-25809: raising its own limit", "/sys/fs/cgroup/pids.max"),
	WRITE("A8", "CVE-2023-25809: on v1", "/sys/fs/cgroup/pids/pids.max"),
	{"E10", "control groups of its own", grow_groups, NOWHERE, TEXT("/sys/fs/cgroup/probe"), 0,
	 0},
	{"E10", "the same on v1", grow_groups, NOWHERE, TEXT("/sys/fs/cgroup/memory/probe"), 0, 0},
};

const struct probe_table probes_files = {probes, COUNT(probes)};
