/* SPDX-License-Identifier: Apache-2.0 */

/* A node of a topology as a specification of a container. */

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "base/error.h"
#include "base/number.h"
#include "base/signal_name.h"
#include "topology/apply.h"

#define HOSTS_TARGET "/etc/hosts"

void node_spec_done(struct node_spec *spec)
{
	free(spec->volumes);
	free(spec->tmpfs);
	free(spec->rlimits);
	free(spec->services);
	strings_free(spec->kept);
	strings_free(spec->caps);
	strings_free(spec->sysctls);
}

static int no_memory(struct ncrun_error *err)
{
	return error_set(err, ENOMEM, "make room for a node's specification");
}

/* A copy that a parser may take apart, and that lives as long as the specification. */
static char *keep(struct node_spec *spec, const char *text)
{
	size_t count = strings_count((const char *const *)spec->kept);

	return strings_append(&spec->kept, text) == 0 ? spec->kept[count] : NULL;
}

/* ---- files ------------------------------------------------------------------------------ */

static int fill_volumes(const struct apply *apply, const struct node *node, struct node_spec *ret,
			struct ncrun_error *err)
{
	size_t count = strings_count((const char *const *)node->volumes);
	bool hosts = true;
	char path[64];

	ret->volumes = calloc(count + 2, sizeof(*ret->volumes));
	if (!ret->volumes)
		return no_memory(err);
	for (size_t i = 0; i < count; i++) {
		struct ncrun_volume *volume = &ret->volumes[i];
		char *text = keep(ret, node->volumes[i]);
		int r = text ? ncrun_volume_parse(text, volume, err) : no_memory(err);

		if (r < 0)
			return r;
		hosts = hosts && !text_equal(volume->target, HOSTS_TARGET);
	}
	if (hosts && names_source(apply, node, path, sizeof(path))) {
		char *source = keep(ret, path);

		if (!source)
			return no_memory(err);
		ret->volumes[count++] = (struct ncrun_volume){.source = source,
							      .target = HOSTS_TARGET,
							      .read_only = true,
							      .noexec = true};
	}
	ret->spec.volumes = ret->volumes;
	ret->spec.volume_count = count;
	return 0;
}

static int fill_tmpfs(const struct node *node, struct node_spec *ret, struct ncrun_error *err)
{
	size_t count = strings_count((const char *const *)node->tmpfs);

	ret->tmpfs = calloc(count + 1, sizeof(*ret->tmpfs));
	if (!ret->tmpfs)
		return no_memory(err);
	for (size_t i = 0; i < count; i++) {
		char *text = keep(ret, node->tmpfs[i]);
		int r = text ? ncrun_tmpfs_parse(text, &ret->tmpfs[i], err) : no_memory(err);

		if (r < 0)
			return r;
	}
	ret->spec.tmpfs = ret->tmpfs;
	ret->spec.tmpfs_count = count;
	return 0;
}

/* What the file says, else what $NCRUN_PULL says, as for a node alone. */
static int fill_pull(const struct node *node, struct node_spec *ret, struct ncrun_error *err)
{
	const char *pull = node->pull ? node->pull : secure_getenv("NCRUN_PULL");

	if (!pull || !*pull || text_equal(pull, "missing"))
		ret->spec.pull = NCRUN_PULL_MISSING;
	else if (text_equal(pull, "always"))
		ret->spec.pull = NCRUN_PULL_ALWAYS;
	else if (text_equal(pull, "never"))
		ret->spec.pull = NCRUN_PULL_NEVER;
	else
		return error_set(err, EINVAL, "NCRUN_PULL '%s': not one of missing, always, never",
				 pull);
	return 0;
}

static int fill_files(const struct apply *apply, const struct node *node, struct node_spec *ret,
		      struct ncrun_error *err)
{
	struct ncrun_container_spec *spec = &ret->spec;
	int r = fill_volumes(apply, node, ret, err);

	if (r == 0)
		r = fill_tmpfs(node, ret, err);
	if (r == 0 && node->upper_size)
		r = size_parse("upper-size", node->upper_size, &spec->upper_size_bytes, err);
	if (r == 0)
		r = fill_pull(node, ret, err);
	if (r < 0)
		return r;
	spec->rootfs = node->rootfs ? node->rootfs : "host";
	spec->upper = node->upper;
	spec->read_only = node->read_only == TRISTATE_YES;
	return 0;
}

/* ---- who it is ----------------------------------------------------------------------------- */

/* Ours has more descriptors while it wires a thousand nodes; theirs are as they would be. */
static int fill_rlimits(const struct apply *apply, const struct node *node, struct node_spec *ret,
			struct ncrun_error *err)
{
	size_t count = 0;
	bool files = apply->files_limit.hard > 0;

	ret->rlimits = calloc(strings_count((const char *const *)node->rlimits) + 2,
			      sizeof(*ret->rlimits));
	if (!ret->rlimits)
		return no_memory(err);
	for (char **text = node->rlimits; text && *text; text++) {
		int r = ncrun_rlimit_parse(*text, &ret->rlimits[count], err);

		if (r < 0)
			return r;
		files = files && ret->rlimits[count++].resource != RLIMIT_NOFILE;
	}
	if (files)
		ret->rlimits[count++] = (struct ncrun_rlimit){
			.resource = RLIMIT_NOFILE,
			.soft = apply->files_limit.soft,
			.hard = apply->files_limit.hard,
		};
	ret->spec.rlimits = ret->rlimits;
	ret->spec.rlimit_count = count;
	return 0;
}

/*
 * Routers are there to be configured from inside, too, in their own namespace. Without a user
 * namespace that capability is the machine's: by the numbers that links give to the networks
 * beyond them (IFLA_TARGET_NETNSID) it is good for the fabric and the machine as well.
 */
static int fill_privileges(const struct node *node, struct node_spec *ret, struct ncrun_error *err)
{
	struct ncrun_container_spec *spec = &ret->spec;
	bool own_users = !node->userns || !text_equal(node->userns, "host");
	bool administers =
		own_users && (node->kind == NODE_KIND_ROUTER || node->kind == NODE_KIND_NAT);

	ret->caps = strings_copy((const char *const *)node->cap_add);
	if (node->cap_add && !ret->caps)
		return no_memory(err);
	if (administers && strings_append(&ret->caps, "NET_ADMIN") < 0)
		return no_memory(err);
	spec->cap_add = (const char *const *)ret->caps;
	spec->cap_drop = (const char *const *)node->cap_drop;
	spec->privileged = node->privileged;
	spec->new_privileges = node->new_privileges;
	spec->seccomp = node->seccomp;
	spec->user = node->user;
	spec->groups = (const char *const *)node->groups;
	if (!own_users)
		spec->userns = NCRUN_USERNS_HOST;
	return 0;
}

static bool is_of_network(const char *sysctl)
{
	return strncmp(sysctl, "net.", 4) == 0 || strncmp(sysctl, "net/", 4) == 0;
}

/* "net.ipv4.conf.eth0.x", and not "all" or "default": it is there when the link is. */
static bool is_of_interface(const char *name)
{
	static const char *const kinds[] = {"conf", "neigh"};
	char copy[256], *save = NULL, *part;
	bool slashes = strncmp(name, "net/", 4) == 0;

	snprintf(copy, sizeof(copy), "%s", name);
	part = strtok_r(copy, slashes ? "/" : ".", &save);
	for (int i = 0; part && i < 2; i++)
		part = strtok_r(NULL, slashes ? "/" : ".", &save);
	for (size_t i = 0; part && i < 2; i++)
		if (text_equal(part, kinds[i])) {
			part = strtok_r(NULL, slashes ? "/" : ".", &save);
			return part && !text_equal(part, "all") && !text_equal(part, "default");
		}
	return false;
}

static int add_sysctl(const struct netns_sysctl *sysctl, struct node_spec *ret)
{
	char text[256];

	snprintf(text, sizeof(text), "%s%s=%s", sysctl->optional ? "-" : "", sysctl->name,
		 sysctl->value);
	return strings_append(&ret->sysctls, text);
}

/* What its role needs, then its own. Written by the node itself: through our own /proc, each
 * further namespace's would be looked for among those of all. */
static int fill_sysctls(const struct apply *apply, const struct node *node, struct node_spec *ret,
			struct ncrun_error *err)
{
	enum netns_role role = node_forwards(node) ? NETNS_ROLE_ROUTER : NETNS_ROLE_NODE;
	const struct netns_sysctl *sysctl;
	int r = 0;

	for (size_t i = 0; r == 0 && (sysctl = netns_role_sysctl(role, i)); i++)
		r = add_sysctl(sysctl, ret);
	for (size_t i = 0; r == 0 && apply->far && (sysctl = far_sysctl(i)); i++)
		r = add_sysctl(sysctl, ret);
	if (r < 0)
		return no_memory(err);
	for (char **own = node->sysctls; own && *own; own++)
		if (!(is_of_network(*own) && is_of_interface(*own)) &&
		    strings_append(&ret->sysctls, *own) < 0)
			return no_memory(err);
	ret->spec.sysctls = (const char *const *)ret->sysctls;
	return 0;
}

/* ---- its life ---------------------------------------------------------------------------- */

static int fill_services(const struct node *node, struct node_spec *ret, struct ncrun_error *err)
{
	ret->services = calloc(node->service_count + 1, sizeof(*ret->services));
	if (!ret->services)
		return no_memory(err);
	for (size_t i = 0; i < node->service_count; i++)
		ret->services[i] = (struct ncrun_service){
			.name = node->services[i].name,
			.argv = (const char *const *)node->services[i].argv,
			.restart = node->services[i].restart,
		};
	ret->spec.services = ret->services;
	ret->spec.service_count = node->service_count;
	return 0;
}

static int fill_times(const struct node *node, struct node_spec *ret, struct ncrun_error *err)
{
	struct ncrun_container_spec *spec = &ret->spec;
	int r = 0;

	if (node->timeout)
		r = duration_parse("timeout", node->timeout, &spec->timeout_ms, err);
	if (r == 0 && node->stop_grace) {
		spec->stop_grace_set = true;
		r = duration_parse("stop-grace", node->stop_grace, &spec->stop_grace_ms, err);
	}
	if (r == 0 && node->log_size)
		r = size_parse("log-size", node->log_size, &spec->log_max_bytes, err);
	if (r == 0 && node->stop_signal)
		r = signal_name_parse(node->stop_signal, &spec->stop_signal, err);
	return r;
}

int node_spec_fill(const struct apply *apply, const struct node *node, struct node_spec *ret,
		   struct ncrun_error *err)
{
	struct ncrun_container_spec *spec = &ret->spec;
	int r;

	*spec = NCRUN_CONTAINER_SPEC_INIT;
	spec->network = apply->network->name;
	spec->name = node->name;
	spec->hostname = node->hostname;
	spec->workdir = node->workdir;
	spec->env = (const char *const *)node->env;
	spec->labels = (const char *const *)node->labels;
	spec->limits = ncrun_limits_are_empty(&node->limits) && node->limits.device_count == 0
			       ? NULL
			       : &node->limits;
	spec->detach = true;
	spec->idle = true;
	spec->stdio = NCRUN_STDIO_LOG;
	r = fill_files(apply, node, ret, err);
	if (r == 0)
		r = fill_rlimits(apply, node, ret, err);
	if (r == 0)
		r = fill_privileges(node, ret, err);
	if (r == 0)
		r = fill_sysctls(apply, node, ret, err);
	if (r == 0)
		r = fill_services(node, ret, err);
	if (r == 0)
		r = fill_times(node, ret, err);
	return r;
}

/* ---- sysctls of the network -------------------------------------------------------------- */

int node_sysctls_set(const struct node *node, struct netns *netns, bool of_interfaces,
		     struct ncrun_error *err)
{
	for (char **sysctl = node->sysctls; sysctl && *sysctl; sysctl++) {
		_cleanup_free_ char *name = NULL;
		struct netns_sysctl setting;
		char *value;
		int r;

		if (!is_of_network(*sysctl))
			continue;
		name = strdup(*sysctl);
		if (!name)
			return no_memory(err);
		value = strchr(name, '=');
		if (!value)
			return error_set(err, EINVAL, "sysctl '%s': not NAME=VALUE", name);
		*value++ = '\0';
		if (is_of_interface(name) != of_interfaces)
			continue;
		setting = (struct netns_sysctl){.name = name, .value = value};
		r = netns_sysctl_set(netns, &setting, 1, err);
		if (r < 0)
			return r;
	}
	return 0;
}
