/* SPDX-License-Identifier: Apache-2.0 */

#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "runtime/machine.h"

/** Load a filter that allows everything. */
static long load_filter(unsigned int flags)
{
	struct sock_filter allow = BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
	struct sock_fprog program = {.len = 1, .filter = &allow};

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return -1;
	return syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &program);
}

static int try_filter(void)
{
	return load_filter(0) < 0 ? errno : 0;
}

static int try_spec_allow(void)
{
	return load_filter(SECCOMP_FILTER_FLAG_SPEC_ALLOW) < 0 ? errno : 0;
}

static int try_listener(void)
{
	_cleanup_close_ int fd = (int)load_filter(SECCOMP_FILTER_FLAG_NEW_LISTENER);

	return fd < 0 ? errno : 0;
}

static int try_action(unsigned int action)
{
	return syscall(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0, &action) < 0 ? errno : 0;
}

static int try_log(void)
{
	return try_action(SECCOMP_RET_LOG);
}

static int try_kill_process(void)
{
	return try_action(SECCOMP_RET_KILL_PROCESS);
}

static const struct probe probes[] = {
	{"filters", 0, try_filter, NCRUN_FINDING_FATAL, NULL,
	 "nodes start with --seccomp unconfined only", "a kernel with CONFIG_SECCOMP_FILTER"},
	{"kill the process", 0, try_kill_process, NCRUN_FINDING_DEGRADED, NULL,
	 "profiles that kill the process cannot be used", "run Linux 4.14 or newer"},
	{"log", 0, try_log, NCRUN_FINDING_DEGRADED, NULL, "profiles that log cannot be used",
	 "run Linux 4.14 or newer"},
	{"listener", 0, try_listener, NCRUN_FINDING_MISSING, NULL,
	 "no --seccomp log, no listenerPath", "run Linux 5.5 or newer"},
	{"speculation allowed", 0, try_spec_allow, NCRUN_FINDING_DEGRADED, NULL,
	 "programs in nodes run slower on older CPUs", "run Linux 4.17 or newer"},
};

void machine_examine_seccomp(struct examination *examination)
{
	examination_try(examination, "seccomp", probes, sizeof(probes) / sizeof(probes[0]));
}
