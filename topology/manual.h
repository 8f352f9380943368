/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What the manual says of the keys of topology files. A test sees that every row of the tables
 * has a text and that no text is of a key that is not there.
 */

#include <stddef.h>

#include "topology/key.h"

/**
 * struct key_manual - @help: a sentence without its full stop; NULL of a limit: the one it has
 * @fallback:	what holds when it is not said; NULL = nothing, or what its form says
 * @example:	"memory: 64M"
 */
struct key_manual {
	const char *name, *help, *fallback, *example;
};

/** struct table_manual - @rows ends with an empty one */
struct table_manual {
	const struct key_table *table;
	const struct key_manual *rows;
};

/* Both end with an empty one. */
extern const struct table_manual manual_tables[];
extern const struct key_manual manual_file[], manual_nodes[], manual_nat[], manual_services[],
	manual_routes[], manual_hops[], manual_rules[], manual_filters[], manual_links[],
	manual_interfaces[], manual_correlated[], manual_loss[], manual_slot[], manual_assigned[];
/** Of patterns, in the order of pattern_at(). */
extern const struct key_manual manual_patterns[];
