/* SPDX-License-Identifier: Apache-2.0 */

/* What the manual says of keys: all of them, no others, and its examples are good. */

#include <string.h>

#include "tests/support/test.h"
#include "tests/support/topology_text.h"
#include "topology/manual.h"
#include "topology/topology.h"

/**
 * struct context - where an example stands in a file, by whose key it is
 * @beside:	what else must be said there, unless the example says it
 * @kind:	it is a node of the kind that has the key
 */
static const struct context {
	const char *of, *head, *beside[2], *tail;
	bool kind;
} contexts[] = {
	{"a topology", "", {0}, "\n", false},
	{"a pattern", "", {0}, "\n", false},
	{"a node", "nodes: {a: {", {0}, "}}\n", true},
	{"a service", "nodes: {a: {run: [{", {"command: x"}, "}]}}\n", false},
	{"a route", "nodes: {a: {routes: {", {"to: 10.1.0.0/16", "via: 10.0.0.2"}, "}}}\n", false},
	{"a hop",
	 "nodes: {a: {routes: {to: 10.1.0.0/16, hops: [{",
	 {"via: 10.0.0.2"},
	 "}]}}}\n",
	 false},
	{"a rule", "nodes: {a: {rules: {", {"from: 10.0.0.0/8", "table: 1"}, "}}}\n", false},
	{"a filter", "nodes: {a: {filters: {", {"hook: forward", "action: drop"}, "}}}\n", false},
	{"a translation", "nodes: {a: {kind: nat, nat: {", {0}, "}}}\n", false},
	{"a link", "nodes: [a, b]\nlinks: [{", {"ends: [a, b]"}, "}]\n", false},
	{"an end of a link",
	 "links: [{ends: [{node: a, ",
	 {0},
	 "}, b]}]\nnodes: {b: {}, a: {",
	 true},
	{"a percentage", "nodes: [a, b]\nlinks: [{ends: [a, b], duplicate: {", {0}, "}}]\n", false},
	{"a loss", "nodes: [a, b]\nlinks: [{ends: [a, b], loss: {", {0}, "}}]\n", false},
	{"a slot", "nodes: [a, b]\nlinks: [{ends: [a, b], slot: {", {0}, "}}]\n", false},
	{"an assigned value",
	 "nodes: [a, b]\nlinks: [{ends: [{node: a, interface: {",
	 {"value: eth0"},
	 "}}, b]}]\n",
	 false},
};

static const struct context *context_find(const char *of)
{
	for (size_t i = 0; i < sizeof(contexts) / sizeof(contexts[0]); i++)
		if (text_equal(contexts[i].of, of))
			return &contexts[i];
	fail_msg("no context for %s", of);
	return NULL;
}

/** A route leads by one thing only. */
static bool says(const struct ncrun_topology_key *key, const char *beside)
{
	size_t length = strlen(key->name);

	if (text_starts_with(beside, "via: ") && text_equal(key->of, "a route") &&
	    (text_equal(key->name, "kind") || text_equal(key->name, "hops")))
		return true;
	return strncmp(beside, key->name, length) == 0 && beside[length] == ':';
}

static char *example_file(const struct ncrun_topology_key *key)
{
	const struct context *context = context_find(key->of);
	const char *kind = key->kinds && strstr(key->kinds, "switches") ? "switch"
			   : key->kinds && !strstr(key->kinds, "hosts") ? "nat"
									: "host";
	bool at_end = text_starts_with(context->head, "links");
	_cleanup_text_ struct text file = {0};

	text_append(&file, context->head);
	for (int i = 0; i < 2; i++)
		if (context->beside[i] && !says(key, context->beside[i]))
			text_printf(&file, "%s, ", context->beside[i]);
	if (context->kind && !at_end && !text_equal(key->name, "kind"))
		text_printf(&file, "kind: %s, ", kind);
	if (text_equal(key->of, "a filter") && !text_equal(key->name, "protocol"))
		text_printf(&file, "protocol: %s, ",
			    text_equal(key->name, "icmp-type") ? "icmp" : "udp");
	text_append(&file, key->example);
	text_append(&file, context->tail);
	if (at_end)
		text_printf(&file, "kind: %s}}\n", kind);
	return text_take(&file);
}

static void check_key(void *data, const struct ncrun_topology_key *key)
{
	_cleanup_(ncrun_topology_unrefp) struct ncrun_topology *topology = NULL;
	_cleanup_problems_ struct problems problems = {0};
	_cleanup_free_ char *file = NULL;
	struct ncrun_error err = {0};
	size_t *count = data;

	if (!key->help || !key->help[0])
		fail_msg("'%s' of %s: the manual has no text", key->name, key->of);
	if (!key->example || !strstr(key->example, ": "))
		fail_msg("'%s' of %s: the manual has no example", key->name, key->of);
	if (key->help[strlen(key->help) - 1] == '.')
		fail_msg("'%s' of %s: the text ends in a full stop", key->name, key->of);
	file = example_file(key);
	assert_ok(topology_read(&(struct topology_text){"f", file, strlen(file),
							TOPOLOGY_FORMAT_OURS},
				&topology, &problems, &err));
	for (size_t i = 0; i < problems.count; i++)
		/* what the example of a file names need not be there */
		if (!text_equal(key->name, "links"))
			fail_msg("%s%s", file, problems.items[i].text);
	(*count)++;
}

TEST(every_key_has_a_text_and_an_example_that_is_read)
{
	struct ncrun_error err = {0};
	size_t count = 0;

	assert_ok(ncrun_topology_keys(check_key, &count, &err));
	assert_true(count > 150);
}

TEST(no_text_is_of_a_key_that_is_not_there)
{
	struct key key;

	for (const struct table_manual *manual = manual_tables; manual->table; manual++)
		for (const struct key_manual *row = manual->rows; row->name; row++) {
			if (!key_find(manual->table, row->name, &key))
				fail_msg("%s has no key '%s'", manual->table->what, row->name);
			assert_true(text_starts_with(row->example, row->name));
			assert_true(row == manual->rows || !text_equal(row->name, row[-1].name));
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_key_has_a_text_and_an_example_that_is_read),
		cmocka_unit_test(no_text_is_of_a_key_that_is_not_there),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
