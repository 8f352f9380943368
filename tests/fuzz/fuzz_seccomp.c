/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Any text as a seccomp profile: refused with its place, or expanded to verdicts
 * that stand in order and whose conditions are compiled to what they mean.
 */

#include <assert.h>
#include <linux/audit.h>
#include <stdint.h>
#include <string.h>

#include "seccomp/evaluate.h"
#include "seccomp/expansion.h"
#include "seccomp/guard.h"
#include "seccomp/shorten.h"
#include "tests/fuzz/libfyaml.h"

#define CALL 7

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static uint32_t expected(const struct verdict *group, size_t count, struct action otherwise,
			 const struct seccomp_data *call)
{
	for (size_t i = 0; i < count; i++) {
		bool all = true;

		for (size_t j = 0; j < group[i].condition_count; j++)
			all = all && condition_matches(&group[i].conditions[j],
						       call->args[group[i].conditions[j].index]);
		if (all)
			return action_bpf(group[i].action);
	}
	return action_bpf(otherwise);
}

/* Call it with what each condition compares with, and with that plus one. */
static void check_program(const struct verdict *group, size_t count, struct action otherwise,
			  const struct program *program)
{
	struct seccomp_data call = {.nr = CALL, .arch = AUDIT_ARCH_X86_64};

	for (size_t i = 0; i < count && i < 50; i++) {
		for (size_t j = 0; j < group[i].condition_count; j++) {
			const struct condition *condition = &group[i].conditions[j];

			for (uint64_t k = 0; k < 3; k++) {
				call.args[condition->index] = condition->value + k - 1;
				assert(program_evaluate(program->instructions, program->count,
							&call) ==
				       expected(group, count, otherwise, &call));
			}
			call.args[condition->index] = condition->value_two;
		}
	}
}

static void check_group(const struct expansion *expansion, size_t first, size_t count)
{
	const struct verdict *group = &expansion->verdicts[first];
	const struct guard guard = {AUDIT_ARCH_X86_64, CALL, group, count};
	_cleanup_(program_done) struct program program = {0};
	struct ncrun_error err = {0};

	assert(count > 0);
	assert(first == 0 || strcmp(group[-1].syscall, group->syscall) < 0);
	for (size_t i = 1; i < count; i++)
		assert(group[i - 1].condition_count &&
		       group[i - 1].action.kind >= group[i].action.kind);
	for (size_t i = 0; i < count; i++)
		assert(group[i].condition_count <= CONDITION_MAX);
	if (guard_append(&guard, expansion->default_action, &program, &err) == 0 &&
	    program_shorten(&program, &err) == 0)
		check_program(group, count, expansion->default_action, &program);
	else
		assert(err.code && err.message[0]);
}

static void check(const struct profile *profile, uint64_t capabilities, bool all)
{
	const struct expansion_request request = {capabilities, 0, KERNEL_RELEASE(6, 1), all};
	_cleanup_(expansion_freep) struct expansion *expansion = NULL;
	struct ncrun_error err = {0};

	if (expansion_new(profile, &request, &expansion, &err) < 0) {
		assert(err.code && err.message[0]);
		return;
	}
	for (size_t i = 0, count; i < expansion->count; i += count) {
		count = expansion_group(expansion, i);
		check_group(expansion, i, count);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_(profile_freep) struct profile *profile = NULL;
	struct ncrun_error err = {0};

	if (profile_parse("f", (const char *)data, size, &profile, &err) < 0) {
		assert(err.code && strncmp(err.message, "f:", 2) == 0);
		return 0;
	}
	check(profile, 0, false);
	check(profile, UINT64_MAX, true);
	return 0;
}
