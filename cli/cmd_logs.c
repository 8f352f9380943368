/* SPDX-License-Identifier: Apache-2.0 */

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <ncrun/logs.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/number.h"
#include "cli/commands.h"
#include "cli/foreground.h"
#include "cli/json.h"
#include "cli/output.h"

struct logs_args {
	struct ncrun_log_options options;
	bool timestamps;
	bool raw;
	bool json;
	const char *node;
};

/* How lines are shown. */
struct view {
	bool timestamps;
	bool services; /* say whose line it is */
	bool escape;
	bool json;
	char middle[2][NCRUN_NAME_MAX + 1]; /* of a line of whom, in that stream; "" = of none */
};

/* "10m" ago, a date and time as inspect shows it, or a date. */
static int set_since(void *data, const char *value, struct ncrun_error *err)
{
	static const char *const forms[] = {"%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d"};
	struct logs_args *args = data;
	uint64_t ms;

	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		struct tm tm = {.tm_isdst = -1};
		const char *end = strptime(value, forms[i], &tm);

		if (!end || *end)
			continue;
		if (__builtin_mul_overflow(mktime(&tm), CLOCK_NS_PER_S, &args->options.since_ns))
			return error_set(err, EINVAL, "'%s': not from 1678 to 2261", value);
		return 0;
	}
	if (duration_parse("time", value, &ms, NULL) < 0 || ms > INT64_MAX / 1000000)
		return error_set(err, EINVAL, "'%s': not a time ago (10m) or a date (2026-11-23)",
				 value);
	args->options.since_ns = clock_wall_ns() - (int64_t)ms * 1000000;
	return 0;
}

/* A line of JSON for each, so that a reader need not wait for the last. */
static int show_json(const struct ncrun_log_line *line)
{
	_cleanup_json_ struct json_object *object = json_object_new_object();
	_cleanup_text_ struct text text = {0}, whole = {0};
	const char *line_text;

	for (size_t i = 0; i < line->length; i++)
		if (line->text[i])
			text_append_char(&whole, line->text[i]);
		else /* is shown as U+FFFD, as all that is not UTF-8 */
			text_append(&whole, "\xff");
	json_put_time(object, "time", line->time_ns);
	json_put_text(object, "stream", line->stream == 2 ? "stderr" : "stdout");
	if (line->service && line->service[0])
		json_put_text(object, "service", line->service);
	json_put_text(object, "text", text_string(&whole));
	if (line->partial)
		json_put_flag(object, "partial", true);
	line_text = json_object_to_json_string_ext(object, JSON_C_TO_STRING_NOSLASHESCAPE);
	text_append(&text, line_text ? line_text : "");
	text_append_char(&text, '\n');
	if (text_failed(&text) || text_failed(&whole))
		return -ENOMEM;
	fwrite(text_string(&text), 1, text.length, stdout);
	return fflush(stdout) == 0 ? 0 : -EPIPE;
}

static int show_line(void *data, const struct ncrun_log_line *line)
{
	struct view *view = data;
	FILE *out = line->stream == 2 ? stderr : stdout;
	char *middle = view->middle[line->stream == 2];
	bool begins = !text_equal(middle, line->service);
	_cleanup_text_ struct text text = {0};

	if (view->json)
		return show_json(line);
	if (begins && middle[0]) /* what another wrote is not the rest of it */
		text_append_char(&text, '\n');
	if (begins && view->timestamps) {
		print_time(&text, line->time_ns);
		text_append_char(&text, ' ');
	}
	if (begins && view->services)
		text_printf(&text, "%s: ", line->service);
	if (view->escape)
		text_append_escaped(&text, line->text, line->length);
	else
		text_append_bytes(&text, line->text, line->length);
	if (!line->partial)
		text_append_char(&text, '\n');
	snprintf(middle, sizeof(view->middle[0]), "%s", line->partial ? line->service : "");
	fwrite(text_string(&text), 1, text.length, out);
	/* the two streams stay in order, and --follow shows lines when they come */
	return fflush(out) == 0 ? 0 : -EPIPE;
}

/** One that never was has no lines, which would look as if it had said nothing. */
static int service_check(const struct ncrun_container_info *info, const char *service,
			 struct ncrun_error *err)
{
	if (!service || !info || info->service_count == 0)
		return 0;
	for (size_t i = 0; i < info->service_count; i++)
		if (text_equal(info->services[i].name, service))
			return 0;
	return error_set(err, ENOENT, "node '%s' has no service '%s'", info->name, service);
}

static int logs_run(const struct cli *cli, void *data, struct ncrun_error *err)
{
	_cleanup_container_ struct ncrun_container *container = NULL;
	struct logs_args *args = data;
	const struct ncrun_container_info *info = NULL;
	struct view view = {
		.timestamps = args->timestamps,
		.escape = !args->raw && isatty(STDOUT_FILENO),
		.json = args->json,
	};
	int r;

	r = node_open(cli, args->node, &container, err);
	if (r == 0)
		r = ncrun_container_info(container, &info, err);
	if (r == 0)
		r = service_check(info, args->options.service, err);
	if (r < 0)
		return r;

	args->options.size = sizeof(args->options);
	view.services = info && info->service_count > 1 && !args->options.service;
	r = ncrun_container_logs(container, &args->options, show_line, &view, err);
	return r == -EPIPE ? CLI_FAILED : r;
}

static const struct option options[] = {
	{
		.name = "follow",
		.letter = 'f',
		.help = "go on with new lines until the node ends",
		OPTION_FLAG(struct logs_args, options.follow),
	},
	{
		.name = "tail",
		.letter = 'n',
		.value = "N",
		.help = "only the last N lines",
		.fallback = "all that is kept",
		OPTION_U64(struct logs_args, options.tail, 1, 1000000000),
	},
	{
		.name = "since",
		.value = "TIME",
		.help = "only lines since then: a time ago (10m) or a date (2026-11-23 21:08:30)",
		OPTION_CALL(set_since),
	},
	{
		.name = "timestamps",
		.letter = 't',
		.help = "begin each line with its time",
		OPTION_FLAG(struct logs_args, timestamps),
	},
	{
		.name = "service",
		.value = "NAME",
		.help = "only lines of this service",
		.fallback = "all, with the name before each line",
		OPTION_TEXT(struct logs_args, options.service),
	},
	{
		.name = "raw",
		.help = "control characters as they are, even on a terminal",
		OPTION_FLAG(struct logs_args, raw),
	},
	{
		.name = "json",
		.help = "each line as an object in JSON, all on standard output",
		OPTION_FLAG(struct logs_args, json),
	},
	{0},
};

static const struct argument arguments[] = {
	{
		.name = "NODE",
		.help = "a node that was started with --detach",
		.kind = ARGUMENT_ONE,
		.completes = COMPLETES_NODE,
		ARGUMENT_AT(struct logs_args, node),
	},
	{0},
};

static const char *const description[] = {
	"Show what the commands of a detached node have written: standard output on standard output, "
	"standard error on standard error. The log is bounded (see: node --log-max), so old lines "
	"go.",
	NULL,
};

static const struct example examples[] = {
	{"ncrun logs --tail 20 --follow web", "the last lines, and what comes"},
	{"ncrun logs --since 10m --timestamps web", "the last ten minutes, with times"},
	{0},
};

const struct command cmd_logs = {
	.name = "logs",
	.summary = "show the output of a detached node",
	.description = description,
	.options = options,
	.arguments = arguments,
	.examples = examples,
	.exits = cli_exits,
	.args_size = sizeof(struct logs_args),
	.run = logs_run,
};
