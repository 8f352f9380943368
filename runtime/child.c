/* SPDX-License-Identifier: Apache-2.0 */

/*
 * The child's side of a node's start, between clone3() and execve().
 *
 * Theory of operation: the child is born into its user and pid namespaces, as nobody,
 * and makes the others: that takes longer than all else, and the parent has enough to
 * do meanwhile. Its next steps need no id; then it waits until the parent has written
 * its id maps, and once more for the mounts, which the parent makes while the
 * child makes its own; the last step executes init. It allocates nothing, takes
 * no lock and touches no stream: the parent may have had threads. When the parent
 * dies the channel closes, and the child with it.
 *
 * Order matters: each step may rely on those above it.
 */

#include "runtime/child.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/close_range.h>
#include <linux/keyctl.h>
#include <linux/openat2.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "netns/netns.h"

/** What the steps hand on to each other. */
struct progress {
	struct channel_input input; /* the parent's message, with the mounts */
	struct rootfs_begun begun;  /* the node's procfs, and what else is mounted already */
};

/* CVE-2016-9962: nothing in the node may look into this process. */
static int become_undumpable(struct ncrun_error *err)
{
	if (prctl(PR_SET_DUMPABLE, 0) < 0)
		return error_errno(err, "become undumpable");
	return 0;
}

/* Until init runs: in what the kernel does here nobody hears that the parent has gone. */
static int die_with_parent(struct ncrun_error *err)
{
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0)
		return error_errno(err, "ask for a signal");
	return 0;
}

int child_become_root(bool userns, struct ncrun_error *err)
{
	int r = become_undumpable(err);

	if (r < 0)
		return r;
	/* The caller's terminal signals its own: it passes on what the node should get. */
	if (setsid() < 0)
		return error_errno(err, "start a session");
	if (userns) {
		if (syscall(SYS_setresgid, 0, 0, 0) < 0 || syscall(SYS_setresuid, 0, 0, 0) < 0)
			return error_errno(err, "become root of the node");
		/* Another id makes a process what fs.suid_dumpable says. */
		r = become_undumpable(err);
		if (r < 0)
			return r;
		/* EPERM: a single-id map comes with setgroups() denied. */
		if (syscall(SYS_setgroups, 0, NULL) < 0 && errno != EPERM)
			return error_errno(err, "drop groups");
	}
	/* A session keyring of its own; users of many nodes run into a quota: then none at all. */
	if (syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, NULL) < 0 && errno != EDQUOT &&
	    errno != ENOSYS && errno != EPERM)
		return error_errno(err, "join a new session keyring");
	return 0;
}

/* Nobody is told of this process before it has them: see launch_release(). */
static int step_namespaces(const struct child *child, struct progress *progress,
			   struct ncrun_error *err)
{
	const struct init_message born = {.type = INIT_MESSAGE_BORN};
	int r = die_with_parent(err);

	(void)progress;
	if (r < 0)
		return r;
	if (unshare(CLONE_NEWNS | CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS) < 0)
		return error_errno(err, "make namespaces%s",
				   errno == EPERM ? " (see: ncrun doctor)" : "");
	return channel_write(child->channel, &born, NULL, 0, err);
}

static int step_parent(const struct child *child, struct progress *progress,
		       struct ncrun_error *err)
{
	(void)err;
	if (channel_read(child->channel, &progress->input, NULL) < 0 ||
	    progress->input.message.type != INIT_MESSAGE_GO)
		_exit(125); /* it is gone, or gave up */
	return 0;
}

static int step_identity(const struct child *child, struct progress *progress,
			 struct ncrun_error *err)
{
	int r = child_become_root(child->plan->userns, err);

	(void)progress;
	/* With other ids the kernel has forgotten it (prctl(2)). */
	return r == 0 && child->plan->userns ? die_with_parent(err) : r;
}

/* Only now: born with one, it would have the caller's group for its root. */
static int step_group(const struct child *child, struct progress *progress, struct ncrun_error *err)
{
	(void)child;
	(void)progress;
	if (unshare(CLONE_NEWCGROUP) < 0)
		return error_errno(err, "make a cgroup namespace");
	return 0;
}

static int step_begin(const struct child *child, struct progress *progress, struct ncrun_error *err)
{
	return rootfs_begin(child->rootfs, &progress->begun, err);
}

static int step_guard(const struct child *child, struct progress *progress, struct ncrun_error *err)
{
	return rootfs_guard(child->rootfs, &progress->begun, err);
}

static int step_mounts(const struct child *child, struct progress *progress,
		       struct ncrun_error *err)
{
	return rootfs_enter(child->rootfs, &progress->begun, progress->input.fds,
			    progress->input.fd_count, err);
}

static int step_hostname(const struct child *child, struct progress *progress,
			 struct ncrun_error *err)
{
	(void)progress;
	if (sethostname(child->hostname, strlen(child->hostname)) < 0)
		return error_errno(err, "set host name '%s'", child->hostname);
	return 0;
}

static int step_loopback(const struct child *child, struct progress *progress,
			 struct ncrun_error *err)
{
	(void)child;
	(void)progress;
	return netns_loopback_up(err);
}

/* CVE-2025-52881: through our own procfs, and nothing mounted on it can be in the way. */
static int proc_write(int proc_fd, const char *path, const char *value, struct ncrun_error *err)
{
	struct open_how how = {
		.flags = O_WRONLY | O_CLOEXEC,
		.resolve = RESOLVE_BENEATH | RESOLVE_NO_XDEV | RESOLVE_NO_SYMLINKS,
	};
	_cleanup_close_ int fd = (int)syscall(SYS_openat2, proc_fd, path, &how, sizeof(how));

	if (fd < 0 || write(fd, value, strlen(value)) < 0)
		return error_errno(err, "write '%s' to /proc/%s", value, path);
	return 0;
}

static int step_sysctls(const struct child *child, struct progress *progress,
			struct ncrun_error *err)
{
	static const char prefix[] = "sys/";
	/* Programs without capabilities may ping and bind low ports, as in Docker. */
	int r = proc_write(progress->begun.proc_fd, "sys/net/ipv4/ip_unprivileged_port_start", "0",
			   err);

	/* Groups are counted in the node's own ids; a rootless node has but one. */
	if (r == 0 && proc_write(progress->begun.proc_fd, "sys/net/ipv4/ping_group_range",
				 "0 65535", NULL) < 0)
		(void)proc_write(progress->begun.proc_fd, "sys/net/ipv4/ping_group_range", "0 0",
				 NULL);
	for (const char *const *s = child->plan->spec.sysctls; r == 0 && s && *s; s++) {
		char path[PATH_MAX];
		const char *value;

		memcpy(path, prefix, sizeof(prefix));
		r = sysctl_path(*s, path + sizeof(prefix) - 1, sizeof(path) - sizeof(prefix),
				&value, err);
		if (r == 0)
			r = proc_write(progress->begun.proc_fd, path, value, err);
		if (r == -ENOENT && **s == '-')
			r = 0;
	}
	return r;
}

/*
 * Since Linux 6.3 executing enters, but before that only a child does, and vfork() is
 * refused to whoever is outside.
 */
static int enter_clocks(int proc_fd, struct ncrun_error *err)
{
	_cleanup_close_ int fd = openat(proc_fd, "1/ns/time_for_children", O_RDONLY | O_CLOEXEC);

	if (fd < 0 || setns(fd, CLONE_NEWTIME) < 0)
		return error_errno(err, "enter a time namespace");
	return 0;
}

static int step_clocks(const struct child *child, struct progress *progress,
		       struct ncrun_error *err)
{
	const struct ncrun_time_offsets *time = &child->plan->spec.time;
	char text[128];
	int r;

	if (!time->enabled)
		return 0;
	/* Offsets are written before anybody enters (time_namespaces(7)). */
	if (unshare(CLONE_NEWTIME) < 0)
		return error_errno(err, "make a time namespace");
	snprintf(text, sizeof(text), "monotonic %lld %lld\nboottime %lld %lld\n",
		 (long long)(time->monotonic_ms / 1000),
		 (long long)(time->monotonic_ms % 1000 * 1000000),
		 (long long)(time->boottime_ms / 1000),
		 (long long)(time->boottime_ms % 1000 * 1000000));
	/* An undumpable process may not write its own files; nobody else is in the node to profit.
	 */
	if (prctl(PR_SET_DUMPABLE, 1) < 0)
		return error_errno(err, "become dumpable");
	r = proc_write(progress->begun.proc_fd, "1/timens_offsets", text, err);
	if (r == -ERANGE)
		return error_set(err, ERANGE,
				 "time offsets of %lld and %lld s: a clock would stand before its "
				 "start, or too far on",
				 (long long)(time->monotonic_ms / 1000),
				 (long long)(time->boottime_ms / 1000));
	if (r == 0)
		r = enter_clocks(progress->begun.proc_fd, err);
	return r < 0 ? r : become_undumpable(err);
}

static int step_seal(const struct child *child, struct progress *progress, struct ncrun_error *err)
{
	(void)progress;
	return rootfs_seal(child->rootfs, err);
}

static int step_process(const struct child *child, struct progress *progress,
			struct ncrun_error *err)
{
	(void)progress;
	umask(0);
	/* 0 = the default of the thread that was cloned from; that is the caller's: set the
	 * kernel's. */
	if (prctl(PR_SET_TIMERSLACK, 50000UL) < 0)
		return error_errno(err, "reset the timer slack");
	if (personality(child->plan->spec.no_aslr ? ADDR_NO_RANDOMIZE : PER_LINUX) < 0)
		return error_errno(err, "set the personality");
	return 0;
}

/* A logged or terminal node must not hold the caller's own terminal. */
static int step_streams(const struct child *child, struct progress *progress,
			struct ncrun_error *err)
{
	int fd;

	(void)progress;
	if (child->plan->spec.stdio == NCRUN_STDIO_INHERIT)
		return 0;
	fd = open("/dev/null", O_RDWR | O_CLOEXEC);
	if (fd < 0)
		return error_errno(err, "open /dev/null");
	for (int i = 0; i < 3; i++)
		if (dup2(fd, i) < 0)
			return error_errno(err, "duplicate descriptor %d", i);
	if (fd > 2)
		close(fd);
	return 0;
}

int child_exec_init(int program_fd, int config_fd, const int *keep_fds, size_t keep_count,
		    uint32_t preserve_fds, struct ncrun_error *err)
{
	char name[] = "ncrun-init", number[16];
	char *argv[] = {name, number, NULL}, *env[] = {NULL};

	/* CVE-2024-21626: whatever else is open here, by us or by the caller, ends at execve(). */
	if (syscall(SYS_close_range, 3, ~0U, CLOSE_RANGE_CLOEXEC) < 0)
		return error_errno(err, "close descriptors");
	for (uint32_t i = 0; i < preserve_fds; i++)
		if (fcntl((int)(3 + i), F_SETFD, 0) < 0)
			return error_errno(err, "preserve descriptor %u", 3 + i);
	for (size_t i = 0; i < keep_count; i++)
		if (keep_fds[i] >= 0 && fcntl(keep_fds[i], F_SETFD, 0) < 0)
			return error_errno(err, "keep descriptor %d", keep_fds[i]);
	if (fcntl(config_fd, F_SETFD, 0) < 0)
		return error_errno(err, "keep descriptor %d", config_fd);
	snprintf(number, sizeof(number), "%d", config_fd);
	syscall(SYS_execveat, program_fd, "", argv, env, AT_EMPTY_PATH);
	return error_errno(err, "execute init");
}

static int step_init(const struct child *child, struct progress *progress, struct ncrun_error *err)
{
	(void)progress;
	if (prctl(PR_SET_PDEATHSIG, 0) < 0)
		return error_errno(err, "ask for no signal any more");
	return child_exec_init(child->program_fd, child->config_fd, child->keep_fds, CHILD_KEEP_MAX,
			       child->plan->spec.preserve_fds, err);
}

/* clang-format off: one step a line */
static const struct {
	const char *what;
	int (*run)(const struct child *child, struct progress *progress, struct ncrun_error *err);
} steps[] = {
	{"namespaces", step_namespaces}, /* these need no ids: while the parent is busy */
	{"loopback", step_loopback},
	{"host name", step_hostname},
	{"parent", step_parent}, /* below: with ids */
	{"identity", step_identity},
	{"cgroup", step_group},
	{"mounts", step_begin},
	{"sysctls", step_sysctls},
	{"clocks", step_clocks},
	{"masks", step_guard},   /* below: /proc/sys is read-only */
	{"parent", step_parent}, /* below: with what it has made meanwhile */
	{"mounts", step_mounts},
	{"masks", step_seal},
	{"process", step_process},
	{"standard streams", step_streams},
	{"init", step_init}, /* does not return */
};
/* clang-format on */

void child_run(const struct child *child)
{
	struct init_message failed = {.type = INIT_MESSAGE_FAILED};
	struct progress progress = {0};
	int r;

	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		r = steps[i].run(child, &progress, &failed.error);
		if (r < 0) {
			strncpy(failed.step, steps[i].what, sizeof(failed.step) - 1);
			break;
		}
	}
	(void)channel_write(child->channel, &failed, NULL, 0, NULL);
	_exit(125);
}
