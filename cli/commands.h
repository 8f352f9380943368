/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "cli/command.h"

/* One cmd_*.c each; in the order of `ncrun help`. */
extern const struct command cmd_up;
extern const struct command cmd_down;
extern const struct command cmd_ps;
extern const struct command cmd_link, cmd_link_show, cmd_link_set, cmd_link_up, cmd_link_down;
extern const struct command cmd_link_add, cmd_link_rm;
extern const struct command cmd_partition, cmd_heal;
extern const struct command cmd_ping, cmd_traceroute;
extern const struct command cmd_graph, cmd_export, cmd_import;
extern const struct command cmd_node;
extern const struct command cmd_exec;
extern const struct command cmd_shell;
extern const struct command cmd_attach;
extern const struct command cmd_list;
extern const struct command cmd_inspect;
extern const struct command cmd_logs;
extern const struct command cmd_wait;
extern const struct command cmd_stop;
extern const struct command cmd_kill;
extern const struct command cmd_rm;
extern const struct command cmd_set, cmd_pause, cmd_resume, cmd_stats;
extern const struct command cmd_cp;
extern const struct command cmd_rootfs;
extern const struct command cmd_rootfs_import;
extern const struct command cmd_rootfs_pull;
extern const struct command cmd_rootfs_list;
extern const struct command cmd_rootfs_inspect;
extern const struct command cmd_rootfs_export;
extern const struct command cmd_rootfs_rm;
extern const struct command cmd_rootfs_gc;
extern const struct command cmd_seccomp;
extern const struct command cmd_seccomp_show;
extern const struct command cmd_identify;
extern const struct command cmd_clean;
extern const struct command cmd_doctor;
extern const struct command cmd_completion;
extern const struct command cmd_version;
extern const struct command cmd_help;
