/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Children under a seccomp filter. */

#include <linux/filter.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/** Set no_new_privs and load the filter into this process; the listener's fd, 0, or -1 with errno.
 */
int confined_load(const struct sock_filter *instructions, size_t count, unsigned int flags);

/**
 * A child under the filter that calls @run and exits with what that returns.
 * Return: its exit status, or 128 + n if it died of signal n.
 */
int confined_run(const struct sock_filter *instructions, size_t count, int (*run)(void *data),
		 void *data);
