/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * A profile as its file says it: Docker's format, of which OCI's linux.seccomp
 * is a part. What it means on this machine is expansion.h.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <ncrun/error.h>

#include "base/cleanup.h"
#include "base/document.h"
#include "seccomp/action.h"
#include "seccomp/condition.h"

/** KERNEL_VERSION(4, 8): what minKernel can say. */
#define KERNEL_RELEASE(version, level) (((version) << 8) | (level))

/**
 * struct profile_test - `includes` or `excludes`; zero = not given
 * @capabilities: bit n = capability n
 * @unknown_capability: one is named that this machine does not have
 * @architectures: set of architecture.h
 * @kernel:	KERNEL_RELEASE()
 */
struct profile_test {
	uint64_t capabilities;
	bool unknown_capability;
	uint32_t architectures;
	unsigned int kernel;
};

/** struct profile_rule - @comment: "" if none; strings belong to the document */
struct profile_rule {
	const char **names; /* owned */
	size_t name_count;
	struct action action;
	struct condition *conditions; /* owned; not narrowed yet */
	size_t condition_count;
	const char *comment;
	struct profile_test includes, excludes;
};

/** struct profile_family - one line of archMap: an architecture and those that run beside it */
struct profile_family {
	unsigned int architecture;
	uint32_t others;
};

/**
 * struct profile
 * @off:	neither a default action nor rules: no filter at all
 * @architectures: the list of that name, as a set
 */
struct profile {
	struct document *document; /* owned */
	bool off;
	struct action default_action;
	uint32_t architectures;
	struct profile_family *families; /* owned */
	size_t family_count;
	struct profile_rule *rules; /* owned */
	size_t rule_count;
	uint32_t flags; /* SECCOMP_FILTER_FLAG_* */
	const char *listener_path;
	const char *listener_metadata;
};

/** @name stands in messages. -EINVAL with line and column. */
int profile_parse(const char *name, const char *text, size_t length, struct profile **ret,
		  struct ncrun_error *err);
struct profile *profile_free(struct profile *profile);
DEFINE_CLEANUP(struct profile *, profile_free);
