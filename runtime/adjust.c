/* SPDX-License-Identifier: Apache-2.0 */

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/error.h"
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
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0 || write(fd, text, strlen(text)) < 0)
		return error_errno(err, "set the oom score adjustment to %d", score);
	return 0;
}
