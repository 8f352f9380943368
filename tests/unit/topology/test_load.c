/* SPDX-License-Identifier: Apache-2.0 */

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "tests/support/test.h"
#include "tests/support/topology_text.h"

static char *file_with(const char *name, const char *text)
{
	const char *directory = getenv("TMPDIR");
	struct ncrun_error err = {0};
	char *path = NULL;

	assert_true(asprintf(&path, "%s/%s", directory ? directory : "/tmp", name) > 0);
	assert_ok(file_replace_at(AT_FDCWD, path, text, strlen(text), 0600, &err));
	return path;
}

TEST(a_file_is_read_and_checked)
{
	_cleanup_(ncrun_topology_unrefp) struct ncrun_topology *topology = NULL;
	_cleanup_free_ char *path = file_with("good.yaml", "name: x\nnodes: [a, b]\n"
							   "links: [[a, b]]\n");
	struct ncrun_error err = {0};

	assert_ok(ncrun_topology_load(path, NCRUN_TOPOLOGY_GUESS, NULL, NULL, &topology, &err));
	assert_string_equal(ncrun_topology_name(topology), "x");
	unlink(path);
}

static void count_problem(void *data, const struct ncrun_problem *problem)
{
	assert_non_null(problem->text);
	++*(int *)data;
}

TEST(the_first_mistake_is_the_error_and_all_are_told)
{
	_cleanup_free_ char *path = file_with("bad.yaml", "nodes: {a: {mtu: 1}, b: {}}\n"
							  "links: [[a, a], [b, c]]\n");
	struct ncrun_topology *topology = NULL;
	struct ncrun_error err = {0};
	char expected[256];
	int told = 0;

	assert_fails(ncrun_topology_load(path, NCRUN_TOPOLOGY_GUESS, count_problem, &told,
					 &topology, &err),
		     EINVAL);
	snprintf(expected, sizeof(expected),
		 "%s:1:18: node 'a': mtu '1': not a number from 68 to 65535 (and 2 more)", path);
	assert_string_equal(err.message, expected);
	assert_int_equal(told, 3);
	assert_null(topology);
	unlink(path);
}

TEST(what_is_no_document_is_a_mistake_with_a_place)
{
	static const struct {
		const char *text, *message;
	} rows[] = {
		{"", "f:1:1: is empty"},
		{"[]", "f:1:1: expected a map, not a list"},
		{"a: &x 1", "f:1:7: anchors, aliases and tags are not supported"},
		{"nodes: {a: 1}\nnodes: []", "f:2:1: key 'nodes' is in line 1 already"},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct ncrun_topology *topology = NULL;
		struct ncrun_error err = {0};

		assert_fails(
			ncrun_topology_parse(&(struct ncrun_topology_text){"f", rows[i].text,
									   strlen(rows[i].text),
									   NCRUN_TOPOLOGY_YAML},
					     NULL, NULL, &topology, &err),
			EINVAL);
		assert_string_equal(err.message, rows[i].message);
	}
}

TEST(a_file_that_is_not_there_is_said_so)
{
	struct ncrun_topology *topology = NULL;
	struct ncrun_error err = {0};

	assert_fails(ncrun_topology_load("/nonexistent/x.yaml", NCRUN_TOPOLOGY_GUESS, NULL, NULL,
					 &topology, &err),
		     ENOENT);
	assert_string_equal(err.message, "open '/nonexistent/x.yaml': No such file or directory");
	assert_fails(ncrun_topology_load("/", NCRUN_TOPOLOGY_GUESS, NULL, NULL, &topology, &err),
		     EISDIR);
}

TEST(a_pipe_is_read_to_its_end)
{
	_cleanup_(ncrun_topology_unrefp) struct ncrun_topology *topology = NULL;
	struct ncrun_error err = {0};
	char path[64];
	int fds[2];

	assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
	assert_int_equal(write(fds[1], "nodes: [a]\n", 11), 11);
	close(fds[1]);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fds[0]);
	assert_ok(ncrun_topology_load(path, NCRUN_TOPOLOGY_GUESS, NULL, NULL, &topology, &err));
	assert_int_equal(topology->node_count, 1);
	close(fds[0]);
}

TEST(what_is_completed_is_written_as_if_it_had_been_said)
{
	_cleanup_(ncrun_topology_unrefp) struct ncrun_topology *topology =
		topology_of("nodes: [a, b]\nlinks: [[a, b]]\n");
	_cleanup_free_ char *short_text = NULL, *whole = NULL;
	struct ncrun_error err = {0};

	assert_ok(ncrun_topology_write(topology, NCRUN_TOPOLOGY_YAML, false, &short_text, &err));
	assert_ok(ncrun_topology_write(topology, NCRUN_TOPOLOGY_YAML, true, &whole, &err));
	assert_string_equal(short_text, "nodes:\n  a: {}\n  b: {}\nlinks:\n  - [a, b]\n");
	assert_non_null(strstr(whole, "\"a:eth0\""));
	assert_non_null(strstr(whole, "mac: "));
	assert_non_null(strstr(whole, "address: ["));
	assert_null(strstr(whole, "assigned"));
	assert_fails(ncrun_topology_write(topology, NCRUN_TOPOLOGY_CONTAINERLAB, false, &whole,
					  &err),
		     EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_file_is_read_and_checked),
		cmocka_unit_test(the_first_mistake_is_the_error_and_all_are_told),
		cmocka_unit_test(what_is_no_document_is_a_mistake_with_a_place),
		cmocka_unit_test(a_file_that_is_not_there_is_said_so),
		cmocka_unit_test(a_pipe_is_read_to_its_end),
		cmocka_unit_test(what_is_completed_is_written_as_if_it_had_been_said),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
