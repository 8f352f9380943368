/* SPDX-License-Identifier: Apache-2.0 */

/* Each file of examples/ that is a topology has no mistake, and can be completed. */

#include <dirent.h>
#include <fcntl.h>
#include <string.h>

#include "base/file.h"
#include "tests/support/test.h"
#include "topology/model.h"

static bool is_topology(const char *name)
{
	static const char *const ends[] = {".yaml", ".yml", ".dot"};
	size_t length = strlen(name);

	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++)
		if (length > strlen(ends[i]) &&
		    text_equal(name + length - strlen(ends[i]), ends[i]))
			return true;
	return false;
}

static void read_example(const char *name)
{
	_cleanup_(ncrun_topology_unrefp) struct ncrun_topology *topology = NULL;
	_cleanup_problems_ struct problems problems = {0};
	_cleanup_free_ char *text = NULL;
	struct ncrun_error err = {0};
	char path[512];
	size_t size;

	snprintf(path, sizeof(path), "examples/%s", name);
	assert_ok(file_read_at(AT_FDCWD, path, 1 << 20, &text, &size, &err));
	assert_ok(topology_read(&(struct topology_text){path, text, size, TOPOLOGY_FORMAT_GUESS},
				&topology, &problems, &err));
	if (problems.count == 0)
		assert_ok(topology_complete(topology, &problems, &err));
	if (problems.count > 0)
		fail_msg("%s:%u:%u: %s", path, problems.items[0].place.line,
			 problems.items[0].place.column, problems.items[0].text);
	assert_non_null(topology->name);
	assert_true(topology->node_count > 1);
}

TEST(every_example_is_right)
{
	DIR *folder = opendir("examples");
	const struct dirent *entry;
	size_t count = 0;

	assert_non_null(folder);
	while ((entry = readdir(folder)))
		if (is_topology(entry->d_name)) {
			read_example(entry->d_name);
			count++;
		}
	closedir(folder);
	assert_true(count >= 11);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_example_is_right),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
