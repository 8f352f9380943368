/* SPDX-License-Identifier: Apache-2.0 */

#include "netns/message.h"

#include <arpa/inet.h>
#include <endian.h>
#include <string.h>

/* An attribute's length is 16 bits wide, and what we put in several is small. */
#define MESSAGE_MAX (72u << 10)

void message_begin(struct message *message, int type, int flags, const void *body, size_t size)
{
	struct nlmsghdr *header;

	if (!message->nl)
		message->nl = nlmsg_alloc_size(MESSAGE_MAX);
	message->failed = !message->nl;
	if (message->failed)
		return;
	nlmsg_hdr(message->nl)->nlmsg_len = NLMSG_HDRLEN; /* forget the one before */
	header = nlmsg_put(message->nl, 0, 0, type, (int)size, flags | NLM_F_REQUEST);
	if (!header)
		message->failed = true;
	else
		memcpy(nlmsg_data(header), body, size);
}

void message_done(struct message *message)
{
	nlmsg_free(message->nl);
	message->nl = NULL;
}

void message_put(struct message *message, int type, const void *data, size_t size)
{
	if (message->failed)
		return;
	if (size > UINT16_MAX - NLA_HDRLEN || nla_put(message->nl, type, (int)size, data) < 0)
		message->failed = true;
}

void message_text(struct message *message, int type, const char *text)
{
	message_put(message, type, text, strlen(text) + 1);
}

void message_flag(struct message *message, int type)
{
	message_put(message, type, NULL, 0);
}

void message_u8(struct message *message, int type, uint8_t value)
{
	message_put(message, type, &value, sizeof(value));
}

void message_u16(struct message *message, int type, uint16_t value)
{
	message_put(message, type, &value, sizeof(value));
}

void message_u32(struct message *message, int type, uint32_t value)
{
	message_put(message, type, &value, sizeof(value));
}

void message_u64(struct message *message, int type, uint64_t value)
{
	message_put(message, type, &value, sizeof(value));
}

void message_be16(struct message *message, int type, uint16_t value)
{
	message_u16(message, type, htons(value));
}

void message_be32(struct message *message, int type, uint32_t value)
{
	message_u32(message, type, htonl(value));
}

void message_be64(struct message *message, int type, uint64_t value)
{
	message_u64(message, type, htobe64(value));
}

struct nlattr *message_nest(struct message *message, int type)
{
	struct nlattr *nest;

	if (message->failed)
		return NULL;
	nest = nlmsg_tail(nlmsg_hdr(message->nl));
	message_put(message, type, NULL, 0);
	return message->failed ? NULL : nest;
}

struct nlattr *message_nest_flagged(struct message *message, int type)
{
	return message_nest(message, type | NLA_F_NESTED);
}

void message_end(struct message *message, struct nlattr *nest)
{
	size_t size;

	if (message->failed || !nest)
		return;
	size = (size_t)((char *)nlmsg_tail(nlmsg_hdr(message->nl)) - (char *)nest);
	if (size > UINT16_MAX)
		message->failed = true;
	else
		nest->nla_len = (uint16_t)size;
}

void message_raw(struct message *message, const void *data, size_t size)
{
	void *room = message->failed ? NULL : nlmsg_reserve(message->nl, size, NLMSG_ALIGNTO);

	if (room)
		memcpy(room, data, size);
	else
		message->failed = true;
}

const struct nlmsghdr *message_header(const struct message *message)
{
	return message->failed ? NULL : nlmsg_hdr(message->nl);
}
