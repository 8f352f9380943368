/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * runtime - one container's life: specification, start, exec, stop, removal;
 * its init, its terminal, its state on disk.
 *
 * Composes the mechanisms below it (netns, cgroups, rootfs, seccomp). Knows
 * nothing of OCI files, topologies or the command line: those become a struct
 * ncrun_container_spec. Its interface is public: <ncrun/container.h>.
 */

#include <stddef.h>

#include <ncrun/container.h>

#include "base/cleanup.h"
#include "base/text.h"

DEFINE_CLEANUP(struct ncrun_container *, ncrun_container_unref);

/*
 * ncrun_container_create() and ncrun_container_start_created() in two steps each, so
 * that the starts of many nodes overlap. All return 0 or a negative errno; a node
 * that failed is undone by ncrun_container_unref().
 */

/** struct maker - what the nodes that one process makes or opens share, found and opened once */
struct maker;
/** @context is borrowed while nodes are made. */
int maker_new(const struct ncrun_context *context, struct maker **ret, struct ncrun_error *err);
struct maker *maker_unref(struct maker *maker);
DEFINE_CLEANUP(struct maker *, maker_unref);

/** ncrun_container_open() of many: they share what finds them and their groups. */
int container_open_by(struct maker *maker, const char *name, struct ncrun_container **ret,
		      struct ncrun_error *err);
/** Of one that was looked at: does it run? An error if that is not known: its state is damaged, and
 * its process could not be looked for. */
int container_runs(const struct ncrun_container *container, bool *ret, struct ncrun_error *err);
/** Make a node; its first process may still be at work. @hold: its commands wait for the release.
 */
int container_make(struct maker *maker, const struct ncrun_container_spec *spec, bool hold,
		   struct ncrun_container **ret, struct ncrun_error *err);
/** Wait until all of a held node is made. */
int container_await_made(struct ncrun_container *container, struct ncrun_error *err);
/** Let the commands of a held node start... */
int container_release(struct ncrun_container *container, struct ncrun_error *err);
/** ... and wait until they have. */
int container_await_started(struct ncrun_container *container, struct ncrun_error *err);

/* ---- names -------------------------------------------------------------------------- */

/**
 * container_write_hosts() - give a node other content for its /etc/hosts
 * @text:	all of it, @size bytes
 *
 * In place, so that the node sees it at once, unless a volume of its own covers the file.
 * -ENOENT: a writable root keeps its own. -E2BIG: beyond 1 MiB.
 */
int container_write_hosts(struct ncrun_container *container, const char *text, size_t size,
			  struct ncrun_error *err);
/** What a node's hosts file begins with: localhost and itself; then @entries, "NAME:IP". */
void container_hosts_text(struct text *text, const char *hostname, const char *const *entries);

/** Ask a node to end, as ncrun_container_stop() does, but do not wait: that call does then. */
int container_stop_begin(struct ncrun_container *container, uint64_t grace_ms,
			 struct ncrun_error *err);

/* ---- networks are directories of nodes (state.c) -------------------------------------------- */

/** Open that of a network; @create: make it if it is not there. -ENOENT. */
int network_dir_open(const struct ncrun_context *context, const char *network, bool create,
		     int *ret_fd, struct ncrun_error *err);
/** What tells two state directories apart: "" for the usual one. @ret: STATE_TAG_MAX bytes. */
#define STATE_TAG_MAX 16
int state_tag(const struct ncrun_context *context, char *ret, struct ncrun_error *err);
/** Names of all that are there, sorted; release with strings_free(). */
int network_dir_list(const struct ncrun_context *context, char ***ret, struct ncrun_error *err);
/** Remove one that is empty; -ENOTEMPTY, -ENOENT. */
int network_dir_remove(const struct ncrun_context *context, const char *network,
		       struct ncrun_error *err);
/**
 * sysctl_path() - the file below /proc/sys for "name=value" (sysctl.c)
 * @assignment:	with a "-" before it the kernel may lack it, as in sysctl.conf(5)
 * @ret_path:	"net/ipv4/ip_forward", of @size bytes
 *
 * Only what a namespace of the node's own holds; -EPERM for any other.
 */
int sysctl_path(const char *assignment, char *ret_path, size_t size, const char **ret_value,
		struct ncrun_error *err);
