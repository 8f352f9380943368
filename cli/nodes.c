/* SPDX-License-Identifier: Apache-2.0 */

#include "cli/nodes.h"

#include <string.h>

#include "cli/foreground.h"
#include "cli/json.h"
#include "cli/output.h"

int nodes_each(const struct cli *cli, const char *const *names, node_action action, void *data)
{
	int status = 0;

	for (; *names; names++) {
		_cleanup_container_ struct ncrun_container *container = NULL;
		struct ncrun_error err = {0};
		int r;

		r = ncrun_container_open(&cli->context, *names, &container, &err);
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
