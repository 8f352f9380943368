/* SPDX-License-Identifier: Apache-2.0 */

#include <assert.h>
#include <errno.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "topology/ping.h"

/** What one namespace knew before. */
struct knowledge {
	struct netns_neighbour *known; /* owned */
	size_t count;
	bool read;
	bool touched; /* is in the list of those */
};

struct ping_neighbours {
	struct netns **netns; /* borrowed */
	size_t count;
	struct knowledge *knowledge; /* owned; for each */
	uint32_t *touched;           /* owned */
	size_t touched_count;
};

int ping_neighbours_new(struct netns **netns, size_t count, struct ping_neighbours **ret,
			struct ncrun_error *err)
{
	_cleanup_(ping_neighbours_freep) struct ping_neighbours *n = calloc(1, sizeof(*n));

	if (!n)
		return error_set(err, ENOMEM, "ping: out of memory");
	n->netns = netns;
	n->count = count;
	n->knowledge = calloc(count + 1, sizeof(*n->knowledge));
	n->touched = calloc(count + 1, sizeof(*n->touched));
	if (!n->knowledge || !n->touched)
		return error_set(err, ENOMEM, "ping: out of memory");
	*ret = take_ptr(n);
	return 0;
}

struct ping_neighbours *ping_neighbours_free(struct ping_neighbours *n)
{
	if (!n)
		return NULL;
	for (size_t i = 0; n->knowledge && i < n->count; i++)
		free(n->knowledge[i].known);
	free(n->knowledge);
	free(n->touched);
	free(n);
	return NULL;
}

int ping_neighbours_touch(struct ping_neighbours *n, uint32_t netns, struct ncrun_error *err)
{
	struct knowledge *knowledge = &n->knowledge[netns];

	assert(netns < n->count);
	if (!knowledge->read) {
		int r = netns_neighbours_read(n->netns[netns], &knowledge->known, &knowledge->count,
					      err);

		if (r < 0)
			return r;
		knowledge->read = true;
	}
	if (!knowledge->touched)
		n->touched[n->touched_count++] = netns;
	knowledge->touched = true;
	return 0;
}

static bool was_known(const struct knowledge *knowledge, const struct netns_neighbour *neighbour)
{
	for (size_t i = 0; i < knowledge->count; i++)
		if (knowledge->known[i].index == neighbour->index &&
		    netns_ip_equal(&knowledge->known[i].ip, &neighbour->ip))
			return true;
	return false;
}

/** struct pending - those that are looked for, and who knows whether they have to stay */
struct pending {
	bool (*awaited)(void *data, uint32_t netns, const struct netns_ip *ip);
	void *data;
	size_t count;
};

static int forget(struct ping_neighbours *n, uint32_t netns, struct pending *pending,
		  struct ncrun_error *err)
{
	_cleanup_(netns_batch_freep) struct netns_batch *batch = NULL;
	_cleanup_free_ struct netns_neighbour *known = NULL;
	size_t count = 0;
	int r = netns_neighbours_read(n->netns[netns], &known, &count, err);

	if (r == 0)
		r = netns_batch_new(n->netns[netns], &batch, err);
	for (size_t i = 0; r == 0 && i < count; i++) {
		if (known[i].permanent || was_known(&n->knowledge[netns], &known[i]))
			continue;
		if (known[i].pending && pending->awaited(pending->data, netns, &known[i].ip)) {
			pending->count++;
			continue;
		}
		netns_neighbour_delete(batch, known[i].index, &known[i].ip);
		netns_batch_tolerate(batch, ENOENT);
	}
	return r < 0 ? r : netns_batch_send(batch, err);
}

int ping_neighbours_forget(struct ping_neighbours *n,
			   bool (*awaited)(void *data, uint32_t netns, const struct netns_ip *ip),
			   void *data, size_t *ret_pending, struct ncrun_error *err)
{
	struct pending pending = {.awaited = awaited, .data = data};
	size_t left = 0;

	for (size_t i = 0; i < n->touched_count; i++) {
		size_t before = pending.count;
		int r = forget(n, n->touched[i], &pending, err);

		if (r < 0)
			return r;
		n->knowledge[n->touched[i]].touched = pending.count > before;
		if (pending.count > before)
			n->touched[left++] = n->touched[i];
	}
	n->touched_count = left;
	*ret_pending = pending.count;
	return 0;
}
