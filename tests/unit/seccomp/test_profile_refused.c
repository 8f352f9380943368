/* SPDX-License-Identifier: Apache-2.0 */

/* What is wrong in a profile, and where. */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "seccomp/profile.h"
#include "tests/support/test.h"

/* The text is refused with a message that begins with @message. */
static void refused(const char *text, const char *message)
{
	_cleanup_(profile_freep) struct profile *profile = NULL;
	struct ncrun_error err = {0};

	assert_fails(profile_parse("p.json", text, strlen(text), &profile, &err), EINVAL);
	if (!text_starts_with(err.message, message))
		fail_msg("%s\n  said:     %s\n  expected: %s...", text, err.message, message);
	assert_null(profile);
}

/* Line 2 is "  <text>" inside a profile. */
static void profile_refused(const char *text, const char *message)
{
	char whole[1024];

	snprintf(whole, sizeof(whole), "{\"defaultAction\": \"SCMP_ACT_ERRNO\",\n  %s}", text);
	refused(whole, message);
}

/* Line 2 is "  <text>" inside a rule for "a". */
static void rule_refused(const char *text, const char *message)
{
	char whole[1024];

	snprintf(whole, sizeof(whole),
		 "{\"defaultAction\": \"SCMP_ACT_KILL\", \"syscalls\": [{\n  %s}]}", text);
	refused(whole, message);
}

TEST(a_profile_must_be_a_map_with_a_default_action)
{
	refused("[]", "p.json:1:1: must be a map");
	refused("null", "p.json:1:1: must be a map");
	refused("{\"syscalls\": [{\"name\": \"a\", \"action\": \"SCMP_ACT_ALLOW\"}]}",
		"p.json:1:1: 'defaultAction' is missing");
	refused("{\"defaultAction\": \"SCMP_ACT_EAT\"}",
		"p.json:1:19: 'SCMP_ACT_EAT' is not an action");
	refused("{\"defaultAction\": 7}", "p.json:1:19: ");
}

TEST(unknown_keys_are_errors_everywhere)
{
	refused("{\"defaultAction\": \"SCMP_ACT_NOTIFY\"}",
		"p.json:1:19: 'SCMP_ACT_NOTIFY' needs a 'listenerPath'");
	rule_refused("\"name\": \"a\", \"action\": \"SCMP_ACT_NOTIFY\"",
		     "p.json:2:26: 'SCMP_ACT_NOTIFY' needs a 'listenerPath'");
	profile_refused("\"defaultaction\": 1", "p.json:2:3: ");
	profile_refused("\"archMap\": [{\"arch\": 1}]", "p.json:2:16: ");
	rule_refused("\"name\": \"a\", \"act\": 1", "p.json:2:16: ");
	rule_refused("\"name\": \"a\", \"action\": \"SCMP_ACT_LOG\", \"includes\": {\"cap\": 1}",
		     "p.json:2:55: ");
	rule_refused("\"name\": \"a\", \"action\": \"SCMP_ACT_LOG\", \"args\": [{\"idx\": 1}]",
		     "p.json:2:52: ");
}

TEST(two_ways_to_say_one_thing_cannot_be_mixed)
{
	profile_refused("\"architectures\": [\"SCMP_ARCH_X86\"], \"archMap\": "
			"[{\"architecture\": \"SCMP_ARCH_X86\"}]",
			"p.json:2:50: 'architectures' and 'archMap' cannot be given together");
	rule_refused("\"name\": \"a\", \"names\": [\"b\"], \"action\": \"SCMP_ACT_ALLOW\"",
		     "p.json:2:11: 'name' and 'names' cannot be given together");
	rule_refused("\"name\": \"a\", \"action\": \"SCMP_ACT_ERRNO\", \"errnoRet\": 1, "
		     "\"errno\": \"EINVAL\"",
		     "p.json:2:68: 'errno' and 'errnoRet' differ");
}

TEST(names_must_be_names)
{
	rule_refused("\"action\": \"SCMP_ACT_ALLOW\"", "p.json:1:49: 'names' is missing");
	rule_refused("\"name\": \"a b\", \"action\": \"SCMP_ACT_ALLOW\"",
		     "p.json:2:11: 'a b' is not a system call's name");
	rule_refused("\"names\": [\"a\", \"\"], \"action\": \"SCMP_ACT_ALLOW\"",
		     "p.json:2:18: '' is not a system call's name");
	rule_refused("\"names\": \"a\", \"action\": \"SCMP_ACT_ALLOW\"",
		     "p.json:2:12: 'names' must be a list");
}

TEST(errors_must_be_possible)
{
	rule_refused("\"name\": \"a\", \"action\": \"SCMP_ACT_ERRNO\", \"errnoRet\": 4096",
		     "p.json:2:56: '4096' is not an error number (0 to 4095)");
	rule_refused("\"name\": \"a\", \"action\": \"SCMP_ACT_ERRNO\", \"errnoRet\": -1",
		     "p.json:2:56: ");
	rule_refused("\"name\": \"a\", \"action\": \"SCMP_ACT_ERRNO\", \"errno\": \"ENONE\"",
		     "p.json:2:53: 'ENONE' is not an error name");
	rule_refused("\"name\": \"a\", \"action\": \"SCMP_ACT_ALLOW\", \"errnoRet\": 1",
		     "p.json:2:56: 'errnoRet' means nothing with 'SCMP_ACT_ALLOW'");
	profile_refused("\"defaultErrnoRet\": 18446744073709551616", "p.json:2:22: ");
}

#define CONDITION(text) "\"name\": \"a\", \"action\": \"SCMP_ACT_ALLOW\",\n\"args\": [" text "]"

TEST(conditions_must_be_whole_and_in_range)
{
	rule_refused(CONDITION("{\"index\": 6, \"value\": 1, \"op\": \"SCMP_CMP_EQ\"}"),
		     "p.json:3:20: ");
	rule_refused(CONDITION("{\"index\": 1, \"value\": 1, \"op\": \"SCMP_CMP_XX\"}"),
		     "p.json:3:41: 'SCMP_CMP_XX' is not an operator");
	rule_refused(CONDITION("{\"index\": 1, \"value\": 1}"), "p.json:3:10: 'op' is missing");
	rule_refused(CONDITION("{\"index\": 1, \"op\": \"SCMP_CMP_EQ\"}"),
		     "p.json:3:10: 'value' is missing");
	rule_refused(CONDITION("{\"value\": 1, \"op\": \"SCMP_CMP_EQ\"}"),
		     "p.json:3:10: 'index' is missing");
	rule_refused(CONDITION("{\"index\": 1, \"value\": 1e3, \"op\": \"SCMP_CMP_EQ\"}"),
		     "p.json:3:32: ");
	rule_refused(CONDITION("{\"index\": 1, \"value\": -1, \"op\": \"SCMP_CMP_EQ\"}"),
		     "p.json:3:32: ");
}

#define TESTS(text) "\"name\": \"a\", \"action\": \"SCMP_ACT_ALLOW\",\n\"includes\": {" text "}"

TEST(tests_must_name_what_can_be)
{
	rule_refused(TESTS("\"caps\": [\"NET_ADMIN\"]"),
		     "p.json:3:23: 'NET_ADMIN' is not a capability");
	rule_refused(TESTS("\"arches\": [\"pdp11\"]"),
		     "p.json:3:25: 'pdp11' is not an architecture");
}

TEST(kernel_versions_are_two_small_numbers)
{
	static const char *const bad[] = {"4",  "4.8.1", "0.0",  "256.1", "4.256", ".8",
					  "4.", "-1.0",  "4.8 ", "",      "4.0008"};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		char text[64], message[96];

		snprintf(text, sizeof(text), "\"minKernel\": \"%s\"", bad[i]);
		snprintf(message, sizeof(message), "'%s' is not a kernel version (try 4.8)",
			 bad[i]);
		{
			char whole[128], where[160];

			snprintf(whole, sizeof(whole),
				 "\"name\": \"a\", \"action\": "
				 "\"SCMP_ACT_ALLOW\",\n\"includes\": {%s}",
				 text);
			snprintf(where, sizeof(where), "p.json:3:27: %s", message);
			rule_refused(whole, where);
		}
	}
}

TEST(architectures_and_flags_must_be_known)
{
	profile_refused("\"architectures\": [\"SCMP_ARCH_PDP11\"]",
			"p.json:2:21: 'SCMP_ARCH_PDP11' is not an architecture");
	profile_refused("\"archMap\": [{\"subArchitectures\": []}]",
			"p.json:2:15: 'architecture' is missing");
	profile_refused("\"flags\": [\"SECCOMP_FILTER_FLAG_NEW_LISTENER\"]",
			"p.json:2:13: 'SECCOMP_FILTER_FLAG_NEW_LISTENER' is not a filter flag");
	profile_refused("\"listenerMetadata\": \"x\"",
			"p.json:2:23: 'listenerMetadata' needs a 'listenerPath'");
}

/* Hostile input (security.md H): refused at once, whatever is wrong with it. */
TEST(hostile_texts_are_refused)
{
	_cleanup_free_ char *deep = malloc(200001);
	static const char *const texts[] = {
		"",
		"{",
		"{\"a\": 1e999}",
		"{} {}",
		"\xef\xbb\xbf{",
		"{\"flags\": NaN}",
		"{\"defaultAction\": \"SCMP_ACT_ALLOW\", \"defaultAction\": \"SCMP_ACT_KILL\"}",
		"{\"defaultAction\": \"SCMP_ACT_ALLOW\xff\"}",
	};

	assert_non_null(deep);
	memset(deep, '[', 200000);
	deep[200000] = '\0';

	refused(deep, "p.json:");
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		refused(texts[i], "p.json:");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_profile_must_be_a_map_with_a_default_action),
		cmocka_unit_test(unknown_keys_are_errors_everywhere),
		cmocka_unit_test(two_ways_to_say_one_thing_cannot_be_mixed),
		cmocka_unit_test(names_must_be_names),
		cmocka_unit_test(errors_must_be_possible),
		cmocka_unit_test(conditions_must_be_whole_and_in_range),
		cmocka_unit_test(tests_must_name_what_can_be),
		cmocka_unit_test(kernel_versions_are_two_small_numbers),
		cmocka_unit_test(architectures_and_flags_must_be_known),
		cmocka_unit_test(hostile_texts_are_refused),
	};

	return cmocka_run_group_tests_name("seccomp/profile: refused", tests, NULL, NULL);
}
