/* SPDX-License-Identifier: Apache-2.0 */

#include "seccomp/guard.h"

#include "seccomp/decision.h"

#define WORD_BITS UINT64_C(0xffffffff)

/* Where a jump goes until the length of what it jumps over is known. */
enum target {
	NEXT,
	PASS, /* the condition holds */
	FAIL, /* it does not: go to the next verdict */
};

/* The two jumps of each instruction of one verdict. */
struct jumps {
	uint8_t if_true, if_false;
};

struct builder {
	struct program *program; /* borrowed */
	size_t first;            /* of the verdict being written */
	struct jumps jumps[CONDITION_MAX * 6];
	size_t jump_count;
	struct ncrun_error *err;
};

/* One instruction of a condition; its jumps are set when the verdict is whole. */
static int emit(struct builder *builder, uint16_t code, uint32_t value, struct jumps jumps)
{
	builder->jumps[builder->jump_count++] = jumps;
	return program_append(builder->program, code, value, builder->err);
}

static int emit_load(struct builder *builder, unsigned int index, bool high)
{
	return emit(builder, PROGRAM_LOAD, high ? PROGRAM_HIGH(index) : PROGRAM_LOW(index),
		    (struct jumps){NEXT, NEXT});
}

/* "equal" goes on to the next instruction, so this must not be the last. */
static int emit_masked_word(struct builder *builder, const struct condition *condition, bool high,
			    struct jumps jumps)
{
	unsigned int shift = high ? 32 : 0;
	uint32_t mask = (uint32_t)(condition->value >> shift);
	uint32_t value = (uint32_t)(condition->value_two >> shift) & mask;
	int r;

	r = emit_load(builder, condition->index, high);
	if (r == 0 && mask != WORD_BITS)
		r = emit(builder, PROGRAM_AND, mask, (struct jumps){NEXT, NEXT});
	return r < 0 ? r : emit(builder, PROGRAM_JEQ, value, jumps);
}

static int emit_masked(struct builder *builder, const struct condition *condition)
{
	int r = 0;

	/* a mask with nothing in the upper word asks nothing of it */
	if (condition->value > WORD_BITS)
		r = emit_masked_word(builder, condition, true, (struct jumps){NEXT, FAIL});
	return r < 0 ? r : emit_masked_word(builder, condition, false, (struct jumps){PASS, FAIL});
}

/* The comparison as "jump to yes if the word is this, else to no". */
static uint16_t comparison_code(enum comparison comparison, struct jumps *jumps)
{
	static const struct jumps yes = {PASS, FAIL};
	static const struct jumps no = {FAIL, PASS};
	uint16_t code = PROGRAM_JEQ;

	*jumps = yes;
	switch (comparison) {
	case COMPARE_NE:
		*jumps = no;
		break;
	case COMPARE_LT:
		*jumps = no;
		code = PROGRAM_JGE;
		break;
	case COMPARE_LE:
		*jumps = no;
		code = PROGRAM_JGT;
		break;
	case COMPARE_GE:
		code = PROGRAM_JGE;
		break;
	case COMPARE_GT:
		code = PROGRAM_JGT;
		break;
	case COMPARE_EQ:
	case COMPARE_MASKED_EQ:
		break;
	}
	return code;
}

/* The upper words decide unless they are equal. */
static int emit_high_word(struct builder *builder, const struct condition *condition,
			  struct jumps jumps)
{
	uint32_t high = (uint32_t)(condition->value >> 32);
	enum comparison comparison = condition->comparison;
	int r;

	r = emit_load(builder, condition->index, true);
	if (r < 0)
		return r;
	if (comparison == COMPARE_EQ || comparison == COMPARE_NE)
		return emit(builder, PROGRAM_JEQ, high, (struct jumps){NEXT, jumps.if_false});
	r = emit(builder, PROGRAM_JGT, high, (struct jumps){jumps.if_true, NEXT});
	return r < 0 ? r : emit(builder, PROGRAM_JEQ, high, (struct jumps){NEXT, jumps.if_false});
}

static int emit_condition(struct builder *builder, const struct condition *condition)
{
	struct jumps jumps;
	uint16_t code;
	int r = 0;

	if (condition->comparison == COMPARE_MASKED_EQ)
		return emit_masked(builder, condition);
	code = comparison_code(condition->comparison, &jumps);
	if (condition->width > WORD_BITS)
		r = emit_high_word(builder, condition, jumps);
	if (r == 0)
		r = emit_load(builder, condition->index, false);
	if (r == 0 && condition->width < WORD_BITS)
		r = emit(builder, PROGRAM_AND, (uint32_t)condition->width,
			 (struct jumps){NEXT, NEXT});
	return r < 0 ? r : emit(builder, code, (uint32_t)condition->value, jumps);
}

/* Turn the targets of jumps @from .. @to into distances. */
static void set_jumps(struct builder *builder, size_t from, size_t to, size_t pass, size_t fail)
{
	for (size_t i = from; i < to; i++) {
		const size_t distance[] = {
			[NEXT] = 0,
			[PASS] = pass - i - 1,
			[FAIL] = fail - i - 1,
		};
		struct sock_filter *instruction =
			&builder->program->instructions[builder->first + i];

		if (BPF_CLASS(instruction->code) != BPF_JMP)
			continue;
		instruction->jt = (uint8_t)distance[builder->jumps[i].if_true];
		instruction->jf = (uint8_t)distance[builder->jumps[i].if_false];
	}
}

static int compile_verdict(struct program *program, const struct verdict *verdict,
			   struct ncrun_error *err)
{
	struct builder builder = {.program = program, .first = program->count, .err = err};
	size_t ends[CONDITION_MAX] = {0};
	size_t begin = 0;
	int r = 0;

	for (size_t i = 0; r == 0 && i < verdict->condition_count; i++) {
		r = emit_condition(&builder, &verdict->conditions[i]);
		ends[i] = builder.jump_count;
	}
	if (r == 0)
		r = program_append(program, PROGRAM_RET, action_bpf(verdict->action), err);
	if (r < 0)
		return r;
	/* a condition that holds leads to the next one, the last to the return */
	for (size_t i = 0; i < verdict->condition_count; i++) {
		set_jumps(&builder, begin, ends[i], ends[i], builder.jump_count + 1);
		begin = ends[i];
	}
	return 0;
}

/* One verdict after another. */
static int compile_list(const struct guard *guard, struct action default_action,
			struct program *program, struct ncrun_error *err)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < guard->count; i++)
		r = compile_verdict(program, &guard->verdicts[i], err);
	if (r == 0 && guard->verdicts[guard->count - 1].condition_count)
		r = program_append(program, PROGRAM_RET, action_bpf(default_action), err);
	return r;
}

int guard_append(const struct guard *guard, struct action default_action, struct program *program,
		 struct ncrun_error *err)
{
	_cleanup_(program_done) struct program list = {0}, tree = {0};
	bool has_tree = false;
	int r;

	r = decision_compile(guard, default_action, &tree, &has_tree, err);
	if (r < 0)
		return r;
	r = compile_list(guard, default_action, &list, has_tree ? NULL : err);
	if (r < 0 && !has_tree)
		return r;
	if (r == 0 && (!has_tree || list.count < tree.count))
		return program_append_all(program, &list, err);
	return program_append_all(program, &tree, err);
}

static int append_call(const struct guard *guard, struct action default_action,
		       struct program *program, struct ncrun_error *err)
{
	size_t opened;
	int r;

	r = program_open(program, PROGRAM_JEQ, guard->number, &opened, err);
	if (r == 0)
		r = guard_append(guard, default_action, program, err);
	return r < 0 ? r : program_close(program, opened, err);
}

int guard_append_all(const struct guard *guards, size_t count, struct action default_action,
		     struct program *program, struct ncrun_error *err)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < count;) {
		uint32_t audit = guards[i].audit;
		size_t opened = 0;

		r = program_append(program, PROGRAM_LOAD, offsetof(struct seccomp_data, arch), err);
		if (r == 0)
			r = program_open(program, PROGRAM_JEQ, audit, &opened, err);
		if (r == 0)
			r = program_append(program, PROGRAM_LOAD, offsetof(struct seccomp_data, nr),
					   err);
		for (; r == 0 && i < count && guards[i].audit == audit; i++)
			r = append_call(&guards[i], default_action, program, err);
		if (r == 0)
			r = program_close(program, opened, err);
	}
	return r;
}
