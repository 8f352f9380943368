/* SPDX-License-Identifier: Apache-2.0 */

#include "runtime/copy_stream.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "base/file.h"
#include "base/text.h"

#define DEPTH_MAX 128
#define CHUNK     65536

enum entry_type {
	ENTRY_FILE = 1,
	ENTRY_LINK,
	ENTRY_DIRECTORY,
	ENTRY_LEAVE,
	ENTRY_END,
	ENTRY_ERROR
};

/** Precedes each entry; a name of @name_size bytes follows, then what the type has. */
struct entry {
	uint32_t type;
	uint32_t mode;
	int64_t mtime_s;
	uint32_t mtime_ns;
	uint32_t name_size; /* without a NUL; at most NAME_MAX */
};

/* ---- bytes ---------------------------------------------------------------------------- */

static int bytes_send(int stream, const void *bytes, size_t size, struct ncrun_error *err)
{
	const char *p = bytes;

	while (size > 0) {
		ssize_t n = send(stream, p, size, MSG_NOSIGNAL);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return error_errno(err, "send to the other side");
		p += n;
		size -= (size_t)n;
	}
	return 0;
}

static int bytes_receive(int stream, void *bytes, size_t size, struct ncrun_error *err)
{
	char *p = bytes;

	while (size > 0) {
		ssize_t n = recv(stream, p, size, 0);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return error_errno(err, "receive from the other side");
		if (n == 0)
			return error_set(err, EPIPE, "the other side ended early");
		p += n;
		size -= (size_t)n;
	}
	return 0;
}

/* ---- sending ---------------------------------------------------------------------------- */

static int entry_send(int stream, enum entry_type type, const struct stat *st, const char *name,
		      struct ncrun_error *err)
{
	struct entry entry = {.type = type, .name_size = (uint32_t)strlen(name)};
	int r;

	if (st) {
		entry.mode = st->st_mode & 07777;
		entry.mtime_s = st->st_mtim.tv_sec;
		entry.mtime_ns = (uint32_t)st->st_mtim.tv_nsec;
	}
	r = bytes_send(stream, &entry, sizeof(entry), err);
	return r < 0 ? r : bytes_send(stream, name, entry.name_size, err);
}

/* Chunks with their sizes, ended by an empty one: a file may grow or shrink meanwhile. */
static int content_send(int stream, int fd, const char *name, struct ncrun_error *err)
{
	char chunk[CHUNK];
	int r;

	for (;;) {
		ssize_t n = read(fd, chunk, sizeof(chunk));
		uint32_t size = n > 0 ? (uint32_t)n : 0;

		if (n < 0)
			error_errno(err, "read '%s'", name);
		r = bytes_send(stream, &size, sizeof(size), n < 0 ? NULL : err);
		if (n < 0)
			return -EIO;
		if (r == 0)
			r = bytes_send(stream, chunk, size, err);
		if (r < 0 || size == 0)
			return r;
	}
}

static int link_send(int stream, int dir_fd, const struct stat *st, const char *name,
		     struct ncrun_error *err)
{
	char target[PATH_MAX];
	ssize_t n = readlinkat(dir_fd, name, target, sizeof(target));
	uint32_t size;
	int r;

	if (n < 0 || n == (ssize_t)sizeof(target))
		return error_errno(err, "read the link '%s'", name);
	size = (uint32_t)n;
	r = entry_send(stream, ENTRY_LINK, st, name, err);
	if (r == 0)
		r = bytes_send(stream, &size, sizeof(size), err);
	return r < 0 ? r : bytes_send(stream, target, size, err);
}

/* NOLINTBEGIN(misc-no-recursion): as deep as DEPTH_MAX */
static int directory_send(int stream, int fd, int depth, struct ncrun_error *err);

/* @fd is open for reading and not a link. */
static int node_send(int stream, int fd, const char *name, int depth, struct ncrun_error *err)
{
	struct stat st;
	int r;

	if (fstat(fd, &st) < 0)
		return error_errno(err, "look at '%s'", name);
	if (S_ISREG(st.st_mode)) {
		r = entry_send(stream, ENTRY_FILE, &st, name, err);
		return r < 0 ? r : content_send(stream, fd, name, err);
	}
	if (!S_ISDIR(st.st_mode))
		return error_set(err, EINVAL, "'%s' is no file, directory or link", name);
	if (depth >= DEPTH_MAX)
		return error_set(err, ELOOP, "'%s' is more than %d directories deep", name,
				 DEPTH_MAX);
	r = entry_send(stream, ENTRY_DIRECTORY, &st, name, err);
	if (r == 0)
		r = directory_send(stream, fd, depth + 1, err);
	return r < 0 ? r : entry_send(stream, ENTRY_LEAVE, &st, "", err);
}

static int directory_send(int stream, int fd, int depth, struct ncrun_error *err)
{
	_cleanup_(strings_freep) char **names = NULL;
	int r = directory_list(fd, &names, err);

	for (char **name = names; r == 0 && name && *name; name++) {
		_cleanup_close_ int child = -1;
		struct stat st;

		if (fstatat(fd, *name, &st, AT_SYMLINK_NOFOLLOW) < 0)
			continue; /* removed meanwhile */
		if (S_ISLNK(st.st_mode)) {
			r = link_send(stream, fd, &st, *name, err);
			continue;
		}
		if (!S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode))
			continue; /* sockets, devices: as Docker, they are not content */
		child = openat(fd, *name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
		if (child < 0)
			return error_errno(err, "open '%s'", *name);
		r = node_send(stream, child, *name, depth, err);
	}
	return r;
}

/* NOLINTEND(misc-no-recursion) */

int tree_send(int stream, int fd, const char *name, struct ncrun_error *err)
{
	int r = node_send(stream, fd, name, 0, err);

	return r < 0 ? r : entry_send(stream, ENTRY_END, NULL, "", err);
}

void tree_send_error(int stream, const struct ncrun_error *err)
{
	if (entry_send(stream, ENTRY_ERROR, NULL, "", NULL) == 0)
		(void)bytes_send(stream, err, sizeof(*err), NULL);
}

/* ---- receiving ---------------------------------------------------------------------------- */

/** The directories that are open, innermost last. */
struct receiver {
	int stream;
	unsigned int mode_mask;
	int fds[DEPTH_MAX + 2]; /* owned but for the first */
	struct entry entries[DEPTH_MAX + 2];
	int depth;
};

static void receiver_done(struct receiver *receiver)
{
	while (receiver->depth > 0)
		close(receiver->fds[receiver->depth--]);
}

static void times_set(int dir_fd, const char *name, const struct entry *entry)
{
	const struct timespec times[2] = {
		{.tv_nsec = UTIME_OMIT},
		{.tv_sec = entry->mtime_s, .tv_nsec = (long)(entry->mtime_ns % 1000000000)},
	};

	(void)utimensat(dir_fd, name, times, AT_SYMLINK_NOFOLLOW);
}

static int file_receive(struct receiver *receiver, const struct entry *entry, const char *name,
			struct ncrun_error *err)
{
	int dir = receiver->fds[receiver->depth], r;
	char chunk[CHUNK];
	uint32_t size;
	_cleanup_close_ int fd = -1;

	/* Made anew: what stands there may be a link, or held open by somebody. */
	(void)unlinkat(dir, name, 0);
	fd = openat(dir, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return error_errno(err, "make '%s'", name);
	for (;;) {
		r = bytes_receive(receiver->stream, &size, sizeof(size), err);
		if (r < 0)
			return r;
		if (size == 0)
			break;
		if (size > sizeof(chunk))
			return error_set(err, EPROTO, "content of '%s': damaged stream", name);
		r = bytes_receive(receiver->stream, chunk, size, err);
		if (r == 0)
			r = file_write_all(fd, chunk, size, err);
		if (r < 0)
			return r;
	}
	if (fchmod(fd, entry->mode & receiver->mode_mask) < 0)
		return error_errno(err, "set the mode of '%s'", name);
	times_set(dir, name, entry);
	return 0;
}

static int link_receive(struct receiver *receiver, const struct entry *entry, const char *name,
			struct ncrun_error *err)
{
	int dir = receiver->fds[receiver->depth], r;
	char target[PATH_MAX];
	uint32_t size;

	r = bytes_receive(receiver->stream, &size, sizeof(size), err);
	if (r == 0 && size >= sizeof(target))
		return error_set(err, EPROTO, "link '%s': damaged stream", name);
	if (r == 0)
		r = bytes_receive(receiver->stream, target, size, err);
	if (r < 0)
		return r;
	target[size] = '\0';
	(void)unlinkat(dir, name, 0);
	if (symlinkat(target, dir, name) < 0)
		return error_errno(err, "make the link '%s'", name);
	times_set(dir, name, entry);
	return 0;
}

static int directory_enter(struct receiver *receiver, const struct entry *entry, const char *name,
			   struct ncrun_error *err)
{
	int dir = receiver->fds[receiver->depth], fd, r;

	if (receiver->depth > DEPTH_MAX)
		return error_set(err, ELOOP, "'%s' is more than %d directories deep", name,
				 DEPTH_MAX);
	if (mkdirat(dir, name, 0700) < 0 && errno != EEXIST)
		return error_errno(err, "make the directory '%s'", name);
	r = directory_open_at(dir, name, &fd, err);
	if (r < 0)
		return r;
	receiver->depth++;
	receiver->fds[receiver->depth] = fd;
	receiver->entries[receiver->depth] = *entry;
	return 0;
}

static int directory_leave(struct receiver *receiver, struct ncrun_error *err)
{
	const struct entry *entry = &receiver->entries[receiver->depth];
	const struct timespec times[2] = {
		{.tv_nsec = UTIME_OMIT},
		{.tv_sec = entry->mtime_s, .tv_nsec = (long)(entry->mtime_ns % 1000000000)},
	};
	_cleanup_close_ int fd = -1;

	if (receiver->depth == 0)
		return error_set(err, EPROTO, "damaged stream");
	fd = receiver->fds[receiver->depth--];
	if (fchmod(fd, entry->mode & receiver->mode_mask) < 0)
		return error_errno(err, "set the mode of a directory");
	(void)futimens(fd, times);
	return 0;
}

/* A name from the other side is one component, never a way elsewhere. */
static bool name_is_component(const char *name, uint32_t size)
{
	return size > 0 && !memchr(name, '/', size) && !memchr(name, '\0', size) &&
	       strcmp(name, ".") != 0 && strcmp(name, "..") != 0;
}

static int entry_receive(struct receiver *receiver, const struct entry *entry, const char *name,
			 struct ncrun_error *err)
{
	struct ncrun_error theirs;
	int r;

	switch ((enum entry_type)entry->type) {
	case ENTRY_FILE:
		return file_receive(receiver, entry, name, err);
	case ENTRY_LINK:
		return link_receive(receiver, entry, name, err);
	case ENTRY_DIRECTORY:
		return directory_enter(receiver, entry, name, err);
	case ENTRY_LEAVE:
		return directory_leave(receiver, err);
	case ENTRY_END:
		return 0;
	case ENTRY_ERROR:
		r = bytes_receive(receiver->stream, &theirs, sizeof(theirs), err);
		if (r < 0)
			return r;
		theirs.message[sizeof(theirs.message) - 1] = '\0';
		return error_set(err, theirs.code > 0 ? theirs.code : EIO, "%s", theirs.message);
	}
	return error_set(err, EPROTO, "damaged stream");
}

int tree_receive(int stream, int dir_fd, const char *name, unsigned int mode_mask,
		 struct ncrun_error *err)
{
	_cleanup_(receiver_done) struct receiver receiver = {.stream = stream,
							     .mode_mask = mode_mask,
							     .fds = {dir_fd}};
	struct entry entry;
	int r;

	do {
		char sent[NAME_MAX + 1] = "";
		bool named;

		r = bytes_receive(stream, &entry, sizeof(entry), err);
		if (r == 0 && entry.name_size > NAME_MAX)
			return error_set(err, EPROTO, "damaged stream");
		if (r == 0)
			r = bytes_receive(stream, sent, entry.name_size, err);
		if (r < 0)
			return r;
		named = entry.type == ENTRY_FILE || entry.type == ENTRY_LINK ||
			entry.type == ENTRY_DIRECTORY;
		if (named && !name_is_component(sent, entry.name_size))
			return error_set(err, EPROTO, "damaged stream");
		r = entry_receive(&receiver, &entry, receiver.depth == 0 && name ? name : sent,
				  err);
	} while (r == 0 && entry.type != ENTRY_END);
	return r;
}
