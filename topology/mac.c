/* SPDX-License-Identifier: Apache-2.0 */

/* MAC addresses: local ones, and the same for the same names in every network and on every machine.
 */

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "topology/complete.h"
#include "topology/string_set.h"

static int mac_take(struct string_set *taken, const uint8_t mac[NETNS_MAC_LENGTH])
{
	char text[NETNS_MAC_TEXT_MAX];

	return string_set_add(taken, netns_mac_print(mac, text));
}

/** 40 bits of the names; @attempt only counts for those whose bits another has already. */
static void mac_derive(const struct interface *interface, unsigned int attempt,
		       uint8_t ret[NETNS_MAC_LENGTH])
{
	char text[2 * NETNS_ALTNAME_MAX];
	uint32_t low, high;

	snprintf(text, sizeof(text), "%s/%s/%u", interface->node->name, interface->name, attempt);
	low = text_hash(text);
	snprintf(text, sizeof(text), "%u/%s/%s", attempt, interface->name, interface->node->name);
	high = text_hash(text);
	ret[0] = 0x02;
	ret[1] = (uint8_t)(high >> 16);
	for (int i = 0; i < 4; i++)
		ret[2 + i] = (uint8_t)(low >> (24 - 8 * i));
}

int interfaces_give_macs(struct ncrun_topology *topology, struct ncrun_error *err)
{
	_cleanup_string_set_ struct string_set taken = {0};
	int r = 0;

	for (size_t given = 2; given-- > 0;) /* those of the file first */
		for (size_t i = 0; r != -ENOMEM && i < 2 * topology->link_count; i++) {
			struct interface *interface = &topology->links[i / 2]->ends[i % 2];

			if (!interface->node || interface->mac_set != given)
				continue;
			if (given) {
				r = mac_take(&taken, interface->mac);
				continue;
			}
			for (unsigned int k = 0; k == 0 || r == -EEXIST; k++) {
				mac_derive(interface, k, interface->mac);
				r = mac_take(&taken, interface->mac);
			}
			interface->mac_set = interface->mac_assigned = true;
		}
	if (r == -ENOMEM)
		return error_set(err, ENOMEM, "no memory for MAC addresses");
	return 0;
}
