/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What the starts of nodes by one process share (maker.c). */

#include "runtime/container.h"

/**
 * struct node_root - a root file system, opened
 * @host:	the machine's own
 */
struct node_root {
	char *name; /* owned; as the specification has it, with ... */
	enum ncrun_pull_policy pull;
	char *mirror;              /* owned; NULL = the usual one */
	struct ncrun_image *image; /* owned; NULL = a directory */
	const char *digest;        /* of the image; "" = none */
	int fd;                    /* of the image, or owned */
	bool host;
};

struct maker *maker_ref(struct maker *maker);
const struct ncrun_context *maker_context(const struct maker *maker);

/** All that the following give is the maker's, and made when it is first asked for. */
int maker_state(struct maker *maker, struct state **ret, struct ncrun_error *err);
int maker_store(struct maker *maker, struct ncrun_store **ret, struct ncrun_error *err);
int maker_groups(struct maker *maker, struct cgroup_root **ret, struct ncrun_error *err);
/** The root of groups that were made at @location before, as the caller's reference. */
int maker_groups_at(struct maker *maker, const char *location, struct cgroup_root **ret,
		    struct ncrun_error *err);
/** ncrun-init, see init_program_open(), and its content, which is there when this has succeeded. */
int maker_program(struct maker *maker, int *ret_fd, struct ncrun_error *err);
int maker_program_fill(struct maker *maker, struct ncrun_error *err);
int maker_root(struct maker *maker, const struct ncrun_container_spec *spec,
	       const struct node_root **ret, struct ncrun_error *err);
/** @request without its cache. */
int maker_filter(struct maker *maker, const struct seccomp_request *request,
		 const struct seccomp_filter **ret, struct ncrun_error *err);
