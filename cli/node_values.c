/* SPDX-License-Identifier: Apache-2.0 */

#include "cli/node_values.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/number.h"
#include "base/text.h"
#include "cli/environment.h"
#include "cli/node_options.h"

/* A copy of @value that lives as long as the args. */
static char *keep(struct node_args *args, const char *value)
{
	if (strings_append(&args->kept, value) < 0)
		return NULL;
	return args->kept[strings_count((const char *const *)args->kept) - 1];
}

/* The array @slot with room for one more element, which is zeroed. */
static void *grow(void *slot, size_t count, size_t size)
{
	if (array_grow(slot, count, size) < 0)
		return NULL;
	return memset(*(char **)slot + count * size, 0, size);
}

static int no_memory(struct ncrun_error *err)
{
	return error_set(err, ENOMEM, "no memory for the specification");
}

int node_add_env(void *data, const char *value, struct ncrun_error *err)
{
	return environment_add(&((struct node_args *)data)->env, value, err);
}

int node_add_env_file(void *data, const char *value, struct ncrun_error *err)
{
	return environment_add_file(&((struct node_args *)data)->env, value, err);
}

int node_add_volume(void *data, const char *value, struct ncrun_error *err)
{
	struct node_args *args = data;
	struct ncrun_volume *volume;
	char *text = keep(args, value);
	int r;

	volume = grow(&args->volumes, args->spec.volume_count, sizeof(*volume));
	if (!text || !volume)
		return no_memory(err);
	r = ncrun_volume_parse(text, volume, err);
	args->spec.volume_count += r == 0;
	return r;
}

int node_add_tmpfs(void *data, const char *value, struct ncrun_error *err)
{
	struct node_args *args = data;
	struct ncrun_tmpfs *tmpfs;
	char *text = keep(args, value);
	int r;

	tmpfs = grow(&args->tmpfs, args->spec.tmpfs_count, sizeof(*tmpfs));
	if (!text || !tmpfs)
		return no_memory(err);
	r = ncrun_tmpfs_parse(text, tmpfs, err);
	args->spec.tmpfs_count += r == 0;
	return r;
}

int node_add_rlimit(void *data, const char *value, struct ncrun_error *err)
{
	struct node_args *args = data;
	struct ncrun_rlimit *rlimit;
	int r;

	rlimit = grow(&args->rlimits, args->spec.rlimit_count, sizeof(*rlimit));
	if (!rlimit)
		return no_memory(err);
	r = ncrun_rlimit_parse(value, rlimit, err);
	args->spec.rlimit_count += r == 0;
	return r;
}

static int service_split(struct node_args *args, const char *command, struct ncrun_service *service,
			 struct ncrun_error *err)
{
	char ***words = grow(&args->service_words, args->spec.service_count, sizeof(*words));
	int r;

	if (!words)
		return no_memory(err);
	r = words_split(command, words);
	if (r < 0)
		return error_set(err, -r, "'%s': a quote is not closed", command);
	service->argv = (const char *const *)*words;
	args->spec.service_count++; /* from here on node_release() frees the words */
	if (!service->argv[0])
		return error_set(err, EINVAL, "service '%s' has no command", service->name);
	return 0;
}

int node_add_service(void *data, const char *value, struct ncrun_error *err)
{
	struct node_args *args = data;
	struct ncrun_service *service;
	char *text = keep(args, value);
	char *command, *policy;
	int r;

	service = grow(&args->services, args->spec.service_count, sizeof(*service));
	if (!text || !service)
		return no_memory(err);
	command = strchr(text, '=');
	if (!command || command == text)
		return error_set(err, EINVAL, "'%s': not NAME[:POLICY]=COMMAND", value);
	*command++ = '\0';
	policy = strchr(text, ':');
	if (policy) {
		*policy++ = '\0';
		r = ncrun_restart_parse(policy, &service->restart, err);
		if (r < 0)
			return r;
	}
	service->name = text;
	return service_split(args, command, service, err);
}

static int add_pair(char ***list, const char *value, const char *form, struct ncrun_error *err)
{
	const char *equals = strchr(value, '=');

	if (!equals || equals == value)
		return error_set(err, EINVAL, "'%s': not %s", value, form);
	return strings_append(list, value) < 0 ? no_memory(err) : 0;
}

int node_add_sysctl(void *data, const char *value, struct ncrun_error *err)
{
	return add_pair(&((struct node_args *)data)->sysctls, value, "NAME=VALUE", err);
}

int node_add_label(void *data, const char *value, struct ncrun_error *err)
{
	return add_pair(&((struct node_args *)data)->labels, value, "KEY=VALUE", err);
}

int pull_policy_parse(const char *what, const char *value, enum ncrun_pull_policy *ret,
		      struct ncrun_error *err)
{
	if (text_equal(value, "missing"))
		*ret = NCRUN_PULL_MISSING;
	else if (text_equal(value, "always"))
		*ret = NCRUN_PULL_ALWAYS;
	else if (text_equal(value, "never"))
		*ret = NCRUN_PULL_NEVER;
	else
		return error_set(err, EINVAL, "%s%s'%s': not one of missing, always, never", what,
				 what[0] ? " " : "", value);
	return 0;
}

int node_set_pull(void *data, const char *value, struct ncrun_error *err)
{
	struct node_args *args = data;

	args->pull_given = true;
	return pull_policy_parse("", value, &args->spec.pull, err);
}

static int add_id_maps(struct node_args *args, const char *value, struct ncrun_error *err)
{
	char *rest = keep(args, value);
	char *line;
	int r;

	if (!rest)
		return no_memory(err);
	while ((line = strsep(&rest, ","))) {
		struct ncrun_id_map *map;

		map = grow(&args->id_maps, args->spec.id_map_count, sizeof(*map));
		if (!map)
			return no_memory(err);
		r = ncrun_id_map_parse(line, map, err);
		if (r < 0)
			return r;
		args->spec.id_map_count++;
	}
	args->spec.userns = NCRUN_USERNS_MAP;
	return 0;
}

int node_set_userns(void *data, const char *value, struct ncrun_error *err)
{
	struct node_args *args = data;

	if (text_equal(value, "auto"))
		args->spec.userns = NCRUN_USERNS_AUTO;
	else if (text_equal(value, "host"))
		args->spec.userns = NCRUN_USERNS_HOST;
	else if (value[0] >= '0' && value[0] <= '9')
		return add_id_maps(args, value, err);
	else
		return error_set(err, EINVAL, "'%s': not auto, host or INSIDE:OUTSIDE:COUNT[,...]",
				 value);
	return 0;
}

int node_set_restart(void *data, const char *value, struct ncrun_error *err)
{
	struct node_args *args = data;

	args->spec.restart = &args->restart;
	return ncrun_restart_parse(value, &args->restart, err);
}

int node_set_umask(void *data, const char *value, struct ncrun_error *err)
{
	struct node_args *args = data;

	args->spec.umask_set = true;
	return mode_parse("--umask", value, 0777, &args->spec.umask, err);
}

int node_set_stop_grace(void *data, const char *value, struct ncrun_error *err)
{
	struct node_args *args = data;

	args->spec.stop_grace_set = true;
	return duration_parse("--stop-grace", value, &args->spec.stop_grace_ms, err);
}

int node_set_oom_score(void *data, const char *value, struct ncrun_error *err)
{
	struct node_args *args = data;
	int64_t score;
	int r;

	r = number_parse_i64("--oom-score-adj", value, -1000, 1000, &score, err);
	if (r < 0)
		return r;
	args->spec.oom_score_adj = (int)score;
	args->spec.oom_score_adj_set = true;
	return 0;
}

/* KTIME_SEC_MAX / 2 of kernel/time/namespace.c, in whole hours: no clock may stand beyond it. */
#define TIME_OFFSET_MAX_MS (UINT64_C(1281023) * 3600000)

static int offset_parse(const char *what, const char *value, int64_t *ret_ms,
			struct ncrun_error *err)
{
	bool negative = value[0] == '-';
	uint64_t ms;
	int r;

	r = duration_parse_to(what, value + (negative || value[0] == '+'), TIME_OFFSET_MAX_MS, &ms,
			      err);
	if (r < 0)
		return r;
	*ret_ms = negative ? -(int64_t)ms : (int64_t)ms;
	return 0;
}

int node_set_time_offset(void *data, const char *value, struct ncrun_error *err)
{
	struct node_args *args = data;

	args->spec.time.enabled = true;
	return offset_parse("--time-offset", value, &args->spec.time.monotonic_ms, err);
}

int node_set_boottime_offset(void *data, const char *value, struct ncrun_error *err)
{
	struct node_args *args = data;

	args->spec.time.enabled = true;
	args->boottime_given = true;
	return offset_parse("--boottime-offset", value, &args->spec.time.boottime_ms, err);
}
