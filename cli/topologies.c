/* SPDX-License-Identifier: Apache-2.0 */

#include "cli/topologies.h"

#include <errno.h>
#include <json-c/json_tokener.h>
#include <stdio.h>
#include <unistd.h>

#include "base/error.h"
#include "cli/json.h"
#include "cli/output.h"

const char *const topology_formats[] = {"yaml", "json", "dot", NULL};

int subject_open(const struct cli *cli, const char *name, struct subject *ret,
		 struct ncrun_error *err)
{
	bool file = text_equal(name, "-") || access(name, F_OK) == 0;
	int r = ncrun_network_open(&cli->context, name, &ret->network, err);

	/* what cannot be the name of a network may be that of a file */
	if (r == 0 || (r != -ENOENT && r != -EINVAL))
		return r;
	if (file)
		return topology_open(cli, name, &ret->topology, err);
	return error_set(err, ENOENT, "no network and no file '%s'", name);
}

const struct ncrun_topology *subject_topology(const struct subject *subject)
{
	return subject->network ? ncrun_network_topology(subject->network) : subject->topology;
}

void subject_done(struct subject *subject)
{
	ncrun_network_unref(subject->network);
	ncrun_topology_unref(subject->topology);
}

int json_reprint(const char *json, struct ncrun_error *err)
{
	_cleanup_json_ struct json_object *object = json_tokener_parse(json);

	if (!object)
		return error_set(err, ENOMEM, "no memory for JSON");
	json_show(object);
	return 0;
}

int topology_print(const struct ncrun_topology *topology, unsigned int format, bool completed,
		   struct ncrun_error *err)
{
	static const enum ncrun_topology_format formats[] = {NCRUN_TOPOLOGY_YAML,
							     NCRUN_TOPOLOGY_JSON,
							     NCRUN_TOPOLOGY_DOT};
	_cleanup_free_ char *text = NULL;
	int r = ncrun_topology_write(topology, formats[format], completed, &text, err);

	if (r < 0)
		return r;
	if (formats[format] == NCRUN_TOPOLOGY_JSON)
		return json_reprint(text, err);
	fputs(text, stdout);
	return 0;
}
