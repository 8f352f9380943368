/* SPDX-License-Identifier: Apache-2.0 */

/* Topologies drawn by lot from the examples of the manual: what was written reads as the same. */

#include <stdlib.h>
#include <string.h>

#include "tests/support/test.h"
#include "tests/support/topology_text.h"
#include "topology/manual.h"

#define ROUNDS 40

/** A few steps of Marsaglia's xorshift: the same numbers on every machine. */
static uint32_t draw(uint32_t *state, uint32_t below)
{
	*state ^= *state << 13;
	*state ^= *state >> 17;
	*state ^= *state << 5;
	return *state % below;
}

/** Some of the keys that @kind may have, each with its example. */
static void put_keys(struct text *file, uint32_t *state, const struct table_manual *manual,
		     unsigned int kind)
{
	for (const struct key_manual *row = manual->rows; row->name; row++) {
		struct key key;

		if (!key_find(manual->table, row->name, &key) || !(key.kinds & kind) ||
		    text_equal(row->name, "kind") || text_equal(row->name, "interface") ||
		    text_equal(row->name, "impair") || draw(state, 4) > 0)
			continue;
		text_printf(file, ", %s", row->example);
	}
}

static char *file_draw(uint32_t seed)
{
	static const char *const kinds[] = {"host", "router", "nat", "switch"};
	const struct table_manual nodes = {&node_keys, manual_nodes},
				  ends = {&interface_keys, manual_interfaces};
	uint32_t state = seed * 2654435761u + 1, count, drawn[8];
	_cleanup_text_ struct text file = {0};

	count = 2 + draw(&state, 6);
	text_append(&file, "name: lot\nnodes:\n");
	for (uint32_t i = 0; i < count; i++) {
		drawn[i] = draw(&state, 4);
		text_printf(&file, "  n%u: {kind: %s", i, kinds[drawn[i]]);
		put_keys(&file, &state, &nodes, 1u << drawn[i]);
		text_append(&file, "}\n");
	}
	text_append(&file, "links:\n");
	for (uint32_t i = 1; i < count; i++) {
		const uint32_t both[] = {i, draw(&state, i)};

		text_append(&file, "  - {ends: [");
		for (int end = 0; end < 2; end++) {
			text_printf(&file, "%s{node: n%u", end ? ", " : "", both[end]);
			put_keys(&file, &state, &ends, 1u << drawn[both[end]]);
			text_append(&file, "}");
		}
		text_append(&file, "]}\n");
	}
	return text_take(&file);
}

/** It can be read; whether such a network can be is another question. */
static struct ncrun_topology *read_of(const char *text)
{
	_cleanup_problems_ struct problems problems = {0};
	struct ncrun_topology *topology = NULL;
	struct ncrun_error err = {0};

	assert_ok(topology_read(&(struct topology_text){"f", text, strlen(text),
							TOPOLOGY_FORMAT_OURS},
				&topology, &problems, &err));
	if (problems.count > 0)
		fail_msg("%s\n%s", text, problems.items[0].text);
	return topology;
}

static void assert_same(const struct ncrun_topology *topology, enum topology_style style)
{
	_cleanup_free_ char *first = text_of(topology, style);
	_cleanup_(ncrun_topology_unrefp) struct ncrun_topology *again = read_of(first);
	_cleanup_free_ char *second = text_of(again, style);

	assert_string_equal(first, second);
}

TEST(what_is_written_reads_as_the_same)
{
	for (uint32_t seed = 1; seed <= ROUNDS; seed++) {
		_cleanup_free_ char *file = file_draw(seed);
		_cleanup_(ncrun_topology_unrefp) struct ncrun_topology *topology = read_of(file);

		assert_same(topology, TOPOLOGY_STYLE_YAML);
		assert_same(topology, TOPOLOGY_STYLE_JSON);
		assert_same(topology, TOPOLOGY_STYLE_FULL);
	}
}

TEST(what_was_completed_reads_as_the_same)
{
	for (const struct key_manual *pattern = manual_patterns; pattern->name; pattern++) {
		_cleanup_(ncrun_topology_unrefp) struct ncrun_topology *topology =
			topology_of(pattern->example);
		_cleanup_problems_ struct problems problems = {0};
		struct ncrun_error err = {0};

		assert_ok(topology_complete(topology, &problems, &err));
		assert_int_equal(problems.count, 0);
		assert_same(topology, TOPOLOGY_STYLE_FULL);
		assert_same(topology, TOPOLOGY_STYLE_YAML);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_written_reads_as_the_same),
		cmocka_unit_test(what_was_completed_reads_as_the_same),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
