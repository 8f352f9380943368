/* SPDX-License-Identifier: Apache-2.0 */

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "base/file.h"
#include "base/name.h"
#include "base/process.h"
#include "runtime/container.h"

#define LOOK_MS 20 /* for so long at most does one who only looks hold a lock */

/* By the directory's real path, which @path need not be: two of them have groups of their own, and
 * finds them again. */
static int group_top_set(struct state *state, const char *path, bool real, struct ncrun_error *err)
{
	char self[64], target[PATH_MAX];
	ssize_t n;

	if (!real) {
		snprintf(self, sizeof(self), "/proc/self/fd/%d", state->fd);
		n = readlink(self, target, sizeof(target) - 1);
		if (n < 0)
			return error_errno(err, "find the path of the state directory");
		target[n] = '\0';
		path = target;
	}
	if (text_equal(path, STATE_DEFAULT))
		snprintf(state->group_top, sizeof(state->group_top), "ncrun");
	else
		snprintf(state->group_top, sizeof(state->group_top), "ncrun-%08x", text_hash(path));
	return 0;
}

int state_open(const struct ncrun_context *context, struct state *ret, struct ncrun_error *err)
{
	const char *path = context ? context->state_dir : NULL;
	_cleanup_text_ struct text text = {0};
	bool real = false;
	int fd, r;

	if (!path)
		path = secure_getenv("NCRUN_STATE");
	if (path && !*path && !(context && context->state_dir))
		path = NULL; /* an empty variable is none */
	if (!path && geteuid() != 0) {
		const char *runtime_dir = secure_getenv("XDG_RUNTIME_DIR");

		if (!runtime_dir || *runtime_dir != '/')
			return error_set(err, ENOENT,
					 "no place for state: set XDG_RUNTIME_DIR or NCRUN_STATE");
		text_printf(&text, "%s/ncrun", runtime_dir);
		if (text_failed(&text))
			return error_set(err, ENOMEM, "make room for a path");
		path = text_string(&text);
	}
	if (!path)
		path = STATE_DEFAULT;
	r = directory_open_private_real(path, &fd, &real, err);
	if (r < 0)
		return error_wrap(err, r, "state directory");

	*ret = (struct state){.fd = fd, .table_fd = -1};
	r = group_top_set(ret, path, real, err);
	if (r < 0)
		state_done(ret);
	return r;
}

uint64_t state_boot(struct state *state)
{
	if (state->boot == 0)
		state->boot = process_boot();
	return state->boot;
}

void state_done(struct state *state)
{
	closep(&state->fd);
	closep(&state->table_fd);
}

int state_tag(const struct ncrun_context *context, char *ret, struct ncrun_error *err)
{
	_cleanup_(state_done) struct state state = STATE_NONE;
	int r = state_open(context, &state, err);
	const char *tag;

	if (r < 0)
		return r;
	tag = strchr(state.group_top, '-');
	snprintf(ret, STATE_TAG_MAX, "%s", tag ? tag + 1 : "");
	return 0;
}

void node_dir_done(struct node_dir *dir)
{
	closep(&dir->fd);
	closep(&dir->network_fd);
	dir->maker = maker_unref(dir->maker);
}

static void name_invent(char ret[NCRUN_NAME_MAX + 1])
{
	uint32_t random = 0;

	(void)!getrandom(&random, sizeof(random), 0);
	snprintf(ret, NCRUN_NAME_MAX + 1, "node-%06x", random & 0xffffff);
}

int node_dir_is_there(const struct node_dir *dir, bool *ret, struct ncrun_error *err)
{
	struct stat mine, named;

	*ret = false;
	if (fstat(dir->fd, &mine) == 0 &&
	    fstatat(dir->network_fd, dir->name, &named, AT_SYMLINK_NOFOLLOW) == 0)
		*ret = mine.st_ino == named.st_ino && mine.st_dev == named.st_dev;
	else if (errno != ENOENT)
		return error_errno(err, "look at the state directory of '%s'", dir->name);
	return 0;
}

int node_dir_lock(const struct node_dir *dir, int patience_ms, bool *ret_taken,
		  struct ncrun_error *err)
{
	int r = file_lock(dir->fd, true, false, ret_taken, err);

	for (; r == 0 && !*ret_taken && patience_ms > 0; patience_ms--) {
		usleep(1000);
		r = file_lock(dir->fd, true, false, ret_taken, err);
	}
	return r;
}

/* Open and lock the directory that was just made, see node_dir_try(). */
static int node_dir_take(struct node_dir *dir, struct ncrun_error *err)
{
	bool taken = false, there = false;
	int r;

	r = directory_open_at(dir->network_fd, dir->name, &dir->fd, err);
	if (r == -ENOENT)
		return -EAGAIN;
	if (r == 0)
		r = node_dir_lock(dir, LOOK_MS, &taken, err);
	if (r == 0 && taken)
		r = node_dir_is_there(dir, &there, err);
	if (r < 0 || there)
		return r;
	closep(&dir->fd);
	return -EAGAIN;
}

/* Make the directory and lock it. -EEXIST when somebody has the name, -EAGAIN to try again. */
static int node_dir_try(struct node_dir *dir, struct ncrun_error *err)
{
	int r = mkdirat(dir->network_fd, dir->name, 0700);

	if (r < 0 && errno == ENOENT) { /* `clean` found the network empty and removed it */
		closep(&dir->network_fd);
		return -EAGAIN;
	}
	if (r < 0)
		return error_errno(err, "make the state directory of '%s'", dir->name);
	r = node_dir_take(dir, err);
	if (r < 0 && r != -EAGAIN) /* empty, or it is somebody's by now and stays */
		unlinkat(dir->network_fd, dir->name, AT_REMOVEDIR);
	return r;
}

/* What a dead ncrun left under the name does not stand in the way; an ended node that is kept does.
 */
static int make_way(struct state *state, struct node_dir *dir, struct ncrun_error *err)
{
	_cleanup_(ncrun_container_unrefp) struct ncrun_container *old = NULL;
	char full[2 * NCRUN_NAME_MAX + 2];
	bool taken = false;
	int r;

	r = container_new(&old, err);
	if (r < 0)
		return r;
	snprintf(full, sizeof(full), "%s/%s", dir->network, dir->name);
	r = node_dir_open(state, full, &old->dir, err);
	if (r == -ENOENT)
		return 0;
	if (r < 0)
		return r;
	r = node_dir_lock(&old->dir, LOOK_MS, &taken, err);
	if (r == 0 && taken) { /* looked at while nobody has the lock: is its status lost? */
		file_unlock(old->dir.fd);
		r = container_refresh(old, err);
		if (r == 0)
			r = node_dir_lock(&old->dir, LOOK_MS, &taken, err);
	}
	if (r == 0 && taken)
		r = container_refresh(old, err);
	if (r < 0)
		return r;
	if (!taken || old->info.state == NCRUN_CONTAINER_RUNNING)
		return error_set(err, EEXIST, "node '%s' exists already", dir->name);
	if (old->info.state == NCRUN_CONTAINER_EXITED && !old->info.auto_remove)
		return error_set(err, EEXIST,
				 "node '%s' exists, it has ended (remove it: ncrun rm %s)",
				 dir->name, dir->name);
	/* Its maker is dead, but one that is to stay may be about to come to life. */
	r = container_kill_now(old, err);
	return r < 0 ? r : container_forget(old, err);
}

int node_dir_create(struct state *state, const char *network, const char *name,
		    struct node_dir *ret, struct ncrun_error *err)
{
	_cleanup_(node_dir_done) struct node_dir dir = NODE_DIR_NONE;
	int r;

	if (!network)
		network = STATE_NETWORK_DEFAULT;
	r = name_check("network", network, err);
	if (r == 0 && name)
		r = name_check("node", name, err);
	if (r < 0)
		return r;
	snprintf(dir.network, sizeof(dir.network), "%s", network);
	memcpy(dir.group_top, state->group_top, sizeof(dir.group_top));

	for (int tries = 0; tries < 100; tries++) {
		r = dir.network_fd >= 0
			    ? 0
			    : directory_open_private_at(state->fd, network, &dir.network_fd, err);
		if (r == -ENOENT) /* `clean` found it empty as soon as it was made */
			continue;
		if (r < 0)
			return error_wrap(err, r, "network '%s'", network);
		if (name)
			snprintf(dir.name, sizeof(dir.name), "%s", name);
		else
			name_invent(dir.name);
		r = node_dir_try(&dir, err);
		if (r == 0) {
			*ret = take_value(dir, NODE_DIR_NONE);
			return 0;
		}
		if (r == -EEXIST) /* one that was made up is made up anew */
			r = name ? make_way(state, &dir, err) : -EAGAIN;
		if (r < 0 && r != -EAGAIN)
			return r;
	}
	return error_set(err, EBUSY, "node '%s' comes and goes too fast", dir.name);
}

/* What people write by mistake: a network for a node, or one that is not there. */
static int node_missing(const struct state *state, const struct node_dir *dir, bool network_named,
			struct ncrun_error *err)
{
	struct stat st;

	if (network_named && dir->network_fd < 0)
		return error_set(err, ENOENT, "no network '%s'", dir->network);
	if (network_named)
		return error_set(err, ENOENT, "no node '%s' in network '%s'", dir->name,
				 dir->network);
	if (fstatat(state->fd, dir->name, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISDIR(st.st_mode))
		return error_set(err, ENOENT, "no node '%s': it is a network (try '%s/NODE')",
				 dir->name, dir->name);
	return error_set(err, ENOENT, "no node '%s'", dir->name);
}

int node_dir_open(struct state *state, const char *name, struct node_dir *ret,
		  struct ncrun_error *err)
{
	_cleanup_(node_dir_done) struct node_dir dir = NODE_DIR_NONE;
	const char *slash = strchr(name, '/');
	char network[NCRUN_NAME_MAX + 1] = STATE_NETWORK_DEFAULT;
	int r;

	if (slash) {
		if ((size_t)(slash - name) >= sizeof(network))
			return error_set(err, EINVAL, "network '%.*s': too long",
					 (int)(slash - name), name);
		snprintf(network, sizeof(network), "%.*s", (int)(slash - name), name);
		name = slash + 1;
	}
	r = name_check("network", network, err);
	if (r == 0)
		r = name_check("node", name, err);
	if (r < 0)
		return r;
	snprintf(dir.network, sizeof(dir.network), "%s", network);
	snprintf(dir.name, sizeof(dir.name), "%s", name);
	memcpy(dir.group_top, state->group_top, sizeof(dir.group_top));
	dir.boot = state_boot(state);
	r = directory_open_at(state->fd, network, &dir.network_fd, err);
	if (r == 0)
		r = directory_open_at(dir.network_fd, name, &dir.fd, err);
	if (r == -ENOENT)
		return node_missing(state, &dir, slash, err);
	if (r < 0)
		return r;

	*ret = take_value(dir, NODE_DIR_NONE);
	return 0;
}

/* Files first and by name: on the path of every node's end, listing the directory costs more. Those
 * that every node has, then those that some have. */
static const char *const node_files[2][8] = {
	{"state", "status", "hosts", "hostname"},
	{"control", "log.0", "log.1", "resolv.conf", "cgroup"},
};

int node_dir_remove(struct node_dir *dir, struct ncrun_error *err)
{
	for (size_t i = 0; i < 2; i++) {
		for (const char *const *file = node_files[i]; *file; file++)
			unlinkat(dir->fd, *file, 0);
		if (unlinkat(dir->network_fd, dir->name, AT_REMOVEDIR) == 0 || errno == ENOENT)
			return 0;
	}
	return tree_remove_at(dir->network_fd, dir->name, NULL, err);
}

/* ---- networks ----------------------------------------------------------------------------- */

int network_dir_open(const struct ncrun_context *context, const char *network, bool create,
		     int *ret_fd, struct ncrun_error *err)
{
	_cleanup_(state_done) struct state state = STATE_NONE;
	int r = name_check("network", network, err);

	if (r == 0)
		r = state_open(context, &state, err);
	if (r < 0)
		return r;
	if (create)
		r = directory_open_private_at(state.fd, network, ret_fd, err);
	else
		r = directory_open_at(state.fd, network, ret_fd, err);
	if (r == -ENOENT && !create)
		return error_set(err, ENOENT, "no network '%s'", network);
	return r < 0 ? error_wrap(err, r, "network '%s'", network) : 0;
}

int network_dir_list(const struct ncrun_context *context, char ***ret, struct ncrun_error *err)
{
	_cleanup_(state_done) struct state state = STATE_NONE;
	_cleanup_(strings_freep) char **names = NULL;
	size_t kept = 0;
	int r = state_open(context, &state, err);

	if (r == 0)
		r = directory_list(state.fd, &names, err);
	if (r < 0)
		return r;
	for (size_t i = 0; names && names[i]; i++) {
		struct stat st = {.st_mode = 0};

		if (r == 0 && fstatat(state.fd, names[i], &st, AT_SYMLINK_NOFOLLOW) < 0 &&
		    errno != ENOENT)
			r = error_errno(err, "look at '%s'", names[i]);
		if (name_check("network", names[i], NULL) == 0 && S_ISDIR(st.st_mode))
			names[kept++] = names[i];
		else
			free(names[i]);
	}
	if (names)
		names[kept] = NULL;
	if (r < 0)
		return r;
	*ret = take_ptr(names);
	return 0;
}

int network_dir_remove(const struct ncrun_context *context, const char *network,
		       struct ncrun_error *err)
{
	_cleanup_(state_done) struct state state = STATE_NONE;
	int r = state_open(context, &state, err);

	if (r == 0 && unlinkat(state.fd, network, AT_REMOVEDIR) < 0)
		return error_errno(err, "remove the directory of network '%s'", network);
	return r;
}
