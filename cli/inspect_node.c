/* SPDX-License-Identifier: Apache-2.0 */

/* What inspect shows of a node. */

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/capability.h"
#include "cli/inspect.h"
#include "cli/links.h"
#include "cli/nodes.h"
#include "cli/output.h"

void put(struct text *out, const char *what, const char *value)
{
	text_printf(out, "%-14s", what);
	text_append_escaped(out, value, strlen(value));
	text_append_char(out, '\n');
}

void put_text(struct text *out, const char *what, const struct text *value)
{
	put(out, what, text_string(value));
}

static void describe_times(struct text *out, const struct ncrun_container_info *info)
{
	_cleanup_text_ struct text started = {0}, ended = {0};

	print_time(&started, info->started_at_ns);
	put_text(out, "started", &started);
	if (node_ended_at(info) == 0)
		return;
	print_time(&ended, node_ended_at(info));
	put_text(out, "ended", &ended);
}

static void describe_oom(struct text *out, const struct ncrun_exit *end)
{
	_cleanup_text_ struct text line = {0};

	if (end->oom_kills == 0)
		return;
	text_printf(&line, "killed %" PRIu64 " process%s", end->oom_kills,
		    end->oom_kills == 1 ? "" : "es");
	if (end->memory_peak != 0) {
		text_append(&line, ", at most ");
		print_size(&line, end->memory_peak);
		text_append(&line, " in use");
	}
	if (end->memory_limit != 0) {
		text_append(&line, ", limit ");
		print_size(&line, end->memory_limit);
	}
	put_text(out, "out of memory", &line);
}

static void describe_security(struct text *out, const struct ncrun_container_info *info)
{
	_cleanup_text_ struct text ids = {0}, capabilities = {0};

	if (info->id_count > 0)
		text_printf(&ids, "%u from %u on", info->id_count, info->uid_base);
	else
		text_append(&ids, "the machine's own: root inside is root outside");
	put_text(out, "user ids", &ids);

	for (unsigned int i = 0; i < 64; i++) {
		char name[32];

		if (!(info->capabilities >> i & 1))
			continue;
		capability_print(i, name);
		text_printf(&capabilities, "%s%s", capabilities.length > 0 ? " " : "", name);
	}
	put(out, "capabilities", capabilities.length > 0 ? text_string(&capabilities) : "none");
	put(out, "no new privs", info->no_new_privs ? "yes" : "no");
	put(out, "seccomp", info->seccomp ? info->seccomp : "default");
}

static void describe_service(struct text *out, const struct ncrun_service_status *service)
{
	_cleanup_text_ struct text line = {0};

	text_printf(&line, "%s: ", service->name);
	if (service->pid > 0)
		text_printf(&line, "runs as process %d", (int)service->pid);
	else
		text_append(&line, "does not run");
	if (service->restarts > 0)
		text_printf(&line, ", %u restart%s", service->restarts,
			    service->restarts == 1 ? "" : "s");
	if (service->last_exit.cause != NCRUN_CAUSE_NONE)
		text_printf(&line, ", ended last: %s, code %d",
			    cause_name(service->last_exit.cause), service->last_exit.code);
	if (service->last_exit.message[0])
		text_printf(&line, " (%s)", service->last_exit.message);
	put_text(out, "service", &line);
}

static void describe(struct text *out, const struct ncrun_container_info *info,
		     const struct ncrun_topology_node *node)
{
	_cleanup_text_ struct text name = {0}, state = {0}, command = {0};

	print_node_name(&name, info);
	print_node_state(&state, info);
	print_words(&command, info->argv);

	put_text(out, "node", &name);
	if (node)
		put(out, "kind", node->kind);
	if (node && node->joined)
		put(out, "in its file", "no: it joined by itself");
	put_text(out, "state", &state);
	if (info->damage)
		put(out, "because", info->damage);
	if (info->state == NCRUN_CONTAINER_EXITED && info->exit.message[0])
		put(out, "because", info->exit.message);
	if (info->state == NCRUN_CONTAINER_EXITED)
		describe_oom(out, &info->exit);
	if (info->pid > 0)
		text_printf(out, "%-14s%d\n", "process", (int)info->pid);
	describe_times(out, info);
	put(out, "command", command.length > 0 ? text_string(&command) : "none: it is idle");
	put(out, "rootfs", info->rootfs ? info->rootfs : "");
	if (info->image_digest && info->image_digest[0])
		put(out, "image", info->image_digest);
	put(out, "root", info->read_only ? "read-only" : "writable");
	put(out, "host name", info->hostname ? info->hostname : "");
	put(out, "user", info->user && info->user[0] ? info->user : "root");
	describe_security(out, info);
	for (const char *const *limit = info->limits; limit && *limit; limit++)
		put(out, "limit", *limit);
	for (const char *const *label = info->labels; label && *label; label++)
		put(out, "label", *label);
	/* the first is the main command, which has been told of */
	for (size_t i = 1; i < info->service_count; i++)
		describe_service(out, &info->services[i]);
}

static void describe_uplink(struct text *out, const struct ncrun_uplink *uplink)
{
	_cleanup_text_ struct text addresses = {0};

	if (!uplink)
		return;
	for (const char *const *ip = uplink->addresses; ip && *ip; ip++)
		text_printf(&addresses, "%s%s", ip == uplink->addresses ? "" : ", ", *ip);
	if (uplink->outside)
		put_text(out, "uplink", &addresses);
	for (const char *const *port = uplink->ports; port && *port; port++)
		put(out, "port", *port);
}

/* ---- in its network ---------------------------------------------------------------------- */

const struct ncrun_topology_node *neighbourhood_find(const struct neighbourhood *around,
						     const char *name)
{
	for (size_t i = 0; i < around->count; i++)
		if (text_equal(around->nodes[i].name, name))
			return &around->nodes[i];
	return NULL;
}

int neighbourhood_open(const struct cli *cli, const char *name, struct neighbourhood *ret,
		       struct ncrun_error *err)
{
	int r = ncrun_network_open(&cli->context, name, &ret->network, err);

	if (r == 0)
		r = ncrun_topology_nodes(ncrun_network_topology(ret->network), &ret->nodes,
					 &ret->count, err);
	return r;
}

void neighbourhood_done(struct neighbourhood *around)
{
	ncrun_network_unref(around->network);
	free(around->nodes);
}

static void describe_links(struct text *out, const struct ncrun_link *links, size_t count,
			   const char *name)
{
	if (count == 0)
		return;
	text_append_char(out, '\n');
	print_links(out, links, count, name);
}

struct json_object *json_from_member(const struct inspection *inspection,
				     const struct ncrun_container_info *info,
				     const struct ncrun_topology_node *node)
{
	struct json_object *object = json_from_container(info);

	json_put_text(object, "kind", node ? node->kind : "host");
	json_put_flag(object, "joined", node && node->joined);
	json_put_uplink(object, uplink_list_find(&inspection->uplinks, info));
	return object;
}

int inspect_node(struct inspection *inspection, struct ncrun_container *container,
		 struct ncrun_error *err)
{
	_cleanup_(neighbourhood_done) struct neighbourhood around = {.count = 0};
	const struct ncrun_topology_node *node = NULL;
	const struct ncrun_container_info *info;
	struct ncrun_link *links = NULL;
	size_t count = 0;
	int r = ncrun_container_info(container, &info, err);

	if (r < 0)
		return r;
	/* of one that stands alone, or whose network goes, there is no more to say */
	if (neighbourhood_open(inspection->cli, info->network, &around, NULL) == 0)
		node = neighbourhood_find(&around, info->name);
	if (node)
		(void)ncrun_link_list(around.network, info->name, &links, &count, NULL);
	if (inspection->array) {
		struct json_object *object = json_from_member(inspection, info, node);

		json_object_object_add(object, "links", json_from_links(links, count));
		json_object_array_add(inspection->array, object);
	} else {
		inspection_separate(inspection);
		describe(inspection->out, info, node);
		describe_uplink(inspection->out, uplink_list_find(&inspection->uplinks, info));
		describe_links(inspection->out, links, count, info->name);
	}
	ncrun_link_list_free(links, count);
	return 0;
}
