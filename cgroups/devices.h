/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Filters of devices as programs for the kernel (BPF_PROG_TYPE_CGROUP_DEVICE). */

#include <linux/bpf.h>
#include <stddef.h>

#include <ncrun/limits.h>

#define DEVICE_PROGRAM_MAX (8 + 257 * 9)

/** Assemble the program of @rules, of which the last that fits decides; what none fits is denied.
 * How many instructions; 0 when it has more than DEVICE_PROGRAM_MAX. */
size_t device_program(const struct ncrun_device_rule *rules, size_t count, struct bpf_insn *ret);
