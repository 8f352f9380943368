/* SPDX-License-Identifier: Apache-2.0 */

#include "cli/commands.h"
#include "cli/images.h"
#include "cli/progress.h"

struct import_args {
	struct ncrun_import_options options;
	bool quiet;
	bool json;
	const char *name;
	const char *source;
};

static int import_run(const struct cli *cli, void *data, struct ncrun_error *err)
{
	_cleanup_store_ struct ncrun_store *store = NULL;
	_cleanup_image_ struct ncrun_image *image = NULL;
	struct import_args *args = data;
	int r;

	r = ncrun_store_open(cli->context.store_dir, &store, err);
	if (r < 0)
		return r;
	{
		_cleanup_progress_ struct progress progress = {0};

		progress_start(&progress, args->quiet || args->json);
		args->options.size = sizeof(args->options);
		args->options.progress = progress_show;
		args->options.note = progress_note;
		args->options.data = &progress;
		r = ncrun_image_import(store, args->name, args->source, &args->options, &image,
				       err);
	}
	if (r == 0 && (args->json || !args->quiet))
		image_report(image, args->json);
	return r;
}

static const struct option options[] = {
	{
		.name = "quiet",
		.letter = 'q',
		.help = "no bar and no line about the result",
		OPTION_FLAG(struct import_args, quiet),
	},
	{
		.name = "json",
		.help = "what the image is, as JSON",
		OPTION_FLAG(struct import_args, json),
	},
	IMPORT_OPTIONS(struct import_args, options),
	{0},
};

static const struct argument arguments[] = {
	{
		.name = "NAME",
		.help = "name of the image; one that has the name loses it",
		.kind = ARGUMENT_ONE,
		.completes = COMPLETES_IMAGE,
		ARGUMENT_AT(struct import_args, name),
	},
	{
		.name = "SOURCE",
		.help = "an archive, a directory, or - for an archive on standard input",
		.kind = ARGUMENT_ONE,
		.completes = COMPLETES_FILE,
		ARGUMENT_AT(struct import_args, source),
	},
	{0},
};

static const char *const description[] = {
	"Make an image from an archive or a directory: tar (plain or packed by gzip, bzip2, xz, zstd "
	"or lz4), what docker save writes, OCI archives and OCI layout directories; any other "
	"directory is taken as a root file system.",
	"An archive that is damaged, that would write outside of the image or that reaches a limit is "
	"refused and leaves nothing behind. Beside the limits below: an entry's headers have at most "
	"1 MiB, a path 128 directories, an image 512 layers and 4 MiB for each description; and of the "
	"directories that no entry mentions there are at most 10,000 more than entries, and of pieces "
	"of less than 512 bytes between holes 100,000. After an import that was killed the store is as it was, "
	"but for what clean or rootfs gc removes.",
	NULL,
};

static const struct example examples[] = {
	{"ncrun rootfs import alpine alpine-minirootfs-3.20.3-x86_64.tar.gz",
	 "Alpine's own archive"},
	{"docker save redis | ncrun rootfs import redis -", "from Docker"},
	{0},
};

const struct command cmd_rootfs_import = {
	.name = "rootfs import",
	.summary = "make an image from an archive or a directory",
	.description = description,
	.options = options,
	.arguments = arguments,
	.examples = examples,
	.exits = cli_exits,
	.args_size = sizeof(struct import_args),
	.run = import_run,
};
