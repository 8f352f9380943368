/* SPDX-License-Identifier: Apache-2.0 */

/* A node's first process, seen from outside: made, given what it needs, told to go on. */

#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <linux/sched.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "base/process.h"
#include "runtime/launch.h"

int launch_channel(struct launch *launch, struct ncrun_error *err)
{
	int pair[2], on = 1;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		return error_errno(err, "make a channel to the node");
	launch->container->channel = pair[0];
	launch->inner_channel = pair[1];
	if (launch->plan.filter.notify &&
	    setsockopt(pair[0], SOL_SOCKET, SO_PASSCRED, &on, sizeof(on)) < 0)
		return error_errno(err, "ask for the node's credentials");
	return 0;
}

/*
 * Whoever makes a thousand nodes holds thousands of descriptors, which each child would copy and
 * close. So those of nodes that are made stand above all that a start needs, and the child
 * is born with the parent's own table and takes what is below of it.
 */
#define DESCRIPTORS_MADE 1024

static void descriptors_take(const struct launch *launch)
{
	const struct child *child = &launch->child;
	int last = rootfs_plan_last_fd(launch->rootfs);
	const int own[] = {child->channel,
			   child->config_fd,
			   child->program_fd,
			   launch->container->channel,
			   launch->container->dir.fd,
			   2 + (int)launch->plan.spec.preserve_fds,
			   DESCRIPTORS_MADE - 1};

	for (size_t i = 0; i < sizeof(own) / sizeof(own[0]); i++)
		last = own[i] > last ? own[i] : last;
	for (size_t i = 0; i < CHILD_KEEP_MAX; i++)
		last = child->keep_fds[i] > last ? child->keep_fds[i] : last;
	/* Fails for want of memory only; then nothing else would go well. */
	if (syscall(SYS_close_range, last + 1, ~0U, CLOSE_RANGE_UNSHARE) < 0)
		_exit(125);
}

static void descriptor_raise(int *fd)
{
	int high = *fd < 0 ? -1 : fcntl(*fd, F_DUPFD_CLOEXEC, DESCRIPTORS_MADE);

	if (high < 0)
		return; /* the limit is below: then there are few */
	close(*fd);
	*fd = high;
}

void launch_descriptors_raise(struct ncrun_container *container)
{
	descriptor_raise(&container->channel);
	descriptor_raise(&container->pidfd);
	descriptor_raise(&container->dir.fd);
	descriptor_raise(&container->dir.network_fd);
}

static int launch_clone(struct launch *launch, struct ncrun_error *err)
{
	const struct cgroup *group = launch->container->group;
	int group_fd = group ? cgroup_fd_for_clone(group) : -1;
	int pidfd = -1, r = 0;
	struct clone_args args = {
		.flags = CLONE_PIDFD | CLONE_CLEAR_SIGHAND | CLONE_NEWPID |
			 (launch->hold ? CLONE_FILES : 0u) |
			 (group_fd >= 0 ? CLONE_INTO_CGROUP : 0u) |
			 (launch->plan.userns ? CLONE_NEWUSER : 0u),
		.pidfd = (uintptr_t)&pidfd,
		.exit_signal = SIGCHLD,
		.cgroup = group_fd >= 0 ? (uint64_t)group_fd : 0,
	};
	long pid = syscall(SYS_clone3, &args, sizeof(args));

	if (pid == 0) {
		if (launch->hold)
			descriptors_take(launch);
		close(launch->container->channel); /* so that the parent's end is seen */
		close(launch->container->dir.fd);  /* the lock says that the parent lives */
		child_run(&launch->child);
	}
	if (pid < 0)
		return error_errno(err, "start the node's first process%s",
				   errno == EPERM ? " (see: ncrun doctor)" : "");
	launch->container->pidfd = pidfd;
	launch->container->config_fd = launch->config_fd;
	launch->container->pid = (pid_t)pid;
	launch->container->child = true;
	if (!launch->hold) /* else it is the child's, too, until that has spoken */
		closep(&launch->inner_channel);
	if (group && cgroup_needs_join(group))
		r = cgroup_join(group, (pid_t)pid, group_fd >= 0, err);
	return r < 0 ? r : process_identity(pidfd, (pid_t)pid, &launch->container->identity, err);
}

/* What takes the machine's own privileges, done to the child from outside. */
static int launch_adjust(const struct launch *launch, struct ncrun_error *err)
{
	const struct ncrun_container_spec *spec = &launch->plan.spec;
	pid_t pid = launch->container->pid;
	int r;

	for (size_t i = 0; i < spec->rlimit_count; i++) {
		struct rlimit now, wanted;

		if (prlimit(pid, spec->rlimits[i].resource, NULL, &now) < 0)
			return error_errno(err, "read limit '%s'",
					   rlimit_name(spec->rlimits[i].resource));
		if (now.rlim_max >= spec->rlimits[i].hard)
			continue; /* lowering is for the command: init keeps room to work */
		wanted = (struct rlimit){now.rlim_cur, spec->rlimits[i].hard};
		if (prlimit(pid, spec->rlimits[i].resource, &wanted, NULL) < 0)
			return error_errno(err, "raise limit '%s' from %llu to %llu",
					   rlimit_name(spec->rlimits[i].resource),
					   (unsigned long long)now.rlim_max,
					   (unsigned long long)wanted.rlim_max);
	}
	r = scheduling_reset(pid, err);
	if (r == 0 && spec->oom_score_adj_set)
		r = oom_score_set(pid, spec->oom_score_adj, err);
	return r;
}

/* Its own message tells why it does not listen. */
static int launch_go(const struct launch *launch, const int *fds, size_t count,
		     struct ncrun_error *err)
{
	struct init_message go = {.type = INIT_MESSAGE_GO};
	int r = channel_write(launch->container->channel, &go, fds, count, err);

	return r == -EPIPE || r == -ECONNRESET ? 0 : r;
}

/* Once it has spoken or ended, the child has a table of its own, and ours lacks its end. */
static int inner_channel_leave(struct launch *launch, struct ncrun_error *err)
{
	struct pollfd fds[] = {{.fd = launch->container->channel, .events = POLLIN},
			       {.fd = launch->container->pidfd, .events = POLLIN}};

	while (launch->inner_channel >= 0 && poll(fds, 2, -1) < 0)
		if (errno != EINTR)
			return error_errno(err, "wait for the node");
	closep(&launch->inner_channel);
	return 0;
}

int launch_await(struct launch *launch, enum channel_goal goal, struct ncrun_error *err)
{
	struct ncrun_container *container = launch->container;
	const struct ncrun_container_spec *spec = &launch->plan.spec;
	struct channel_start *progress = &launch->progress;
	int r = inner_channel_leave(launch, err);

	if (r < 0)
		return r;
	r = channel_await(container->channel, container->pidfd, goal, &launch->plan.filter,
			  progress, err);
	if (r < 0 && spec->ret_failed_step)
		memcpy(spec->ret_failed_step, progress->step, NCRUN_STEP_MAX);
	if (r < 0 && progress->step[0] && r != -ESRCH && r != -ENOEXEC)
		r = error_wrap(err, r, "%s", progress->step);
	if (r < 0 && !container->group && container->limited)
		(void)node_group_open(&container->dir, &container->group, NULL);
	return node_blame_limits(container->group, r, err);
}

/*
 * Others may look for the child's namespaces as soon as the state names it, so that is written
 * when it has them; and before it goes on, since from then on it may outlive this process.
 */
static int launch_release(struct launch *launch, struct ncrun_error *err)
{
	struct state *state = NULL;
	int r = launch_await(launch, CHANNEL_BORN, err);

	if (r == 0)
		r = maker_state(launch->maker, &state, err);
	if (r == 0)
		launch->container->dir.boot = state_boot(state);
	if (r == 0)
		r = container_save(launch->container, &launch->plan, launch->idmap.uid_base,
				   launch->idmap.count, err);
	if (r == 0)
		r = launch_go(launch, launch->mounts, launch->mount_count, err);
	/*
	 * Whoever closes a mount last waits for the kernel. With one node that is not to be
	 * the child, on its way to the command; with many, children wait side by side and
	 * this process would wait for each of them in turn.
	 */
	if (launch->hold)
		launch_mounts_close(launch);
	return r;
}

/* All that the child can do without is done while it makes its namespaces and mounts. */
int launch_start(struct launch *launch, struct ncrun_error *err)
{
	struct ncrun_container *container = launch->container;
	_cleanup_close_ int userns_fd = -1;
	int r;

	r = launch_clone(launch, err);
	if (r == 0 && launch->plan.userns)
		r = node_idmap_write(&launch->idmap, container->pid, container->pidfd, &userns_fd,
				     err);
	if (r == 0) /* while what is the child's in /proc is still ours to write */
		r = launch_adjust(launch, err);
	if (r == 0)
		r = launch_go(launch, NULL, 0, err);
	if (r == 0)
		r = rootfs_prepare(launch->rootfs, userns_fd, launch->mounts, &launch->mount_count,
				   err);
	if (r == 0)
		r = node_group_filter(container->group, &launch->plan.spec, err);
	if (r == 0)
		r = maker_program_fill(launch->maker, err);
	if (r == 0)
		r = launch_config(launch, err);
	return r == 0 ? launch_release(launch, err) : r;
}
