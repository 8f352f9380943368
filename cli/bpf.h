/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Filters of the classic BPF kind as text, in the words of the kernel's bpf_asm. */

#include <linux/filter.h>
#include <stddef.h>

#include "base/text.h"

/** "  3: jeq  0x15           true 5 false 4": one line; targets are line numbers. */
void bpf_print(struct text *out, size_t line, const struct sock_filter *instruction);
