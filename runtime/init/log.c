/* SPDX-License-Identifier: Apache-2.0 */

#include <string.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "runtime/init/init.h"

#define STAMP_SIZE 30

/*
 * Two files, written in turns: the older one is emptied when the newer is full. Readers know it
 * by its first line's time, which is never before that of what is older, though somebody set the
 * machine's clock back.
 */
static void log_turn(struct log *log, size_t size, int64_t *now)
{
	if (log->written == 0 || log->written + size <= log->max_bytes)
		return;
	if (*now <= log->last_ns)
		*now = log->last_ns + 1;
	if (*now <= log->first_ns)
		*now = log->first_ns + 1;
	log->current = !log->current;
	log->written = 0;
	(void)!ftruncate(log->fd[log->current], 0);
}

static char *digits(char *out, unsigned long value, int width)
{
	for (int i = width - 1; i >= 0; i--, value /= 10)
		out[i] = (char)('0' + value % 10);
	return out + width;
}

/* RFC 3339 with nanoseconds, in UTC: 30 characters. */
static char *stamp(char *out, int64_t now)
{
	time_t seconds = (time_t)(now / CLOCK_NS_PER_S);
	struct tm tm;

	gmtime_r(&seconds, &tm);
	out = digits(out, (unsigned long)tm.tm_year + 1900, 4);
	*out++ = '-';
	out = digits(out, (unsigned long)tm.tm_mon + 1, 2);
	*out++ = '-';
	out = digits(out, (unsigned long)tm.tm_mday, 2);
	*out++ = 'T';
	out = digits(out, (unsigned long)tm.tm_hour, 2);
	*out++ = ':';
	out = digits(out, (unsigned long)tm.tm_min, 2);
	*out++ = ':';
	out = digits(out, (unsigned long)tm.tm_sec, 2);
	*out++ = '.';
	out = digits(out, (unsigned long)(now % CLOCK_NS_PER_S), 9);
	*out++ = 'Z';
	return out;
}

void log_append(struct log *log, const char *service, int stream, const char *bytes, size_t size)
{
	char head[32 + 16 + NCRUN_NAME_MAX + 2];

	while (size > 0) {
		const char *end = memchr(bytes, '\n', size);
		size_t length = end ? (size_t)(end - bytes) : size;
		char *p = head + STAMP_SIZE;
		size_t name = strlen(service);
		int64_t now = clock_wall_ns();
		ssize_t n;

		memcpy(p, stream == 2 ? " stderr " : " stdout ", 8);
		p += 8;
		*p++ = end ? 'F' : 'P';
		*p++ = ' ';
		memcpy(p, service, name);
		p += name;
		*p++ = ' ';
		log_turn(log, (size_t)(p - head) + length + 1, &now);
		stamp(head, now);
		if (log->written == 0)
			log->first_ns = now;
		log->last_ns = now;
		n = writev(log->fd[log->current],
			   (struct iovec[]){{head, (size_t)(p - head)},
					    {(void *)bytes, length},
					    {(void *)"\n", 1}},
			   3);
		if (n > 0) /* a full disk loses lines, it must not stop the node */
			log->written += (uint64_t)n;
		length += end ? 1 : 0;
		bytes += length;
		size -= length;
	}
}
