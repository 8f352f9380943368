/* SPDX-License-Identifier: Apache-2.0 */

#include "cli/commands.h"

const struct command *const cli_commands[] = {
	&cmd_up,    &cmd_down,       &cmd_ps,         &cmd_link,    &cmd_partition, &cmd_heal,
	&cmd_ping,  &cmd_traceroute, &cmd_graph,      &cmd_export,  &cmd_import,    &cmd_node,
	&cmd_exec,  &cmd_shell,      &cmd_attach,     &cmd_list,    &cmd_inspect,   &cmd_logs,
	&cmd_wait,  &cmd_stop,       &cmd_kill,       &cmd_rm,      &cmd_cp,        &cmd_set,
	&cmd_pause, &cmd_resume,     &cmd_stats,      &cmd_rootfs,  &cmd_seccomp,   &cmd_identify,
	&cmd_clean, &cmd_doctor,     &cmd_completion, &cmd_version, &cmd_help,      NULL,
};
