/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Any bytes as one of the files that are kept of a node and of its network; the first byte
 * tells which, and in its top bit whether they are as a disk has spoiled them: else they are
 * sealed as if they had been written. Whoever looks at them is told what is there, or why that
 * cannot be read.
 */

#include <assert.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <ncrun/logs.h>
#include <ncrun/network.h>

#include "base/file.h"
#include "base/seal.h"
#include "runtime/container.h"
#include "tests/fuzz/folder.h"
#include "tests/fuzz/libfyaml.h"
#include "tests/fuzz/statuses.h"
#include "topology/running.h"

#define NETWORK "lab"
#define NODE    "lab/a"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum seal {
	SEAL_NONE,
	SEAL_TEXT,
	SEAL_STATUS
};

/* What is not of the node, or the network, where it stands is not read any further: @lead. */
static const struct {
	const char *path, *lead, *usual;
	enum seal seal;
} files[] = {
	{NODE "/state", "network=lab\nnode=a\n",
	 "pid=0\nargv=sh\nservice=main\nlimit=memory=64M\nrootfs=/\ncomplete=\n", SEAL_TEXT},
	{NODE "/" CONTAINER_CHANGES, "", "limit=memory=32M\npaused=1\n", SEAL_TEXT},
	{NODE "/status", "", "", SEAL_STATUS},
	{NODE "/log.0", "", "", SEAL_NONE},
	{NODE "/log.1", "", "2026-11-27T10:00:00.000000001Z stdout F main hello\n", SEAL_NONE},
	{NETWORK "/" NETWORK_RECORD, "network=lab\n", "state=up\nnodes=1\n", SEAL_TEXT},
	{NETWORK "/" NETWORK_TOPOLOGY, "", "name: lab\nnodes: {a: {}}\n", SEAL_TEXT},
	{NETWORK "/.partition", "", "group=a\npackets=7\n", SEAL_TEXT},
};

#define FILES      (sizeof(files) / sizeof(files[0]))
#define NODE_FILES 5 /* of a node; the others are the network's */

static void put(size_t which, const void *bytes, size_t size, bool spoiled)
{
	_cleanup_text_ struct text text = {0};

	if (!spoiled)
		text_append(&text, files[which].lead);
	text_append_bytes(&text, bytes, size);
	if (size == 0 && files[which].seal == SEAL_STATUS)
		text_append_bytes(&text, &(struct init_status){0}, sizeof(struct init_status));
	else if (!spoiled && files[which].seal == SEAL_STATUS)
		statuses_seal(&text);
	if (!spoiled && files[which].seal == SEAL_TEXT) {
		if (text.length > 0 && text.chars[text.length - 1] != '\n')
			text_append_char(&text, '\n');
		text_seal(&text);
	}
	if (!text_failed(&text))
		file_replace_at(folder_fd(), files[which].path, text_string(&text), text.length,
				0600, NULL);
}

/** A node that is to be forgotten is, by whoever lists it: then it is made again. */
static bool prepare(void)
{
	int fd = folder_fd();

	if (fd < 0 || faccessat(fd, NODE "/state", F_OK, 0) == 0)
		return fd >= 0;
	(void)mkdirat(fd, NETWORK, 0700);
	(void)mkdirat(fd, NODE, 0700);
	for (size_t i = 0; i < FILES; i++)
		put(i, files[i].usual, strlen(files[i].usual), false);
	return true;
}

static int on_line(void *data, const struct ncrun_log_line *line)
{
	(void)data;
	assert(*line->service && (line->stream == 1 || line->stream == 2));
	return 0;
}

static void look_at_node(const struct ncrun_context *context)
{
	const struct ncrun_log_options options = {.size = sizeof(options), .tail = 3};
	_cleanup_(ncrun_container_unrefp) struct ncrun_container *node = NULL;
	const struct ncrun_container_info *info;
	struct ncrun_error err = {0};

	if (ncrun_container_open(context, NODE, &node, &err) < 0) {
		assert(err.code && err.message[0]);
		return;
	}
	if (ncrun_container_info(node, &info, &err) == 0) {
		bool made = info->state == NCRUN_CONTAINER_EXITED || info->service_count > 0;

		assert(strcmp(info->name, "a") == 0 && info->hostname);
		assert(info->service_count <= INIT_SERVICES_MAX && (!made || info->argv));
	}
	ncrun_container_logs(node, &options, on_line, NULL, &err);
}

static void look_at_network(const struct ncrun_context *context)
{
	_cleanup_free_ char **groups = NULL;
	struct ncrun_network *network = NULL;
	struct ncrun_network_info info;
	struct ncrun_error err = {0};

	if (ncrun_network_open(context, NETWORK, &network, &err) < 0) {
		assert(!network && err.code && err.message[0]);
		return;
	}
	ncrun_network_info(network, &info, &err);
	ncrun_network_groups(network, &groups, NULL, &err);
	ncrun_network_unref(network);
}

static void look_at_all(const struct ncrun_context *context)
{
	struct ncrun_network_info *networks = NULL;
	struct ncrun_container **nodes = NULL;
	size_t count = 0;

	if (ncrun_container_list(context, true, &nodes, &count, NULL) == 0)
		ncrun_container_list_free(nodes, count);
	if (ncrun_network_list(context, &networks, &count, NULL) == 0)
		free(networks);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct ncrun_context context = {.size = sizeof(context), .state_dir = folder_path()};
	bool spoiled;
	size_t which;

	if (size < 1 || !prepare())
		return 0;
	which = (data[0] & 0x7f) % FILES;
	spoiled = data[0] & 0x80;
	put(which, data + 1, size - 1, spoiled);
	/* once: whoever finds damage looks for the node's processes, and waits for a writer */
	if (size % 8 == 0 && !spoiled)
		look_at_all(&context);
	else if (which < NODE_FILES)
		look_at_node(&context);
	else
		look_at_network(&context);
	put(which, files[which].usual, strlen(files[which].usual), false);
	return 0;
}
