/* SPDX-License-Identifier: Apache-2.0 */

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "base/file.h"
#include "runtime/idmap.h"

int scheduling_reset(pid_t pid, struct ncrun_error *err)
{
	static const struct sched_param zero;

	if (syscall(SYS_sched_getscheduler, 0) != SCHED_OTHER &&
	    syscall(SYS_sched_setscheduler, pid, SCHED_OTHER, &zero) < 0)
		return error_errno(err, "reset the scheduling policy");
	/* A caller that is nice may not be allowed to be less so: then the node is as nice. */
	if (getpriority(PRIO_PROCESS, 0) != 0 && setpriority(PRIO_PROCESS, (id_t)pid, 0) < 0 &&
	    errno != EACCES && errno != EPERM)
		return error_errno(err, "reset the priority");
	return 0;
}

int oom_score_set(pid_t pid, int score, struct ncrun_error *err)
{
	char path[64], text[16];
	_cleanup_close_ int fd = -1;

	snprintf(path, sizeof(path), "/proc/%d/oom_score_adj", (int)pid);
	snprintf(text, sizeof(text), "%d", score);
	fd = file_open(path, O_WRONLY);
	if (fd < 0 || write(fd, text, strlen(text)) < 0)
		return error_errno(err, "set the oom score adjustment to %d", score);
	return 0;
}

/* Raising a hard limit takes a privilege that even root may lack: as far as it goes, then. */
static int limits_take_after(pid_t pid, struct ncrun_error *err)
{
	for (int i = 0; i < RLIM_NLIMITS; i++) {
		struct rlimit theirs, mine;

		if (prlimit(pid, i, NULL, &theirs) < 0 || getrlimit(i, &mine) < 0)
			return error_errno(err, "read limit '%s' of the node", rlimit_name(i));
		if (memcmp(&theirs, &mine, sizeof(mine)) == 0 || setrlimit(i, &theirs) == 0)
			continue;
		if (errno != EPERM)
			return error_errno(err, "set limit '%s' to the node's", rlimit_name(i));
		mine.rlim_cur = theirs.rlim_cur < mine.rlim_max ? theirs.rlim_cur : mine.rlim_max;
		if (setrlimit(i, &mine) < 0)
			return error_errno(err, "set limit '%s' to the node's", rlimit_name(i));
	}
	return 0;
}

/* The number in a file of /proc/PID. */
static int proc_number(pid_t pid, const char *name, int base, long *ret, struct ncrun_error *err)
{
	char path[64], text[32];
	_cleanup_close_ int fd = -1;
	ssize_t n;

	snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, name);
	fd = file_open(path, O_RDONLY);
	n = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);
	if (n < 0)
		return error_errno(err, "read '%s'", path);
	text[n] = '\0';
	*ret = strtol(text, NULL, base);
	return 0;
}

static int oom_score_take_after(pid_t pid, struct ncrun_error *err)
{
	long theirs = 0, mine = 0;
	int r = proc_number(pid, "oom_score_adj", 10, &theirs, err);

	if (r == 0)
		r = proc_number(getpid(), "oom_score_adj", 10, &mine, err);
	if (r < 0 || theirs == mine)
		return r;
	r = oom_score_set(getpid(), (int)theirs, err);
	return r == -EACCES || r == -EPERM ? 0 : r; /* lowering takes the same privilege */
}

int process_take_after(pid_t pid, struct ncrun_error *err)
{
	long flags = PER_LINUX; /* where the node's is not ours to read */
	int r = limits_take_after(pid, err);

	if (r == 0)
		r = scheduling_reset(0, err);
	if (r == 0)
		r = oom_score_take_after(pid, err);
	if (r < 0)
		return r;
	(void)proc_number(pid, "personality", 16, &flags, NULL);
	if (personality((unsigned long)flags) < 0)
		return error_errno(err, "set the personality");
	if (prctl(PR_SET_TIMERSLACK, 50000UL) < 0)
		return error_errno(err, "reset the timer slack");
	return 0;
}
