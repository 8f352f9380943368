/* SPDX-License-Identifier: Apache-2.0 */

/* Each rule of how a profile is to be read. */

#include <errno.h>
#include <linux/capability.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "seccomp/architecture.h"
#include "seccomp/expansion.h"
#include "tests/support/test.h"

#define ADMIN (UINT64_C(1) << CAP_SYS_ADMIN)
#define CHOWN (UINT64_C(1) << CAP_CHOWN)

struct expanded {
	struct profile *profile;
	struct expansion *expansion;
};

static void expanded_done(struct expanded *expanded)
{
	expansion_free(expanded->expansion);
	profile_free(expanded->profile);
}

static uint32_t architecture(const char *name)
{
	unsigned int index = 0;

	assert_true(architecture_parse_short(name, &index));
	return 1u << index;
}

static struct expansion_request request(uint64_t capabilities)
{
	struct expansion_request r = {.capabilities = capabilities,
				      .kernel = KERNEL_RELEASE(5, 10)};

	assert_true(architecture_parse_short("amd64", &r.native));
	return r;
}

/* A profile that refuses by default, with @rest behind "defaultAction". */
static struct expanded expand(const char *rest, const struct expansion_request *request)
{
	struct expanded expanded = {0};
	struct ncrun_error err = {0};
	char text[2048];

	snprintf(text, sizeof(text),
		 "{\"defaultAction\": \"SCMP_ACT_ERRNO\", \"defaultErrnoRet\": 38, %s}", rest);
	assert_ok(profile_parse("p.json", text, strlen(text), &expanded.profile, &err));
	assert_ok(expansion_new(expanded.profile, request, &expanded.expansion, &err));
	return expanded;
}

/* How many verdicts remain of "a" when its rule also says @more. */
static size_t remaining(const char *more, const struct expansion_request *request)
{
	_cleanup_(expanded_done) struct expanded expanded = {0};
	char text[1024];

	snprintf(text, sizeof(text),
		 "\"syscalls\": [{\"name\": \"a\", \"action\": \"SCMP_ACT_ALLOW\", %s}]", more);
	expanded = expand(text, request);
	return expanded.expansion->count;
}

TEST(includes_want_all_capabilities)
{
	static const char more[] = "\"includes\": {\"caps\": [\"CAP_CHOWN\", \"CAP_SYS_ADMIN\"]}";
	const struct expansion_request none = request(0), some = request(CHOWN),
				       all = request(CHOWN | ADMIN);

	assert_int_equal(remaining(more, &none), 0);
	assert_int_equal(remaining(more, &some), 0);
	assert_int_equal(remaining(more, &all), 1);
}

TEST(excludes_need_but_one_capability)
{
	static const char more[] = "\"excludes\": {\"caps\": [\"CAP_CHOWN\", \"CAP_SYS_ADMIN\"]}";
	const struct expansion_request none = request(0), some = request(CHOWN);

	assert_int_equal(remaining(more, &none), 1);
	assert_int_equal(remaining(more, &some), 0);
}

TEST(nobody_has_an_unknown_capability)
{
	const struct expansion_request all = request(UINT64_MAX);

	assert_int_equal(remaining("\"includes\": {\"caps\": [\"CAP_FLY\"]}", &all), 0);
	assert_int_equal(remaining("\"excludes\": {\"caps\": [\"CAP_FLY\"]}", &all), 1);
}

TEST(architectures_are_judged_by_the_native_one)
{
	const struct expansion_request r = request(0);

	assert_int_equal(remaining("\"includes\": {\"arches\": [\"x32\", \"amd64\"]}", &r), 1);
	assert_int_equal(remaining("\"includes\": {\"arches\": [\"s390x\"]}", &r), 0);
	assert_int_equal(remaining("\"excludes\": {\"arches\": [\"amd64\"]}", &r), 0);
	assert_int_equal(remaining("\"excludes\": {\"arches\": [\"arm\"]}", &r), 1);
}

TEST(kernels_are_compared_by_two_numbers)
{
	const struct expansion_request r = request(0); /* 5.10 */

	assert_int_equal(remaining("\"includes\": {\"minKernel\": \"5.10\"}", &r), 1);
	assert_int_equal(remaining("\"includes\": {\"minKernel\": \"5.11\"}", &r), 0);
	assert_int_equal(remaining("\"includes\": {\"minKernel\": \"4.20\"}", &r), 1);
	assert_int_equal(remaining("\"excludes\": {\"minKernel\": \"5.10\"}", &r), 0);
	assert_int_equal(remaining("\"excludes\": {\"minKernel\": \"6.0\"}", &r), 1);
}

TEST(excludes_win_over_includes)
{
	const struct expansion_request r = request(CHOWN);

	assert_int_equal(remaining("\"includes\": {\"caps\": [\"CAP_CHOWN\"]},"
				   "\"excludes\": {\"arches\": [\"amd64\"]}",
				   &r),
			 0);
}

TEST(an_argument_that_comes_twice_makes_alternatives)
{
	const struct expansion_request r = request(0);
	_cleanup_(expanded_done) struct expanded expanded =
		expand("\"syscalls\": [{\"name\": \"a\", \"action\": \"SCMP_ACT_ALLOW\","
		       "\"args\": [{\"index\": 0, \"value\": 1, \"op\": \"SCMP_CMP_LT\"},"
		       "           {\"index\": 1, \"value\": 2, \"op\": \"SCMP_CMP_EQ\"},"
		       "           {\"index\": 0, \"value\": 9, \"op\": \"SCMP_CMP_GT\"}]}]",
		       &r);

	assert_int_equal(expanded.expansion->count, 3);
	for (size_t i = 0; i < 3; i++)
		assert_int_equal(expanded.expansion->verdicts[i].condition_count, 1);
	assert_int_equal(expanded.expansion->verdicts[1].conditions[0].index, 1);
}

TEST(what_the_default_says_is_not_said_again)
{
	const struct expansion_request r = request(0);
	_cleanup_(expanded_done) struct expanded expanded =
		expand("\"syscalls\": ["
		       "{\"name\": \"a\", \"action\": \"SCMP_ACT_ERRNO\", \"errnoRet\": 38},"
		       "{\"name\": \"a\", \"action\": \"SCMP_ACT_ALLOW\"},"
		       "{\"name\": \"b\", \"action\": \"SCMP_ACT_ERRNO\", \"errnoRet\": 38,"
		       " \"args\": [{\"index\": 0, \"value\": 1, \"op\": \"SCMP_CMP_LT\"}]}]",
		       &r);

	assert_int_equal(expanded.expansion->count, 1);
	assert_int_equal(expanded.expansion->verdicts[0].action.kind, ACTION_ALLOW);
}

TEST(the_strictest_rule_comes_first_and_hides_milder_ones)
{
	const struct expansion_request r = request(0);
	_cleanup_(expanded_done) struct expanded expanded =
		expand("\"syscalls\": [{\"name\": \"a\", \"action\": \"SCMP_ACT_ALLOW\"},"
		       "{\"name\": \"b\", \"action\": \"SCMP_ACT_LOG\"},"
		       "{\"name\": \"a\", \"action\": \"SCMP_ACT_ERRNO\","
		       " \"args\": [{\"index\": 0, \"value\": 1, \"op\": \"SCMP_CMP_EQ\"}]},"
		       "{\"name\": \"b\", \"action\": \"SCMP_ACT_TRAP\"},"
		       "{\"name\": \"a\", \"action\": \"SCMP_ACT_ALLOW\"}]",
		       &r);
	const struct verdict *verdicts = expanded.expansion->verdicts;

	assert_int_equal(expanded.expansion->count, 3);
	assert_int_equal(expansion_group(expanded.expansion, 0), 2);
	assert_int_equal(verdicts[0].action.kind, ACTION_ERRNO);
	assert_int_equal(verdicts[1].action.kind, ACTION_ALLOW);
	assert_string_equal(verdicts[2].syscall, "b");
	assert_int_equal(verdicts[2].action.kind, ACTION_TRAP);
}

TEST(foreign_architectures_come_only_when_asked_for)
{
	static const char mapped[] = "\"archMap\": [{\"architecture\": \"SCMP_ARCH_AARCH64\","
				     "               \"subArchitectures\": [\"SCMP_ARCH_ARM\"]},"
				     "              {\"architecture\": \"SCMP_ARCH_X86_64\","
				     "               \"subArchitectures\": [\"SCMP_ARCH_X86\"]}]";
	struct expansion_request r = request(0);
	_cleanup_(expanded_done) struct expanded native = expand(mapped, &r);
	_cleanup_(expanded_done) struct expanded map = {0}, list = {0};

	r.all_architectures = true;
	map = expand(mapped, &r);
	list = expand("\"architectures\": [\"SCMP_ARCH_ARM\"]", &r);

	assert_int_equal(native.expansion->architectures, architecture("amd64"));
	assert_int_equal(map.expansion->architectures, architecture("amd64") | architecture("x86"));
	assert_int_equal(list.expansion->architectures,
			 architecture("amd64") | architecture("arm"));
}

/* A small file must not make a large list: 5,000 names with 100 alternatives each. */
TEST(more_rules_than_any_filter_holds_are_refused)
{
	const struct expansion_request r = request(0);
	_cleanup_(profile_freep) struct profile *profile = NULL;
	_cleanup_text_ struct text text = {0};
	struct expansion *expansion = NULL;
	struct ncrun_error err = {0};

	text_append(&text, "{\"defaultAction\": \"SCMP_ACT_KILL\", \"syscalls\": [{\"names\": [");
	for (int i = 0; i < 5000; i++)
		text_printf(&text, "%s\"n%d\"", i ? "," : "", i);
	text_append(&text, "], \"action\": \"SCMP_ACT_ALLOW\", \"args\": [");
	for (int i = 0; i < 100; i++)
		text_printf(&text, "%s{\"index\": 0, \"value\": %d, \"op\": \"SCMP_CMP_EQ\"}",
			    i ? "," : "", i);
	text_append(&text, "]}]}");

	assert_ok(profile_parse("p", text.chars, text.length, &profile, &err));
	assert_fails(expansion_new(profile, &r, &expansion, &err), E2BIG);
	assert_string_equal(err.message, "a seccomp profile of more than 65536 rules");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(includes_want_all_capabilities),
		cmocka_unit_test(excludes_need_but_one_capability),
		cmocka_unit_test(nobody_has_an_unknown_capability),
		cmocka_unit_test(architectures_are_judged_by_the_native_one),
		cmocka_unit_test(kernels_are_compared_by_two_numbers),
		cmocka_unit_test(excludes_win_over_includes),
		cmocka_unit_test(an_argument_that_comes_twice_makes_alternatives),
		cmocka_unit_test(what_the_default_says_is_not_said_again),
		cmocka_unit_test(the_strictest_rule_comes_first_and_hides_milder_ones),
		cmocka_unit_test(foreign_architectures_come_only_when_asked_for),
		cmocka_unit_test(more_rules_than_any_filter_holds_are_refused),
	};

	return cmocka_run_group_tests_name("seccomp/expansion", tests, NULL, NULL);
}
