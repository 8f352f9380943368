/* SPDX-License-Identifier: Apache-2.0 */

#include "cli/nodes.h"

#include <errno.h>
#include <string.h>

#include "base/error.h"
#include "cli/foreground.h"
#include "cli/json.h"
#include "cli/output.h"

/* Those of the network of that name; how many. */
static int network_expand(const struct cli *cli, const char *network, char ***ret,
			  struct ncrun_error *err)
{
	struct ncrun_container **list = NULL;
	size_t count = 0;
	int found = 0, r = ncrun_container_list(&cli->context, true, &list, &count, err);

	for (size_t i = 0; r == 0 && i < count; i++) {
		const struct ncrun_container_info *info;
		_cleanup_text_ struct text name = {0};

		r = ncrun_container_info(list[i], &info, err);
		if (r < 0 || !text_equal(info->network, network)) {
			r = r == -ENOENT ? 0 : r; /* it just went */
			continue;
		}
		print_node_name(&name, info);
		found++;
		if (strings_append(ret, text_string(&name)) < 0)
			r = error_set(err, ENOMEM, "make room for names of nodes");
	}
	if (list)
		ncrun_container_list_free(list, count);
	return r < 0 ? r : found;
}

int nodes_expand(const struct cli *cli, const char *const *names, char ***ret,
		 struct ncrun_error *err)
{
	_cleanup_(strings_freep) char **all = NULL;

	for (; *names; names++) {
		_cleanup_container_ struct ncrun_container *container = NULL;
		int r = 0;

		/* a node of its own goes before a network of that name */
		if (!strchr(*names, '/') &&
		    ncrun_container_open(&cli->context, *names, &container, NULL) == -ENOENT)
			r = network_expand(cli, *names, &all, err);
		if (r < 0)
			return r;
		if (r == 0 && strings_append(&all, *names) < 0)
			return error_set(err, ENOMEM, "make room for names of nodes");
	}
	*ret = take_ptr(all);
	return 0;
}

int nodes_each(const struct cli *cli, const char *const *named, node_action action, void *data)
{
	_cleanup_(strings_freep) char **all = NULL;
	struct ncrun_error failed = {0};
	int status = 0;

	if (nodes_expand(cli, named, &all, &failed) < 0) {
		complain(cli->command->name, "%s", failed.message);
		return CLI_FAILED;
	}
	for (char *const *names = all; names && *names; names++) {
		_cleanup_container_ struct ncrun_container *container = NULL;
		struct ncrun_error err = {0};
		int r;

		r = node_open(cli, *names, &container, &err);
		if (r == 0)
			r = action(container, *names, data, &err);
		if (r < 0) {
			complain(cli->command->name, "%s", err.message);
			status = CLI_FAILED;
		}
	}
	return status;
}

void print_node_name(struct text *out, const struct ncrun_container_info *info)
{
	if (!text_equal(info->network, "default"))
		text_printf(out, "%s/", info->network);
	text_append(out, info->name);
}

static void print_end(struct text *out, const struct ncrun_exit *end)
{
	const char *signal_name;

	switch (end->cause) {
	case NCRUN_CAUSE_NONE:
		text_append(out, "exited");
		break;
	case NCRUN_CAUSE_EXITED:
		text_printf(out, "exited (%d)", end->code);
		break;
	case NCRUN_CAUSE_SIGNAL:
		signal_name = sigabbrev_np(end->signo);
		if (signal_name)
			text_printf(out, "killed (%s)", signal_name);
		else
			text_printf(out, "killed (%d)", end->signo);
		break;
	case NCRUN_CAUSE_OOM_KILLED:
	case NCRUN_CAUSE_TIMEOUT:
	case NCRUN_CAUSE_LOST:
		text_append(out, cause_name(end->cause));
		break;
	case NCRUN_CAUSE_FAILED_STEP:
		text_printf(out, "failed (%d)", end->code);
		break;
	}
}

void print_node_state(struct text *out, const struct ncrun_container_info *info)
{
	if (info->state == NCRUN_CONTAINER_EXITED)
		print_end(out, &info->exit);
	else if (info->state == NCRUN_CONTAINER_RUNNING && info->paused)
		text_append(out, "paused");
	else
		text_append(out, state_name(info->state));
}

int64_t node_ended_at(const struct ncrun_container_info *info)
{
	return info->service_count > 0 ? info->services[0].ended_at_ns : 0;
}
