/* SPDX-License-Identifier: Apache-2.0 */

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/api.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/file.h"
#include "base/process.h"
#include "base/seal.h"
#include "base/text.h"
#include "runtime/launch.h"

#define STATE_MAX  (8u << 20)
#define REMOVED_MS 5000

/* ---- handles --------------------------------------------------------------------------- */

int container_new(struct ncrun_container **ret, struct ncrun_error *err)
{
	struct ncrun_container *c = calloc(1, sizeof(*c));

	if (!c)
		return error_errno(err, "make room for a node");
	c->dir = NODE_DIR_NONE;
	c->pidfd = c->channel = c->master = -1;
	*ret = c;
	return 0;
}

NCRUN_API struct ncrun_container *ncrun_container_unref(struct ncrun_container *container)
{
	if (!container)
		return NULL;
	if (container->launch) { /* it never came to run: undo it */
		launch_free(container->launch);
		return NULL;
	}
	closep(&container->channel);
	closep(&container->master);
	cgroup_unref(container->group);
	seccomp_log_free(container->log);
	closep(&container->pidfd);
	node_dir_done(&container->dir);
	if (container->signals_held)
		(void)sigprocmask(SIG_SETMASK, &container->mask_before, NULL);
	record_free(container->record);
	record_free(container->changes);
	free(container->services);
	free(container);
	return NULL;
}

void container_notice(const struct ncrun_container *container, const char *fmt, ...)
{
	char line[1024];
	va_list args;

	if (!container->notice)
		return;
	va_start(args, fmt);
	vsnprintf(line, sizeof(line), fmt, args);
	va_end(args);
	container->notice(container->notice_data, line);
}

void container_report_refusals(const struct ncrun_container *container, struct seccomp_log *log)
{
	const struct seccomp_refusal *refusals;
	size_t count;

	if (!log || !container->notice || seccomp_log_report(log, &refusals, &count, NULL) < 0)
		return;
	container_notice(container,
			 "seccomp: the default profile would have refused %zu system call%s%s",
			 count, count == 1 ? "" : "s", count ? ":" : "");
	for (size_t i = 0; i < count; i++)
		container_notice(container, "seccomp: %s: %s %d, %llu time%s", refusals[i].syscall,
				 refusals[i].action, refusals[i].error,
				 (unsigned long long)refusals[i].count,
				 refusals[i].count == 1 ? "" : "s");
}

/* ---- the state file ----------------------------------------------------------------------- */

void container_record_limits(struct text *text, const struct ncrun_limits *limits)
{
	size_t count = 0;
	const struct ncrun_limit *list = ncrun_limit_list(&count);

	for (size_t i = 0; limits && i < count; i++) {
		char value[4096], limit[sizeof(value) + 64];

		for (size_t n = 0;
		     ncrun_limits_print(limits, list[i].name, n, value, sizeof(value)) > 0; n++) {
			snprintf(limit, sizeof(limit), "%s=%s", list[i].name, value);
			record_put(text, "limit", limit);
		}
	}
}

int container_save(const struct ncrun_container *container, const struct node_plan *plan,
		   uint32_t uid_base, uint32_t id_count, struct ncrun_error *err)
{
	const struct ncrun_container_spec *spec = &plan->spec;
	_cleanup_text_ struct text text = {0};
	_cleanup_close_ int fd = -1;

	record_put(&text, "network", container->dir.network);
	record_put(&text, "node", container->dir.name);
	record_put_i64(&text, "pid", container->pid);
	record_put_u64(&text, "identity", container->identity);
	record_put_u64(&text, "boot", container->dir.boot);
	record_put_i64(&text, "config_fd", container->config_fd);
	record_put_u64(&text, "time_namespace", spec->time.enabled);
	record_put_i64(&text, "started_at", clock_wall_ns());
	record_put(&text, "rootfs", spec->rootfs);
	record_put(&text, "image", plan->root->digest);
	record_put(&text, "hostname", spec->hostname ? spec->hostname : container->dir.name);
	record_put(&text, "user", plan->user ? plan->user : "root");
	record_put(&text, "seccomp", spec->seccomp);
	record_put_u64(&text, "uid_base", uid_base);
	record_put_u64(&text, "id_count", id_count);
	record_put_u64(&text, "capabilities", plan->capabilities);
	record_put_u64(&text, "no_new_privs", !spec->new_privileges);
	record_put_u64(&text, "read_only", spec->read_only);
	record_put_u64(&text, "terminal", spec->stdio == NCRUN_STDIO_TERMINAL);
	record_put_u64(&text, "detached", spec->detach || spec->keep);
	record_put_u64(&text, "auto_remove", spec->auto_remove || !spec->detach);
	record_put_i64(&text, "stop_signal", plan->stop_signal);
	record_put_u64(&text, "stop_grace_ms", plan->stop_grace_ms);
	record_put_list(&text, "argv", (const char *const *)plan->argv);
	record_put(&text, "service", "main");
	for (size_t i = 0; i < spec->service_count; i++)
		record_put(&text, "service", spec->services[i].name);
	if (spec->labels)
		record_put_list(&text, "label", spec->labels);
	container_record_limits(&text, spec->limits);
	text_seal(&text);
	if (text_failed(&text))
		return error_set(err, ENOMEM, "make room for the node's state");
	/* The first one of a directory that is ours: a reader knows a part of it by what it lacks.
	 */
	fd = openat(container->dir.fd, "state", O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0)
		return error_errno(err, "make the state file of node '%s'", container->dir.name);
	return file_write_all(fd, text.chars, text.length, err);
}

int container_record_detached(const struct ncrun_container *c, struct ncrun_error *err)
{
	_cleanup_free_ char *before = NULL;
	_cleanup_text_ struct text text = {0};
	size_t size;
	int r = seal_read_at(c->dir.fd, "state", STATE_MAX, &before, &size, err);

	if (r < 0)
		return error_wrap(err, r, "state of node '%s'", c->dir.name);
	text_append_bytes(&text, before, size);
	record_put_u64(&text, "detached", true); /* the last word on a key counts */
	record_put_u64(&text, "auto_remove", false);
	text_seal(&text);
	if (text_failed(&text))
		return error_set(err, ENOMEM, "make room for the node's state");
	return file_replace_at(c->dir.fd, "state", text.chars, text.length, 0600, err);
}

static void info_fill(struct ncrun_container *c)
{
	struct record *record = c->record;
	struct ncrun_container_info *info = &c->info;

	info->rootfs = record_get(record, "rootfs", "");
	info->image_digest = record_get(record, "image", "");
	info->hostname = record_get(record, "hostname", c->dir.name);
	info->user = record_get(record, "user", "root");
	info->seccomp = record_get(record, "seccomp", "");
	info->started_at_ns = record_get_i64(record, "started_at", 0);
	info->uid_base = (uint32_t)record_get_u64(record, "uid_base", 0);
	info->id_count = (uint32_t)record_get_u64(record, "id_count", 0);
	info->capabilities = record_get_u64(record, "capabilities", 0);
	info->no_new_privs = record_get_u64(record, "no_new_privs", 0);
	info->read_only = record_get_u64(record, "read_only", 0);
	info->terminal = record_get_u64(record, "terminal", 0);
	info->detached = record_get_u64(record, "detached", 0);
	info->auto_remove = record_get_u64(record, "auto_remove", 0);
	info->argv = record_get_list(record, "argv");
	info->labels = record_get_list(record, "label");
	info->limits = record_get_list(c->changes ? c->changes : record, "limit");
	info->paused = c->changes && record_get_u64(c->changes, "paused", 0);
	c->limited = info->limits && info->limits[0];
	c->pid = (pid_t)record_get_i64(record, "pid", 0);
	c->identity = record_get_u64(record, "identity", 0);
	c->boot = record_get_u64(record, "boot", 0);
	c->config_fd = (int)record_get_i64(record, "config_fd", -1);
}

/* A node that nobody has changed has no such file. */
static int changes_read(struct ncrun_container *c, struct ncrun_error *err)
{
	_cleanup_free_ char *text = NULL;
	struct record *record = NULL;
	size_t size;
	int r = seal_read_at(c->dir.fd, CONTAINER_CHANGES, STATE_MAX, &text, &size, err);

	if (r == -ENOENT)
		return 0;
	if (r == 0)
		r = record_parse(text, size, &record, err);
	if (r < 0)
		return error_wrap(err, r, "changes of node '%s'", c->dir.name);
	record_free(c->changes);
	c->changes = record;
	return 0;
}

static int state_read(struct ncrun_container *c, struct ncrun_error *err)
{
	_cleanup_free_ char *text = NULL;
	struct record *record = NULL;
	size_t size;
	int r;

	r = seal_read_at(c->dir.fd, "state", STATE_MAX, &text, &size, err);
	if (r == -ENODATA)
		return -ENOENT; /* being written */
	if (r == 0)
		r = record_parse(text, size, &record, err);
	if (r == 0 && !(text_equal(record_get(record, "network", ""), c->dir.network) &&
			text_equal(record_get(record, "node", ""), c->dir.name)))
		r = error_set(err, EBADMSG, "it is that of node '%s/%s'",
			      record_get(record, "network", ""), record_get(record, "node", ""));
	if (r < 0) {
		record_free(record);
		return error_wrap(err, r, "state of node '%s'", c->dir.name);
	}
	record_free(c->record);
	c->record = record;
	r = changes_read(c, err);
	info_fill(c);
	if (r == 0 && !(c->info.argv && c->info.labels && c->info.limits))
		r = error_set(err, ENOMEM, "read the state of node '%s': no memory", c->dir.name);
	return r;
}

/* ---- whether it lives -------------------------------------------------------------------- */

/* A child that has ended keeps its pid until it is reaped, so ask the pidfd. */
static bool pidfd_ended(int pidfd)
{
	return process_wait(pidfd, 0, NULL) == 0;
}

static void reap(struct ncrun_container *c)
{
	siginfo_t info = {0};

	if (!c->child || c->reaped)
		return;
	if (waitid(P_PIDFD, (id_t)c->pidfd, &info, WEXITED | WNOHANG) == 0 && info.si_pid != 0) {
		c->reaped = true;
		c->killed = info.si_code != CLD_EXITED;
		c->wait_code = c->killed ? 128 + info.si_status : info.si_status;
	}
}

int container_look(struct ncrun_container *c, bool *ret_lives, struct ncrun_error *err)
{
	*ret_lives = false;
	if (c->damage < 0)
		return container_damage_tell(c, err);
	if (c->pidfd < 0 && !c->reaped && c->pid > 0 && process_is_of_boot(c->boot, c->dir.boot)) {
		int r = process_open(c->pid, c->identity, &c->pidfd, err);

		if (r == -ESRCH)
			return 0;
		if (r < 0)
			return error_wrap(err, r, "look whether node '%s' runs", c->dir.name);
	}
	if (c->pidfd < 0)
		return 0;
	*ret_lives = !pidfd_ended(c->pidfd);
	if (*ret_lives)
		return 0;
	reap(c);
	closep(&c->pidfd);
	c->found = 0;
	return 0;
}

void container_reap(struct ncrun_container *c)
{
	bool lives;

	(void)container_look(c, &lives, NULL);
}

/* The lock is tried on a descriptor of its own: who only looks must not keep it. */
static int is_being_made(const struct ncrun_container *c, bool *ret, struct ncrun_error *err)
{
	_cleanup_close_ int fd = openat(c->dir.fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	bool taken = false;
	int r;

	if (fd < 0)
		return error_errno(err, "open the state directory of '%s'", c->dir.name);
	r = file_lock(fd, true, false, &taken, err);
	*ret = !taken;
	return r;
}

/* Whether files that are missing are not lost, but were removed with the node. */
static bool has_gone(const struct ncrun_container *c)
{
	bool there = true;

	return node_dir_is_there(&c->dir, &there, NULL) == 0 && !there;
}

static int gone_tell(const struct ncrun_container *c, struct ncrun_error *err)
{
	if (text_equal(c->dir.network, STATE_NETWORK_DEFAULT))
		return error_set(err, ENOENT, "no node '%s'", c->dir.name);
	return error_set(err, ENOENT, "no node '%s' in network '%s'", c->dir.name, c->dir.network);
}

static int refresh(struct ncrun_container *c, struct ncrun_error *err)
{
	struct ncrun_container_info *info = &c->info;
	bool lives;
	int r;

	assert(c);
	info->network = c->dir.network;
	info->name = c->dir.name;
	if (!c->record)
		info->rootfs = info->image_digest = info->hostname = info->user = info->seccomp =
			"";
	/* Read anew: the detach keys change it. */
	r = state_read(c, err);
	if (r == -ENOENT) { /* being made, or its maker was killed before it had a process */
		bool at_it = false;

		r = has_gone(c) ? -ENOENT : is_being_made(c, &at_it, err);
		if (r < 0)
			return r;
		info->state = at_it ? NCRUN_CONTAINER_STARTING : NCRUN_CONTAINER_BROKEN;
		info->argv = info->labels = NULL;
		return at_it ? 0 : status_without_state(c, err);
	}
	if (r == 0)
		r = status_read(c, err);
	if (r < 0)
		return r;
	r = container_look(c, &lives, err);
	if (r < 0)
		return r;
	if (lives) {
		info->state =
			status_says_started(c) ? NCRUN_CONTAINER_RUNNING : NCRUN_CONTAINER_STARTING;
		info->pid = c->pid;
		return 0;
	}
	info->pid = 0;
	info->state = info->detached && status_says_started(c) ? NCRUN_CONTAINER_EXITED
							       : NCRUN_CONTAINER_BROKEN;
	return container_exit(c, &info->exit, err);
}

int container_refresh(struct ncrun_container *c, struct ncrun_error *err)
{
	struct ncrun_error why = {0};
	int r;

	c->damage = c->unseen = 0;
	c->info.damage = NULL;
	r = refresh(c, &why);
	/* of a node that is being removed the state goes first */
	if (r < 0 && is_damage(r) && faccessat(c->dir.fd, "state", F_OK, AT_SYMLINK_NOFOLLOW) < 0)
		r = refresh(c, &why);
	if (r < 0 && is_damage(r) && has_gone(c))
		return gone_tell(c, err);
	if (r < 0 && is_damage(r)) {
		container_damaged(c, r, &why);
		return container_damage_tell(c, err);
	}
	if (r < 0 && err)
		*err = why;
	return r;
}

/* ---- public ---------------------------------------------------------------------------------- */

NCRUN_API int ncrun_container_info(struct ncrun_container *container,
				   const struct ncrun_container_info **ret, struct ncrun_error *err)
{
	int r = container_refresh(container, err);

	if (r < 0 && container->damage == 0)
		return r;
	*ret = &container->info; /* that nothing is known is told, too */
	return 0;
}

NCRUN_API void ncrun_container_names(const struct ncrun_container *container,
				     const char **ret_network, const char **ret_name)
{
	*ret_network = container->dir.network;
	*ret_name = container->dir.name;
}

NCRUN_API int ncrun_container_pidfd(const struct ncrun_container *container)
{
	return container->pidfd;
}

NCRUN_API int ncrun_container_wait(struct ncrun_container *container, int64_t timeout_ms,
				   struct ncrun_exit *ret, struct ncrun_error *err)
{
	bool lives;
	int r = container_look(container, &lives, err);

	if (r == 0 && lives)
		r = process_wait(container->pidfd, timeout_ms, err);
	if (r < 0)
		return error_wrap(err, r, "wait for node '%s'", container->dir.name);
	container_reap(container);
	return container_exit(container, ret, err);
}

int container_forget(struct ncrun_container *container, struct ncrun_error *err)
{
	bool there = false;
	int r = node_dir_is_there(&container->dir, &there, err);

	/* Somebody else did it, and what has the name by now is another node's. */
	if (r < 0 || !there)
		return r;
	r = node_group_remove(&container->dir, container->group, err);
	return r < 0 ? r : node_dir_remove(&container->dir, err);
}

NCRUN_API int ncrun_container_remove(struct ncrun_container *container, bool force,
				     struct ncrun_error *err)
{
	bool taken = false, lives = false;
	int r = container->damage == -EBADMSG ? 0 : container_look(container, &lives, err);

	if (r == 0 && container->unseen < 0)
		r = container_damage_tell(container, err);
	if (r == 0 && container->damage < 0)
		lives = container->pidfd >= 0 && !pidfd_ended(container->pidfd);
	if (r < 0)
		return r;
	if (lives) {
		if (!force && container->damage < 0)
			return container_damage_tell(container, err);
		if (!force)
			return error_set(err, EBUSY,
					 "node '%s' is running (stop it, or remove by force)",
					 container->dir.name);
		r = container_kill_now(container, err);
		if (r < 0)
			return r;
	}
	/* Whoever holds the lock removes the node: then there is only the wait. */
	r = node_dir_lock(&container->dir, REMOVED_MS, &taken, err);
	if (r < 0)
		return r;
	if (!taken)
		return error_set(err, EBUSY, "node '%s' is being made", container->dir.name);
	return container_forget(container, err);
}
