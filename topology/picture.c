/* SPDX-License-Identifier: Apache-2.0 */

#include "topology/picture.h"

#include <errno.h>
#include <stdlib.h>

#include "base/error.h"
#include "topology/key.h"
#include "topology/writer.h"

struct picture *picture_free(struct picture *picture)
{
	if (!picture)
		return NULL;
	for (size_t i = 0; i < picture->link_count; i++)
		for (int end = 0; end < 2; end++) {
			free(picture->links[i].ends[end].addresses);
			free(picture->links[i].ends[end].impairment);
		}
	free(picture->links);
	free(picture->nodes);
	free(picture);
	return NULL;
}

static char *addresses_text(const struct interface *interface)
{
	_cleanup_text_ struct text out = {0};
	char buffer[NETNS_PREFIX_TEXT_MAX];

	for (size_t i = 0; i < interface->address_count; i++)
		text_printf(&out, "%s%s", i > 0 ? " " : "",
			    netns_prefix_print(&interface->addresses[i].prefix, buffer));
	return out.length > 0 ? text_take(&out) : calloc(1, 1);
}

/** Those keys of an interface that are of its impairment, as in a file but without braces. */
static char *impairment_text(const struct interface *interface)
{
	_cleanup_text_ struct text out = {0};
	struct writer writer = {.text = &out, .style = TOPOLOGY_STYLE_YAML};
	struct key key;

	for (size_t i = 0; key_at(&interface_keys, i, &key); i++)
		if (key.offset >= offsetof(struct interface, out) && key.value)
			key_write(&writer, &key, interface);
	return out.length > 0 ? text_take(&out) : calloc(1, 1);
}

static bool end_fill(struct picture_end *end, const struct interface *interface)
{
	end->node = interface->node->mark;
	end->interface = interface;
	end->down = interface->down;
	end->addresses = addresses_text(interface);
	end->impairment = impairment_text(interface);
	return end->addresses && end->impairment;
}

int picture_new(struct ncrun_topology *topology, struct picture **ret, struct ncrun_error *err)
{
	_cleanup_(picture_freep) struct picture *picture = calloc(1, sizeof(*picture));
	bool good = picture;

	if (good) {
		picture->name = topology->name ? topology->name : "";
		picture->nodes = calloc(topology->node_count + 1, sizeof(*picture->nodes));
		picture->links = calloc(topology->link_count + 1, sizeof(*picture->links));
		good = picture->nodes && picture->links;
	}
	for (size_t i = 0; good && i < topology->node_count; i++) {
		topology->nodes[i]->mark = (uint32_t)i;
		picture->nodes[picture->node_count++].node = topology->nodes[i];
	}
	for (size_t i = 0; good && i < topology->link_count; i++) {
		const struct link *link = topology->links[i];
		struct picture_link *drawn = &picture->links[picture->link_count++];

		for (int end = 0; good && end < 2 && link->ends[end].node; end++) {
			drawn->end_count++;
			good = end_fill(&drawn->ends[end], &link->ends[end]);
		}
	}
	if (!good)
		return error_set(err, ENOMEM, "no memory for a picture");
	*ret = take_ptr(picture);
	return 0;
}
