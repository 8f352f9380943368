/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Groups for a test, below a directory of its own that goes with it. */

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "cgroups/cgroups.h"

/** Fixtures of a test: a root in "ncrun-test-PID", and the removal of all that is left in it. */
int cgroup_lab_setup(void **state);
int cgroup_lab_teardown(void **state);

extern struct cgroup_root *cgroup_lab_root;
extern struct ncrun_error err;

/** Skip the test unless these controllers are to be had. */
void cgroup_lab_require(uint32_t controllers);
/** Where one controller is: 1, 2, or 0 for nowhere. */
int cgroup_lab_version(uint32_t controller);

/** Limits from "NAME", "VALUE", ... */
struct ncrun_limits cgroup_lab_limits(const char *const *words);
#define LIMITS(...)      cgroup_lab_limits((const char *const[]){__VA_ARGS__, NULL})
#define _cleanup_limits_ _cleanup_(ncrun_limits_clear)

/** Make "lab/NAME" with limits (NULL-terminated words as above). */
struct cgroup *cgroup_lab_make(const char *name, uint32_t flags, const char *const *words);
#define MAKE(name, flags, ...) \
	cgroup_lab_make((name), (flags), (const char *const[]){__VA_ARGS__, NULL})

/** A child that is in the group before it calls @run, and exits with what that returns. */
pid_t cgroup_lab_spawn(const struct cgroup *cgroup, int (*run)(void *data), void *data);
/** Wait for it: its exit code, or 128 + signal. */
int cgroup_lab_wait(pid_t pid);
int cgroup_lab_run(const struct cgroup *cgroup, int (*run)(void *data), void *data);

/** For @run: sleep for ever. */
int cgroup_lab_sleep(void *data);
/** For @run: keep a CPU busy for ever. */
int cgroup_lab_spin(void *data);
/** For @run: use so many MiB of memory (uintptr_t), then exit 0. */
int cgroup_lab_eat(void *mebibytes);

/** Is any process, be it a zombie, in it or below it? */
bool cgroup_lab_populated(const struct cgroup *cgroup);
/** Wait until none is, for some seconds; false: some still are. */
bool cgroup_lab_emptied(const struct cgroup *cgroup);

/** Path of a group's directory where the controller is; static. */
const char *cgroup_lab_path(const char *name, uint32_t controller);
/** First line of a file in it, without newline; static. "" if it cannot be read. */
const char *cgroup_lab_file(const char *name, uint32_t controller, const char *file);
