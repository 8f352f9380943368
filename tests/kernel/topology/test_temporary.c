/* SPDX-License-Identifier: Apache-2.0 */

/* Networks that go with who made them. */

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "tests/support/test.h"
#include "topology/running.h"

#define PAIR "defaults: {rootfs: host}\nnodes: [a, b]\nlinks: [[a, b]]\n"

static int up(const char *text, bool temporary, struct ncrun_network **ret, struct ncrun_error *err)
{
	_cleanup_(ncrun_topology_unrefp) struct ncrun_topology *topology = NULL;
	struct ncrun_up_options options = NCRUN_UP_OPTIONS_INIT;
	int r = ncrun_topology_parse(&(struct ncrun_topology_text){"t", text, strlen(text),
								   NCRUN_TOPOLOGY_YAML},
				     NULL, NULL, &topology, err);

	options.name = "t";
	options.temporary = temporary;
	return r < 0 ? r : ncrun_network_up(NULL, topology, &options, ret, err);
}

static bool is_there(void)
{
	_cleanup_(ncrun_network_unrefp) struct ncrun_network *network = NULL;

	return ncrun_network_open(NULL, "t", &network, NULL) == 0;
}

static bool goes(bool (*there)(void))
{
	for (int i = 0; i < 500 && there(); i++)
		nanosleep(&(struct timespec){.tv_nsec = 10000000}, NULL);
	return !there();
}

TEST(it_goes_with_its_handle)
{
	struct ncrun_network *network = NULL;
	struct ncrun_error err = {0};

	assert_ok(up(PAIR, true, &network, &err));
	assert_true(ncrun_network_is_temporary(network));
	assert_true(is_there());
	ncrun_network_unref(network);
	assert_false(is_there());
}

TEST(so_does_one_whose_file_says_so)
{
	struct ncrun_network *network = NULL;
	struct ncrun_error err = {0};

	assert_ok(up("persistent: false\n" PAIR, false, &network, &err));
	assert_true(ncrun_network_is_temporary(network));
	ncrun_network_unref(network);
	assert_false(is_there());
}

TEST(it_goes_with_a_maker_that_is_killed)
{
	pid_t maker = fork();
	int status;

	if (maker == 0) {
		struct ncrun_network *network = NULL;
		struct ncrun_error err;

		if (up(PAIR, true, &network, &err) == 0)
			pause();
		_exit(1);
	}
	for (int i = 0; i < 500 && !is_there(); i++)
		nanosleep(&(struct timespec){.tv_nsec = 10000000}, NULL);
	assert_true(is_there());
	kill(maker, SIGKILL);
	waitpid(maker, &status, 0);
	assert_true(goes(is_there));
}

static struct network_record seen;

static bool guard_is_there(void)
{
	return guard_lives(&seen);
}

TEST(who_ends_it_otherwise_ends_its_guard)
{
	struct ncrun_network *network = NULL;
	struct ncrun_error err = {0};

	assert_ok(up(PAIR, true, &network, &err));
	seen = network->record;
	assert_true(guard_is_there());
	assert_ok(ncrun_network_down(NULL, "t", 0, &err));
	assert_true(goes(guard_is_there));
	ncrun_network_unref(network);
}

TEST(a_later_network_of_its_name_stays)
{
	struct ncrun_network *network = NULL, *later = NULL;
	struct ncrun_error err = {0};

	assert_ok(up(PAIR, true, &network, &err));
	seen = network->record;
	network->record.guard = 0; /* as if it had been forgotten: it lives on */
	assert_ok(network_write_record(network, &err));
	assert_ok(ncrun_network_down(NULL, "t", 0, &err));
	assert_ok(up(PAIR, false, &later, &err));
	assert_false(ncrun_network_is_temporary(later));
	assert_true(guard_is_there());
	ncrun_network_unref(network);
	assert_true(goes(guard_is_there));
	assert_true(is_there());
	ncrun_network_unref(later);
	assert_true(is_there());
	assert_ok(ncrun_network_down(NULL, "t", 0, &err));
}

TEST(one_that_runs_can_become_temporary_once)
{
	struct ncrun_network *first = NULL, *second = NULL, *third = NULL;
	struct ncrun_error err = {0};

	assert_ok(up(PAIR, false, &first, &err));
	assert_ok(up(PAIR, true, &second, &err));
	assert_ok(up(PAIR, true, &third, &err));
	assert_false(ncrun_network_is_temporary(first));
	assert_true(ncrun_network_is_temporary(second));
	assert_false(ncrun_network_is_temporary(third));
	ncrun_network_unref(third);
	ncrun_network_unref(first);
	assert_true(is_there());
	ncrun_network_unref(second);
	assert_false(is_there());
}

TEST(somebody_has_to_hold_it)
{
	struct ncrun_error err = {0};

	assert_fails(up(PAIR, true, NULL, &err), EINVAL);
	assert_string_equal(err.message,
			    "network 't': it is temporary, and nobody wants to hold it");
	assert_false(is_there());
}

TEST(one_that_cannot_be_made_leaves_no_guard)
{
	struct ncrun_network *network = NULL;
	struct ncrun_error err = {0};

	assert_fails(up("nodes: {a: {rootfs: host, run: /no/such}}\n", true, &network, &err),
		     ESRCH);
	assert_null(network);
	assert_false(is_there());
}

static int needs_root(void **state __attribute__((unused)))
{
	if (geteuid() == 0)
		return 0;
	printf("needs root\n");
	return -1;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_goes_with_its_handle),
		cmocka_unit_test(so_does_one_whose_file_says_so),
		cmocka_unit_test(it_goes_with_a_maker_that_is_killed),
		cmocka_unit_test(who_ends_it_otherwise_ends_its_guard),
		cmocka_unit_test(a_later_network_of_its_name_stays),
		cmocka_unit_test(one_that_runs_can_become_temporary_once),
		cmocka_unit_test(somebody_has_to_hold_it),
		cmocka_unit_test(one_that_cannot_be_made_leaves_no_guard),
	};

	return cmocka_run_group_tests_name("topology/temporary", tests, needs_root, NULL);
}
