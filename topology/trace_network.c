/* SPDX-License-Identifier: Apache-2.0 */

/* The way of packets between nodes by their names. */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/api.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "topology/target.h"
#include "topology/trace.h"

#define TIMEOUT_DEFAULT_MS 1000

static void hop_fill(const struct ncrun_topology *topology, const struct trace_hop *hop,
		     struct ncrun_hop *ret)
{
	const struct interface *interface;
	const struct node *node = NULL;

	*ret = (struct ncrun_hop){
		.ttl = hop->ttl,
		.rtt_us = hop->rtt_ns < 0 ? -1 : (hop->rtt_ns + 500) / 1000,
		.failure = hop->failure,
		.reached = hop->reached,
	};
	if (!hop->from.family)
		return;
	netns_ip_print(&hop->from, ret->address);
	interface = address_owner(topology, &hop->from, &node);
	ret->node = node ? node->name : NULL;
	ret->interface = interface ? interface->name : NULL;
}

static int trace_options_check(const struct ncrun_trace_options *options, int *ret_family,
			       struct ncrun_error *err)
{
	if (options->max_hops > TRACE_HOPS_MAX)
		return error_set(err, EINVAL, "traceroute: %u hops: at most %d", options->max_hops,
				 TRACE_HOPS_MAX);
	return target_family("traceroute", options->family, ret_family, err);
}

NCRUN_API int ncrun_network_traceroute(struct ncrun_network *network, const char *from,
				       const char *to, const struct ncrun_trace_options *options,
				       struct ncrun_hop **ret, struct ncrun_error *err)
{
	struct ncrun_trace_options full = NCRUN_TRACE_OPTIONS_INIT;
	_cleanup_free_ struct trace *trace = calloc(1, sizeof(*trace));
	_cleanup_free_ struct ncrun_hop *hops = NULL;
	struct target target = {.node = NULL};
	struct node *node = NULL;
	int family = 0, r;

	if (options)
		memcpy(&full, options, options->size < sizeof(full) ? options->size : sizeof(full));
	r = trace_options_check(&full, &family, err);
	if (!trace)
		return error_set(err, ENOMEM, "traceroute: out of memory");
	if (r == 0)
		r = target_node(network, from, &node, err);
	if (r == 0)
		r = target_address(network, node, to, family, &target, err);
	if (r == 0)
		r = network_netns(network, node, &trace->netns, err);
	if (r < 0)
		return r;
	trace->to = target.ip;
	trace->max_hops = full.max_hops ? full.max_hops : TRACE_HOPS_MAX;
	trace->timeout_ms = full.timeout_ms ? full.timeout_ms : TIMEOUT_DEFAULT_MS;
	r = trace_run(trace, err);
	if (r < 0)
		return error_wrap(err, r, "from '%s' to '%s'", from, to);
	hops = calloc(trace->hop_count + 1, sizeof(*hops));
	if (!hops)
		return error_set(err, ENOMEM, "traceroute: out of memory");
	for (size_t i = 0; i < trace->hop_count; i++)
		hop_fill(network_topology(network), &trace->hops[i], &hops[i]);
	*ret = take_ptr(hops);
	return 0;
}
