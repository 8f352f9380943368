/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * netns - network namespaces and everything inside them.
 *
 * The only module that configures links. Knows nothing of containers: callers
 * are inside the namespace that is meant, or pass it.
 */

#include <ncrun/error.h>

/** Set the loopback interface of the calling process's namespace up. Allocates nothing. */
int netns_loopback_up(struct ncrun_error *err);
