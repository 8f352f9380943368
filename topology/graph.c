/* SPDX-License-Identifier: Apache-2.0 */

/* Pictures of networks: as text, or drawn by Graphviz. */

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/api.h"
#include "base/error.h"
#include "base/file.h"
#include "base/process.h"
#include "topology/picture.h"

#define DRAW_TIMEOUT_MS 120000
#define SVG_BYTES_MAX   (256u << 20)

/** A file that nobody else sees and that goes by itself; the child finds it by @ret_path. */
static int scratch_open(int *ret_fd, char ret_path[64], struct ncrun_error *err)
{
	_cleanup_close_ int fd = memfd_create("ncrun-graph", MFD_CLOEXEC);

	if (fd < 0)
		return error_errno(err, "memory for a picture");
	snprintf(ret_path, 64, "/proc/%d/fd/%d", (int)getpid(), fd);
	*ret_fd = take_fd(fd);
	return 0;
}

static int svg_run(const char *source, const char *target, struct ncrun_error *err)
{
	const char *const argv[] = {"dot", "-Tsvg", "-o", target, source, NULL};
	_cleanup_free_ char *complaint = NULL;
	int status, r;

	r = process_run(argv, DRAW_TIMEOUT_MS, &status, NULL, &complaint, err);
	if (r == -ENOENT)
		return error_set(err, ENOPKG,
				 "no program 'dot' on this machine: install Graphviz, or "
				 "use the formats dot, ascii or json");
	if (r < 0)
		return error_wrap(err, r, "draw with Graphviz");
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return 0;
	complaint[strcspn(complaint, "\n")] = '\0';
	return error_set(err, EIO, "Graphviz cannot draw it: %.200s", complaint);
}

static int svg_draw(const struct text *dot, char **ret, struct ncrun_error *err)
{
	_cleanup_close_ int in = -1, out = -1;
	char source[64], target[64];
	int r;

	r = scratch_open(&in, source, err);
	if (r == 0)
		r = scratch_open(&out, target, err);
	if (r == 0)
		r = file_write_all(in, dot->chars, dot->length, err);
	if (r == 0)
		r = svg_run(source, target, err);
	if (r < 0)
		return r;
	return file_read_at(AT_FDCWD, target, SVG_BYTES_MAX, ret, NULL, err);
}

static int draw(const struct picture *picture, enum ncrun_graph_format format, char **ret,
		struct ncrun_error *err)
{
	_cleanup_text_ struct text out = {0};

	switch (format) {
	case NCRUN_GRAPH_ASCII:
		picture_draw_ascii(picture, &out);
		break;
	case NCRUN_GRAPH_JSON:
		picture_draw_json(picture, &out);
		break;
	case NCRUN_GRAPH_DOT:
	case NCRUN_GRAPH_SVG:
		picture_draw_dot(picture, &out);
		break;
	}
	if (text_failed(&out))
		return error_set(err, ENOMEM, "no memory for a picture");
	if (format == NCRUN_GRAPH_SVG)
		return svg_draw(&out, ret, err);
	*ret = out.length > 0 ? text_take(&out) : strdup("");
	return *ret ? 0 : error_set(err, ENOMEM, "no memory for a picture");
}

NCRUN_API int ncrun_topology_graph(const struct ncrun_topology *topology,
				   struct ncrun_network *network, enum ncrun_graph_format format,
				   char **ret, struct ncrun_error *err)
{
	_cleanup_(ncrun_topology_unrefp) struct ncrun_topology *completed = NULL;
	_cleanup_(picture_freep) struct picture *picture = NULL;
	int r = topology_copy_completed(topology, &completed, err);

	if (r == 0)
		r = picture_new(completed, &picture, err);
	if (r == 0 && network)
		r = picture_look(picture, network, err);
	return r < 0 ? r : draw(picture, format, ret, err);
}
