/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Where a profile's text comes from. */

#include <stddef.h>

#include <ncrun/error.h>

#include "seccomp/expansion.h"
#include "seccomp/seccomp.h"

/** struct source - @name for messages, @text and @digest borrowed, @owned what of it is to be freed
 */
struct source {
	const char *name;
	const char *text;
	size_t length;
	const char *digest; /* of the built-in profile; else NULL: compare the text */
	char *owned;
};

/** @request says "unconfined" to others. -ENOENT when @profile is no word of ours and no file. */
int source_open(const struct seccomp_request *request, struct source *ret, struct ncrun_error *err);
void source_done(struct source *source);

/** KERNEL_RELEASE() of a uname(2) release: "6.1.0-13-amd64". */
unsigned int kernel_release_parse(const char *release);
