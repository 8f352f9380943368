/* SPDX-License-Identifier: Apache-2.0 */

/* Limits as text, as they would be asked for. */

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "cgroups/limits.h"

#define MILLION 1000000u

void limit_print_size(uint64_t bytes, char *text, size_t size)
{
	static const char units[] = "KMGT";
	size_t unit = 0;

	if (bytes == NCRUN_LIMIT_NONE) {
		snprintf(text, size, "max");
		return;
	}
	while (unit < strlen(units) && bytes > 0 && bytes % 1024 == 0) {
		bytes /= 1024;
		unit++;
	}
	snprintf(text, size, "%" PRIu64 "%.*s", bytes, unit > 0 ? 1 : 0,
		 unit > 0 ? &units[unit - 1] : "");
}

int limit_print_cpus(const struct ncrun_limits *limits, size_t index, char *text, size_t size)
{
	uint64_t whole = limits->cpu_millionths / MILLION;
	unsigned int fraction = (unsigned int)(limits->cpu_millionths % MILLION);
	int digits = 6;

	if (index > 0 || limits->cpu_millionths == 0)
		return 0;
	if (limits->cpu_millionths == NCRUN_LIMIT_NONE)
		return snprintf(text, size, "max");
	if (fraction == 0)
		return snprintf(text, size, "%" PRIu64, whole);
	for (; fraction % 10 == 0; digits--)
		fraction /= 10;
	return snprintf(text, size, "%" PRIu64 ".%0*u", whole, digits, fraction);
}

int limit_print_period(const struct ncrun_limits *limits, size_t index, char *text, size_t size)
{
	if (index > 0 || limits->cpu_period_us == 0)
		return 0;
	return snprintf(text, size, "%" PRIu64 "ms", limits->cpu_period_us / 1000);
}

static int print_size(uint64_t bytes, char *text, size_t size)
{
	char number[24];

	limit_print_size(bytes, number, sizeof(number));
	return snprintf(text, size, "%s", number);
}

int limit_print_swap(const struct ncrun_limits *limits, size_t index, char *text, size_t size)
{
	if (index > 0 || !limits->swap_set)
		return 0;
	if (limits->swap_max == 0)
		return snprintf(text, size, "none");
	return print_size(limits->swap_max, text, size);
}

int limit_print_oom(const struct ncrun_limits *limits, size_t index, char *text, size_t size)
{
	if (index > 0 || limits->oom == NCRUN_OOM_UNSET)
		return 0;
	return snprintf(text, size, "%s", limits->oom == NCRUN_OOM_GROUP ? "group" : "process");
}

int limit_print_io(const struct ncrun_limits *limits, size_t index, char *text, size_t size)
{
	_cleanup_text_ struct text out = {0};
	const struct ncrun_io_limit *limit;
	char separator = ':';
	char number[24];

	if (index >= limits->io_count)
		return 0;
	limit = &limits->io[index];
	if (limit->path)
		text_append(&out, limit->path);
	else
		text_printf(&out, "%u:%u", limit->major, limit->minor);
	for (int i = 0; i < 4; i++) {
		static const char *const keys[] = {"rbps", "wbps", "riops", "wiops"};
		const uint64_t values[] = {limit->read_bytes, limit->write_bytes, limit->read_ios,
					   limit->write_ios};

		if (values[i] == 0)
			continue;
		if (i < 2 || values[i] == NCRUN_LIMIT_NONE)
			limit_print_size(values[i], number, sizeof(number));
		else
			snprintf(number, sizeof(number), "%" PRIu64, values[i]);
		text_append_char(&out, separator);
		separator = ',';
		text_printf(&out, "%s=%s", keys[i], number);
	}
	return snprintf(text, size, "%s", text_string(&out));
}

int limit_print_hugetlb(const struct ncrun_limits *limits, size_t index, char *text, size_t size)
{
	char page[24], most[24];

	if (index >= limits->hugetlb_count)
		return 0;
	limit_print_size(limits->hugetlb[index].page_bytes, page, sizeof(page));
	limit_print_size(limits->hugetlb[index].max_bytes, most, sizeof(most));
	return snprintf(text, size, "%s:%s", page, most);
}

int limit_print_device(const struct ncrun_limits *limits, size_t index, char *text, size_t size)
{
	const struct ncrun_device_rule *rule;
	char access[4] = "", numbers[32];
	size_t n = 0;

	if (index >= limits->device_count)
		return 0;
	rule = &limits->devices[index];
	for (unsigned int i = 0; i < 3; i++)
		if (rule->access & 1u << i)
			access[n++] = "rwm"[i];
	access[n] = '\0';
	snprintf(numbers, sizeof(numbers), "%c:%u:%u", rule->type, rule->major, rule->minor);
	return snprintf(text, size, "%s:%s", rule->path ? rule->path : numbers, access);
}

int limit_print_key(const struct ncrun_limits *limits, size_t index, char *text, size_t size)
{
	if (index >= strings_count((const char *const *)limits->keys))
		return 0;
	return snprintf(text, size, "%s", limits->keys[index]);
}

int limit_print_common(const struct ncrun_limits *limits, const struct limit_shape *shape,
		       char *text, size_t size)
{
	const void *field = (const char *)limits + shape->offset;
	const char *list;
	uint64_t number;

	if (shape->form == LIMIT_FORM_CPU_LIST) {
		list = *(const char *const *)field;
		return list ? snprintf(text, size, "%s", list) : 0;
	}
	number = *(const uint64_t *)field;
	if (number == 0)
		return 0;
	if (shape->form == LIMIT_FORM_SIZE || number == NCRUN_LIMIT_NONE)
		return print_size(number, text, size);
	return snprintf(text, size, "%" PRIu64, number);
}
