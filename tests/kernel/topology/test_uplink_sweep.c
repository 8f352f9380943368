/* SPDX-License-Identifier: Apache-2.0 */

/* A sweep of links and tables: what it counts, and what does not hold it up. */

#include <errno.h>
#include <poll.h>
#include <stdio.h>

#include "base/cleanup.h"
#include "tests/support/machine_lab.h"
#include "tests/support/test.h"
#include "topology/uplink.h"

static void table_create(const char *name)
{
	_cleanup_(netns_filter_freep) struct netns_filter *filter = NULL;
	struct ncrun_error err = {0};

	assert_ok(netns_filter_new(machine_lab.machine, &filter, &err));
	netns_filter_table_anew(filter, NETNS_FILTER_INET, name);
	assert_ok(netns_filter_commit(filter, &err));
}

TEST(a_dry_run_tells_which_links_no_table_takes_along)
{
	struct ncrun_container *node = machine_alone("both", "a");
	char tag[STATE_TAG_MAX], table[UPLINK_TABLE_MAX];
	struct ncrun_error err = {0};
	uint32_t count = 0;

	assert_ok(state_tag(NULL, tag, &err));
	machine_table_lose();
	snprintf(table, sizeof(table), "ncrun-both//%s", tag);
	table_create(table); /* as of a network of that name */
	machine_state_lose("both", false);

	assert_ok(uplinks_clean(NULL, true, &count, &err));
	assert_int_equal(count, 2);
	assert_ok(uplinks_clean(NULL, false, &count, &err));
	assert_int_equal(count, 2 + 2);
	machine_state_lose("both", true);
	machine_alone_end(node);
	machine_lab_quiet();
	assert_int_equal(machine_objects(), 0);
}

/* That of a program which has said that it is its own alone. */
TEST(a_table_that_cannot_be_removed_keeps_no_other)
{
	char tag[STATE_TAG_MAX], held[UPLINK_TABLE_MAX], lost[UPLINK_TABLE_MAX];
	struct ncrun_error err = {0};
	uint32_t count = 0;
	FILE *nft = popen("nft -i >/dev/null", "w"); /* NOLINT(cert-env33-c): a test's own path */

	assert_non_null(nft);
	assert_ok(state_tag(NULL, tag, &err));
	snprintf(held, sizeof(held), "ncrun-held//%s", tag);
	snprintf(lost, sizeof(lost), "ncrun-lost//%s", tag);
	fprintf(nft, "add table inet %s { flags owner; }\n", held);
	fflush(nft);
	for (int tries = 0; tries < 500 && machine_objects() == 0; tries++)
		poll(NULL, 0, 20);
	table_create(lost);
	assert_int_equal(machine_objects(), 2);

	assert_fails(uplinks_clean(NULL, false, &count, &err), EPERM);
	assert_int_equal(count, 1);
	assert_int_equal(machine_objects(), 1);
	pclose(nft); /* with which it goes */
	for (int tries = 0; tries < 500 && machine_objects() > 0; tries++)
		poll(NULL, 0, 20);
	assert_int_equal(machine_objects(), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_table_that_cannot_be_removed_keeps_no_other),
		cmocka_unit_test(a_dry_run_tells_which_links_no_table_takes_along),
	};

	return cmocka_run_group_tests_name("topology/uplink_sweep", tests, machine_lab_setup,
					   machine_lab_teardown);
}
