/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Copying in and out of a node (the class of CVE-2018-15664, -2019-14271 and
 * -2026-41567): a helper process joins the node's user and mount namespaces and
 * works there with the node's own rights; what the node's paths lead to is found
 * out by it alone. This process works on the machine's side. Between them goes a
 * stream of names and bytes.
 */

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/api.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/file.h"
#include "base/text.h"
#include "runtime/child.h"
#include "runtime/container.h"
#include "runtime/copy_stream.h"

/** Where to make something: a directory, and the name in it or NULL for the sender's. */
struct place {
	int dir_fd; /* owned */
	char name[NAME_MAX + 1];
	bool named;
};

/* Open below @root_fd, or on the machine if that is AT_FDCWD. */
static int open_side(int root_fd, const char *path, int flags)
{
	if (root_fd == AT_FDCWD)
		return open(path, flags | O_CLOEXEC);
	return file_open_in_root(root_fd, path, flags | O_CLOEXEC, 0);
}

/* As cp(1): into a directory that exists, else under the new name beside it. */
static int place_find(int root_fd, const char *path, struct place *ret, struct ncrun_error *err)
{
	char dir[PATH_MAX], base[PATH_MAX];
	struct place place = {
		.dir_fd = open_side(root_fd, path, O_RDONLY | O_DIRECTORY),
	};

	if (place.dir_fd < 0 && errno != ENOENT && errno != ENOTDIR)
		return error_errno(err, "open '%s'", path);
	if (place.dir_fd < 0) {
		const char *name;

		if ((size_t)snprintf(dir, sizeof(dir), "%s", path) >= sizeof(dir))
			return error_set(err, ENAMETOOLONG, "path '%.60s...'", path);
		memcpy(base, dir, sizeof(base));
		name = basename(base);
		if (strlen(name) > NAME_MAX || text_equal(name, "..") || text_equal(name, "."))
			return error_set(err, ENOENT, "no directory '%s'", path);
		place.dir_fd = open_side(root_fd, dirname(dir), O_RDONLY | O_DIRECTORY);
		if (place.dir_fd < 0)
			return error_errno(err, "open the directory of '%s'", path);
		snprintf(place.name, sizeof(place.name), "%s", name);
		place.named = true;
	}
	*ret = place;
	return 0;
}

static int side_receive(int stream, int root_fd, const char *path, unsigned int mode_mask,
			struct ncrun_error *err)
{
	struct place place = {.dir_fd = -1};
	int r = place_find(root_fd, path, &place, err);

	if (r < 0)
		return r;
	r = tree_receive(stream, place.dir_fd, place.named ? place.name : NULL, mode_mask, err);
	close(place.dir_fd);
	return r;
}

static int side_send(int stream, int root_fd, const char *path, struct ncrun_error *err)
{
	_cleanup_close_ int fd = open_side(root_fd, path, O_RDONLY | O_NONBLOCK);
	char copy[PATH_MAX];
	const char *name;

	if (fd < 0)
		return error_errno(err, "open '%s'", path);
	snprintf(copy, sizeof(copy), "%s", path);
	name = basename(copy);
	if (text_equal(name, "/") || text_equal(name, ".") || text_equal(name, ".."))
		name = "root";
	return tree_send(stream, fd, name, err);
}

static int helper_join(const struct ncrun_container *c, bool userns, int *ret_root,
		       struct ncrun_error *err)
{
	int namespaces = CLONE_NEWNS | (userns ? CLONE_NEWUSER : 0);

	if (prctl(PR_SET_DUMPABLE, 0) < 0 || setns(c->pidfd, namespaces) < 0)
		return error_errno(err, "join the file systems of node '%s'", c->dir.name);
	*ret_root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (*ret_root < 0)
		return error_errno(err, "open the root of node '%s'", c->dir.name);
	umask(0);
	return child_become_root(userns, err);
}

/* The helper's whole life. It reports by the stream, as sender or after having received. */
static void helper_run(const struct ncrun_container *c, bool userns, int stream, bool receive,
		       const char *path) __attribute__((noreturn));

static void helper_run(const struct ncrun_container *c, bool userns, int stream, bool receive,
		       const char *path)
{
	struct ncrun_error err = {0};
	int root = -1;
	int r = helper_join(c, userns, &root, &err);

	if (receive) {
		if (r == 0)
			r = side_receive(stream, root, path, 07777, &err);
		(void)shutdown(stream, SHUT_RD); /* a sender that waits hears of it */
		(void)send(stream, &err, sizeof(err), MSG_NOSIGNAL);
	} else {
		if (r == 0)
			r = side_send(stream, root, path, &err);
		if (r < 0)
			tree_send_error(stream, &err);
	}
	_exit(r < 0);
}

/* What the receiving helper says at its end outweighs what the sender saw of it. */
static int helper_verdict(int stream, int r, struct ncrun_error *err)
{
	struct ncrun_error theirs = {0};
	ssize_t n;

	(void)shutdown(stream, SHUT_WR);
	n = recv(stream, &theirs, sizeof(theirs), MSG_WAITALL);
	if (r < 0 && r != -EPIPE && r != -ECONNRESET)
		return r;
	if (n == (ssize_t)sizeof(theirs) && theirs.code > 0)
		return error_heard(err, &theirs);
	return r;
}

NCRUN_API int ncrun_container_copy(struct ncrun_container *container, bool to_node,
				   const char *node_path, const char *machine_path,
				   struct ncrun_error *err)
{
	const struct ncrun_container_info *info = NULL;
	struct clone_args args = {.flags = CLONE_CLEAR_SIGHAND, .exit_signal = SIGCHLD};
	_cleanup_close_ int ours = -1;
	int pair[2], r;
	long helper;

	if (node_path[0] != '/')
		return error_set(err, EINVAL, "'%s': not an absolute path of the node", node_path);
	r = ncrun_container_info(container, &info, err);
	if (r == 0)
		r = container_must_run(container, err);
	if (r < 0)
		return r;
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0)
		return error_errno(err, "make a stream");
	helper = syscall(SYS_clone3, &args, sizeof(args));
	if (helper == 0) {
		close(pair[0]);
		helper_run(container, info->id_count > 0, pair[1], to_node, node_path);
	}
	close(pair[1]);
	ours = pair[0];
	if (helper < 0)
		return error_errno(err, "start a process");
	if (to_node) {
		r = side_send(ours, AT_FDCWD, machine_path, err);
		r = helper_verdict(ours, r, err);
	} else {
		r = side_receive(ours, AT_FDCWD, machine_path, 0777, err);
	}
	closep(&ours);
	while (waitpid((pid_t)helper, NULL, 0) < 0 && errno == EINTR)
		;
	return r;
}
