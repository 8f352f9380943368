/* SPDX-License-Identifier: Apache-2.0 */

/* The nodes of a topology, told to those who see no struct of ours. */

#include <errno.h>
#include <stdlib.h>

#include "base/api.h"
#include "base/error.h"
#include "topology/writer.h"

NCRUN_API int ncrun_topology_nodes(const struct ncrun_topology *topology,
				   struct ncrun_topology_node **ret, size_t *ret_count,
				   struct ncrun_error *err)
{
	struct ncrun_topology_node *list = calloc(topology->node_count + 1, sizeof(*list));

	if (!list)
		return error_errno(err, "make room for a list of nodes");
	for (size_t i = 0; i < topology->node_count; i++) {
		const struct node *node = topology->nodes[i];

		list[i] = (struct ncrun_topology_node){
			.name = node->name,
			.kind = node_kind_name(node->kind),
			.joined = node_joined(node),
		};
	}
	*ret = list;
	*ret_count = topology->node_count;
	return 0;
}

NCRUN_API int ncrun_topology_node_options(const struct ncrun_topology *topology, const char *name,
					  char **ret, struct ncrun_error *err)
{
	const struct node *node = topology_node(topology, name);
	_cleanup_text_ struct text out = {0};
	struct writer writer = {.text = &out, .style = TOPOLOGY_STYLE_JSON};

	if (!node)
		return error_set(err, ENOENT, "no node '%s'", name);
	writer_open(&writer, '{');
	keys_write(&writer, &node_keys, node, 1u << node->kind);
	writer_close(&writer, '}');
	if (text_failed(&out))
		return error_set(err, ENOMEM, "no memory for the options of a node");
	*ret = text_take(&out);
	return 0;
}
