/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdint.h>

#include <ncrun/error.h>

/** "NET_ADMIN", "net_admin", "CAP_NET_ADMIN" to its number (libcap). */
int capability_parse(const char *text, unsigned int *ret, struct ncrun_error *err);
/** "NET_ADMIN"; "CAP_63" style for one without a name. Into @ret of 32 bytes. */
void capability_print(unsigned int capability, char ret[32]);
/** All that this kernel knows, bit n = capability n (/proc/sys/kernel/cap_last_cap). */
uint64_t capability_all(void);
