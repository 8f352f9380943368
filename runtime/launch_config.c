/* SPDX-License-Identifier: Apache-2.0 */

/* What init is given: files in the node's directory, and its configuration. */

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "runtime/launch.h"

#define LOG_MAX_DEFAULT (1u << 20)

/* ---- files of the node -------------------------------------------------------------------- */

static int node_file(const struct launch *launch, const char *name, int flags, int *ret,
		     struct ncrun_error *err)
{
	*ret = openat(launch->container->dir.fd, name,
		      flags | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (*ret < 0)
		return error_errno(err, "make the file '%s' of the node", name);
	return 0;
}

/* Where `ncrun attach` comes in. By way of /proc: a socket's path is short, a state directory's may
 * not be. */
static int listen_open(struct launch *launch, struct ncrun_error *err)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};

	launch->listen_fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	if (launch->listen_fd < 0)
		return error_errno(err, "make the node's socket");
	snprintf(address.sun_path, sizeof(address.sun_path), "/proc/self/fd/%d/control",
		 launch->container->dir.fd);
	if (bind(launch->listen_fd, (struct sockaddr *)&address, sizeof(address)) < 0 ||
	    listen(launch->listen_fd, 8) < 0)
		return error_errno(err, "make the node's socket");
	return 0;
}

static bool launch_logs(const struct launch *launch)
{
	const struct ncrun_container_spec *spec = &launch->plan.spec;

	return spec->stdio == NCRUN_STDIO_LOG ||
	       (spec->stdio == NCRUN_STDIO_TERMINAL && (spec->detach || spec->service_count > 0));
}

/* A directory that is used as it is has its own; to have others is a wish. */
int launch_hosts(struct launch *launch, struct ncrun_error *err)
{
	const struct ncrun_container_spec *spec = &launch->plan.spec;
	int r = 0;

	if (!spec->writable_root || strings_count(spec->hosts) > 0)
		r = hosts_create(launch->container->dir.fd, launch->hostname, spec->hosts,
				 launch->hosts_fd, err);
	if (r == 0 && strings_count(spec->dns) > 0)
		r = dns_create(launch->container->dir.fd, spec->dns,
			       &launch->hosts_fd[HOSTS_FILE_RESOLV], err);
	return r;
}

/* As long as it will be: a shorter one has been cut, of one with zeros nothing has started. Its
 * room is taken now, since init cannot tell anybody later that the disk is full. */
static int status_create(struct launch *launch, struct ncrun_error *err)
{
	size_t size = (launch->plan.spec.service_count + 1) * sizeof(struct init_status);
	int r = node_file(launch, "status", O_RDWR, &launch->status_fd, err);

	if (r == 0 && fallocate(launch->status_fd, 0, 0, (off_t)size) < 0 &&
	    (errno != EOPNOTSUPP || ftruncate(launch->status_fd, (off_t)size) < 0))
		return error_errno(err, "make room for the status of the node");
	return r;
}

int launch_files(struct launch *launch, struct ncrun_error *err)
{
	const struct ncrun_container_spec *spec = &launch->plan.spec;
	int r;

	r = status_create(launch, err);
	if (r == 0 && (launch_logs(launch) || spec->stdio == NCRUN_STDIO_TERMINAL)) {
		r = node_file(launch, "log.0", O_WRONLY | O_APPEND, &launch->log_fd[0], err);
		if (r == 0)
			r = node_file(launch, "log.1", O_WRONLY | O_APPEND, &launch->log_fd[1],
				      err);
	}
	if (r == 0 && spec->stdio == NCRUN_STDIO_TERMINAL)
		r = listen_open(launch, err);
	return r;
}

/* ---- init's configuration ---------------------------------------------------------------- */

static init_offset add_services(struct config_builder *builder, const struct node_plan *plan)
{
	const struct ncrun_container_spec *spec = &plan->spec;
	static const struct ncrun_restart no_restart;
	const struct ncrun_restart *restart = spec->restart ? spec->restart : &no_restart;
	struct init_service services[INIT_SERVICES_MAX];

	services[0] = (struct init_service){
		.name = config_add_string(builder, "main"),
		.argv = config_add_strings(builder, (const char *const *)plan->argv),
		.restart = restart->policy,
		.max_retries = restart->max_retries,
	};
	for (size_t i = 0; i < spec->service_count; i++) {
		const struct ncrun_service *service = &spec->services[i];

		services[i + 1] = (struct init_service){
			.name = config_add_string(builder, service->name),
			.argv = config_add_strings(builder, service->argv),
			.restart = service->restart.policy,
			.max_retries = service->restart.max_retries,
		};
	}
	return config_add_bytes(builder, services, (spec->service_count + 1) * sizeof(services[0]));
}

static init_offset add_rlimits(struct config_builder *builder,
			       const struct ncrun_container_spec *spec, uint32_t *ret_count)
{
	struct init_rlimit limits[RLIM_NLIMITS + 1] = {
		{.resource = RLIMIT_CORE}, /* no core files unless asked for */
	};
	uint32_t count = 1;

	for (size_t i = 0; i < spec->rlimit_count && count <= RLIM_NLIMITS; i++) {
		struct init_rlimit limit = {.resource = spec->rlimits[i].resource,
					    .soft = spec->rlimits[i].soft,
					    .hard = spec->rlimits[i].hard};

		if (limit.resource == RLIMIT_CORE)
			limits[0] = limit;
		else
			limits[count++] = limit;
	}
	*ret_count = count;
	return config_add_bytes(builder, limits, count * sizeof(limits[0]));
}

static uint32_t config_flags(const struct launch *launch)
{
	const struct ncrun_container_spec *spec = &launch->plan.spec;

	return (spec->stdio == NCRUN_STDIO_TERMINAL ? INIT_TERMINAL : 0u) |
	       (launch_logs(launch) ? INIT_LOG : 0u) |
	       (spec->detach || spec->keep ? INIT_KEEP : 0u) |
	       (spec->new_privileges ? 0u : INIT_NO_NEW_PRIVS) |
	       (launch->plan.filter.notify ? INIT_SECCOMP_NOTIFY : 0u) |
	       (launch->hold ? INIT_HOLD : 0u) | (spec->idle ? INIT_IDLE : 0u) |
	       (launch->plan.userns ? INIT_USERNS : 0u);
}

/* The numbers in the configuration are those that the child has. */
enum {
	KEEP_CHANNEL,
	KEEP_STATUS,
	KEEP_LISTEN,
	KEEP_LOG,
	KEEP_HOLD = KEEP_LOG + 2,
};

int launch_child(struct launch *launch, struct ncrun_error *err)
{
	const struct node_plan *plan = &launch->plan;
	int r = config_open(&launch->config_fd, err);

	if (r < 0)
		return r;
	launch->child = (struct child){
		.plan = plan,
		.rootfs = launch->rootfs,
		.hostname = launch->hostname,
		.channel = launch->inner_channel,
		.config_fd = launch->config_fd,
		.program_fd = launch->program_fd,
		.keep_fds = {[KEEP_CHANNEL] = launch->inner_channel,
			     [KEEP_STATUS] = launch->status_fd,
			     [KEEP_LISTEN] = launch->listen_fd,
			     [KEEP_LOG] = launch->log_fd[0],
			     launch->log_fd[1],
			     [KEEP_HOLD] = launch->ids_lock,
			     plan->root->image ? image_lock_fd(plan->root->image) : -1,
			     rootfs_plan_lock_fd(launch->rootfs),
			     -1},
	};
	return 0;
}

int launch_config(struct launch *launch, struct ncrun_error *err)
{
	_cleanup_(config_builder_freep) struct config_builder *builder = NULL;
	const struct node_plan *plan = &launch->plan;
	const struct ncrun_container_spec *spec = &plan->spec;
	const int *keep = launch->child.keep_fds;
	struct init_config config = {
		.flags = config_flags(launch),
		.umask = spec->umask_set ? spec->umask : 022,
		.capabilities = plan->capabilities,
		.timeout_ms = spec->timeout_ms,
		.stop_grace_ms = plan->stop_grace_ms,
		.log_max_bytes = spec->log_max_bytes ? spec->log_max_bytes : LOG_MAX_DEFAULT,
		.stop_signal = plan->stop_signal,
		.rows = spec->terminal_rows,
		.columns = spec->terminal_columns,
		.preserve_fds = spec->preserve_fds,
		.bpf_count = (uint32_t)plan->filter.count,
		.seccomp_flags = plan->filter.flags,
		.service_count = (uint32_t)spec->service_count + 1,
		.channel_fd = keep[KEEP_CHANNEL],
		.status_fd = keep[KEEP_STATUS],
		.listen_fd = keep[KEEP_LISTEN],
		.log_fd = {keep[KEEP_LOG], keep[KEEP_LOG + 1]},
	};
	int r;

	r = config_builder_new(&builder, err);
	if (r < 0)
		return r;
	memcpy(config.hold_fd, keep + KEEP_HOLD, sizeof(config.hold_fd));
	config.user = config_add_string(builder, plan->user);
	config.workdir = config_add_string(builder, plan->workdir);
	config.groups = config_add_strings(builder, spec->groups);
	config.env = config_add_strings(builder, (const char *const *)plan->env);
	config.rlimits = add_rlimits(builder, spec, &config.rlimit_count);
	config.services = add_services(builder, plan);
	config.listener_path = config_add_string(builder, plan->filter.listener_path);
	config.listener_metadata = config_add_string(builder, plan->filter.listener_metadata);
	config.bpf = config_add_bytes(builder, plan->filter.instructions,
				      plan->filter.count * sizeof(struct sock_filter));
	return config_finish(builder, &config, launch->config_fd, err);
}
