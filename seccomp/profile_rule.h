/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* One rule of a profile, and the reading that it shares with the profile itself. */

#include "seccomp/profile.h"

#define PROFILE_ERRNO_MAX 4095

/** struct action_keys - what an action and its error are called at some place of a profile */
struct action_keys {
	const char *action;
	const char *number;
	const char *name;
};

/** A value that is there and not null, else NULL. */
const struct element *profile_get(const struct element *map, const char *key);
/** An error unless @at is a @kind. */
int profile_expect(const struct document *document, const struct element *at,
		   enum element_kind kind, struct ncrun_error *err);
int profile_parse_action(const struct document *document, const struct element *map,
			 const struct action_keys *keys, struct action *ret,
			 struct ncrun_error *err);
/** A well-formed name; whether there is such a system call is not asked. */
int profile_parse_name(const struct document *document, const struct element *at, const char **ret,
		       struct ncrun_error *err);

int profile_rule_parse(const struct document *document, const struct element *map,
		       struct profile_rule *rule, struct ncrun_error *err);
void profile_rule_done(struct profile_rule *rule);
