/* SPDX-License-Identifier: Apache-2.0 */

#include <sys/socket.h>

#include "tests/support/test.h"
#include "tests/support/topology_lab.h"
#include "topology/target.h"

static void assert_address(const struct ncrun_topology *topology, const char *from, const char *to,
			   int family, const char *wanted)
{
	char text[NETNS_IP_TEXT_MAX] = "";
	struct netns_ip ip;

	if (node_address(lab_node(topology, from), lab_node(topology, to), family, &ip))
		netns_ip_print(&ip, text);
	assert_string_equal(text, wanted);
}

TEST(an_address_on_a_shared_link_comes_first)
{
	_cleanup_(ncrun_topology_unrefp) struct ncrun_topology *topology =
		lab_completed("a=10.1.0.1/24-r=10.1.0.9/24 r=10.2.0.9/24-b=10.2.0.1/24");

	assert_address(topology, "a", "r", AF_INET, "10.1.0.9");
	assert_address(topology, "b", "r", AF_INET, "10.2.0.9");
	assert_address(topology, "b", "a", AF_INET, "10.1.0.1");
	assert_address(topology, "b", "a", 0, "10.1.0.1");
	assert_address(topology, "a", "a", AF_INET, "10.1.0.1");
	assert_address(topology, "a", "r", AF_INET6, "fd00::2");
}

TEST(a_nat_is_called_by_what_it_does_not_hide)
{
	_cleanup_(ncrun_topology_unrefp) struct ncrun_topology *topology = lab_completed(
		"a=10.1.0.1/24-n=10.1.0.9/24 n=10.2.0.9/24^-r=10.2.0.1/24 r=10.3.0.1/24-x=10.3.0.2/24");

	assert_address(topology, "a", "n", AF_INET, "10.1.0.9");
	assert_address(topology, "r", "n", AF_INET, "10.2.0.9");
	assert_address(topology, "x", "n", AF_INET, "10.2.0.9");
}

TEST(the_owner_of_an_address_is_found)
{
	_cleanup_(ncrun_topology_unrefp) struct ncrun_topology *topology =
		lab_completed("a=10.1.0.1/24-r=10.1.0.9/24 r=10.2.0.9/24-b=10.2.0.1/24");
	const struct node *node = NULL;
	struct ncrun_error err = {0};
	struct netns_ip ip;

	assert_ok(netns_ip_parse("10.2.0.9", &ip, &err));
	assert_string_equal(address_owner(topology, &ip, &node)->name, "eth1");
	assert_string_equal(node->name, "r");
	assert_ok(netns_ip_parse("10.2.0.77", &ip, &err));
	assert_null(address_owner(topology, &ip, &node));
	assert_null(node);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_address_on_a_shared_link_comes_first),
		cmocka_unit_test(a_nat_is_called_by_what_it_does_not_hide),
		cmocka_unit_test(the_owner_of_an_address_is_found),
	};

	return cmocka_run_group_tests_name("topology/target", tests, NULL, NULL);
}
