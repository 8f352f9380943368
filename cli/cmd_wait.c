/* SPDX-License-Identifier: Apache-2.0 */

#include <errno.h>

#include <ncrun/container.h>

#include "base/error.h"
#include "cli/commands.h"
#include "cli/json.h"
#include "cli/nodes.h"
#include "cli/output.h"

struct wait_args {
	uint64_t timeout_ms;
	bool json;
	const char *const *names;
	struct json_object *array; /* owned by wait_run() */
	struct text *out;
};

static int wait_for(struct ncrun_container *container, const char *name, void *data,
		    struct ncrun_error *err)
{
	const struct wait_args *args = data;
	int64_t timeout_ms = args->timeout_ms > 0 ? (int64_t)args->timeout_ms : -1;
	struct ncrun_exit end = {0};
	int r;

	r = ncrun_container_wait(container, timeout_ms, &end, err);
	if (r == -ETIMEDOUT)
		return error_set(err, ETIMEDOUT, "node '%s' still runs", name);
	if (r < 0)
		return r;
	if (args->array) {
		struct json_object *object = json_object_new_object();

		json_put_text(object, "node", name);
		json_put_exit(object, &end);
		json_object_array_add(args->array, object);
	} else {
		text_printf(args->out, "%d\n", end.code);
	}
	return 0;
}

static int wait_run(const struct cli *cli, void *data,
		    struct ncrun_error *err __attribute__((unused)))
{
	struct wait_args *args = data;
	_cleanup_json_ struct json_object *array = args->json ? json_object_new_array() : NULL;
	_cleanup_text_ struct text out = {0};
	int status;

	args->array = array;
	args->out = &out;
	status = nodes_each(cli, args->names, wait_for, args);
	if (array)
		json_show(array);
	else
		text_print(&out);
	return status;
}

static const struct option options[] = {
	{
		.name = "timeout",
		.value = "TIME",
		.help = "give up after so long",
		.fallback = "never",
		OPTION_DURATION(struct wait_args, timeout_ms),
	},
	{
		.name = "json",
		.help = "how they ended, as a list in JSON",
		OPTION_FLAG(struct wait_args, json),
	},
	{0},
};

static const struct argument arguments[] = {
	{
		.name = "NODE",
		.help = "a node, NETWORK/NODE, or NETWORK for all of its",
		.kind = ARGUMENT_MANY,
		.completes = COMPLETES_NODES,
		ARGUMENTS_AT(struct wait_args, names),
	},
	{0},
};

static const char *const description[] = {
	"Wait until nodes have ended, and print the exit status of each on a line.",
	NULL,
};

const struct command cmd_wait = {
	.name = "wait",
	.summary = "wait for the end of nodes",
	.description = description,
	.options = options,
	.arguments = arguments,
	.exits = cli_exits,
	.args_size = sizeof(struct wait_args),
	.run = wait_run,
};
