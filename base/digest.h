/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* SHA-256 by libcrypto, loaded on first use. */

#include <stddef.h>

#include <ncrun/error.h>

#include "base/cleanup.h"

#define DIGEST_TEXT_SIZE 65 /* 64 hexadecimal digits and a NUL */

struct digest;

int digest_new(struct digest **ret, struct ncrun_error *err);
void digest_update(struct digest *digest, const void *bytes, size_t size);
/** Finish and write the text form; the object can then only be freed. */
void digest_finish(struct digest *digest, char ret[DIGEST_TEXT_SIZE]);
struct digest *digest_free(struct digest *digest);
DEFINE_CLEANUP(struct digest *, digest_free);
