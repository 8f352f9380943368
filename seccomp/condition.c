/* SPDX-License-Identifier: Apache-2.0 */

#include "seccomp/condition.h"

#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>

#include "base/text.h"

static const struct {
	const char *profile_name;
	const char *sign;
} comparisons[] = {
	[COMPARE_NE] = {"SCMP_CMP_NE", "!="},
	[COMPARE_LT] = {"SCMP_CMP_LT", "<"},
	[COMPARE_LE] = {"SCMP_CMP_LE", "<="},
	[COMPARE_EQ] = {"SCMP_CMP_EQ", "=="},
	[COMPARE_GE] = {"SCMP_CMP_GE", ">="},
	[COMPARE_GT] = {"SCMP_CMP_GT", ">"},
	[COMPARE_MASKED_EQ] = {"SCMP_CMP_MASKED_EQ", "=="},
};

/* Which arguments are an int (one digit each) or a umode_t (16 bits) in the kernel. */
static const struct {
	const char *syscall;
	const char *ints;
	const char *modes;
} narrow[] = {
	{"accept4", "03", ""},
	{"arch_prctl", "0", ""},
	{"bpf", "02", ""},
	{"chmod", "", "1"},
#ifdef __s390x__
	{"clone", "1", ""},
#else
	{"clone", "0", ""}, /* the flags: lower_32_bits() in kernel/fork.c */
#endif
	{"creat", "", "1"},
	{"epoll_create1", "0", ""},
	{"eventfd2", "01", ""},
	{"fchmod", "0", "1"},
	{"fchmodat", "0", "2"},
	{"fchmodat2", "03", "2"},
	{"fcntl", "01", ""},
	{"fcntl64", "01", ""},
	{"flock", "01", ""},
	{"futex", "12", ""},
	{"getsockopt", "012", ""},
	{"ioctl", "01", ""},
	{"kcmp", "012", ""},
	{"keyctl", "0", ""},
	{"kill", "01", ""},
	{"madvise", "2", ""},
	{"memfd_create", "1", ""},
	{"mkdir", "", "1"},
	{"mkdirat", "0", "2"},
	{"mknod", "2", "1"},
	{"mknodat", "03", "2"},
	{"mlockall", "0", ""},
	{"open", "1", "2"},
	{"openat", "02", "3"},
	{"perf_event_open", "123", ""},
	{"personality", "0", ""},
	{"pidfd_open", "01", ""},
	{"pipe2", "1", ""},
	{"prctl", "0", ""},
	{"prlimit64", "01", ""},
	{"quotactl", "02", ""},
	{"reboot", "012", ""},
	{"sched_setscheduler", "01", ""},
	{"seccomp", "01", ""},
	{"semctl", "012", ""},
	{"setns", "01", ""},
	{"setpriority", "012", ""},
	{"setsockopt", "012", ""},
	{"shmctl", "01", ""},
	{"socket", "012", ""},
	{"socketcall", "0", ""},
	{"socketpair", "012", ""},
	{"syslog", "02", ""},
	{"tgkill", "012", ""},
	{"tkill", "01", ""},
	{"umount2", "1", ""},
	{"userfaultfd", "0", ""},
};

#define INT_BITS  UINT64_C(0xffffffff)
#define MODE_BITS UINT64_C(0xffff)

bool comparison_parse(const char *text, enum comparison *ret)
{
	for (size_t i = 0; i < sizeof(comparisons) / sizeof(comparisons[0]); i++) {
		if (text_equal(text, comparisons[i].profile_name)) {
			*ret = (enum comparison)i;
			return true;
		}
	}
	return false;
}

const char *comparison_profile_name(enum comparison comparison)
{
	return comparisons[comparison].profile_name;
}

static bool has_digit(const char *digits, unsigned int index)
{
	for (; *digits; digits++) {
		if ((unsigned int)(*digits - '0') == index)
			return true;
	}
	return false;
}

static uint64_t argument_width(const char *syscall, unsigned int index)
{
	for (size_t i = 0; i < sizeof(narrow) / sizeof(narrow[0]); i++) {
		if (!text_equal(narrow[i].syscall, syscall))
			continue;
		if (has_digit(narrow[i].ints, index))
			return INT_BITS;
		return has_digit(narrow[i].modes, index) ? MODE_BITS : UINT64_MAX;
	}
	return UINT64_MAX;
}

/* A value fits if the bits above are all clear, or all set: a negative number. */
static bool fits(uint64_t value, uint64_t width)
{
	return (value & ~width) == 0 || (value & ~width) == ~width;
}

void condition_narrow(struct condition *condition, const char *syscall)
{
	uint64_t width = argument_width(syscall, condition->index);
	bool masked = condition->comparison == COMPARE_MASKED_EQ;

	/* A limit beyond what the kernel looks at means something that only its author knows. */
	if (!fits(masked ? condition->value_two : condition->value, width))
		return;
	condition->width = width;
	condition->value &= width;
	condition->value_two &= width;
}

void condition_print(const struct condition *condition, char ret[CONDITION_TEXT_SIZE])
{
	const char *sign = comparisons[condition->comparison].sign;
	bool masked = condition->comparison == COMPARE_MASKED_EQ;
	uint64_t mask = masked ? condition->value : condition->width;
	uint64_t value = masked ? condition->value_two : condition->value;

	if (mask == UINT64_MAX)
		snprintf(ret, CONDITION_TEXT_SIZE, "arg%u %s %#" PRIx64, condition->index, sign,
			 value);
	else
		snprintf(ret, CONDITION_TEXT_SIZE, "arg%u & %#" PRIx64 " %s %#" PRIx64,
			 condition->index, mask, sign, value);
}

bool condition_matches(const struct condition *condition, uint64_t argument)
{
	argument &= condition->width;
	switch (condition->comparison) {
	case COMPARE_NE:
		return argument != condition->value;
	case COMPARE_LT:
		return argument < condition->value;
	case COMPARE_LE:
		return argument <= condition->value;
	case COMPARE_EQ:
		return argument == condition->value;
	case COMPARE_GE:
		return argument >= condition->value;
	case COMPARE_GT:
		return argument > condition->value;
	case COMPARE_MASKED_EQ:
		return (argument & condition->value) == (condition->value_two & condition->value);
	}
	return false;
}
