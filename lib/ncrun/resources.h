/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NCRUN_RESOURCES_H
#define NCRUN_RESOURCES_H

/* What a running node may use, and what it uses: limits, pausing, statistics. */

#include <stdbool.h>

#include <ncrun/container.h>
#include <ncrun/error.h>
#include <ncrun/limits.h>
#include <ncrun/stats.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * ncrun_container_set_limits() - change limits of a running node, all of them or none
 * @changes:	what is asked for anew; all else stays as it is
 * @force:	lower a limit below what is in use: the kernel reclaims memory then, and
 *		kills where that does not do
 *
 * What the node has afterwards is in struct ncrun_container_info.
 *
 * Return: 0, or a negative errno; nothing is changed then:
 *	-EINVAL	they contradict each other or those that the node has, or nothing is asked for
 *	-EBUSY	it is below what is in use (without @force)
 *	-ENOTCONN the node does not run
 *	-ENOTSUP the controller is not to be had, or the node was made without it
 */
int ncrun_container_set_limits(struct ncrun_container *container,
			       const struct ncrun_limits *changes, bool force,
			       struct ncrun_error *err);

/**
 * ncrun_container_pause() - stop all processes of a node where they are
 *
 * They get no time until ncrun_container_resume(), and hear of no signal; the node can be
 * stopped and removed all the same. One that is paused already is no error.
 *
 * Return: 0, or a negative errno: -ENOTCONN the node does not run, -ENOTSUP no freezer here,
 * -ETIMEDOUT a process cannot be stopped: then all go on.
 */
int ncrun_container_pause(struct ncrun_container *container, struct ncrun_error *err);
/** Let them go on. One that is not paused is no error. */
int ncrun_container_resume(struct ncrun_container *container, struct ncrun_error *err);

/**
 * ncrun_container_stats() - what the node uses and has used, with its interfaces
 * @ret:	of NCRUN_STATS_INIT or cleared; release with ncrun_stats_clear()
 *
 * Return: 0, or -ENOTCONN when the node does not run. What the machine does not count is
 * NCRUN_STAT_UNKNOWN.
 */
int ncrun_container_stats(struct ncrun_container *container, struct ncrun_stats *ret,
			  struct ncrun_error *err);

#ifdef __cplusplus
}
#endif

#endif
