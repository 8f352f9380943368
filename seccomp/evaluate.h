/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdint.h>

/** What the kernel would get from the program for that call: SECCOMP_RET_* with data. Unknown
 * instructions kill. */
uint32_t program_evaluate(const struct sock_filter *instructions, size_t count,
			  const struct seccomp_data *data);
