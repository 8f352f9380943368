/* SPDX-License-Identifier: Apache-2.0 */

/* A child in which the kernel is tried; with it ends all that it made. */

#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "runtime/machine.h"

static int write_file(const char *path, const char *text)
{
	_cleanup_close_ int fd = open(path, O_WRONLY | O_CLOEXEC);

	if (fd < 0 || write(fd, text, strlen(text)) < 0)
		return errno;
	return 0;
}

/** Make the caller's ids root: the one map that needs no privilege (user_namespaces(7)). */
static int map_ids(unsigned int uid, unsigned int gid)
{
	char uid_map[32], gid_map[32];
	int code;

	snprintf(uid_map, sizeof(uid_map), "0 %u 1", uid);
	snprintf(gid_map, sizeof(gid_map), "0 %u 1", gid);
	code = write_file("/proc/self/uid_map", uid_map);
	if (!code)
		code = write_file("/proc/self/setgroups", "deny");
	if (!code)
		code = write_file("/proc/self/gid_map", gid_map);
	return code;
}

static int child_main(uint64_t namespaces, unsigned int uid, unsigned int gid, int (*body)(void))
{
	int code = 0;

	if (namespaces & CLONE_NEWUSER)
		code = map_ids(uid, gid);
	if (!code && (namespaces & CLONE_NEWNS) &&
	    mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
		code = errno;
	if (!code && body)
		code = body();
	return code;
}

int probe_run(uint64_t namespaces, int (*body)(void))
{
	/* no exit signal: it disturbs no handler of the caller, and SIGCHLD being ignored does not
	 * make the kernel reap it */
	struct clone_args args = {.flags = namespaces};
	unsigned int uid = geteuid(), gid = getegid();
	long pid = syscall(SYS_clone3, &args, sizeof(args));
	int status;

	if (pid == 0)
		_exit(child_main(namespaces, uid, gid, body));
	if (pid < 0)
		return errno;
	while (waitpid((pid_t)pid, &status, __WALL) < 0)
		if (errno != EINTR)
			return errno;
	/* killed: what seccomp does to a call that a sandbox around us forbids */
	return WIFEXITED(status) ? WEXITSTATUS(status) : EPERM;
}
