/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/text.h"

/** What a root file system says of itself: os_release, and the architecture unless @out has it. */
void import_facts_add(int root_fd, struct text *out);

/** PRETTY_NAME of an os-release file into @out, fit for a terminal. */
void import_os_release(const char *content, struct text *out);
