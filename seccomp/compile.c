/* SPDX-License-Identifier: Apache-2.0 */

#include "seccomp/compile.h"

#include <dlfcn.h>
#include <errno.h>
#include <seccomp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/library.h"
#include "base/log.h"
#include "base/text.h"
#include "seccomp/architecture.h"
#include "seccomp/shorten.h"
#include "seccomp/tree.h"

#define BINARY_TREE 2 /* SCMP_FLTATR_CTL_OPTIMIZE */

static struct {
	__typeof__(&seccomp_init) init;
	__typeof__(&seccomp_release) release;
	__typeof__(&seccomp_attr_set) attr_set;
	__typeof__(&seccomp_arch_add) arch_add;
	__typeof__(&seccomp_rule_add_array) rule_add_array;
	__typeof__(&seccomp_export_bpf) export_bpf;
	__typeof__(&seccomp_syscall_resolve_name_arch) resolve_name_arch;
	__typeof__(&seccomp_syscall_resolve_num_arch) resolve_num_arch;
} lib;

static const struct library_symbol symbols[] = {
	{"seccomp_init", (void **)&lib.init},
	{"seccomp_release", (void **)&lib.release},
	{"seccomp_attr_set", (void **)&lib.attr_set},
	{"seccomp_arch_add", (void **)&lib.arch_add},
	{"seccomp_rule_add_array", (void **)&lib.rule_add_array},
	{"seccomp_export_bpf", (void **)&lib.export_bpf},
	{"seccomp_syscall_resolve_name_arch", (void **)&lib.resolve_name_arch},
	{"seccomp_syscall_resolve_num_arch", (void **)&lib.resolve_num_arch},
	{0},
};

/* Some machines have had socketcall(2) first and calls of their own later;
 * libseccomp gives those no number, but conditions need one. */
static const struct {
	const char *name;
	int x86_s390;
	int ppc;
} direct_calls[] = {
	{"socket", 359, 326},
	{"socketpair", 360, 333},
	{"getsockopt", 365, 340},
	{"setsockopt", 366, 339},
};

struct guards {
	struct guard *list; /* owned */
	size_t count;
};

static void guards_done(struct guards *guards)
{
	free(guards->list);
}

static void context_release(scmp_filter_ctx *context)
{
	if (*context)
		lib.release(*context);
}

int compile_prepare(struct ncrun_error *err)
{
	return library_load("libseccomp.so.2", "libseccomp2", symbols, err);
}

const char *compile_library_path(void)
{
	Dl_info info;

	if (!lib.init || !dladdr((void *)lib.init, &info))
		return NULL;
	return info.dli_fname;
}

static uint32_t native_token(void)
{
	return architecture_at(architecture_native())->token;
}

char *compile_call_name(int number)
{
	return lib.resolve_num_arch ? lib.resolve_num_arch(native_token(), number) : NULL;
}

static int direct_call(uint32_t token, const char *name)
{
	for (size_t i = 0; i < sizeof(direct_calls) / sizeof(direct_calls[0]); i++) {
		if (!text_equal(direct_calls[i].name, name))
			continue;
		if (token == SCMP_ARCH_X86 || token == SCMP_ARCH_S390 || token == SCMP_ARCH_S390X)
			return direct_calls[i].x86_s390;
		if (token == SCMP_ARCH_PPC || token == SCMP_ARCH_PPC64 ||
		    token == SCMP_ARCH_PPC64LE)
			return direct_calls[i].ppc;
	}
	return -1;
}

static int call_number(uint32_t token, const char *name)
{
	int number = lib.resolve_name_arch(token, name);

	return number >= 0 ? number : direct_call(token, name);
}

int compile_call_number(const char *name)
{
	return lib.resolve_name_arch ? call_number(native_token(), name) : -1;
}

static bool has_conditions(const struct verdict *group, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (group[i].condition_count)
			return true;
	}
	return false;
}

/* Some machines have calls that stand for many, told apart by an argument.
 * libseccomp takes care of that, but conditions cannot be judged there: the other
 * arguments are in memory. So the whole call goes when one of the many has conditions. */
static bool is_multiplexer_of(const char *name, const char *call)
{
	if (text_equal(name, "ipc"))
		return text_starts_with(call, "sem") || text_starts_with(call, "shm") ||
		       text_starts_with(call, "msg");
	if (!text_equal(name, "socketcall"))
		return false;
	for (size_t i = 0; i < sizeof(direct_calls) / sizeof(direct_calls[0]); i++) {
		if (text_equal(direct_calls[i].name, call))
			return true;
	}
	return false;
}

static bool hides_a_guarded_call(const struct guards *guards, const char *name)
{
	for (size_t i = 0; i < guards->count; i++) {
		if (is_multiplexer_of(name, guards->list[i].verdicts->syscall))
			return true;
	}
	return false;
}

static int compare_guards(const void *a, const void *b)
{
	const struct guard *x = a;
	const struct guard *y = b;

	if (x->audit != y->audit)
		return x->audit < y->audit ? -1 : 1;
	return x->number < y->number ? -1 : x->number > y->number;
}

static void add_guards(struct guards *guards, uint32_t architectures, const struct verdict *group,
		       size_t count)
{
	const struct architecture *architecture;

	for (unsigned int i = 0; (architecture = architecture_at(i)); i++) {
		int number;

		if (!(architectures & (1u << i)))
			continue;
		number = call_number(architecture->token, group->syscall);
		if (number < 0) {
			log_debug("seccomp: %s: no system call '%s'", architecture->profile_name,
				  group->syscall);
			continue;
		}
		guards->list[guards->count++] = (struct guard){
			.audit = architecture->audit,
			.number = (uint32_t)number,
			.verdicts = group,
			.count = count,
		};
	}
}

static int collect_guards(const struct expansion *expansion, struct guards *ret,
			  struct ncrun_error *err)
{
	size_t groups = 0;

	for (size_t i = 0, count; i < expansion->count; i += count) {
		count = expansion_group(expansion, i);
		groups += has_conditions(&expansion->verdicts[i], count);
	}
	ret->list = calloc(groups * (size_t)__builtin_popcount(expansion->architectures) + 1,
			   sizeof(*ret->list));
	if (!ret->list)
		return error_errno(err, "compile a seccomp filter");
	for (size_t i = 0, count; i < expansion->count; i += count) {
		count = expansion_group(expansion, i);
		if (has_conditions(&expansion->verdicts[i], count))
			add_guards(ret, expansion->architectures, &expansion->verdicts[i], count);
	}
	if (ret->count)
		qsort(ret->list, ret->count, sizeof(*ret->list), compare_guards);
	return 0;
}

static int new_context(const struct expansion *expansion, scmp_filter_ctx *ret,
		       struct ncrun_error *err)
{
	const struct architecture *architecture;
	int r;

	*ret = lib.init(action_bpf(expansion->default_action));
	if (!*ret)
		return error_set(err, EINVAL, "seccomp default action '%s' is refused",
				 action_profile_name(expansion->default_action.kind));
	r = lib.attr_set(*ret, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_ERRNO(ENOSYS));
	if (r == 0) {
		/* before libseccomp 2.5 there is no binary tree */
		if (lib.attr_set(*ret, SCMP_FLTATR_CTL_OPTIMIZE, BINARY_TREE) < 0)
			log_debug("seccomp: no binary tree: the filter will be slower");
	}
	for (unsigned int i = 0; r == 0 && (architecture = architecture_at(i)); i++) {
		if (!(expansion->architectures & (1u << i)) || i == architecture_native())
			continue;
		r = lib.arch_add(*ret, architecture->token);
		if (r < 0)
			return error_set(err, -r, "seccomp architecture '%s': %s",
					 architecture->profile_name, strerror(-r));
	}
	return r < 0 ? error_set(err, -r, "prepare a seccomp filter: %s", strerror(-r)) : 0;
}

static int add_call(scmp_filter_ctx context, const struct verdict *verdict, struct ncrun_error *err)
{
	int number = lib.resolve_name_arch(native_token(), verdict->syscall);
	int r;

	if (number == __NR_SCMP_ERROR) {
		log_debug("seccomp: skip the unknown system call '%s'", verdict->syscall);
		return 0;
	}
	r = lib.rule_add_array(context, action_bpf(verdict->action), number, 0, NULL);
	if (r < 0)
		return error_set(err, -r, "seccomp rule for '%s': %s", verdict->syscall,
				 strerror(-r));
	return 0;
}

static int add_calls(scmp_filter_ctx context, const struct expansion *expansion,
		     const struct guards *guards, struct ncrun_error *err)
{
	int r = 0;

	for (size_t i = 0, count; r == 0 && i < expansion->count; i += count) {
		const struct verdict *group = &expansion->verdicts[i];

		count = expansion_group(expansion, i);
		if (has_conditions(group, count))
			continue;
		if (group->action.kind < expansion->default_action.kind &&
		    hides_a_guarded_call(guards, group->syscall))
			continue;
		r = add_call(context, group, err);
	}
	return r;
}

static int export(scmp_filter_ctx context, struct program *ret, struct ncrun_error *err)
{
	_cleanup_close_ int fd = memfd_create("seccomp", MFD_CLOEXEC);
	struct sock_filter instruction;
	off_t at = 0;
	ssize_t n;
	int r;

	if (fd < 0)
		return error_errno(err, "compile a seccomp filter");
	r = lib.export_bpf(context, fd);
	if (r < 0)
		return error_set(err, -r, "compile a seccomp filter: %s", strerror(-r));
	for (;;) {
		n = pread(fd, &instruction, sizeof(instruction), at);
		if (n != (ssize_t)sizeof(instruction))
			break;
		at += n;
		r = program_append_all(ret, &(struct program){&instruction, 1}, err);
		if (r < 0)
			return r;
	}
	if (n != 0)
		return error_set(err, EIO, "compile a seccomp filter: it ends too early");
	return 0;
}

/* The part that looks at numbers only. */
static int compile_decider(const struct expansion *expansion, const struct guards *guards,
			   struct program *ret, struct ncrun_error *err)
{
	_cleanup_(context_release) scmp_filter_ctx context = NULL;
	int r;

	r = new_context(expansion, &context, err);
	if (r == 0)
		r = add_calls(context, expansion, guards, err);
	return r < 0 ? r : export(context, ret, err);
}

static size_t list_audits(uint32_t architectures, uint32_t ret[ARCHITECTURE_MAX])
{
	const struct architecture *architecture;
	size_t count = 0;

	ret[count++] = architecture_at(architecture_native())->audit;
	for (unsigned int i = 0; (architecture = architecture_at(i)); i++) {
		size_t j = 0;

		while (j < count && ret[j] != architecture->audit)
			j++;
		if (j == count && (architectures & (1u << i)))
			ret[count++] = architecture->audit;
	}
	return count;
}

/* A program of a future libseccomp that we cannot read is used as it is. */
static int append_as_it_is(const struct tree *tree, struct program *program,
			   struct ncrun_error *err)
{
	int r;

	log_debug("seccomp: the filter is not shortened");
	r = guard_append_all(tree->guards, tree->guard_count, tree->default_action, program, err);
	return r < 0 ? r : program_append_all(program, tree->decider, err);
}

int compile_filter(const struct expansion *expansion, struct program *ret, struct ncrun_error *err)
{
	_cleanup_(program_done) struct program decider = {0};
	_cleanup_(program_done) struct program program = {0};
	_cleanup_(guards_done) struct guards guards = {0};
	uint32_t audits[ARCHITECTURE_MAX];
	struct tree tree = {
		.decider = &decider,
		.audits = audits,
		.audit_count = list_audits(expansion->architectures, audits),
		.default_action = expansion->default_action,
	};
	int r;

	r = compile_prepare(err);
	if (r == 0)
		r = collect_guards(expansion, &guards, err);
	if (r == 0)
		r = compile_decider(expansion, &guards, &decider, err);
	if (r < 0)
		return r;
	tree.guards = guards.list;
	tree.guard_count = guards.count;
	if (tree_understands(&decider)) {
		r = tree_append(&tree, &program, err);
		if (r == 0)
			r = program_shorten(&program, err);
	} else {
		r = append_as_it_is(&tree, &program, err);
	}
	if (r == 0)
		*ret = take_value(program, (struct program){0});
	return r;
}
