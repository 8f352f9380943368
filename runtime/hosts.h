/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* A node's /etc/hosts, /etc/hostname and /etc/resolv.conf; see also container_write_hosts(). */

#include "runtime/container.h"

enum {
	HOSTS_FILE_HOSTS,
	HOSTS_FILE_NAME,
	HOSTS_FILE_RESOLV,
	HOSTS_FILES
};

/** Is each of the list NAME:IP? -EINVAL. */
int hosts_check(const char *const *entries, struct ncrun_error *err);

/** Is each of the list an address? -EINVAL. */
int dns_check(const char *const *servers, struct ncrun_error *err);

/** Make the first two files in the node's directory; their descriptors are the caller's. */
int hosts_create(int dir_fd, const char *hostname, const char *const *entries,
		 int ret_fds[HOSTS_FILES], struct ncrun_error *err);

/** Make the third, with a line for each of @servers. */
int dns_create(int dir_fd, const char *const *servers, int *ret_fd, struct ncrun_error *err);
