/* SPDX-License-Identifier: Apache-2.0 */

#include <errno.h>
#include <stdlib.h>

#include "tests/support/test.h"
#include "topology/model.h"

static struct ncrun_topology *lab(void)
{
	struct ncrun_topology *topology = NULL;
	struct ncrun_error err = {0};

	assert_ok(ncrun_topology_new("lab", &topology, &err));
	assert_ok(ncrun_topology_add_node(topology, "a", &err, "run: [sleep, '1 0'], cpus: 0.5"));
	assert_ok(ncrun_topology_add_node(topology, "n", &err, "kind: nat"));
	assert_ok(ncrun_topology_add_node(topology, "s", &err, "kind: switch, stp: true"));
	return topology;
}

TEST(nodes_are_listed_as_the_file_has_them)
{
	_cleanup_(ncrun_topology_unrefp) struct ncrun_topology *topology = lab();
	_cleanup_free_ struct ncrun_topology_node *list = NULL;
	struct ncrun_error err = {0};
	size_t count = 0;

	assert_int_equal(strings_append(&topology_node(topology, "n")->labels, NODE_JOINED), 0);
	assert_ok(ncrun_topology_nodes(topology, &list, &count, &err));

	assert_int_equal(count, 3);
	assert_string_equal(list[0].name, "a");
	assert_string_equal(list[0].kind, "host");
	assert_false(list[0].joined);
	assert_string_equal(list[1].kind, "nat");
	assert_true(list[1].joined);
	assert_string_equal(list[2].name, "s");
	assert_string_equal(list[2].kind, "switch");
}

TEST(options_are_what_the_file_says_as_json)
{
	_cleanup_(ncrun_topology_unrefp) struct ncrun_topology *topology = lab();
	_cleanup_free_ char *host = NULL, *bridge = NULL, *none = NULL;
	struct ncrun_error err = {0};

	assert_ok(ncrun_topology_node_options(topology, "a", &host, &err));
	assert_ok(ncrun_topology_node_options(topology, "s", &bridge, &err));

	assert_string_equal(host, "{\"run\": [\"sleep\", \"1 0\"], \"cpus\": \"0.5\"}");
	assert_string_equal(bridge, "{\"kind\": \"switch\", \"stp\": true}");
	assert_fails(ncrun_topology_node_options(topology, "x", &none, &err), ENOENT);
	assert_string_equal(err.message, "no node 'x'");
	assert_null(none);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(nodes_are_listed_as_the_file_has_them),
		cmocka_unit_test(options_are_what_the_file_says_as_json),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
