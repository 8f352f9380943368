/* SPDX-License-Identifier: Apache-2.0 */

#include "seccomp/filter.h"

#include <errno.h>
#include <linux/bpf_common.h>
#include <linux/seccomp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>

#include "base/error.h"
#include "base/log.h"
#include "base/text.h"
#include "seccomp/architecture.h"
#include "seccomp/cache.h"
#include "seccomp/compile.h"

#ifndef NCRUN_VERSION
#define NCRUN_VERSION ""
#endif

/* Everything that a filter is made from, but for libseccomp: see cache.c. */
static int print_key(const struct seccomp_request *request, const struct source *source,
		     const struct utsname *machine, struct text *out, struct ncrun_error *err)
{
	text_printf(out, "ncrun %s\n%s %s\ncapabilities %llx\nall %d\n", NCRUN_VERSION,
		    architecture_at(architecture_native())->profile_name, machine->release,
		    (unsigned long long)request->capabilities, request->all_architectures);
	if (source->digest)
		text_printf(out, "built in %s\n", source->digest);
	else
		text_append_bytes(out, source->text, source->length);
	if (text_failed(out))
		return error_set(err, ENOMEM, "look for a cached seccomp filter: %s",
				 strerror(ENOMEM));
	return 0;
}

static int copy_string(const char *string, char **ret, struct ncrun_error *err)
{
	if (!string)
		return 0;
	*ret = strdup(string);
	return *ret ? 0 : error_errno(err, "make a seccomp filter");
}

static bool program_notifies(const struct program *program)
{
	for (size_t i = 0; i < program->count; i++) {
		const struct sock_filter *at = &program->instructions[i];

		if (at->code == (BPF_RET | BPF_K) && at->k == SECCOMP_RET_USER_NOTIF)
			return true;
	}
	return false;
}

int filter_from_expansion(const struct profile *profile, const struct expansion *expansion,
			  struct seccomp_filter *ret, struct ncrun_error *err)
{
	_cleanup_(seccomp_filter_done) struct seccomp_filter filter = {.flags = profile->flags};
	_cleanup_(program_done) struct program program = {0};
	int r;

	if (profile->off) {
		*ret = (struct seccomp_filter){0};
		return 0;
	}
	r = compile_filter(expansion, &program, err);
	if (r == 0)
		r = copy_string(profile->listener_path, &filter.listener_path, err);
	if (r == 0)
		r = copy_string(profile->listener_metadata, &filter.listener_metadata, err);
	if (r < 0)
		return r;
	filter.notify = program_notifies(&program);
	filter.instructions = take_ptr(program.instructions);
	filter.count = program.count;
	*ret = take_value(filter, (struct seccomp_filter){0});
	return 0;
}

static int make_from_source(const struct seccomp_request *request, const struct source *source,
			    unsigned int kernel, struct seccomp_filter *ret,
			    struct ncrun_error *err)
{
	_cleanup_(profile_freep) struct profile *profile = NULL;
	_cleanup_(expansion_freep) struct expansion *expansion = NULL;
	const struct expansion_request expand = {
		.capabilities = request->capabilities,
		.native = architecture_native(),
		.kernel = kernel,
		.all_architectures = request->all_architectures,
	};
	int r;

	r = profile_parse(source->name, source->text, source->length, &profile, err);
	if (r == 0)
		r = expansion_new(profile, &expand, &expansion, err);
	return r < 0 ? r : filter_from_expansion(profile, expansion, ret, err);
}

static void keep(const struct seccomp_request *request, const struct text *key,
		 const struct seccomp_filter *filter)
{
	const char *library = compile_library_path();
	struct ncrun_error err = {0};

	if (!library) /* nothing was compiled */
		return;
	if (cache_store(request->cache_dir_fd, key->chars, key->length, filter, library, &err) < 0)
		log_debug("seccomp: the filter is not cached: %s", err.message);
}

static int find_or_make(const struct seccomp_request *request, const struct source *source,
			struct seccomp_filter *ret, struct ncrun_error *err)
{
	_cleanup_text_ struct text key = {0};
	struct utsname machine;
	int r;

	if (uname(&machine) < 0)
		return error_errno(err, "ask for the kernel's release");
	if (request->cache) {
		r = print_key(request, source, &machine, &key, err);
		if (r < 0)
			return r;
		if (cache_find(request->cache_dir_fd, key.chars, key.length, ret))
			return 0;
	}
	r = make_from_source(request, source, kernel_release_parse(machine.release), ret, err);
	if (r == 0 && request->cache)
		keep(request, &key, ret);
	return r;
}

int seccomp_filter_make(const struct seccomp_request *request, struct seccomp_filter *ret,
			struct ncrun_error *err)
{
	const char *profile = request->profile ? request->profile : "default";
	_cleanup_(source_done) struct source source = {0};
	int r;

	if (!request->text && text_equal(profile, "unconfined")) {
		*ret = (struct seccomp_filter){0};
		return 0;
	}
	r = source_open(request, &source, err);
	if (r == 0)
		r = find_or_make(request, &source, ret, err);
	if (r == 0 && !request->text && text_equal(profile, "log"))
		filter_make_telling(ret);
	return r;
}

void seccomp_filter_done(struct seccomp_filter *filter)
{
	free(filter->instructions);
	free(filter->listener_path);
	free(filter->listener_metadata);
	*filter = (struct seccomp_filter){0};
}
