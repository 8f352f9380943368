/* SPDX-License-Identifier: Apache-2.0 */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/test.h"
#include "tests/support/topology_text.h"

#define SMALL \
	"name: small\nnodes: {a: {}, b: {}, lan: {kind: switch}}\nlinks: [[a, lan], [b, lan]]\n"

static struct ncrun_topology *parsed(const char *text)
{
	struct ncrun_topology *topology = NULL;
	struct ncrun_error err = {0};

	assert_ok(ncrun_topology_parse(&(struct ncrun_topology_text){"f", text, strlen(text),
								     NCRUN_TOPOLOGY_YAML},
				       NULL, NULL, &topology, &err));
	return topology;
}

TEST(text_dot_and_json_need_no_program)
{
	_cleanup_(ncrun_topology_unrefp) struct ncrun_topology *topology = parsed(SMALL);
	static const struct {
		enum ncrun_graph_format format;
		const char *start;
	} cases[] = {
		{NCRUN_GRAPH_ASCII, "lan (switch)\n|-- a  eth0 10.0.0.1/24 fd00::1/64\n"},
		{NCRUN_GRAPH_DOT, "graph \"small\" {\n"},
		{NCRUN_GRAPH_JSON, "{\"name\": \"small\", \"nodes\": ["},
	};
	struct ncrun_error err = {0};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		_cleanup_free_ char *picture = NULL;

		assert_ok(ncrun_topology_graph(topology, NULL, cases[i].format, &picture, &err));
		assert_memory_equal(picture, cases[i].start, strlen(cases[i].start));
	}
	assert_int_equal(topology_node(topology, "a")->interfaces[0]->address_count, 0);
}

TEST(graphviz_draws_the_svg)
{
	_cleanup_(ncrun_topology_unrefp) struct ncrun_topology *topology = parsed(SMALL);
	_cleanup_free_ char *picture = NULL;
	struct ncrun_error err = {0};

	if (system("command -v dot >/dev/null") != 0) { /* NOLINT(cert-env33-c): a question */
		printf("SKIP-ALLOWED: needs dot (graphviz)\n");
		skip();
	}
	assert_ok(ncrun_topology_graph(topology, NULL, NCRUN_GRAPH_SVG, &picture, &err));
	assert_non_null(strstr(picture, "<svg "));
	assert_non_null(strstr(picture, "10.0.0.2/24"));
	assert_non_null(strstr(picture, "</svg>"));
}

TEST(without_graphviz_it_says_what_to_do)
{
	_cleanup_(ncrun_topology_unrefp) struct ncrun_topology *topology = parsed(SMALL);
	_cleanup_free_ char *path = strdup(getenv("PATH"));
	struct ncrun_error err = {0};
	char *picture = NULL;
	int r;

	assert_non_null(path);
	setenv("PATH", "/nonexistent", 1);
	r = ncrun_topology_graph(topology, NULL, NCRUN_GRAPH_SVG, &picture, &err);
	setenv("PATH", path, 1);
	assert_int_equal(r, -ENOPKG);
	assert_null(picture);
	assert_string_equal(err.message,
			    "no program 'dot' on this machine: install Graphviz, or use the "
			    "formats dot, ascii or json");
}

TEST(what_is_wrong_is_not_drawn)
{
	_cleanup_(ncrun_topology_unrefp) struct ncrun_topology *topology = NULL;
	struct ncrun_error err = {0};
	char *picture = NULL;

	assert_ok(ncrun_topology_new("n", &topology, &err));
	assert_ok(ncrun_topology_add_node(topology, "a", &err, NULL));
	assert_ok(ncrun_topology_add_node(topology, "b", &err, NULL));
	assert_ok(ncrun_topology_add_link(topology, "a", "b", &err,
					  "address: [10.0.0.1/24, 10.0.0.1/24]"));
	assert_fails(ncrun_topology_graph(topology, NULL, NCRUN_GRAPH_ASCII, &picture, &err),
		     EINVAL);
	assert_non_null(strstr(err.message, "10.0.0.1"));
	assert_null(picture);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(text_dot_and_json_need_no_program),
		cmocka_unit_test(graphviz_draws_the_svg),
		cmocka_unit_test(without_graphviz_it_says_what_to_do),
		cmocka_unit_test(what_is_wrong_is_not_drawn),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
