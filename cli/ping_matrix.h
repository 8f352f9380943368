/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Results of pings, for people and for programs. */

#include <json-c/json_object.h>
#include <stdbool.h>
#include <stddef.h>

#include <ncrun/network.h>

struct json_object *json_from_ping(const struct ncrun_ping_result *result);

/**
 * ping_matrix_print() - a row for each node that asks, a column for each that answers
 * @results:	by @from, then by @to; every node to every other
 * @summary:	only the last line
 *
 * In a cell the shortest time in ms, and behind it what share was lost. Networks that are
 * too wide for a terminal get a list of what was lost instead.
 */
void ping_matrix_print(const struct ncrun_ping_result *results, size_t count, bool summary);
