/* SPDX-License-Identifier: Apache-2.0 */

#include <errno.h>
#include <linux/capability.h>
#include <linux/seccomp.h>
#include <stdio.h>
#include <string.h>

#include "seccomp/architecture.h"
#include "seccomp/profile.h"
#include "tests/support/test.h"

static int parse(const char *text, struct profile **ret, struct ncrun_error *err)
{
	return profile_parse("p.json", text, strlen(text), ret, err);
}

static uint32_t set_of(const char *a, const char *b)
{
	unsigned int x = 0, y = 0;

	assert_true(architecture_parse(a, &x));
	assert_true(architecture_parse(b, &y));
	return 1u << x | 1u << y;
}

TEST(a_rule_keeps_all_that_the_format_says)
{
	_cleanup_(profile_freep) struct profile *profile = NULL;
	struct ncrun_error err = {0};
	const struct profile_rule *rule;

	assert_ok(parse("{\"defaultAction\": \"SCMP_ACT_ERRNO\", \"defaultErrnoRet\": 38,"
			" \"syscalls\": [{\"names\": [\"clone\", \"x_1\"], \"comment\": \"why\","
			"  \"action\": \"SCMP_ACT_TRACE\", \"errnoRet\": 7,"
			"  \"args\": [{\"index\": 5, \"value\": 18446744073709551615,"
			"             \"valueTwo\": 3, \"op\": \"SCMP_CMP_MASKED_EQ\"}],"
			"  \"includes\": {\"caps\": [\"CAP_CHOWN\", \"CAP_SYS_ADMIN\"],"
			"                 \"minKernel\": \"4.8\"},"
			"  \"excludes\": {\"arches\": [\"amd64\", \"s390x\"]}}]}",
			&profile, &err));

	rule = &profile->rules[0];
	assert_int_equal(profile->default_action.kind, ACTION_ERRNO);
	assert_int_equal(profile->default_action.error, ENOSYS);
	assert_int_equal(rule->name_count, 2);
	assert_string_equal(rule->names[1], "x_1");
	assert_string_equal(rule->comment, "why");
	assert_int_equal(rule->action.kind, ACTION_TRACE);
	assert_int_equal(rule->action.error, 7);
	assert_int_equal(rule->condition_count, 1);
	assert_int_equal(rule->conditions[0].index, 5);
	assert_int_equal(rule->conditions[0].value, UINT64_MAX);
	assert_int_equal(rule->conditions[0].value_two, 3);
	assert_int_equal(rule->includes.capabilities, 1u << CAP_CHOWN | 1u << CAP_SYS_ADMIN);
	assert_int_equal(rule->includes.kernel, KERNEL_RELEASE(4, 8));
	assert_int_equal(rule->excludes.architectures,
			 set_of("SCMP_ARCH_X86_64", "SCMP_ARCH_S390X"));
}

TEST(all_actions_are_known_by_their_names)
{
	static const struct {
		const char *name;
		enum action_kind kind;
		uint32_t bpf;
	} cases[] = {
		{"SCMP_ACT_KILL", ACTION_KILL_THREAD, SECCOMP_RET_KILL_THREAD},
		{"SCMP_ACT_KILL_THREAD", ACTION_KILL_THREAD, SECCOMP_RET_KILL_THREAD},
		{"SCMP_ACT_KILL_PROCESS", ACTION_KILL_PROCESS, SECCOMP_RET_KILL_PROCESS},
		{"SCMP_ACT_TRAP", ACTION_TRAP, SECCOMP_RET_TRAP},
		{"SCMP_ACT_ERRNO", ACTION_ERRNO, SECCOMP_RET_ERRNO | EPERM},
		{"SCMP_ACT_TRACE", ACTION_TRACE, SECCOMP_RET_TRACE | EPERM},
		{"SCMP_ACT_ALLOW", ACTION_ALLOW, SECCOMP_RET_ALLOW},
		{"SCMP_ACT_LOG", ACTION_LOG, SECCOMP_RET_LOG},
		{"SCMP_ACT_NOTIFY", ACTION_NOTIFY, SECCOMP_RET_USER_NOTIF},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		_cleanup_(profile_freep) struct profile *profile = NULL;
		struct ncrun_error err = {0};
		char text[128];

		snprintf(text, sizeof(text),
			 "{\"defaultAction\": \"%s\", \"listenerPath\": \"/l\"}", cases[i].name);
		assert_ok(parse(text, &profile, &err));
		assert_int_equal(profile->default_action.kind, cases[i].kind);
		assert_int_equal(action_bpf(profile->default_action), cases[i].bpf);
	}
}

TEST(errors_may_be_named_as_podman_does)
{
	_cleanup_(profile_freep) struct profile *profile = NULL;
	struct ncrun_error err = {0};

	assert_ok(parse("{\"defaultAction\": \"SCMP_ACT_ERRNO\", \"defaultErrno\": \"ENOSYS\","
			" \"syscalls\": [{\"name\": \"a\", \"action\": \"SCMP_ACT_ERRNO\","
			"                \"errnoRet\": 22, \"errno\": \"EINVAL\"}]}",
			&profile, &err));

	assert_int_equal(profile->default_action.error, ENOSYS);
	assert_int_equal(profile->rules[0].action.error, EINVAL);
}

TEST(what_is_null_or_empty_is_not_given)
{
	_cleanup_(profile_freep) struct profile *profile = NULL;
	struct ncrun_error err = {0};

	assert_ok(parse(
		"{\"defaultAction\": \"SCMP_ACT_ALLOW\", \"architectures\": null,"
		" \"flags\": [], \"archMap\": [{\"architecture\": \"SCMP_ARCH_ARM\","
		"                                \"subArchitectures\": null}],"
		" \"syscalls\": [{\"names\": [], \"action\": \"SCMP_ACT_LOG\", \"args\": null,"
		"                \"includes\": {}, \"excludes\": null}]}",
		&profile, &err));

	assert_int_equal(profile->rule_count, 1);
	assert_int_equal(profile->rules[0].name_count, 0);
	assert_int_equal(profile->rules[0].condition_count, 0);
}

TEST(no_default_action_and_no_rules_is_no_filter)
{
	static const char *const texts[] = {"{}", "{\"syscalls\": []}", "{\"syscalls\": null}"};

	for (size_t i = 0; i < 3; i++) {
		_cleanup_(profile_freep) struct profile *profile = NULL;
		struct ncrun_error err = {0};

		assert_ok(parse(texts[i], &profile, &err));
		assert_true(profile->off);
	}
}

TEST(architectures_flags_and_a_listener_are_kept)
{
	_cleanup_(profile_freep) struct profile *mapped = NULL;
	_cleanup_(profile_freep) struct profile *listed = NULL;
	struct ncrun_error err = {0};

	assert_ok(parse("{\"defaultAction\": \"SCMP_ACT_ALLOW\", \"archMap\": ["
			" {\"architecture\": \"SCMP_ARCH_X86_64\","
			"  \"subArchitectures\": [\"SCMP_ARCH_X86\", \"SCMP_ARCH_X32\"]}]}",
			&mapped, &err));
	assert_ok(parse(
		"{\"defaultAction\": \"SCMP_ACT_ALLOW\","
		" \"architectures\": [\"SCMP_ARCH_X86\", \"SCMP_ARCH_ARM\"],"
		" \"flags\": [\"SECCOMP_FILTER_FLAG_LOG\", \"SECCOMP_FILTER_FLAG_SPEC_ALLOW\"],"
		" \"listenerPath\": \"/run/x\", \"listenerMetadata\": \"m\"}",
		&listed, &err));

	assert_int_equal(mapped->family_count, 1);
	assert_int_equal(mapped->families[0].others, set_of("SCMP_ARCH_X86", "SCMP_ARCH_X32"));
	assert_int_equal(listed->architectures, set_of("SCMP_ARCH_X86", "SCMP_ARCH_ARM"));
	assert_int_equal(listed->flags, SECCOMP_FILTER_FLAG_LOG | SECCOMP_FILTER_FLAG_SPEC_ALLOW);
	assert_string_equal(listed->listener_path, "/run/x");
	assert_string_equal(listed->listener_metadata, "m");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_rule_keeps_all_that_the_format_says),
		cmocka_unit_test(all_actions_are_known_by_their_names),
		cmocka_unit_test(errors_may_be_named_as_podman_does),
		cmocka_unit_test(what_is_null_or_empty_is_not_given),
		cmocka_unit_test(no_default_action_and_no_rules_is_no_filter),
		cmocka_unit_test(architectures_flags_and_a_listener_are_kept),
	};

	return cmocka_run_group_tests_name("seccomp/profile", tests, NULL, NULL);
}
