/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Any bytes as the record of a network and as that of its partition, which a NUL parts; both are
 * sealed as if they had been written. The network itself, whose nodes do not run, is always the
 * same. What is read is written again, and is the same then.
 */

#include <assert.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <ncrun/network.h>

#include "base/file.h"
#include "base/seal.h"
#include "tests/fuzz/folder.h"
#include "tests/fuzz/libfyaml.h"
#include "topology/running.h"

#define NETWORK   "lab"
#define PARTITION ".partition"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool put(int dir_fd, const char *path, const char *lead, const void *bytes, size_t size)
{
	_cleanup_text_ struct text text = {0};

	text_append(&text, lead);
	text_append_bytes(&text, bytes, size);
	if (text.length > 0 && text.chars[text.length - 1] != '\n')
		text_append_char(&text, '\n');
	text_seal(&text);
	return !text_failed(&text) &&
	       file_replace_at(dir_fd, path, text.chars, text.length, 0600, NULL) == 0;
}

static struct ncrun_network *network_make(void)
{
	static const char topology[] =
		"name: lab\nnodes: {a: {}, b: {}, c: {}, s: {kind: switch}}\n";
	const struct ncrun_context context = {.size = sizeof(context), .state_dir = folder_path()};
	struct ncrun_network *network = NULL;
	int fd = folder_fd();

	if (fd < 0 || mkdirat(fd, NETWORK, 0700) < 0 ||
	    !put(fd, NETWORK "/" NETWORK_RECORD, "network=lab\nstate=up\n", "", 0) ||
	    !put(fd, NETWORK "/" NETWORK_TOPOLOGY, "", topology, strlen(topology)) ||
	    ncrun_network_open(&context, NETWORK, &network, NULL) < 0)
		return NULL;
	return network;
}

static void check_partition(struct ncrun_network *network)
{
	_cleanup_free_ char **groups = NULL, **again = NULL;
	uint64_t packets = 0, more = 0;
	struct ncrun_error err = {0};

	if (ncrun_network_groups(network, &groups, &packets, &err) < 0) {
		assert(err.code && err.message[0]);
		return;
	}
	if (network_partition_renew(network, network->topology, &err) < 0 ||
	    ncrun_network_groups(network, &again, &more, &err) < 0)
		return;
	assert(packets == more || !groups[0]); /* without groups there is none */
	for (size_t i = 0; groups[i] || again[i]; i++)
		assert(groups[i] && again[i] && strcmp(groups[i], again[i]) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct ncrun_network *network;
	const uint8_t *nul = size > 0 ? memchr(data, '\0', size) : NULL;
	size_t first = nul ? (size_t)(nul - data) : size;
	struct ncrun_error err = {0};

	network = network ? network : network_make();
	if (!network || !put(network->dir, NETWORK_RECORD, "network=lab\n", data, first))
		return 0;
	(void)unlinkat(network->dir, PARTITION, 0);
	if (nul && !put(network->dir, PARTITION, "", nul + 1, size - first - 1))
		return 0;
	if (network_read_record(network, &err) < 0)
		assert(err.code && err.message[0]);
	else
		check_partition(network);
	return 0;
}
