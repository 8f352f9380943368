/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Topologies from text and back, for tests. */

#include "topology/model.h"

/** It must have no mistake; those there are are shown. */
struct ncrun_topology *topology_of(const char *text);
/** Its mistakes, of reading and checking, a line each: "f:2:3: ...". free() releases it. */
char *mistakes_of(const char *text);
/** free() releases it. */
char *text_of(const struct ncrun_topology *topology, enum topology_style style);
