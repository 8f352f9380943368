/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What this machine offers: the tables behind `ncrun doctor`. What can be tried
 * is tried, in a child with namespaces of its own that end with it.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <ncrun/machine.h>

/** struct examination - the findings so far, and what later ones go by */
struct examination {
	struct ncrun_finding *findings; /* owned, and each @detail */
	size_t count;
	bool no_memory;
	bool root;
	bool has_userns; /* this user can make user namespaces that are good for something */
	char *modules;   /* owned; modules.dep, "" when this kernel has none */
};

/** struct probe - one thing to try; a static table of them is what an area is made of */
struct probe {
	const char *item;
	uint64_t namespaces;           /* CLONE_NEW* that the child is born into */
	int (*run)(void);              /* in the child: 0 or an errno; NULL = being born is all */
	enum ncrun_finding_state lack; /* what it means when it fails */
	const char *module; /* kernel module it is in, or NULL; must not be loaded by us */
	const char *cost, *remedy;
};

/** Add a finding; @cost and @remedy are static, and dropped when @state is OK. */
void examination_add(struct examination *examination, const struct ncrun_finding *finding,
		     const char *detail, ...) __attribute__((format(printf, 3, 4)));

/** Try each of a table. A user namespace is added wherever it can be, since a node has one too. */
void examination_try(struct examination *examination, const char *area, const struct probe *probes,
		     size_t count);

/** Run @body in a child born into @namespaces, with ids mapped and mounts private. 0 or an errno.
 */
int probe_run(uint64_t namespaces, int (*body)(void));

/** The ids that nodes can have. */
void machine_examine_ids(struct examination *examination);

/* One for each area, in order. */
void machine_examine_kernel(struct examination *examination);
void machine_examine_namespaces(struct examination *examination);
void machine_examine_cgroups(struct examination *examination);
void machine_examine_mounts(struct examination *examination);
void machine_examine_seccomp(struct examination *examination);
void machine_examine_network(struct examination *examination);
void machine_examine_programs(struct examination *examination);
void machine_examine_libraries(struct examination *examination);
