/* SPDX-License-Identifier: Apache-2.0 */

/*
 * A process of its own that makes the overlay and goes away, for two cases:
 *
 * - Kernels before 6.15 take no detached mount as a layer. The helper attaches
 *   the layers in a mount namespace of its own; the caller may be any program,
 *   so its namespace stays as it is.
 * - Over an id-mapped directory overlayfs acts with the ids of whoever mounted
 *   it, which must be ids of the node. Changing a process's ids makes it
 *   undumpable and forgets its parent-death signal: not for the caller either.
 *
 * The table of descriptors is shared: what the helper opens, the caller has.
 */

#include <errno.h>
#include <linux/capability.h>
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <sys/fsuid.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "base/error.h"
#include "rootfs/layers.h"
#include "rootfs/mount_api.h"

struct answer {
	int r;
	int root, dev;
	struct ncrun_error err;
};

/* The layers go somewhere over /, in this namespace that nobody else sees. */
static int attach_base(const struct layers *layers, struct ncrun_error *err)
{
	if (mount_attach(layers->base, AT_FDCWD, "/") < 0)
		return error_errno(err, "attach a tmpfs");
	if (mkdirat(layers->base, "lower", 0700) < 0 || mkdirat(layers->base, "outer", 0700) < 0)
		return error_errno(err, "make directories for layers");
	return 0;
}

/* Root's capabilities with the ids of the node's root; setfsuid(2) alone would drop some. */
static int take_node_ids(const struct rootfs_plan *plan, struct ncrun_error *err)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3];

	if (syscall(SYS_capget, &header, data) < 0)
		return error_errno(err, "read capabilities");
	setfsgid(plan->gid_base);
	setfsuid(plan->uid_base);
	if (syscall(SYS_capset, &header, data) < 0)
		return error_errno(err, "keep capabilities");
	return 0;
}

static int helper_run(const struct rootfs_plan *plan, struct layers *layers,
		      struct ncrun_error *err)
{
	int r;

	if (unshare(CLONE_NEWNS) < 0)
		return error_errno(err, "make a mount namespace");
	if (mount_propagation("/", MS_REC | MS_PRIVATE) < 0)
		return error_errno(err, "make mounts private");
	r = attach_base(layers, err);
	if (r < 0)
		return r;
	if (!plan->writable_root && mount_attach(layers->lower, layers->base, "lower") < 0)
		return error_errno(err, "attach the lower layer");
	if (layers->outer >= 0 && mount_attach(layers->outer, layers->base, "outer") < 0)
		return error_errno(err, "attach the directory for changes");
	if (layers->outer >= 0 && layers->userns_fd >= 0) {
		r = take_node_ids(plan, err);
		if (r < 0)
			return r;
	}
	return layers_mount(plan, true, layers, err);
}

static pid_t helper_clone(void)
{
	const struct clone_args args = {
		.flags = CLONE_FILES,
		.exit_signal = 0, /* not for the caller's handler of SIGCHLD */
	};

	return (pid_t)syscall(SYS_clone3, &args, sizeof(args));
}

int layers_mount_in_helper(const struct rootfs_plan *plan, struct layers *layers,
			   struct ncrun_error *err)
{
	struct answer answer = {.root = -1, .dev = -1};
	int pipe_fds[2];
	ssize_t size;
	pid_t pid;

	if (pipe2(pipe_fds, O_CLOEXEC) < 0)
		return error_errno(err, "make a pipe");
	pid = helper_clone();
	if (pid == 0) {
		answer.r = helper_run(plan, layers, &answer.err);
		answer.root = layers->root;
		answer.dev = layers->dev;
		_exit(write(pipe_fds[1], &answer, sizeof(answer)) == sizeof(answer) ? 0 : 1);
	}

	if (pid < 0) {
		close(pipe_fds[0]);
		close(pipe_fds[1]);
		return error_errno(err, "start a helper for the overlay");
	}
	while (waitpid(pid, NULL, __WALL) < 0 && errno == EINTR)
		;
	close(pipe_fds[1]);
	size = read(pipe_fds[0], &answer, sizeof(answer));
	close(pipe_fds[0]);
	if (size != sizeof(answer))
		return error_set(err, EIO, "the helper for the overlay died");

	layers->root = answer.root;
	layers->dev = answer.dev;
	if (answer.r < 0)
		return error_set(err, -answer.r, "%s", answer.err.message);
	if (plan->writable_root)
		layers->lower = -1;
	return 0;
}
