/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Nodes are put into classes without writing their texts. What a node reaches follows from the
 * routers next to it, so that is found out once for all nodes with the same; and the order of
 * addresses from the subnets that it is in.
 */

#include "topology/hosts.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "topology/hosts_text.h"
#include "topology/segment.h"

/* Bytes of all texts together, roughly. */
#define NEAR_FIRST_MAX (16u << 20)
#define EXACT_MAX      (32u << 20)
#define LINE_BYTES     32u

/** struct list - numbers of nodes and subnets, by which nodes are compared */
struct list {
	uint32_t *items; /* owned */
	size_t count;
};

/**
 * struct viewer - a node and what it knows
 * @beside:	routers next to it, and subnets without one
 * @own:	subnets that it is in
 * @sight:	of everything that it reaches, as a sum that only the same has
 * @lines:	how many addresses that is
 */
struct viewer {
	uint32_t node;
	struct list beside, own;
	char *extra; /* owned */
	uint64_t sight[2];
	size_t lines;
};

/** How exact the texts are. */
enum detail {
	DETAIL_NEAR_FIRST,
	DETAIL_EXACT,
	DETAIL_ALL, /* with who is not reached */
};

struct census {
	struct hosts_writer writer; /* owned */
	struct viewer *viewers;     /* owned */
	size_t count;
	enum detail detail;
};

static void census_done(struct census *census)
{
	for (size_t i = 0; i < census->count; i++) {
		free(census->viewers[i].beside.items);
		free(census->viewers[i].own.items);
		free(census->viewers[i].extra);
	}
	free(census->viewers);
	hosts_writer_done(&census->writer);
}
#define _cleanup_census_ _cleanup_(census_done)

/* ---- lists -------------------------------------------------------------------------------- */

static int list_add(struct list *list, uint32_t item)
{
	if (array_grow((void **)&list->items, list->count, sizeof(*list->items)) < 0)
		return -ENOMEM;
	list->items[list->count++] = item;
	return 0;
}

static int list_compare(const struct list *a, const struct list *b)
{
	if (a->count != b->count)
		return a->count < b->count ? -1 : 1;
	return a->count ? memcmp(a->items, b->items, a->count * sizeof(*a->items)) : 0;
}

static int item_compare(const void *a, const void *b)
{
	const uint32_t *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

/** Sort what was added since @from, each once. */
static void list_unite(struct list *list, size_t from)
{
	size_t kept = from;

	if (list->count <= from + 1)
		return;
	qsort(list->items + from, list->count - from, sizeof(*list->items), item_compare);
	for (size_t i = from + 1; i < list->count; i++)
		if (list->items[i] != list->items[kept])
			list->items[++kept] = list->items[i];
	list->count = kept + 1;
}

/* ---- what is next to a node ------------------------------------------------------------------ */

#define SUBNET_ITEM 0x80000000u /* so that a subnet is no node */

/** Of one family; the lists of both follow each other, parted by an item that nothing has. */
static int viewer_survey(struct viewer *viewer, const struct layer3 *layer3)
{
	size_t count, from = viewer->beside.count, own_from = viewer->own.count;
	const struct attachment *const *own = layer3_of_node(layer3, viewer->node, &count);
	int r = 0;

	for (size_t i = 0; r == 0 && i < count; i++) {
		const struct subnet *subnet = &layer3->subnets[own[i]->subnet];
		bool router = false;

		r = list_add(&viewer->own, own[i]->subnet);
		for (size_t k = 0; r == 0 && k < subnet->forwarding; k++)
			if (subnet->attachments[k].node != viewer->node) {
				router = true;
				r = list_add(&viewer->beside, subnet->attachments[k].node);
			}
		if (r == 0 && !router)
			r = list_add(&viewer->beside, SUBNET_ITEM | own[i]->subnet);
	}
	list_unite(&viewer->beside, from);
	list_unite(&viewer->own, own_from);
	if (r == 0)
		r = list_add(&viewer->beside, UINT32_MAX);
	return r < 0 ? r : list_add(&viewer->own, UINT32_MAX);
}

static int census_take(struct census *census, const struct ncrun_topology *topology)
{
	int r = 0;

	census->viewers = calloc(topology->node_count + 1, sizeof(*census->viewers));
	if (!census->viewers)
		return -ENOMEM;
	for (uint32_t i = 0; r == 0 && i < topology->node_count; i++) {
		_cleanup_text_ struct text extra = {0};
		struct viewer *viewer;

		if (node_is_switch(topology->nodes[i]))
			continue;
		viewer = &census->viewers[census->count++];
		viewer->node = i;
		text_append(&extra, "");
		hosts_write_extra(&census->writer, topology->nodes[i], &extra);
		viewer->extra = text_take(&extra);
		if (!viewer->extra)
			return -ENOMEM;
		for (size_t f = 0; r == 0 && f < 2; f++)
			r = viewer_survey(viewer, &census->writer.layer3[f]);
	}
	return r;
}

/* ---- what is reached --------------------------------------------------------------------- */

/** Spread the bits (the finalizer of SplitMix64). */
static uint64_t mixed(uint64_t value)
{
	value = (value ^ value >> 30) * 0xbf58476d1ce4e5b9u;
	value = (value ^ value >> 27) * 0x94d049bb133111ebu;
	return value ^ value >> 31;
}

static void viewer_look(struct viewer *viewer, struct hosts_writer *writer)
{
	for (size_t f = 0; f < 2; f++) {
		const struct layer3 *layer3 = &writer->layer3[f];
		struct walk *walk = &writer->walks[f];

		walk_from(walk, viewer->node);
		for (size_t i = 0; i < walk->reached_count; i++) {
			uint64_t number = 2 * (uint64_t)walk->reached[i].subnet + f + 1;

			viewer->sight[0] += mixed(number);
			viewer->sight[1] += mixed(~number);
			viewer->lines += layer3->subnets[walk->reached[i].subnet].attachment_count;
		}
	}
}

static int beside_compare(const void *a, const void *b)
{
	const struct viewer *x = a, *y = b;

	return list_compare(&x->beside, &y->beside);
}

/** Who has the same routers next to it reaches the same. */
static void census_look(struct census *census)
{
	struct viewer *viewers = census->viewers;

	qsort(viewers, census->count, sizeof(*viewers), beside_compare);
	for (size_t i = 0; i < census->count; i++) {
		if (i == 0 || beside_compare(&viewers[i - 1], &viewers[i]) != 0) {
			viewer_look(&viewers[i], &census->writer);
			continue;
		}
		memcpy(viewers[i].sight, viewers[i - 1].sight, sizeof(viewers[i].sight));
		viewers[i].lines = viewers[i - 1].lines;
	}
}

/* ---- classes ----------------------------------------------------------------------------- */

/** 0 if both have the same text. */
static int class_compare(const struct viewer *a, const struct viewer *b, enum detail detail)
{
	if (detail != DETAIL_ALL && a->sight[0] != b->sight[0])
		return a->sight[0] < b->sight[0] ? -1 : 1;
	if (detail != DETAIL_ALL && a->sight[1] != b->sight[1])
		return a->sight[1] < b->sight[1] ? -1 : 1;
	if (detail == DETAIL_NEAR_FIRST && list_compare(&a->own, &b->own) != 0)
		return list_compare(&a->own, &b->own);
	return strcmp(a->extra, b->extra);
}

static int viewer_compare(const void *a, const void *b, void *data)
{
	const struct viewer *x = a, *y = b;
	int classes = class_compare(x, y, *(const enum detail *)data);

	if (classes != 0)
		return classes;
	return x->node < y->node ? -1 : x->node > y->node;
}

/** Is it the first of its class, once they are sorted? */
static bool census_begins_class(const struct census *census, size_t at)
{
	return at == 0 ||
	       class_compare(&census->viewers[at - 1], &census->viewers[at], census->detail) != 0;
}

/** Bring who has the same text together; about how long all texts are. */
static size_t census_sort(struct census *census, enum detail detail)
{
	size_t lines = 0;

	census->detail = detail;
	qsort_r(census->viewers, census->count, sizeof(*census->viewers), viewer_compare, &detail);
	for (size_t i = 0; i < census->count; i++)
		if (census_begins_class(census, i))
			lines += census->viewers[i].lines;
	return lines * LINE_BYTES;
}

static int hosts_add(struct hosts *hosts, struct census *census, const struct viewer *viewer)
{
	_cleanup_text_ struct text text = {0};

	hosts_write(&census->writer, viewer->node, census->detail == DETAIL_NEAR_FIRST,
		    census->detail == DETAIL_ALL, &text);
	text_append(&text, viewer->extra);
	if (array_grow((void **)&hosts->texts, hosts->count, sizeof(*hosts->texts)) < 0)
		return -ENOMEM;
	hosts->texts[hosts->count] = text_take(&text);
	if (!hosts->texts[hosts->count])
		return -ENOMEM;
	hosts->count++;
	return 0;
}

/** Number the classes by their first nodes, and write the text of each. */
static int hosts_write_all(struct hosts *hosts, struct census *census, size_t node_count)
{
	_cleanup_free_ size_t *first = calloc(node_count + 1, sizeof(*first));
	int r = first ? 0 : -ENOMEM;

	/* of each node the first viewer of its class, counted from 1 */
	for (size_t i = 0, begin = 0; r == 0 && i < census->count; i++) {
		if (census_begins_class(census, i))
			begin = i;
		first[census->viewers[i].node] = begin + 1;
	}
	for (size_t i = 0; r == 0 && i < node_count; i++) {
		const struct viewer *viewer;

		hosts->of_node[i] = HOSTS_NONE;
		if (first[i] == 0)
			continue;
		viewer = &census->viewers[first[i] - 1];
		if (viewer->node == i) {
			hosts->of_node[i] = (uint32_t)hosts->count;
			r = hosts_add(hosts, census, viewer);
		} else {
			hosts->of_node[i] = hosts->of_node[viewer->node];
		}
	}
	return r;
}

int hosts_find(const struct ncrun_topology *topology, struct hosts *ret, struct ncrun_error *err)
{
	_cleanup_segments_ struct segments segments = {0};
	_cleanup_census_ struct census census = {0};
	_cleanup_hosts_ struct hosts hosts = {0};
	int r = segments_find(topology, &segments, err);

	if (r < 0)
		return r;
	r = hosts_writer_init(&census.writer, topology, &segments);
	if (r == 0)
		r = census_take(&census, topology);
	hosts.of_node = calloc(topology->node_count + 1, sizeof(*hosts.of_node));
	if (r < 0 || !hosts.of_node)
		return error_set(err, ENOMEM, "no memory for hosts files");
	census_look(&census);
	if (census_sort(&census, DETAIL_NEAR_FIRST) > NEAR_FIRST_MAX &&
	    census_sort(&census, DETAIL_EXACT) > EXACT_MAX)
		census_sort(&census, DETAIL_ALL);
	if (hosts_write_all(&hosts, &census, topology->node_count) < 0)
		return error_set(err, ENOMEM, "no memory for hosts files");
	*ret = hosts;
	hosts = (struct hosts){0};
	return 0;
}

void hosts_done(struct hosts *hosts)
{
	for (size_t i = 0; i < hosts->count; i++)
		free(hosts->texts[i]);
	free(hosts->texts);
	free(hosts->of_node);
	*hosts = (struct hosts){0};
}
