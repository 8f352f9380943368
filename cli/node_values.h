/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Values of `ncrun node` options that have a grammar of their own; all are OPTION_CALLs. */

#include <ncrun/container.h>
#include <ncrun/error.h>

int node_add_env(void *data, const char *value, struct ncrun_error *err);
int node_add_env_file(void *data, const char *value, struct ncrun_error *err);
int node_add_volume(void *data, const char *value, struct ncrun_error *err);
int node_add_tmpfs(void *data, const char *value, struct ncrun_error *err);
int node_add_rlimit(void *data, const char *value, struct ncrun_error *err);
int node_add_service(void *data, const char *value, struct ncrun_error *err);
int node_add_sysctl(void *data, const char *value, struct ncrun_error *err);
int node_add_label(void *data, const char *value, struct ncrun_error *err);
int node_set_pull(void *data, const char *value, struct ncrun_error *err);
int node_set_userns(void *data, const char *value, struct ncrun_error *err);
int node_set_restart(void *data, const char *value, struct ncrun_error *err);
int node_set_umask(void *data, const char *value, struct ncrun_error *err);
int node_set_stop_grace(void *data, const char *value, struct ncrun_error *err);
int node_set_oom_score(void *data, const char *value, struct ncrun_error *err);
int node_set_time_offset(void *data, const char *value, struct ncrun_error *err);
int node_set_boottime_offset(void *data, const char *value, struct ncrun_error *err);

/** @what: "--pull" or the name of the variable; for messages. */
int pull_policy_parse(const char *what, const char *value, enum ncrun_pull_policy *ret,
		      struct ncrun_error *err);
