/* SPDX-License-Identifier: Apache-2.0 */

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <ncrun/machine.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "base/text.h"
#include "tests/support/test.h"

#define TIME_LIMIT_MS 300
#define TIME_TRIES    20

/** The findings, owned by the test. */
struct findings {
	struct ncrun_finding *items;
	size_t count;
};

static void findings_done(struct findings *findings)
{
	ncrun_findings_free(findings->items, findings->count);
}

static struct findings examine(void)
{
	struct findings findings = {0};
	struct ncrun_error err = {0};

	assert_ok(ncrun_machine_examine(&findings.items, &findings.count, &err));
	return findings;
}

static const struct ncrun_finding *find(const struct findings *findings, const char *area,
					const char *item)
{
	for (size_t i = 0; i < findings->count; i++)
		if (text_equal(findings->items[i].area, area) &&
		    text_equal(findings->items[i].item, item))
			return &findings->items[i];
	fail_msg("no finding '%s: %s'", area, item);
	return NULL;
}

TEST(every_finding_says_what_it_costs_and_how_to_mend_it)
{
	_cleanup_(findings_done) struct findings findings = examine();

	assert_true(findings.count > 40);
	for (size_t i = 0; i < findings.count; i++) {
		const struct ncrun_finding *finding = &findings.items[i];
		bool ok = finding->state == NCRUN_FINDING_OK;

		assert_true(finding->area[0] && finding->item[0] && finding->detail[0]);
		assert_int_equal(finding->cost[0] == '\0', ok);
		assert_int_equal(finding->remedy[0] == '\0', ok);
	}
}

TEST(areas_come_one_after_the_other)
{
	static const char *const areas[] = {"kernel",  "namespaces", "cgroups",  "mounts",
					    "seccomp", "network",    "programs", "libraries"};
	_cleanup_(findings_done) struct findings findings = examine();
	size_t area = 0;

	for (size_t i = 0; i < findings.count; i++) {
		if (!text_equal(findings.items[i].area, areas[area]))
			area++;
		assert_true(area < sizeof(areas) / sizeof(areas[0]));
		assert_string_equal(findings.items[i].area, areas[area]);
	}
	assert_int_equal(area, sizeof(areas) / sizeof(areas[0]) - 1);
}

TEST(what_the_other_tests_use_is_found)
{
	static const char *const rows[][2] = {
		{"kernel", "version"},  {"kernel", "clone3"},
		{"kernel", "openat2"},  {"kernel", "sealed memfd"},
		{"namespaces", "user"}, {"namespaces", "network"},
		{"mounts", "tmpfs"},    {"mounts", "new mount calls"},
		{"seccomp", "filters"}, {"network", "loopback"},
	};
	_cleanup_(findings_done) struct findings findings = examine();

	if (geteuid() != 0)
		skip();
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_int_equal(find(&findings, rows[i][0], rows[i][1])->state, NCRUN_FINDING_OK);
}

/** Without the numbers: namespaces of others that go away change how often one is used. */
static void append_modules(struct text *state, const char *modules)
{
	while (*modules) {
		size_t length = strcspn(modules, "\n");

		text_printf(state, "%.*s\n", (int)strcspn(modules, " "), modules);
		modules += modules[length] ? length + 1 : length;
	}
}

/** All of the machine that an examination could leave a trace in. */
static char *machine_state(void)
{
	static const char *const files[] = {"/proc/self/mountinfo", "/proc/net/dev_mcast",
					    "/proc/self/cgroup", "/proc/modules"};
	static const char *const directories[] = {"/proc/self/fd", "/sys/class/net", "/run",
						  "/var/lib", "/tmp"};
	_cleanup_text_ struct text state = {0};
	struct ncrun_error err = {0};

	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		_cleanup_free_ char *text = NULL;

		if (file_read_at(AT_FDCWD, files[i], 1 << 22, &text, NULL, &err) == 0)
			i + 1 < sizeof(files) / sizeof(files[0]) ? text_append(&state, text)
								 : append_modules(&state, text);
	}
	for (size_t i = 0; i < sizeof(directories) / sizeof(directories[0]); i++) {
		_cleanup_close_ int fd = open(directories[i], O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		_cleanup_(strings_freep) char **names = NULL;

		assert_ok(directory_list(fd, &names, &err));
		/* others use /tmp and /run at the same time; our own descriptors are ours alone */
		if (i < 2)
			for (size_t n = 0; names[n]; n++)
				text_printf(&state, "%s\n", names[n]);
		else
			text_printf(&state, "%d\n",
				    strings_contain((const char *const *)names, "ncrun"));
	}
	return text_take(&state);
}

TEST(nothing_of_the_machine_is_changed)
{
	_cleanup_free_ char *before = machine_state();
	_cleanup_free_ char *after = NULL;

	for (int i = 0; i < 3; i++) {
		_cleanup_(findings_done) struct findings findings = examine();

		assert_true(findings.count > 0);
	}
	after = machine_state();

	assert_string_equal(before, after);
	assert_int_equal(waitpid(-1, NULL, __WALL | WNOHANG), -1);
	assert_int_equal(errno, ECHILD);
}

/* Processor time, of children too: others may be at work on this machine. */
static int64_t spent_ms(void)
{
	struct rusage self;
	struct rusage children;

	getrusage(RUSAGE_SELF, &self);
	getrusage(RUSAGE_CHILDREN, &children);
	return ((int64_t)self.ru_utime.tv_sec + self.ru_stime.tv_sec + children.ru_utime.tv_sec +
		children.ru_stime.tv_sec) *
		       1000 +
	       (self.ru_utime.tv_usec + self.ru_stime.tv_usec + children.ru_utime.tv_usec +
		children.ru_stime.tv_usec) /
		       1000;
}

TEST(it_is_done_in_no_time)
{
	const int64_t limit = (int64_t)TIME_LIMIT_MS * test_time_factor();
	int64_t best = INT64_MAX;

	/* one quick one will do: what shares a processor makes even that time longer */
	for (int i = 0; i < TIME_TRIES && best >= limit; i++) {
		int64_t start = spent_ms();
		_cleanup_(findings_done) struct findings findings = examine();

		if (spent_ms() - start < best)
			best = spent_ms() - start;
	}
	assert_true(best < limit);
}

TEST(a_user_is_told_what_a_user_can_do)
{
	int status = -1;
	pid_t pid;

	if (geteuid() != 0)
		skip();
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		struct findings findings = {0};
		struct ncrun_error err = {0};

		if (setgroups(0, NULL) < 0 || setgid(65534) < 0 || setuid(65534) < 0)
			_exit(2);
		if (ncrun_machine_examine(&findings.items, &findings.count, &err) < 0)
			_exit(3);
		_exit(find(&findings, "mounts", "id-mapped mounts")->state == NCRUN_FINDING_DEGRADED
			      ? 0
			      : 4);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

TEST(the_version_is_that_of_the_build)
{
	assert_string_equal(ncrun_version(), NCRUN_VERSION);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_finding_says_what_it_costs_and_how_to_mend_it),
		cmocka_unit_test(areas_come_one_after_the_other),
		cmocka_unit_test(what_the_other_tests_use_is_found),
		cmocka_unit_test(nothing_of_the_machine_is_changed),
		cmocka_unit_test(it_is_done_in_no_time),
		cmocka_unit_test(a_user_is_told_what_a_user_can_do),
		cmocka_unit_test(the_version_is_that_of_the_build),
	};

	return cmocka_run_group_tests_name("runtime/machine", tests, NULL, NULL);
}
