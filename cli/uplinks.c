/* SPDX-License-Identifier: Apache-2.0 */

#include "cli/uplinks.h"

#include "base/text.h"

void uplink_list_look(const struct cli *cli, struct uplink_list *ret)
{
	*ret = (struct uplink_list){.count = 0};
	(void)ncrun_uplink_list(&cli->context, &ret->items, &ret->count, NULL);
}

void uplink_list_done(struct uplink_list *list)
{
	ncrun_uplink_list_free(list->items, list->count);
}

const struct ncrun_uplink *uplink_list_find(const struct uplink_list *list,
					    const struct ncrun_container_info *info)
{
	for (size_t i = 0; i < list->count; i++)
		if (text_equal(list->items[i].network, info->network) &&
		    text_equal(list->items[i].node, info->name))
			return &list->items[i];
	return NULL;
}

bool uplink_list_publishes(const struct uplink_list *list)
{
	for (size_t i = 0; i < list->count; i++)
		if (list->items[i].ports)
			return true;
	return false;
}

void print_ports(struct text *out, const struct ncrun_uplink *uplink)
{
	const char *const *ports = uplink ? uplink->ports : NULL;

	if (!ports)
		text_append_char(out, '-');
	for (const char *const *port = ports; port && *port; port++)
		text_printf(out, "%s%s", port == ports ? "" : ", ", *port);
}

void json_put_uplink(struct json_object *object, const struct ncrun_uplink *uplink)
{
	static const char *const none[] = {NULL};

	json_put_texts(object, "uplink", uplink && uplink->outside ? uplink->addresses : NULL);
	json_put_texts(object, "ports", uplink && uplink->ports ? uplink->ports : none);
}
