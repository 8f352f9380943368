/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NCRUN_SECURITY_H
#define NCRUN_SECURITY_H

/* What confines a running node: as the kernel has it, not as it was asked for. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <ncrun/container.h>
#include <ncrun/error.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * struct ncrun_security - the rights of a node's main command, and its walls
 *
 * All lists of strings end with NULL. Release them with ncrun_security_clear().
 *
 * @pid:	on the machine, of the process that was looked at: the main command, else a
 *		service; 0 = none runs, and ids, capabilities and @no_new_privs are those
 *		that one would get
 * @uid, @gid:	of that process, as the node has them
 * @uid_maps, @gid_maps: lines of its user namespace; none = it has none of its own
 * @inheritable ... @ambient: capabilities, bit n = capability n
 * @seccomp_mode: 0 = no filter, 2 = a filter
 * @seccomp_filters: how many; 0 = not known
 * @seccomp:	the profile: "default", "unconfined", "log" or a file
 * @shared:	namespaces that are the caller's, too: "user", "net" ...
 * @masked:	paths that show nothing
 * @read_only:	mounts that cannot be written to
 * @devices:	nodes in /dev that lead to a device: "null c 1:3"
 * @device_filter: the control group denies all others
 * @limits:	"nofile=1024:1048576" (soft and hard), "memory=67108864", "pids=64"
 * @differences: what is not as in a node without options, a phrase each
 */
struct ncrun_security {
	size_t size;

	pid_t pid;
	uint32_t uid, gid;
	struct ncrun_id_map *uid_maps, *gid_maps;
	size_t uid_map_count, gid_map_count;
	uint64_t inheritable, permitted, effective, bounding, ambient;
	bool no_new_privs;
	bool device_filter;
	unsigned int seccomp_mode;
	unsigned int seccomp_filters;
	char *seccomp;
	char **shared;
	char **masked;
	char **read_only;
	char **devices;
	char **limits;
	char **differences;
};

#define NCRUN_SECURITY_INIT ((struct ncrun_security){.size = sizeof(struct ncrun_security)})

/**
 * ncrun_container_security() - read what confines a node
 * @ret:	cleared or fresh
 *
 * Return: 0, or a negative errno; -ENOTCONN when the node does not run, -EACCES when the
 * caller may not look.
 */
int ncrun_container_security(struct ncrun_container *container, struct ncrun_security *ret,
			     struct ncrun_error *err);

/** Release what it holds; it is fresh afterwards. */
void ncrun_security_clear(struct ncrun_security *security);

#ifdef __cplusplus
}
#endif

#endif
