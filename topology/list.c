/* SPDX-License-Identifier: Apache-2.0 */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/api.h"
#include "base/error.h"
#include "topology/running.h"

static int info_fill(struct ncrun_network *network, struct ncrun_network_info *ret,
		     struct ncrun_error *err)
{
	const struct network_record *record = &network->record;
	bool claimed = false;
	int r = network_read_record(network, err);

	if (r == 0 && record->changing)
		r = network_is_claimed(network, &claimed, err);
	if (r < 0)
		return r;
	*ret = (struct ncrun_network_info){
		.temporary = guard_lives(record),
		.state = claimed            ? NCRUN_NETWORK_CHANGING
			 : record->changing ? NCRUN_NETWORK_BROKEN
					    : NCRUN_NETWORK_UP,
		.nodes = record->nodes,
		.switches = record->switches,
		.links = record->links,
		.started_at_ns = record->started_at_ns,
	};
	memcpy(ret->name, network->name, sizeof(ret->name));
	return 0;
}

static int running_count(const struct ncrun_context *context, struct ncrun_network_info *infos,
			 size_t count, struct ncrun_error *err)
{
	struct ncrun_container **nodes = NULL;
	size_t node_count = 0;
	int r = ncrun_container_list(context, false, &nodes, &node_count, err);

	if (r < 0)
		return r;
	for (size_t i = 0, at = 0; r == 0 && i < node_count; i++) {
		const struct ncrun_container_info *info;

		r = ncrun_container_info(nodes[i], &info, err);
		if (r < 0 || info->state != NCRUN_CONTAINER_RUNNING) {
			r = r == -ENOENT ? 0 : r; /* it just went */
			continue;
		}
		for (at = 0; at < count && !text_equal(infos[at].name, info->network);)
			at++;
		if (at < count)
			infos[at].running++;
	}
	ncrun_container_list_free(nodes, node_count);
	return r;
}

NCRUN_API int ncrun_network_list(const struct ncrun_context *context,
				 struct ncrun_network_info **ret, size_t *ret_count,
				 struct ncrun_error *err)
{
	_cleanup_free_ struct ncrun_network_info *infos = NULL;
	_cleanup_(strings_freep) char **names = NULL;
	size_t count = 0;
	int r = network_dir_list(context, &names, err);

	if (r < 0)
		return r;
	infos = calloc(strings_count((const char *const *)names) + 1, sizeof(*infos));
	if (!infos)
		return error_errno(err, "make room for the list of networks");
	for (char **name = names; name && *name; name++) {
		_cleanup_(ncrun_network_unrefp) struct ncrun_network *network = NULL;

		/* One that goes away meanwhile is none, and nodes without a record neither. */
		r = network_new(context, *name, false, &network, err);
		if (r == 0)
			r = info_fill(network, &infos[count], err);
		if (r == -EBADMSG ||
		    r == -ENOTSUP) { /* its record cannot be read, but it is there */
			infos[count] = (struct ncrun_network_info){.state = NCRUN_NETWORK_BROKEN};
			snprintf(infos[count].name, sizeof(infos[count].name), "%s", *name);
			r = 0;
		}
		if (r < 0 && r != -ENOENT)
			return r;
		count += r == 0;
	}
	r = running_count(context, infos, count, err);
	if (r < 0)
		return r;
	*ret = take_ptr(infos);
	*ret_count = count;
	return 0;
}

NCRUN_API int ncrun_network_info(struct ncrun_network *network, struct ncrun_network_info *ret,
				 struct ncrun_error *err)
{
	int r = info_fill(network, ret, err);

	return r < 0 ? r : running_count(&network->context, ret, 1, err);
}
