/* SPDX-License-Identifier: Apache-2.0 */

/*
 * The parent's side of a node's start.
 *
 * Everything that can be refused is looked at before anything is made
 * (node_plan_new). Then the name is claimed, which is the record of what
 * follows: all that a start makes is in the node's directory or dies with its
 * first process.
 */

#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/api.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/file.h"
#include "base/process.h"
#include "runtime/child.h"
#include "runtime/container.h"
#include "runtime/idmap.h"

#define LOG_MAX_DEFAULT (1u << 20)

/** A start under way; leaving its scope undoes it. */
struct launch {
	struct state state;
	struct node_plan plan;
	struct rootfs_plan *rootfs;
	struct ncrun_container *container; /* holds the node directory and the pidfd */
	struct node_idmap idmap;
	char hostname[65];
	char identity[256];
	int ids_lock;
	int program_fd, config_fd;
	int inner_channel;
	int status_fd, listen_fd, log_fd[2];
	struct child child;
	int mounts[ROOTFS_FDS_MAX]; /* descriptors that the child got */
	size_t mount_count;
	bool made; /* the node directory is ours */
};

static void launch_done(struct launch *launch)
{
	closep(&launch->inner_channel);
	/* Whoever closes a mount last waits for the kernel: not the child, on its way to the
	 * command. */
	for (size_t i = 0; i < launch->mount_count; i++)
		close(launch->mounts[i]);
	if (launch->made && launch->container) {
		struct node_dir *dir = &launch->container->dir;

		/* What does not end is left to `ncrun clean`. */
		if (container_kill_now(launch->container, NULL) == 0 &&
		    (!launch->container->group || node_group_remove(dir, NULL) == 0))
			(void)node_dir_remove(dir, NULL);
	}
	ncrun_container_unref(launch->container);
	rootfs_plan_free(launch->rootfs);
	node_plan_done(&launch->plan);
	state_done(&launch->state);
	closep(&launch->ids_lock);
	closep(&launch->program_fd);
	closep(&launch->config_fd);
	closep(&launch->status_fd);
	closep(&launch->listen_fd);
	closep(&launch->log_fd[0]);
	closep(&launch->log_fd[1]);
}

/* ---- before anything is made ------------------------------------------------------------ */

static int launch_rootfs(struct launch *launch, struct ncrun_error *err)
{
	const struct ncrun_container_spec *spec = &launch->plan.spec;
	/* The state is below /run, which is hidden anyhow, or in a place of the caller's. */
	struct ncrun_store *store = launch->plan.store;
	const char *const hidden[] = {store ? ncrun_store_path(store) : NULL, NULL};
	const struct rootfs_spec rootfs = {
		.root_fd = launch->plan.root_fd,
		.host = launch->plan.host_root,
		.writable_root = spec->writable_root,
		.read_only = spec->read_only,
		.upper = spec->upper,
		.upper_size_bytes = spec->upper_size_bytes,
		.volumes = spec->volumes,
		.volume_count = spec->volume_count,
		.tmpfs = spec->tmpfs,
		.tmpfs_count = spec->tmpfs_count,
		.masked_paths = spec->masked_paths,
		.read_only_paths = spec->read_only_paths,
		.userns = launch->plan.userns,
		.uid_base = launch->idmap.uid_base,
		.gid_base = launch->idmap.gid_base,
		.network_namespace = true,
		.privileged = spec->privileged,
		.identity = launch->identity,
		.hidden = hidden,
	};

	return rootfs_plan_new(&rootfs, &launch->rootfs, err);
}

/* ---- files of the node -------------------------------------------------------------------- */

static int node_file(const struct launch *launch, const char *name, int flags, int *ret,
		     struct ncrun_error *err)
{
	*ret = openat(launch->container->dir.fd, name,
		      flags | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (*ret < 0)
		return error_errno(err, "make the file '%s' of the node", name);
	return 0;
}

/* Where `ncrun attach` comes in. By way of /proc: a socket's path is short, a state directory's may
 * not be. */
static int listen_open(struct launch *launch, struct ncrun_error *err)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};

	launch->listen_fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	if (launch->listen_fd < 0)
		return error_errno(err, "make the node's socket");
	snprintf(address.sun_path, sizeof(address.sun_path), "/proc/self/fd/%d/control",
		 launch->container->dir.fd);
	if (bind(launch->listen_fd, (struct sockaddr *)&address, sizeof(address)) < 0 ||
	    listen(launch->listen_fd, 8) < 0)
		return error_errno(err, "make the node's socket");
	return 0;
}

static bool launch_logs(const struct launch *launch)
{
	const struct ncrun_container_spec *spec = &launch->plan.spec;

	return spec->stdio == NCRUN_STDIO_LOG ||
	       (spec->stdio == NCRUN_STDIO_TERMINAL && (spec->detach || spec->service_count > 0));
}

static int launch_files(struct launch *launch, struct ncrun_error *err)
{
	const struct ncrun_container_spec *spec = &launch->plan.spec;
	int r;

	r = node_file(launch, "status", O_RDWR, &launch->status_fd, err);
	if (r == 0 && (launch_logs(launch) || spec->stdio == NCRUN_STDIO_TERMINAL)) {
		r = node_file(launch, "log.0", O_WRONLY | O_APPEND, &launch->log_fd[0], err);
		if (r == 0)
			r = node_file(launch, "log.1", O_WRONLY | O_APPEND, &launch->log_fd[1],
				      err);
	}
	if (r == 0 && spec->stdio == NCRUN_STDIO_TERMINAL)
		r = listen_open(launch, err);
	return r;
}

/* ---- init's configuration ---------------------------------------------------------------------
 */

static init_offset add_services(struct config_builder *builder, const struct node_plan *plan)
{
	const struct ncrun_container_spec *spec = &plan->spec;
	static const struct ncrun_restart no_restart;
	const struct ncrun_restart *restart = spec->restart ? spec->restart : &no_restart;
	struct init_service services[INIT_SERVICES_MAX];

	services[0] = (struct init_service){
		.name = config_add_string(builder, "main"),
		.argv = config_add_strings(builder, (const char *const *)plan->argv),
		.restart = restart->policy,
		.max_retries = restart->max_retries,
	};
	for (size_t i = 0; i < spec->service_count; i++) {
		const struct ncrun_service *service = &spec->services[i];

		services[i + 1] = (struct init_service){
			.name = config_add_string(builder, service->name),
			.argv = config_add_strings(builder, service->argv),
			.restart = service->restart.policy,
			.max_retries = service->restart.max_retries,
		};
	}
	return config_add_bytes(builder, services, (spec->service_count + 1) * sizeof(services[0]));
}

static init_offset add_rlimits(struct config_builder *builder,
			       const struct ncrun_container_spec *spec, uint32_t *ret_count)
{
	struct init_rlimit limits[RLIM_NLIMITS + 1] = {
		{.resource = RLIMIT_CORE}, /* no core files unless asked for */
	};
	uint32_t count = 1;

	for (size_t i = 0; i < spec->rlimit_count && count <= RLIM_NLIMITS; i++) {
		struct init_rlimit limit = {.resource = spec->rlimits[i].resource,
					    .soft = spec->rlimits[i].soft,
					    .hard = spec->rlimits[i].hard};

		if (limit.resource == RLIMIT_CORE)
			limits[0] = limit;
		else
			limits[count++] = limit;
	}
	*ret_count = count;
	return config_add_bytes(builder, limits, count * sizeof(limits[0]));
}

static uint32_t config_flags(const struct launch *launch)
{
	const struct ncrun_container_spec *spec = &launch->plan.spec;

	return (spec->stdio == NCRUN_STDIO_TERMINAL ? INIT_TERMINAL : 0u) |
	       (launch_logs(launch) ? INIT_LOG : 0u) |
	       (spec->detach || spec->keep ? INIT_KEEP : 0u) |
	       (spec->new_privileges ? 0u : INIT_NO_NEW_PRIVS) |
	       (launch->plan.filter.notify ? INIT_SECCOMP_NOTIFY : 0u) |
	       (launch->plan.userns ? INIT_USERNS : 0u);
}

static int launch_config(struct launch *launch, struct ncrun_error *err)
{
	_cleanup_(config_builder_freep) struct config_builder *builder = NULL;
	const struct node_plan *plan = &launch->plan;
	const struct ncrun_container_spec *spec = &plan->spec;
	struct init_config config = {
		.flags = config_flags(launch),
		.umask = spec->umask_set ? spec->umask : 022,
		.capabilities = plan->capabilities,
		.timeout_ms = spec->timeout_ms,
		.stop_grace_ms = plan->stop_grace_ms,
		.log_max_bytes = spec->log_max_bytes ? spec->log_max_bytes : LOG_MAX_DEFAULT,
		.stop_signal = plan->stop_signal,
		.rows = spec->terminal_rows,
		.columns = spec->terminal_columns,
		.preserve_fds = spec->preserve_fds,
		.bpf_count = (uint32_t)plan->filter.count,
		.seccomp_flags = plan->filter.flags,
		.service_count = (uint32_t)spec->service_count + 1,
		.channel_fd = launch->inner_channel,
		.status_fd = launch->status_fd,
		.listen_fd = launch->listen_fd,
		.log_fd = {launch->log_fd[0], launch->log_fd[1]},
		.hold_fd = {launch->ids_lock, plan->image ? image_lock_fd(plan->image) : -1, -1,
			    rootfs_plan_lock_fd(launch->rootfs)},
	};
	int r;

	r = config_builder_new(&builder, err);
	if (r < 0)
		return r;
	config.user = config_add_string(builder, plan->user);
	config.workdir = config_add_string(builder, plan->workdir);
	config.groups = config_add_strings(builder, spec->groups);
	config.env = config_add_strings(builder, (const char *const *)plan->env);
	config.rlimits = add_rlimits(builder, spec, &config.rlimit_count);
	config.services = add_services(builder, plan);
	config.listener_path = config_add_string(builder, plan->filter.listener_path);
	config.listener_metadata = config_add_string(builder, plan->filter.listener_metadata);
	config.bpf = config_add_bytes(builder, plan->filter.instructions,
				      plan->filter.count * sizeof(struct sock_filter));
	r = config_finish(builder, &config, &launch->config_fd, err);
	if (r < 0)
		return r;

	launch->child = (struct child){
		.plan = plan,
		.rootfs = launch->rootfs,
		.hostname = launch->hostname,
		.channel = launch->inner_channel,
		.config_fd = launch->config_fd,
		.program_fd = launch->program_fd,
		.keep_fds = {config.channel_fd, config.status_fd, config.listen_fd,
			     config.log_fd[0], config.log_fd[1], -1, -1, -1, config.hold_fd[0],
			     config.hold_fd[1], config.hold_fd[2], config.hold_fd[3]},
	};
	return 0;
}

/* ---- the process -------------------------------------------------------------------------------
 */

static int launch_channel(struct launch *launch, struct ncrun_error *err)
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

static int launch_clone(struct launch *launch, struct ncrun_error *err)
{
	const struct cgroup *group = launch->container->group;
	int group_fd = group ? cgroup_fd_for_clone(group) : -1;
	int pidfd = -1, r = 0;
	struct clone_args args = {
		.flags = CLONE_PIDFD | CLONE_CLEAR_SIGHAND | CLONE_NEWUTS | CLONE_NEWNS |
			 CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWIPC |
			 (group_fd >= 0 ? CLONE_INTO_CGROUP : 0u) |
			 (launch->plan.userns ? CLONE_NEWUSER : 0u),
		.pidfd = (uintptr_t)&pidfd,
		.exit_signal = SIGCHLD,
		.cgroup = group_fd >= 0 ? (uint64_t)group_fd : 0,
	};
	long pid = syscall(SYS_clone3, &args, sizeof(args));

	if (pid == 0) {
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
			return error_errno(err, "read limit %d", spec->rlimits[i].resource);
		if (now.rlim_max >= spec->rlimits[i].hard)
			continue; /* lowering is for the command: init keeps room to work */
		wanted = (struct rlimit){now.rlim_cur, spec->rlimits[i].hard};
		if (prlimit(pid, spec->rlimits[i].resource, &wanted, NULL) < 0)
			return error_errno(err, "raise limit %d from %llu to %llu",
					   spec->rlimits[i].resource,
					   (unsigned long long)now.rlim_max,
					   (unsigned long long)wanted.rlim_max);
	}
	r = scheduling_reset(pid, err);
	if (r == 0 && spec->oom_score_adj_set)
		r = oom_score_set(pid, spec->oom_score_adj, err);
	return r;
}

static int launch_release(struct launch *launch, int userns_fd, struct ncrun_error *err)
{
	struct init_message go = {.type = INIT_MESSAGE_GO};
	int r;

	r = rootfs_prepare(launch->rootfs, userns_fd, launch->mounts, &launch->mount_count, err);
	if (r < 0)
		return r;
	r = channel_write(launch->container->channel, &go, launch->mounts, launch->mount_count,
			  err);
	return r == -EPIPE || r == -ECONNRESET ? 0 : r; /* its own message tells why */
}

static int launch_start(struct launch *launch, struct channel_start *started,
			struct ncrun_error *err)
{
	struct init_message mapped = {.type = INIT_MESSAGE_GO};
	_cleanup_close_ int userns_fd = -1;
	struct ncrun_container *container = launch->container;
	int r;

	r = launch_clone(launch, err);
	if (r == 0 && launch->plan.userns)
		r = node_idmap_write(&launch->idmap, container->pid, container->pidfd, &userns_fd,
				     err);
	if (r == 0)
		r = channel_write(container->channel, &mapped, NULL, 0, err);
	if (r == 0)
		r = launch_adjust(launch, err);
	if (r == 0)
		r = container_save(container, &launch->plan, launch->idmap.uid_base,
				   launch->idmap.count, err);
	if (r == 0)
		r = launch_release(launch, userns_fd, err);
	if (r == 0)
		r = channel_await_start(container->channel, container->pidfd, true,
					&launch->plan.filter, started, err);
	return r;
}

/* ---- all of it
 * ------------------------------------------------------------------------------------ */

static int launch_claim(struct launch *launch, const struct ncrun_context *context,
			struct ncrun_error *err)
{
	const struct ncrun_container_spec *spec = &launch->plan.spec;
	struct ncrun_container *container;
	int r;

	r = container_new(&launch->container, err);
	if (r == 0 && spec->hold_signals) {
		sigset_t blocked;

		r = signals_block(&blocked, &launch->container->mask_before, err);
		launch->container->signals_held = r == 0;
	}
	if (r == 0)
		r = state_open(context, &launch->state, err);
	if (r == 0)
		r = node_dir_create(&launch->state, spec->network, spec->name,
				    &launch->container->dir, err);
	if (r < 0)
		return r;
	container = launch->container;
	launch->made = true;
	r = node_group_create(&container->dir, spec, &container->group, err);
	container->limited = spec->limits != NULL;
	if (r < 0)
		return r;
	if (context) {
		container->notice = context->notice;
		container->notice_data = context->data;
	}
	snprintf(launch->hostname, sizeof(launch->hostname), "%s",
		 spec->hostname ? spec->hostname : container->dir.name);
	snprintf(launch->identity, sizeof(launch->identity), "network=%s\nname=%s\nversion=%s\n",
		 container->dir.network, container->dir.name, NCRUN_VERSION);
	return node_idmap_plan(&launch->state, &launch->plan, container->dir.name, &launch->idmap,
			       &launch->ids_lock, err);
}

static int launch_run(struct launch *launch, const struct ncrun_context *context,
		      const struct ncrun_container_spec *spec, struct channel_start *started,
		      struct ncrun_error *err)
{
	int r;

	r = node_plan_new(context, spec, &launch->plan, err);
	if (r == 0)
		r = launch_claim(launch, context, err);
	if (r == 0)
		r = launch_rootfs(launch, err);
	if (r == 0)
		r = launch_channel(launch, err);
	if (r == 0)
		r = launch_files(launch, err);
	if (r == 0)
		r = init_program_open(&launch->program_fd, err);
	if (r == 0)
		r = launch_config(launch, err);
	if (r == 0)
		r = launch_start(launch, started, err);
	return r;
}

NCRUN_API int ncrun_container_start(const struct ncrun_context *context,
				    const struct ncrun_container_spec *spec,
				    struct ncrun_container **ret, struct ncrun_error *err)
{
	_cleanup_(launch_done) struct launch launch = {
		.state.fd = -1,
		.plan = NODE_PLAN_NONE,
		.ids_lock = -1,
		.program_fd = -1,
		.config_fd = -1,
		.inner_channel = -1,
		.status_fd = -1,
		.listen_fd = -1,
		.log_fd = {-1, -1},
	};
	_cleanup_(channel_start_done) struct channel_start started = CHANNEL_START_NONE;
	int r;

	if (spec->size >= sizeof(*spec) && spec->ret_failed_step)
		spec->ret_failed_step[0] = '\0';
	r = launch_run(&launch, context, spec, &started, err);
	if (r < 0) {
		if (launch.plan.spec.ret_failed_step)
			memcpy(launch.plan.spec.ret_failed_step, started.step,
			       sizeof(started.step));
		if (started.step[0] && r != -ESRCH && r != -ENOEXEC)
			return error_wrap(err, r, "%s", started.step);
		return r;
	}
	launch.container->master = take_fd(started.master);
	launch.container->log = take_ptr(started.log);
	launch.container->foreground = !launch.plan.spec.detach;
	if (launch.plan.spec.detach) {
		closep(&launch.container->channel);
		(void)flock(launch.container->dir.fd, LOCK_UN);
	}
	*ret = take_ptr(launch.container);
	return 0;
}
