/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Which files get which values: what limits mean to one hierarchy. Decided here, done elsewhere. */

#include "base/text.h"
#include "cgroups/limits.h"

/**
 * struct setting - one file to write
 * @file, @value: where in the plan's text
 * @select:	of a file with a line for each device: how ours begins ("8:0"); 0 = no such file
 * @unset:	what to write so that there is no such line; with @select
 * @optional:	a kernel without that file does what is asked by itself
 * @alternative: written only when the kernel lacks the file of the setting before it
 * @missing:	why the kernel may lack it, in brackets after the message; "" = not known
 */
struct setting {
	enum limit_id limit;
	size_t hierarchy;
	size_t file, value, select, unset;
	bool optional, alternative;
	const char *missing;
};

/** struct plan - settings in the order of writing; zero-initialised is empty */
struct plan {
	struct text text;
	struct setting *settings; /* owned */
	size_t count;
	size_t hierarchy;       /* of the settings that are added */
	struct setting nowhere; /* for callers of a plan that failed */
	bool failed;
};

/** Add one and return it until the next is added; out of memory is sticky, see plan_failed(). */
struct setting *plan_add(struct plan *plan, enum limit_id limit, const char *file, const char *fmt,
			 ...) __attribute__((format(printf, 4, 5)));
/** The line of @setting begins with "MAJOR:MINOR" and is undone by that and @unset. */
void plan_select(struct plan *plan, struct setting *setting, const char *device, const char *unset);
bool plan_failed(const struct plan *plan);
/** A string of the plan's text. */
const char *plan_text(const struct plan *plan, size_t offset);
void plan_done(struct plan *plan);

/** Limits that are asked for, 1u << enum limit_id; devices not among them. */
uint32_t limits_asked(const struct ncrun_limits *limits);
/** "2MB", as files of hugetlb are named. */
void limits_page_name(uint64_t page_bytes, char *text, size_t size);

/**
 * What @limits mean to a hierarchy with @controllers. @fresh: the group has just been made, so
 * defaults must be written too. Returns 0 or refuses what that version cannot do.
 */
int v2_plan(struct plan *plan, const struct ncrun_limits *limits, uint32_t controllers, bool fresh,
	    struct ncrun_error *err);
int v1_plan(struct plan *plan, const struct ncrun_limits *limits, uint32_t controllers, bool fresh,
	    struct ncrun_error *err);
