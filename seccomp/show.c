/* SPDX-License-Identifier: Apache-2.0 */

/* Profiles for people to look at: <ncrun/seccomp.h>. */

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>

#include "base/api.h"
#include "base/error.h"
#include "base/text.h"
#include "seccomp/architecture.h"
#include "seccomp/compile.h"
#include "seccomp/filter.h"
#include "seccomp/seccomp.h"
#include "seccomp/source.h"

#define CALL_NUMBERS 2048 /* all machines of architecture.c but MIPS have fewer */

struct ncrun_seccomp {
	struct source source;
	struct profile *profile;     /* owned */
	struct expansion *expansion; /* owned */
	struct seccomp_filter filter;
	bool compiled;
	struct ncrun_seccomp_rule *rules; /* owned; its strings are the below */
	size_t rule_count;
	char **names;      /* owned, by number; NULL where there is no call */
	char **conditions; /* owned, one for each verdict */
	struct text oci;
};

static int load(struct ncrun_seccomp *seccomp, const struct seccomp_request *request,
		struct ncrun_error *err)
{
	struct expansion_request expand = {
		.capabilities = request->capabilities,
		.native = architecture_native(),
	};
	struct utsname machine;
	int r;

	if (uname(&machine) < 0)
		return error_errno(err, "ask for the kernel's release");
	expand.kernel = kernel_release_parse(machine.release);
	r = compile_prepare(err);
	if (r == 0)
		r = source_open(request, &seccomp->source, err);
	if (r == 0)
		r = profile_parse(seccomp->source.name, seccomp->source.text,
				  seccomp->source.length, &seccomp->profile, err);
	return r < 0 ? r : expansion_new(seccomp->profile, &expand, &seccomp->expansion, err);
}

NCRUN_API int ncrun_seccomp_open(const char *name, uint64_t capabilities,
				 struct ncrun_seccomp **ret, struct ncrun_error *err)
{
	const struct seccomp_request request = {.profile = name, .capabilities = capabilities};
	_cleanup_(ncrun_seccomp_unrefp) struct ncrun_seccomp *seccomp = NULL;
	int r;

	seccomp = calloc(1, sizeof(*seccomp));
	if (!seccomp)
		return error_errno(err, "open a seccomp profile");
	r = load(seccomp, &request, err);
	if (r < 0)
		return r;
	*ret = take_ptr(seccomp);
	return 0;
}

static void free_array(char **strings, size_t count)
{
	for (size_t i = 0; strings && i < count; i++)
		free(strings[i]);
	free(strings);
}

NCRUN_API struct ncrun_seccomp *ncrun_seccomp_unref(struct ncrun_seccomp *seccomp)
{
	if (!seccomp)
		return NULL;
	free(seccomp->rules);
	free_array(seccomp->names, CALL_NUMBERS);
	if (seccomp->expansion)
		free_array(seccomp->conditions, seccomp->expansion->count);
	text_done(&seccomp->oci);
	seccomp_filter_done(&seccomp->filter);
	expansion_free(seccomp->expansion);
	profile_free(seccomp->profile);
	source_done(&seccomp->source);
	free(seccomp);
	return NULL;
}

static int name_calls(struct ncrun_seccomp *seccomp, struct ncrun_error *err)
{
	if (seccomp->names)
		return 0;
	seccomp->names = calloc(CALL_NUMBERS, sizeof(*seccomp->names));
	if (!seccomp->names)
		return error_errno(err, "list system calls");
	for (int i = 0; i < CALL_NUMBERS; i++)
		seccomp->names[i] = compile_call_name(i);
	return 0;
}

/* "" for a verdict without conditions; NULL on no memory. */
static char *print_verdict(const struct verdict *verdict)
{
	_cleanup_text_ struct text out = {0};

	for (size_t i = 0; i < verdict->condition_count; i++) {
		char text[CONDITION_TEXT_SIZE];

		condition_print(&verdict->conditions[i], text);
		text_printf(&out, "%s%s", i ? ", " : "", text);
	}
	return text_take(&out);
}

static int print_conditions(struct ncrun_seccomp *seccomp, struct ncrun_error *err)
{
	const struct expansion *expansion = seccomp->expansion;

	seccomp->conditions = calloc(expansion->count + 1, sizeof(*seccomp->conditions));
	if (!seccomp->conditions)
		return error_errno(err, "explain a seccomp profile");
	for (size_t i = 0; i < expansion->count; i++) {
		seccomp->conditions[i] = print_verdict(&expansion->verdicts[i]);
		if (seccomp->conditions[i])
			continue;
		free_array(seccomp->conditions, i);
		seccomp->conditions = NULL;
		return error_set(err, ENOMEM, "explain a seccomp profile: %s", strerror(ENOMEM));
	}
	return 0;
}

static bool is_decided(const struct expansion *expansion, const char *syscall)
{
	size_t low = 0, high = expansion->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int order = strcmp(syscall, expansion->verdicts[middle].syscall);

		if (order == 0)
			return true;
		if (order < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return false;
}

static int compare_names(const void *a, const void *b)
{
	const struct ncrun_seccomp_rule *x = a;
	const struct ncrun_seccomp_rule *y = b;

	return strcmp(x->syscall, y->syscall);
}

static struct ncrun_seccomp_rule rule_of(const struct action *action, const char *syscall,
					 int number)
{
	return (struct ncrun_seccomp_rule){
		.syscall = syscall,
		.number = number,
		.action = action_name(action->kind),
		.error = action->error,
		.condition = "",
		.comment = "",
	};
}

/* The calls that no rule names, sorted. */
static size_t explain_others(const struct ncrun_seccomp *seccomp, struct ncrun_seccomp_rule *ret)
{
	const struct expansion *expansion = seccomp->expansion;
	size_t count = 0;

	for (int i = 0; i < CALL_NUMBERS; i++) {
		const char *name = seccomp->names[i];

		if (name && !is_decided(expansion, name))
			ret[count++] = rule_of(&expansion->default_action, name, i);
	}
	qsort(ret, count, sizeof(*ret), compare_names);
	return count;
}

static struct ncrun_seccomp_rule explain_verdict(const struct ncrun_seccomp *seccomp, size_t i)
{
	const struct verdict *verdict = &seccomp->expansion->verdicts[i];
	struct ncrun_seccomp_rule rule =
		rule_of(&verdict->action, verdict->syscall, compile_call_number(verdict->syscall));

	rule.condition = seccomp->conditions[i];
	rule.comment = verdict->comment;
	return rule;
}

static int explain(struct ncrun_seccomp *seccomp, struct ncrun_error *err)
{
	size_t decided = seccomp->expansion->count;
	_cleanup_free_ struct ncrun_seccomp_rule *others = calloc(CALL_NUMBERS, sizeof(*others));
	struct ncrun_seccomp_rule *rules = calloc(decided + CALL_NUMBERS, sizeof(*rules));
	size_t other_count, i = 0, j = 0, count = 0;

	seccomp->rules = rules;
	if (!others || !rules)
		return error_errno(err, "explain a seccomp profile");
	other_count = explain_others(seccomp, others);
	while (i < decided || j < other_count) {
		bool other = i == decided || (j < other_count &&
					      strcmp(others[j].syscall,
						     seccomp->expansion->verdicts[i].syscall) < 0);

		rules[count++] = other ? others[j++] : explain_verdict(seccomp, i++);
	}
	seccomp->rule_count = count;
	return 0;
}

NCRUN_API int ncrun_seccomp_explain(struct ncrun_seccomp *seccomp,
				    const struct ncrun_seccomp_rule **ret, size_t *ret_count,
				    struct ncrun_error *err)
{
	int r;

	if (!seccomp->rules) {
		r = name_calls(seccomp, err);
		if (r == 0 && !seccomp->conditions)
			r = print_conditions(seccomp, err);
		if (r == 0)
			r = explain(seccomp, err);
		if (r < 0)
			return r;
	}
	*ret = seccomp->rules;
	*ret_count = seccomp->rule_count;
	return 0;
}

NCRUN_API const char *ncrun_seccomp_default_action(const struct ncrun_seccomp *seccomp,
						   int *ret_error)
{
	if (ret_error)
		*ret_error = seccomp->expansion->default_action.error;
	return action_name(seccomp->expansion->default_action.kind);
}

NCRUN_API int ncrun_seccomp_bpf(struct ncrun_seccomp *seccomp, const void **ret, size_t *ret_count,
				struct ncrun_error *err)
{
	int r;

	if (!seccomp->compiled) {
		r = filter_from_expansion(seccomp->profile, seccomp->expansion, &seccomp->filter,
					  err);
		if (r < 0)
			return r;
		seccomp->compiled = true;
	}
	*ret = seccomp->filter.instructions;
	*ret_count = seccomp->filter.count;
	return 0;
}

/* An int of the kernel's is compared with a mask: other runtimes know no width. */
static void print_oci_condition(const struct condition *condition, struct text *out)
{
	struct condition plain = *condition;

	if (plain.comparison == COMPARE_EQ && plain.width != UINT64_MAX) {
		plain.comparison = COMPARE_MASKED_EQ;
		plain.value_two = plain.value;
		plain.value = plain.width;
	}
	text_printf(out, "{\"index\": %u, \"value\": %llu, ", plain.index,
		    (unsigned long long)plain.value);
	if (plain.comparison == COMPARE_MASKED_EQ)
		text_printf(out, "\"valueTwo\": %llu, ", (unsigned long long)plain.value_two);
	text_printf(out, "\"op\": \"%s\"}", comparison_profile_name(plain.comparison));
}

static void print_oci_rule(const struct verdict *verdict, struct text *out)
{
	text_printf(out, "{\"names\": [\"%s\"], \"action\": \"%s\"", verdict->syscall,
		    action_profile_name(verdict->action.kind));
	if (action_takes_error(verdict->action.kind))
		text_printf(out, ", \"errnoRet\": %d", verdict->action.error);
	for (size_t i = 0; i < verdict->condition_count; i++) {
		text_append(out, i ? ", " : ", \"args\": [");
		print_oci_condition(&verdict->conditions[i], out);
	}
	text_append(out, verdict->condition_count ? "]}" : "}");
}

static void print_oci(const struct ncrun_seccomp *seccomp, struct text *out)
{
	const struct expansion *expansion = seccomp->expansion;
	struct action action = expansion->default_action;

	text_printf(out, "{\n\"defaultAction\": \"%s\",\n", action_profile_name(action.kind));
	if (action_takes_error(action.kind))
		text_printf(out, "\"defaultErrnoRet\": %d,\n", action.error);
	text_printf(out, "\"architectures\": [\"%s\"],\n\"syscalls\": [",
		    architecture_at(architecture_native())->profile_name);
	for (size_t i = 0; i < expansion->count; i++) {
		text_append(out, i ? ",\n" : "\n");
		print_oci_rule(&expansion->verdicts[i], out);
	}
	text_append(out, "\n]\n}\n");
}

NCRUN_API int ncrun_seccomp_export(struct ncrun_seccomp *seccomp, const char **ret,
				   struct ncrun_error *err)
{
	if (!seccomp->oci.length)
		print_oci(seccomp, &seccomp->oci);
	if (text_failed(&seccomp->oci))
		return error_set(err, ENOMEM, "export a seccomp profile: %s", strerror(ENOMEM));
	*ret = text_string(&seccomp->oci);
	return 0;
}
