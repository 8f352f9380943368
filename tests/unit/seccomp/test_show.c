/* SPDX-License-Identifier: Apache-2.0 */

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>

#include "base/text.h"
#include "seccomp/profile.h"
#include "seccomp/seccomp.h"
#include "tests/support/directory.h"
#include "tests/support/filters.h"
#include "tests/support/test.h"

static const char sample[] =
	"{\"defaultAction\": \"SCMP_ACT_ERRNO\", \"defaultErrnoRet\": 38, \"syscalls\": ["
	"{\"names\": [\"read\", \"zzz\"], \"action\": \"SCMP_ACT_ALLOW\", \"comment\": \"why\"},"
	"{\"name\": \"socket\", \"action\": \"SCMP_ACT_ALLOW\","
	" \"args\": [{\"index\": 0, \"value\": 2, \"op\": \"SCMP_CMP_EQ\"},"
	"            {\"index\": 2, \"value\": 6, \"op\": \"SCMP_CMP_NE\"}]},"
	"{\"name\": \"socket\", \"action\": \"SCMP_ACT_KILL_PROCESS\","
	" \"args\": [{\"index\": 0, \"value\": 40, \"op\": \"SCMP_CMP_EQ\"}]}]}";

static struct ncrun_seccomp *open_sample(const struct test_directory *dir, const char *text)
{
	struct ncrun_seccomp *seccomp = NULL;
	struct ncrun_error err = {0};
	char file[128];

	test_file(dir->fd, "p.json", text);
	snprintf(file, sizeof(file), "%s/p.json", dir->path);
	assert_ok(ncrun_seccomp_open(file, 0, &seccomp, &err));
	return seccomp;
}

static const struct ncrun_seccomp_rule *find(const struct ncrun_seccomp_rule *rules, size_t count,
					     const char *name)
{
	for (size_t i = 0; i < count; i++) {
		if (text_equal(rules[i].syscall, name))
			return &rules[i];
	}
	fail_msg("'%s' is not explained", name);
	return NULL;
}

TEST(every_call_is_explained)
{
	_cleanup_(test_directory_done) struct test_directory dir = test_directory_new();
	_cleanup_(ncrun_seccomp_unrefp) struct ncrun_seccomp *seccomp = open_sample(&dir, sample);
	const struct ncrun_seccomp_rule *rules = NULL, *rule;
	struct ncrun_error err = {0};
	size_t count = 0;

	assert_ok(ncrun_seccomp_explain(seccomp, &rules, &count, &err));

	assert_true(count > 300);
	for (size_t i = 1; i < count; i++)
		assert_true(strcmp(rules[i - 1].syscall, rules[i].syscall) <= 0);
	rule = find(rules, count, "read");
	assert_int_equal(rule->number, SYS_read);
	assert_string_equal(rule->action, "allow");
	assert_string_equal(rule->condition, "");
	assert_string_equal(rule->comment, "why");
	rule = find(rules, count, "bpf");
	assert_string_equal(rule->action, "errno");
	assert_int_equal(rule->error, ENOSYS);
	assert_int_equal(find(rules, count, "zzz")->number, -1);
}

TEST(alternatives_follow_each_other_the_strictest_first)
{
	_cleanup_(test_directory_done) struct test_directory dir = test_directory_new();
	_cleanup_(ncrun_seccomp_unrefp) struct ncrun_seccomp *seccomp = open_sample(&dir, sample);
	const struct ncrun_seccomp_rule *rules = NULL, *rule;
	struct ncrun_error err = {0};
	size_t count = 0;

	assert_ok(ncrun_seccomp_explain(seccomp, &rules, &count, &err));

	rule = find(rules, count, "socket");
	assert_string_equal(rule[0].action, "kill-process");
	assert_string_equal(rule[0].condition, "arg0 & 0xffffffff == 0x28");
	assert_string_equal(rule[1].syscall, "socket");
	assert_string_equal(rule[1].action, "allow");
	assert_string_equal(rule[1].condition,
			    "arg0 & 0xffffffff == 0x2, arg2 & 0xffffffff != 0x6");
}

TEST(the_default_action_is_told)
{
	_cleanup_(ncrun_seccomp_unrefp) struct ncrun_seccomp *seccomp = NULL;
	struct ncrun_error err = {0};
	int error = 0;

	assert_ok(ncrun_seccomp_open("default", 0, &seccomp, &err));

	assert_string_equal(ncrun_seccomp_default_action(seccomp, &error), "errno");
	assert_int_equal(error, ENOSYS);
	assert_string_equal(ncrun_seccomp_default_action(seccomp, NULL), "errno");
}

TEST(the_filter_is_the_one_that_nodes_get)
{
	_cleanup_(ncrun_seccomp_unrefp) struct ncrun_seccomp *seccomp = NULL;
	_cleanup_(seccomp_filter_done) struct seccomp_filter filter = {0};
	struct ncrun_error err = {0};
	const void *bpf = NULL;
	size_t count = 0;

	assert_ok(ncrun_seccomp_open("default", 0x5fb, &seccomp, &err));
	assert_ok(ncrun_seccomp_bpf(seccomp, &bpf, &count, &err));
	assert_ok(filter_of_profile("default", 0x5fb, -1, &filter, &err));

	assert_int_equal(count, filter.count);
	assert_memory_equal(bpf, filter.instructions, count * sizeof(*filter.instructions));
}

/* What comes out means the same when it is read again. */
TEST(an_export_makes_the_same_filter)
{
	_cleanup_(test_directory_done) struct test_directory dir = test_directory_new();
	_cleanup_(ncrun_seccomp_unrefp) struct ncrun_seccomp *seccomp = NULL, *again = NULL;
	const char *text = NULL, *second = NULL;
	const void *bpf = NULL, *again_bpf = NULL;
	size_t count = 0, again_count = 0;
	struct ncrun_error err = {0};

	assert_ok(ncrun_seccomp_open("default", 0x5fb, &seccomp, &err));
	assert_ok(ncrun_seccomp_export(seccomp, &text, &err));
	again = open_sample(&dir, text);
	assert_ok(ncrun_seccomp_export(again, &second, &err));
	assert_ok(ncrun_seccomp_bpf(seccomp, &bpf, &count, &err));
	assert_ok(ncrun_seccomp_bpf(again, &again_bpf, &again_count, &err));

	assert_string_equal(text, second);
	assert_null(strstr(text, "includes"));
	assert_int_equal(count, again_count);
	assert_memory_equal(bpf, again_bpf, count * sizeof(struct sock_filter));
}

TEST(a_profile_without_rules_allows_all_and_is_no_filter)
{
	_cleanup_(test_directory_done) struct test_directory dir = test_directory_new();
	_cleanup_(ncrun_seccomp_unrefp) struct ncrun_seccomp *seccomp = open_sample(&dir, "{}");
	struct ncrun_error err = {0};
	const void *bpf = NULL;
	size_t count = 1;

	assert_ok(ncrun_seccomp_bpf(seccomp, &bpf, &count, &err));
	assert_int_equal(count, 0);
	assert_string_equal(ncrun_seccomp_default_action(seccomp, NULL), "allow");
}

TEST(a_profile_that_is_not_there_is_an_error)
{
	struct ncrun_seccomp *seccomp = NULL;
	struct ncrun_error err = {0};

	assert_fails(ncrun_seccomp_open("/nowhere", 0, &seccomp, &err), ENOENT);
	assert_null(seccomp);
	assert_null(ncrun_seccomp_unref(NULL));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_call_is_explained),
		cmocka_unit_test(alternatives_follow_each_other_the_strictest_first),
		cmocka_unit_test(the_default_action_is_told),
		cmocka_unit_test(the_filter_is_the_one_that_nodes_get),
		cmocka_unit_test(an_export_makes_the_same_filter),
		cmocka_unit_test(a_profile_without_rules_allows_all_and_is_no_filter),
		cmocka_unit_test(a_profile_that_is_not_there_is_an_error),
	};

	return cmocka_run_group_tests_name("seccomp/show", tests, NULL, NULL);
}
