/* SPDX-License-Identifier: Apache-2.0 */

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <ncrun/resources.h>

#include "base/array.h"
#include "base/error.h"
#include "cli/commands.h"
#include "cli/foreground.h"
#include "cli/json.h"
#include "cli/nodes.h"
#include "cli/output.h"

#define NS_PER_MS 1000000

struct stats_args {
	uint64_t interval_ms;
	uint64_t count;
	bool json;
	const char *const *names;
};

/** One node that is watched. */
struct watched {
	struct ncrun_container *container; /* owned; NULL once it has ended */
	struct ncrun_stats now, before;    /* before: time_ns 0 = none yet */
	bool known;
};

struct watch {
	struct watched *nodes; /* owned */
	size_t count;
	int status;
};

static void watch_done(struct watch *watch)
{
	for (size_t i = 0; i < watch->count; i++) {
		ncrun_container_unref(watch->nodes[i].container);
		ncrun_stats_clear(&watch->nodes[i].now);
		ncrun_stats_clear(&watch->nodes[i].before);
	}
	free(watch->nodes);
}

/* ---- which nodes -------------------------------------------------------------------- */

static int watch_add(struct watch *watch, struct ncrun_container *container,
		     struct ncrun_error *err)
{
	struct watched *node = array_add((void **)&watch->nodes, &watch->count, sizeof(*node));

	if (!node)
		return error_set(err, ENOMEM, "make room for a node");
	*node = (struct watched){
		.container = container,
		.now = NCRUN_STATS_INIT,
		.before = NCRUN_STATS_INIT,
	};
	return 0;
}

static int watch_all(const struct cli *cli, struct watch *watch, struct ncrun_error *err)
{
	struct ncrun_container **list = NULL;
	size_t count = 0;
	int r = ncrun_container_list(&cli->context, false, &list, &count, err);

	for (size_t i = 0; r == 0 && i < count; i++) {
		r = watch_add(watch, list[i], err);
		if (r == 0)
			list[i] = NULL;
	}
	if (list)
		ncrun_container_list_free(list, count);
	return r;
}

static int watch_named(const struct cli *cli, const char *const *named, struct watch *watch,
		       struct ncrun_error *err)
{
	_cleanup_(strings_freep) char **all = NULL;
	int r = nodes_expand(cli, named, &all, err);

	if (r < 0)
		return r;
	for (char *const *names = all; names && *names; names++) {
		_cleanup_container_ struct ncrun_container *container = NULL;

		r = node_open(cli, *names, &container, err);
		if (r == 0)
			r = watch_add(watch, container, err);
		if (r < 0)
			return r;
		container = NULL;
	}
	return 0;
}

/* Read them all; how many there still are. Those that were named and do not run are told of. */
static size_t watch_read(const struct cli *cli, struct watch *watch, bool named)
{
	size_t left = 0;

	for (size_t i = 0; i < watch->count; i++) {
		struct watched *node = &watch->nodes[i];
		struct ncrun_stats before = node->now;
		struct ncrun_error err = {0};
		int r;

		if (!node->container)
			continue;
		ncrun_stats_clear(&node->before);
		node->before = before;
		node->now = NCRUN_STATS_INIT;
		r = ncrun_container_stats(node->container, &node->now, &err);
		node->known = r == 0;
		if (r == 0) {
			left++;
			continue;
		}
		node->container = ncrun_container_unref(node->container);
		if (r == -ENOTCONN && !named)
			continue;
		complain(cli->command->name, "%s", err.message);
		watch->status = CLI_FAILED;
	}
	return left;
}

/* ---- as JSON --------------------------------------------------------------------------- */

static void put_fields(struct json_object *object, enum ncrun_stat_scope scope, const void *from)
{
	size_t count;
	const struct ncrun_stat *fields = ncrun_stat_list(&count);

	for (size_t i = 0; i < count; i++) {
		uint64_t value;

		if (fields[i].scope != scope)
			continue;
		value = ncrun_stat_value(&fields[i], from);
		if (value == NCRUN_STAT_NO_LIMIT)
			json_object_object_add(object, fields[i].name, NULL);
		else if (value != NCRUN_STAT_UNKNOWN)
			json_object_object_add(object, fields[i].name,
					       json_object_new_uint64(value));
	}
}

static struct json_object *json_from_stats(const struct ncrun_container_info *info,
					   const struct ncrun_stats *stats)
{
	struct json_object *object = json_object_new_object();
	struct json_object *io = json_object_new_array(), *interfaces = json_object_new_array();

	json_put_text(object, "name", info->name);
	json_put_text(object, "network", info->network);
	json_put_number(object, "time_ns", (int64_t)stats->time_ns);
	put_fields(object, NCRUN_STAT_OF_NODE, stats);
	for (size_t i = 0; i < stats->io_count; i++) {
		struct json_object *device = json_object_new_object();
		char number[32];

		snprintf(number, sizeof(number), "%" PRIu32 ":%" PRIu32, stats->io[i].major,
			 stats->io[i].minor);
		json_put_text(device, "device", number);
		put_fields(device, NCRUN_STAT_OF_DEVICE, &stats->io[i]);
		json_object_array_add(io, device);
	}
	json_object_object_add(object, "io", io);
	for (size_t i = 0; i < stats->interface_count; i++) {
		struct json_object *interface = json_object_new_object();

		json_put_text(interface, "name", stats->interfaces[i].name);
		put_fields(interface, NCRUN_STAT_OF_INTERFACE, &stats->interfaces[i]);
		json_object_array_add(interfaces, interface);
	}
	json_object_object_add(object, "interfaces", interfaces);
	return object;
}

static int show_json(const struct watch *watch, bool one_line)
{
	_cleanup_json_ struct json_object *array = json_object_new_array();

	for (size_t i = 0; i < watch->count; i++) {
		const struct watched *node = &watch->nodes[i];
		const struct ncrun_container_info *info;

		if (node->container && ncrun_container_info(node->container, &info, NULL) == 0)
			json_object_array_add(array, json_from_stats(info, &node->now));
	}
	if (!one_line)
		json_show(array);
	else
		printf("%s\n",
		       json_object_to_json_string_ext(array, JSON_C_TO_STRING_NOSLASHESCAPE));
	return 0;
}

/* ---- as a table --------------------------------------------------------------------------- */

static void add_cpu(struct table *table, const struct watched *node)
{
	const struct ncrun_stats *now = &node->now, *before = &node->before;
	_cleanup_text_ struct text text = {0};

	if (now->cpu_usage_us == NCRUN_STAT_UNKNOWN) {
		table_add(table, "-");
		return;
	}
	if (before->time_ns > 0 && before->time_ns < now->time_ns &&
	    before->cpu_usage_us <= now->cpu_usage_us) {
		table_addf(table, "%.1f%%",
			   (double)(now->cpu_usage_us - before->cpu_usage_us) * 1e5 /
				   (double)(now->time_ns - before->time_ns));
		return;
	}
	print_duration(&text, (int64_t)now->cpu_usage_us * 1000);
	table_add(table, text_string(&text));
}

static void put_size(struct text *out, uint64_t bytes)
{
	if (bytes == NCRUN_STAT_UNKNOWN)
		text_append_char(out, '-');
	else
		print_size(out, bytes);
}

static void put_count(struct text *out, uint64_t count)
{
	if (count == NCRUN_STAT_UNKNOWN)
		text_append_char(out, '-');
	else
		text_printf(out, "%" PRIu64, count);
}

/* "12.1 MiB / 64.0 MiB" */
static void add_use(struct table *table, uint64_t used, uint64_t limit,
		    void (*put)(struct text *out, uint64_t value))
{
	_cleanup_text_ struct text text = {0};

	put(&text, used);
	if (limit < NCRUN_STAT_NO_LIMIT) {
		text_append(&text, " / ");
		put(&text, limit);
	}
	table_add(table, text_string(&text));
}

static void add_up(uint64_t *sum, uint64_t value)
{
	if (value != NCRUN_STAT_UNKNOWN)
		*sum += value;
}

static void add_row(struct table *table, const struct watched *node)
{
	const struct ncrun_stats *stats = &node->now;
	uint64_t received = 0, sent = 0, read = 0, written = 0;
	const struct ncrun_container_info *info;
	_cleanup_text_ struct text name = {0};

	if (ncrun_container_info(node->container, &info, NULL) < 0)
		return;
	for (size_t i = 0; i < stats->interface_count; i++) {
		add_up(&received, stats->interfaces[i].rx_bytes);
		add_up(&sent, stats->interfaces[i].tx_bytes);
	}
	for (size_t i = 0; i < stats->io_count; i++) {
		add_up(&read, stats->io[i].read_bytes);
		add_up(&written, stats->io[i].write_bytes);
	}
	print_node_name(&name, info);
	table_add(table, text_string(&name));
	add_cpu(table, node);
	add_use(table, stats->memory_current, stats->memory_limit, put_size);
	add_use(table, stats->pids_current, stats->pids_limit, put_count);
	add_use(table, received, sent, put_size);
	add_use(table, read, written, put_size);
	add_use(table, stats->cpu_throttled_periods, NCRUN_STAT_NO_LIMIT, put_count);
	add_use(table, stats->oom_kills, NCRUN_STAT_NO_LIMIT, put_count);
}

static int show_table(const struct watch *watch, bool repaint)
{
	_cleanup_table_ struct table table = {
		.headings = {"NODE", "CPU", "MEMORY / LIMIT", "PIDS / LIMIT", "NET IN / OUT",
			     "DISK READ / WRITE", "THROTTLED", "OOM KILLS"},
		.right = 1u << 1 | 1u << 6 | 1u << 7,
	};
	_cleanup_text_ struct text out = {0};

	if (repaint)
		text_append(&out, "\033[H\033[J");
	for (size_t i = 0; i < watch->count; i++)
		if (watch->nodes[i].container)
			add_row(&table, &watch->nodes[i]);
	table_print(&table, &out);
	text_print(&out);
	return 0;
}

/* ---- the command ----------------------------------------------------------------------------- */

static int stats_run(const struct cli *cli, void *data, struct ncrun_error *err)
{
	_cleanup_(watch_done) struct watch watch = {0};
	const struct stats_args *args = data;
	bool named = args->names && args->names[0];
	bool repaint = args->interval_ms > 0 && isatty(STDOUT_FILENO);
	uint64_t rounds = args->count > 0 ? args->count : args->interval_ms > 0 ? UINT64_MAX : 1;
	int r = named ? watch_named(cli, args->names, &watch, err) : watch_all(cli, &watch, err);

	if (r < 0)
		return r;
	/* shares of a CPU are those of an interval */
	if (args->interval_ms > 0 && !args->json)
		(void)watch_read(cli, &watch, named);
	for (uint64_t i = 0; i < rounds; i++) {
		struct timespec pause = {.tv_sec = (time_t)(args->interval_ms / 1000),
					 .tv_nsec = (long)(args->interval_ms % 1000) * NS_PER_MS};

		if (args->interval_ms > 0 && (i > 0 || !args->json))
			(void)nanosleep(&pause, NULL);
		if (watch_read(cli, &watch, named) == 0 && i > 0)
			break;
		if (args->json)
			show_json(&watch, args->interval_ms > 0);
		else
			show_table(&watch, repaint);
		if (fflush(stdout) != 0)
			break;
	}
	return watch.status;
}

static int stats_check(void *data, struct ncrun_error *err)
{
	const struct stats_args *args = data;

	if (args->count > 0 && args->interval_ms == 0)
		return error_set(err, EINVAL, "--count needs an --interval");
	return 0;
}

static const struct option options[] = {
	{
		.name = "interval",
		.letter = 'i',
		.value = "TIME",
		.help = "again and again; CPU is a share of that time then",
		.fallback = "once, with all CPU time used",
		OPTION_DURATION(struct stats_args, interval_ms),
	},
	{
		.name = "count",
		.letter = 'c',
		.value = "N",
		.help = "end after so many",
		.fallback = "when the last node has ended",
		OPTION_U64(struct stats_args, count, 1, 1000000000),
	},
	{
		.name = "json",
		.help = "all that is counted, as JSON; with --interval a line each time",
		OPTION_FLAG(struct stats_args, json),
	},
	{0},
};

static const struct argument arguments[] = {
	{
		.name = "NODE",
		.help = "a running node, NETWORK/NODE, or NETWORK for all of its; all by default",
		.kind = ARGUMENT_ANY,
		.completes = COMPLETES_NODES,
		ARGUMENTS_AT(struct stats_args, names),
	},
	{0},
};

static const char *const description[] = {
	"Show what nodes use: CPU, memory, processes, network and disks. What the kernel here does not "
	"count is \"-\", and missing in JSON; a limit that is not set is null there.",
	NULL,
};

static const struct example examples[] = {
	{"ncrun stats", "all nodes, once"},
	{"ncrun stats --interval 1s web db", "two of them, every second"},
	{"ncrun stats --json web | jq '.[0].memory_current'", "one number"},
	{0},
};

const struct command cmd_stats = {
	.name = "stats",
	.summary = "show what nodes use",
	.description = description,
	.options = options,
	.arguments = arguments,
	.examples = examples,
	.exits = cli_exits,
	.args_size = sizeof(struct stats_args),
	.check = stats_check,
	.run = stats_run,
};
