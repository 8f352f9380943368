/* SPDX-License-Identifier: Apache-2.0 */

/* The hosts file of a running node. */

#include <errno.h>
#include <string.h>

#include "runtime/runtime.h"
#include "tests/support/test.h"

static struct ncrun_container *start(const char *name, const char *rootfs)
{
	static const char *const argv[] = {"sleep", "60", NULL};
	struct ncrun_container_spec spec = NCRUN_CONTAINER_SPEC_INIT;
	struct ncrun_container *node = NULL;
	struct ncrun_error err = {0};

	spec.name = name;
	spec.rootfs = rootfs;
	spec.writable_root = rootfs[0] == '/';
	spec.argv = argv;
	spec.detach = true;
	assert_ok(ncrun_container_start(NULL, &spec, &node, &err));
	return node;
}

/* Exit code of a command in it. */
static int run(struct ncrun_container *node, const char *script)
{
	const char *const argv[] = {"sh", "-c", script, NULL};
	struct ncrun_exec_spec exec = NCRUN_EXEC_SPEC_INIT;
	struct ncrun_error err = {0};
	struct ncrun_exit exit = {.code = 1};

	exec.argv = argv;
	assert_ok(ncrun_container_exec(node, &exec, &exit, &err));
	return exit.code;
}

TEST(a_running_node_sees_its_hosts_change)
{
	static const char longer[] = "127.0.0.1\tlocalhost\n10.9.8.7\tnear\nfd00::7\tfar\n";
	static const char shorter[] = "10.9.8.7\tnear\n";
	static char beyond[(1 << 20) + 1];
	struct ncrun_error err = {0};
	struct ncrun_container *node = start("rewritten", "host");

	assert_int_equal(run(node, "grep -q rewritten /etc/hosts"), 0);
	assert_ok(container_write_hosts(node, longer, strlen(longer), &err));
	assert_int_equal(run(node, "grep -q far /etc/hosts && ! grep -q rewritten /etc/hosts"), 0);
	assert_ok(container_write_hosts(node, shorter, strlen(shorter), &err));
	assert_int_equal(run(node, "test \"$(wc -l </etc/hosts)\" = 1"), 0);
	memset(beyond, '\n', sizeof(beyond));
	assert_fails(container_write_hosts(node, beyond, sizeof(beyond), &err), E2BIG);
	assert_int_equal(run(node, "test \"$(wc -l </etc/hosts)\" = 1"), 0);
	assert_ok(ncrun_container_remove(node, true, &err));
	ncrun_container_unref(node);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_running_node_sees_its_hosts_change),
	};

	return cmocka_run_group_tests_name("runtime/hosts", tests, NULL, NULL);
}
