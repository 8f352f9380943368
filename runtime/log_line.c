/* SPDX-License-Identifier: Apache-2.0 */

#include "runtime/log_line.h"

#include <string.h>
#include <time.h>

#define STAMP_LENGTH 30

static int two(const char *text)
{
	return (text[0] - '0') * 10 + text[1] - '0';
}

bool log_stamp_parse(const char *text, size_t length, int64_t *ret_ns)
{
	static const char pattern[] = "dddd-dd-ddTdd:dd:dd.dddddddddZ";
	struct tm tm;
	int64_t seconds, ns = 0;

	if (length < STAMP_LENGTH)
		return false;
	for (size_t i = 0; i < STAMP_LENGTH; i++)
		if (pattern[i] == 'd' ? text[i] < '0' || text[i] > '9' : text[i] != pattern[i])
			return false;
	tm = (struct tm){
		.tm_year = two(text) * 100 + two(text + 2) - 1900,
		.tm_mon = two(text + 5) - 1,
		.tm_mday = two(text + 8),
		.tm_hour = two(text + 11),
		.tm_min = two(text + 14),
		.tm_sec = two(text + 17),
	};
	for (int i = 20; i < 29; i++)
		ns = ns * 10 + text[i] - '0';
	seconds = timegm(&tm);
	return !__builtin_mul_overflow(seconds, 1000000000, &seconds) &&
	       !__builtin_add_overflow(seconds, ns, ret_ns);
}

bool log_line_parse(char *text, size_t length, struct ncrun_log_line *ret)
{
	static const size_t head = STAMP_LENGTH + 1 + 6 + 1 + 1 + 1; /* up to the service */
	char *service, *end;
	int64_t ns;

	if (length < head + 1 || !log_stamp_parse(text, length, &ns) || text[STAMP_LENGTH] != ' ')
		return false;
	if (memcmp(text + 31, "stdout ", 7) != 0 && memcmp(text + 31, "stderr ", 7) != 0)
		return false;
	service = text + head;
	end = memchr(service, ' ', length - head);
	if (!end || end == service || !*service)
		return false;
	*end = '\0';
	*ret = (struct ncrun_log_line){
		.time_ns = ns,
		.stream = text[34] == 'e' ? 2 : 1,
		.partial = text[38] == 'P',
		.service = service,
		.text = end + 1,
		.length = length - (size_t)(end + 1 - text),
	};
	return true;
}
