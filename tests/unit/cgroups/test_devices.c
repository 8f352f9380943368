/* SPDX-License-Identifier: Apache-2.0 */

#include <stdlib.h>
#include <string.h>

#include "cgroups/devices.h"
#include "cgroups/group.h"
#include "tests/support/test.h"

#define RULES_MAX 6

/* What is asked of the filter. */
struct request {
	char type; /* 'c' or 'b' */
	uint32_t major, minor;
	uint32_t access;
};

/** What the kernel would make of @program, in the few instructions that it may have. */
static bool run(const struct bpf_insn *program, size_t length, const struct request *request)
{
	struct bpf_cgroup_dev_ctx context = {
		.access_type =
			(request->access & NCRUN_DEVICE_READ ? BPF_DEVCG_ACC_READ << 16 : 0) |
			(request->access & NCRUN_DEVICE_WRITE ? BPF_DEVCG_ACC_WRITE << 16 : 0) |
			(request->access & NCRUN_DEVICE_MKNOD ? BPF_DEVCG_ACC_MKNOD << 16 : 0) |
			(request->type == 'b' ? BPF_DEVCG_DEV_BLOCK : BPF_DEVCG_DEV_CHAR),
		.major = request->major,
		.minor = request->minor,
	};
	uint32_t registers[11] = {0};

	for (size_t at = 0; at < length; at++) {
		const struct bpf_insn *i = &program[at];
		uint32_t *to = &registers[i->dst_reg];

		switch (i->code) {
		case BPF_LDX | BPF_W | BPF_MEM:
			memcpy(to, (const char *)&context + i->off, sizeof(*to));
			break;
		case BPF_ALU | BPF_MOV | BPF_X:
			*to = registers[i->src_reg];
			break;
		case BPF_ALU | BPF_MOV | BPF_K:
			*to = (uint32_t)i->imm;
			break;
		case BPF_ALU | BPF_AND | BPF_K:
			*to &= (uint32_t)i->imm;
			break;
		case BPF_ALU | BPF_RSH | BPF_K:
			*to >>= i->imm;
			break;
		case BPF_JMP | BPF_JEQ | BPF_K:
			at += *to == (uint32_t)i->imm ? (size_t)i->off : 0;
			break;
		case BPF_JMP | BPF_JNE | BPF_K:
			at += *to != (uint32_t)i->imm ? (size_t)i->off : 0;
			break;
		case BPF_JMP | BPF_EXIT:
			return registers[0];
		default:
			fail_msg("instruction %zu: code 0x%x", at, i->code);
		}
	}
	fail_msg("it runs off its end");
	return false;
}

/** The same by the words of the header: the last rule that fits decides. */
static bool allowed(const struct ncrun_device_rule *rules, size_t count,
		    const struct request *request)
{
	while (count-- > 0) {
		const struct ncrun_device_rule *rule = &rules[count];
		uint32_t rest = request->access & ~rule->access;

		if ((rule->type != 'a' && rule->type != request->type) ||
		    (rule->major != NCRUN_DEVICE_ANY && rule->major != request->major) ||
		    (rule->minor != NCRUN_DEVICE_ANY && rule->minor != request->minor))
			continue;
		if (rule->deny ? rest != request->access : rest == 0)
			return !rule->deny;
	}
	return false;
}

static void compare(const struct ncrun_device_rule *rules, size_t count)
{
	static struct bpf_insn program[DEVICE_PROGRAM_MAX];
	size_t length = device_program(rules, count, program);

	assert_true(length > 0 && length <= 8 + count * 9);
	for (uint32_t bits = 0; bits < 2 * 3 * 3 * 8; bits++) {
		struct request request = {
			.type = bits % 2 ? 'b' : 'c',
			.major = bits / 2 % 3,
			.minor = bits / 6 % 3,
			.access = bits / 18,
		};

		assert_int_equal(run(program, length, &request), allowed(rules, count, &request));
	}
}

static uint32_t any_or(unsigned int number)
{
	return number == 3 ? NCRUN_DEVICE_ANY : number;
}

TEST(the_program_says_what_the_rules_say)
{
	unsigned int seed = 7;

	for (int round = 0; round < 2000; round++) {
		struct ncrun_device_rule rules[RULES_MAX] = {0};
		size_t count = (size_t)rand_r(&seed) % (RULES_MAX + 1);

		for (size_t i = 0; i < count; i++) {
			/* Often a neighbour's but for the minor number: those become one. */
			if (i > 0 && rand_r(&seed) % 2)
				rules[i] = rules[i - 1];
			else
				rules[i] = (struct ncrun_device_rule){
					.type = "abc"[rand_r(&seed) % 3],
					.deny = rand_r(&seed) % 3 == 0,
					.major = any_or((unsigned int)rand_r(&seed) % 4),
					.access = (uint32_t)rand_r(&seed) % 7 + 1,
				};
			rules[i].minor = any_or((unsigned int)rand_r(&seed) % 4);
		}
		compare(rules, count);
	}
}

TEST(the_usual_devices_make_a_short_program)
{
	struct ncrun_limits limits = NCRUN_LIMITS_INIT;
	static struct bpf_insn program[DEVICE_PROGRAM_MAX];
	struct ncrun_device_rule *rules;
	struct ncrun_error err = {0};
	size_t count, branches = 0, length;

	assert_ok(device_rules(&limits, &rules, &count, &err));
	length = device_program(rules, count, program);
	for (size_t i = 0; i < length; i++)
		branches += BPF_CLASS(program[i].code) == BPF_JMP &&
			    BPF_OP(program[i].code) != BPF_EXIT;
	free(rules);
	/* Each is a state more for the kernel to look at in every start of a node. */
	assert_in_range(branches, 8, 16);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_program_says_what_the_rules_say),
		cmocka_unit_test(the_usual_devices_make_a_short_program),
	};

	return cmocka_run_group_tests_name("cgroups/devices", tests, NULL, NULL);
}
