/* SPDX-License-Identifier: Apache-2.0 */

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include <ncrun/container.h>
#include <ncrun/seccomp.h>

#include "base/error.h"
#include "base/file.h"
#include "cli/bpf.h"
#include "cli/commands.h"
#include "cli/json.h"
#include "cli/output.h"

DEFINE_CLEANUP(struct ncrun_seccomp *, ncrun_seccomp_unref);

static const char *const profile_choices[] = {"default", NULL};

struct show_args {
	const char *profile;
	char **cap_add;
	char **cap_drop;
	bool bpf;
	const char *bpf_file;
	bool json;
};

static int show_check(void *data, struct ncrun_error *err)
{
	const struct show_args *args = data;

	if (args->bpf_file && (args->bpf || args->json))
		return error_set(err, EINVAL, "--bpf-file writes the filter itself: not with %s",
				 args->bpf ? "--bpf" : "--json");
	return 0;
}

static void put_verdict(struct text *out, const char *action, int error)
{
	const char *name = error > 0 ? strerrorname_np(error) : NULL;

	if (text_equal(action, "errno"))
		text_printf(out, "refused: %s", name ? name : "error");
	else
		text_append(out, text_equal(action, "allow") ? "allowed" : action);
}

static void show_table(struct ncrun_seccomp *seccomp, const struct ncrun_seccomp_rule *rules,
		       size_t count)
{
	_cleanup_table_ struct table table = {
		.headings = {"SYSTEM CALL", "VERDICT", "WHEN", "WHY"}};
	_cleanup_text_ struct text out = {0}, fallback = {0};
	const char *action;
	size_t unknown = 0;
	int error = 0;

	for (size_t i = 0; i < count; i++) {
		_cleanup_text_ struct text verdict = {0};

		if (rules[i].number < 0) {
			unknown++;
			continue;
		}
		put_verdict(&verdict, rules[i].action, rules[i].error);
		table_add(&table, rules[i].syscall);
		table_add(&table, text_string(&verdict));
		table_add(&table, rules[i].condition[0] ? rules[i].condition : "always");
		table_add(&table, rules[i].comment);
	}
	table_print(&table, &out);
	action = ncrun_seccomp_default_action(seccomp, &error);
	put_verdict(&fallback, action, error);
	text_printf(&out, "\nall others: %s\n", text_string(&fallback));
	if (unknown > 0)
		text_printf(&out, "rules for system calls of other machines: %zu (see: --json)\n",
			    unknown);
	text_print(&out);
}

static void show_json(struct ncrun_seccomp *seccomp, const struct ncrun_seccomp_rule *rules,
		      size_t count)
{
	_cleanup_json_ struct json_object *object = json_object_new_object();
	struct json_object *array = json_object_new_array();
	int error = 0;

	json_put_text(object, "default_action", ncrun_seccomp_default_action(seccomp, &error));
	json_put_text(object, "default_errno", error > 0 ? strerrorname_np(error) : NULL);
	for (size_t i = 0; i < count; i++) {
		struct json_object *rule = json_object_new_object();

		json_put_text(rule, "syscall", rules[i].syscall);
		json_put_number(rule, "number", rules[i].number);
		json_put_text(rule, "action", rules[i].action);
		json_put_text(rule, "errno",
			      rules[i].error > 0 ? strerrorname_np(rules[i].error) : NULL);
		json_put_text(rule, "condition", rules[i].condition);
		json_put_text(rule, "comment", rules[i].comment);
		json_object_array_add(array, rule);
	}
	json_object_object_add(object, "rules", array);
	json_show(object);
}

static int show_rules(struct ncrun_seccomp *seccomp, bool json, struct ncrun_error *err)
{
	const struct ncrun_seccomp_rule *rules = NULL;
	size_t count = 0;
	int r;

	r = ncrun_seccomp_explain(seccomp, &rules, &count, err);
	if (r < 0)
		return r;
	if (json)
		show_json(seccomp, rules, count);
	else
		show_table(seccomp, rules, count);
	return 0;
}

static void show_bpf_json(const struct sock_filter *filter, size_t count)
{
	_cleanup_json_ struct json_object *array = json_object_new_array();

	for (size_t i = 0; i < count; i++) {
		struct json_object *instruction = json_object_new_object();

		json_put_number(instruction, "code", filter[i].code);
		json_put_number(instruction, "jt", filter[i].jt);
		json_put_number(instruction, "jf", filter[i].jf);
		json_put_number(instruction, "k", filter[i].k);
		json_object_array_add(array, instruction);
	}
	json_show(array);
}

static int write_bpf(const char *path, const void *filter, size_t size, struct ncrun_error *err)
{
	_cleanup_close_ int fd = -1;

	if (text_equal(path, "-"))
		return file_write_all(STDOUT_FILENO, filter, size, err);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
	if (fd < 0)
		return error_errno(err, "create '%s'", path);
	return file_write_all(fd, filter, size, err);
}

static int show_bpf(struct ncrun_seccomp *seccomp, const struct show_args *args,
		    struct ncrun_error *err)
{
	_cleanup_text_ struct text out = {0};
	const void *bytes = NULL;
	const struct sock_filter *filter;
	size_t count = 0;
	int r;

	r = ncrun_seccomp_bpf(seccomp, &bytes, &count, err);
	if (r < 0)
		return r;
	filter = bytes;
	if (args->bpf_file)
		return write_bpf(args->bpf_file, filter, count * sizeof(*filter), err);
	if (args->json) {
		show_bpf_json(filter, count);
		return 0;
	}
	for (size_t i = 0; i < count; i++)
		bpf_print(&out, i, &filter[i]);
	text_print(&out);
	return 0;
}

static int show_run(const struct cli *cli __attribute__((unused)), void *data,
		    struct ncrun_error *err)
{
	_cleanup_(ncrun_seccomp_unrefp) struct ncrun_seccomp *seccomp = NULL;
	const struct show_args *args = data;
	uint64_t capabilities = 0;
	int r;

	r = ncrun_capabilities_resolve(false, (const char *const *)args->cap_add,
				       (const char *const *)args->cap_drop, &capabilities, err);
	if (r == 0)
		r = ncrun_seccomp_open(args->profile ? args->profile : "default", capabilities,
				       &seccomp, err);
	if (r < 0)
		return r;
	if (args->bpf || args->bpf_file)
		return show_bpf(seccomp, args, err);
	return show_rules(seccomp, args->json, err);
}

static const struct option options[] = {
	{
		.name = "cap-add",
		.value = "CAPABILITY",
		.help = "judge it for a node with this one, as node --cap-add",
		OPTION_LIST(struct show_args, cap_add),
	},
	{
		.name = "cap-drop",
		.value = "CAPABILITY",
		.help = "judge it for a node without this one, as node --cap-drop",
		OPTION_LIST(struct show_args, cap_drop),
	},
	{
		.name = "bpf",
		.help = "the compiled filter, an instruction a line",
		OPTION_FLAG(struct show_args, bpf),
	},
	{
		.name = "bpf-file",
		.value = "FILE",
		.help = "write the compiled filter there, as the kernel takes it; - is standard output",
		.completes = COMPLETES_FILE,
		OPTION_TEXT(struct show_args, bpf_file),
	},
	{
		.name = "json",
		.help = "rules, or with --bpf instructions, as JSON",
		OPTION_FLAG(struct show_args, json),
	},
	{0},
};

static const struct argument arguments[] = {
	{
		.name = "PROFILE",
		.help = "default, or a file in Docker's or OCI's JSON format (default: default)",
		.kind = ARGUMENT_OPTIONAL,
		.completes = COMPLETES_FILE,
		.choices = profile_choices,
		ARGUMENT_AT(struct show_args, profile),
	},
	{0},
};

static const char *const description[] = {
	"Tell what a profile means on this machine: for each system call whether it is allowed, under "
	"which condition, or with which error it is refused.",
	NULL,
};

static const struct example examples[] = {
	{"ncrun seccomp show | grep mount", "what it says of mounting"},
	{"ncrun seccomp show --cap-add NET_ADMIN ./profile.json", "an own profile, for a router"},
	{"ncrun seccomp show --bpf", "what the kernel runs"},
	{0},
};

const struct command cmd_seccomp_show = {
	.name = "seccomp show",
	.summary = "tell what a profile allows and refuses",
	.description = description,
	.options = options,
	.arguments = arguments,
	.examples = examples,
	.exits = cli_exits,
	.args_size = sizeof(struct show_args),
	.check = show_check,
	.run = show_run,
};
