/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Conditions on a system call's arguments.
 *
 * A filter sees 64 bits of each argument; the kernel takes fewer of many. A
 * comparison of all 64 can be walked around by setting bits that the kernel
 * then ignores (CVE-2019-10063), so a condition knows how many count.
 */

#include <stdbool.h>
#include <stdint.h>

#define CONDITION_MAX       6 /* arguments of a system call */
#define CONDITION_TEXT_SIZE 80

enum comparison {
	COMPARE_NE,
	COMPARE_LT,
	COMPARE_LE,
	COMPARE_EQ,
	COMPARE_GE,
	COMPARE_GT,
	COMPARE_MASKED_EQ,
};

/**
 * struct condition
 * @width:	the bits of the argument that count; UINT64_MAX = all
 * @value:	to compare with; for COMPARE_MASKED_EQ the mask
 * @value_two:	for COMPARE_MASKED_EQ what the masked argument must be
 */
struct condition {
	unsigned int index;
	enum comparison comparison;
	uint64_t width;
	uint64_t value;
	uint64_t value_two;
};

/** "SCMP_CMP_EQ"; false: no such operator. */
bool comparison_parse(const char *text, enum comparison *ret);
const char *comparison_profile_name(enum comparison comparison);

/** Compare only as many bits as the kernel takes of that argument of @syscall. */
void condition_narrow(struct condition *condition, const char *syscall);
/** "arg0 & 0xffffffff == 2" */
void condition_print(const struct condition *condition, char ret[CONDITION_TEXT_SIZE]);
/** Whether a call with that argument meets it. */
bool condition_matches(const struct condition *condition, uint64_t argument);
