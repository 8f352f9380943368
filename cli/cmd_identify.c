/* SPDX-License-Identifier: Apache-2.0 */

#include <stdio.h>

#include <ncrun/container.h>

#include "cli/commands.h"
#include "cli/json.h"

struct identify_args {
	bool json;
};

static int identify_run(const struct cli *cli __attribute__((unused)), void *data,
			struct ncrun_error *err)
{
	const struct identify_args *args = data;
	struct ncrun_identity identity;
	int r;

	r = ncrun_identify(&identity, err);
	if (r < 0)
		return r;
	if (args->json) {
		_cleanup_json_ struct json_object *object = json_object_new_object();

		json_put_text(object, "network", identity.network);
		json_put_text(object, "name", identity.name);
		json_put_text(object, "version", identity.version);
		json_show(object);
		return 0;
	}
	printf("%s/%s\n", identity.network, identity.name);
	return 0;
}

static const struct option options[] = {
	{
		.name = "json",
		.help = "network, name and ncrun's version, as JSON",
		OPTION_FLAG(struct identify_args, json),
	},
	{0},
};

static const char *const description[] = {
	"Inside a node, print NETWORK/NODE: which one is this? Anywhere else it fails.",
	NULL,
};

const struct command cmd_identify = {
	.name = "identify",
	.summary = "inside a node: tell which one it is",
	.description = description,
	.options = options,
	.exits = cli_exits,
	.args_size = sizeof(struct identify_args),
	.run = identify_run,
};
