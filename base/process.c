/* SPDX-License-Identifier: Apache-2.0 */

#include "base/process.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/file.h"
#include "base/hash.h"
#include "base/number.h"

#define PIDFS_MAGIC     0x50494446ul /* PID_FS_MAGIC of newer <linux/magic.h> */
#define STAT_START_TIME 22           /* proc_pid_stat(5) */

static int start_time_read(pid_t pid, uint64_t *ret, struct ncrun_error *err)
{
	char path[32], stat[1024];
	_cleanup_close_ int fd = -1;
	char *at;
	ssize_t size;

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	fd = file_open(path, O_RDONLY);
	if (fd < 0 && errno == ENOENT)
		return error_set(err, ESRCH, "no process %d", pid);
	if (fd < 0)
		return error_errno(err, "open '%s'", path);
	size = read(fd, stat, sizeof(stat) - 1);
	if (size < 0)
		return error_errno(err, "read '%s'", path);
	stat[size] = '\0';
	/* field 2 is the program's name in parentheses, with whatever it likes inside */
	at = strrchr(stat, ')');
	for (int field = 2; at && field < STAT_START_TIME; field++)
		at = strchr(at + 1, ' ');
	if (!at)
		return error_set(err, EIO, "'%s' is not as expected", path);
	at++;
	at[strcspn(at, " ")] = '\0';
	return number_parse_u64("start time", at, 0, UINT64_MAX, ret, err);
}

/*
 * A pidfd's inode number is never used twice while the machine is up (Linux 6.9,
 * fs/pidfs.c), and costs no look at /proc. The top bit tells it from a time.
 */
int process_identity(int pidfd, pid_t pid, uint64_t *ret, struct ncrun_error *err)
{
	struct statfs fs;
	struct stat st;

	if (fstatfs(pidfd, &fs) < 0)
		return error_errno(err, "look at process %d", pid);
	if ((unsigned long)fs.f_type != PIDFS_MAGIC)
		return start_time_read(pid, ret, err);
	if (fstat(pidfd, &st) < 0)
		return error_errno(err, "look at process %d", pid);
	*ret = (uint64_t)st.st_ino | 1ull << 63;
	return 0;
}

uint64_t process_boot(void)
{
	_cleanup_close_ int fd = file_open("/proc/sys/kernel/random/boot_id", O_RDONLY);
	char id[64];
	ssize_t n = fd < 0 ? -1 : read(fd, id, sizeof(id));

	return n > 0 ? hash_bytes(HASH_START, id, (size_t)n) : 0;
}

bool process_is_of_boot(uint64_t noted, uint64_t now)
{
	return noted == now || noted == 0 || now == 0;
}

int process_open(pid_t pid, uint64_t identity, int *ret_pidfd, struct ncrun_error *err)
{
	_cleanup_close_ int pidfd = -1;
	uint64_t now = 0;
	int r;

	if (pid <= 0)
		return error_set(err, ESRCH, "no process %d", pid);
	pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
	if (pidfd < 0 && errno == EINVAL) /* now it is a thread's */
		return error_set(err, ESRCH, "no process %d", pid);
	if (pidfd < 0)
		return error_errno(err, "open process %d", pid);
	/* read after the pidfd was had: if it is the right one, it was so all the time */
	r = process_identity(pidfd, pid, &now, err);
	if (r < 0)
		return r;
	if (now != identity)
		return error_set(err, ESRCH, "process %d is another one", pid);
	*ret_pidfd = take_fd(pidfd);
	return 0;
}

int process_signal(int pidfd, int signo, struct ncrun_error *err)
{
	if (syscall(SYS_pidfd_send_signal, pidfd, signo, NULL, 0) < 0)
		return error_errno(err, "send signal %d", signo);
	return 0;
}

int process_wait(int pidfd, int64_t timeout_ms, struct ncrun_error *err)
{
	int64_t deadline = clock_deadline(timeout_ms);
	struct pollfd end = {.fd = pidfd, .events = POLLIN};

	for (;;) {
		int n = poll(&end, 1, clock_poll_timeout(deadline));

		if (n > 0)
			return 0;
		if (n < 0 && errno != EINTR)
			return error_errno(err, "wait for a process");
		if (n == 0 && clock_has_passed(deadline))
			return error_set(err, ETIMEDOUT, "process still runs after %" PRId64 " ms",
					 timeout_ms);
	}
}

/* ---- limits --------------------------------------------------------------------------- */

void descriptor_limit_raise(struct descriptor_limit *ret_before)
{
	struct rlimit limit;

	*ret_before = (struct descriptor_limit){.hard = 0};
	if (getrlimit(RLIMIT_NOFILE, &limit) < 0 || limit.rlim_cur == limit.rlim_max)
		return;
	*ret_before = (struct descriptor_limit){.soft = limit.rlim_cur, .hard = limit.rlim_max};
	limit.rlim_cur = limit.rlim_max;
	(void)setrlimit(RLIMIT_NOFILE, &limit);
}

void descriptor_limit_restore(const struct descriptor_limit *before)
{
	const struct rlimit limit = {.rlim_cur = before->soft, .rlim_max = before->hard};

	if (before->hard > 0)
		(void)setrlimit(RLIMIT_NOFILE, &limit);
}
