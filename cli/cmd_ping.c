/* SPDX-License-Identifier: Apache-2.0 */

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

#include "base/error.h"
#include "base/number.h"
#include "cli/commands.h"
#include "cli/json.h"
#include "cli/network_target.h"
#include "cli/ping_matrix.h"

#define US_PER_MS    1000.0
#define TIME_MOST_MS 3600000u

struct ping_args {
	uint32_t count, bytes;
	uint64_t interval_ms, timeout_ms;
	bool bytes_given, four, six, all, json, quiet;
	const char *target, *to;
};

static int set_bytes(void *data, const char *value, struct ncrun_error *err)
{
	struct ping_args *args = data;
	uint64_t bytes = 0;
	int r = number_parse_u64("--size", value, 0, 65000, &bytes, err);

	args->bytes = (uint32_t)bytes;
	args->bytes_given = true;
	return r;
}

static int ping_check(void *data, struct ncrun_error *err)
{
	const struct ping_args *args = data;

	if (args->four && args->six)
		return error_set(err, EINVAL, "--ipv4 contradicts --ipv6");
	if (args->interval_ms > TIME_MOST_MS || args->timeout_ms > TIME_MOST_MS)
		return error_set(err, EINVAL, "--interval and --timeout: at most one hour");
	if (args->all == (args->to != NULL))
		return error_set(err, EINVAL,
				 args->all ? "--all takes the name of a network only"
					   : "name who is to answer, or --all");
	return 0;
}

static struct ncrun_ping_options options_of(const struct ping_args *args)
{
	struct ncrun_ping_options options = NCRUN_PING_OPTIONS_INIT;

	options.count = args->count;
	options.interval_ms = (uint32_t)args->interval_ms;
	options.timeout_ms = (uint32_t)args->timeout_ms;
	options.bytes = args->bytes;
	options.empty = args->bytes_given && args->bytes == 0;
	options.family = args->four ? 4 : args->six ? 6 : 0;
	return options;
}

/* ---- one pair --------------------------------------------------------------------------- */

/** struct reply_list - the answers, one after the other: as lines, or for JSON */
struct reply_list {
	struct json_object *array; /* borrowed; NULL = as lines */
	bool quiet;
};

static void reply_take(void *data, uint32_t sequence, const char *from, int ttl, int64_t rtt_us)
{
	struct reply_list *list = data;

	if (list->array) {
		struct json_object *reply = json_object_new_object();

		json_put_number(reply, "sequence", sequence);
		json_put_text(reply, "from", from[0] ? from : NULL);
		if (ttl >= 0)
			json_put_number(reply, "ttl", ttl);
		if (rtt_us >= 0)
			json_put_number(reply, "rtt_us", rtt_us);
		json_object_array_add(list->array, reply);
	} else if (!list->quiet && rtt_us >= 0) {
		printf("%s: seq %" PRIu32 " ttl %d %.3f ms\n", from, sequence, ttl,
		       (double)rtt_us / US_PER_MS);
	} else if (!list->quiet) {
		printf("seq %" PRIu32 " lost\n", sequence);
	}
	if (!list->array)
		(void)fflush(stdout);
}

static void summary_print(const struct ncrun_ping_result *result)
{
	uint32_t lost = result->sent - result->received;

	if (result->to)
		printf("%s to %s (%s)", result->from, result->to, result->address);
	else
		printf("%s to %s", result->from, result->address);
	printf(": %" PRIu32 " sent, %" PRIu32 " received, %.4g%% lost", result->sent,
	       result->received, result->sent ? 100.0 * lost / result->sent : 0);
	if (result->received > 0)
		printf(", %.3f/%.3f/%.3f/%.3f ms", (double)result->min_us / US_PER_MS,
		       (double)result->average_us / US_PER_MS, (double)result->max_us / US_PER_MS,
		       (double)result->deviation_us / US_PER_MS);
	if (result->failure)
		printf(": %s", result->failure);
	if (result->failure && result->failure_from[0])
		printf(" (says %s)", result->failure_from);
	printf("\n");
}

static int ping_one(const struct cli *cli, const struct ping_args *args, struct ncrun_error *err)
{
	_cleanup_network_target_ struct network_target target = {.network = NULL};
	_cleanup_json_ struct json_object *object = NULL;
	struct ncrun_ping_options options = options_of(args);
	struct reply_list list = {.quiet = args->quiet};
	struct ncrun_ping_result result;
	int r = network_target_open(cli, args->target, true, &target, err);

	if (r < 0)
		return r;
	if (args->json)
		list.array = json_object_new_array();
	options.reply = reply_take;
	options.data = &list;
	r = ncrun_network_ping(target.network, target.name, args->to, &options, &result, err);
	if (r < 0) {
		json_object_put(list.array);
		return r;
	}
	if (args->json) {
		object = json_from_ping(&result);
		json_object_object_add(object, "replies", list.array);
		json_show(object);
	} else {
		summary_print(&result);
	}
	return result.received < result.sent ? CLI_FAILED : 0;
}

/* ---- all pairs -------------------------------------------------------------------------- */

static int ping_all(const struct cli *cli, const struct ping_args *args, struct ncrun_error *err)
{
	_cleanup_network_target_ struct network_target target = {.network = NULL};
	_cleanup_free_ struct ncrun_ping_result *results = NULL;
	const struct ncrun_ping_options options = options_of(args);
	size_t count = 0, lost = 0;
	int r = network_target_open(cli, args->target, false, &target, err);

	if (r == 0)
		r = ncrun_network_ping_all(target.network, &options, &results, &count, err);
	if (r < 0)
		return r;
	for (size_t i = 0; i < count; i++)
		lost += results[i].received < results[i].sent || results[i].sent == 0;
	if (args->json) {
		_cleanup_json_ struct json_object *array = json_object_new_array();

		for (size_t i = 0; i < count; i++)
			json_object_array_add(array, json_from_ping(&results[i]));
		json_show(array);
	} else {
		ping_matrix_print(results, count, args->quiet);
	}
	return lost > 0 ? CLI_FAILED : 0;
}

static int ping_run(const struct cli *cli, void *data, struct ncrun_error *err)
{
	const struct ping_args *args = data;

	return args->all ? ping_all(cli, args, err) : ping_one(cli, args, err);
}

/* ---- the command ------------------------------------------------------------------------ */

static const struct option options[] = {
	{
		.name = "all",
		.letter = 'a',
		.help = "every node to every other: a matrix of the shortest times in ms, and of loss",
		OPTION_FLAG(struct ping_args, all),
	},
	{
		.name = "count",
		.letter = 'c',
		.value = "N",
		.help = "requests, with --all to each node",
		.fallback = "3",
		OPTION_U32(struct ping_args, count, 1, 1000000),
	},
	{
		.name = "interval",
		.letter = 'i',
		.value = "TIME",
		.help = "between requests; with --all each follows the answer to the one before",
		.fallback = "200ms",
		OPTION_DURATION(struct ping_args, interval_ms),
	},
	{
		.name = "size",
		.letter = 's',
		.value = "BYTES",
		.help = "of payload, up to 65000",
		.fallback = "56",
		OPTION_CALL(set_bytes),
	},
	{
		.name = "timeout",
		.letter = 'W',
		.value = "TIME",
		.help = "for each answer",
		.fallback = "1s",
		OPTION_DURATION(struct ping_args, timeout_ms),
	},
	{
		.name = "ipv4",
		.letter = '4',
		.help = "by IPv4",
		.fallback = "IPv4 if there is an address, else IPv6",
		OPTION_FLAG(struct ping_args, four),
	},
	{
		.name = "ipv6",
		.letter = '6',
		.help = "by IPv6",
		OPTION_FLAG(struct ping_args, six),
	},
	{
		.name = "quiet",
		.letter = 'q',
		.help = "only the last line",
		OPTION_FLAG(struct ping_args, quiet),
	},
	{
		.name = "json",
		.help = "the result as JSON; with --all a list of all pairs",
		OPTION_FLAG(struct ping_args, json),
	},
	{0},
};

static const struct argument arguments[] = {
	{
		.name = "NETWORK/NODE",
		.help = "who asks; with --all the network alone",
		.kind = ARGUMENT_ONE,
		.completes = COMPLETES_NODE,
		ARGUMENT_AT(struct ping_args, target),
	},
	{
		.name = "TO",
		.help = "a node of the same network, or an address",
		.kind = ARGUMENT_OPTIONAL,
		.completes = COMPLETES_PEER,
		ARGUMENT_AT(struct ping_args, to),
	},
	{0},
};

static const char *const description[] = {
	"Send ICMP echo requests from a node, without any program in it. All pairs of a network are asked "
	"side by side: a hundred nodes take a second or two.",
	NULL,
};

static const struct example examples[] = {
	{"ncrun ping lab/web db", "three times"},
	{"ncrun ping --all lab", "who reaches whom, and how fast"},
	{"ncrun ping -q -c 100 -i 10ms lab/web 10.0.0.7", "loss in percent"},
	{0},
};

static const struct exit_status exits[] = {
	{"0", "all requests were answered"},
	{"1", "some were not, or it could not be done"},
	{"2", "misuse: unknown option, missing argument, bad value"},
	{0},
};

const struct command cmd_ping = {
	.name = "ping",
	.summary = "ping from a node, or every node from every other",
	.description = description,
	.options = options,
	.arguments = arguments,
	.examples = examples,
	.exits = exits,
	.args_size = sizeof(struct ping_args),
	.check = ping_check,
	.run = ping_run,
};
