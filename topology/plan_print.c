/* SPDX-License-Identifier: Apache-2.0 */

/* The steps of a plan in words. */

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "topology/plan.h"

const char *plan_step_kind(const struct plan_step *step)
{
	static const char *const kinds[] = {
		[PLAN_NETWORK] = "network", [PLAN_SWITCH] = "switch", [PLAN_NODE] = "node",
		[PLAN_LINK] = "link",       [PLAN_ROUTES] = "routes", [PLAN_FILTERS] = "filter",
		[PLAN_UPLINK] = "uplink",   [PLAN_PORTS] = "ports",   [PLAN_NAMES] = "names",
		[PLAN_COMMAND] = "command",
	};

	return kinds[step->kind];
}

static const struct node *node_of(const struct plan_step *step)
{
	return step->after ? step->after : step->before;
}

static const struct link *link_of(const struct plan_step *step)
{
	return step->link_after ? step->link_after : step->link_before;
}

struct place plan_step_place(const struct plan_step *step)
{
	if (link_of(step))
		return link_of(step)->place;
	return node_of(step) ? node_of(step)->place : (struct place){0};
}

static void item(struct text *out, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

static void item(struct text *out, const char *fmt, ...)
{
	char words[512];
	va_list args;

	va_start(args, fmt);
	vsnprintf(words, sizeof(words), fmt, args);
	va_end(args);
	if (out->length > 0)
		text_append(out, ", ");
	text_append_escaped(out, words, strlen(words));
}

static void put_words(struct text *out, char *const *argv)
{
	for (; argv && *argv; argv++) {
		if (out->length > 0)
			text_append_char(out, ' ');
		text_append_escaped(out, *argv, strlen(*argv));
	}
}

/* ---- nodes ---------------------------------------------------------------------------------- */

static void node_detail(const struct node *node, struct text *out)
{
	if (node_is_switch(node)) {
		if (node->bridge.stp)
			item(out, "stp");
		if (node->bridge.vlan_filtering)
			item(out, "VLANs");
		if (node->bridge.no_ageing)
			item(out, "hub");
		return;
	}
	item(out, "%s", node_kind_name(node->kind));
	item(out, "rootfs %s", node->rootfs ? node->rootfs : "host");
	for (size_t i = 0; i < node->service_count; i++)
		item(out, "runs %s", node->services[i].name ? node->services[i].name : "a service");
	if (node->privileged)
		item(out, "privileged");
}

static void limits_detail(const struct node *before, const struct node *after, struct text *out)
{
	size_t count = 0;
	const struct ncrun_limit *list = ncrun_limit_list(&count);
	char was[256], value[256];

	for (size_t i = 0; i < count; i++)
		for (size_t n = 0;
		     ncrun_limits_print(&after->limits, list[i].name, n, value, sizeof(value)) > 0;
		     n++)
			if (ncrun_limits_print(&before->limits, list[i].name, n, was,
					       sizeof(was)) <= 0 ||
			    !text_equal(was, value))
				item(out, "%s %s", list[i].name, value);
}

static void routes_detail(const struct node *node, struct text *out)
{
	char buffer[NETNS_PREFIX_TEXT_MAX];

	for (size_t i = 0; i < node->loopback_count; i++)
		item(out, "lo %s", netns_prefix_print(&node->loopback[i].prefix, buffer));
	for (size_t i = 0; i < 2; i++)
		if (node->gateways[i].family)
			item(out, "default via %s", netns_ip_print(&node->gateways[i], buffer));
	for (size_t i = 0; i < node->route_count; i++) {
		const struct route *route = &node->routes[i];
		char via[NETNS_IP_TEXT_MAX];
		_cleanup_text_ struct text text = {0};

		if (i == 8) {
			item(out, "and %zu more", node->route_count - i);
			break;
		}
		text_append(&text, route->destination.length == 0
					   ? "default"
					   : netns_prefix_print(&route->destination, buffer));
		for (size_t h = 0; h < route->hop_count; h++) {
			if (netns_ip_size(&route->hops[h].via) > 0)
				text_printf(&text, " via %s",
					    netns_ip_print(&route->hops[h].via, via));
			if (route->hops[h].interface)
				text_printf(&text, " dev %s", route->hops[h].interface);
		}
		if (route->kind == NETNS_ROUTE_BLACKHOLE)
			text_append(&text, " blackhole");
		item(out, "%s", text_string(&text));
	}
	if (node->rule_count > 0)
		item(out, "%zu rule%s", node->rule_count, node->rule_count == 1 ? "" : "s");
}

static void ports_detail(const struct node *node, struct text *out)
{
	char text[PORT_TEXT_MAX];

	for (size_t i = 0; i < node->port_count; i++) {
		port_print(&node->ports[i], text);
		item(out, "%s", text);
	}
}

/* ---- links ------------------------------------------------------------------------------- */

/** As a file would say it. */
static void impairment_detail(const struct netns_impairment *impairment, struct text *out)
{
	_cleanup_text_ struct text text = {0};

	if (impairment_print(impairment, &text) == 0 && text.length > 0)
		item(out, "%s", text_string(&text));
}

static void link_detail(const struct link *link, struct text *out)
{
	char buffer[NETNS_PREFIX_TEXT_MAX];

	for (int e = 0; e < 2; e++)
		for (size_t i = 0; link->ends[e].node && i < link->ends[e].address_count; i++)
			item(out, "%s",
			     netns_prefix_print(&link->ends[e].addresses[i].prefix, buffer));
	if (link->ends[0].mtu)
		item(out, "mtu %u", link->ends[0].mtu);
	impairment_detail(&link->ends[0].out, out);
	if (link->ends[1].node && !netns_impairment_is_none(&link->ends[1].out) &&
	    memcmp(&link->ends[0].out, &link->ends[1].out, sizeof(link->ends[0].out)) != 0) {
		item(out, "back");
		impairment_detail(&link->ends[1].out, out);
	}
	if (link->ends[0].down || link->ends[1].down)
		item(out, "down");
}

/** What was taken away cannot be seen in what is there. */
static void link_changes_detail(const struct plan_step *step, struct text *out)
{
	const struct link *link = step->link_after;

	link_detail(link, out);
	if ((step->changes & PLAN_CHANGE_IMPAIRMENT) &&
	    netns_impairment_is_none(&link->ends[0].out) &&
	    netns_impairment_is_none(&link->ends[1].out))
		item(out, "unimpaired");
	if ((step->changes & PLAN_CHANGE_UP) && !link->ends[0].down && !link->ends[1].down)
		item(out, "up");
}

static void link_name(const struct link *link, struct text *out)
{
	for (int i = 0; i < 2 && link->ends[i].node; i++) {
		const struct interface *end = &link->ends[i];

		if (i == 1)
			text_append(out, " -- ");
		text_append(out, end->node->name);
		if (!node_is_switch(end->node) && end->name)
			text_printf(out, ":%s", end->name);
	}
}

void plan_step_print(const struct plan_step *step, struct text *name, struct text *detail)
{
	const struct node *node = node_of(step);

	if (link_of(step)) {
		link_name(link_of(step), name);
		if (step->verb != NCRUN_STEP_DELETE)
			link_changes_detail(step, detail);
		return;
	}
	text_append(name, node ? node->name : "");
	if (!node || step->verb == NCRUN_STEP_DELETE)
		return;
	switch (step->kind) {
	case PLAN_SWITCH:
	case PLAN_NODE:
		if (step->kind == PLAN_NODE && step->verb == NCRUN_STEP_CHANGE)
			limits_detail(step->before, step->after, detail);
		else
			node_detail(node, detail);
		break;
	case PLAN_ROUTES:
		routes_detail(node, detail);
		break;
	case PLAN_FILTERS:
		if (node->kind == NODE_KIND_NAT)
			item(detail, "nat");
		if (node->filter_count > 0)
			item(detail, "%zu rule%s", node->filter_count,
			     node->filter_count == 1 ? "" : "s");
		break;
	case PLAN_PORTS:
		ports_detail(node, detail);
		break;
	case PLAN_UPLINK:
		item(detail,
		     node->uplink ? "to all that the machine reaches" : "for published ports");
		break;
	case PLAN_COMMAND:
		put_words(detail, step->argv);
		break;
	case PLAN_NETWORK:
	case PLAN_LINK:
	case PLAN_NAMES:
		break;
	}
}

void plan_step_tell(const struct plan_step *step, const struct ncrun_up_options *options)
{
	_cleanup_text_ struct text name = {0}, detail = {0};

	if (!options->step)
		return;
	plan_step_print(step, &name, &detail);
	options->step(options->data, &(struct ncrun_step){
					     .verb = step->verb,
					     .kind = plan_step_kind(step),
					     .name = text_string(&name),
					     .detail = text_string(&detail),
					     .line = plan_step_place(step).line,
				     });
}
