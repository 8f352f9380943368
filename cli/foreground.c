/* SPDX-License-Identifier: Apache-2.0 */

#include "cli/foreground.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/error.h"
#include "base/file.h"
#include "cli/command.h"
#include "cli/json.h"
#include "cli/networks.h"
#include "cli/output.h"

int node_open(const struct cli *cli, const char *name, struct ncrun_container **ret,
	      struct ncrun_error *err)
{
	_cleanup_(ncrun_network_unrefp) struct ncrun_network *network = NULL;
	const char *slash = strchr(name, '/');
	_cleanup_free_ char *of = slash ? strndup(name, (size_t)(slash - name)) : NULL;
	struct ncrun_error why = {0};
	int r = ncrun_container_open(&cli->context, name, ret, err);

	if (r != -ENOENT || !of || ncrun_network_open(&cli->context, of, &network, NULL) < 0)
		return r;
	if (ncrun_network_node(network, slash + 1, ret, &why) == -EINVAL)
		return error_set(err, ENOENT, "%s", why.message);
	return r;
}

bool terminal_wanted(bool asked_for, bool refused)
{
	if (asked_for || refused)
		return asked_for;
	return isatty(STDIN_FILENO) && isatty(STDOUT_FILENO);
}

void terminal_size(uint16_t *ret_rows, uint16_t *ret_columns)
{
	struct winsize size;

	if (ioctl(STDIN_FILENO, TIOCGWINSZ, &size) < 0 &&
	    ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) < 0)
		return;
	*ret_rows = size.ws_row;
	*ret_columns = size.ws_col;
}

static void report_oom(const char *command, const struct ncrun_exit *end)
{
	_cleanup_text_ struct text text = {0};
	uint64_t kills = end->oom_kills;

	if (end->cause == NCRUN_CAUSE_OOM_KILLED)
		text_append(&text, "the kernel killed it: out of memory");
	else
		text_printf(&text,
			    "out of memory: the kernel killed %" PRIu64 " process%s of the node",
			    kills, kills == 1 ? "" : "es");
	if (end->memory_limit != 0) {
		text_append(&text, " (limit ");
		print_size(&text, end->memory_limit);
		text_append_char(&text, ')');
	}
	complain(command, "%s", text_string(&text));
}

int report_end(const char *command, const struct ncrun_exit *end)
{
	if (end->oom_kills != 0)
		report_oom(command, end);
	switch (end->cause) {
	case NCRUN_CAUSE_NONE:
	case NCRUN_CAUSE_EXITED:
	case NCRUN_CAUSE_SIGNAL:
	case NCRUN_CAUSE_OOM_KILLED:
		break;
	case NCRUN_CAUSE_TIMEOUT:
		complain(command, "ended: its timeout is over");
		break;
	case NCRUN_CAUSE_FAILED_STEP:
		complain(command, "%s", end->message[0] ? end->message : "it could not be started");
		break;
	case NCRUN_CAUSE_LOST:
		complain(command, "%s",
			 end->message[0] ? end->message
					 : "how it ended is not known: its init was killed, or "
					   "could not write it down");
		break;
	}
	return end->code;
}

int report_not_run(const char *command, const struct ncrun_error *err)
{
	complain(command, "%s", err->message);
	return CLI_NOT_RUN;
}
