/* SPDX-License-Identifier: Apache-2.0 */

#include <stdio.h>
#include <sys/utsname.h>

#include <ncrun/machine.h>

#include "cli/commands.h"
#include "cli/json.h"

struct version_args {
	bool json;
};

static int version_run(const struct cli *cli __attribute__((unused)), void *data,
		       struct ncrun_error *err __attribute__((unused)))
{
	const struct version_args *args = data;
	struct utsname machine = {0};

	uname(&machine);
	if (args->json) {
		_cleanup_json_ struct json_object *object = json_object_new_object();

		json_put_text(object, "version", ncrun_version());
		json_put_text(object, "kernel", machine.release);
		json_put_text(object, "architecture", machine.machine);
		json_show(object);
		return 0;
	}
	printf("ncrun %s\n", ncrun_version());
	return 0;
}

static const struct option options[] = {
	{
		.name = "json",
		.help = "with the kernel and the architecture, as JSON",
		OPTION_FLAG(struct version_args, json),
	},
	{0},
};

static const char *const description[] = {
	"Show which version of ncrun this is.",
	NULL,
};

const struct command cmd_version = {
	.name = "version",
	.summary = "show the version",
	.description = description,
	.options = options,
	.exits = cli_exits,
	.args_size = sizeof(struct version_args),
	.run = version_run,
};
