/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NCRUN_MACHINE_H
#define NCRUN_MACHINE_H

/* What this kernel and machine offer: the facts behind `ncrun doctor`. */

#include <stddef.h>

#include <ncrun/error.h>

#ifdef __cplusplus
extern "C" {
#endif

enum ncrun_finding_state {
	NCRUN_FINDING_OK,
	NCRUN_FINDING_DEGRADED, /* works, but slower or with less */
	NCRUN_FINDING_MISSING,  /* something cannot be done */
	NCRUN_FINDING_FATAL,    /* no node can start */
};

/**
 * struct ncrun_finding - one line of the doctor
 * @area:	"kernel", "namespaces", "cgroups", "mounts", "seccomp", "network", "programs",
 *		"libraries"
 * @item:	what was looked for
 * @detail:	what was found
 * @cost:	what one cannot do without it; "" when state is OK
 * @remedy:	how to get it; "" when state is OK
 */
struct ncrun_finding {
	const char *area;
	const char *item;
	enum ncrun_finding_state state;
	const char *detail;
	const char *cost;
	const char *remedy;
};

/** Examine the machine; release with ncrun_findings_free(). Changes nothing. */
int ncrun_machine_examine(struct ncrun_finding **ret, size_t *ret_count, struct ncrun_error *err);
void ncrun_findings_free(struct ncrun_finding *findings, size_t count);

/** "0.1.0" */
const char *ncrun_version(void);

#ifdef __cplusplus
}
#endif

#endif
