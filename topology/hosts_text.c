/* SPDX-License-Identifier: Apache-2.0 */

#include "topology/hosts_text.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "topology/segment.h"

/** No comment, no second word, and nobody else's name. */
static bool name_is_free(const struct hosts_writer *writer, const char *name)
{
	static const char allowed[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-";

	return name[0] && name[strspn(name, allowed)] == '\0' &&
	       !topology_node(writer->topology, name);
}

/** "a", its host name if that differs, "a-eth0", and the end of the line. */
static void write_names(const struct hosts_writer *writer, const struct node *node,
			const char *interface, struct text *out)
{
	char name[2 * NETNS_ALTNAME_MAX];

	text_append(out, node->name);
	if (node->hostname && name_is_free(writer, node->hostname)) {
		text_append_char(out, ' ');
		text_append(out, node->hostname);
	}
	snprintf(name, sizeof(name), "%s-%s", node->name, interface);
	if (name_is_free(writer, name)) {
		text_append_char(out, ' ');
		text_append(out, name);
	}
	text_append_char(out, '\n');
}

/** All addresses of an attachment, as lines. */
static int writer_prepare(struct hosts_writer *writer, int family, size_t number)
{
	const struct layer3 *layer3 = &writer->layer3[family];
	const struct attachment *at = &layer3->attachments[number];
	const struct netns_prefix *subnet = &layer3->subnets[at->subnet].prefix;
	const struct node *node = writer->topology->nodes[at->node];
	const struct interface *interface = at->interface;
	const struct address *addresses = interface ? interface->addresses : node->loopback;
	size_t count = interface ? interface->address_count : node->loopback_count;
	_cleanup_text_ struct text text = {0};

	for (size_t i = 0; i < count; i++) {
		const struct netns_prefix *prefix = &addresses[i].prefix;
		char ip[NETNS_IP_TEXT_MAX];

		if (prefix->length != subnet->length || !netns_prefix_contains(subnet, &prefix->ip))
			continue;
		text_append(&text, netns_ip_print(&prefix->ip, ip));
		text_append_char(&text, ' ');
		write_names(writer, node, interface ? interface->name : "lo", &text);
	}
	writer->lines[family][number] = text_take(&text);
	return writer->lines[family][number] ? 0 : -ENOMEM;
}

int hosts_writer_init(struct hosts_writer *writer, const struct ncrun_topology *topology,
		      const struct segments *segments)
{
	int r = 0;

	*writer = (struct hosts_writer){.topology = topology};
	for (int i = 0; r == 0 && i < 2; i++) {
		struct layer3 *layer3 = &writer->layer3[i];

		r = layer3_find(topology, segments, i == 0 ? AF_INET : AF_INET6, layer3);
		if (r == 0)
			r = walk_init(&writer->walks[i], topology, layer3);
		writer->near[i] = calloc(layer3->subnet_count + 1, sizeof(*writer->near[i]));
		writer->lines[i] = calloc(layer3->attachment_count + 1, sizeof(char *));
		if (!writer->near[i] || !writer->lines[i])
			r = -ENOMEM;
		for (size_t k = 0; r == 0 && k < layer3->attachment_count; k++)
			r = writer_prepare(writer, i, k);
	}
	return r;
}

void hosts_writer_done(struct hosts_writer *writer)
{
	for (int i = 0; i < 2; i++) {
		for (size_t k = 0; writer->lines[i] && k < writer->layer3[i].attachment_count; k++)
			free(writer->lines[i][k]);
		free(writer->lines[i]);
		walk_done(&writer->walks[i]);
		layer3_done(&writer->layer3[i]);
		free(writer->near[i]);
	}
}

void hosts_write_extra(const struct hosts_writer *writer, const struct node *node, struct text *out)
{
	size_t counts[2];

	for (size_t i = 0; i < 2; i++)
		layer3_of_node(&writer->layer3[i], node->mark, &counts[i]);
	if (counts[0] + counts[1] == 0) {
		text_append(out, "127.0.1.1 ");
		write_names(writer, node, "lo", out);
	}
	for (size_t i = 0; i < node->host_entry_count; i++) {
		const struct host_entry *entry = &node->host_entries[i];
		char ip[NETNS_IP_TEXT_MAX];

		text_append(out, netns_ip_print(&entry->ip, ip));
		for (char **name = entry->names; name && *name; name++)
			text_printf(out, " %s", *name);
		text_append_char(out, '\n');
	}
}

/** How @viewer sees everybody: what it reaches and what it is in. */
static void writer_look(struct hosts_writer *writer, uint32_t viewer)
{
	writer->number++;
	for (size_t i = 0; i < 2; i++) {
		size_t count;
		const struct attachment *const *own =
			layer3_of_node(&writer->layer3[i], viewer, &count);

		walk_from(&writer->walks[i], viewer);
		for (size_t k = 0; k < count; k++)
			writer->near[i][own[k]->subnet] = writer->number;
	}
}

/** Addresses of a node that are near, or that are not. */
static void write_node(const struct hosts_writer *writer, uint32_t node, bool near, bool all,
		       struct text *out)
{
	for (size_t i = 0; i < 2; i++) {
		const struct layer3 *layer3 = &writer->layer3[i];
		size_t count;
		const struct attachment *const *own = layer3_of_node(layer3, node, &count);

		for (size_t k = 0; k < count; k++) {
			uint32_t subnet = own[k]->subnet;

			if ((writer->near[i][subnet] == writer->number) == near &&
			    (all || walk_reached(&writer->walks[i], subnet)))
				text_append(out, writer->lines[i][own[k] - layer3->attachments]);
		}
	}
}

void hosts_write(struct hosts_writer *writer, uint32_t viewer, bool near_first, bool all,
		 struct text *out)
{
	writer_look(writer, viewer);
	if (!near_first)
		writer->number++; /* nothing is near then */
	text_append(out, "127.0.0.1 localhost\n::1 localhost ip6-localhost ip6-loopback\n");
	for (uint32_t i = 0; i < writer->topology->node_count; i++) {
		if (near_first)
			write_node(writer, i, true, all, out);
		write_node(writer, i, false, all, out);
	}
}
