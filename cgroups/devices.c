/* SPDX-License-Identifier: Apache-2.0 */

/* Which devices a group may use. */

#include "cgroups/devices.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "cgroups/group.h"

#define RW (NCRUN_DEVICE_READ | NCRUN_DEVICE_WRITE)

/* Nothing here may be made by mknod: nodes get theirs ready made. */
static const struct ncrun_device_rule usual[] = {
	{.type = 'c', .major = 1, .minor = 3, .access = RW},                  /* null */
	{.type = 'c', .major = 1, .minor = 5, .access = RW},                  /* zero */
	{.type = 'c', .major = 1, .minor = 7, .access = RW},                  /* full */
	{.type = 'c', .major = 1, .minor = 8, .access = RW},                  /* random */
	{.type = 'c', .major = 1, .minor = 9, .access = RW},                  /* urandom */
	{.type = 'c', .major = 5, .minor = 0, .access = RW},                  /* tty */
	{.type = 'c', .major = 5, .minor = 2, .access = RW},                  /* ptmx */
	{.type = 'c', .major = 136, .minor = NCRUN_DEVICE_ANY, .access = RW}, /* pts */
};

#define USUAL (sizeof(usual) / sizeof(usual[0]))

int device_rules(const struct ncrun_limits *limits, struct ncrun_device_rule **ret,
		 size_t *ret_count, struct ncrun_error *err)
{
	struct ncrun_device_rule *rules = calloc(USUAL + limits->device_count, sizeof(*rules));

	if (!rules)
		return error_errno(err, "filter devices");
	memcpy(rules, usual, sizeof(usual));
	if (limits->device_count)
		memcpy(rules + USUAL, limits->devices, limits->device_count * sizeof(*rules));
	*ret = rules;
	*ret_count = USUAL + limits->device_count;
	return 0;
}

/* ---- the program ---------------------------------------------------------------- */

/* Registers: the verdict; the context; then what it says. */
#define VERDICT BPF_REG_0
#define CONTEXT BPF_REG_1
#define ACCESS  BPF_REG_2
#define TYPE    BPF_REG_3
#define MAJOR   BPF_REG_4
#define MINOR   BPF_REG_5

static struct bpf_insn load(uint8_t to, size_t offset)
{
	return (struct bpf_insn){.code = BPF_LDX | BPF_W | BPF_MEM,
				 .dst_reg = to,
				 .src_reg = CONTEXT,
				 .off = (int16_t)offset};
}

static struct bpf_insn alu(uint8_t operation, uint8_t to, int32_t value)
{
	return (struct bpf_insn){.code = (uint8_t)(BPF_ALU | operation | BPF_K),
				 .dst_reg = to,
				 .imm = value};
}

static struct bpf_insn copy(uint8_t to, uint8_t from)
{
	return (struct bpf_insn){.code = BPF_ALU | BPF_MOV | BPF_X, .dst_reg = to, .src_reg = from};
}

/** A jump to the end of the rule, which run_assemble() fills in. */
static struct bpf_insn skip(uint8_t comparison, uint8_t number, uint32_t value)
{
	return (struct bpf_insn){.code = (uint8_t)(BPF_JMP | comparison | BPF_K),
				 .dst_reg = number,
				 .imm = (int32_t)value};
}

static const struct bpf_insn leave = {.code = BPF_JMP | BPF_EXIT};

static uint32_t kernel_access(uint32_t access)
{
	return (access & NCRUN_DEVICE_READ ? BPF_DEVCG_ACC_READ : 0) |
	       (access & NCRUN_DEVICE_WRITE ? BPF_DEVCG_ACC_WRITE : 0) |
	       (access & NCRUN_DEVICE_MKNOD ? BPF_DEVCG_ACC_MKNOD : 0);
}

/** How many rules before @end, that one's included, differ in nothing but their minor number. */
static size_t run_length(const struct ncrun_device_rule *rules, size_t end)
{
	const struct ncrun_device_rule *last = &rules[end - 1];
	size_t n = 1;

	if (last->minor == NCRUN_DEVICE_ANY)
		return n;
	while (n < end) {
		const struct ncrun_device_rule *rule = last - n;

		if (rule->type != last->type || rule->major != last->major ||
		    rule->access != last->access || rule->deny != last->deny ||
		    rule->minor == NCRUN_DEVICE_ANY)
			break;
		n++;
	}
	return n;
}

/**
 * Rules that differ in their minor number, as one: the kernel checks a program anew for each
 * node, and most of the time by its branches.
 *
 * An allowance must cover all that is wanted; a denial, any of it.
 */
static size_t run_assemble(const struct ncrun_device_rule *rules, size_t count,
			   struct bpf_insn *ret)
{
	uint32_t access = kernel_access(rules->access);
	size_t n = 0, end;

	if (rules->type != 'a')
		ret[n++] = skip(BPF_JNE, TYPE,
				rules->type == 'b' ? BPF_DEVCG_DEV_BLOCK : BPF_DEVCG_DEV_CHAR);
	if (rules->major != NCRUN_DEVICE_ANY)
		ret[n++] = skip(BPF_JNE, MAJOR, rules->major);
	ret[n++] = copy(VERDICT, ACCESS);
	ret[n++] = alu(BPF_AND, VERDICT, (int32_t)(rules->deny ? access : ~access));
	ret[n++] = skip(rules->deny ? BPF_JEQ : BPF_JNE, VERDICT, 0);
	for (size_t i = 0; i + 1 < count; i++) {
		ret[n] = skip(BPF_JEQ, MINOR, rules[i].minor);
		ret[n++].off = (int16_t)(count - 1 - i); /* to the verdict */
	}
	if (rules[count - 1].minor != NCRUN_DEVICE_ANY)
		ret[n++] = skip(BPF_JNE, MINOR, rules[count - 1].minor);
	ret[n++] = alu(BPF_MOV, VERDICT, rules->deny ? 0 : 1);
	ret[n++] = leave;
	end = n;
	for (size_t i = 0; i < end; i++)
		if (BPF_CLASS(ret[i].code) == BPF_JMP && BPF_OP(ret[i].code) != BPF_EXIT &&
		    ret[i].off == 0)
			ret[i].off = (int16_t)(end - i - 1);
	return end;
}

size_t device_program(const struct ncrun_device_rule *rules, size_t count, struct bpf_insn *ret)
{
	size_t n = 0;

	if (DEVICE_PROGRAM_MAX < 8 + count * 9)
		return 0;
	ret[n++] = load(ACCESS, offsetof(struct bpf_cgroup_dev_ctx, access_type));
	ret[n++] = copy(TYPE, ACCESS);
	ret[n++] = alu(BPF_AND, TYPE, 0xffff);
	ret[n++] = alu(BPF_RSH, ACCESS, 16);
	ret[n++] = load(MAJOR, offsetof(struct bpf_cgroup_dev_ctx, major));
	ret[n++] = load(MINOR, offsetof(struct bpf_cgroup_dev_ctx, minor));
	for (size_t i = count, run; i > 0; i -= run) {
		run = run_length(rules, i);
		n += run_assemble(&rules[i - run], run, ret + n);
	}
	ret[n++] = alu(BPF_MOV, VERDICT, 0);
	ret[n++] = leave;
	return n;
}
