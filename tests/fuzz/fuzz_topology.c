/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Any text as a topology, of whichever format it looks like: its mistakes have places, and what
 * has none is written so that it reads as the same, in every style.
 */

#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "tests/fuzz/libfyaml.h"
#include "topology/model.h"

/* More takes its time, and says nothing new. */
#define COMPLETED_MAX 200

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_problems(const struct problems *problems)
{
	for (size_t i = 0; i < problems_kept(problems); i++)
		assert(problems->items[i].text[0] && !strchr(problems->items[i].text, '\n'));
}

static void check_written(const struct ncrun_topology *topology, enum topology_style style)
{
	_cleanup_(ncrun_topology_unrefp) struct ncrun_topology *again = NULL;
	_cleanup_problems_ struct problems problems = {0};
	_cleanup_text_ struct text first = {0}, second = {0};
	struct ncrun_error err = {0};

	if (topology_write(topology, style, &first, &err) < 0)
		return;
	assert(topology_read(&(struct topology_text){"f", text_string(&first), first.length,
						     TOPOLOGY_FORMAT_OURS},
			     &again, &problems, &err) == 0);
	assert(problems.count == 0);
	assert(topology_write(again, style, &second, &err) == 0);
	assert(strcmp(text_string(&first), text_string(&second)) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_(ncrun_topology_unrefp) struct ncrun_topology *topology = NULL;
	_cleanup_problems_ struct problems problems = {0};
	struct ncrun_error err = {0};

	if (topology_read(&(struct topology_text){"f", (const char *)data, size,
						  TOPOLOGY_FORMAT_GUESS},
			  &topology, &problems, &err) < 0) {
		assert(!topology && err.code && err.message[0]);
		return 0;
	}
	if (topology->node_count > COMPLETED_MAX || topology->link_count > COMPLETED_MAX)
		return 0;
	if (problems.count == 0) {
		check_written(topology, TOPOLOGY_STYLE_YAML);
		check_written(topology, TOPOLOGY_STYLE_JSON);
		topology_check(topology, &problems);
	}
	if (problems.count == 0 && topology_complete(topology, &problems, &err) == 0 &&
	    problems.count == 0)
		check_written(topology, TOPOLOGY_STYLE_FULL);
	check_problems(&problems);
	return 0;
}
