/* SPDX-License-Identifier: Apache-2.0 */

#include <errno.h>

#include "base/api.h"
#include "base/error.h"
#include "base/file.h"
#include "rootfs/export.h"
#include "rootfs/rootfs.h"

#define PROGRESS_EVERY (1u << 20)

struct output {
	int fd;
	int (*progress)(void *data, const struct ncrun_progress *progress);
	void *data;
	uint64_t done, told;
};

static int output_tell(struct output *output, struct ncrun_error *err)
{
	const struct ncrun_progress progress = {.phase = "export", .done_bytes = output->done};

	output->told = output->done;
	if (output->progress && output->progress(output->data, &progress) != 0)
		return error_set(err, ECANCELED, "cancelled");
	return 0;
}

static int output_write(void *data, const void *bytes, size_t size, struct ncrun_error *err)
{
	struct output *output = data;
	int r = file_write_all(output->fd, bytes, size, err);

	output->done += size;
	if (r == 0 && output->done - output->told >= PROGRESS_EVERY)
		r = output_tell(output, err);
	return r;
}

NCRUN_API int ncrun_image_export(struct ncrun_image *image, int fd,
				 int (*progress)(void *data, const struct ncrun_progress *progress),
				 void *data, struct ncrun_error *err)
{
	const struct ncrun_image_info *info = ncrun_image_info(image);
	struct output output = {.fd = fd, .progress = progress, .data = data};
	const struct export_sink sink = {.write = output_write, .data = &output};
	int r;

	r = export_tree(image_root_fd(image), ".", &sink, err);
	if (r == 0)
		r = output_tell(&output, err);
	return r < 0 ? error_wrap(err, r, "export image '%s'",
				  info->name ? info->name : info->digest)
		     : 0;
}
