/* SPDX-License-Identifier: Apache-2.0 */

/* The kernel's calls and its namespaces. */

#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <linux/keyctl.h>
#include <linux/memfd.h>
#include <linux/openat2.h>
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/pidfd.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "base/number.h"
#include "base/text.h"
#include "runtime/machine.h"

#ifndef MFD_EXEC
#define MFD_EXEC 0x10U
#endif

/* mount_setattr(2) is the youngest call that nothing can stand in for */
#define OLDEST_MAJOR 5
#define OLDEST_MINOR 12

/* ---- calls ---------------------------------------------------------------- */

static int try_clone3(void)
{
	int pidfd = -1;
	struct clone_args args = {
		.flags = CLONE_PIDFD | CLONE_CLEAR_SIGHAND,
		.pidfd = (uintptr_t)&pidfd,
		.exit_signal = SIGCHLD,
	};
	long pid = syscall(SYS_clone3, &args, sizeof(args));

	if (pid == 0)
		_exit(0);
	if (pid < 0 || waitpid((pid_t)pid, NULL, 0) < 0)
		return errno;
	return 0;
}

static int try_pidfd_open(void)
{
	_cleanup_close_ int fd = pidfd_open(getpid(), 0);

	return fd < 0 || pidfd_send_signal(fd, 0, NULL, 0) < 0 ? errno : 0;
}

static int try_pidfd_getfd(void)
{
	_cleanup_close_ int pidfd = pidfd_open(getpid(), 0);
	_cleanup_close_ int copy = pidfd_getfd(pidfd, pidfd, 0);

	return copy < 0 ? errno : 0;
}

static int try_setns_pidfd(void)
{
	_cleanup_close_ int fd = pidfd_open(getpid(), 0);

	return setns(fd, CLONE_NEWUTS) < 0 ? errno : 0;
}

static int try_openat2(void)
{
	struct open_how how = {
		.flags = O_PATH | O_CLOEXEC,
		.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS,
	};
	_cleanup_close_ int fd = (int)syscall(SYS_openat2, AT_FDCWD, ".", &how, sizeof(how));

	return fd < 0 ? errno : 0;
}

static int try_close_range(void)
{
	return syscall(SYS_close_range, 3, ~0U, CLOSE_RANGE_CLOEXEC) < 0 ? errno : 0;
}

static int try_memfd(void)
{
	_cleanup_close_ int fd = memfd_create("probe", MFD_CLOEXEC | MFD_ALLOW_SEALING | MFD_EXEC);

	if (fd < 0 && errno == EINVAL) /* before Linux 6.3 each may be executed */
		fd = memfd_create("probe", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (fd < 0 ||
	    fcntl(fd, F_ADD_SEALS, F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE) < 0)
		return errno;
	return 0;
}

static int try_keyring(void)
{
	return syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, NULL) < 0 ? errno : 0;
}

#define NEWER "run Linux 5.12 or newer, outside of any sandbox that forbids the call"

static const struct probe calls[] = {
	{"clone3", 0, try_clone3, NCRUN_FINDING_FATAL, NULL, "no node can start", NEWER},
	{"pidfd_open", 0, try_pidfd_open, NCRUN_FINDING_FATAL, NULL, "no node can start", NEWER},
	{"pidfd_getfd", 0, try_pidfd_getfd, NCRUN_FINDING_DEGRADED, NULL,
	 "no descriptors of a running node can be taken over", NEWER},
	{"setns by pidfd", CLONE_NEWUTS, try_setns_pidfd, NCRUN_FINDING_MISSING, NULL,
	 "no `ncrun exec`, `shell` and `cp`", NEWER},
	{"openat2", 0, try_openat2, NCRUN_FINDING_FATAL, NULL,
	 "no path inside a node can be opened safely: no node can start", NEWER},
	{"close_range", 0, try_close_range, NCRUN_FINDING_FATAL, NULL,
	 "nodes would inherit descriptors: no node can start", NEWER},
	{"sealed memfd", 0, try_memfd, NCRUN_FINDING_FATAL, NULL,
	 "a node's init has nothing to run from: no node can start",
	 "sysctl vm.memfd_noexec=1 (2 forbids executable ones)"},
	{"session keyring", 0, try_keyring, NCRUN_FINDING_DEGRADED, NULL,
	 "nodes share the keys of the caller's session where its filter lets them",
	 "a kernel with CONFIG_KEYS"},
};

static void examine_version(struct examination *examination)
{
	struct ncrun_finding finding = {
		.area = "kernel",
		.item = "version",
		.cost = "no node can start",
		.remedy = "run Linux 5.12 or newer",
	};
	unsigned long major, minor = 0;
	char *end;
	struct utsname name;

	uname(&name);
	major = strtoul(name.release, &end, 10);
	if (*end == '.')
		minor = strtoul(end + 1, NULL, 10);
	if (major < OLDEST_MAJOR || (major == OLDEST_MAJOR && minor < OLDEST_MINOR))
		finding.state = NCRUN_FINDING_FATAL;
	examination_add(examination, &finding, "%s %s on %s", name.sysname, name.release,
			name.machine);
}

void machine_examine_kernel(struct examination *examination)
{
	/* what comes first is asked by all that follows: does a user namespace help? */
	examination->has_userns = probe_run(CLONE_NEWUSER | CLONE_NEWUTS, NULL) == 0;
	examine_version(examination);
	examination_try(examination, "kernel", calls, sizeof(calls) / sizeof(calls[0]));
}

/* ---- namespaces ------------------------------------------------------------ */

/* That of Ubuntu's AppArmor may be made by a user, but is good for nothing. */
static int try_userns(void)
{
	return unshare(CLONE_NEWUTS) < 0 || sethostname("probe", 5) < 0 ? errno : 0;
}

#define ROOT_OR_USERNS "become root, or see 'user' above"

static const struct probe namespaces[] = {
	{"user", CLONE_NEWUSER, try_userns, NCRUN_FINDING_MISSING, NULL,
	 "root inside a node is root outside (--userns host); without root no node can start",
	 "sysctl user.max_user_namespaces=15000; for users also kernel.unprivileged_userns_clone=1 "
	 "(Debian) or kernel.apparmor_restrict_unprivileged_userns=0 (Ubuntu)"},
	{"mount", CLONE_NEWNS, NULL, NCRUN_FINDING_FATAL, NULL, "no node can start",
	 ROOT_OR_USERNS},
	{"uts", CLONE_NEWUTS, NULL, NCRUN_FINDING_FATAL, NULL, "no node can start", ROOT_OR_USERNS},
	{"ipc", CLONE_NEWIPC, NULL, NCRUN_FINDING_FATAL, NULL, "no node can start", ROOT_OR_USERNS},
	{"pid", CLONE_NEWPID, NULL, NCRUN_FINDING_FATAL, NULL, "no node can start", ROOT_OR_USERNS},
	{"network", CLONE_NEWNET, NULL, NCRUN_FINDING_FATAL, NULL, "no node can start",
	 ROOT_OR_USERNS},
	{"cgroup", CLONE_NEWCGROUP, NULL, NCRUN_FINDING_FATAL, NULL, "no node can start",
	 ROOT_OR_USERNS},
	{"time", CLONE_NEWTIME, NULL, NCRUN_FINDING_MISSING, NULL, "no clock offsets for nodes",
	 "a kernel with CONFIG_TIME_NS"},
};

static uint64_t read_number(const char *path, uint64_t fallback)
{
	struct ncrun_error ignored = {0};
	_cleanup_free_ char *text = NULL;
	uint64_t value;

	if (file_read_at(AT_FDCWD, path, 64, &text, NULL, &ignored) < 0)
		return fallback;
	text[strcspn(text, "\n")] = '\0';
	if (number_parse_u64("", text, 0, UINT64_MAX, &value, NULL) < 0)
		return fallback;
	return value;
}

/** How many nodes there can be at once, as far as namespaces go. */
static void examine_limits(struct examination *examination)
{
	static const char *const kinds[] = {"user", "mnt", "uts", "ipc", "pid", "net", "cgroup"};
	struct ncrun_finding finding = {
		.area = "namespaces",
		.item = "how many",
		.cost = "few nodes at once",
		.remedy = "sysctl user.max_KIND_namespaces=15000 for that kind",
	};
	uint64_t least = UINT64_MAX;
	const char *kind = "";

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		char path[64];
		uint64_t limit;

		snprintf(path, sizeof(path), "/proc/sys/user/max_%s_namespaces", kinds[i]);
		limit = read_number(path, UINT64_MAX);
		if (limit < least) {
			least = limit;
			kind = kinds[i];
		}
	}
	if (least == UINT64_MAX) {
		examination_add(examination, &finding, "no limit");
		return;
	}
	finding.state = least < 256 ? NCRUN_FINDING_DEGRADED : NCRUN_FINDING_OK;
	examination_add(examination, &finding, "up to %llu (%s)", (unsigned long long)least, kind);
}

void machine_examine_namespaces(struct examination *examination)
{
	examination_try(examination, "namespaces", namespaces,
			sizeof(namespaces) / sizeof(namespaces[0]));
	examine_limits(examination);
	machine_examine_ids(examination);
}
