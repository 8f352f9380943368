/* SPDX-License-Identifier: Apache-2.0 */

#include <inttypes.h>
#include <string.h>

#include <ncrun/container.h>

#include "base/capability.h"
#include "cli/commands.h"
#include "cli/json.h"
#include "cli/nodes.h"
#include "cli/output.h"
#include "cli/uplinks.h"

struct inspect_args {
	bool json;
	const char *const *names;
};

/* What is found out node by node: one of these is filled. */
struct inspection {
	struct json_object *array;
	struct text *out;
	struct uplink_list uplinks;
};

static void put(struct text *out, const char *what, const char *value)
{
	text_printf(out, "%-14s", what);
	text_append_escaped(out, value, strlen(value));
	text_append_char(out, '\n');
}

static void put_text(struct text *out, const char *what, const struct text *value)
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

static void describe(struct text *out, const struct ncrun_container_info *info)
{
	_cleanup_text_ struct text name = {0}, state = {0}, command = {0};

	print_node_name(&name, info);
	print_node_state(&state, info);
	print_words(&command, info->argv);

	put_text(out, "node", &name);
	put_text(out, "state", &state);
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

static int inspect(struct ncrun_container *container, const char *name __attribute__((unused)),
		   void *data, struct ncrun_error *err)
{
	const struct inspection *inspection = data;
	const struct ncrun_container_info *info;
	int r;

	r = ncrun_container_info(container, &info, err);
	if (r < 0)
		return r;
	if (inspection->array) {
		struct json_object *object = json_from_container(info);

		json_put_uplink(object, uplink_list_find(&inspection->uplinks, info));
		json_object_array_add(inspection->array, object);
		return 0;
	}
	if (inspection->out->length > 0)
		text_append_char(inspection->out, '\n');
	describe(inspection->out, info);
	describe_uplink(inspection->out, uplink_list_find(&inspection->uplinks, info));
	return 0;
}

static int inspect_run(const struct cli *cli, void *data,
		       struct ncrun_error *err __attribute__((unused)))
{
	const struct inspect_args *args = data;
	_cleanup_json_ struct json_object *array = args->json ? json_object_new_array() : NULL;
	_cleanup_text_ struct text out = {0};
	struct inspection inspection = {.array = array, .out = &out};
	int status;

	uplink_list_look(cli, &inspection.uplinks);
	status = nodes_each(cli, args->names, inspect, &inspection);
	uplink_list_done(&inspection.uplinks);
	if (array)
		json_show(array);
	else
		text_print(&out);
	return status;
}

static const struct option options[] = {
	{
		.name = "json",
		.help = "all of it, as a list in JSON",
		OPTION_FLAG(struct inspect_args, json),
	},
	{0},
};

static const struct argument arguments[] = {
	{
		.name = "NODE",
		.help = "a node, NETWORK/NODE, or NETWORK for all of its",
		.kind = ARGUMENT_MANY,
		.completes = COMPLETES_NODE,
		ARGUMENTS_AT(struct inspect_args, names),
	},
	{0},
};

static const char *const description[] = {
	"Show all that is known of nodes: what runs, since when, with which rights, and how it ended.",
	NULL,
};

const struct command cmd_inspect = {
	.name = "inspect",
	.summary = "show all that is known of a node",
	.description = description,
	.options = options,
	.arguments = arguments,
	.exits = cli_exits,
	.args_size = sizeof(struct inspect_args),
	.run = inspect_run,
};
