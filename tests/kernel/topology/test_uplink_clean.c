/* SPDX-License-Identifier: Apache-2.0 */

/* What is on the machine of networks and nodes that are gone, damaged, or cannot be looked for. */

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "tests/support/machine_lab.h"
#include "tests/support/test.h"
#include "topology/network.h"
#include "topology/uplink.h"

#define HEAD(name) "name: " name "\ndefaults: {rootfs: host}\n"
#define ALONE      "nodes: {a: {uplink: true}}\n"

/* Files are mounted over, where nobody else sees it. */
static int setup(void **state)
{
	int r = machine_lab_setup(state);

	if (r == 0 &&
	    (unshare(CLONE_NEWNS) < 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0))
		return -1;
	return r;
}

static const char *state_path(const char *name)
{
	static char path[4096];

	snprintf(path, sizeof(path), "%s/%s", getenv("NCRUN_STATE"), name);
	return path;
}

/** A file of the state that opens, and fails with EIO when it is read, as on a bad disk. */
static void spoil(const char *file)
{
	assert_int_equal(mount("/proc/self/mem", state_path(file), NULL, MS_BIND, NULL), 0);
}

static void mend(const char *file)
{
	assert_int_equal(umount2(state_path(file), MNT_DETACH), 0);
}

TEST(what_a_damaged_network_has_is_left)
{
	struct ncrun_network_clean_report report = {0};
	struct ncrun_network *network = NULL;
	struct ncrun_error err = {0};
	unsigned int objects;

	assert_ok(machine_up(HEAD("lost") ALONE, &network, &err));
	objects = machine_objects();
	assert_int_equal(unlinkat(network_dir(network), NETWORK_RECORD, 0), 0);
	assert_int_equal(ncrun_network_clean(NULL, false, &report, &err), -EBADMSG);
	assert_int_equal(report.objects, 0);
	assert_int_equal(machine_objects(), objects);
	assert_ok(network_write_record(network, &err));
	ncrun_network_unref(network);
	machine_down("lost");
	assert_int_equal(machine_objects(), 0);
}

TEST(what_is_there_when_all_state_is_lost_is_found)
{
	struct ncrun_network_clean_report report = {0};
	struct ncrun_network *network = NULL;
	struct ncrun_error err = {0};

	assert_ok(machine_up(HEAD("lost") ALONE, &network, &err));
	assert_ok(ncrun_network_clean(NULL, false, &report, &err));
	assert_int_equal(report.objects, 0);
	machine_state_lose("lost", false);
	assert_ok(ncrun_network_clean(NULL, true, &report, &err));
	assert_int_equal(report.objects, 1); /* the table, with the link of a node that runs */
	assert_ok(ncrun_network_clean(NULL, false, &report, &err));
	assert_int_equal(machine_objects(), 0);
	machine_state_lose("lost", true);
	ncrun_network_unref(network);
	machine_down("lost");
}

TEST(a_network_that_cannot_be_looked_for_lives_and_the_others_are_cleaned)
{
	struct ncrun_network *doubtful = NULL, *lost = NULL;
	struct ncrun_error err = {0};
	unsigned int objects;
	uint32_t count = 0;

	assert_ok(machine_up(HEAD("doubtful") ALONE, &doubtful, &err));
	objects = machine_objects();
	assert_ok(machine_up(HEAD("lost") ALONE, &lost, &err));
	machine_state_lose("lost", false);
	spoil("doubtful/" NETWORK_RECORD);

	assert_fails(uplinks_clean(NULL, true, &count, &err), EIO);
	assert_int_equal(count, 1);
	assert_fails(uplinks_clean(NULL, false, &count, &err), EIO);
	assert_non_null(strstr(err.message, "record of network 'doubtful': "));
	assert_int_equal(count, 2);
	assert_int_equal(machine_objects(), objects);

	mend("doubtful/" NETWORK_RECORD);
	assert_ok(uplinks_clean(NULL, false, &count, &err));
	assert_int_equal(count, 2);
	assert_int_equal(machine_objects(), objects);
	machine_state_lose("lost", true);
	ncrun_network_unref(doubtful);
	ncrun_network_unref(lost);
	machine_down("doubtful");
	machine_down("lost");
	assert_int_equal(machine_objects(), 0);
}

TEST(so_does_a_node_alone_and_a_link_without_a_table)
{
	struct ncrun_container *node = machine_alone(NULL, "alone");
	unsigned int objects = machine_objects();
	struct ncrun_error err = {0};
	uint32_t count = 0;

	spoil("default/alone/state");
	assert_fails(uplinks_clean(NULL, false, &count, &err), EIO);
	assert_int_equal(machine_objects(), objects);

	machine_table_lose();
	assert_fails(uplinks_clean(NULL, false, &count, &err), EIO);
	assert_int_equal(machine_objects(), objects - 1);
	assert_int_equal(count, 0);

	mend("default/alone/state");
	machine_alone_end(node);
	assert_ok(uplinks_clean(NULL, false, &count, &err));
	machine_lab_quiet();
	assert_int_equal(machine_objects(), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_a_damaged_network_has_is_left),
		cmocka_unit_test(what_is_there_when_all_state_is_lost_is_found),
		cmocka_unit_test(
			a_network_that_cannot_be_looked_for_lives_and_the_others_are_cleaned),
		cmocka_unit_test(so_does_a_node_alone_and_a_link_without_a_table),
	};

	return cmocka_run_group_tests_name("topology/uplink_clean", tests, setup,
					   machine_lab_teardown);
}
