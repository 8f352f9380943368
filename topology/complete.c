/* SPDX-License-Identifier: Apache-2.0 */

#include "topology/complete.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "topology/string_set.h"

#define SERVICE_NAME_MAX 63

/* ---- services ------------------------------------------------------------------------ */

/** The program's name, with what no name may have replaced. */
static void service_base_name(const struct service *service, char ret[SERVICE_NAME_MAX + 1])
{
	const char *program = service->argv && service->argv[0] ? service->argv[0] : "";
	const char *slash = strrchr(program, '/');
	size_t length = 0;

	for (const char *c = slash ? slash + 1 : program; *c && length < SERVICE_NAME_MAX; c++) {
		bool word = isalnum((unsigned char)*c) && isascii((unsigned char)*c);

		if (length > 0 || word)
			ret[length++] = (char)(word || strchr("_.-", *c) ? *c : '-');
	}
	ret[length] = '\0';
	if (length == 0)
		memcpy(ret, "service", sizeof("service"));
}

static int service_name(struct service *service, struct string_set *taken)
{
	char base[SERVICE_NAME_MAX + 1], name[SERVICE_NAME_MAX + 1];
	int r;

	service_base_name(service, base);
	memcpy(name, base, sizeof(name));
	for (unsigned int i = 2; (r = string_set_add(taken, name)) == -EEXIST; i++)
		snprintf(name, sizeof(name), "%.50s-%u", base, i);
	if (r < 0)
		return r;
	service->name = strdup(name);
	return service->name ? 0 : -ENOMEM;
}

static int services_name(struct node *node)
{
	_cleanup_string_set_ struct string_set taken = {0};
	int r;

	for (size_t i = 0; i < node->service_count; i++)
		if (node->services[i].name &&
		    string_set_add(&taken, node->services[i].name) == -ENOMEM)
			return -ENOMEM;
	for (size_t i = 0; i < node->service_count; i++) {
		r = node->services[i].name ? 0 : service_name(&node->services[i], &taken);
		if (r < 0)
			return r;
	}
	return 0;
}

/* ---- MTUs ------------------------------------------------------------------------------ */

static uint32_t interface_own_mtu(const struct interface *interface)
{
	return interface->mtu ? interface->mtu : interface->node->mtu;
}

/** Its own, its node's, or else what the other end has: a veth drops what its peer cannot take. */
static void link_inherit_mtu(struct link *link)
{
	uint32_t own[2] = {0};

	for (int end = 0; end < 2; end++)
		if (link->ends[end].node)
			own[end] = interface_own_mtu(&link->ends[end]);
	for (int end = 0; end < 2; end++)
		if (link->ends[end].node)
			link->ends[end].mtu = own[end] ? own[end] : own[!end];
}

/* ---- all of it --------------------------------------------------------------------------- */

int topology_complete_like(struct ncrun_topology *topology, const struct ncrun_topology *before,
			   struct problems *problems, struct ncrun_error *err)
{
	int r = interfaces_name(topology, problems, err);

	if (r == 0)
		r = interfaces_give_macs(topology, err);
	for (size_t i = 0; r == 0 && i < topology->node_count; i++)
		if (services_name(topology->nodes[i]) < 0)
			r = error_set(err, ENOMEM, "node '%s': no memory for names of services",
				      topology->nodes[i]->name);
	for (size_t i = 0; r == 0 && i < topology->link_count; i++)
		link_inherit_mtu(topology->links[i]);
	if (r == 0 && before)
		r = addresses_keep(topology, before, err);
	if (r == 0)
		r = addresses_assign(topology, problems, err);
	if (r == 0)
		r = routes_compute(topology, err);
	return r;
}

int topology_complete(struct ncrun_topology *topology, struct problems *problems,
		      struct ncrun_error *err)
{
	return topology_complete_like(topology, NULL, problems, err);
}
