/* SPDX-License-Identifier: Apache-2.0 */

/*
 * A further command in a running node.
 *
 * Theory of operation: a helper process joins all namespaces of the node's init
 * in one setns() by its pidfd, and forks the command's process into them as this
 * process's own child (CLONE_PARENT). That executes the same sealed program as
 * the node's init and takes the same steps, with the node's own configuration,
 * which is fetched from init itself: what is on disk could have changed.
 */

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/api.h"
#include "base/capability.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/process.h"
#include "base/text.h"
#include "runtime/child.h"
#include "runtime/container.h"
#include "runtime/environment.h"
#include "runtime/idmap.h"
#include "runtime/relay.h"

/* Of the command's process until it executes: two messages, and what a few steps need. */
#define COMMAND_STACK ((size_t)256 * 1024)

/** An exec under way. */
struct exec {
	struct ncrun_container *container;
	struct ncrun_exec_spec spec;
	const struct init_config *node; /* mapped; init's own configuration */
	size_t node_size;
	int program_fd, config_fd;
	int channel, inner_channel;
	int pidfd; /* of the command */
	bool userns;
	struct cgroup *group; /* owned; NULL = the node has none */
	bool signals_held;    /* @mask_before is to be restored */
	sigset_t mask_before;
	char *stack;                  /* owned */
	struct seccomp_filter filter; /* of the node, borrowed: a listener must be understood */
};

static void exec_done(struct exec *exec)
{
	if (exec->pidfd >= 0) { /* not waited for: something went wrong */
		(void)process_signal(exec->pidfd, SIGKILL, NULL);
		(void)waitid(P_PIDFD, (id_t)exec->pidfd, &(siginfo_t){0}, WEXITED);
	}
	if (exec->node)
		munmap((void *)exec->node, exec->node_size);
	closep(&exec->program_fd);
	closep(&exec->config_fd);
	closep(&exec->channel);
	closep(&exec->inner_channel);
	closep(&exec->pidfd);
	cgroup_unref(exec->group);
	free(exec->stack);
	if (exec->signals_held)
		(void)sigprocmask(SIG_SETMASK, &exec->mask_before, NULL);
}

/* From before the command is there until it can be signalled, what ends us waits: the
 * command would run on without us. */
static int signals_hold(struct exec *exec, struct ncrun_error *err)
{
	sigset_t blocked;
	int r = signals_block(&blocked, &exec->mask_before, err);

	exec->signals_held = r == 0;
	return r;
}

/* ---- configuration ----------------------------------------------------------------------- */

/** Init is about to go, and no other sign of that need be seen yet. */
static int has_ended(const struct ncrun_container *container, struct ncrun_error *err)
{
	return error_set(err, ENOTCONN, "node '%s' has ended", container->dir.name);
}

static int node_config_map(struct exec *exec, struct ncrun_error *err)
{
	const struct ncrun_container *c = exec->container;
	_cleanup_close_ int fd = (int)syscall(SYS_pidfd_getfd, c->pidfd, c->config_fd, 0);
	void *map;
	struct stat st;

	if (fd < 0 && errno == ESRCH)
		return has_ended(c, err);
	if (fd < 0)
		return error_errno(err, "get the configuration of node '%s'", c->dir.name);
	if (fstat(fd, &st) < 0 || (size_t)st.st_size < sizeof(*exec->node))
		return error_set(err, EPROTO, "the configuration of node '%s' is damaged",
				 c->dir.name);
	map = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (map == MAP_FAILED)
		return error_errno(err, "map the configuration of node '%s'", c->dir.name);
	exec->node = map;
	exec->node_size = (size_t)st.st_size;
	if (exec->node->magic != INIT_MAGIC || exec->node->size != exec->node_size)
		return error_set(err, EPROTO, "node '%s' was started by another version of ncrun",
				 c->dir.name);
	return 0;
}

/* The node's own, then what the caller says. */
static int env_build(const struct exec *exec, char ***ret, struct ncrun_error *err)
{
	_cleanup_(strings_freep) char **env = NULL;
	size_t count = 0;
	int r = 0;

	for (uint32_t i = 0; i < exec->node->env.count; i++)
		if (strings_append_counted(&env, &count,
					   init_string_at(exec->node, &exec->node->env, i)) < 0)
			return error_set(err, ENOMEM, "make room for the environment");
	if (exec->spec.stdio == NCRUN_STDIO_TERMINAL)
		r = environment_put_terminal(&env, err);
	if (r == 0)
		r = environment_put(&env, exec->spec.env, ENVIRONMENT_CALLER, err);
	if (r < 0)
		return r;
	*ret = take_ptr(env);
	return 0;
}

static uint32_t exec_flags(const struct exec *exec)
{
	uint32_t flags = INIT_EXEC | (exec->node->flags & INIT_USERNS);

	if (!exec->spec.privileged)
		flags |= exec->node->flags & (INIT_NO_NEW_PRIVS | INIT_SECCOMP_NOTIFY);
	if (exec->spec.stdio == NCRUN_STDIO_TERMINAL)
		flags |= INIT_TERMINAL;
	return flags;
}

static int exec_config(struct exec *exec, struct ncrun_error *err)
{
	_cleanup_(config_builder_freep) struct config_builder *builder = NULL;
	_cleanup_(strings_freep) char **env = NULL;
	const struct ncrun_exec_spec *spec = &exec->spec;
	const struct init_config *node = exec->node;
	struct init_config config = {
		.flags = exec_flags(exec),
		.umask = node->umask,
		.capabilities = spec->privileged ? capability_all() : node->capabilities,
		.rows = spec->terminal_rows,
		.columns = spec->terminal_columns,
		.preserve_fds = spec->preserve_fds,
		.rlimit_count = node->rlimit_count,
		.bpf_count = spec->privileged ? 0 : node->bpf_count,
		.seccomp_flags = node->seccomp_flags,
		.service_count = 1,
		.channel_fd = exec->inner_channel,
		.status_fd = -1,
		.listen_fd = -1,
		.log_fd = {-1, -1},
		.hold_fd = {-1, -1, -1, -1},
	};
	struct init_service service = {0};
	int r;

	r = env_build(exec, &env, err);
	if (r == 0)
		r = config_builder_new(&builder, err);
	if (r < 0)
		return r;
	config.user =
		config_add_string(builder, spec->user ? spec->user : init_string(node, node->user));
	config.workdir =
		config_add_string(builder,
				  spec->workdir ? spec->workdir : init_string(node, node->workdir));
	config.groups = config_add_strings(builder, spec->groups);
	config.env = config_add_strings(builder, (const char *const *)env);
	config.rlimits = config_add_bytes(builder, (const char *)node + node->rlimits,
					  node->rlimit_count * sizeof(struct init_rlimit));
	config.bpf = config_add_bytes(builder, (const char *)node + node->bpf,
				      config.bpf_count * sizeof(struct sock_filter));
	service.name = config_add_string(builder, "exec");
	service.argv = config_add_strings(builder, spec->argv);
	config.services = config_add_bytes(builder, &service, sizeof(service));
	r = config_open(&exec->config_fd, err);
	return r < 0 ? r : config_finish(builder, &config, exec->config_fd, err);
}

/* ---- processes ----------------------------------------------------------------------------- */

/* In the node, about to become the command: with the helper's memory, on a stack of its own. */
static int command_run(void *data)
{
	const struct exec *exec = data;
	struct init_message failed = {.type = INIT_MESSAGE_FAILED, .step = "init"};
	int r;

	r = child_become_root(exec->userns, &failed.error);
	if (r == 0)
		(void)child_exec_init(exec->program_fd, exec->config_fd, &exec->inner_channel, 1,
				      exec->spec.preserve_fds, &failed.error);
	(void)channel_write(exec->inner_channel, &failed, NULL, 0, NULL);
	_exit(125);
}

/* Groups first: where they are is not to be seen from inside. */
static int helper_join(const struct exec *exec, int namespaces, struct ncrun_error *err)
{
	int r = process_take_after(exec->container->pid, err);

	if (r == 0 && exec->group && cgroup_needs_join(exec->group))
		r = cgroup_join(exec->group, 0, cgroup_fd_for_clone(exec->group) >= 0, err);
	if (r < 0)
		return r;
	/* CVE-2016-9962: before the node can see this process. */
	if (prctl(PR_SET_DUMPABLE, 0) < 0 || setns(exec->container->pidfd, namespaces) < 0)
		return errno == ESRCH ? has_ended(exec->container, err)
				      : error_errno(err, "join the namespaces of node '%s'",
						    exec->container->dir.name);
	return 0;
}

/* Above where they go to, so that none is overwritten before its turn. */
static int helper_streams(const struct exec *exec, struct ncrun_error *err)
{
	int copies[3];

	if (!exec->spec.streams)
		return 0;
	for (int i = 0; i < 3; i++) {
		copies[i] = fcntl(exec->spec.streams[i], F_DUPFD_CLOEXEC, 3);
		if (copies[i] < 0)
			return error_errno(err, "duplicate descriptor %d", exec->spec.streams[i]);
	}
	for (int i = 0; i < 3; i++)
		if (dup2(copies[i], i) < 0)
			return error_errno(err, "duplicate descriptor %d", copies[i]);
	return 0;
}

/* The helper waits until the command's process has executed init, which spares copying its
 * memory. Signals have their defaults here already. */
static pid_t command_start(struct exec *exec, int *ret_pidfd, struct ncrun_error *err)
{
	pid_t pid = clone(command_run, exec->stack + COMMAND_STACK,
			  CLONE_VM | CLONE_VFORK | CLONE_PARENT | CLONE_PIDFD, exec, ret_pidfd);

	if (pid < 0)
		return error_errno(err, "start a process in node '%s'", exec->container->dir.name);
	return pid;
}

static void helper_run(struct exec *exec, int namespaces, int birth) __attribute__((noreturn));

static void helper_run(struct exec *exec, int namespaces, int birth)
{
	struct init_message failed = {.type = INIT_MESSAGE_FAILED, .step = "join"};
	struct init_message born = {.type = INIT_MESSAGE_GO};
	int pidfd = -1;
	int r;

	r = helper_streams(exec, &failed.error);
	if (r == 0)
		r = helper_join(exec, namespaces, &failed.error);
	if (r == 0)
		r = command_start(exec, &pidfd, &failed.error);
	if (r < 0)
		(void)channel_write(birth, &failed, NULL, 0, NULL);
	else
		(void)channel_write(birth, &born, &pidfd, 1, NULL);
	_exit(0);
}

static int exec_clone(struct exec *exec, struct ncrun_error *err)
{
	int namespaces = CLONE_NEWNS | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWNET | CLONE_NEWPID |
			 CLONE_NEWCGROUP | (exec->userns ? CLONE_NEWUSER : 0);
	int group_fd = exec->group ? cgroup_fd_for_clone(exec->group) : -1;
	/* The helper is counted in the node already: its child is born there. */
	struct clone_args args = {
		.flags = CLONE_CLEAR_SIGHAND | (group_fd >= 0 ? CLONE_INTO_CGROUP : 0u),
		.exit_signal = SIGCHLD,
		.cgroup = group_fd >= 0 ? (uint64_t)group_fd : 0,
	};
	struct channel_input input;
	_cleanup_close_ int birth = -1;
	long helper;
	int pair[2], r;

	if (record_get_u64(exec->container->record, "time_namespace", 0))
		namespaces |= CLONE_NEWTIME;
	exec->stack = malloc(COMMAND_STACK); /* its pages cost nothing until they are used */
	if (!exec->stack)
		return error_errno(err, "make room for a stack");
	/* Not the command's own channel: it may have spoken before the helper does. */
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		return error_errno(err, "make a channel to the helper");
	birth = pair[0];
	helper = syscall(SYS_clone3, &args, sizeof(args));
	if (helper == 0) {
		close(exec->channel);
		helper_run(exec, namespaces, pair[1]);
	}
	close(pair[1]);
	if (helper < 0)
		return error_errno(err, "start a process");
	closep(&exec->inner_channel);
	r = channel_read(birth, &input, err);
	while (waitpid((pid_t)helper, NULL, 0) < 0 && errno == EINTR)
		;
	if (r < 0)
		return r;
	if (input.message.type == INIT_MESSAGE_FAILED)
		return error_heard(err, &input.message.error);
	if (input.fd_count != 1)
		return error_set(err, EPROTO, "the command's process never showed up");
	exec->pidfd = input.fds[0];
	return 0;
}

static void on_signal(void *data, int signo)
{
	const struct exec *exec = data;

	(void)process_signal(exec->pidfd, signo, NULL);
}

static int exec_wait(struct exec *exec, struct channel_start *started, struct ncrun_exit *ret,
		     struct ncrun_error *err)
{
	struct relay relay = {
		.pidfd = exec->pidfd,
		.master = started->master,
		.channel = -1,
		.log = started->log,
		.timeout_ms = exec->spec.timeout_ms,
		.on_signal = on_signal,
		.data = exec,
	};
	struct relay_result result;
	siginfo_t info = {0};
	int r;

	r = relay_run(&relay, &result, err);
	if (r < 0)
		return r;
	if (waitid(P_PIDFD, (id_t)exec->pidfd, &info, WEXITED) < 0)
		return error_errno(err, "wait for the command");
	closep(&exec->pidfd);
	*ret = (struct ncrun_exit){.cause = NCRUN_CAUSE_EXITED, .code = info.si_status};
	if (info.si_code != CLD_EXITED)
		*ret = (struct ncrun_exit){.cause = NCRUN_CAUSE_SIGNAL,
					   .code = 128 + info.si_status,
					   .signo = info.si_status};
	if (result.timed_out)
		*ret = (struct ncrun_exit){.cause = NCRUN_CAUSE_TIMEOUT, .code = 124};
	return 0;
}

/* What was read of a node that runs is true as long as it does, but for what others changed. */
static bool is_as_known(struct ncrun_container *c)
{
	bool lives = false;

	return c->record && !c->changes && c->damage == 0 &&
	       c->info.state == NCRUN_CONTAINER_RUNNING && container_look(c, &lives, NULL) == 0 &&
	       lives && faccessat(c->dir.fd, CONTAINER_CHANGES, F_OK, AT_SYMLINK_NOFOLLOW) < 0 &&
	       errno == ENOENT;
}

static int exec_check(struct ncrun_container *container, const struct ncrun_exec_spec *spec,
		      struct ncrun_error *err)
{
	int r;

	if (!spec->argv || !spec->argv[0])
		return error_set(err, EINVAL, "no command given");
	if (spec->workdir && spec->workdir[0] != '/')
		return error_set(err, EINVAL, "working directory '%s': not an absolute path",
				 spec->workdir);
	if (spec->stdio == NCRUN_STDIO_LOG)
		return error_set(err, EINVAL, "a command beside the node's own has no log");
	if (spec->streams && (spec->stdio != NCRUN_STDIO_INHERIT || spec->preserve_fds > 0))
		return error_set(err, EINVAL,
				 "streams contradict a terminal and further descriptors");
	r = preserved_check(spec->preserve_fds, err);
	if (r < 0)
		return r;
	r = is_as_known(container) ? 0 : container_refresh(container, err);
	if (r == 0)
		r = container_must_run(container, err);
	if (r < 0)
		return r;
	if (container->info.paused)
		return error_set(err, EAGAIN, "node '%s' is paused (see: ncrun resume)",
				 container->dir.name);
	return 0;
}

NCRUN_API int ncrun_container_exec(struct ncrun_container *container,
				   const struct ncrun_exec_spec *spec, struct ncrun_exit *ret,
				   struct ncrun_error *err)
{
	_cleanup_(exec_done) struct exec exec = {
		.container = container,
		.program_fd = -1,
		.config_fd = -1,
		.channel = -1,
		.inner_channel = -1,
		.pidfd = -1,
	};
	_cleanup_(channel_start_done) struct channel_start started = CHANNEL_START_NONE;
	int pair[2], on = 1, r;

	if (spec->size > sizeof(exec.spec))
		return error_set(err, E2BIG, "the specification is of a newer library");
	memcpy(&exec.spec, spec, spec->size);
	r = exec_check(container, &exec.spec, err);
	if (r == 0)
		r = node_config_map(&exec, err);
	if (r < 0)
		return r;
	assert(exec.node);
	exec.userns = exec.node->flags & INIT_USERNS;
	exec.filter = (struct seccomp_filter){
		.instructions = (struct sock_filter *)((char *)exec.node + exec.node->bpf),
		.count = exec.node->bpf_count,
		.notify = exec.node->flags & INIT_SECCOMP_NOTIFY,
		.listener_path = (char *)init_string(exec.node, exec.node->listener_path),
		.listener_metadata = (char *)init_string(exec.node, exec.node->listener_metadata),
	};
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		return error_errno(err, "make a channel to the command");
	exec.channel = pair[0];
	exec.inner_channel = pair[1];
	if (setsockopt(pair[0], SOL_SOCKET, SO_PASSCRED, &on, sizeof(on)) < 0)
		return error_errno(err, "ask for the command's credentials");
	r = exec_config(&exec, err);
	if (r == 0)
		r = init_program_open(&exec.program_fd, err);
	if (r == 0)
		r = init_program_fill(exec.program_fd, err);
	if (r == 0)
		r = node_group_open_beside(&container->dir, container->pid, &exec.group, err);
	if (r == -ENOENT) /* it has none */
		r = 0;
	if (r == 0)
		r = signals_hold(&exec, err);
	if (r == 0)
		r = exec_clone(&exec, err);
	if (r == 0)
		r = channel_await(exec.channel, exec.pidfd, CHANNEL_EXECUTED, &exec.filter,
				  &started, err);
	if (r == -EAGAIN)
		r = node_blame_limits(exec.group, r, err);
	if (r == 0)
		r = exec_wait(&exec, &started, ret, err);
	container_report_refusals(container, started.log);
	return r;
}
