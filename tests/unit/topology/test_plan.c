/* SPDX-License-Identifier: Apache-2.0 */

#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "tests/support/test.h"
#include "topology/plan.h"

/* All steps, one a line: "create link a:eth0 -- lan". */
static char *steps_of(const struct plan *plan)
{
	static const char *const verbs[] = {"create", "change", "delete", "run"};
	struct text out = {0};

	for (size_t i = 0; i < plan->count; i++) {
		_cleanup_text_ struct text name = {0}, detail = {0};

		if (plan->steps[i].quiet)
			continue;
		plan_step_print(&plan->steps[i], &name, &detail);
		text_printf(&out, "%s %s%s%s\n", verbs[plan->steps[i].verb],
			    plan_step_kind(&plan->steps[i]), name.length ? " " : "",
			    text_string(&name));
	}
	return text_take(&out);
}

static struct ncrun_topology *read_text(const char *text)
{
	_cleanup_problems_ struct problems problems = {0};
	struct ncrun_topology *topology = NULL;
	struct ncrun_error err = {0};

	if (!text)
		return NULL;
	assert_ok(topology_read(&(struct topology_text){"test.yaml", text, strlen(text),
							TOPOLOGY_FORMAT_OURS},
				&topology, &problems, &err));
	assert_ok(topology_complete(topology, &problems, &err));
	assert_int_equal(problems.count, 0);
	return topology;
}

static struct plan *plan_of(const char *before, const char *after)
{
	_cleanup_(ncrun_topology_unrefp) struct ncrun_topology *from = read_text(before);
	_cleanup_(ncrun_topology_unrefp) struct ncrun_topology *to = read_text(after);
	struct plan *plan = NULL;
	struct ncrun_error err = {0};

	assert_ok(plan_new(from, to, &plan, &err));
	return plan;
}

static void assert_plan(const char *before, const char *after, const char *wanted)
{
	_cleanup_(plan_freep) struct plan *plan = plan_of(before, after);
	_cleanup_free_ char *steps = steps_of(plan);

	assert_string_equal(steps ? steps : "", wanted);
}

#define TWO "nodes: {a: {rootfs: r}, b: {rootfs: r}, lan: {kind: switch}}\n"

TEST(a_network_is_made_from_the_bottom)
{
	assert_plan(NULL,
		    "nodes: {a: {rootfs: r, exec: 'echo up'}, gw: {kind: nat, rootfs: r},"
		    " lan: {kind: switch}}\nlinks: [[a, lan], [gw, lan]]\n",
		    "create network\ncreate switch lan\ncreate node a\ncreate node gw\n"
		    "create link a:eth0 -- lan\ncreate link gw:eth0 -- lan\n"
		    "create routes a\ncreate filter gw\nrun command a\n");
}

TEST(it_is_removed_from_the_top)
{
	assert_plan(TWO "links: [[a, lan], [b, lan]]\n", NULL,
		    "delete link b:eth0 -- lan\ndelete link a:eth0 -- lan\n"
		    "delete node b\ndelete node a\ndelete switch lan\ndelete network\n");
}

TEST(what_is_the_same_is_left_alone)
{
	const char *text = TWO "links: [[a, lan], [b, lan]]\n";
	_cleanup_(plan_freep) struct plan *plan = plan_of(text, text);

	assert_int_equal(plan->count, 0);
}

TEST(what_can_be_changed_in_place_is)
{
	assert_plan(TWO "links: [[a, lan], [b, lan]]\n",
		    TWO "links: [{ends: [a, lan], loss: 1%}, {ends: [b, lan], mtu: 1400}]\n",
		    "change link a:eth0 -- lan\nchange link b:eth0 -- lan\n");
}

TEST(a_change_says_what_is_different)
{
	static const struct {
		const char *keys;
		unsigned int changes;
	} rows[] = {
		{"loss: 1%", PLAN_CHANGE_IMPAIRMENT},
		{"mtu: 1400", PLAN_CHANGE_MTU},
		{"address: 10.7.0.1/16", PLAN_CHANGE_ADDRESSES},
		{"down: true", PLAN_CHANGE_UP},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		_cleanup_(plan_freep) struct plan *plan = NULL;
		char after[256];

		snprintf(after, sizeof(after), TWO "links: [{ends: [a, lan], %s}]\n", rows[i].keys);
		plan = plan_of(TWO "links: [[a, lan]]\n", after);
		assert_int_equal(plan->steps[0].kind, PLAN_LINK);
		assert_int_equal(plan->steps[0].verb, NCRUN_STEP_CHANGE);
		assert_int_equal(plan->steps[0].changes, rows[i].changes);
	}
}

TEST(a_node_whose_options_differ_is_made_anew_with_its_links)
{
	assert_plan(TWO "links: [[a, lan], [b, lan]]\n",
		    "nodes: {a: {rootfs: r}, b: {rootfs: r, env: {A: '1'}}, lan: {kind: switch}}\n"
		    "links: [[a, lan], [b, lan]]\n",
		    "delete link b:eth0 -- lan\ndelete node b\ncreate node b\n"
		    "create link b:eth0 -- lan\n");
}

TEST(a_node_that_has_ended_is_made_anew)
{
	const char *text = TWO "links: [[a, lan]]\n";
	_cleanup_(ncrun_topology_unrefp) struct ncrun_topology *before = read_text(text);
	_cleanup_(ncrun_topology_unrefp) struct ncrun_topology *after = read_text(text);
	_cleanup_(plan_freep) struct plan *plan = NULL;
	_cleanup_free_ char *steps = NULL;
	struct ncrun_error err = {0};

	topology_node(before, "b")->gone = true;
	assert_ok(plan_new(before, after, &plan, &err));
	steps = steps_of(plan);
	assert_string_equal(steps, "delete node b\ncreate node b\n");
}

TEST(nodes_and_links_come_and_go_alone)
{
	assert_plan(TWO "links: [[a, lan], [b, lan]]\n",
		    "nodes: {a: {rootfs: r}, c: {rootfs: r}, lan: {kind: switch}}\n"
		    "links: [[a, lan], [c, lan]]\n",
		    "delete link b:eth0 -- lan\ndelete node b\ncreate node c\n"
		    "create link c:eth0 -- lan\n");
}

TEST(who_loses_a_link_gets_its_routes_again)
{
	static const char before[] =
		"nodes: {a: {rootfs: r, routes: [{to: 10.9.0.0/16, kind: blackhole}]}, b: {rootfs: r}}\n"
		"links: [[a, b], [a, b]]\n";
	static const char after[] =
		"nodes: {a: {rootfs: r, routes: [{to: 10.9.0.0/16, kind: blackhole}]}, b: {rootfs: r}}\n"
		"links: [[a, b]]\n";
	_cleanup_(plan_freep) struct plan *plan = plan_of(before, after);
	bool again = false;

	for (size_t i = 0; i < plan->count; i++)
		again = again || (plan->steps[i].kind == PLAN_ROUTES && plan->steps[i].quiet);
	assert_true(again);
}

TEST(undoing_turns_round_what_has_begun)
{
	_cleanup_(plan_freep) struct plan *plan =
		plan_of(TWO "links: [[a, lan]]\n",
			"nodes: {a: {rootfs: r}, c: {rootfs: r}, lan: {kind: switch}}\n"
			"links: [{ends: [a, lan], loss: 1%}, [c, lan]]\n");
	_cleanup_(plan_freep) struct plan *inverse = NULL;
	_cleanup_free_ char *steps = NULL, *undone = NULL;
	struct ncrun_error err = {0};

	steps = steps_of(plan);
	assert_string_equal(steps, "delete node b\ncreate node c\ncreate link c:eth0 -- lan\n"
				   "change link a:eth0 -- lan\n");
	for (size_t i = 0; i < 3; i++) /* the change has not */
		plan->steps[i].begun = true;
	assert_ok(plan_inverse(plan, &inverse, &err));
	undone = steps_of(inverse);
	assert_string_equal(undone, "delete link c:eth0 -- lan\ndelete node c\ncreate node b\n");
	assert_ptr_equal(inverse->after, plan->before);
}

TEST(undoing_sets_routes_that_went_with_a_link_again)
{
	_cleanup_(plan_freep) struct plan *plan = plan_of(
		"nodes: {a: {rootfs: r, routes: [10.9.0.0/16 via 10.0.0.2]}, b: {rootfs: r}}\n"
		"links: [{ends: [a, b], address: [10.0.0.1/24, 10.0.0.2/24]}]\n",
		"nodes: {a: {rootfs: r, routes: [10.9.0.0/16 via 10.1.0.2]}, b: {rootfs: r}}\n"
		"links: [{ends: [a, b], address: [10.1.0.1/24, 10.1.0.2/24]}]\n");
	_cleanup_(plan_freep) struct plan *inverse = NULL;
	_cleanup_free_ char *steps = NULL;
	struct ncrun_error err = {0};

	steps = steps_of(plan);
	assert_string_equal(steps, "change link a:eth0 -- b:eth0\nchange routes a\n");
	plan->steps[0].begun = true;
	assert_ok(plan_inverse(plan, &inverse, &err));
	assert_int_equal(inverse->count, 2);
	assert_int_equal(inverse->steps[0].kind, PLAN_ROUTES);
	assert_ptr_equal(inverse->steps[0].before, topology_node(plan->before, "a"));
	assert_ptr_equal(inverse->steps[0].after, topology_node(plan->before, "a"));
}

static void assert_remedy(const char *before, const char *after, enum plan_remedy wanted)
{
	_cleanup_(plan_freep) struct plan *plan = plan_of(before, after);

	assert_int_equal(plan_remedy(plan), wanted);
}

#define THREE "nodes: {a: {rootfs: r}, b: {rootfs: r}, c: {rootfs: r}, lan: {kind: switch}}\n"
#define OTHER "nodes: {a: {rootfs: r}, c: {rootfs: r}, lan: {kind: switch}}\n"
#define WIRED "links: [[a, lan], [b, lan]]\n"

TEST(what_was_killed_is_taken_back_unless_nodes_have_ended_by_it)
{
	assert_remedy(TWO, TWO WIRED, PLAN_REMEDY_BACK);
	assert_remedy(TWO WIRED, TWO, PLAN_REMEDY_BACK);
	assert_remedy(TWO WIRED, THREE WIRED, PLAN_REMEDY_BACK);
	assert_remedy(THREE WIRED, TWO WIRED, PLAN_REMEDY_ON);
	assert_remedy(TWO, OTHER, PLAN_REMEDY_NONE);
	assert_remedy(NULL, TWO, PLAN_REMEDY_NONE);
	assert_remedy(TWO, TWO, PLAN_REMEDY_BACK); /* with nothing to do */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_network_is_made_from_the_bottom),
		cmocka_unit_test(it_is_removed_from_the_top),
		cmocka_unit_test(what_is_the_same_is_left_alone),
		cmocka_unit_test(what_can_be_changed_in_place_is),
		cmocka_unit_test(a_change_says_what_is_different),
		cmocka_unit_test(a_node_whose_options_differ_is_made_anew_with_its_links),
		cmocka_unit_test(a_node_that_has_ended_is_made_anew),
		cmocka_unit_test(nodes_and_links_come_and_go_alone),
		cmocka_unit_test(who_loses_a_link_gets_its_routes_again),
		cmocka_unit_test(undoing_turns_round_what_has_begun),
		cmocka_unit_test(undoing_sets_routes_that_went_with_a_link_again),
		cmocka_unit_test(what_was_killed_is_taken_back_unless_nodes_have_ended_by_it),
	};

	return cmocka_run_group_tests_name("topology/plan", tests, NULL, NULL);
}
