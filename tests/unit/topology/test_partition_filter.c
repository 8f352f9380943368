/* SPDX-License-Identifier: Apache-2.0 */

#include "base/text.h"
#include "tests/support/test.h"
#include "topology/partition.h"

#define MOST 300

static void check_cover(const char *const *ips, const char *const *networks)
{
	struct netns_prefix covered[MOST];
	struct netns_ip list[MOST];
	char text[NETNS_PREFIX_TEXT_MAX];
	struct ncrun_error err = {0};
	size_t count = 0, n;

	for (; ips[count]; count++)
		assert_ok(netns_ip_parse(ips[count], &list[count], &err));
	n = addresses_cover(list, count, covered);
	assert_int_equal(n, strings_count(networks));
	for (size_t i = 0; i < n; i++)
		assert_string_equal(netns_prefix_print(&covered[i], text), networks[i]);
}

#define LIST(...)                 \
	(const char *const[])     \
	{                         \
		__VA_ARGS__, NULL \
	}

TEST(addresses_are_covered_by_the_fewest_networks)
{
	check_cover(LIST("10.0.0.1"), LIST("10.0.0.1/32"));
	check_cover(LIST("10.0.0.1", "10.0.0.2"), LIST("10.0.0.1/32", "10.0.0.2/32"));
	check_cover(LIST("10.0.0.3", "10.0.0.2"), LIST("10.0.0.2/31"));
	check_cover(LIST("10.0.0.1", "10.0.0.2", "10.0.0.3", "10.0.0.4", "10.0.0.1"),
		    LIST("10.0.0.1/32", "10.0.0.2/31", "10.0.0.4/32"));
	check_cover(LIST("10.0.0.7", "10.0.0.4", "10.0.0.6", "10.0.0.5"), LIST("10.0.0.4/30"));
	check_cover(LIST("fd00::2", "fd00::3", "fd00::9"), LIST("fd00::2/127", "fd00::9/128"));
}

TEST(no_address_is_no_network)
{
	struct netns_prefix covered;

	assert_int_equal(addresses_cover(NULL, 0, &covered), 0);
}

TEST(a_whole_network_becomes_one)
{
	struct netns_prefix covered[MOST];
	struct netns_ip list[256];

	for (unsigned int i = 0; i < 256; i++)
		list[i] =
			(struct netns_ip){.family = AF_INET, .bytes = {10, 0, 0, (uint8_t)(i * 7)}};
	assert_int_equal(addresses_cover(list, 256, covered), 1);
	assert_int_equal(covered[0].length, 24);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(addresses_are_covered_by_the_fewest_networks),
		cmocka_unit_test(no_address_is_no_network),
		cmocka_unit_test(a_whole_network_becomes_one),
	};

	return cmocka_run_group_tests_name("topology/partition_filter", tests, NULL, NULL);
}
