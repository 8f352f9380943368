/* SPDX-License-Identifier: Apache-2.0 */

#include "netns/address.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <linux/if_addr.h>
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/number.h"
#include "netns/batch.h"

static bool ip_read(const char *text, struct netns_ip *ret)
{
	struct netns_ip ip = {.family = strchr(text, ':') ? AF_INET6 : AF_INET};

	if (inet_pton(ip.family, text, ip.bytes) != 1)
		return false;
	*ret = ip;
	return true;
}

int netns_ip_parse(const char *text, struct netns_ip *ret, struct ncrun_error *err)
{
	if (!ip_read(text, ret))
		return error_set(err, EINVAL, "'%s': not an address (try 10.0.0.1 or fd00::1)",
				 text);
	return 0;
}

int netns_prefix_parse(const char *text, struct netns_prefix *ret, struct ncrun_error *err)
{
	const char *slash = strchr(text, '/');
	size_t size = slash ? (size_t)(slash - text) : strlen(text);
	char address[NETNS_IP_TEXT_MAX];
	struct netns_prefix prefix;
	char *end;
	unsigned long length;

	if (size >= sizeof(address))
		return error_set(err, EINVAL, "'%s': not an address", text);
	memcpy(address, text, size);
	address[size] = '\0';
	if (!ip_read(address, &prefix.ip))
		return error_set(err, EINVAL,
				 "'%s': not an address (try 10.0.0.1/24 or fd00::1/64)", text);
	prefix.length = (unsigned int)netns_ip_size(&prefix.ip) * 8;
	if (slash) {
		length = strtoul(slash + 1, &end, 10);
		if (slash[1] < '0' || slash[1] > '9' || *end || length > prefix.length)
			return error_set(err, EINVAL, "'%s': the length is not 0 to %u", text,
					 prefix.length);
		prefix.length = (unsigned int)length;
	}
	*ret = prefix;
	return 0;
}

/** Two hexadecimal digits; -1. */
static int hex_byte(const char *text)
{
	static const char digits[] = "0123456789abcdef";
	int value = 0;

	for (int i = 0; i < 2; i++) {
		const char *digit =
			text[i] ? strchr(digits, tolower((unsigned char)text[i])) : NULL;

		if (!digit)
			return -1;
		value = value * 16 + (int)(digit - digits);
	}
	return value;
}

int netns_mac_parse(const char *text, uint8_t ret[NETNS_MAC_LENGTH], struct ncrun_error *err)
{
	static const uint8_t none[NETNS_MAC_LENGTH];
	uint8_t mac[NETNS_MAC_LENGTH];
	bool good = strlen(text) == NETNS_MAC_TEXT_MAX - 1;

	for (size_t i = 0; good && i < sizeof(mac); i++) {
		int byte = hex_byte(text + 3 * i);

		good = byte >= 0 && (i == sizeof(mac) - 1 || text[3 * i + 2] == ':');
		mac[i] = (uint8_t)byte;
	}
	if (!good)
		return error_set(err, EINVAL, "'%s': not a MAC address (try 02:00:00:00:00:01)",
				 text);
	if (mac[0] & 1u)
		return error_set(err, EINVAL, "'%s': the MAC address of a group, not of one", text);
	if (memcmp(mac, none, sizeof(mac)) == 0)
		return error_set(err, EINVAL, "'%s': not a MAC address of anybody", text);
	memcpy(ret, mac, sizeof(mac));
	return 0;
}

const char *netns_ip_print(const struct netns_ip *ip, char buffer[NETNS_IP_TEXT_MAX])
{
	if (!ip->family || !inet_ntop(ip->family, ip->bytes, buffer, NETNS_IP_TEXT_MAX))
		snprintf(buffer, NETNS_IP_TEXT_MAX, "none");
	return buffer;
}

const char *netns_prefix_print(const struct netns_prefix *prefix,
			       char buffer[NETNS_PREFIX_TEXT_MAX])
{
	char address[NETNS_IP_TEXT_MAX];

	snprintf(buffer, NETNS_PREFIX_TEXT_MAX, "%s/%u", netns_ip_print(&prefix->ip, address),
		 prefix->length % 1000);
	return buffer;
}

const char *netns_mac_print(const uint8_t mac[NETNS_MAC_LENGTH], char buffer[NETNS_MAC_TEXT_MAX])
{
	snprintf(buffer, NETNS_MAC_TEXT_MAX, "%02x:%02x:%02x:%02x:%02x:%02x", mac[0], mac[1],
		 mac[2], mac[3], mac[4], mac[5]);
	return buffer;
}

size_t netns_ip_size(const struct netns_ip *ip)
{
	switch (ip->family) {
	case AF_INET:
		return 4;
	case AF_INET6:
		return 16;
	default:
		return 0;
	}
}

bool netns_ip_equal(const struct netns_ip *a, const struct netns_ip *b)
{
	return a->family == b->family && memcmp(a->bytes, b->bytes, netns_ip_size(a)) == 0;
}

struct netns_prefix netns_prefix_network(const struct netns_prefix *prefix)
{
	struct netns_prefix network = *prefix;

	for (size_t i = 0; i < sizeof(network.ip.bytes); i++) {
		unsigned int bits = (unsigned int)i * 8;

		if (bits >= prefix->length)
			network.ip.bytes[i] = 0;
		else if (prefix->length - bits < 8)
			network.ip.bytes[i] &= (uint8_t)(0xff00u >> (prefix->length - bits));
	}
	return network;
}

bool netns_prefix_contains(const struct netns_prefix *prefix, const struct netns_ip *ip)
{
	struct netns_prefix other = {.ip = *ip, .length = prefix->length};
	struct netns_prefix a = netns_prefix_network(prefix), b = netns_prefix_network(&other);

	return ip->family != 0 && netns_ip_equal(&a.ip, &b.ip);
}

/* ---- of interfaces --------------------------------------------------------------- */

static void address_request(struct netns_batch *batch, int type, int index,
			    const struct netns_address *address)
{
	const struct netns_ip *ip = &address->prefix.ip;
	const struct netns_ip *other = address->peer.family ? &address->peer : ip;
	const struct ifaddrmsg body = {
		.ifa_family = (uint8_t)ip->family,
		.ifa_prefixlen = (uint8_t)address->prefix.length,
		.ifa_index = (uint32_t)index,
		.ifa_scope = RT_SCOPE_UNIVERSE,
	};
	bool add = type == RTM_NEWADDR;
	char text[NETNS_PREFIX_TEXT_MAX];
	struct message *message;
	uint32_t flags = 0;

	netns_prefix_print(&address->prefix, text);
	if (netns_ip_size(ip) == 0 || other->family != ip->family ||
	    address->prefix.length > netns_ip_size(ip) * 8) {
		batch_refuse(batch, EINVAL, "address '%s': not one of an interface", text);
		return;
	}
	message = batch_request(batch, add ? "add address" : "delete address", text, type,
				add ? NLM_F_CREATE | NLM_F_EXCL : 0, body);
	message_put(message, IFA_LOCAL, ip->bytes, netns_ip_size(ip));
	message_put(message, IFA_ADDRESS, other->bytes, netns_ip_size(other));
	if (ip->family == AF_INET6)
		flags |= IFA_F_NODAD;
	if (address->no_route)
		flags |= IFA_F_NOPREFIXROUTE;
	if (add && flags)
		message_u32(message, IFA_FLAGS, flags);
	batch_end(batch);
}

void netns_address_add(struct netns_batch *batch, int index, const struct netns_address *address)
{
	address_request(batch, RTM_NEWADDR, index, address);
}

void netns_address_delete(struct netns_batch *batch, int index, const struct netns_address *address)
{
	address_request(batch, RTM_DELADDR, index, address);
}
