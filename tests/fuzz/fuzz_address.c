/* SPDX-License-Identifier: Apache-2.0 */

/* Addresses, networks, MACs and names of interfaces: what is taken is printed and taken again. */

#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "netns/netns.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_ip(const char *text)
{
	struct netns_ip ip = {0}, again = {0};
	char printed[NETNS_IP_TEXT_MAX];

	if (netns_ip_parse(text, &ip, NULL) < 0)
		return;
	assert(netns_ip_size(&ip) == (strchr(text, ':') ? 16 : 4));
	assert(netns_ip_parse(netns_ip_print(&ip, printed), &again, NULL) == 0);
	assert(netns_ip_equal(&ip, &again));
}

static void check_prefix(const char *text)
{
	struct netns_prefix prefix = {0}, again = {0}, network, twice;
	char printed[NETNS_PREFIX_TEXT_MAX];

	if (netns_prefix_parse(text, &prefix, NULL) < 0)
		return;
	assert(prefix.length <= netns_ip_size(&prefix.ip) * 8);
	assert(netns_prefix_parse(netns_prefix_print(&prefix, printed), &again, NULL) == 0);
	assert(netns_ip_equal(&prefix.ip, &again.ip) && prefix.length == again.length);
	network = netns_prefix_network(&prefix);
	twice = netns_prefix_network(&network);
	assert(netns_ip_equal(&network.ip, &twice.ip));
	assert(netns_prefix_contains(&network, &prefix.ip));
}

static void check_mac(const char *text)
{
	uint8_t mac[NETNS_MAC_LENGTH], again[NETNS_MAC_LENGTH];
	char printed[NETNS_MAC_TEXT_MAX];

	if (netns_mac_parse(text, mac, NULL) < 0)
		return;
	assert(!(mac[0] & 1));
	assert(netns_mac_parse(netns_mac_print(mac, printed), again, NULL) == 0);
	assert(memcmp(mac, again, sizeof(mac)) == 0);
}

static void check_name(const char *text)
{
	char name[NETNS_NAME_MAX], again[NETNS_NAME_MAX];

	if (netns_name_short(text, name, NULL) < 0)
		return;
	assert(*name && !strpbrk(name, "/: \t\n") && strcmp(name, ".") != 0 &&
	       strcmp(name, "..") != 0);
	assert(netns_name_short(name, again, NULL) == 0 && strcmp(name, again) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_free_ char *text = strndup((const char *)data, size);

	if (!text)
		return 0;
	check_ip(text);
	check_prefix(text);
	check_mac(text);
	check_name(text);
	return 0;
}
