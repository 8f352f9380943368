/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What becomes of a system call, and the ways to write it down. */

#include <stdbool.h>
#include <stdint.h>

/* From the mildest to the strictest: where several rules match, the strictest counts, as in the
 * kernel. */
enum action_kind {
	ACTION_ALLOW,
	ACTION_LOG,
	ACTION_TRACE,
	ACTION_NOTIFY,
	ACTION_ERRNO,
	ACTION_TRAP,
	ACTION_KILL_THREAD,
	ACTION_KILL_PROCESS,
};

/** struct action - @error: for ACTION_ERRNO the errno, for ACTION_TRACE the message */
struct action {
	enum action_kind kind;
	uint16_t error;
};

/** "SCMP_ACT_ERRNO", "SCMP_ACT_KILL" to its kind; false: no such action. */
bool action_parse(const char *text, enum action_kind *ret);
/** "errno", "kill-process" */
const char *action_name(enum action_kind kind);
/** "SCMP_ACT_ERRNO" */
const char *action_profile_name(enum action_kind kind);
/** SECCOMP_RET_* with its data. */
uint32_t action_bpf(struct action action);
/** The inverse of action_bpf(). */
struct action action_from_bpf(uint32_t value);
bool action_equal(struct action a, struct action b);
/** Whether the action carries an error number. */
bool action_takes_error(enum action_kind kind);

/** "EPERM" to 1; false: no such name. */
bool errno_name_parse(const char *text, uint16_t *ret);
