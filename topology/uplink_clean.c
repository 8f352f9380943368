/* SPDX-License-Identifier: Apache-2.0 */

/* What is on the machine of networks that end, and of those whose state is lost. */

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "base/seal.h"
#include "topology/running.h"
#include "topology/uplink.h"

/* For want of a privilege, or of something in the kernel. */
static bool has_no_tables(int r)
{
	return r == -EPERM || r == -EACCES || r == -EINVAL || r == -ENOENT || r == -ENOSYS ||
	       r == -EOPNOTSUPP || r == -EPROTONOSUPPORT || r == -EAFNOSUPPORT;
}

/** None at all for whoever has no way to list them: he has made none. What fails for once says
 * nothing of that. */
static int tables_list(const struct uplinks *uplinks, char ***ret, struct ncrun_error *err)
{
	int r = -EPERM;

	for (int tries = 0; tries < 2 && has_no_tables(r); tries++)
		r = netns_filter_tables(uplinks->machine, NETNS_FILTER_INET, UPLINK_TABLE_LEAD, ret,
					err);
	return has_no_tables(r) ? 0 : r;
}

/* The table last: it says what has to be taken back, and stays until that is. */
int uplinks_remove(struct uplinks *uplinks, struct ncrun_error *err)
{
	int r = uplinks_delete_links(uplinks, err);

	if (r == 0)
		r = forwarding_read(uplinks, err);
	if (r == 0)
		r = forwarding_end(uplinks, err);
	if (r == 0)
		r = uplinks_delete_table(uplinks, err);
	return r < 0 ? r : forwarding_ended(uplinks, err);
}

int uplinks_remove_any(struct uplinks *uplinks, struct ncrun_error *err)
{
	_cleanup_(strings_freep) char **tables = NULL;
	int r = tables_list(uplinks, &tables, err);

	if (r < 0)
		return r;
	return tables ? uplinks_remove(uplinks, err) : uplinks_delete_links(uplinks, err);
}

/** Split "NETWORK/NODE/TAG", of which the last two may be missing. */
static bool owner_parse(const char *text, char mark, struct uplink_owner *ret)
{
	struct {
		char *to;
		size_t size;
	} parts[] = {{ret->network, sizeof(ret->network)},
		     {ret->node, sizeof(ret->node)},
		     {ret->tag, sizeof(ret->tag)}};

	*ret = (struct uplink_owner){.network = ""};
	for (size_t i = 0; i < 3; i++) {
		const char *end = strchrnul(text, mark);
		size_t length = (size_t)(end - text);

		if (length >= parts[i].size)
			return false;
		memcpy(parts[i].to, text, length);
		if (!*end)
			return ret->network[0];
		text = end + 1;
	}
	return false;
}

bool uplink_owner_of_link(const struct netns_link_state *link, struct uplink_owner *ret)
{
	const char *name = link->altname[0] ? link->altname : link->name;

	return text_starts_with(link->name, "nc-") && text_starts_with(name, "nc-") &&
	       owner_parse(name + strlen("nc-"), '~', ret);
}

/** Nothing is there, or nothing that could be read: any other error says nothing of it. */
static int state_of(int r, bool *ret)
{
	*ret = r != -ENOENT;
	return is_damage(r) ? 0 : r;
}

/** Is there anybody whose it is? An error says nothing of it. */
static int owner_look(const struct ncrun_context *context, const struct uplink_owner *owner,
		      bool alone, bool *ret, struct ncrun_error *err)
{
	_cleanup_(ncrun_network_unrefp) struct ncrun_network *network = NULL;
	_cleanup_(ncrun_container_unrefp) struct ncrun_container *container = NULL;
	char full[2 * NCRUN_NAME_MAX + 2];
	int r = -ENOENT;

	if (!alone) {
		r = network_new(context, owner->network, false, &network, err);
		if (r == 0)
			r = network_read_record(network, err);
		return state_of(r, ret);
	}
	snprintf(full, sizeof(full), "%s/%s", owner->network, owner->node);
	r = ncrun_container_open(context, full, &container, err);
	return r == 0 ? container_runs(container, ret, err) : state_of(r, ret);
}

/** struct sweep - what is left of the dead; in doubt their owners live, and that is told at the end
 */
struct sweep {
	const struct ncrun_context *context;
	struct uplinks *own;
	bool dry_run;
	char **going; /* owned; tables that would be removed, if it is a dry run */
	uint32_t count;
	int failed;
	struct ncrun_error error;
};

/* What cannot be looked for, or removed, does not keep the others. */
static void sweep_note(struct sweep *sweep, int r, const struct ncrun_error *failed)
{
	if (r < 0 && sweep->failed == 0) {
		sweep->failed = r;
		sweep->error = *failed;
	}
}

static bool owner_lives(struct sweep *sweep, const struct uplink_owner *owner, bool alone)
{
	struct ncrun_error failed = {0};
	bool lives = false;
	int r = owner_look(sweep->context, owner, alone, &lives, &failed);

	sweep_note(sweep, r, &failed);
	return r < 0 || lives;
}

static int owner_remove(const struct ncrun_context *context, const struct uplink_owner *owner,
			bool alone, struct ncrun_error *err)
{
	_cleanup_uplinks_ struct uplinks uplinks = {.count = 0};
	int r = uplinks_open(context, owner->network, alone ? owner->node : NULL, &uplinks, err);

	return r < 0 ? r : uplinks_remove(&uplinks, err);
}

static int table_clean(struct sweep *sweep, const char *table, const struct uplink_owner *owner,
		       struct ncrun_error *err)
{
	int r = 0;

	if (!sweep->dry_run)
		r = owner_remove(sweep->context, owner, owner->node[0], err);
	else if (strings_append(&sweep->going, table) < 0)
		r = error_set(err, ENOMEM, "make room for the names of tables");
	sweep->count += r == 0;
	return r;
}

static int tables_clean(struct sweep *sweep, struct ncrun_error *err)
{
	_cleanup_(strings_freep) char **tables = NULL;
	int r = tables_list(sweep->own, &tables, err);

	for (char **table = tables; r == 0 && table && *table; table++) {
		struct ncrun_error failed = {0};
		struct uplink_owner owner;

		if (owner_parse(*table + strlen(UPLINK_TABLE_LEAD), '/', &owner) &&
		    text_equal(owner.tag, sweep->own->tag) &&
		    !owner_lives(sweep, &owner, owner.node[0]))
			sweep_note(sweep, table_clean(sweep, *table, &owner, &failed), &failed);
	}
	return r;
}

static bool goes_with_table(const struct sweep *sweep, const struct netns_link_state *link)
{
	for (char **table = sweep->going; table && *table; table++)
		if (uplink_is_of_table(link, *table))
			return true;
	return false;
}

static int link_clean(struct sweep *sweep, const struct netns_link_state *link,
		      struct ncrun_error *err)
{
	_cleanup_(netns_batch_freep) struct netns_batch *batch = NULL;
	int r = sweep->dry_run ? 0 : netns_batch_new(sweep->own->machine, &batch, err);

	if (r == 0 && batch) {
		netns_link_delete(batch, link->index);
		netns_batch_tolerate(batch, ENODEV);
		r = netns_batch_send(batch, err);
	}
	sweep->count += r == 0;
	return r;
}

/* Links without a table: somebody has emptied the machine's filters. */
static int links_clean(struct sweep *sweep, struct ncrun_error *err)
{
	_cleanup_(netns_state_freep) struct netns_state *state = NULL;
	int r = netns_state_read(sweep->own->machine, NETNS_LOOK_LINKS, &state, err);

	for (size_t i = 0; r == 0 && i < state->link_count; i++) {
		const struct netns_link_state *link = &state->links[i];
		struct ncrun_error failed = {0};
		struct uplink_owner owner;

		if (uplink_owner_of_link(link, &owner) && text_equal(owner.tag, sweep->own->tag) &&
		    !goes_with_table(sweep, link) && !owner_lives(sweep, &owner, false) &&
		    !owner_lives(sweep, &owner, true))
			sweep_note(sweep, link_clean(sweep, link, &failed), &failed);
	}
	return r;
}

int uplinks_clean(const struct ncrun_context *context, bool dry_run, uint32_t *ret_count,
		  struct ncrun_error *err)
{
	_cleanup_uplinks_ struct uplinks own = {.count = 0};
	struct sweep sweep = {.context = context, .own = &own, .dry_run = dry_run};
	int r = uplinks_open(context, "", NULL, &own, err);

	if (r == -EPERM && geteuid() != 0) /* a user, who cannot have made any */
		return 0;
	if (r == 0)
		r = tables_clean(&sweep, err);
	if (r == 0)
		r = links_clean(&sweep, err);
	strings_free(sweep.going);
	*ret_count += sweep.count;
	if (r == 0 && sweep.failed < 0) {
		r = sweep.failed;
		if (err)
			*err = sweep.error;
	}
	return r;
}
