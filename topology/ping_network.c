/* SPDX-License-Identifier: Apache-2.0 */

/* Pings between nodes by their names. */

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/api.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/process.h"
#include "topology/ping.h"
#include "topology/target.h"

#define COUNT_DEFAULT       3
#define INTERVAL_DEFAULT_MS 200
#define TIMEOUT_DEFAULT_MS  1000
#define BYTES_DEFAULT       56

/* ---- options ---------------------------------------------------------------------------- */

/** What the caller said, of the size that it had when he was compiled, and defaults. */
static int options_fill(const struct ncrun_ping_options *given, struct ncrun_ping_options *ret,
			int *ret_family, struct ncrun_error *err)
{
	struct ncrun_ping_options options = {.size = 0};

	if (given)
		memcpy(&options, given,
		       given->size < sizeof(options) ? given->size : sizeof(options));
	if (options.count == 0)
		options.count = COUNT_DEFAULT;
	if (options.interval_ms == 0)
		options.interval_ms = INTERVAL_DEFAULT_MS;
	if (options.timeout_ms == 0)
		options.timeout_ms = TIMEOUT_DEFAULT_MS;
	if (options.bytes == 0 && !options.empty)
		options.bytes = BYTES_DEFAULT;
	if (options.bytes > ECHO_SIZE_MAX)
		return error_set(err, EINVAL, "ping: %u bytes: at most %d", options.bytes,
				 ECHO_SIZE_MAX);
	*ret = options;
	return target_family("ping", options.family, ret_family, err);
}

/* ---- results ---------------------------------------------------------------------------- */

static int64_t microseconds(double ns)
{
	return (int64_t)(ns / 1000 + 0.5);
}

/** Square root (Newton): all of libm would be needed for that of the C library. */
static double root_of(double square)
{
	double root = square > 1 ? square : 1;

	for (;;) {
		double next = (root + square / root) / 2;

		if (next >= root)
			return root;
		root = next;
	}
}

static void result_fill(const struct ping_pair *pair, struct ncrun_ping_result *ret)
{
	ret->sent = pair->sent;
	ret->received = pair->received;
	if (pair->address.family)
		netns_ip_print(&pair->address, ret->address);
	ret->min_us = ret->average_us = ret->max_us = ret->deviation_us = -1;
	if (pair->received > 0) {
		double average = pair->sum_ns / pair->received;
		double variance = pair->square_sum / pair->received - average * average;

		ret->min_us = microseconds((double)pair->min_ns);
		ret->average_us = microseconds(average);
		ret->max_us = microseconds((double)pair->max_ns);
		ret->deviation_us = variance > 0 ? microseconds(root_of(variance)) : 0;
	}
	if (pair->received == pair->sent && pair->sent > 0)
		return;
	if (pair->failure)
		ret->failure = pair->failure;
	if (pair->failure && pair->failure_from.family)
		netns_ip_print(&pair->failure_from, ret->failure_from);
}

/* ---- one -------------------------------------------------------------------------------- */

static void reply_pass(void *data, const struct ping_pair *pair __attribute__((unused)),
		       uint32_t number, const struct echo_answer *answer, int64_t rtt_ns)
{
	const struct ncrun_ping_options *options = data;
	char from[NETNS_IP_TEXT_MAX] = "";

	if (answer && answer->from.family)
		netns_ip_print(&answer->from, from);
	options->reply(options->data, number, from, answer ? answer->ttl : -1,
		       rtt_ns < 0 ? -1 : microseconds((double)rtt_ns));
}

NCRUN_API int ncrun_network_ping(struct ncrun_network *network, const char *from, const char *to,
				 const struct ncrun_ping_options *options,
				 struct ncrun_ping_result *ret, struct ncrun_error *err)
{
	struct ncrun_ping_options full = {.size = 0};
	struct ping_pair pair = {.to = PING_NOBODY};
	struct ncrun_ping_result result = {.sent = 0};
	struct netns *netns = NULL;
	struct target target = {.node = NULL};
	struct node *node = NULL;
	int family = 0, r = options_fill(options, &full, &family, err);
	struct ping ping = {.netns = &netns,
			    .netns_count = 1,
			    .pairs = &pair,
			    .pair_count = 1,
			    .count = full.count,
			    .size = full.bytes,
			    .interval_ms = full.interval_ms,
			    .timeout_ms = full.timeout_ms,
			    .answer = full.reply ? reply_pass : NULL,
			    .data = &full};

	if (r == 0)
		r = target_node(network, from, &node, err);
	if (r == 0)
		r = target_address(network, node, to, family, &target, err);
	if (r == 0)
		r = network_netns(network, node, &netns, err);
	if (r < 0)
		return r;
	assert(node);
	pair.address = target.ip;
	r = ping_run(&ping, err);
	if (r < 0)
		return r;
	result.from = node->name;
	result.to = target.node ? target.node->name : NULL;
	result_fill(&pair, &result);
	*ret = result;
	return 0;
}

/* ---- all -------------------------------------------------------------------------------- */

/** struct matrix - every node to every other */
struct matrix {
	const struct node **nodes; /* owned; those that are no switches */
	struct netns **netns;      /* owned; of each, NULL = it does not run; borrowed */
	size_t count;
	struct ping_pair *pairs; /* owned */
	size_t pair_count;
};

static void matrix_done(struct matrix *matrix)
{
	free(matrix->nodes);
	free(matrix->netns);
	free(matrix->pairs);
}

static int matrix_nodes(struct ncrun_network *network, struct matrix *matrix,
			struct ncrun_error *err)
{
	const struct ncrun_topology *topology = network_topology(network);

	matrix->nodes = calloc(topology->node_count + 1, sizeof(struct node *));
	matrix->netns = calloc(topology->node_count + 1, sizeof(struct netns *));
	if (!matrix->nodes || !matrix->netns)
		return error_set(err, ENOMEM, "ping: out of memory");
	for (size_t i = 0; i < topology->node_count; i++) {
		const struct node *node = topology->nodes[i];
		int r;

		if (node_is_switch(node))
			continue;
		r = network_netns(network, node, &matrix->netns[matrix->count], err);
		if (r < 0 && r != -ENOTCONN)
			return r;
		matrix->nodes[matrix->count++] = node;
	}
	return 0;
}

static int matrix_pairs(struct matrix *matrix, int family, struct ncrun_error *err)
{
	struct ping_pair *pair;

	matrix->pair_count = matrix->count > 0 ? matrix->count * (matrix->count - 1) : 0;
	matrix->pairs = pair = calloc(matrix->pair_count + 1, sizeof(*matrix->pairs));
	if (!pair)
		return error_set(err, ENOMEM, "ping: out of memory");
	for (uint32_t from = 0; from < matrix->count; from++)
		for (uint32_t to = 0; to < matrix->count; to++) {
			if (from == to)
				continue;
			*pair = (struct ping_pair){.from = from, .to = to};
			if (!matrix->netns[from] || !matrix->netns[to])
				pair->failure = "does not run";
			else if (!node_address(matrix->nodes[from], matrix->nodes[to], family,
					       &pair->address))
				pair->failure = "no address";
			pair++;
		}
	return 0;
}

static int matrix_results(const struct matrix *matrix, struct ncrun_ping_result **ret,
			  size_t *ret_count, struct ncrun_error *err)
{
	struct ncrun_ping_result *results = calloc(matrix->pair_count + 1, sizeof(*results));

	if (!results)
		return error_set(err, ENOMEM, "ping: out of memory");
	for (size_t i = 0; i < matrix->pair_count; i++) {
		results[i].from = matrix->nodes[matrix->pairs[i].from]->name;
		results[i].to = matrix->nodes[matrix->pairs[i].to]->name;
		result_fill(&matrix->pairs[i], &results[i]);
	}
	*ret = results;
	*ret_count = matrix->pair_count;
	return 0;
}

static int ping_all(struct ncrun_network *network, const struct ncrun_ping_options *options,
		    int family, struct matrix *matrix, struct ncrun_error *err)
{
	struct ping ping = {.count = options->count,
			    .size = options->bytes,
			    .timeout_ms = options->timeout_ms};
	int r = matrix_nodes(network, matrix, err);

	if (r == 0)
		r = matrix_pairs(matrix, family, err);
	if (r < 0)
		return r;
	ping.netns = matrix->netns;
	ping.netns_count = matrix->count;
	ping.pairs = matrix->pairs;
	ping.pair_count = matrix->pair_count;
	return ping_run(&ping, err);
}

NCRUN_API int ncrun_network_ping_all(struct ncrun_network *network,
				     const struct ncrun_ping_options *options,
				     struct ncrun_ping_result **ret, size_t *ret_count,
				     struct ncrun_error *err)
{
	_cleanup_(matrix_done) struct matrix matrix = {.count = 0};
	struct ncrun_ping_options full = {.size = 0};
	struct descriptor_limit before;
	int family = 0, r = options_fill(options, &full, &family, err);

	if (r < 0)
		return r;
	descriptor_limit_raise(&before); /* each node is some */
	r = ping_all(network, &full, family, &matrix, err);
	descriptor_limit_restore(&before);
	return r < 0 ? r : matrix_results(&matrix, ret, ret_count, err);
}
