/* SPDX-License-Identifier: Apache-2.0 */

/* What only the parent may make: detached mounts, handed to the child as descriptors. */

#include <errno.h>

#include "base/error.h"
#include "rootfs/layers.h"
#include "rootfs/volume.h"

/** struct descriptors - those handed out so far; closed again on failure */
struct descriptors {
	int *fds;
	size_t count;
};

static void descriptors_close(struct descriptors *descriptors)
{
	while (descriptors->count > 0)
		closep(&descriptors->fds[--descriptors->count]);
}

static void hand_out(struct descriptors *descriptors, int fd)
{
	if (fd >= 0)
		descriptors->fds[descriptors->count++] = fd;
}

static int prepare_layers(const struct rootfs_plan *plan, struct layers *layers,
			  struct ncrun_error *err)
{
	int r = layers_make(plan, layers, err);

	if (r < 0)
		return r;
	if (plan->upper_path && layers->userns_fd >= 0)
		return layers_mount_in_helper(plan, layers, err);
	r = layers_mount(plan, false, layers, err);
	if (r != -EINVAL)
		return r;

	closep(&layers->root);
	closep(&layers->dev);
	return layers_mount_in_helper(plan, layers, err);
}

int rootfs_prepare(const struct rootfs_plan *plan, int userns_fd, int *ret_fds, size_t *ret_count,
		   struct ncrun_error *err)
{
	_cleanup_(layers_done) struct layers layers = LAYERS_NONE;
	_cleanup_(descriptors_close) struct descriptors out = {.fds = ret_fds};
	int r;

	if (plan->unprivileged) {
		*ret_count = 0;
		return 0;
	}
	layers.userns_fd = plan->userns ? userns_fd : -1;
	r = prepare_layers(plan, &layers, err);
	if (r < 0)
		return r;

	hand_out(&out, take_fd(layers.root));
	hand_out(&out, take_fd(layers.dev));
	for (size_t i = 0; i < plan->mount_count; i++) {
		if (plan->mounts[i].kind != PLANNED_VOLUME)
			continue;
		r = volume_clone(&plan->mounts[i], layers.userns_fd, &ret_fds[out.count], err);
		if (r < 0)
			return r;
		out.count++;
	}

	/* Detached mounts whose last descriptor is closed cost a grace period each. */
	hand_out(&out, take_fd(layers.lower));
	hand_out(&out, take_fd(layers.outer));
	hand_out(&out, take_fd(layers.base));
	*ret_count = out.count;
	out.count = 0;
	return 0;
}
