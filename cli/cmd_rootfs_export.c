/* SPDX-License-Identifier: Apache-2.0 */

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/text.h"
#include "cli/commands.h"
#include "cli/images.h"
#include "cli/json.h"
#include "cli/output.h"
#include "cli/progress.h"

struct export_args {
	bool quiet;
	bool json;
	const char *image;
	const char *file;
};

/**
 * struct target - a file in the making: it has its name only when it is complete
 * @temporary:	its name until then, owned; NULL = written in place (a pipe, a device)
 */
struct target {
	int fd;
	bool close;
	char *temporary;
};

static void target_done(struct target *target)
{
	if (target->close)
		close(target->fd);
	if (target->temporary)
		unlink(target->temporary);
	free(target->temporary);
}

static int target_open(const char *path, struct target *ret, struct ncrun_error *err)
{
	struct stat st;
	mode_t mask;

	if (text_equal(path, "-")) {
		if (isatty(STDOUT_FILENO))
			return error_set(err, EINVAL,
					 "a tar archive is nothing for a terminal: name a file");
		ret->fd = STDOUT_FILENO;
		return 0;
	}
	if (stat(path, &st) == 0 && !S_ISREG(st.st_mode)) {
		ret->fd = open(path, O_WRONLY | O_CLOEXEC);
		ret->close = ret->fd >= 0;
		return ret->close ? 0 : error_errno(err, "open '%s'", path);
	}
	if (asprintf(&ret->temporary, "%s.XXXXXX", path) < 0) {
		ret->temporary = NULL;
		return error_set(err, ENOMEM, "no memory for a file name");
	}
	ret->fd = mkostemp(ret->temporary, O_CLOEXEC);
	if (ret->fd < 0) {
		free(ret->temporary);
		ret->temporary = NULL;
		return error_errno(err, "create '%s'", path);
	}
	ret->close = true;
	mask = umask(0);
	umask(mask);
	fchmod(ret->fd, 0666 & ~mask);
	return 0;
}

static int target_commit(struct target *target, const char *path, struct ncrun_error *err)
{
	if (!target->temporary)
		return 0;
	if (rename(target->temporary, path) < 0)
		return error_errno(err, "rename '%s' to '%s'", target->temporary, path);
	free(target->temporary);
	target->temporary = NULL;
	return 0;
}

static int export_run(const struct cli *cli, void *data, struct ncrun_error *err)
{
	_cleanup_store_ struct ncrun_store *store = NULL;
	_cleanup_image_ struct ncrun_image *image = NULL;
	_cleanup_progress_ struct progress progress = {0};
	_cleanup_(target_done) struct target target = {.fd = -1};
	const struct export_args *args = data;
	const char *path = args->file ? args->file : "-";
	int r;

	progress_start(&progress, args->quiet || args->json);
	r = ncrun_store_open(cli->context.store_dir, &store, err);
	if (r == 0)
		r = ncrun_image_open(store, args->image, &image, err);
	if (r == 0)
		r = target_open(path, &target, err);
	if (r == 0)
		r = ncrun_image_export(image, target.fd, progress_show, &progress, err);
	if (r == 0)
		r = target_commit(&target, path, err);
	if (r == 0 && args->json && target.fd != STDOUT_FILENO)
		image_report(image, true);
	return r;
}

static const struct option options[] = {
	{
		.name = "quiet",
		.letter = 'q',
		.help = "no bar",
		OPTION_FLAG(struct export_args, quiet),
	},
	{
		.name = "json",
		.help = "what the image is, as JSON (not if the archive goes to standard output)",
		OPTION_FLAG(struct export_args, json),
	},
	{0},
};

static const struct argument arguments[] = {
	{
		.name = "IMAGE",
		.help = "name of an image, or the first 12 digits or more of its digest",
		.kind = ARGUMENT_ONE,
		.completes = COMPLETES_IMAGE,
		ARGUMENT_AT(struct export_args, image),
	},
	{
		.name = "FILE",
		.help = "where to (default: standard output)",
		.kind = ARGUMENT_OPTIONAL,
		.completes = COMPLETES_FILE,
		ARGUMENT_AT(struct export_args, file),
	},
	{0},
};

static const char *const description[] = {
	"Write an image as a tar archive, entries sorted by name: the same image gives the same "
	"archive.",
	NULL,
};

static const struct example examples[] = {
	{"ncrun rootfs export alpine | zstd > alpine.tar.zst", "to a packed archive"},
	{0},
};

const struct command cmd_rootfs_export = {
	.name = "rootfs export",
	.summary = "write an image as a tar archive",
	.description = description,
	.options = options,
	.arguments = arguments,
	.examples = examples,
	.exits = cli_exits,
	.args_size = sizeof(struct export_args),
	.run = export_run,
};
