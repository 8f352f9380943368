/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Any bytes as the status file of a node: the first tells of how many services, and in its top
 * bit whether they are as a disk has spoiled them, else each is sealed as init does it.
 */

#include <assert.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/file.h"
#include "runtime/container.h"
#include "tests/fuzz/folder.h"
#include "tests/fuzz/statuses.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/** A node's state with so many services. */
static struct record *state_of(unsigned int services)
{
	_cleanup_text_ struct text text = {0};
	struct record *record = NULL;

	for (unsigned int i = 0; i < services; i++)
		text_printf(&text, "service=s%u\n", i);
	if (text_failed(&text) || record_parse(text_string(&text), text.length, &record, NULL) < 0)
		return NULL;
	return record;
}

static void check_exit(const struct ncrun_exit *exit)
{
	assert(exit->cause <= NCRUN_CAUSE_LOST);
	assert(memchr(exit->step, '\0', sizeof(exit->step)));
	assert(memchr(exit->message, '\0', sizeof(exit->message)));
}

/** @whole: of one at least; else each of its readers waits for a writer. */
static void check(struct ncrun_container *node, unsigned int services, size_t size, bool whole)
{
	struct ncrun_exit exit = {0};
	struct ncrun_error err = {0};

	if (status_read(node, &err) < 0) {
		assert(err.code && err.message[0] && node->info.service_count == 0);
	} else {
		assert(node->info.service_count == services);
		assert(size == services * sizeof(struct init_status));
		for (unsigned int i = 0; i < services; i++)
			check_exit(&node->info.services[i].last_exit);
	}
	if (!whole)
		return;
	if (container_exit(node, &exit, &err) == 0) {
		check_exit(&exit);
		assert(exit.cause != NCRUN_CAUSE_NONE);
	}
	(void)status_says_started(node);
	(void)status_without_state(node, &err);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ncrun_container node = {.dir = {.fd = folder_fd(), .name = "a"}, .pidfd = -1};
	_cleanup_text_ struct text text = {0};
	unsigned int services;
	bool spoiled;

	if (size < 1 || node.dir.fd < 0)
		return 0;
	services = (data[0] & 0x7f) % (INIT_SERVICES_MAX + 1);
	text_append_bytes(&text, data + 1, size - 1);
	spoiled = data[0] & 0x80;
	if (!spoiled)
		statuses_seal(&text);
	node.record = state_of(services);
	if (!text_failed(&text) && node.record &&
	    file_replace_at(node.dir.fd, "status", text_string(&text), text.length, 0600, NULL) ==
		    0)
		check(&node, services, text.length,
		      !spoiled && text.length >= sizeof(struct init_status));
	record_free(node.record);
	free(node.services);
	return 0;
}
