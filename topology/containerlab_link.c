/* SPDX-License-Identifier: Apache-2.0 */

/* Links of a containerlab file: [NODE:INTERFACE, NODE:INTERFACE] and the longer form. */

#include <stdlib.h>
#include <string.h>

#include "topology/containerlab.h"

static const struct lab_key link_keys[] = {
	{"endpoints", true},
	{"mtu", true},
	{"ipv4", true},
	{"ipv6", true},
	{"type", true},
	{"endpoint", true},
	{"vars", false},
	{"labels", false},
	{"remote", false},
	{"vni", false},
	{"dst-port", false},
	{"src-port", false},
	{"mode", false},
	{"host-interface", false},
	{"parent-interface", false},
	{0},
};

static const struct lab_key end_keys[] = {
	{"node", true}, {"interface", true}, {"mac", true},     {"ipv4", true},
	{"ipv6", true}, {"vars", false},     {"labels", false}, {0},
};

/** Of the brief form: one of a list of two, as the ends are. */
static const struct element *list_item(const struct element *map, const char *key, size_t i)
{
	const struct element *list = element_get(map, key);

	return list && list->kind == ELEMENT_LIST && i < list->count ? &list->children[i] : NULL;
}

static void put_addresses(struct lab *lab, struct draft_value *end, const struct element *at,
			  const struct element *const addresses[2])
{
	const struct element list = {.kind = ELEMENT_LIST, .line = at->line, .column = at->column};
	struct draft_value *to = NULL;

	for (int i = 0; i < 2; i++) {
		_cleanup_free_ char *text = addresses[i] ? lab_text(lab, addresses[i], NULL) : NULL;

		if (!text || !*text)
			continue;
		if (!to)
			to = draft_add(end, "address", &list);
		lab_put_string(lab, to, NULL, addresses[i], text);
	}
}

/** A bridge's end has no name here: its port is in the fabric, and not on the machine. */
static struct draft_value *put_end(struct lab *lab, struct draft_value *ends,
				   const struct element *at, const char *node,
				   const char *interface)
{
	const struct element map = {.kind = ELEMENT_MAP, .line = at->line, .column = at->column};
	struct draft_value *end;

	if (text_equal(node, "host") || text_equal(node, "mgmt-net") ||
	    text_equal(node, "macvlan")) {
		lab_problem(lab, at,
			    "links to '%s' are not supported (an uplink is a key of a node: "
			    "see ncrun-topology(5))",
			    node);
		return NULL;
	}
	end = draft_add(ends, NULL, &map);
	lab_put_string(lab, end, "node", at, node);
	if (!lab_is_bridge(lab, node))
		lab_put_string(lab, end, "interface", at, interface);
	return end;
}

/** "NODE:INTERFACE" */
static void translate_brief(struct lab *lab, struct draft_value *ends, const struct element *at,
			    const struct element *link, size_t i)
{
	const struct element *const addresses[] = {list_item(link, "ipv4", i),
						   list_item(link, "ipv6", i)};
	_cleanup_free_ char *text = lab_text(lab, at, NULL);
	char *colon = text ? strchr(text, ':') : NULL;

	if (!text)
		return;
	if (!colon || colon == text || !colon[1]) {
		lab_problem(lab, at, "endpoint '%.80s': expected NODE:INTERFACE", text);
		return;
	}
	*colon = '\0';
	put_addresses(lab, put_end(lab, ends, at, text, colon + 1), at, addresses);
}

/** {node: NODE, interface: INTERFACE, ...} */
static void translate_long(struct lab *lab, struct draft_value *ends, const struct element *at)
{
	const struct element *node = element_get(at, "node");
	const struct element *interface = element_get(at, "interface");
	const struct element *mac = element_get(at, "mac");
	const struct element *const addresses[] = {element_get(at, "ipv4"),
						   element_get(at, "ipv6")};
	_cleanup_free_ char *node_text = NULL, *interface_text = NULL, *mac_text = NULL;
	struct draft_value *end;

	if (!lab_check_keys(lab, at, end_keys, "an endpoint"))
		return;
	if (!node || !interface) {
		lab_problem(lab, at, "an endpoint needs 'node' and 'interface'");
		return;
	}
	node_text = lab_text(lab, node, NULL);
	interface_text = lab_text(lab, interface, NULL);
	if (!node_text || !interface_text)
		return;
	end = put_end(lab, ends, at, node_text, interface_text);
	put_addresses(lab, end, at, addresses);
	mac_text = mac ? lab_text(lab, mac, NULL) : NULL;
	if (mac_text)
		lab_put_string(lab, end, "mac", mac, mac_text);
}

static void translate_ends(struct lab *lab, struct draft_value *to, const struct element *link)
{
	const struct element *list = element_get(link, "endpoints");

	if (!list || list->kind != ELEMENT_LIST || list->count != 2) {
		lab_problem(lab, list ? list : link, "a link needs 'endpoints', a list of two");
		return;
	}
	for (size_t i = 0; i < 2; i++) {
		if (list->children[i].kind == ELEMENT_MAP)
			translate_long(lab, to, &list->children[i]);
		else
			translate_brief(lab, to, &list->children[i], link, i);
	}
}

/** 9,500 bytes is what containerlab gives a link that does not say. */
static void put_mtu(struct lab *lab, struct draft_value *to, const struct element *link)
{
	const struct element *mtu = element_get(link, "mtu");
	const struct element usual = {.kind = ELEMENT_NUMBER,
				      .text = "9500",
				      .line = link->line,
				      .column = link->column};

	if (mtu)
		lab_put(lab, to, "mtu", mtu);
	else
		draft_add(to, "mtu", &usual);
}

void lab_translate_link(struct lab *lab, struct draft_value *links, const struct element *link)
{
	const struct element map = {.kind = ELEMENT_MAP,
				    .line = link->line,
				    .column = link->column};
	const struct element list = {.kind = ELEMENT_LIST,
				     .line = link->line,
				     .column = link->column};
	const struct element *type = element_get(link, "type"),
			     *end = element_get(link, "endpoint");
	struct draft_value *to, *ends;
	bool dummy = type && type->text && text_equal(type->text, "dummy");

	if (type && !dummy && (!type->text || !text_equal(type->text, "veth"))) {
		lab_problem(lab, type,
			    "links of type '%.40s' are not supported (only veth and dummy)",
			    type->text ? type->text : "?");
		return;
	}
	if (!lab_check_keys(lab, link, link_keys, "a link"))
		return;
	to = draft_add(links, NULL, &map);
	ends = draft_add(to, "ends", &list);
	if (!dummy) {
		translate_ends(lab, ends, link);
	} else if (!end || end->kind != ELEMENT_MAP) {
		lab_problem(lab, end ? end : link, "a dummy link needs 'endpoint', a map");
	} else {
		lab_put_string(lab, to, "kind", type, "dummy");
		translate_long(lab, ends, end);
	}
	put_mtu(lab, to, link);
}
