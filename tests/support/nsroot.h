/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * A node's root file system without a runtime: namespaces, the mounts of
 * rootfs/, and a function that looks at them from inside.
 */

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include <ncrun/error.h>

#include "base/error.h"
#include "rootfs/rootfs.h"

/** First id of the user namespace. */
#define NSROOT_ID_BASE 100000

/**
 * nsroot_setup() - cmocka group setup: a mount namespace with an empty /tmp
 *
 * Everything a test makes in /tmp vanishes with it.
 */
int nsroot_setup(void **state);
/** Call first in each test: skips where the caller is not root. */
void nsroot_required(void);

/** Make a small image at @path: /etc/{passwd,motd}, /bin, /var, /proc, /sys, /dev. Returns O_PATH.
 */
int nsroot_image(const char *path);
/** The usual node on @root_fd: a user and a network namespace, all else by default. */
struct rootfs_spec nsroot_spec(int root_fd);
/** Mount an empty file system of the best kind that tests can have. */
void nsroot_mount(const char *path);
/** Make a file with @content, or fail the test. */
void nsroot_file(const char *path, const char *content);

typedef int (*nsroot_inside)(void *data, struct ncrun_error *err);

/**
 * nsroot_run() - plan, prepare, enter and seal, then call @inside in the node
 *
 * Returns what failed first, in any of them.
 */
int nsroot_run(const struct rootfs_spec *spec, nsroot_inside inside, void *data,
	       struct ncrun_error *err);

/**
 * nsroot_run_all_ways() - the same in every way there is to make the mounts
 *
 * With and without layers by descriptor and a user namespace, and by the child.
 */
int nsroot_run_all_ways(struct rootfs_spec spec, nsroot_inside inside, void *data,
			struct ncrun_error *err);

/**
 * nsroot_run_replacing() - the same for what replaces a directory of the image
 *
 * Before Linux 6.6 a node made by the child cannot: its overlay wants extended
 * attributes of its tmpfs for that, which there are none. That way is left out.
 */
int nsroot_run_replacing(struct rootfs_spec spec, nsroot_inside inside, void *data,
			 struct ncrun_error *err);

/** struct nsroot_times - microseconds of the last run */
struct nsroot_times {
	double plan, prepare, begin, guard, enter, seal;
};
extern struct nsroot_times nsroot_times;

/*
 * For functions that run inside, where cmocka cannot report. The first that does
 * not hold is what the function returns: return inside_result(err).
 */
#define inside_true(condition) \
	(errno = 0, inside_record((condition), __FILE__, __LINE__, #condition, err))
/** The call returns -1 with this errno. */
#define inside_fails(call, code) inside_true((call) < 0 && errno == (code))

void inside_record(bool holds, const char *file, int line, const char *text,
		   struct ncrun_error *err);
int inside_result(const struct ncrun_error *err);
/** Open and close: 0, or -1 with errno. */
int inside_open(const char *path, int flags);

/** First line of a file, without its newline; "" if it is empty or cannot be read. */
const char *inside_line(const char *path, char *buffer, size_t size);
/** Whether a mount of mountinfo stands at @target; its line in @ret_line. */
bool inside_mounted(const char *target, char *ret_line, size_t size);
/** Entries of a directory, without . and ..; -1 if it cannot be read. */
int inside_count(const char *path);
