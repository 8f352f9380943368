/* SPDX-License-Identifier: Apache-2.0 */

#include "cgroups/plan.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"

#define VALUE_MAX 4200

static size_t text_keep(struct plan *plan, const char *string)
{
	size_t offset;

	if (plan->text.length == 0)
		text_append_char(&plan->text, '\0'); /* offset 0 = none */
	offset = plan->text.length;
	text_append_bytes(&plan->text, string, strlen(string) + 1);
	return offset;
}

struct setting *plan_add(struct plan *plan, enum limit_id limit, const char *file, const char *fmt,
			 ...)
{
	struct setting *added;
	char value[VALUE_MAX];
	va_list arguments;

	va_start(arguments, fmt);
	if (vsnprintf(value, sizeof(value), fmt, arguments) >= (int)sizeof(value))
		plan->failed = true;
	va_end(arguments);
	added = array_add((void **)&plan->settings, &plan->count, sizeof(*added));
	if (!added) {
		plan->failed = true;
		return &plan->nowhere;
	}
	*added = (struct setting){
		.limit = limit,
		.hierarchy = plan->hierarchy,
		.file = text_keep(plan, file),
		.value = text_keep(plan, value),
		.missing = "",
	};
	return added;
}

void plan_select(struct plan *plan, struct setting *setting, const char *device, const char *unset)
{
	char line[128];

	snprintf(line, sizeof(line), "%s %s", device, unset);
	setting->select = text_keep(plan, device);
	setting->unset = text_keep(plan, line);
}

bool plan_failed(const struct plan *plan)
{
	return plan->failed || text_failed(&plan->text);
}

const char *plan_text(const struct plan *plan, size_t offset)
{
	return plan->text.chars + offset;
}

void plan_done(struct plan *plan)
{
	text_done(&plan->text);
	free(plan->settings);
	*plan = (struct plan){0};
}

uint32_t limits_asked(const struct ncrun_limits *limits)
{
	const struct {
		enum limit_id id;
		bool asked;
	} all[] = {
		{LIMIT_CPUS, limits->cpu_millionths != 0},
		{LIMIT_CPU_PERIOD, limits->cpu_period_us != 0},
		{LIMIT_CPU_WEIGHT, limits->cpu_weight != 0},
		{LIMIT_CPUSET, limits->cpuset_cpus != NULL},
		{LIMIT_CPUSET_MEMS, limits->cpuset_mems != NULL},
		{LIMIT_MEMORY, limits->memory_max != 0},
		{LIMIT_MEMORY_HIGH, limits->memory_high != 0},
		{LIMIT_MEMORY_LOW, limits->memory_low != 0},
		{LIMIT_SWAP, limits->swap_set},
		{LIMIT_OOM, limits->oom != NCRUN_OOM_UNSET},
		{LIMIT_PIDS, limits->pids_max != 0},
		{LIMIT_IO_WEIGHT, limits->io_weight != 0},
		{LIMIT_IO, limits->io_count != 0},
		{LIMIT_HUGETLB, limits->hugetlb_count != 0},
		{LIMIT_CGROUP, limits->keys && limits->keys[0]},
	};
	uint32_t asked = 0;

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		if (all[i].asked)
			asked |= 1u << all[i].id;
	return asked;
}

void limits_page_name(uint64_t page_bytes, char *text, size_t size)
{
	if (page_bytes >= 1u << 30)
		snprintf(text, size, "%" PRIu64 "GB", page_bytes >> 30);
	else if (page_bytes >= 1u << 20)
		snprintf(text, size, "%" PRIu64 "MB", page_bytes >> 20);
	else
		snprintf(text, size, "%" PRIu64 "KB", page_bytes >> 10);
}
