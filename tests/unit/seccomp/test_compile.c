/* SPDX-License-Identifier: Apache-2.0 */

/*
 * The compiled filter against the profile: what the instructions say of a call is
 * what its rules, read one by one, say of it. For every system call, and for
 * arguments at and beside every value that a rule compares with.
 */

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <string.h>

#include "base/file.h"
#include "base/text.h"
#include "seccomp/architecture.h"
#include "seccomp/compile.h"
#include "seccomp/evaluate.h"
#include "seccomp/seccomp.h"
#include "tests/support/test.h"

#define LAST_CALL   600
#define KERNEL      KERNEL_RELEASE(6, 1)
#define DOCKER_CAPS UINT64_C(0xa80425fb)
#define VALUES_MAX  1024

extern const char seccomp_default_start[];
extern const char seccomp_default_end[];

struct values {
	uint64_t list[VALUES_MAX];
	size_t count;
};

static bool rule_counts(const struct profile_rule *rule, uint64_t capabilities)
{
	uint32_t native = 1u << architecture_native();
	const struct profile_test *in = &rule->includes, *out = &rule->excludes;

	if ((out->architectures & native) || (out->capabilities & capabilities) ||
	    (out->kernel && out->kernel <= KERNEL))
		return false;
	return (!in->architectures || (in->architectures & native)) && !in->unknown_capability &&
	       (in->capabilities & capabilities) == in->capabilities && in->kernel <= KERNEL;
}

static bool rule_names(const struct profile_rule *rule, const char *name)
{
	for (size_t i = 0; i < rule->name_count; i++) {
		if (text_equal(rule->names[i], name))
			return true;
	}
	return false;
}

static bool rule_matches(const struct profile_rule *rule, const char *name, const uint64_t *args)
{
	size_t matching = 0;
	unsigned int seen = 0;
	bool twice = false;

	for (size_t i = 0; i < rule->condition_count; i++) {
		struct condition condition = rule->conditions[i];

		condition_narrow(&condition, name);
		matching += condition_matches(&condition, args[condition.index]);
		twice = twice || (seen & (1u << condition.index));
		seen |= 1u << condition.index;
	}
	return twice ? matching > 0 : matching == rule->condition_count;
}

static uint32_t expected(const struct profile *profile, uint64_t capabilities, const char *name,
			 const uint64_t *args)
{
	struct action said = profile->default_action;
	bool any = false;

	for (size_t i = 0; i < profile->rule_count; i++) {
		const struct profile_rule *rule = &profile->rules[i];

		if (!rule_counts(rule, capabilities) || !rule_names(rule, name) ||
		    !rule_matches(rule, name, args))
			continue;
		if (!rule->condition_count && action_equal(rule->action, profile->default_action))
			continue;
		if (!any || rule->action.kind > said.kind)
			said = rule->action;
		any = true;
	}
	return action_bpf(said);
}

static void add_value(struct values *values, uint64_t value)
{
	for (size_t i = 0; i < values->count; i++) {
		if (values->list[i] == value)
			return;
	}
	assert_true(values->count < VALUES_MAX);
	values->list[values->count++] = value;
}

/* All that may matter for argument @index of @name. */
static struct values values_of(const struct profile *profile, const char *name, unsigned int index)
{
	struct values values = {{0, UINT64_MAX}, 2};

	for (size_t i = 0; i < profile->rule_count; i++) {
		const struct profile_rule *rule = &profile->rules[i];

		for (size_t j = 0; j < rule->condition_count; j++) {
			const struct condition *c = &rule->conditions[j];
			uint64_t value =
				c->comparison == COMPARE_MASKED_EQ ? c->value_two : c->value;

			if (c->index != index || !rule_names(rule, name))
				continue;
			for (uint64_t high = 0; high < 2; high++) {
				add_value(&values, (value - 1) ^ high << 32);
				add_value(&values, value ^ high << 32);
				add_value(&values, (value + 1) ^ high << 32);
			}
		}
	}
	return values;
}

/* Every pair of values for the arguments @a and @b. */
static void compare_pairs(const struct profile *profile, uint64_t capabilities,
			  const struct program *program, int number, unsigned int a, unsigned int b)
{
	_cleanup_free_ char *name = compile_call_name(number);
	const struct values as = values_of(profile, name, a), bs = values_of(profile, name, b);

	for (size_t i = 0; i < as.count * bs.count; i++) {
		struct seccomp_data data = {number,
					    architecture_at(architecture_native())->audit,
					    0,
					    {0}};
		uint32_t said;

		data.args[a] = as.list[i % as.count];
		data.args[b] = bs.list[i / as.count];
		said = program_evaluate(program->instructions, program->count, &data);
		if (said != expected(profile, capabilities, name, (const uint64_t *)data.args))
			fail_msg("%s(arg%u %#llx, arg%u %#llx): the filter says %#x", name, a,
				 (unsigned long long)data.args[a], b,
				 (unsigned long long)data.args[b], said);
	}
}

static void compare(const char *text, size_t length, uint64_t capabilities)
{
	const struct expansion_request request = {capabilities, architecture_native(), KERNEL,
						  false};
	_cleanup_(profile_freep) struct profile *profile = NULL;
	_cleanup_(expansion_freep) struct expansion *expansion = NULL;
	_cleanup_(program_done) struct program program = {0};
	struct ncrun_error err = {0};

	assert_ok(profile_parse("p.json", text, length, &profile, &err));
	assert_ok(expansion_new(profile, &request, &expansion, &err));
	assert_ok(compile_filter(expansion, &program, &err));
	for (int number = 0; number <= LAST_CALL; number++) {
		_cleanup_free_ char *name = compile_call_name(number);

		if (!name)
			continue;
		compare_pairs(profile, capabilities, &program, number, 0, 2);
		compare_pairs(profile, capabilities, &program, number, 1, 2);
		compare_pairs(profile, capabilities, &program, number, 0, 1);
	}
}

TEST(the_default_profile_is_compiled_faithfully)
{
	size_t length = (size_t)(seccomp_default_end - seccomp_default_start);

	compare(seccomp_default_start, length, 0);
	compare(seccomp_default_start, length, DOCKER_CAPS);
	compare(seccomp_default_start, length, UINT64_MAX);
}

TEST(a_profile_of_another_project_is_compiled_faithfully)
{
	_cleanup_free_ char *text = NULL;
	size_t length = 0;

	if (file_read_at(AT_FDCWD, "/usr/share/containers/seccomp.json", 1 << 20, &text, &length,
			 NULL) < 0) {
		print_message("SKIP-ALLOWED: needs golang-github-containers-common\n");
		skip();
	}
	compare(text, length, 0);
	compare(text, length, DOCKER_CAPS);
	compare(text, length, UINT64_MAX);
}

#define RULE(name, action, args) \
	"{\"name\": \"" name "\", \"action\": \"SCMP_ACT_" action "\", \"args\": [" args "]}"
#define ARG(index, op, value) \
	"{\"index\": " index ", \"op\": \"SCMP_CMP_" op "\", \"value\": " value "}"

TEST(conditional_rules_of_every_kind_are_compiled_faithfully)
{
	static const char *const profiles[] = {
		"{\"defaultAction\": \"SCMP_ACT_ALLOW\", \"syscalls\": [" RULE(
			"socket", "ERRNO",
			ARG("0", "EQ",
			    "40")) "," RULE("socket", "KILL_PROCESS",
					    ARG("0", "EQ",
						"38")) "," RULE("kill", "TRAP",
								ARG("1", "GE",
								    "9") "," ARG("0", "LT",
										 "2")) "]}",
		"{\"defaultAction\": \"SCMP_ACT_KILL\", \"listenerPath\": \"/l\", \"syscalls\": [" RULE("ioctl", "ALLOW", "") "," RULE(
			"ioctl", "ERRNO",
			ARG("1", "EQ",
			    "21522")) "," RULE("read", "NOTIFY",
					       "") "," RULE("write", "LOG",
							    ARG("2", "LE",
								"4294967296")) "," RULE("mmap",
											"TRACE",
											ARG("2", "NE", "4") "," ARG(
												"2",
												"GT",
												"7")) "," RULE("openat",
													       "ALLOW",
													       ARG("2",
														   "LT",
														   "64")) "]}",
		"{\"defaultAction\": \"SCMP_ACT_LOG\"}",
		"{\"defaultAction\": \"SCMP_ACT_NOTIFY\", \"listenerPath\": \"/l\", \"syscalls\": [" RULE(
			"read", "ALLOW", "") "]}",
	};

	for (size_t i = 0; i < sizeof(profiles) / sizeof(profiles[0]); i++)
		compare(profiles[i], strlen(profiles[i]), 0);
}

TEST(unknown_calls_are_skipped)
{
	static const char text[] = "{\"defaultAction\": \"SCMP_ACT_ERRNO\", \"syscalls\": [" RULE(
		"no_such_call", "ALLOW",
		"") "," RULE("nor_this", "ALLOW",
			     ARG("0", "EQ", "1")) "," RULE("socketcall", "ALLOW",
							   "") "," RULE("read", "ALLOW", "") "]}";

	compare(text, strlen(text), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_default_profile_is_compiled_faithfully),
		cmocka_unit_test(a_profile_of_another_project_is_compiled_faithfully),
		cmocka_unit_test(conditional_rules_of_every_kind_are_compiled_faithfully),
		cmocka_unit_test(unknown_calls_are_skipped),
	};

	return cmocka_run_group_tests_name("seccomp/compile", tests, NULL, NULL);
}
