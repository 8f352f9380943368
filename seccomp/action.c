/* SPDX-License-Identifier: Apache-2.0 */

#include "seccomp/action.h"

#include <linux/seccomp.h>
#include <stddef.h>

#include "base/text.h"

static const struct {
	const char *name;
	const char *profile_name;
	uint32_t bpf;
} actions[] = {
	[ACTION_ALLOW] = {"allow", "SCMP_ACT_ALLOW", SECCOMP_RET_ALLOW},
	[ACTION_LOG] = {"log", "SCMP_ACT_LOG", SECCOMP_RET_LOG},
	[ACTION_TRACE] = {"trace", "SCMP_ACT_TRACE", SECCOMP_RET_TRACE},
	[ACTION_NOTIFY] = {"notify", "SCMP_ACT_NOTIFY", SECCOMP_RET_USER_NOTIF},
	[ACTION_ERRNO] = {"errno", "SCMP_ACT_ERRNO", SECCOMP_RET_ERRNO},
	[ACTION_TRAP] = {"trap", "SCMP_ACT_TRAP", SECCOMP_RET_TRAP},
	[ACTION_KILL_THREAD] = {"kill-thread", "SCMP_ACT_KILL_THREAD", SECCOMP_RET_KILL_THREAD},
	[ACTION_KILL_PROCESS] = {"kill-process", "SCMP_ACT_KILL_PROCESS", SECCOMP_RET_KILL_PROCESS},
};

#define ACTION_COUNT (sizeof(actions) / sizeof(actions[0]))

bool action_parse(const char *text, enum action_kind *ret)
{
	if (text_equal(text, "SCMP_ACT_KILL")) { /* its name before 2017 */
		*ret = ACTION_KILL_THREAD;
		return true;
	}
	for (size_t i = 0; i < ACTION_COUNT; i++) {
		if (text_equal(text, actions[i].profile_name)) {
			*ret = (enum action_kind)i;
			return true;
		}
	}
	return false;
}

const char *action_name(enum action_kind kind)
{
	return actions[kind].name;
}

const char *action_profile_name(enum action_kind kind)
{
	return actions[kind].profile_name;
}

bool action_takes_error(enum action_kind kind)
{
	return kind == ACTION_ERRNO || kind == ACTION_TRACE;
}

uint32_t action_bpf(struct action action)
{
	return actions[action.kind].bpf | (action_takes_error(action.kind) ? action.error : 0);
}

struct action action_from_bpf(uint32_t value)
{
	for (size_t i = 0; i < ACTION_COUNT; i++) {
		if (actions[i].bpf == (value & SECCOMP_RET_ACTION_FULL))
			return (struct action){(enum action_kind)i,
					       (uint16_t)(value & SECCOMP_RET_DATA)};
	}
	return (struct action){ACTION_KILL_PROCESS,
			       0}; /* what the kernel makes of an unknown one */
}

bool action_equal(struct action a, struct action b)
{
	return action_bpf(a) == action_bpf(b);
}
