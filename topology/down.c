/* SPDX-License-Identifier: Apache-2.0 */

/* Networks end: all their nodes side by side, then what held them together, their names last. */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/api.h"
#include "base/error.h"
#include "base/file.h"
#include "base/name.h"
#include "topology/running.h"
#include "topology/uplink.h"

static int first_error(int r, int x)
{
	return r < 0 ? r : x;
}

/* ---- nodes ---------------------------------------------------------------------------------- */

/* Whatever is in the directory: those of the topology, and those that joined it. */
static int nodes_end(struct ncrun_network *network, char *const *names, uint64_t grace_ms,
		     struct ncrun_error *err)
{
	int r = 0;

	for (char *const *name = names; name && *name; name++) {
		struct member *member = NULL;

		if (name_check("node", *name, NULL) == 0 &&
		    network_member_open(network, *name, &member, NULL) == 0)
			(void)container_stop_begin(member->container, grace_ms, NULL);
	}
	for (char *const *name = names; name && *name; name++) {
		struct ncrun_error failed = {0};
		struct member *member = NULL;
		int x;

		if (name_check("node", *name, NULL) < 0)
			continue;
		x = network_member_open(network, *name, &member, &failed);
		if (x == 0)
			x = ncrun_container_stop(member->container, grace_ms, &failed);
		if (x == 0 || x == -EBADMSG) /* one that cannot be asked is ended */
			x = ncrun_container_remove(member->container, true, &failed);
		network_member_forget(network, *name);
		if (x == 0 || x == -ENOENT)
			continue;
		if (r == 0 && err)
			*err = failed;
		r = first_error(r, x);
	}
	return r;
}

/* ---- files ------------------------------------------------------------------------------- */

/* The record last: as long as it is there, the rest is known to be ours. */
static int files_remove(struct ncrun_network *network, char *const *names, struct ncrun_error *err)
{
	for (char *const *name = names; name && *name; name++)
		if (**name == '.' && !text_equal(*name, NETWORK_RECORD)) {
			int r = tree_remove_at(network->dir, *name, NULL, err);

			if (r < 0)
				return error_wrap(err, r, "network '%s'", network->name);
		}
	return tree_remove_at(network->dir, NETWORK_RECORD, NULL, err);
}

int network_is_there(const struct ncrun_network *network, bool *ret, struct ncrun_error *err)
{
	struct stat mine, named;
	int fd = -1, r = network_dir_open(&network->context, network->name, false, &fd, NULL);

	if (r < 0 && r != -ENOENT)
		return error_set(err, -r, "look for network '%s': %s", network->name, strerror(-r));
	*ret = r == 0 && fstat(network->dir, &mine) == 0 && fstat(fd, &named) == 0 &&
	       mine.st_ino == named.st_ino && mine.st_dev == named.st_dev;
	closep(&fd);
	return 0;
}

/* What it has on the machine itself. */
static int machine_leave(struct ncrun_network *network, struct ncrun_error *err)
{
	_cleanup_uplinks_ struct uplinks uplinks = {.count = 0};
	int r = uplinks_open(&network->context, network->name, NULL, &uplinks, err);

	if (r < 0)
		return r;
	return network->record.guessed ? uplinks_remove_any(&uplinks, err)
				       : uplinks_remove(&uplinks, err);
}

int network_remove(struct ncrun_network *network, uint64_t grace_ms, struct ncrun_error *err)
{
	_cleanup_(strings_freep) char **names = NULL, **left = NULL;
	int r;

	guard_end(&network->record);
	network->record.changing = true;
	r = network_forget_next(network, err);
	if (r == 0)
		r = network_write_record(network, err);
	/* A full disk is a reason to remove things, and so is a directory of the record's name. */
	if (r == -ENOSPC || r == -EDQUOT || r == -EISDIR)
		r = 0;
	if (r == 0)
		r = directory_list(network->dir, &names, err);
	if (r < 0)
		return r;
	r = nodes_end(network, names, grace_ms, err);
	if (network->record.machine)
		r = first_error(r, machine_leave(network, r < 0 ? NULL : err));
	r = first_error(r, fabric_delete(network, r < 0 ? NULL : err));
	network_members_done(network);
	network->topology = ncrun_topology_unref(network->topology);
	if (r == 0)
		r = directory_list(network->dir, &left, err);
	if (r == 0)
		r = files_remove(network, left, err);
	if (r < 0)
		return r;
	network->record = (struct network_record){0};
	return 0;
}

/* With the lock held, which goes with the directory. */
static int network_end(struct ncrun_network *network, uint64_t grace_ms, struct ncrun_error *err)
{
	int r = network_read_record(network, err);

	if (r == -EBADMSG) { /* names tell what there is */
		network->record =
			(struct network_record){.changing = true, .machine = true, .guessed = true};
		r = 0;
	}
	if (r == 0)
		r = network_remove(network, grace_ms, err);
	if (r == 0) {
		r = network_dir_remove(&network->context, network->name, NULL);
		if (r == -ENOTEMPTY || r == -ENOENT) /* somebody makes a node there */
			r = 0;
		if (r < 0)
			error_set(err, -r, "remove the directory of network '%s': %s",
				  network->name, strerror(-r));
	}
	return r;
}

/** @guard: 0, or the process whose network alone is meant. */
static int network_down(const struct ncrun_context *context, const char *name, uint64_t grace_ms,
			pid_t guard, struct ncrun_error *err)
{
	_cleanup_(ncrun_network_unrefp) struct ncrun_network *network = NULL;
	int r = network_new(context, name, false, &network, err);

	if (r == 0)
		r = network_claim(network, err);
	if (r < 0)
		return r;
	if (guard != 0)
		r = network_read_record(network, err);
	if (r == 0 && guard != 0 && network->record.guard != guard)
		r = error_set(err, ESTALE, "network '%s' is another one", name);
	if (r == 0)
		r = network_end(network, grace_ms, err);
	network_unlock(network);
	return r;
}

NCRUN_API int ncrun_network_down(const struct ncrun_context *context, const char *name,
				 uint64_t grace_ms, struct ncrun_error *err)
{
	return network_down(context, name, grace_ms, 0, err);
}

int network_down_guarded(const struct ncrun_context *context, const char *name, pid_t guard,
			 struct ncrun_error *err)
{
	return network_down(context, name, 0, guard, err);
}

/* ---- clean ------------------------------------------------------------------------------- */

/* First processes of nodes hold the lock of a killed ncrun for a moment more: so it is waited for.
 */
static int network_clean(struct ncrun_network *network, bool dry_run,
			 struct ncrun_network_clean_report *report, struct ncrun_error *err)
{
	bool mendable = false, next = false;
	int r = network_read_record(network, err);

	(void)file_temporaries_remove(network->dir, dry_run);
	if (r == 0)
		r = network_has_next(network, &next, err);
	if (r < 0 || (!network->record.changing && !next))
		return r;
	r = network_claim(network, err);
	if (r < 0)
		return r == -EBUSY ? 0 : r;
	r = network_read_record(network, err);
	if (r == 0)
		r = network_is_mendable(network, &mendable, err);
	if (mendable) {
		report->mended++;
		r = dry_run ? 0 : network_mend(network, err);
	} else if (r == 0 && network->record.changing) {
		report->networks++;
		report->nodes += network->record.nodes;
		r = dry_run ? 0 : network_end(network, 0, err);
	} else if (r == 0 && !dry_run) { /* killed before it began */
		r = network_forget_next(network, err);
	}
	network_unlock(network);
	return r;
}

NCRUN_API int ncrun_network_clean(const struct ncrun_context *context, bool dry_run,
				  struct ncrun_network_clean_report *ret, struct ncrun_error *err)
{
	struct ncrun_network_clean_report report = {0};
	_cleanup_(strings_freep) char **names = NULL;
	int r = network_dir_list(context, &names, err), first = 0;

	if (r < 0)
		return r;
	for (char **name = names; name && *name; name++) {
		_cleanup_(ncrun_network_unrefp) struct ncrun_network *network = NULL;
		struct ncrun_error failed = {0};

		r = network_new(context, *name, false, &network, &failed);
		if (r == 0)
			r = network_clean(network, dry_run, &report, &failed);
		if (r < 0 && r != -ENOENT && first == 0) {
			first = r;
			if (err)
				*err = failed;
		}
	}
	r = uplinks_clean(context, dry_run, &report.objects, first == 0 ? err : NULL);
	*ret = report;
	return first_error(first, r);
}
