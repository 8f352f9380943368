/* SPDX-License-Identifier: Apache-2.0 */

#include <errno.h>
#include <string.h>

#include "tests/support/test.h"
#include "tests/support/topology_text.h"

static struct ncrun_topology *lab(void)
{
	struct ncrun_topology *topology = NULL;
	struct ncrun_error err = {0};

	assert_ok(ncrun_topology_new("lab", &topology, &err));
	assert_ok(ncrun_topology_add_node(topology, "a", &err, "mtu: %d, env: {A: %s}", 1400, "b"));
	assert_ok(ncrun_topology_add_node(topology, "b", &err, NULL));
	assert_ok(ncrun_topology_add_node(topology, "s", &err, "{kind: switch}"));
	return topology;
}

TEST(nodes_and_links_are_what_their_options_say)
{
	_cleanup_(ncrun_topology_unrefp) struct ncrun_topology *topology = lab();
	struct ncrun_error err = {0};
	_cleanup_free_ char *text = NULL;

	assert_ok(ncrun_topology_add_link(topology, "a:eth7", "s", &err,
					  "delay: %dms, loss: 0.1%%, address: 10.0.0.1/24", 20));
	assert_ok(ncrun_topology_add_link(topology, "a", "b", &err, NULL));
	assert_ok(ncrun_topology_write(topology, NCRUN_TOPOLOGY_YAML, false, &text, &err));

	assert_string_equal(text, "name: lab\nnodes:\n  a: {env: {A: b}, mtu: 1400}\n  b: {}\n"
				  "  s: {kind: switch}\nlinks:\n"
				  "  - {ends: [\"a:eth7\", s], address: 10.0.0.1/24, delay: 20ms, "
				  "loss: 0.1%}\n  - [a, b]\n");
}

TEST(a_call_that_fails_changes_nothing)
{
	_cleanup_(ncrun_topology_unrefp) struct ncrun_topology *topology = lab();
	_cleanup_free_ char *before = text_of(topology, TOPOLOGY_STYLE_FULL);
	_cleanup_free_ char *after = NULL;
	struct ncrun_error err = {0};

	assert_fails(ncrun_topology_add_node(topology, "a", &err, NULL), EEXIST);
	assert_fails(ncrun_topology_add_node(topology, "c/d", &err, NULL), EINVAL);
	assert_fails(ncrun_topology_add_node(topology, "c", &err, "memory: 64Q, x: 1"), EINVAL);
	assert_string_equal(err.message,
			    "node 'c': memory '64Q': not a size (try 64M) (and 1 more)");
	assert_fails(ncrun_topology_add_node(topology, "c", &err, "mtu: ["), EINVAL);
	assert_fails(ncrun_topology_add_link(topology, "a", "x", &err, NULL), EINVAL);
	assert_string_equal(err.message, "no node 'x'");
	assert_fails(ncrun_topology_add_link(topology, "a:b/c", "s", &err, NULL), EINVAL);
	assert_fails(ncrun_topology_add_link(topology, "a", "s", &err, "dely: 1ms"), EINVAL);
	assert_string_equal(err.message,
			    "link 'a -- s': unknown key 'dely' (did you mean 'delay'?)");
	assert_fails(ncrun_topology_generate(topology, "linear: 2", "memory: 64Q", &err), EINVAL);
	assert_fails(ncrun_topology_generate(topology, "liner: 2", NULL, &err), EINVAL);
	assert_fails(ncrun_topology_generate(topology, "", NULL, &err), EINVAL);

	after = text_of(topology, TOPOLOGY_STYLE_FULL);
	assert_string_equal(before, after);
}

TEST(patterns_add_nodes_with_options)
{
	_cleanup_(ncrun_topology_unrefp) struct ncrun_topology *topology = lab();
	struct ncrun_error err = {0};

	assert_ok(ncrun_topology_generate(topology, "linear: 2", "mtu: 1300", &err));
	assert_int_equal(topology_node(topology, "h2")->mtu, 1300);
	assert_int_equal(topology_node(topology, "a")->mtu, 1400);
}

TEST(a_name_that_is_none_is_refused)
{
	struct ncrun_topology *topology = NULL;
	struct ncrun_error err = {0};

	assert_fails(ncrun_topology_new("..", &topology, &err), EINVAL);
	assert_null(topology);
}

static void tell(void *data, const struct ncrun_problem *problem)
{
	text_printf(data, "%s:%u: %s\n", problem->source, problem->line, problem->text);
}

TEST(mistakes_of_the_whole_are_told_by_the_check)
{
	_cleanup_(ncrun_topology_unrefp) struct ncrun_topology *topology = lab();
	_cleanup_text_ struct text told = {0};
	struct ncrun_error err = {0};

	assert_ok(ncrun_topology_check(topology, tell, &told, &err));
	assert_ok(ncrun_topology_add_link(topology, "a:x", "s", &err, NULL));
	assert_ok(ncrun_topology_add_link(topology, "a:x", "b", &err, NULL));
	assert_fails(ncrun_topology_check(topology, tell, &told, &err), EINVAL);
	assert_string_equal(text_string(&told), "lab:0: node 'a': a second interface 'x'\n");
	assert_string_equal(err.message, "lab: node 'a': a second interface 'x'");
}

TEST(keys_that_are_not_named_stay_when_an_end_changes)
{
	_cleanup_(ncrun_topology_unrefp) struct ncrun_topology *topology = lab();
	_cleanup_text_ struct text printed = {0};
	struct ncrun_error err = {0};
	struct link *link = NULL;
	struct interface *end;

	assert_ok(topology_connect(topology, "a", "s", "delay: 20ms, loss: 1%", &link, &err));
	end = &link->ends[0];
	assert_ok(link_edit(end, NCRUN_DIRECTION_OUT,
			    "loss: {percent: 2, correlation: 5}, mtu: 1400", &err));
	assert_int_equal(impairment_print(&end->out, &printed), 0);
	assert_string_equal(text_string(&printed),
			    "delay: 20ms, loss: {percent: 2%, correlation: 5%}");
	assert_int_equal(end->mtu, 1400);
	assert_ok(link_edit(end, NCRUN_DIRECTION_OUT, "impair: none", &err));
	assert_true(netns_impairment_is_none(&end->out));
	assert_fails(link_edit(end, NCRUN_DIRECTION_OUT, "vlan: 5", &err), EINVAL);
	assert_fails(link_edit(end, NCRUN_DIRECTION_OUT, "delay: fast", &err), EINVAL);
	assert_string_equal(err.message, "delay 'fast': not a time (try 20ms)");
}

TEST(keys_of_both_ends_go_in_the_direction_that_is_named)
{
	_cleanup_(ncrun_topology_unrefp) struct ncrun_topology *topology = lab();
	struct ncrun_error err = {0};
	struct link *link = NULL;
	struct interface *end, *other;

	assert_ok(topology_connect(topology, "a", "s", NULL, &link, &err));
	end = &link->ends[0];
	other = &link->ends[1];
	assert_ok(link_edit(end, NCRUN_DIRECTION_BOTH, "delay: 20ms, tx-queue: 7", &err));
	assert_true(end->out.delay_ns == 20000000 && other->out.delay_ns == 20000000);
	assert_int_equal(end->tx_queue_length, 7);
	assert_int_equal(other->tx_queue_length, 0);

	assert_ok(link_edit(end, NCRUN_DIRECTION_IN, "impair: none", &err));
	assert_true(end->out.delay_ns == 20000000 && other->out.delay_ns == 0);
	assert_ok(link_edit(end, NCRUN_DIRECTION_IN, "loss: 2%, group: 3", &err));
	assert_true(end->out.loss_percent == 0 && other->out.loss_percent == 2);
	assert_int_equal(end->group, 3); /* there is no direction to it */
	assert_fails(link_edit(end, NCRUN_DIRECTION_BOTH, "dealy: 1ms", &err), EINVAL);
	assert_string_equal(err.message, "unknown key 'dealy' (did you mean 'delay'?)");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nodes_and_links_are_what_their_options_say),
		cmocka_unit_test(a_call_that_fails_changes_nothing),
		cmocka_unit_test(patterns_add_nodes_with_options),
		cmocka_unit_test(a_name_that_is_none_is_refused),
		cmocka_unit_test(mistakes_of_the_whole_are_told_by_the_check),
		cmocka_unit_test(keys_that_are_not_named_stay_when_an_end_changes),
		cmocka_unit_test(keys_of_both_ends_go_in_the_direction_that_is_named),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
