/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NCRUN_SECCOMP_H
#define NCRUN_SECCOMP_H

/* Seccomp profiles: what one allows, and the filter it becomes. */

#include <stddef.h>
#include <stdint.h>

#include <ncrun/error.h>

#ifdef __cplusplus
extern "C" {
#endif

struct ncrun_seccomp;

/**
 * ncrun_seccomp_open() - read a profile and work out what it means here
 * @name:	"default", or a file in Docker's or OCI's JSON format
 * @capabilities: the set that `includes` and `excludes` are judged by; bit n = capability n
 *
 * Return: 0, or -EINVAL with line and column of what is wrong, -ENOENT, or
 * -ENOPKG when libseccomp is not installed.
 */
int ncrun_seccomp_open(const char *name, uint64_t capabilities, struct ncrun_seccomp **ret,
		       struct ncrun_error *err);
/** Accepts NULL, returns NULL. */
struct ncrun_seccomp *ncrun_seccomp_unref(struct ncrun_seccomp *seccomp);

/** One system call as the profile treats it; borrowed from the handle. */
struct ncrun_seccomp_rule {
	const char *syscall;
	int number;            /* on this architecture; -1 = unknown here */
	const char *action;    /* "allow", "errno", "kill-process", "log", ... */
	int error;             /* for "errno": e.g. 1 for EPERM */
	const char *condition; /* "arg0 & 0xffffffff == 2, ..."; "" = always */
	const char *comment;   /* of the group, or "" */
};

/**
 * ncrun_seccomp_explain() - the profile's verdicts, sorted by system call
 *
 * Lists every system call that libseccomp or the profile knows by name; what no
 * rule names has the default action. Alternatives of one call follow each other.
 */
int ncrun_seccomp_explain(struct ncrun_seccomp *seccomp, const struct ncrun_seccomp_rule **ret,
			  size_t *ret_count, struct ncrun_error *err);

/** The default action ("errno") and its errno value. */
const char *ncrun_seccomp_default_action(const struct ncrun_seccomp *seccomp, int *ret_error);

/** The compiled filter: @ret_count instructions of 8 bytes (struct sock_filter); borrowed. */
int ncrun_seccomp_bpf(struct ncrun_seccomp *seccomp, const void **ret, size_t *ret_count,
		      struct ncrun_error *err);

/**
 * ncrun_seccomp_export() - what the profile means here, for other runtimes
 * @ret:	linux.seccomp of an OCI config.json: for this architecture, without
 *		`includes` and `excludes`; borrowed
 */
int ncrun_seccomp_export(struct ncrun_seccomp *seccomp, const char **ret, struct ncrun_error *err);

#ifdef __cplusplus
}
#endif

#endif
