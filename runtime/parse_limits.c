/* SPDX-License-Identifier: Apache-2.0 */

/* Id maps, restart policies and resource limits as text. */

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

#include <ncrun/container.h>

#include "base/api.h"
#include "base/error.h"
#include "base/nearest.h"
#include "base/number.h"
#include "base/text.h"
#include "runtime/container.h"

#define FIELD_MAX 64 /* of a text that is cut into fields; longer ones cannot be right */

/** Copy the text to @copy and cut it at each @separator; the number of fields, 0 if too many. */
static size_t fields_cut(const char *text, char separator, char copy[FIELD_MAX], char **fields,
			 size_t max)
{
	size_t count = 0;
	char *at = copy;

	if (strlen(text) >= FIELD_MAX)
		return 0;
	snprintf(copy, FIELD_MAX, "%s", text);
	while (at) {
		char *end = strchr(at, separator);

		if (count == max)
			return 0;
		fields[count++] = at;
		if (end)
			*end++ = '\0';
		at = end;
	}
	return count;
}

/* ---- id maps ------------------------------------------------------------- */

NCRUN_API int ncrun_id_map_parse(const char *text, struct ncrun_id_map *ret,
				 struct ncrun_error *err)
{
	static const struct {
		const char *what;
		uint64_t min;
	} rows[] = {{"first id inside", 0}, {"first id outside", 0}, {"count", 1}};
	char copy[FIELD_MAX];
	char *fields[3];
	uint64_t values[3];

	if (fields_cut(text, ':', copy, fields, 3) != 3)
		return error_set(err, EINVAL, "id map '%.100s': not INSIDE:OUTSIDE:COUNT", text);
	for (size_t i = 0; i < 3; i++) {
		/* the last id of all stands for "none" (chown(2)) */
		int r = number_parse_u64(rows[i].what, fields[i], rows[i].min, UINT32_MAX - 1,
					 &values[i], err);

		if (r < 0)
			return error_wrap(err, r, "id map '%s'", text);
	}
	for (size_t i = 0; i < 2; i++)
		if (values[i] + values[2] > UINT32_MAX)
			return error_set(err, EINVAL,
					 "id map '%s': %" PRIu64 " ids from %" PRIu64
					 " on go beyond the last one",
					 text, values[2], values[i]);
	*ret = (struct ncrun_id_map){
		.inside = (uint32_t)values[0],
		.outside = (uint32_t)values[1],
		.count = (uint32_t)values[2],
	};
	return 0;
}

/* ---- restart policies ------------------------------------------------------ */

NCRUN_API int ncrun_restart_parse(const char *text, struct ncrun_restart *ret,
				  struct ncrun_error *err)
{
	static const char with_limit[] = "on-failure:";
	uint64_t retries = 0;
	int r;

	if (text_equal(text, "no")) {
		*ret = (struct ncrun_restart){.policy = NCRUN_RESTART_NO};
		return 0;
	}
	if (text_equal(text, "always")) {
		*ret = (struct ncrun_restart){.policy = NCRUN_RESTART_ALWAYS};
		return 0;
	}
	if (text_starts_with(text, with_limit)) {
		r = number_parse_u64("restarts", text + sizeof(with_limit) - 1, 1, UINT32_MAX,
				     &retries, err);
		if (r < 0)
			return error_wrap(err, r, "restart policy '%.100s'", text);
	} else if (!text_equal(text, "on-failure")) {
		return error_set(err, EINVAL,
				 "restart policy '%.100s': not 'no', 'on-failure[:N]' or 'always'",
				 text);
	}
	*ret = (struct ncrun_restart){
		.policy = NCRUN_RESTART_ON_FAILURE,
		.max_retries = (uint32_t)retries,
	};
	return 0;
}

/* ---- resource limits ------------------------------------------------------- */

static const struct {
	const char *name;
	int resource;
} rlimit_names[] = {
	{"as", RLIMIT_AS},
	{"core", RLIMIT_CORE},
	{"cpu", RLIMIT_CPU},
	{"data", RLIMIT_DATA},
	{"fsize", RLIMIT_FSIZE},
	{"locks", RLIMIT_LOCKS},
	{"memlock", RLIMIT_MEMLOCK},
	{"msgqueue", RLIMIT_MSGQUEUE},
	{"nice", RLIMIT_NICE},
	{"nofile", RLIMIT_NOFILE},
	{"nproc", RLIMIT_NPROC},
	{"rss", RLIMIT_RSS},
	{"rtprio", RLIMIT_RTPRIO},
	{"rttime", RLIMIT_RTTIME},
	{"sigpending", RLIMIT_SIGPENDING},
	{"stack", RLIMIT_STACK},
};

static int rlimit_name_parse(const char *name, int *ret, struct ncrun_error *err)
{
	struct nearest nearest = {0};

	for (size_t i = 0; i < sizeof(rlimit_names) / sizeof(rlimit_names[0]); i++) {
		nearest_consider(&nearest, name, rlimit_names[i].name);
		if (text_equal(name, rlimit_names[i].name)) {
			*ret = rlimit_names[i].resource;
			return 0;
		}
	}
	if (nearest.word)
		return error_set(err, EINVAL, "unknown resource '%s' (did you mean '%s'?)", name,
				 nearest.word);
	return error_set(err, EINVAL, "unknown resource '%s'", name);
}

const char *rlimit_name(int resource)
{
	for (size_t i = 0; i < sizeof(rlimit_names) / sizeof(rlimit_names[0]); i++)
		if (rlimit_names[i].resource == resource)
			return rlimit_names[i].name;
	return "unknown";
}

static int rlimit_value_parse(const char *text, uint64_t *ret, struct ncrun_error *err)
{
	if (text_equal(text, "unlimited")) {
		*ret = UINT64_MAX;
		return 0;
	}
	if (size_parse("limit", text, ret, err) < 0)
		return error_set(err, EINVAL,
				 "'%s' is neither a number, nor a size, nor 'unlimited'", text);
	return 0;
}

NCRUN_API int ncrun_rlimit_parse(const char *text, struct ncrun_rlimit *ret,
				 struct ncrun_error *err)
{
	char copy[FIELD_MAX], values_copy[FIELD_MAX];
	char *fields[2], *values[2];
	struct ncrun_rlimit limit = {0};
	size_t count = 0;
	int r;

	if (fields_cut(text, '=', copy, fields, 2) == 2)
		count = fields_cut(fields[1], ':', values_copy, values, 2);
	if (count == 0)
		return error_set(err, EINVAL, "limit '%.100s': not NAME=SOFT[:HARD]", text);
	r = rlimit_name_parse(fields[0], &limit.resource, err);
	if (r == 0)
		r = rlimit_value_parse(values[0], &limit.soft, err);
	limit.hard = limit.soft;
	if (r == 0 && count == 2)
		r = rlimit_value_parse(values[1], &limit.hard, err);
	if (r < 0)
		return error_wrap(err, r, "limit '%s'", text);
	if (limit.soft > limit.hard)
		return error_set(err, EINVAL, "limit '%s': the soft limit is above the hard one",
				 text);
	*ret = limit;
	return 0;
}
