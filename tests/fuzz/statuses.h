/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <string.h>

#include "base/text.h"
#include "runtime/init/protocol.h"

/** As init does it: of a status that is damaged nothing else is read. */
static inline void statuses_seal(struct text *text)
{
	struct init_status status;

	for (size_t at = 0; at + sizeof(status) <= text->length; at += sizeof(status)) {
		memcpy(&status, text->chars + at, sizeof(status));
		status.sum = init_status_sum(&status);
		memcpy(text->chars + at, &status, sizeof(status));
	}
}
