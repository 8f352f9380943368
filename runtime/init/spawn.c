/* SPDX-License-Identifier: Apache-2.0 */

/*
 * From a process of the node to one of its commands.
 *
 * Order matters: each step may rely on those above it. A child shares init's
 * memory until it executes (CLONE_VM | CLONE_VFORK), so every step is a plain
 * system call: the C library's setresuid() and kin would touch shared state.
 */

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "runtime/init/init.h"

#define PAGE_SIZE_ 4096ul
#define OWN_STACK  (16 * PAGE_SIZE_) /* more than init ever uses */

static int step_session(const struct spawn *spawn, struct ncrun_error *err)
{
	if (setsid() < 0 && errno != EPERM)
		return error_errno(err, "start a session");
	if (spawn->terminal && ioctl(spawn->stdio[0], TIOCSCTTY, 0) < 0)
		return error_errno(err, "take the terminal");
	return 0;
}

static int step_streams(const struct spawn *spawn, struct ncrun_error *err)
{
	for (int i = 0; i < 3; i++)
		if (spawn->stdio[i] >= 0 && dup2(spawn->stdio[i], i) < 0)
			return error_errno(err, "duplicate descriptor %d", i);
	return 0;
}

static int step_limits(const struct spawn *spawn, struct ncrun_error *err)
{
	const struct init_config *config = spawn->config;
	const struct init_rlimit *limits = (const void *)((const char *)config + config->rlimits);

	for (uint32_t i = 0; i < config->rlimit_count; i++) {
		struct rlimit limit = {limits[i].soft, limits[i].hard};

		if (setrlimit(limits[i].resource, &limit) < 0)
			return error_errno(err, "set limit %d to %llu:%llu", limits[i].resource,
					   (unsigned long long)limits[i].soft,
					   (unsigned long long)limits[i].hard);
	}
	umask(config->umask);
	return 0;
}

static int step_workdir(const struct spawn *spawn, struct ncrun_error *err)
{
	const char *workdir = init_string(spawn->config, spawn->config->workdir);
	char where[PATH_MAX];

	if (chdir(workdir ? workdir : "/") < 0)
		return error_errno(err, "enter '%s'", workdir ? workdir : "/");
	/* CVE-2024-21626: a leaked descriptor must not become the working directory. */
	if (syscall(SYS_getcwd, where, sizeof(where)) < 0 || where[0] != '/')
		return error_set(err, EXDEV, "working directory '%s' is outside of the node",
				 workdir ? workdir : "/");
	return 0;
}

/* Wait until the ncrun outside has taken the listener: execve() would close it. */
static int listener_announce(int fd, struct ncrun_error *err)
{
	struct init_message message = {.type = INIT_MESSAGE_LISTENER};

	message.value = fcntl(fd, F_DUPFD_CLOEXEC, 3);
	if (message.value < 0)
		return error_errno(err, "find a free descriptor");
	close(message.value);
	errno = -channel_send(fd, &message, -1);
	return errno ? error_errno(err, "announce the seccomp listener") : 0;
}

static int filter_load(const struct spawn *spawn, struct ncrun_error *err)
{
	const struct init_config *config = spawn->config;
	struct sock_fprog program = {
		.len = (unsigned short)config->bpf_count,
		.filter = (struct sock_filter *)((char *)config + config->bpf),
	};
	bool notify = config->flags & INIT_SECCOMP_NOTIFY;
	uint32_t flags = config->seccomp_flags;
	struct init_message go;
	int r;

	if (notify) {
		flags |= SECCOMP_FILTER_FLAG_NEW_LISTENER;
		r = listener_announce(spawn->announce_fd, err);
		if (r < 0)
			return r;
	}
	if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &program) < 0)
		return error_errno(err, "load the seccomp filter");
	if (notify && recv(spawn->announce_fd, &go, sizeof(go), 0) <= 0)
		return error_set(err, EPIPE, "nobody took the seccomp listener");
	return 0;
}

/* Without no_new_privs the kernel wants CAP_SYS_ADMIN for a filter: load it while it is there. */
static int step_early_filter(const struct spawn *spawn, struct ncrun_error *err)
{
	if (spawn->config->bpf_count == 0 || (spawn->config->flags & INIT_NO_NEW_PRIVS))
		return 0;
	return filter_load(spawn, err);
}

/* What the image lists need not have a number outside; what was asked for must. */
static int groups_set(const struct identity *identity)
{
	uint32_t groups[IDENTITY_GROUPS_MAX], count = 0;

	if (syscall(SYS_setgroups, identity->group_count, identity->groups) == 0)
		return 0;
	if (errno != EINVAL)
		return -1;
	for (uint32_t i = 0; i < identity->group_count; i++)
		if (i >= identity->listed_count ||
		    syscall(SYS_setgroups, 1, &identity->groups[i]) == 0)
			groups[count++] = identity->groups[i];
	return (int)syscall(SYS_setgroups, count, groups);
}

/* The kernel's EINVAL is for an id that has no number outside. */
static int id_refused(const char *what, uint32_t id, struct ncrun_error *err)
{
	if (errno == EINVAL)
		return error_set(err, EINVAL, "%s %u: the node has no such id (see: --userns)",
				 what, id);
	return error_errno(err, "%s %u", what, id);
}

static int groups_refused(const struct identity *identity, struct ncrun_error *err)
{
	const int code = errno;

	for (uint32_t i = identity->listed_count; i < identity->group_count; i++)
		if (code == EINVAL && syscall(SYS_setgroups, 1, &identity->groups[i]) < 0)
			return id_refused("join group", identity->groups[i], err);
	errno = code;
	return error_errno(err, "set %u further groups", identity->group_count);
}

static int step_user(const struct spawn *spawn, struct ncrun_error *err)
{
	const struct identity *identity = &spawn->identity;
	uint32_t uid = identity->uid, gid = identity->gid;

	/* EPERM: a rootless node with one id has setgroups() denied, and no groups to set. */
	if (groups_set(identity) < 0 && !(errno == EPERM && (spawn->config->flags & INIT_USERNS)))
		return groups_refused(identity, err);
	if (syscall(SYS_setresgid, gid, gid, gid) < 0)
		return id_refused("become group", gid, err);
	if (syscall(SYS_setresuid, uid, uid, uid) < 0)
		return id_refused("become user", uid, err);
	return 0;
}

static int step_capabilities(const struct spawn *spawn, struct ncrun_error *err)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	uint64_t set = spawn->identity.uid == 0 ? spawn->config->capabilities : 0;
	struct __user_cap_data_struct data[2] = {
		{.effective = (uint32_t)set, .permitted = (uint32_t)set},
		{.effective = (uint32_t)(set >> 32), .permitted = (uint32_t)(set >> 32)},
	};

	/* Inheritable stays empty: CVE-2022-27650, CVE-2022-29162. */
	if (syscall(SYS_capset, &header, data) < 0)
		return error_errno(err, "set capabilities 0x%llx", (unsigned long long)set);
	return 0;
}

static int step_no_new_privs(const struct spawn *spawn, struct ncrun_error *err)
{
	if (!(spawn->config->flags & INIT_NO_NEW_PRIVS))
		return 0;
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return error_errno(err, "set no_new_privs");
	return 0;
}

static int step_signals(const struct spawn *spawn, struct ncrun_error *err)
{
	uint64_t none = 0;

	(void)spawn;
	if (syscall(SYS_rt_sigprocmask, SIG_SETMASK, &none, NULL, sizeof(none)) < 0)
		return error_errno(err, "unblock signals");
	return 0;
}

static int step_filter(const struct spawn *spawn, struct ncrun_error *err)
{
	if (spawn->config->bpf_count == 0 || !(spawn->config->flags & INIT_NO_NEW_PRIVS))
		return 0;
	return filter_load(spawn, err);
}

static const struct {
	const char *what;
	int (*run)(const struct spawn *spawn, struct ncrun_error *err);
} steps[] = {
	{"session", step_session},
	{"standard streams", step_streams},
	{"resource limits", step_limits},
	{"working directory", step_workdir},
	{"seccomp", step_early_filter},
	{"user", step_user},
	{"capabilities", step_capabilities},
	{"no_new_privs", step_no_new_privs},
	{"signals", step_signals},
	{"seccomp", step_filter}, /* last: it would forbid the rest */
};

/* ---- executing --------------------------------------------------------------- */

static const char *environment_get(char *const *env, const char *name)
{
	size_t length = strlen(name);

	for (; *env; env++)
		if (strncmp(*env, name, length) == 0 && (*env)[length] == '=')
			return *env + length + 1;
	return NULL;
}

static void execute_error(struct spawn *spawn, const char *name, int code, bool found)
{
	struct ncrun_error *err = &spawn->error;

	spawn->exit_code = EXIT_NOT_FOUND;
	if (code == ENOENT && found) {
		error_set(err, code, "execute '%s': its interpreter or dynamic loader is missing",
			  name);
	} else if (code == ENOENT || code == ENOTDIR) {
		error_set(err, code, "execute '%s': not found", name);
	} else {
		spawn->exit_code = EXIT_NOT_EXECUTED;
		errno = code;
		error_errno(err, "execute '%s'", name);
	}
}

static void execute_search(struct spawn *spawn, const char *name, char **argv, char **env)
{
	const char *path = environment_get(env, "PATH");
	bool found = false;
	int code = ENOENT;

	if (!path)
		path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
	for (const char *end; *path; path = *end ? end + 1 : end) {
		char file[PATH_MAX];
		struct stat st;

		end = strchrnul(path, ':');
		if (end == path || (size_t)snprintf(file, sizeof(file), "%.*s/%s",
						    (int)(end - path), path, name) >= sizeof(file))
			continue;
		execve(file, argv, env);
		/* As execvp(3): a file one may not run does not end the search. */
		if (errno != ENOENT && errno != ENOTDIR) {
			code = errno;
			if (code != EACCES)
				break;
		} else if (stat(file, &st) == 0) {
			found = true;
			break;
		}
	}
	execute_error(spawn, name, code, found);
}

static void execute(struct spawn *spawn, char **argv, char **env)
{
	struct stat st;
	int code;

	if (!argv[0] || !*argv[0]) {
		spawn->exit_code = EXIT_NOT_FOUND;
		error_set(&spawn->error, ENOENT, "execute '': an empty name");
		return;
	}
	if (!strchr(argv[0], '/')) {
		execute_search(spawn, argv[0], argv, env);
		return;
	}
	execve(argv[0], argv, env);
	code = errno;
	execute_error(spawn, argv[0], code, stat(argv[0], &st) == 0);
}

/* Both end with a NULL, and there may be a HOME beside what was asked for. */
static size_t tables_size(const struct spawn *spawn)
{
	return ((size_t)spawn->argv->count + spawn->config->env.count + 3) * sizeof(char *);
}

/* argv and envp in one piece of memory; HOME is the one variable that depends on the user. Straight
 * from the kernel: malloc() alone would be a sixth of this program. */
static char **tables_new(const struct spawn *spawn, char *home, size_t home_size, char ***ret_env)
{
	const struct init_config *config = spawn->config;
	uint32_t argc = spawn->argv->count, envc = config->env.count;
	char **tables = mmap(NULL, tables_size(spawn), PROT_READ | PROT_WRITE,
			     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	char **env;

	if (tables == MAP_FAILED)
		return NULL;
	env = tables + argc + 1;
	for (uint32_t i = 0; i < argc; i++)
		tables[i] = (char *)init_string_at(config, spawn->argv, i);
	for (uint32_t i = 0; i < envc; i++)
		env[i] = (char *)init_string_at(config, &config->env, i);
	if (!environment_get(env, "HOME")) {
		snprintf(home, home_size, "HOME=%s", spawn->identity.home);
		env[envc] = home;
	}
	*ret_env = env;
	return tables;
}

/* sd_listen_fds(3): sockets are for the process that LISTEN_PID names, and only we know its number.
 */
static void claim_sockets(char **env, char *variable, size_t size)
{
	for (; *env; env++) {
		if (strncmp(*env, "LISTEN_PID=", 11) != 0)
			continue;
		snprintf(variable, size, "LISTEN_PID=%d", (int)getpid());
		*env = variable;
	}
}

static void become(struct spawn *spawn, char **argv, char **env)
{
	char sockets[32];
	const char *what = "command";
	int r = 0;

	spawn->exit_code = EXIT_NOT_RUN;
	for (size_t i = 0; r == 0 && i < sizeof(steps) / sizeof(steps[0]); i++) {
		what = steps[i].what;
		r = steps[i].run(spawn, &spawn->error);
	}
	if (r == 0) {
		what = "command";
		claim_sockets(env, sockets, sizeof(sockets));
		execute(spawn, argv, env);
	}
	strncpy(spawn->step, what, sizeof(spawn->step) - 1);
}

void spawn_become(struct spawn *spawn)
{
	char home[sizeof(spawn->identity.home) + 8];
	char **env, **argv = tables_new(spawn, home, sizeof(home), &env);

	if (argv)
		become(spawn, argv, env);
	else
		error_errno(&spawn->error, "make room for the arguments");
	if (argv)
		munmap(argv, tables_size(spawn));
}

/** What the child is given, on init's stack. */
struct launch {
	struct spawn *spawn;
	char **argv;
	char **env;
};

static int launch_child(void *data)
{
	struct launch *launch = data;

	become(launch->spawn, launch->argv, launch->env);
	_exit(127);
}

/* A child's; touched only as far as it is used. */
static _Alignas(PAGE_SIZE_) char stack[64 * 1024];

void spawn_rest(void)
{
	char *frame = __builtin_frame_address(0);
	char *here = frame - ((uintptr_t)frame & (PAGE_SIZE_ - 1));

	madvise(stack, sizeof(stack), MADV_DONTNEED);
	madvise(here - PAGE_SIZE_ - OWN_STACK, OWN_STACK, MADV_DONTNEED);
}

pid_t spawn_start(struct spawn *spawn)
{
	char home[sizeof(spawn->identity.home) + 8];
	struct launch launch = {.spawn = spawn};
	pid_t pid;

	spawn->error.code = 0;
	spawn->exit_code = EXIT_NOT_RUN;
	spawn->step[0] = '\0';
	launch.argv = tables_new(spawn, home, sizeof(home), &launch.env);
	if (!launch.argv)
		return error_errno(&spawn->error, "make room for the arguments");
	pid = clone(launch_child, stack + sizeof(stack), CLONE_VM | CLONE_VFORK | SIGCHLD, &launch);
	if (pid < 0) {
		error_errno(&spawn->error, "start a process");
		snprintf(spawn->step, sizeof(spawn->step), "%s", "command");
	}
	/* With fs.suid_dumpable, a child that took another id did this to our common memory. */
	prctl(PR_SET_DUMPABLE, 0);
	munmap(launch.argv, tables_size(spawn));
	if (spawn->error.code != 0)
		return -spawn->error.code;
	return pid;
}
