/* SPDX-License-Identifier: Apache-2.0 */

/* The specification with every default filled in and every contradiction refused. */

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "base/name.h"
#include "base/text.h"
#include "runtime/container.h"
#include "runtime/environment.h"
#include "runtime/hosts.h"
#include "runtime/maker.h"

#define STOP_GRACE_DEFAULT_MS 2000

#define PATH_DEFAULT "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

/* ---- checks, all pure ------------------------------------------------------------- */

/* RFC 1123 host name with the kernel's 64 bytes; '_' because node names may hold it. */
static int hostname_check(const char *hostname, struct ncrun_error *err)
{
	size_t length = strlen(hostname);

	if (length == 0 || length > 64)
		return error_set(err, EINVAL, "host name '%.80s': not 1 to 64 bytes long",
				 hostname);
	if (hostname[0] == '-' || hostname[0] == '.')
		return error_set(err, EINVAL, "host name '%s': begins with '%c'", hostname,
				 hostname[0]);
	for (const char *c = hostname; *c; c++)
		if (!isalnum((unsigned char)*c) && !strchr("-._", *c))
			return error_set(err, EINVAL,
					 "host name '%s': only letters, digits, '-', '.' and '_'",
					 hostname);
	return 0;
}

static int services_check(const struct ncrun_container_spec *spec, struct ncrun_error *err)
{
	if (spec->service_count >= INIT_SERVICES_MAX)
		return error_set(err, E2BIG, "%zu services: at most %d", spec->service_count,
				 INIT_SERVICES_MAX - 1);
	for (size_t i = 0; i < spec->service_count; i++) {
		const struct ncrun_service *service = &spec->services[i];
		int r = name_check("service", service->name, err);

		if (r < 0)
			return r;
		if (text_equal(service->name, "main"))
			return error_set(err, EINVAL,
					 "service 'main': that is the main command's name");
		if (!service->argv || !service->argv[0])
			return error_set(err, EINVAL, "service '%s': no command", service->name);
		for (size_t j = 0; j < i; j++)
			if (text_equal(service->name, spec->services[j].name))
				return error_set(err, EINVAL, "service '%s' is given twice",
						 service->name);
	}
	return 0;
}

static int identity_check(const struct ncrun_container_spec *spec, struct ncrun_error *err)
{
	if (spec->user && strlen(spec->user) > 255)
		return error_set(err, EINVAL, "user '%.40s...': too long", spec->user);
	if (spec->userns == NCRUN_USERNS_MAP && spec->id_map_count == 0)
		return error_set(err, EINVAL, "an id map without a line");
	if (spec->userns != NCRUN_USERNS_MAP && spec->id_map_count > 0)
		return error_set(err, EINVAL, "an id map, but no user namespace to use it for");
	for (size_t i = 0; i < spec->id_map_count; i++) {
		const struct ncrun_id_map *map = &spec->id_maps[i];

		if (map->count == 0 || map->inside + (uint64_t)map->count > UINT32_MAX ||
		    map->outside + (uint64_t)map->count > UINT32_MAX)
			return error_set(err, EINVAL, "id map '%u:%u:%u': beyond the last id",
					 map->inside, map->outside, map->count);
	}
	if (spec->oom_score_adj_set && (spec->oom_score_adj < -1000 || spec->oom_score_adj > 1000))
		return error_set(err, EINVAL, "oom score adjustment '%d': not from -1000 to 1000",
				 spec->oom_score_adj);
	for (size_t i = 0; i < spec->rlimit_count; i++)
		if (spec->rlimits[i].resource < 0 || spec->rlimits[i].resource >= RLIM_NLIMITS ||
		    spec->rlimits[i].soft > spec->rlimits[i].hard)
			return error_set(err, EINVAL, "limit '%s': soft %llu is above hard %llu",
					 rlimit_name(spec->rlimits[i].resource),
					 (unsigned long long)spec->rlimits[i].soft,
					 (unsigned long long)spec->rlimits[i].hard);
	return 0;
}

static int sysctls_check(const struct ncrun_container_spec *spec, struct ncrun_error *err)
{
	for (const char *const *s = spec->sysctls; s && *s; s++) {
		char path[PATH_MAX];
		const char *value;
		int r = sysctl_path(*s, path, sizeof(path), &value, err);

		if (r < 0)
			return r;
	}
	return 0;
}

/* Ours are all closed on exec, so a free number that one of them took is seen here. */
int preserved_check(uint32_t count, struct ncrun_error *err)
{
	if (count > 1024)
		return error_set(err, EINVAL, "%u descriptors to preserve: at most 1024", count);
	for (uint32_t i = 0; i < count; i++) {
		int flags = fcntl((int)(3 + i), F_GETFD);

		if (flags < 0 || (flags & FD_CLOEXEC))
			return error_set(err, EBADF,
					 "descriptor %u is to be preserved, but is not open for it",
					 3 + i);
	}
	return 0;
}

static int spec_check(const struct ncrun_container_spec *spec, struct ncrun_error *err)
{
	static int (*const checks[])(const struct ncrun_container_spec *,
				     struct ncrun_error *) = {services_check, identity_check,
							      sysctls_check};
	int r = 0;

	if (spec->name)
		r = name_check("node", spec->name, err);
	if (r == 0 && spec->network)
		r = name_check("network", spec->network, err);
	if (r < 0)
		return r;
	if (!spec->rootfs || !*spec->rootfs)
		return error_set(err, EINVAL, "no root file system given");
	if (spec->writable_root && spec->upper)
		return error_set(err, EINVAL,
				 "a writable root has no overlay, so upper '%s' has no use",
				 spec->upper);
	if (spec->writable_root && !strchr(spec->rootfs, '/'))
		return error_set(err, EINVAL,
				 "root file system '%s' is not a directory, so it stays read-only",
				 spec->rootfs);
	if (spec->workdir && spec->workdir[0] != '/')
		return error_set(err, EINVAL, "working directory '%s': not an absolute path",
				 spec->workdir);
	if (spec->umask > 0777)
		return error_set(err, EINVAL, "umask '%o': above 0777", spec->umask);
	if (spec->stop_signal < 0 || spec->stop_signal > SIGRTMAX)
		return error_set(err, EINVAL, "stop signal %d: no such signal", spec->stop_signal);
	if (spec->hostname)
		r = hostname_check(spec->hostname, err);
	for (size_t i = 0; r == 0 && i < sizeof(checks) / sizeof(checks[0]); i++)
		r = checks[i](spec, err);
	if (r == 0 && spec->limits)
		r = ncrun_limits_check(spec->limits, err);
	if (r == 0)
		r = hosts_check(spec->hosts, err);
	if (r == 0)
		r = dns_check(spec->dns, err);
	return r < 0 ? r : preserved_check(spec->preserve_fds, err);
}

/* ---- environment --------------------------------------------------------------------- */

/* From nothing: what the caller's environment holds is none of a node's business. */
static int env_build(const struct ncrun_container_spec *spec, const struct ncrun_image_info *image,
		     char ***ret, struct ncrun_error *err)
{
	static const char *const base[] = {PATH_DEFAULT, "container=ncrun", NULL};
	_cleanup_(strings_freep) char **env = NULL;
	int r;

	r = environment_put(&env, base, ENVIRONMENT_CALLER, err);
	if (r == 0 && spec->stdio == NCRUN_STDIO_TERMINAL)
		r = environment_put_terminal(&env, err);
	if (r == 0 && image)
		r = environment_put(&env, image->env, ENVIRONMENT_IMAGE, err);
	if (r == 0)
		r = environment_put(&env, spec->env, ENVIRONMENT_CALLER, err);
	if (r < 0)
		return r;
	*ret = take_ptr(env);
	return 0;
}

/* ---- command -------------------------------------------------------------------------- */

static int argv_append(char ***argv, const char *const *more, struct ncrun_error *err)
{
	for (; more && *more; more++)
		if (strings_append(argv, *more) < 0)
			return error_set(err, ENOMEM, "make room for the arguments");
	return 0;
}

static int idle_check(const struct ncrun_container_spec *spec, struct ncrun_error *err)
{
	if (spec->argv && spec->argv[0])
		return error_set(err, EINVAL, "command '%s': an idle node has none", spec->argv[0]);
	if (spec->restart && spec->restart->policy != NCRUN_RESTART_NO)
		return error_set(err, EINVAL, "a restart policy, but an idle node has no command");
	if (spec->stdio == NCRUN_STDIO_TERMINAL)
		return error_set(err, EINVAL, "a terminal, but an idle node has no command");
	return 0;
}

/* As Docker has it: the image's entrypoint, then the caller's arguments or the image's. */
static int argv_build(const struct ncrun_container_spec *spec, const struct ncrun_image_info *image,
		      char ***ret, struct ncrun_error *err)
{
	_cleanup_(strings_freep) char **argv = NULL;
	bool given = spec->argv && spec->argv[0];
	int r = 0;

	if (spec->idle)
		return idle_check(spec, err);
	if (image)
		r = argv_append(&argv, image->entrypoint, err);
	if (r == 0 && given)
		r = argv_append(&argv, spec->argv, err);
	else if (r == 0 && image)
		r = argv_append(&argv, image->cmd, err);
	if (r < 0)
		return r;
	if (!argv)
		return error_set(err, EINVAL, "no command given, and '%s' names none",
				 spec->rootfs);
	*ret = take_ptr(argv);
	return 0;
}

/* ---- the filter ------------------------------------------------------------------------- */

static int filter_open(struct maker *maker, struct node_plan *plan, struct ncrun_error *err)
{
	const char *profile = plan->spec.seccomp;
	const struct seccomp_filter *filter = NULL;
	int r;

	if (!profile)
		profile = plan->spec.privileged ? "unconfined" : "default";
	plan->spec.seccomp = profile;
	plan->seccomp_log = text_equal(profile, "log");
	if (plan->seccomp_log && plan->spec.detach)
		return error_set(err, EINVAL,
				 "seccomp profile 'log' reports at the end, so not when detached");
	if (text_equal(profile, "unconfined"))
		return 0;
	r = maker_filter(maker,
			 &(struct seccomp_request){
				 .profile = profile,
				 .capabilities = plan->capabilities,
				 .all_architectures = plan->spec.all_architectures,
			 },
			 &filter, err);
	if (r == 0)
		plan->filter = *filter;
	return r;
}

/* ---- all of it ------------------------------------------------------------------------------ */

static int spec_copy(const struct ncrun_container_spec *spec, struct ncrun_container_spec *ret,
		     struct ncrun_error *err)
{
	size_t size = spec->size;
	const char *bytes = (const char *)spec;

	if (size < offsetof(struct ncrun_container_spec, network))
		return error_set(err, EINVAL, "the specification's size is not set");
	for (size_t i = sizeof(*ret); i < size; i++) /* a newer caller may use what we lack */
		if (bytes[i])
			return error_set(err, E2BIG,
					 "the specification has fields that this library lacks");
	*ret = (struct ncrun_container_spec){0};
	memcpy(ret, spec, size < sizeof(*ret) ? size : sizeof(*ret));
	return 0;
}

void node_plan_done(struct node_plan *plan)
{
	strings_free(plan->argv);
	strings_free(plan->env);
	*plan = (struct node_plan){0};
}

int node_plan_new(struct maker *maker, const struct ncrun_container_spec *spec,
		  struct node_plan *ret, struct ncrun_error *err)
{
	_cleanup_(node_plan_done) struct node_plan plan = {0};
	const struct ncrun_image_info *image;
	int r;

	r = spec_copy(spec, &plan.spec, err);
	if (r == 0)
		r = spec_check(&plan.spec, err);
	if (r == 0)
		r = ncrun_capabilities_resolve(plan.spec.privileged, plan.spec.cap_add,
					       plan.spec.cap_drop, &plan.capabilities, err);
	if (r < 0)
		return r;
	if (plan.spec.detach && plan.spec.stdio == NCRUN_STDIO_INHERIT)
		plan.spec.stdio = NCRUN_STDIO_LOG;
	plan.userns = plan.spec.userns != NCRUN_USERNS_HOST;
	/* The store also keeps the compiled filters, so it is opened in any case. */
	r = maker_store(maker, &plan.store, err);
	if (r == 0)
		r = maker_root(maker, &plan.spec, &plan.root, err);
	if (r < 0)
		return r;

	image = plan.root->image ? ncrun_image_info(plan.root->image) : NULL;
	plan.user = plan.spec.user ? plan.spec.user : image ? image->user : NULL;
	plan.workdir = plan.spec.workdir ? plan.spec.workdir : image ? image->workdir : NULL;
	plan.stop_signal = plan.spec.stop_signal             ? plan.spec.stop_signal
			   : image && image->stop_signal > 0 ? image->stop_signal
							     : SIGTERM;
	plan.stop_grace_ms = plan.spec.stop_grace_ms || plan.spec.stop_grace_set
				     ? plan.spec.stop_grace_ms
				     : STOP_GRACE_DEFAULT_MS;
	r = argv_build(&plan.spec, image, &plan.argv, err);
	if (r == 0)
		r = env_build(&plan.spec, image, &plan.env, err);
	if (r == 0)
		r = filter_open(maker, &plan, err);
	if (r < 0)
		return r;

	*ret = take_value(plan, (struct node_plan){0});
	return 0;
}
