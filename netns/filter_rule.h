/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* A rule as expressions; for the files of this folder. */

#include "netns/filter.h"
#include "netns/message.h"

/** Why it makes no rule for a table of that @family; NULL if it does. */
const char *filter_rule_wrong(enum netns_filter_family family,
			      const struct netns_filter_rule *rule);

/** Put NFTA_RULE_EXPRESSIONS. */
void filter_rule_put(struct message *message, enum netns_filter_family family,
		     const struct netns_filter_rule *rule);
