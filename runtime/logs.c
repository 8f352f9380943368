/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Reading what init wrote (runtime/init/log.c): two files used in turns, so the
 * one whose first line is older comes first, and a file that got shorter has
 * been begun anew.
 */

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include <ncrun/logs.h>

#include "base/api.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/text.h"
#include "runtime/container.h"
#include "runtime/log_line.h"
#include "runtime/log_tail.h"

#define SETTLE_MS 200 /* inotify tells of writes; this only bounds what a lost event costs */
#define TRIES     100 /* each file turned under a reader leaves it the other, just filled, to read */

struct reader {
	const struct ncrun_log_options *options;
	int (*line)(void *data, const struct ncrun_log_line *line);
	void *data;
	int fd[2];   /* owned */
	off_t at[2]; /* read so far */
	int current; /* file being read */
	int64_t last_ns;
	bool keeping; /* lines are kept in @tail, not delivered */
	struct log_tail tail;
};

/* ---- lines ------------------------------------------------------------------------------- */

static int line_deliver(struct reader *reader, char *text, size_t length)
{
	struct ncrun_log_line line;

	if (!log_line_parse(text, length, &line))
		return 0;
	reader->last_ns = line.time_ns;
	if (line.time_ns < reader->options->since_ns)
		return 0;
	if (reader->options->service && !text_equal(line.service, reader->options->service))
		return 0;
	if (reader->keeping)
		return log_tail_add(&reader->tail, &line);
	return reader->line(reader->data, &line);
}

/* ---- one file ------------------------------------------------------------------------------ */

/* Whole lines only: what init is about to finish is read the next time. */
static int file_deliver(struct reader *reader, int which)
{
	static const size_t chunk = 1u << 16;
	_cleanup_free_ char *bytes = malloc(chunk);
	int r = 0;

	if (!bytes)
		return -ENOMEM;
	for (;;) {
		ssize_t n = pread(reader->fd[which], bytes, chunk, reader->at[which]);
		char *start = bytes, *end;

		if (n <= 0)
			return r;
		while (r == 0 && (end = memchr(start, '\n', (size_t)(bytes + n - start)))) {
			r = line_deliver(reader, start, (size_t)(end - start));
			start = end + 1;
		}
		if (r != 0)
			return r;
		if (start == bytes && (size_t)n < chunk)
			return 0;
		/* Longer than any line init writes: not one of its lines. */
		reader->at[which] += start == bytes ? n : start - bytes;
	}
}

static int64_t file_first_ns(const struct reader *reader, int which)
{
	char stamp[31];
	int64_t ns;

	if (pread(reader->fd[which], stamp, sizeof(stamp), 0) != (ssize_t)sizeof(stamp))
		return INT64_MAX; /* empty: it is what comes next */
	/* One that a crash or a disk spoiled is as good as empty. */
	return log_stamp_parse(stamp, sizeof(stamp), &ns) ? ns : INT64_MAX;
}

static off_t file_size(int fd)
{
	struct stat st;

	return fstat(fd, &st) < 0 ? 0 : st.st_size;
}

/* ---- both files ------------------------------------------------------------------------------ */

/* *@ret_whole: no file was begun anew before it had been read. */
static int deliver_all(struct reader *reader, bool *ret_whole)
{
	int64_t first_ns[2] = {file_first_ns(reader, 0), file_first_ns(reader, 1)};
	int older = first_ns[0] <= first_ns[1] ? 0 : 1, newer = !older;
	bool whole;
	int r;

	reader->at[0] = reader->at[1] = 0;
	reader->current = older;
	r = file_deliver(reader, older);
	whole = file_first_ns(reader, older) == first_ns[older];
	if (r == 0 && file_size(reader->fd[newer]) > 0) {
		reader->current = newer;
		r = file_deliver(reader, newer);
	}
	/* One that was empty has been begun once since, if the other has not been. */
	*ret_whole =
		whole &&
		(file_first_ns(reader, newer) == first_ns[newer] ||
		 (first_ns[newer] == INT64_MAX && file_first_ns(reader, older) == first_ns[older]));
	return r;
}

/* Init may turn to the other file, which it empties first, while this reads it. */
static int deliver_tail(struct reader *reader)
{
	bool whole = false;
	int r = 0;

	reader->keeping = true;
	for (int i = 0; r == 0 && !whole && i < TRIES; i++) {
		log_tail_clear(&reader->tail);
		r = deliver_all(reader, &whole);
	}
	reader->keeping = false;
	if (r == 0)
		r = log_tail_deliver(&reader->tail, reader->line, reader->data);
	log_tail_clear(&reader->tail);
	return r;
}

static int deliver_new(struct reader *reader)
{
	int other = !reader->current, r;

	if (file_size(reader->fd[reader->current]) < reader->at[reader->current])
		reader->at[reader->current] = 0;
	r = file_deliver(reader, reader->current);
	if (r != 0 || file_size(reader->fd[other]) == 0 ||
	    file_first_ns(reader, other) <= reader->last_ns)
		return r;
	reader->current = other;
	reader->at[other] = 0;
	return file_deliver(reader, other);
}

static int follow(struct reader *reader, struct ncrun_container *container, struct ncrun_error *err)
{
	_cleanup_close_ int events = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
	char path[64], buffer[4096];

	for (int i = 0; i < 2; i++) {
		snprintf(path, sizeof(path), "/proc/self/fd/%d", reader->fd[i]);
		if (events < 0 || inotify_add_watch(events, path, IN_MODIFY) < 0)
			return error_errno(err, "watch the log of node '%s'", container->dir.name);
	}
	for (;;) {
		struct pollfd fds[2] = {{.fd = events, .events = POLLIN},
					{.fd = container->pidfd, .events = POLLIN}};
		bool ended;
		int r;

		(void)poll(fds, 2, SETTLE_MS);
		while (read(events, buffer, sizeof(buffer)) > 0)
			;
		ended = container->pidfd < 0 || fds[1].revents;
		r = deliver_new(reader);
		if (r != 0 || ended)
			return r;
	}
}

static int logs_open(struct ncrun_container *container, struct reader *reader,
		     struct ncrun_error *err)
{
	static const char *const names[] = {"log.0", "log.1"};

	for (int i = 0; i < 2; i++) {
		reader->fd[i] =
			openat(container->dir.fd, names[i], O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
		if (reader->fd[i] < 0 && errno == ENOENT)
			return error_set(err, ENODATA,
					 "node '%s' keeps no log: it runs in the foreground",
					 container->dir.name);
		if (reader->fd[i] < 0)
			return error_errno(err, "open the log of node '%s'", container->dir.name);
	}
	return 0;
}

static void reader_done(struct reader *reader)
{
	closep(&reader->fd[0]);
	closep(&reader->fd[1]);
	log_tail_clear(&reader->tail);
}

NCRUN_API int ncrun_container_logs(struct ncrun_container *container,
				   const struct ncrun_log_options *options,
				   int (*line)(void *data, const struct ncrun_log_line *line),
				   void *data, struct ncrun_error *err)
{
	static const struct ncrun_log_options none;
	_cleanup_(reader_done) struct reader reader = {
		.options = options ? options : &none,
		.line = line,
		.data = data,
		.fd = {-1, -1},
		.tail.most = options ? options->tail : 0,
	};
	bool whole;
	int r;

	r = logs_open(container, &reader, err);
	if (r < 0)
		return r;
	r = reader.tail.most > 0 ? deliver_tail(&reader) : deliver_all(&reader, &whole);
	if (r == -ENOMEM)
		return error_set(err, ENOMEM, "make room for the log");
	if (r == 0 && reader.options->follow)
		r = follow(&reader, container, err);
	return r;
}
