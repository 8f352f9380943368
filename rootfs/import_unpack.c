/* SPDX-License-Identifier: Apache-2.0 */

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/file.h"
#include "base/record.h"
#include "base/text.h"
#include "rootfs/image_walk.h"
#include "rootfs/import_child.h"
#include "rootfs/import_facts.h"
#include "rootfs/import_layers.h"
#include "rootfs/import_report.h"

static int root_open(int area_fd, int *ret, struct ncrun_error *err)
{
	*ret = openat(area_fd, "image/root", O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	return *ret < 0 ? error_errno(err, "open the image's directory") : 0;
}

static void tell_losses(int reports, const struct import_losses *losses)
{
	_cleanup_text_ struct text lines = {0};
	const char *names = text_string(&losses->names);
	const char *more = losses->attributes + losses->kept_from_user > 4 ? ", ..." : "";

	if (losses->owners)
		text_printf(&lines, "owners not kept of entries: %" PRIu64 "; that takes root\n",
			    losses->owners);
	if (losses->devices)
		text_printf(&lines, "device nodes left out: %" PRIu64 "; making them takes root\n",
			    losses->devices);
	if (losses->kept_from_user)
		text_printf(&lines,
			    "extended attributes not kept: %" PRIu64 "; that takes root and a "
			    "file system that has them\n",
			    losses->kept_from_user);
	if (losses->attributes + losses->kept_from_user)
		text_printf(&lines, "extended attributes left out: %" PRIu64 " (%s%s)\n",
			    losses->attributes + losses->kept_from_user, names, more);
	for (char *line = lines.chars, *end; line && *line; line = end + 1) {
		end = strchr(line, '\n');
		report_send(reports, REPORT_NOTE, line, (size_t)(end - line), NULL);
	}
}

/** Everything is in the tree: last touches, and what is to be known of it. */
static int unpack_finish(struct import_job *job, struct import_tree *tree, struct text *facts,
			 struct ncrun_error *err)
{
	const struct import_losses *losses = &tree->losses;
	uint64_t entries = 0, bytes = 0;
	int r;

	r = import_tree_finish(tree, err);
	if (r == 0)
		r = tree_measure(job->area_fd, "image/root", &entries, &bytes, err);
	if (r < 0)
		return r;
	import_facts_add(tree->root_fd, facts);
	record_put_u64(facts, "entries", entries);
	record_put_u64(facts, "bytes", bytes);
	record_put_u64(facts, "squashed",
		       losses->owners + losses->devices + losses->kept_from_user > 0);
	tell_losses(job->reports, losses);
	if (text_failed(facts))
		return error_set(err, ENOMEM, "describe the image");
	return report_send(job->reports, REPORT_DONE, facts->chars, facts->length, err);
}

/** The archive was one of layers: put it aside and build the root from them. */
static int unpack_layers(struct import_job *job, const struct document *docker,
			 struct ncrun_error *err)
{
	_cleanup_(import_tree_done) struct import_tree tree = {.root_fd = -1, .parent_fd = -1};
	_cleanup_(oci_manifest_done) struct oci_manifest manifest = {0};
	_cleanup_text_ struct text facts = {0};
	_cleanup_close_ int archive = -1, root = -1;
	const char *tag = job->limits.image_tag;
	int r;

	if (renameat(job->area_fd, "image/root", job->area_fd, "archive") < 0 ||
	    mkdirat(job->area_fd, "image/root", 0755) < 0)
		return error_errno(err, "put the archive aside");
	archive = openat(job->area_fd, "archive", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (archive < 0)
		return error_errno(err, "open the archive");
	record_put(&facts, "format",
		   docker           ? "docker-archive"
		   : job->directory ? "oci-layout"
				    : "oci-archive");
	r = docker ? oci_docker_read(docker, tag, &manifest, err)
		   : oci_layout_read(archive, tag, &manifest, err);
	if (r == 0)
		r = oci_config_read(archive, &manifest, &facts, err);
	if (r == 0)
		r = root_open(job->area_fd, &root, err);
	if (r == 0)
		r = import_tree_init(&tree, root, job->area_fd, &job->limits, err);
	if (r < 0)
		return r;
	take_fd(root);
	if (manifest.identity)
		record_put(&facts, "identity", manifest.identity);
	r = import_layers(&tree, archive, &manifest, job->reports, err);
	return r < 0 ? r : unpack_finish(job, &tree, &facts, err);
}

int import_unpack(struct import_job *job, struct ncrun_error *err)
{
	_cleanup_(import_tree_done) struct import_tree tree = {.root_fd = -1, .parent_fd = -1};
	_cleanup_(document_freep) struct document *docker = NULL;
	_cleanup_text_ struct text facts = {0};
	_cleanup_close_ int root = -1;
	const struct import_stream_spec spec = {
		.fd = job->input,
		/* a directory was never packed */
		.max_ratio = job->directory ? UINT32_MAX : job->limits.max_ratio,
	};
	int r;

	r = root_open(job->area_fd, &root, err);
	if (r == 0)
		r = import_tree_init(&tree, root, job->area_fd, &job->limits, err);
	if (r < 0)
		return r;
	take_fd(root);
	r = import_archive(&tree, &spec, true, err);
	if (r < 0)
		return r;
	if (job->limits.entries == 0)
		return error_set(err, EINVAL, "the archive holds no files");
	oci_docker_detect(tree.root_fd, &docker);
	if (docker || oci_layout_detect(tree.root_fd))
		return unpack_layers(job, docker, err);
	if (job->limits.image_tag)
		return error_set(err, EINVAL, "no image '%s': the archive is a root file system",
				 import_show(job->limits.image_tag).text);
	record_put(&facts, "format", job->directory ? "directory" : "tar");
	return unpack_finish(job, &tree, &facts, err);
}
