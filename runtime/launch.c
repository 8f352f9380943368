/* SPDX-License-Identifier: Apache-2.0 */

/*
 * The parent's side of a node's start.
 *
 * Everything that can be refused is looked at before anything is made
 * (node_plan_new). Then the name is claimed, which is the record of what
 * follows: all that a start makes is in the node's directory or dies with its
 * first process.
 */

#include "runtime/launch.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <linux/sched.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/api.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/file.h"
#include "base/process.h"

static struct launch *launch_new(void)
{
	struct launch *launch = malloc(sizeof(*launch));

	if (launch)
		*launch = (struct launch){
			.ids_lock = -1,
			.program_fd = -1,
			.config_fd = -1,
			.inner_channel = -1,
			.status_fd = -1,
			.listen_fd = -1,
			.log_fd = {-1, -1},
			.hosts_fd = {-1, -1, -1},
			.progress = CHANNEL_START_NONE,
		};
	return launch;
}

void launch_mounts_close(struct launch *launch)
{
	while (launch->mount_count > 0)
		close(launch->mounts[--launch->mount_count]);
}

/* Let go of what the first process has by now. */
static void launch_shed(struct launch *launch)
{
	closep(&launch->inner_channel);
	launch_mounts_close(launch);
	launch->rootfs = rootfs_plan_free(launch->rootfs);
	closep(&launch->ids_lock);
	closep(&launch->config_fd);
	closep(&launch->status_fd);
	closep(&launch->listen_fd);
	closep(&launch->log_fd[0]);
	closep(&launch->log_fd[1]);
	for (size_t i = 0; i < HOSTS_FILES; i++)
		closep(&launch->hosts_fd[i]);
}

struct launch *launch_free(struct launch *launch)
{
	if (!launch)
		return NULL;
	closep(&launch->inner_channel);
	if (launch->container) {
		struct ncrun_container *container = launch->container;

		struct ncrun_error err = {0};

		if (launch->made && (container_kill_now(container, &err) < 0 ||
				     container_forget(container, &err) < 0))
			container_notice(container, "not undone (see: ncrun clean): %s",
					 err.message);
		container->launch = NULL;
		ncrun_container_unref(container);
	}
	launch_shed(launch);
	node_plan_done(&launch->plan);
	channel_start_done(&launch->progress);
	maker_unref(launch->maker);
	free(launch);
	return NULL;
}

/* ---- before anything is made ------------------------------------------------------------ */

/* The rules of the limits that name a device and give it away are nodes in /dev, too. */
static size_t launch_devices(const struct ncrun_limits *limits,
			     struct rootfs_device devices[ROOTFS_DEVICES_MAX + 1])
{
	const uint32_t use = NCRUN_DEVICE_READ | NCRUN_DEVICE_WRITE;
	size_t count = 0;

	for (size_t i = 0; limits && i < limits->device_count; i++) {
		const struct ncrun_device_rule *rule = &limits->devices[i];

		if (rule->path && !rule->deny && (rule->access & use) &&
		    count <= ROOTFS_DEVICES_MAX)
			devices[count++] = (struct rootfs_device){rule->path, rule->type == 'b',
								  rule->major, rule->minor};
	}
	return count;
}

/* The files of /etc that are the node's own. A root that is used as it is keeps its own, but for
 * what was asked for. */
static size_t launch_etc(const struct launch *launch, struct rootfs_file files[HOSTS_FILES])
{
	static const char *const targets[HOSTS_FILES] = {
		[HOSTS_FILE_HOSTS] = "/etc/hosts",
		[HOSTS_FILE_NAME] = "/etc/hostname",
		[HOSTS_FILE_RESOLV] = "/etc/resolv.conf",
	};
	const struct ncrun_container_spec *spec = &launch->plan.spec;
	size_t count = 0;

	for (size_t i = 0; i < HOSTS_FILES; i++)
		if (launch->hosts_fd[i] >= 0 && !(spec->writable_root && i == HOSTS_FILE_NAME))
			files[count++] = (struct rootfs_file){
				launch->hosts_fd[i],
				targets[i],
				i == HOSTS_FILE_RESOLV ||
					(i == HOSTS_FILE_HOSTS && strings_count(spec->hosts) > 0),
			};
	return count;
}

static int launch_rootfs(struct launch *launch, struct ncrun_error *err)
{
	const struct ncrun_container_spec *spec = &launch->plan.spec;
	/* The state is below /run, which is hidden anyhow, or in a place of the caller's. */
	struct ncrun_store *store = launch->plan.store;
	struct rootfs_device devices[ROOTFS_DEVICES_MAX + 1];
	const size_t device_count = launch_devices(spec->limits, devices);
	const char *const hidden[] = {store ? ncrun_store_path(store) : NULL, NULL};
	struct rootfs_file files[HOSTS_FILES];
	const size_t file_count = launch_etc(launch, files);
	const struct rootfs_spec rootfs = {
		.root_fd = launch->plan.root->fd,
		.host = launch->plan.root->host,
		.writable_root = spec->writable_root,
		.read_only = spec->read_only,
		.upper = spec->upper,
		.upper_size_bytes = spec->upper_size_bytes,
		.volumes = spec->volumes,
		.volume_count = spec->volume_count,
		.tmpfs = spec->tmpfs,
		.tmpfs_count = spec->tmpfs_count,
		.files = files,
		.file_count = file_count,
		.masked_paths = spec->masked_paths,
		.read_only_paths = spec->read_only_paths,
		.userns = launch->plan.userns,
		.uid_base = launch->idmap.uid_base,
		.gid_base = launch->idmap.gid_base,
		.network_namespace = true,
		.privileged = spec->privileged,
		.devices = devices,
		.device_count = device_count,
		.console = spec->stdio == NCRUN_STDIO_TERMINAL,
		.identity = launch->identity,
		.hidden = hidden,
	};

	return rootfs_plan_new(&rootfs, &launch->rootfs, err);
}

/* ---- all of it --------------------------------------------------------------------------- */

static int launch_claim(struct launch *launch, struct ncrun_error *err)
{
	const struct ncrun_container_spec *spec = &launch->plan.spec;
	const struct ncrun_context *context = maker_context(launch->maker);
	struct ncrun_container *container;
	struct cgroup_root *groups = NULL;
	struct state *state = NULL;
	int r;

	r = container_new(&launch->container, err);
	if (r == 0 && spec->hold_signals) {
		sigset_t blocked;

		r = signals_block(&blocked, &launch->container->mask_before, err);
		launch->container->signals_held = r == 0;
	}
	if (r == 0)
		r = maker_state(launch->maker, &state, err);
	if (r == 0)
		r = node_dir_create(state, spec->network, spec->name, &launch->container->dir, err);
	if (r < 0)
		return r;
	container = launch->container;
	launch->made = true;
	r = maker_groups(launch->maker, &groups, err);
	if (r == 0)
		r = node_group_create(groups, &container->dir, spec, &container->group, err);
	container->limited = spec->limits != NULL;
	if (r < 0)
		return r;
	if (context) {
		container->notice = context->notice;
		container->notice_data = context->data;
	}
	snprintf(launch->hostname, sizeof(launch->hostname), "%s",
		 spec->hostname ? spec->hostname : container->dir.name);
	snprintf(launch->identity, sizeof(launch->identity), "network=%s\nname=%s\nversion=%s\n",
		 container->dir.network, container->dir.name, NCRUN_VERSION);
	return node_idmap_plan(state, &launch->plan, container->dir.name, &launch->idmap,
			       &launch->ids_lock, err);
}

static int launch_run(struct launch *launch, const struct ncrun_container_spec *spec,
		      struct ncrun_error *err)
{
	int r;

	r = node_plan_new(launch->maker, spec, &launch->plan, err);
	if (r == 0)
		r = launch_claim(launch, err);
	if (r == 0)
		r = launch_hosts(launch, err);
	if (r == 0)
		r = launch_rootfs(launch, err);
	if (r == 0)
		r = launch_channel(launch, err);
	if (r == 0)
		r = launch_files(launch, err);
	if (r == 0)
		r = maker_program(launch->maker, &launch->program_fd, err);
	if (r == 0)
		r = launch_child(launch, err);
	if (r == 0)
		r = launch_start(launch, err);
	return r;
}

/* ---- in steps ------------------------------------------------------------------------------ */

int container_make(struct maker *maker, const struct ncrun_container_spec *spec, bool hold,
		   struct ncrun_container **ret, struct ncrun_error *err)
{
	_cleanup_(launch_freep) struct launch *launch = launch_new();
	struct ncrun_container *container;
	int r;

	if (!launch)
		return error_errno(err, "make room for the start of a node");
	launch->hold = hold;
	launch->maker = maker_ref(maker);
	r = launch_run(launch, spec, err);
	if (r < 0)
		return r;
	container = launch->container;
	assert(container);
	container->launch = take_ptr(launch);
	*ret = container;
	return 0;
}

int container_await_made(struct ncrun_container *container, struct ncrun_error *err)
{
	int r = launch_await(container->launch, CHANNEL_CREATED, err);

	if (r < 0)
		return r;
	launch_shed(container->launch);
	/* Who asked for the step has it, and may be gone by the time the commands start. */
	container->launch->plan.spec.ret_failed_step = NULL;
	/* Whatever this process holds is copied for the first process of the next node. */
	cgroup_unref(take_ptr(container->group));
	launch_descriptors_raise(container);
	return 0;
}

int container_release(struct ncrun_container *container, struct ncrun_error *err)
{
	struct init_message go = {.type = INIT_MESSAGE_GO};
	int r = channel_write(container->channel, &go, NULL, 0, err);

	return r == -EPIPE || r == -ECONNRESET ? 0 : r; /* its own message tells why */
}

int container_await_started(struct ncrun_container *container, struct ncrun_error *err)
{
	_cleanup_(launch_freep) struct launch *launch = NULL;
	int r = launch_await(container->launch, CHANNEL_STARTED, err);

	if (r < 0)
		return r;
	launch = take_ptr(container->launch);
	launch->container = NULL; /* it has a life of its own from here on */
	container->master = take_fd(launch->progress.master);
	container->log = take_ptr(launch->progress.log);
	container->foreground = !launch->plan.spec.detach;
	if (launch->plan.spec.detach) {
		closep(&container->channel);
		(void)flock(container->dir.fd, LOCK_UN);
	}
	return 0;
}

/* ---- public ---------------------------------------------------------------------------------- */

NCRUN_API int ncrun_container_start(const struct ncrun_context *context,
				    const struct ncrun_container_spec *spec,
				    struct ncrun_container **ret, struct ncrun_error *err)
{
	_cleanup_(ncrun_container_unrefp) struct ncrun_container *container = NULL;
	_cleanup_(maker_unrefp) struct maker *maker = NULL;
	char *step = spec->size >= sizeof(*spec) ? spec->ret_failed_step : NULL;
	int r;

	if (step)
		step[0] = '\0';
	r = maker_new(context, &maker, err);
	if (r == 0)
		r = container_make(maker, spec, false, &container, err);
	if (r < 0)
		return r;
	assert(container);
	r = container_await_started(container, err);
	if (r < 0)
		return r;
	*ret = take_ptr(container);
	return 0;
}

NCRUN_API int ncrun_container_create(const struct ncrun_context *context,
				     const struct ncrun_container_spec *spec,
				     struct ncrun_container **ret, struct ncrun_error *err)
{
	_cleanup_(ncrun_container_unrefp) struct ncrun_container *container = NULL;
	_cleanup_(maker_unrefp) struct maker *maker = NULL;
	int r;

	r = maker_new(context, &maker, err);
	if (r == 0)
		r = container_make(maker, spec, true, &container, err);
	if (r < 0)
		return r;
	assert(container);
	r = container_await_made(container, err);
	if (r < 0)
		return r;
	*ret = take_ptr(container);
	return 0;
}

NCRUN_API int ncrun_container_start_created(struct ncrun_container *container,
					    struct ncrun_error *err)
{
	int r;

	if (!container->launch)
		return error_set(err, EALREADY, "node '%s' has been started", container->dir.name);
	r = container_release(container, err);
	if (r == 0)
		r = container_await_started(container, err);
	return r;
}
