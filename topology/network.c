/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Handles on running networks, and their state: a directory with a record and the
 * completed topology, beside the directories of the nodes. Whoever changes a network
 * locks the directory, and records that before he begins: a record that says so
 * while nobody has the lock is what a killed ncrun left.
 */

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/api.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/file.h"
#include "base/process.h"
#include "base/record.h"
#include "base/seal.h"
#include "topology/running.h"

#define RECORD_MAX    65536
#define TOPOLOGY_MAX  (256u << 20)
#define CLAIM_WAIT_MS 300

/* ---- handles --------------------------------------------------------------------------- */

static bool copy_text(const char **text)
{
	if (!*text)
		return true;
	*text = strdup(*text);
	return *text;
}

int network_new(const struct ncrun_context *context, const char *name, bool create,
		struct ncrun_network **ret, struct ncrun_error *err)
{
	_cleanup_(ncrun_network_unrefp) struct ncrun_network *network = calloc(1, sizeof(*network));
	int r;

	if (!network)
		return error_errno(err, "make room for a network");
	network->dir = network->guard = -1;
	if (context) {
		struct ncrun_context own = *context;

		if (!copy_text(&own.state_dir))
			return error_errno(err, "make room for a network");
		network->context.state_dir = own.state_dir;
		if (!copy_text(&own.store_dir))
			return error_errno(err, "make room for a network");
		network->context = own;
	}
	network->context.size = sizeof(network->context);
	r = network_dir_open(&network->context, name, create, &network->dir, err);
	if (r < 0)
		return r;
	memcpy(network->name, name, strlen(name) + 1); /* its length has been checked */
	*ret = take_ptr(network);
	return 0;
}

NCRUN_API struct ncrun_network *ncrun_network_unref(struct ncrun_network *network)
{
	if (!network)
		return NULL;
	network_members_done(network);
	maker_unref(network->maker);
	netns_free(network->fabric);
	ncrun_topology_unref(network->topology);
	closep(&network->dir); /* with the lock, if we have it */
	guard_release(&network->guard);
	free((char *)network->context.state_dir);
	free((char *)network->context.store_dir);
	free(network);
	return NULL;
}

NCRUN_API int ncrun_network_open(const struct ncrun_context *context, const char *name,
				 struct ncrun_network **ret, struct ncrun_error *err)
{
	_cleanup_(ncrun_network_unrefp) struct ncrun_network *network = NULL;
	int r = network_new(context, name, false, &network, err);

	if (r < 0)
		return r;
	assert(network);
	r = network_read(network, err);
	if (r < 0)
		return r;
	*ret = take_ptr(network);
	return 0;
}

NCRUN_API const char *ncrun_network_name(const struct ncrun_network *network)
{
	return network->name;
}

NCRUN_API const struct ncrun_topology *ncrun_network_topology(const struct ncrun_network *network)
{
	return network->topology;
}

NCRUN_API bool ncrun_network_is_temporary(const struct ncrun_network *network)
{
	return network->guard >= 0;
}

struct ncrun_topology *network_topology(struct ncrun_network *network)
{
	return network->topology;
}

int network_dir(const struct ncrun_network *network)
{
	return network->dir;
}

/* ---- the record ------------------------------------------------------------------------------ */

/** The record is the first of its files, and goes as the last. */
static bool network_has_files(const struct ncrun_network *network)
{
	return faccessat(network->dir, NETWORK_TOPOLOGY, F_OK, AT_SYMLINK_NOFOLLOW) == 0 ||
	       faccessat(network->dir, NETWORK_FABRIC, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

static int damage_tell(const struct ncrun_network *network, int r, const struct ncrun_error *why,
		       struct ncrun_error *err)
{
	if (r == -ENOTSUP)
		return error_set(err, ENOTSUP, "record of network '%s': %s", network->name,
				 why->message);
	if (is_damage(r))
		return error_set(err, EBADMSG,
				 "record of network '%s': %s (remove the network: ncrun down %s)",
				 network->name, why->message, network->name);
	return error_set(err, -r, "record of network '%s': %s", network->name, why->message);
}

int network_read_record(struct ncrun_network *network, struct ncrun_error *err)
{
	struct ncrun_error why = {0};
	_cleanup_free_ char *text = NULL;
	_cleanup_(record_freep) struct record *record = NULL;
	size_t size;
	int r = seal_read_at(network->dir, NETWORK_RECORD, RECORD_MAX, &text, &size, &why);

	if (r == -ENOENT && !network_has_files(network))
		return error_set(err, ENOENT, "no network '%s'", network->name);
	if (r == -ENOENT) /* it is the first to be made: the others may have come meanwhile */
		r = seal_read_at(network->dir, NETWORK_RECORD, RECORD_MAX, &text, &size, &why);
	if (r == 0)
		r = record_parse(text, size, &record, &why);
	if (r == 0 && !text_equal(record_get(record, "network", ""), network->name))
		r = error_set(&why, EBADMSG, "it is that of network '%s'",
			      record_get(record, "network", ""));
	if (r < 0)
		return damage_tell(network, r, &why, err);
	network->record = (struct network_record){
		.changing = !text_equal(record_get(record, "state", ""), "up"),
		.machine = record_get_u64(record, "machine", 0),
		.cut = record_get_u64(record, "cut", 0),
		.started_at_ns = record_get_i64(record, "started_at", 0),
		.nodes = (uint32_t)record_get_u64(record, "nodes", 0),
		.switches = (uint32_t)record_get_u64(record, "switches", 0),
		.links = (uint32_t)record_get_u64(record, "links", 0),
		.guard = (pid_t)record_get_i64(record, "guard", 0),
		.guard_identity = record_get_u64(record, "guard_identity", 0),
		.guard_boot = record_get_u64(record, "guard_boot", 0),
	};
	return 0;
}

int network_write_record(const struct ncrun_network *network, struct ncrun_error *err)
{
	const struct network_record *record = &network->record;
	_cleanup_text_ struct text text = {0};

	record_put(&text, "network", network->name);
	record_put(&text, "state", record->changing ? "changing" : "up");
	record_put_u64(&text, "machine", record->machine);
	record_put_u64(&text, "cut", record->cut);
	record_put_i64(&text, "started_at", record->started_at_ns);
	record_put_u64(&text, "nodes", record->nodes);
	record_put_u64(&text, "switches", record->switches);
	record_put_u64(&text, "links", record->links);
	record_put_i64(&text, "guard", record->guard);
	record_put_u64(&text, "guard_identity", record->guard_identity);
	record_put_u64(&text, "guard_boot", record->guard_boot);
	text_seal(&text);
	if (text_failed(&text))
		return error_set(err, ENOMEM, "make room for a network's record");
	return file_replace_at(network->dir, NETWORK_RECORD, text.chars, text.length, 0600, err);
}

/* ---- the topology ------------------------------------------------------------------------ */

static int topology_damaged(const struct ncrun_network *network, int r, struct ncrun_error *err)
{
	struct ncrun_error why = err ? *err : (struct ncrun_error){.message = ""};

	return error_set(err, r == -ENOTSUP ? ENOTSUP : EBADMSG,
			 "topology of network '%s': %s (remove the network: ncrun down %s)",
			 network->name, why.message, network->name);
}

int network_read_topology(const struct ncrun_network *network, const char *file,
			  struct ncrun_topology **ret, struct ncrun_error *err)
{
	_cleanup_(ncrun_topology_unrefp) struct ncrun_topology *topology = NULL;
	_cleanup_(problems_done) struct problems problems = {0};
	_cleanup_free_ char *text = NULL;
	size_t size;
	int r = seal_read_at(network->dir, file, TOPOLOGY_MAX, &text, &size, err);

	if (r == 0)
		r = topology_read(&(struct topology_text){file, text, size, TOPOLOGY_FORMAT_STATE},
				  &topology, &problems, err);
	if (r == 0)
		r = problems_tell(&problems, file, NULL, NULL, err);
	if (r == 0) /* nothing is left to assign, but what is not written follows from the rest */
		r = topology_complete(topology, &problems, err);
	if (is_damage(r))
		return topology_damaged(network, r, err);
	if (r < 0)
		return error_wrap(err, r, "state of network '%s'", network->name);
	*ret = take_ptr(topology);
	return 0;
}

int network_read(struct ncrun_network *network, struct ncrun_error *err)
{
	struct ncrun_topology *topology = NULL;
	int r = network_read_record(network, err);

	if (r == 0)
		r = network_read_topology(network, NETWORK_TOPOLOGY, &topology, err);
	if (r < 0)
		return r;
	ncrun_topology_unref(network->topology);
	network->topology = topology;
	return 0;
}

int network_write_topology(const struct ncrun_network *network, const char *file,
			   const struct ncrun_topology *topology, struct ncrun_error *err)
{
	_cleanup_text_ struct text text = {0};
	int r = topology_write(topology, TOPOLOGY_STYLE_FULL, &text, err);

	if (r < 0)
		return r;
	text_seal(&text);
	if (text_failed(&text))
		return error_set(err, ENOMEM, "make room for a network's topology");
	return file_replace_at(network->dir, file, text.chars, text.length, 0600, err);
}

/* ---- the lock ---------------------------------------------------------------------------- */

int network_claim(struct ncrun_network *network, struct ncrun_error *err)
{
	/* Whoever only looks whether it is locked has it for a moment, too. */
	int64_t deadline = clock_deadline(CLAIM_WAIT_MS);
	bool taken = false;
	int r;

	for (;;) {
		r = file_lock(network->dir, true, false, &taken, err);
		if (r < 0 || taken)
			return r;
		if (clock_has_passed(deadline))
			return error_set(err, EBUSY,
					 "network '%s' is being changed by another ncrun",
					 network->name);
		nanosleep(&(struct timespec){.tv_nsec = 5000000}, NULL);
	}
}

int network_is_claimed(const struct ncrun_network *network, bool *ret, struct ncrun_error *err)
{
	bool taken = false;
	int r = file_lock(network->dir, false, false, &taken, err);

	if (r < 0)
		return r;
	if (taken)
		file_unlock(network->dir);
	*ret = !taken;
	return 0;
}

int network_lock(struct ncrun_network *network, struct ncrun_error *err)
{
	bool mendable = false;
	int r = network_claim(network, err);

	if (r < 0)
		return r;
	r = network_read(network, err);
	if (r == 0)
		r = network_is_mendable(network, &mendable, err);
	if (mendable)
		r = network_mend(network, err);
	else if (r == 0 && network->record.changing)
		r = error_set(
			err, EUCLEAN,
			"network '%s' is broken: the ncrun that changed it was killed (mend it: "
			"ncrun up, or remove it: ncrun down %s)",
			network->name, network->name);
	if (r < 0)
		network_unlock(network);
	return r;
}

void network_unlock(struct ncrun_network *network)
{
	file_unlock(network->dir);
}
