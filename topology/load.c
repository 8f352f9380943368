/* SPDX-License-Identifier: Apache-2.0 */

/* Topologies from files and to text, as calls. */

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/api.h"
#include "base/document.h"
#include "base/error.h"
#include "topology/dot.h"
#include "topology/foreign.h"
#include "topology/model.h"

static int format_find(enum ncrun_topology_format format, enum topology_format *ret,
		       struct ncrun_error *err)
{
	switch (format) {
	case NCRUN_TOPOLOGY_GUESS:
		*ret = TOPOLOGY_FORMAT_GUESS;
		return 0;
	case NCRUN_TOPOLOGY_YAML:
	case NCRUN_TOPOLOGY_JSON:
		*ret = TOPOLOGY_FORMAT_OURS;
		return 0;
	case NCRUN_TOPOLOGY_DOT:
		*ret = TOPOLOGY_FORMAT_DOT;
		return 0;
	case NCRUN_TOPOLOGY_CONTAINERLAB:
		*ret = TOPOLOGY_FORMAT_CONTAINERLAB;
		return 0;
	}
	return error_set(err, EINVAL, "topology format %d: there is none such", (int)format);
}

NCRUN_API int ncrun_topology_parse(const struct ncrun_topology_text *text,
				   ncrun_problem_function *tell, void *data,
				   struct ncrun_topology **ret, struct ncrun_error *err)
{
	_cleanup_(ncrun_topology_unrefp) struct ncrun_topology *topology = NULL;
	_cleanup_problems_ struct problems problems = {0};
	enum topology_format which = TOPOLOGY_FORMAT_GUESS;
	int r;

	r = format_find(text->format, &which, err);
	if (r == 0)
		r = topology_read(&(struct topology_text){text->source, text->text, text->length,
							  which},
				  &topology, &problems, err);
	if (r < 0)
		return r;
	topology_check(topology, &problems);
	r = problems_tell(&problems, text->source, tell, data, err);
	if (r < 0)
		return r;
	*ret = take_ptr(topology);
	return 0;
}

/** Of a file of any kind: `ncrun up <(generate)` reads a pipe. */
static int file_read_all(int fd, const char *source, struct text *ret, struct ncrun_error *err)
{
	char buffer[65536];
	ssize_t count;
	struct stat st;

	/* a text that grows is there twice at times */
	if (fstat(fd, &st) == 0 && st.st_size > 0 && st.st_size <= TOPOLOGY_FILE_MIB << 20)
		text_reserve(ret, (size_t)st.st_size);
	for (;;) {
		count = read(fd, buffer, sizeof(buffer));
		if (count < 0 && errno == EINTR)
			continue;
		if (count <= 0)
			break;
		text_append_bytes(ret, buffer, (size_t)count);
		if (ret->length > TOPOLOGY_FILE_MIB << 20)
			return error_set(err, EFBIG, "%s: larger than %d MiB", source,
					 TOPOLOGY_FILE_MIB);
	}
	if (count < 0)
		return error_errno(err, "read '%s'", source);
	if (text_failed(ret))
		return error_set(err, ENOMEM, "%s: no memory", source);
	return 0;
}

NCRUN_API int ncrun_topology_load(const char *path, enum ncrun_topology_format format,
				  ncrun_problem_function *tell, void *data,
				  struct ncrun_topology **ret, struct ncrun_error *err)
{
	bool standard = text_equal(path, "-");
	const char *source = standard ? "standard input" : path;
	_cleanup_close_ int opened = -1;
	_cleanup_text_ struct text text = {0};
	int r;

	if (!standard) {
		opened = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
		if (opened < 0)
			return error_errno(err, "open '%s'", path);
	}
	r = file_read_all(standard ? STDIN_FILENO : opened, source, &text, err);
	if (r < 0)
		return r;
	return ncrun_topology_parse(&(struct ncrun_topology_text){source, text_string(&text),
								  text.length, format},
				    tell, data, ret, err);
}

NCRUN_API int ncrun_topology_check(const struct ncrun_topology *topology,
				   ncrun_problem_function *tell, void *data,
				   struct ncrun_error *err)
{
	_cleanup_problems_ struct problems problems = {0};

	topology_check(topology, &problems);
	return problems_tell(&problems, topology->source, tell, data, err);
}

/* ---- text ---------------------------------------------------------------------------- */

/** What was assigned is as if the file had said it. */
static void assigned_forget(struct ncrun_topology *topology)
{
	for (size_t i = 0; i < topology->link_count; i++)
		for (int end = 0; end < 2; end++) {
			struct interface *interface = &topology->links[i]->ends[end];

			interface->name_assigned = interface->mac_assigned = false;
			for (size_t n = 0; n < interface->address_count; n++)
				interface->addresses[n].assigned = false;
		}
	for (size_t i = 0; i < topology->node_count; i++)
		for (size_t n = 0; n < topology->nodes[i]->route_count; n++)
			topology->nodes[i]->routes[n].assigned = false;
}

int topology_copy_completed(const struct ncrun_topology *topology, struct ncrun_topology **ret,
			    struct ncrun_error *err)
{
	_cleanup_(ncrun_topology_unrefp) struct ncrun_topology *copy = NULL;
	_cleanup_problems_ struct problems problems = {0};
	int r = topology_copy(topology, &copy, err);

	if (r < 0)
		return r;
	topology_check(copy, &problems);
	if (problems.count == 0)
		r = topology_complete(copy, &problems, err);
	if (r == 0)
		r = problems_tell(&problems, topology->source, NULL, NULL, err);
	if (r < 0)
		return r;
	*ret = take_ptr(copy);
	return 0;
}

/* ---- writing what may be read again ---------------------------------------------------- */

/** struct measure - of a text that was just written */
struct measure {
	size_t bytes, elements, attributes, quoted;
};

/** Each value stands behind a bracket, a comma or the beginning of a line. */
static struct measure text_measure(const struct text *text)
{
	struct measure measure = {.bytes = text->length};
	bool quoted = false;
	size_t begin = 0;

	for (size_t i = 0; i < text->length; i++) {
		char c = text->chars[i], next = text->chars[i + 1];

		if (c == '"') {
			if (quoted && i + 1 - begin > measure.quoted)
				measure.quoted = i + 1 - begin;
			quoted = !quoted;
			begin = i;
		} else if (quoted && c == '\\') {
			i++;
		} else if (!quoted && (c == '\n' || (strchr(",[{", c) && !strchr("\n]}", next)))) {
			measure.elements++;
		} else if (!quoted && c == '=') {
			measure.attributes++;
		}
	}
	return measure;
}

static int text_check(const struct text *text, bool dot, struct ncrun_error *err)
{
	const struct measure is = text_measure(text);
	const struct measure most = {
		.bytes = dot ? DOT_BYTES_MAX : TOPOLOGY_FILE_MIB << 20,
		.elements = dot ? SIZE_MAX : TOPOLOGY_FILE_ELEMENTS,
		.attributes = dot ? DOT_ATTRIBUTES_MAX : SIZE_MAX,
		.quoted = dot ? SIZE_MAX : DOCUMENT_QUOTED_MIB << 20,
	};

	if (is.bytes > most.bytes)
		return error_set(err, EFBIG,
				 "topology: its text is larger than %zu MiB, which no file may be",
				 most.bytes >> 20);
	if (is.elements > most.elements || is.attributes > most.attributes)
		return error_set(err, E2BIG,
				 "topology: its text has more than %zu %s, which no file may have",
				 dot ? most.attributes : most.elements,
				 dot ? "attributes" : "elements");
	if (is.quoted > most.quoted)
		return error_set(
			err, E2BIG,
			"topology: its text has a quoted text of more than %zu MiB, which no "
			"file may have",
			most.quoted >> 20);
	return 0;
}

static int dot_write(const struct ncrun_topology *topology, struct text *out,
		     struct ncrun_error *err)
{
	_cleanup_text_ struct text json = {0};
	int r = topology_write(topology, TOPOLOGY_STYLE_JSON, &json, err);

	if (r < 0)
		return r;
	return topology_write_dot(topology->source, text_string(&json), json.length, out, err);
}

NCRUN_API int ncrun_topology_write(const struct ncrun_topology *topology,
				   enum ncrun_topology_format format, bool completed, char **ret,
				   struct ncrun_error *err)
{
	_cleanup_(ncrun_topology_unrefp) struct ncrun_topology *copy = NULL;
	_cleanup_text_ struct text out = {0};
	int r = 0;

	if (completed)
		r = topology_copy_completed(topology, &copy, err);
	if (r < 0)
		return r;
	if (copy) {
		assigned_forget(copy);
		topology = copy;
	}
	switch (format) {
	case NCRUN_TOPOLOGY_GUESS:
	case NCRUN_TOPOLOGY_YAML:
		r = topology_write(topology, TOPOLOGY_STYLE_YAML, &out, err);
		break;
	case NCRUN_TOPOLOGY_JSON:
		r = topology_write(topology, TOPOLOGY_STYLE_JSON, &out, err);
		break;
	case NCRUN_TOPOLOGY_DOT:
		r = dot_write(topology, &out, err);
		break;
	case NCRUN_TOPOLOGY_CONTAINERLAB:
		return error_set(err, EINVAL,
				 "topologies are not written in containerlab's format");
	}
	if (r == 0 && !text_failed(&out))
		r = text_check(&out, format == NCRUN_TOPOLOGY_DOT, err);
	if (r < 0)
		return r;
	*ret = text_take(&out);
	return *ret ? 0 : error_set(err, ENOMEM, "no memory for the text of a topology");
}
