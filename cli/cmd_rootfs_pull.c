/* SPDX-License-Identifier: Apache-2.0 */

#include <errno.h>

#include "base/error.h"
#include "base/number.h"
#include "cli/commands.h"
#include "cli/images.h"
#include "cli/progress.h"

struct pull_args {
	struct ncrun_pull_options options;
	bool quiet;
	bool json;
	const char *reference;
	const char *name;
};

static int set_timeout(void *data, const char *value, struct ncrun_error *err)
{
	struct pull_args *args = data;
	uint64_t ms;
	int r;

	r = duration_parse("--timeout", value, &ms, err);
	if (r < 0)
		return r;
	if (ms == 0 || ms > UINT32_MAX)
		return error_set(err, EINVAL, "--timeout '%s': not from 1ms to 49 days", value);
	args->options.timeout_ms = (uint32_t)ms;
	return 0;
}

static int pull_run(const struct cli *cli, void *data, struct ncrun_error *err)
{
	_cleanup_store_ struct ncrun_store *store = NULL;
	_cleanup_image_ struct ncrun_image *image = NULL;
	struct pull_args *args = data;
	int r;

	r = ncrun_store_open(cli->context.store_dir, &store, err);
	if (r < 0)
		return r;
	{
		_cleanup_progress_ struct progress progress = {0};

		progress_start(&progress, args->quiet || args->json);
		args->options.size = sizeof(args->options);
		args->options.import.size = sizeof(args->options.import);
		args->options.import.progress = progress_show;
		args->options.import.note = progress_note;
		args->options.import.data = &progress;
		r = ncrun_image_pull(store, args->reference, args->name, &args->options, &image,
				     err);
	}
	if (r == 0 && (args->json || !args->quiet))
		image_report(image, args->json);
	return r;
}

static const struct option options[] = {
	{
		.name = "mirror",
		.value = "URL",
		.help = "base URL of an Alpine mirror",
		.fallback = "$NCRUN_ALPINE_MIRROR or Alpine's own",
		OPTION_TEXT(struct pull_args, options.mirror),
	},
	{
		.name = "arch",
		.value = "ARCH",
		.help = "architecture by Alpine's name, e.g. aarch64",
		.fallback = "this machine's",
		OPTION_TEXT(struct pull_args, options.architecture),
	},
	{
		.name = "timeout",
		.value = "TIME",
		.help = "give up after so long without progress",
		.fallback = "30s",
		OPTION_CALL(set_timeout),
	},
	{
		.name = "quiet",
		.letter = 'q',
		.help = "no bar and no line about the result",
		OPTION_FLAG(struct pull_args, quiet),
	},
	{
		.name = "json",
		.help = "what the image is, as JSON",
		OPTION_FLAG(struct pull_args, json),
	},
	IMPORT_OPTIONS(struct pull_args, options.import),
	{0},
};

static const struct argument arguments[] = {
	{
		.name = "REFERENCE",
		.help = "alpine[:VERSION], or docker://IMAGE (needs skopeo)",
		.kind = ARGUMENT_ONE,
		ARGUMENT_AT(struct pull_args, reference),
	},
	{
		.name = "NAME",
		.help = "name of the image (default: made from REFERENCE)",
		.kind = ARGUMENT_OPTIONAL,
		.completes = COMPLETES_IMAGE,
		ARGUMENT_AT(struct pull_args, name),
	},
	{0},
};

static const char *const description[] = {
	"Fetch an image and import it. An Alpine archive is unpacked only after its SHA-256 has been "
	"verified.",
	NULL,
};

static const struct example examples[] = {
	{"ncrun rootfs pull alpine", "the latest Alpine"},
	{"ncrun rootfs pull alpine:3.20.3 old", "a certain one, under another name"},
	{"ncrun rootfs pull docker://redis:7", "from a registry"},
	{0},
};

const struct command cmd_rootfs_pull = {
	.name = "rootfs pull",
	.summary = "fetch an image and import it",
	.description = description,
	.options = options,
	.arguments = arguments,
	.examples = examples,
	.exits = cli_exits,
	.args_size = sizeof(struct pull_args),
	.run = pull_run,
};
