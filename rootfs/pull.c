/* SPDX-License-Identifier: Apache-2.0 */

#include "rootfs/pull.h"

#include <errno.h>
#include <string.h>

#include "base/api.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/name.h"
#include "base/text.h"
#include "rootfs/rootfs.h"
#include "rootfs/store.h"

bool pull_error_is_absence(int code)
{
	static const int absences[] = {ENETUNREACH, ETIMEDOUT, ECONNRESET, EREMOTEIO, ENOPKG};

	for (size_t i = 0; i < sizeof(absences) / sizeof(absences[0]); i++)
		if (code == absences[i])
			return true;
	return false;
}

int pull_run(const struct pull_job *job, struct ncrun_image **ret, struct ncrun_error *err)
{
	switch (job->reference->kind) {
	case PULL_ALPINE:
		return pull_alpine(job, ret, err);
	case PULL_DOCKER:
		return pull_docker(job, ret, err);
	}
	return error_set(err, EINVAL, "image '%s': no way to pull it", job->name);
}

/* A name that we made up must not take away somebody's image from elsewhere. */
static int check_derived_name(struct ncrun_store *store, const char *text,
			      const struct pull_reference *reference, struct ncrun_error *err)
{
	_cleanup_(ncrun_image_unrefp) struct ncrun_image *image = NULL;
	struct ncrun_error ignored;
	const char *source;

	if (reference->kind == PULL_ALPINE)
		return 0;
	if (!*reference->name)
		return error_set(err, EINVAL,
				 "image '%s': too long for a name in the store: give one", text);
	if (ncrun_image_open(store, reference->name, &image, &ignored) < 0)
		return 0;
	source = ncrun_image_info(image)->source;
	if (text_equal(source, reference->location))
		return 0;
	return error_set(err, EEXIST,
			 "image '%s' is in the store already, from '%s': give '%s' another name",
			 reference->name, source, text);
}

/* A program built against an older header knows less of the struct. */
static int complete_options(const struct ncrun_pull_options *options,
			    struct ncrun_pull_options *ret, struct ncrun_error *err)
{
	if (options && (options->size < sizeof(options->size) || options->size > sizeof(*ret)))
		return error_set(err, EINVAL, "pull options of a size this library does not know");
	if (options)
		memcpy(ret, options, options->size);
	ret->size = sizeof(*ret);
	if (ret->import.size == 0) /* left out, which means defaults */
		ret->import.size = sizeof(ret->import);
	return 0;
}

NCRUN_API int ncrun_image_pull(struct ncrun_store *store, const char *reference_text,
			       const char *name, const struct ncrun_pull_options *options,
			       struct ncrun_image **ret, struct ncrun_error *err)
{
	_cleanup_(ncrun_image_unrefp) struct ncrun_image *image = NULL;
	struct ncrun_pull_options all = NCRUN_PULL_OPTIONS_INIT;
	struct pull_reference reference;
	struct pull_job job;
	int r;

	r = complete_options(options, &all, err);
	if (r < 0)
		return r;
	r = pull_reference_parse(reference_text, &reference, err);
	if (r < 0)
		return r;
	r = name ? image_name_check(name, err)
		 : check_derived_name(store, reference_text, &reference, err);
	if (r < 0)
		return r;

	job = (struct pull_job){
		.store = store,
		.reference = &reference,
		.name = name ? name : reference.name,
		.options = &all,
		.connect_timeout_ms = PULL_CONNECT_TIMEOUT_MS,
		.stall_timeout_ms = all.timeout_ms ? all.timeout_ms : PULL_STALL_TIMEOUT_MS,
	};
	r = pull_run(&job, &image, err);
	if (r < 0)
		return error_wrap(err, r, "pull '%s'", reference_text);
	if (ret)
		*ret = take_ptr(image);
	return 0;
}
