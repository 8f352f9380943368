/* SPDX-License-Identifier: Apache-2.0 */

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "runtime/container.h"
#include "tests/support/test.h"

static struct ncrun_error err;
static struct state where = STATE_NONE;
static char directory[] = "/tmp/ncrun-ids-XXXXXX";

static int directory_make(void **unused)
{
	(void)unused;
	if (!mkdtemp(directory))
		return -1;
	where.fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return where.fd < 0 ? -1 : 0;
}

static int directory_drop(void **unused)
{
	(void)unused;
	unlinkat(where.fd, "ids", 0);
	state_done(&where);
	return rmdir(directory);
}

TEST(the_same_hint_gives_the_same_range)
{
	uint32_t first, again;
	int lock;

	assert_ok(ids_claim(&where, "a", &first, &lock, &err));
	closep(&lock);
	assert_ok(ids_claim(&where, "a", &again, &lock, &err));
	closep(&lock);
	assert_int_equal(first, again);
	assert_true(first >= IDS_FIRST && first <= INT32_MAX - IDS_COUNT);
}

TEST(a_range_in_use_is_never_given_twice)
{
	uint32_t first[50];
	int locks[50];

	for (int i = 0; i < 50; i++) {
		assert_ok(ids_claim(&where, "same", &first[i], &locks[i], &err));
		for (int j = 0; j < i; j++)
			assert_true(first[i] >= first[j] + IDS_COUNT ||
				    first[j] >= first[i] + IDS_COUNT);
	}
	for (int i = 0; i < 50; i++)
		closep(&locks[i]);
}

/* What the kernel does for a node's init, however that ends. */
TEST(a_range_comes_back_when_its_last_holder_dies)
{
	uint32_t first, other, again;
	int lock, second, status;
	pid_t pid;

	assert_ok(ids_claim(&where, "child", &first, &lock, &err));
	pid = fork();
	if (pid == 0)
		pause();
	closep(&lock);
	assert_ok(ids_claim(&where, "child", &other, &second, &err));
	closep(&second);
	assert_int_not_equal(first, other);
	kill(pid, SIGKILL);
	waitpid(pid, &status, 0);
	assert_ok(ids_claim(&where, "child", &again, &lock, &err));
	closep(&lock);
	assert_int_equal(first, again);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_same_hint_gives_the_same_range),
		cmocka_unit_test(a_range_in_use_is_never_given_twice),
		cmocka_unit_test(a_range_comes_back_when_its_last_holder_dies),
	};

	return cmocka_run_group_tests_name("runtime/ids", tests, directory_make, directory_drop);
}
