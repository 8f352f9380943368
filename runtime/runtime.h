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

#include <ncrun/container.h>

#include "base/cleanup.h"

DEFINE_CLEANUP(struct ncrun_container *, ncrun_container_unref);
