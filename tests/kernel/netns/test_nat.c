/* SPDX-License-Identifier: Apache-2.0 */

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include "base/cleanup.h"
#include "tests/support/network_lab.h"
#include "tests/support/sandbox.h"
#include "tests/support/test.h"

/** One rule of translation in the router. */
static void translate(struct network_lab *lab, enum netns_hook hook, struct netns_filter_rule rule)
{
	_cleanup_(netns_filter_freep) struct netns_filter *filter = NULL;
	struct netns_chain chain = {.name = "nat", .hook = hook, .nat = true};
	struct ncrun_error err = {0};

	chain.priority =
		hook == NETNS_HOOK_POSTROUTING ? NETNS_PRIORITY_SRCNAT : NETNS_PRIORITY_DSTNAT;
	rule.chain = chain.name;
	assert_ok(netns_filter_new(lab->nodes[1], &filter, &err));
	netns_filter_table_anew(filter, NETNS_FILTER_INET, "nat");
	netns_filter_chain(filter, &chain);
	netns_filter_rule(filter, &rule);
	assert_ok(netns_filter_commit(filter, &err));
}

static void check_sender(struct network_lab *lab, const char *to, const char *sender)
{
	char seen[NETNS_IP_TEXT_MAX] = "nobody";

	assert_true(lab_reaches_from(lab->nodes[0], lab->nodes[2], to, seen));
	assert_string_equal(seen, sender);
}

TEST(a_router_forwards_both_families_untouched)
{
	struct network_lab lab;

	lab_make_chain(&lab);

	check_sender(&lab, "10.2.0.1", "10.1.0.1");
	check_sender(&lab, "fd02::1", "fd01::1");
	lab_free(&lab);
}

TEST(masquerade_hides_both_families)
{
	struct network_lab lab;

	lab_make_chain(&lab);
	translate(&lab, NETNS_HOOK_POSTROUTING,
		  (struct netns_filter_rule){.out_interface = "eth1",
					     .verdict = NETNS_VERDICT_MASQUERADE,
					     .nat_flags = NETNS_NAT_FULLY_RANDOM});

	check_sender(&lab, "10.2.0.1", "10.2.0.9");
	check_sender(&lab, "fd02::1", "fd02::9");
	/* and what was not asked for does not come in */
	assert_true(lab_is_cut_off(lab.nodes[2], lab.nodes[0], "10.1.0.1"));
	lab_free(&lab);
}

TEST(answers_find_the_way_back_through_a_masquerade)
{
	_cleanup_close_ int client = -1, server = -1;
	struct sockaddr_storage from;
	socklen_t size = sizeof(from);
	struct network_lab lab;
	char bytes[64];

	lab_make_chain(&lab);
	translate(&lab, NETNS_HOOK_POSTROUTING,
		  (struct netns_filter_rule){.out_interface = "eth1",
					     .protocol = IPPROTO_UDP,
					     .to_ports = {40000, 40000},
					     .verdict = NETNS_VERDICT_MASQUERADE});
	client = lab_udp(lab.nodes[0], "", 1000);
	server = lab_udp(lab.nodes[2], "", 2000);
	lab_udp_send(client, "10.2.0.1", 2000, 1, 8);
	assert_int_equal(recvfrom(server, bytes, sizeof(bytes), 0, (struct sockaddr *)&from, &size),
			 8);
	assert_int_equal(ntohs(((struct sockaddr_in *)&from)->sin_port), 40000);

	assert_int_equal(sendto(server, "yes", 3, 0, (struct sockaddr *)&from, size), 3);
	assert_int_equal(recv(client, bytes, sizeof(bytes), 0), 3);
	lab_free(&lab);
}

TEST(snat_gives_the_address_that_it_is_told)
{
	struct network_lab lab;

	lab_make_chain(&lab);
	translate(&lab, NETNS_HOOK_POSTROUTING,
		  (struct netns_filter_rule){.source = lab_prefix("10.1.0.0/24"),
					     .verdict = NETNS_VERDICT_SNAT,
					     .to = lab_ip("10.2.0.77")});

	check_sender(&lab, "10.2.0.1", "10.2.0.77");
	check_sender(&lab, "fd02::1", "fd01::1"); /* not its family */
	lab_free(&lab);
}

TEST(dnat_leads_to_another_address_and_port)
{
	struct network_lab lab;

	lab_make_chain(&lab);
	translate(&lab, NETNS_HOOK_PREROUTING,
		  (struct netns_filter_rule){.protocol = IPPROTO_UDP,
					     .destination = lab_prefix("10.1.0.9"),
					     .verdict = NETNS_VERDICT_DNAT,
					     .to = lab_ip("10.2.0.1"),
					     .to_ports = {4242, 0}});
	check_sender(&lab, "10.1.0.9", "10.1.0.1");

	translate(&lab, NETNS_HOOK_PREROUTING,
		  (struct netns_filter_rule){.protocol = IPPROTO_UDP,
					     .destination = lab_prefix("fd01::9"),
					     .verdict = NETNS_VERDICT_DNAT,
					     .to = lab_ip("fd02::1")});
	check_sender(&lab, "fd01::9", "fd01::1");
	lab_free(&lab);
}

TEST(what_makes_no_rule_is_refused_with_its_reason)
{
	static const struct {
		struct netns_filter_rule rule;
		const char *message;
	} cases[] = {
		{{.chain = NULL}, "filter rule: it is in no chain"},
		{{.chain = "c", .destination_ports = {80}},
		 "filter rule: ports need a protocol that has them (TCP, UDP, SCTP, DCCP)"},
		{{.chain = "c", .verdict = NETNS_VERDICT_JUMP},
		 "filter rule: a jump needs a chain to go to"},
		{{.chain = "c", .verdict = NETNS_VERDICT_RESET},
		 "filter rule: only TCP can be reset"},
		{{.chain = "c", .verdict = NETNS_VERDICT_SNAT},
		 "filter rule: translation needs a new address or port"},
		{{.chain = "c", .source_set = "s"},
		 "filter rule: a set of addresses needs one of IPv4 and IPv6"},
		{{.chain = "c", .family = AF_INET, .source = {.ip.family = AF_INET6}},
		 "filter rule: IPv4 and IPv6 do not go together"},
		{{.chain = "c", .in_interface = "longer-than-fifteen"},
		 "filter rule: an interface's name has at most 15 bytes here"},
	};
	struct network_lab lab;

	lab_make_chain(&lab);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		_cleanup_(netns_filter_freep) struct netns_filter *filter = NULL;
		struct ncrun_error err = {0};

		assert_ok(netns_filter_new(lab.nodes[1], &filter, &err));
		netns_filter_table(filter, NETNS_FILTER_INET, "t");
		netns_filter_rule(filter, &cases[i].rule);
		assert_fails(netns_filter_commit(filter, &err), EINVAL);
		assert_string_equal(err.message, cases[i].message);
	}
	lab_free(&lab);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_router_forwards_both_families_untouched),
		cmocka_unit_test(masquerade_hides_both_families),
		cmocka_unit_test(answers_find_the_way_back_through_a_masquerade),
		cmocka_unit_test(snat_gives_the_address_that_it_is_told),
		cmocka_unit_test(dnat_leads_to_another_address_and_port),
		cmocka_unit_test(what_makes_no_rule_is_refused_with_its_reason),
	};

	return cmocka_run_group_tests_name("netns/nat", tests, sandbox_enter, NULL);
}
