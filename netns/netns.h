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

/* ---- what the kernel can do ------------------------------------------------ */

enum netns_feature {
	NETNS_FEATURE_VETH,
	NETNS_FEATURE_BRIDGE,
	NETNS_FEATURE_NETEM,
	NETNS_FEATURE_NF_TABLES,
};

/** Make one in the calling process's namespace, which is meant to be thrown away then. */
int netns_feature_try(enum netns_feature feature, struct ncrun_error *err);
