/* SPDX-License-Identifier: Apache-2.0 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <ncrun/container.h>

#include "base/error.h"
#include "base/text.h"
#include "cli/commands.h"
#include "cli/foreground.h"

struct cp_args {
	const char *source;
	const char *target;
	/* of source and target, what is in the node: owned name, and the path there */
	char *node;
	const char *node_path;
	bool to_node;
};

/* "NODE:PATH"; a path of the machine begins with / or . or has no colon. */
static bool is_in_node(const char *place)
{
	return place[0] != '/' && place[0] != '.' && strchr(place, ':');
}

static int cp_check(void *data, struct ncrun_error *err)
{
	struct cp_args *args = data;
	const char *place, *colon;

	args->to_node = is_in_node(args->target);
	if (args->to_node == is_in_node(args->source))
		return error_set(
			err, EINVAL,
			"one of '%s' and '%s' must be NODE:PATH, the other one a path here",
			args->source, args->target);
	place = args->to_node ? args->target : args->source;
	colon = strchr(place, ':');
	if (colon == place || colon[1] != '/')
		return error_set(err, EINVAL, "'%s': not NODE:PATH with an absolute path", place);

	args->node = strndup(place, (size_t)(colon - place));
	if (!args->node)
		return error_set(err, ENOMEM, "no memory for the name of the node");
	args->node_path = colon + 1;
	return 0;
}

static void cp_release(void *data)
{
	free(((struct cp_args *)data)->node);
}

static int cp_run(const struct cli *cli, void *data, struct ncrun_error *err)
{
	_cleanup_container_ struct ncrun_container *container = NULL;
	const struct cp_args *args = data;
	int r;

	r = node_open(cli, args->node, &container, err);
	if (r < 0)
		return r;
	return ncrun_container_copy(container, args->to_node, args->node_path,
				    args->to_node ? args->source : args->target, err);
}

static const struct argument arguments[] = {
	{
		.name = "SOURCE",
		.help = "NODE:PATH or a path of this machine",
		.kind = ARGUMENT_ONE,
		.completes = COMPLETES_FILE,
		ARGUMENT_AT(struct cp_args, source),
	},
	{
		.name = "TARGET",
		.help = "the other one of the two",
		.kind = ARGUMENT_ONE,
		.completes = COMPLETES_FILE,
		ARGUMENT_AT(struct cp_args, target),
	},
	{0},
};

static const char *const description[] = {
	"Copy files and directories between this machine and a node, as cp -a does: into a directory "
	"that is there, else under the new name. Links inside the node cannot lead out of it. Write "
	"./NAME for a file of this machine whose name holds a colon.",
	NULL,
};

static const struct example examples[] = {
	{"ncrun cp web:/var/log/nginx .", "a directory out of a node"},
	{"ncrun cp site.conf web:/etc/nginx/conf.d/", "a file into it"},
	{0},
};

const struct command cmd_cp = {
	.name = "cp",
	.summary = "copy files into a node or out of it",
	.description = description,
	.arguments = arguments,
	.examples = examples,
	.exits = cli_exits,
	.args_size = sizeof(struct cp_args),
	.check = cp_check,
	.run = cp_run,
	.release = cp_release,
};
