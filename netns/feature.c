/* SPDX-License-Identifier: Apache-2.0 */

/* Whether the kernel can do what links need: the smallest request for each, and its answer. */

#include <arpa/inet.h>
#include <errno.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netlink.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "netns/netns.h"

#define LOOPBACK_INDEX 1 /* in every namespace */

/** struct request - netlink messages being put together; small enough for the stack */
struct request {
	_Alignas(NLMSG_ALIGNTO) char bytes[512];
	size_t length;
};

/** Begin a message with a body of its family's kind. */
static struct nlmsghdr *message_begin(struct request *request, uint16_t type, uint16_t flags,
				      const void *body, size_t size)
{
	struct nlmsghdr *message = (struct nlmsghdr *)(request->bytes + request->length);

	*message = (struct nlmsghdr){
		.nlmsg_len = NLMSG_LENGTH(size),
		.nlmsg_type = type,
		.nlmsg_flags = NLM_F_REQUEST | flags,
	};
	memcpy(NLMSG_DATA(message), body, size);
	request->length += NLMSG_ALIGN(message->nlmsg_len);
	return message;
}

/** Append an attribute to the message begun last. */
static void attribute_put(struct request *request, struct nlmsghdr *message, uint16_t type,
			  const void *value, size_t size)
{
	struct nlattr *attribute = (struct nlattr *)(request->bytes + request->length);

	*attribute = (struct nlattr){.nla_type = type, .nla_len = (uint16_t)(NLA_HDRLEN + size)};
	memcpy(attribute + 1, value, size);
	request->length += NLA_ALIGN(attribute->nla_len);
	message->nlmsg_len += NLA_ALIGN(attribute->nla_len);
}

static void link_request(struct request *request, const char *kind)
{
	const struct ifinfomsg body = {.ifi_family = AF_UNSPEC};
	struct nlmsghdr *message =
		message_begin(request, RTM_NEWLINK, NLM_F_ACK | NLM_F_CREATE | NLM_F_EXCL, &body,
			      sizeof(body));
	struct {
		struct nlattr header;
		char text[12];
	} info = {.header = {.nla_type = IFLA_INFO_KIND, .nla_len = NLA_HDRLEN}};

	memcpy(info.text, kind, strlen(kind));
	info.header.nla_len += (uint16_t)strlen(kind);
	attribute_put(request, message, IFLA_LINKINFO, &info, NLA_ALIGN(info.header.nla_len));
}

static void netem_request(struct request *request)
{
	const struct tcmsg body = {
		.tcm_family = AF_UNSPEC,
		.tcm_ifindex = LOOPBACK_INDEX,
		.tcm_handle = 1u << 16,
		.tcm_parent = TC_H_ROOT,
	};
	const struct tc_netem_qopt options = {.limit = 100};
	struct nlmsghdr *message =
		message_begin(request, RTM_NEWQDISC, NLM_F_ACK | NLM_F_CREATE | NLM_F_EXCL, &body,
			      sizeof(body));

	attribute_put(request, message, TCA_KIND, "netem", sizeof("netem"));
	attribute_put(request, message, TCA_OPTIONS, &options, sizeof(options));
}

static void table_request(struct request *request)
{
	const struct nfgenmsg batch = {.res_id = htons(NFNL_SUBSYS_NFTABLES)};
	const struct nfgenmsg body = {.nfgen_family = NFPROTO_INET};
	struct nlmsghdr *message;

	message_begin(request, NFNL_MSG_BATCH_BEGIN, 0, &batch, sizeof(batch));
	message = message_begin(request, NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_NEWTABLE,
				NLM_F_ACK | NLM_F_CREATE, &body, sizeof(body));
	attribute_put(request, message, NFTA_TABLE_NAME, "probe", sizeof("probe"));
	message_begin(request, NFNL_MSG_BATCH_END, 0, &batch, sizeof(batch));
}

/** Send it and wait for the one answer: 0 or a negative errno. */
static int request_send(const struct request *request, int protocol)
{
	const struct sockaddr_nl kernel = {.nl_family = AF_NETLINK};
	_cleanup_close_ int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, protocol);
	struct {
		struct nlmsghdr header;
		struct nlmsgerr error;
		char rest[1024];
	} answer;
	ssize_t size;

	if (fd < 0 || sendto(fd, request->bytes, request->length, 0,
			     (const struct sockaddr *)&kernel, sizeof(kernel)) < 0)
		return -errno;
	size = recv(fd, &answer, sizeof(answer), 0);
	if (size < 0)
		return -errno;
	if ((size_t)size < sizeof(answer.header) + sizeof(answer.error) ||
	    answer.header.nlmsg_type != NLMSG_ERROR)
		return -EPROTO;
	return answer.error.error;
}

int netns_feature_try(enum netns_feature feature, struct ncrun_error *err)
{
	static const char *const names[] = {
		[NETNS_FEATURE_VETH] = "make a veth pair",
		[NETNS_FEATURE_BRIDGE] = "make a bridge",
		[NETNS_FEATURE_NETEM] = "impair a link",
		[NETNS_FEATURE_NF_TABLES] = "make an nf_tables table",
	};
	struct request request = {.length = 0};
	int protocol = feature == NETNS_FEATURE_NF_TABLES ? NETLINK_NETFILTER : NETLINK_ROUTE;
	int r;

	switch (feature) {
	case NETNS_FEATURE_VETH:
		link_request(&request, "veth");
		break;
	case NETNS_FEATURE_BRIDGE:
		link_request(&request, "bridge");
		break;
	case NETNS_FEATURE_NETEM:
		netem_request(&request);
		break;
	case NETNS_FEATURE_NF_TABLES:
		table_request(&request);
		break;
	}
	r = request_send(&request, protocol);
	if (r < 0) {
		errno = -r;
		return error_errno(err, "%s", names[feature]);
	}
	return 0;
}
