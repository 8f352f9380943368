/* SPDX-License-Identifier: Apache-2.0 */

/* Handles on nodes that there are. */

#include <assert.h>

#include "base/api.h"
#include "base/error.h"
#include "runtime/maker.h"

int container_open_by(struct maker *maker, const char *name, struct ncrun_container **ret,
		      struct ncrun_error *err)
{
	_cleanup_(ncrun_container_unrefp) struct ncrun_container *container = NULL;
	const struct ncrun_context *context = maker_context(maker);
	struct state *state = NULL;
	int r;

	r = maker_state(maker, &state, err);
	if (r == 0)
		r = container_new(&container, err);
	if (r == 0)
		r = node_dir_open(state, name, &container->dir, err);
	if (r == 0)
		r = container_refresh(container, err);
	/* One that is damaged can be shown and removed. */
	if (r < 0 && !(container && container->damage < 0))
		return r;
	assert(container);
	container->dir.maker = maker_ref(maker);
	if (context) {
		container->notice = context->notice;
		container->notice_data = context->data;
	}
	*ret = take_ptr(container);
	return 0;
}

NCRUN_API int ncrun_container_open(const struct ncrun_context *context, const char *name,
				   struct ncrun_container **ret, struct ncrun_error *err)
{
	_cleanup_(maker_unrefp) struct maker *maker = NULL;
	int r = maker_new(context, &maker, err);

	if (r == 0)
		r = container_open_by(maker, name, ret, err);
	if (r == 0) /* it stays alone, and need not hold the state directory */
		(*ret)->dir.maker = maker_unref((*ret)->dir.maker);
	return r;
}
