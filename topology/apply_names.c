/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Hosts files. In a small network each node has one of its own, which the runtime keeps. Where
 * that would take memory by the square of the nodes, those who know the same share one, a file
 * of the network that is mounted in each. Who has which is written down, since a mount stays
 * with its file: all are written in place when the network changes.
 */

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/file.h"
#include "base/record.h"
#include "base/seal.h"
#include "topology/apply.h"
#include "topology/hosts.h"

/* Bytes of all nodes' own files; beyond that they share. */
#define OWN_FILES_MAX (4u << 20)
#define SHARERS_MAX   (8u << 20)
#define FILE_NAME_MAX 32

/* ---- who shares which ------------------------------------------------------------------------ */

static void number_nodes(const struct ncrun_topology *topology)
{
	for (size_t i = 0; i < topology->node_count; i++)
		topology->nodes[i]->mark = (uint32_t)i;
}

/* "7 NODE": that node has the file of that number. One whose node has gone is left out. */
static void sharer_note(struct apply *apply, const char *entry)
{
	char *end = NULL;
	unsigned long number = strtoul(entry, &end, 10);
	const struct node *node;

	if (*end != ' ' || number == 0 || number >= UINT32_MAX)
		return;
	if (number > apply->last_file)
		apply->last_file = (uint32_t)number;
	node = topology_node(apply->wanted, end + 1);
	if (node)
		apply->files[node->mark] = (uint32_t)number;
}

static int sharers_read(struct apply *apply, struct ncrun_error *err)
{
	const struct ncrun_topology *topology = apply->wanted;
	_cleanup_(record_freep) struct record *record = NULL;
	_cleanup_free_ char *text = NULL;
	const char *const *entries;
	size_t size;
	int r;

	apply->files = calloc(topology->node_count + 1, sizeof(*apply->files));
	if (!apply->files)
		return error_errno(err, "make room for hosts files");
	r = seal_read_at(apply->network->dir, NETWORK_HOSTS, SHARERS_MAX, &text, &size, err);
	if (r == -ENOENT)
		return 0;
	if (r == 0)
		r = record_parse(text, size, &record, err);
	if (r < 0)
		return error_wrap(err, is_damage(r) ? -EBADMSG : r, "who shares a hosts file");
	number_nodes(topology);
	apply->last_file = (uint32_t)record_get_u64(record, "last", 0);
	entries = record_get_list(record, "shares");
	for (; entries && *entries; entries++)
		sharer_note(apply, *entries);
	return 0;
}

static int sharers_write(struct apply *apply, struct ncrun_error *err)
{
	const struct ncrun_topology *topology = apply->wanted;
	_cleanup_text_ struct text record = {0};

	record_put_u64(&record, "last", apply->last_file);
	for (size_t i = 0; i < topology->node_count; i++) {
		char entry[NCRUN_NAME_MAX + 16];

		if (!apply->files[i])
			continue;
		snprintf(entry, sizeof(entry), "%u %s", apply->files[i], topology->nodes[i]->name);
		record_put(&record, "shares", entry);
	}
	text_seal(&record);
	if (text_failed(&record))
		return error_set(err, ENOMEM, "make room for hosts files");
	return file_replace_at(apply->network->dir, NETWORK_HOSTS, record.chars, record.length,
			       0600, err);
}

static void file_name(uint32_t number, char ret[FILE_NAME_MAX])
{
	snprintf(ret, FILE_NAME_MAX, NETWORK_HOSTS ".%u", number);
}

/* In place: a mount does not see a file that takes a name over. */
static int file_write(const struct apply *apply, uint32_t number, const char *text,
		      struct ncrun_error *err)
{
	_cleanup_close_ int fd = -1;
	char name[FILE_NAME_MAX];
	size_t size = strlen(text);
	int r;

	file_name(number, name);
	fd = openat(apply->network->dir, name, O_WRONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0644);
	if (fd < 0 || fchmod(fd, 0644) < 0)
		return error_errno(err, "open the hosts file '%s'", name);
	r = file_write_all(fd, text, size, err);
	if (r == 0 && ftruncate(fd, (off_t)size) < 0)
		r = error_errno(err, "cut the hosts file '%s'", name);
	return r;
}

/* ---- before the nodes are made: who is to share ---- */

static size_t own_bytes(const struct ncrun_topology *topology, const struct hosts *hosts)
{
	_cleanup_free_ size_t *lengths = calloc(hosts->count + 1, sizeof(*lengths));
	size_t bytes = 0;

	for (size_t i = 0; lengths && i < hosts->count; i++)
		lengths[i] = strlen(hosts->texts[i]);
	for (size_t i = 0; lengths && i < topology->node_count; i++)
		if (hosts->of_node[i] != HOSTS_NONE)
			bytes += lengths[hosts->of_node[i]];
	return bytes;
}

/* New nodes of one text get one new file; numbers are never used again. */
static int share(struct apply *apply, struct ncrun_error *err)
{
	_cleanup_free_ uint32_t *numbers = calloc(apply->hosts.count + 1, sizeof(*numbers));
	const struct plan_step *step = apply_next(apply, PLAN_NODE, NULL);
	int r = 0;

	if (!numbers)
		return error_errno(err, "make room for hosts files");
	for (size_t i = 0; r == 0 && i < apply->wanted->node_count; i++) {
		uint32_t text = apply->hosts.of_node[i];

		while (step && step->verb != NCRUN_STEP_CREATE)
			step = apply_next(apply, PLAN_NODE, (struct plan_step *)step);
		/* steps are in the order of the nodes */
		if (!step || step->after != apply->wanted->nodes[i] || text == HOSTS_NONE)
			continue;
		step = apply_next(apply, PLAN_NODE, (struct plan_step *)step);
		if (!numbers[text]) {
			numbers[text] = ++apply->last_file;
			r = file_write(apply, numbers[text], apply->hosts.texts[text], err);
		}
		apply->files[i] = numbers[text];
	}
	return r < 0 ? r : sharers_write(apply, err);
}

int apply_names_prepare(struct apply *apply, struct ncrun_error *err)
{
	int r;

	if (!apply_next(apply, PLAN_NAMES, NULL) || !apply->wanted)
		return 0;
	r = sharers_read(apply, err);
	if (r == 0)
		r = hosts_find(apply->wanted, &apply->hosts, err);
	if (r == 0 && own_bytes(apply->wanted, &apply->hosts) > OWN_FILES_MAX)
		r = share(apply, err);
	number_nodes(apply->wanted);
	return r;
}

bool names_source(const struct apply *apply, const struct node *node, char *ret_path, size_t size)
{
	char name[FILE_NAME_MAX];

	if (!apply->files || !apply->files[node->mark])
		return false;
	file_name(apply->files[node->mark], name);
	snprintf(ret_path, size, "/proc/self/fd/%d/%s", apply->network->dir, name);
	return true;
}

/* ---- when they are there: what they know ---- */

static int node_write(struct apply *apply, const char *name, const char *text,
		      struct ncrun_error *err)
{
	struct member *member = NULL;
	int r = network_member_open(apply->network, name, &member, err);

	if (r == 0)
		r = container_write_hosts(member->container, text, strlen(text), err);
	return r == -ENOENT ? 0 : r; /* a root of its own, or it has ended */
}

/* Of those who share one, the first in the order of the file says what is in it. */
static int names_write(struct apply *apply, struct ncrun_error *err)
{
	const struct ncrun_topology *topology = apply->wanted;
	_cleanup_free_ bool *written = calloc((size_t)apply->last_file + 1, sizeof(*written));
	int r = 0;

	if (!written)
		return error_errno(err, "make room for hosts files");
	for (size_t i = 0; r == 0 && i < topology->node_count; i++) {
		const struct node *node = topology->nodes[i];
		uint32_t text = apply->hosts.of_node[i], number = apply->files[i];

		if (text == HOSTS_NONE || written[number])
			continue;
		written[number] = number > 0; /* 0 is nobody else's */
		r = number > 0 ? file_write(apply, number, apply->hosts.texts[text], err)
			       : node_write(apply, node->name, apply->hosts.texts[text], err);
		if (r < 0)
			return error_wrap(err, r, "names for node '%s'", node->name);
	}
	return 0;
}

int apply_names(struct apply *apply, struct ncrun_error *err)
{
	struct plan_step *step = apply_next(apply, PLAN_NAMES, NULL);

	/* without the second, it could not be prepared, and that was told */
	if (!step || !apply->files || !apply->hosts.of_node)
		return 0;
	step->begun = true;
	return names_write(apply, err);
}
