/* SPDX-License-Identifier: Apache-2.0 */

#include <errno.h>

#include "netns/netns.h"
#include "tests/support/test.h"

static struct ncrun_error err;

TEST(addresses_of_both_families_are_read_and_written)
{
	static const char *const texts[] = {"10.0.0.1/24", "0.0.0.0/0", "255.255.255.255/32",
					    "fd00::1/64",  "::/0",      "2001:db8::ff/128"};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		char text[NETNS_PREFIX_TEXT_MAX];
		struct netns_prefix prefix;

		assert_ok(netns_prefix_parse(texts[i], &prefix, &err));
		assert_string_equal(netns_prefix_print(&prefix, text), texts[i]);
	}
}

TEST(without_a_length_all_bits_count)
{
	struct netns_prefix prefix;

	assert_ok(netns_prefix_parse("10.0.0.1", &prefix, &err));
	assert_int_equal(prefix.length, 32);
	assert_ok(netns_prefix_parse("fd00::1", &prefix, &err));
	assert_int_equal(prefix.length, 128);
}

TEST(what_is_no_address_is_refused)
{
	static const char *const bad[] = {
		"",
		"10.0.0",
		"10.0.0.256",
		"10.0.0.1/33",
		"10.0.0.1/",
		"10.0.0.1/x",
		"10.0.0.1/-1",
		"fd00::1/129",
		"fd00::g",
		"10.0.0.1/24 ",
		"1234567890123456789012345678901234567890123456789012345678901234"};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct netns_prefix prefix = {.length = 77};

		assert_fails(netns_prefix_parse(bad[i], &prefix, &err), EINVAL);
		assert_int_equal(prefix.length, 77);
	}
	struct netns_ip ip;
	assert_fails(netns_ip_parse("10.0.0.1/24", &ip, &err), EINVAL);
	assert_string_equal(err.message, "'10.0.0.1/24': not an address (try 10.0.0.1 or fd00::1)");
}

TEST(a_prefix_contains_what_begins_alike)
{
	static const struct {
		const char *prefix, *ip;
		bool contains;
	} cases[] = {
		{"10.0.0.0/8", "10.255.0.1", true},     {"10.0.0.0/8", "11.0.0.1", false},
		{"10.0.0.128/25", "10.0.0.127", false}, {"10.0.0.128/25", "10.0.0.200", true},
		{"0.0.0.0/0", "1.2.3.4", true},         {"0.0.0.0/0", "fd00::1", false},
		{"fd00::/63", "fd00:0:0:1::1", true},   {"fd00::/63", "fd00:0:0:2::1", false},
		{"10.0.0.1/32", "10.0.0.1", true},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct netns_prefix prefix;
		struct netns_ip ip;

		assert_ok(netns_prefix_parse(cases[i].prefix, &prefix, &err));
		assert_ok(netns_ip_parse(cases[i].ip, &ip, &err));
		assert_int_equal(netns_prefix_contains(&prefix, &ip), cases[i].contains);
	}
}

TEST(mac_addresses_are_of_one_station)
{
	static const char *const bad[] = {"",
					  "02:00:00:00:00",
					  "02:00:00:00:00:01:02",
					  "02-00-00-00-00-01",
					  "0g:00:00:00:00:01",
					  "00:00:00:00:00:00",
					  "01:00:5e:00:00:01",
					  "2:0:0:0:0:1"};
	char text[NETNS_MAC_TEXT_MAX];
	uint8_t mac[NETNS_MAC_LENGTH];

	assert_ok(netns_mac_parse("02:aB:00:00:00:fE", mac, &err));
	assert_string_equal(netns_mac_print(mac, text), "02:ab:00:00:00:fe");
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_fails(netns_mac_parse(bad[i], mac, &err), EINVAL);
	assert_string_equal(netns_mac_print(mac, text), "02:ab:00:00:00:fe");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(addresses_of_both_families_are_read_and_written),
		cmocka_unit_test(without_a_length_all_bits_count),
		cmocka_unit_test(what_is_no_address_is_refused),
		cmocka_unit_test(a_prefix_contains_what_begins_alike),
		cmocka_unit_test(mac_addresses_are_of_one_station),
	};

	return cmocka_run_group_tests_name("netns/address", tests, NULL, NULL);
}
