/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <ncrun/error.h>

/** Names of nodes, networks, images and services match [A-Za-z0-9][A-Za-z0-9_.-]{0,62}. @what:
 * "node". */
int name_check(const char *what, const char *name, struct ncrun_error *err);
