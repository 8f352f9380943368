/* SPDX-License-Identifier: Apache-2.0 */

#include "runtime/copy_stream.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
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

/** In the size before a chunk: that many bytes are not there, and nothing follows. */
#define CHUNK_HOLE (1ull << 63)

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

/**
 * struct sender
 * @broken:	the stream is of no use any longer
 * @missed:	entries that could not be read; the others are sent all the same
 * @first:	why the first of them could not
 */
struct sender {
	int stream;
	bool broken;
	unsigned int missed;
	struct ncrun_error first;
};

static int bytes_send(struct sender *sender, const void *bytes, size_t size,
		      struct ncrun_error *err)
{
	const char *p = bytes;

	while (size > 0) {
		ssize_t n = send(sender->stream, p, size, MSG_NOSIGNAL);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0) {
			sender->broken = true;
			return error_errno(err, "send to the other side");
		}
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

static int entry_send(struct sender *sender, enum entry_type type, const struct stat *st,
		      const char *name, struct ncrun_error *err)
{
	struct entry entry = {.type = type, .name_size = (uint32_t)strlen(name)};
	int r;

	if (st) {
		entry.mode = st->st_mode & 07777;
		entry.mtime_s = st->st_mtim.tv_sec;
		entry.mtime_ns = (uint32_t)st->st_mtim.tv_nsec;
	}
	r = bytes_send(sender, &entry, sizeof(entry), err);
	return r < 0 ? r : bytes_send(sender, name, entry.name_size, err);
}

/* Announce what is at @at of the sparse file @fd: a hole of that size, if there is one. */
static int hole_send(struct sender *sender, int fd, off_t *at, struct ncrun_error *err)
{
	off_t data = lseek(fd, *at, SEEK_DATA);
	uint64_t hole;

	if (data < 0 && errno == ENXIO)
		data = lseek(fd, 0, SEEK_END);
	/* no holes known here, or a file that got shorter: read on */
	if (data < *at)
		data = *at;
	hole = (uint64_t)(data - *at) | CHUNK_HOLE;
	if (lseek(fd, data, SEEK_SET) < 0)
		return error_errno(err, "seek");
	if (data == *at)
		return 0;
	*at = data;
	return bytes_send(sender, &hole, sizeof(hole), err);
}

/* Chunks with their sizes, ended by an empty one: a file may grow or shrink meanwhile. */
static int content_send(struct sender *sender, int fd, const struct stat *st, const char *name,
			struct ncrun_error *err)
{
	bool sparse = st->st_blocks < st->st_size / 512;
	char chunk[CHUNK];
	off_t at = 0;
	int r = 0;

	for (;;) {
		uint64_t size = 0;
		ssize_t n;

		if (sparse)
			r = hole_send(sender, fd, &at, err);
		n = r == 0 ? read(fd, chunk, sizeof(chunk)) : -1;
		if (r == 0 && n < 0)
			r = error_errno(err, "read '%s'", name);
		size = n > 0 ? (uint64_t)n : 0;
		if (sender->broken)
			return r;
		/* what could not be read ends here, and the stream goes on */
		if (bytes_send(sender, &size, sizeof(size), r < 0 ? NULL : err) < 0)
			return -EPIPE;
		if (r < 0 || size == 0)
			return r;
		r = bytes_send(sender, chunk, size, err);
		if (r < 0)
			return r;
		at += n;
	}
}

static int link_send(struct sender *sender, int dir_fd, const struct stat *st, const char *name,
		     struct ncrun_error *err)
{
	char target[PATH_MAX];
	ssize_t n = readlinkat(dir_fd, name, target, sizeof(target));
	uint32_t size;
	int r;

	if (n < 0 || n == (ssize_t)sizeof(target))
		return error_errno(err, "read the link '%s'", name);
	size = (uint32_t)n;
	r = entry_send(sender, ENTRY_LINK, st, name, err);
	if (r == 0)
		r = bytes_send(sender, &size, sizeof(size), err);
	return r < 0 ? r : bytes_send(sender, target, size, err);
}

/* NOLINTBEGIN(misc-no-recursion): as deep as DEPTH_MAX */
static int directory_send(struct sender *sender, int fd, int depth, struct ncrun_error *err);

/* @fd is open for reading and not a link. */
static int node_send(struct sender *sender, int fd, const char *name, int depth,
		     struct ncrun_error *err)
{
	struct stat st;
	int r, sent;

	if (fstat(fd, &st) < 0)
		return error_errno(err, "look at '%s'", name);
	if (S_ISREG(st.st_mode)) {
		r = entry_send(sender, ENTRY_FILE, &st, name, err);
		return r < 0 ? r : content_send(sender, fd, &st, name, err);
	}
	if (!S_ISDIR(st.st_mode))
		return error_set(err, EOPNOTSUPP, "'%s' is no file, directory or link", name);
	if (depth >= DEPTH_MAX)
		return error_set(err, ELOOP, "'%s' is more than %d directories deep", name,
				 DEPTH_MAX);
	r = entry_send(sender, ENTRY_DIRECTORY, &st, name, err);
	if (r < 0)
		return r;
	r = directory_send(sender, fd, depth + 1, err);
	if (sender->broken)
		return r;
	sent = entry_send(sender, ENTRY_LEAVE, &st, "", r < 0 ? NULL : err);
	return r < 0 ? r : sent;
}

static int child_send(struct sender *sender, int dir_fd, const char *name, int depth,
		      struct ncrun_error *err)
{
	_cleanup_close_ int fd = -1;
	struct stat st;

	if (fstatat(dir_fd, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return 0; /* removed meanwhile */
	if (S_ISLNK(st.st_mode))
		return link_send(sender, dir_fd, &st, name, err);
	if (!S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode))
		return 0; /* sockets, devices: as Docker, they are not content */
	fd = openat(dir_fd, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0)
		return errno == ENOENT ? 0 : error_errno(err, "open '%s'", name);
	return node_send(sender, fd, name, depth, err);
}

static int directory_send(struct sender *sender, int fd, int depth, struct ncrun_error *err)
{
	_cleanup_(strings_freep) char **names = NULL;
	int r = directory_list(fd, &names, err);

	for (char **name = names; r == 0 && name && *name; name++) {
		struct ncrun_error error = {0};

		r = child_send(sender, fd, *name, depth, &error);
		if (r < 0 && sender->broken) {
			if (err)
				*err = error;
		} else if (r < 0) { /* one that cannot be read does not keep the others back */
			if (sender->missed++ == 0)
				sender->first = error;
			r = 0;
		}
	}
	return r;
}

/* NOLINTEND(misc-no-recursion) */

int tree_send(int stream, int fd, const char *name, struct ncrun_error *err)
{
	struct sender sender = {.stream = stream};
	int r = node_send(&sender, fd, name, 0, err);
	/* EINVAL says that nothing was done. */
	int code = sender.first.code == EINVAL ? EIO : sender.first.code;

	if (r == 0 && sender.missed == 1)
		return error_set(err, code, "%s (the rest is copied)", sender.first.message);
	if (r == 0 && sender.missed > 1)
		return error_set(err, code, "%s (and %u more; the rest is copied)",
				 sender.first.message, sender.missed - 1);
	return r < 0 ? r : entry_send(&sender, ENTRY_END, NULL, "", err);
}

void tree_send_error(int stream, const struct ncrun_error *err)
{
	struct sender sender = {.stream = stream};

	if (entry_send(&sender, ENTRY_ERROR, NULL, "", NULL) == 0)
		(void)bytes_send(&sender, err, sizeof(*err), NULL);
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

/* What is copied takes the place of files and links; a device or FIFO keeps its own. */
static int place_clear(int dir, const char *name, struct ncrun_error *err)
{
	struct stat st;

	if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return errno == ENOENT ? 0 : error_errno(err, "look at '%s'", name);
	if (!S_ISREG(st.st_mode) && !S_ISLNK(st.st_mode) && !S_ISDIR(st.st_mode))
		return error_set(err, EEXIST, "'%s' is a device, FIFO or socket: not replaced",
				 name);
	/* Made anew: what stands there may be a link, or held open by somebody. */
	(void)unlinkat(dir, name, 0);
	return 0;
}

static int content_receive(struct receiver *receiver, int fd, const char *name,
			   struct ncrun_error *err)
{
	char chunk[CHUNK];
	uint64_t size, at = 0;

	for (;;) {
		bool hole;
		int r = bytes_receive(receiver->stream, &size, sizeof(size), err);

		if (r < 0)
			return r;
		if (size == 0)
			break;
		hole = size & CHUNK_HOLE;
		size &= ~CHUNK_HOLE;
		if (hole ? size > INT64_MAX - at : size > sizeof(chunk))
			return error_set(err, EPROTO, "content of '%s': damaged stream", name);
		at += size;
		if (hole) {
			if (lseek(fd, (off_t)at, SEEK_SET) < 0)
				return error_errno(err, "write '%s'", name);
			continue;
		}
		r = bytes_receive(receiver->stream, chunk, size, err);
		if (r < 0)
			return r;
		r = file_write_all(fd, chunk, size, err);
		if (r < 0)
			return error_wrap(err, r, "write '%s'", name);
	}
	/* a hole at the end has nothing written behind it */
	return ftruncate(fd, (off_t)at) < 0 ? error_errno(err, "write '%s'", name) : 0;
}

static int file_receive(struct receiver *receiver, const struct entry *entry, const char *name,
			struct ncrun_error *err)
{
	int dir = receiver->fds[receiver->depth], r;
	_cleanup_close_ int fd = -1;

	r = place_clear(dir, name, err);
	if (r < 0)
		return r;
	fd = openat(dir, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return error_errno(err, "make '%s'", name);
	r = content_receive(receiver, fd, name, err);
	if (r < 0)
		return r;
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
	r = place_clear(dir, name, err);
	if (r < 0)
		return r;
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
		return r < 0 ? r : error_heard(err, &theirs);
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
