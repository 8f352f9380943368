/* SPDX-License-Identifier: Apache-2.0 */

#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/text.h"
#include "tests/support/network_lab.h"
#include "tests/support/sandbox.h"
#include "tests/support/test.h"

static struct netns_filter *filter_of(struct netns *netns)
{
	struct netns_filter *filter = NULL;
	struct ncrun_error err = {0};

	assert_ok(netns_filter_new(netns, &filter, &err));
	return filter;
}

/** One rule in chain "c", which is at @hook of table "t" in node 1. */
static void one_rule(struct network_lab *lab, enum netns_hook hook, struct netns_filter_rule rule)
{
	_cleanup_(netns_filter_freep) struct netns_filter *filter = filter_of(lab->nodes[1]);
	struct ncrun_error err = {0};

	rule.chain = "c";
	rule.count = true;
	netns_filter_table_anew(filter, NETNS_FILTER_INET, "t");
	netns_filter_chain(filter, &(struct netns_chain){.name = "c", .hook = hook});
	netns_filter_rule(filter, &rule);
	assert_ok(netns_filter_commit(filter, &err));
}

static uint64_t counted(struct network_lab *lab)
{
	_cleanup_free_ struct netns_filter_state *rules = NULL;
	struct ncrun_error err = {0};
	size_t count = 0;

	assert_ok(netns_filter_list(lab->nodes[1], NETNS_FILTER_INET, "t", &rules, &count, &err));
	assert_int_equal(count, 1);
	assert_true(rules[0].counted);
	return rules[0].packets;
}

/** Do packets from node 0 get to node 1, and did the rule see them? */
static void check_dropped(struct network_lab *lab, const char *address)
{
	assert_true(lab_is_cut_off(lab->nodes[0], lab->nodes[1], address));
	assert_true(counted(lab) > 0);
}

static void check_passed(struct network_lab *lab, const char *address)
{
	assert_true(lab_reaches(lab->nodes[0], lab->nodes[1], address));
	assert_int_equal(counted(lab), 0);
}

TEST(rules_match_what_they_say)
{
	static const struct {
		struct netns_filter_rule rule;
		bool matches;
	} cases[] = {
		{{.in_interface = "eth0"}, true},
		{{.in_interface = "eth*"}, true},
		{{.in_interface = "eth1"}, false},
		{{.in_interface = "eth0", .except = NETNS_NOT_IN_INTERFACE}, false},
		{{.protocol = IPPROTO_UDP}, true},
		{{.protocol = IPPROTO_TCP}, false},
		{{.protocol = IPPROTO_TCP, .except = NETNS_NOT_PROTOCOL}, true},
		{{.protocol = IPPROTO_UDP, .destination_ports = {4242}}, true},
		{{.protocol = IPPROTO_UDP, .destination_ports = {4243}}, false},
		{{.protocol = IPPROTO_UDP, .destination_ports = {4000, 5000}}, true},
		{{.protocol = IPPROTO_UDP, .destination_ports = {1, 4241}}, false},
		{{.ct = NETNS_CT_NEW}, true},
		{{.ct = NETNS_CT_ESTABLISHED | NETNS_CT_RELATED}, false},
		{{.ct = NETNS_CT_NEW, .except = NETNS_NOT_CT}, false},
		{{.local = true}, true},
		{{.local = true, .except = NETNS_NOT_LOCAL}, false},
		{{.mark = 7}, false},
		{{.family = AF_INET, .icmp = true, .icmp_type = 8}, false},
		{{.family = AF_INET}, true},
		{{.family = AF_INET6}, false},
	};
	struct network_lab lab;

	lab_make_pair(&lab);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct netns_filter_rule rule = cases[i].rule;

		rule.verdict = NETNS_VERDICT_NONE;
		one_rule(&lab, NETNS_HOOK_INPUT, rule);
		assert_true(lab_reaches(lab.nodes[0], lab.nodes[1], "10.0.0.2"));
		if ((counted(&lab) > 0) != cases[i].matches)
			fail_msg("case %zu: matches %" PRIu64 " packets", i, counted(&lab));
	}
	lab_free(&lab);
}

TEST(addresses_match_by_prefix_and_range_in_both_families)
{
	static const struct {
		const char *source, *last, *to;
		bool matches;
	} cases[] = {
		{"10.0.0.1/32", NULL, "10.0.0.2", true},
		{"10.0.0.0/29", NULL, "10.0.0.2", true},
		{"10.0.0.2/31", NULL, "10.0.0.2", false},
		{"10.0.0.1", "10.0.0.9", "10.0.0.2", true},
		{"10.0.0.2", "10.0.0.9", "10.0.0.2", false},
		{"fd00::1/128", NULL, "fd00::2", true},
		{"fd00::/61", NULL, "fd00::2", true},
		{"fd00::/61", NULL, "10.0.0.2", false},
		{"fd00::2", "fd00::9", "fd00::2", false},
	};
	struct network_lab lab;

	lab_make_pair(&lab);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct netns_filter_rule rule = {.source = lab_prefix(cases[i].source),
						 .protocol = IPPROTO_UDP,
						 .verdict = NETNS_VERDICT_DROP};

		if (cases[i].last)
			rule.source_last = lab_ip(cases[i].last);
		one_rule(&lab, NETNS_HOOK_INPUT, rule);
		if (cases[i].matches)
			check_dropped(&lab, cases[i].to);
		else
			check_passed(&lab, cases[i].to);
	}
	lab_free(&lab);
}

TEST(rejected_packets_tell_their_sender)
{
	_cleanup_close_ int sender = -1;
	struct network_lab lab;
	char byte = 0;

	lab_make_pair(&lab);
	one_rule(&lab, NETNS_HOOK_INPUT,
		 (struct netns_filter_rule){.protocol = IPPROTO_UDP,
					    .verdict = NETNS_VERDICT_REJECT});
	sender = lab_udp(lab.nodes[0], "", 0);
	assert_int_equal(connect(sender,
				 (struct sockaddr *)&(struct sockaddr_in){
					 .sin_family = AF_INET,
					 .sin_port = htons(4242),
					 .sin_addr.s_addr = htonl(0x0a000002),
				 },
				 sizeof(struct sockaddr_in)),
			 0);
	assert_int_equal(send(sender, &byte, 1, 0), 1);

	assert_int_equal(recv(sender, &byte, 1, 0), -1);
	assert_int_equal(errno, ECONNREFUSED);
	lab_free(&lab);
}

TEST(a_set_holds_networks_of_its_family)
{
	_cleanup_(netns_filter_freep) struct netns_filter *filter = NULL;
	const struct netns_prefix members[] = {lab_prefix("10.0.0.0/30"), lab_prefix("10.9.0.1"),
					       lab_prefix("255.255.255.0/24")};
	const struct netns_chain chain = {.name = "c", .hook = NETNS_HOOK_INPUT};
	const struct netns_filter_rule drop = {.chain = "c",
					       .family = AF_INET,
					       .source_set = "bad",
					       .count = true,
					       .verdict = NETNS_VERDICT_DROP};
	struct ncrun_error err = {0};
	struct network_lab lab;

	lab_make_pair(&lab);
	filter = filter_of(lab.nodes[1]);
	netns_filter_table(filter, NETNS_FILTER_INET, "t");
	netns_filter_set(filter, "bad", AF_INET);
	netns_filter_set_add(filter, "bad", members, 3);
	netns_filter_chain(filter, &chain);
	netns_filter_rule(filter, &drop);
	assert_ok(netns_filter_commit(filter, &err));
	check_dropped(&lab, "10.0.0.2");

	netns_filter_table_delete(filter, NETNS_FILTER_INET, "t");
	netns_filter_table(filter, NETNS_FILTER_INET, "t");
	netns_filter_set(filter, "bad", AF_INET);
	netns_filter_set_add(filter, "bad", members + 1, 2);
	netns_filter_chain(filter, &chain);
	netns_filter_rule(filter, &drop);
	assert_ok(netns_filter_commit(filter, &err));
	assert_true(lab_reaches(lab.nodes[0], lab.nodes[1], "10.0.0.2"));
	lab_free(&lab);
}

TEST(a_transaction_that_fails_changes_nothing_and_says_where)
{
	_cleanup_(netns_filter_freep) struct netns_filter *filter = NULL;
	_cleanup_(strings_freep) char **tables = NULL;
	const char *first = "line 1", *second = "line 2";
	struct ncrun_error err = {0};
	struct network_lab lab;

	lab_make_pair(&lab);
	filter = filter_of(lab.nodes[1]);
	netns_filter_tag(filter, first);
	netns_filter_table(filter, NETNS_FILTER_INET, "t");
	netns_filter_tag(filter, second);
	netns_filter_rule(filter, &(struct netns_filter_rule){.chain = "nowhere"});
	assert_fails(netns_filter_commit(filter, &err), ENOENT);
	assert_string_equal(err.message, "add rule to chain 'nowhere': No such file or directory");
	assert_ptr_equal(netns_filter_failed(filter), second);

	assert_ok(netns_filter_tables(lab.nodes[1], NETNS_FILTER_INET, "", &tables, &err));
	assert_int_equal(strings_count((const char *const *)tables), 0);
	lab_free(&lab);
}

TEST(tables_are_found_by_name_and_those_of_others_stay)
{
	_cleanup_(netns_filter_freep) struct netns_filter *filter = NULL;
	_cleanup_(strings_freep) char **ours = NULL, **all = NULL;
	struct ncrun_error err = {0};
	struct network_lab lab;

	lab_make_pair(&lab);
	filter = filter_of(lab.nodes[1]);
	netns_filter_table(filter, NETNS_FILTER_INET, "ncrun-a");
	netns_filter_table(filter, NETNS_FILTER_INET, "ncrun-b");
	netns_filter_table(filter, NETNS_FILTER_INET, "other");
	assert_ok(netns_filter_commit(filter, &err));
	netns_filter_table_delete(filter, NETNS_FILTER_INET, "ncrun-b");
	netns_filter_table_delete(filter, NETNS_FILTER_INET, "ncrun-never-there");
	assert_ok(netns_filter_commit(filter, &err));

	assert_ok(netns_filter_tables(lab.nodes[1], NETNS_FILTER_INET, "ncrun-", &ours, &err));
	assert_ok(netns_filter_tables(lab.nodes[1], NETNS_FILTER_INET, "", &all, &err));
	assert_int_equal(strings_count((const char *const *)ours), 1);
	assert_string_equal(ours[0], "ncrun-a");
	assert_int_equal(strings_count((const char *const *)all), 2);
	lab_free(&lab);
}

TEST(a_thousand_rules_go_in_one_transaction_and_come_back)
{
	_cleanup_(netns_filter_freep) struct netns_filter *filter = NULL;
	_cleanup_free_ struct netns_filter_state *rules = NULL;
	struct ncrun_error err = {0};
	struct network_lab lab;
	char comment[32];
	size_t count = 0;

	lab_make_pair(&lab);
	filter = filter_of(lab.nodes[1]);
	netns_filter_table(filter, NETNS_FILTER_INET, "t");
	netns_filter_chain(filter, &(struct netns_chain){.name = "c"});
	for (int i = 0; i < 1000; i++) {
		snprintf(comment, sizeof(comment), "rule %d", i);
		netns_filter_rule(filter,
				  &(struct netns_filter_rule){.chain = "c",
							      .comment = comment,
							      .source = lab_prefix("10.0.0.0/8"),
							      .count = true});
	}
	assert_ok(netns_filter_commit(filter, &err));
	assert_ok(netns_filter_list(lab.nodes[1], NETNS_FILTER_INET, "t", &rules, &count, &err));
	assert_int_equal(count, 1000);
	assert_string_equal(rules[999].comment, "rule 999");
	assert_string_equal(rules[999].chain, "c");
	lab_free(&lab);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rules_match_what_they_say),
		cmocka_unit_test(addresses_match_by_prefix_and_range_in_both_families),
		cmocka_unit_test(rejected_packets_tell_their_sender),
		cmocka_unit_test(a_set_holds_networks_of_its_family),
		cmocka_unit_test(a_transaction_that_fails_changes_nothing_and_says_where),
		cmocka_unit_test(tables_are_found_by_name_and_those_of_others_stay),
		cmocka_unit_test(a_thousand_rules_go_in_one_transaction_and_come_back),
	};

	return cmocka_run_group_tests_name("netns/filter", tests, sandbox_enter, NULL);
}
