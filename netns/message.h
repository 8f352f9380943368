/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Netlink messages being put together with libnl; for the files of this folder. */

#include <netlink/attr.h>
#include <netlink/msg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** struct message - used again for one after the other; failures are sticky */
struct message {
	struct nl_msg *nl; /* owned */
	bool failed;       /* out of memory, or larger than a message may be */
};

/** Begin anew, with a body of its family's kind. */
void message_begin(struct message *message, int type, int flags, const void *body, size_t size);
void message_done(struct message *message);

void message_put(struct message *message, int type, const void *data, size_t size);
/** With the terminator. */
void message_text(struct message *message, int type, const char *text);
void message_flag(struct message *message, int type);
void message_u8(struct message *message, int type, uint8_t value);
void message_u16(struct message *message, int type, uint16_t value);
void message_u32(struct message *message, int type, uint32_t value);
void message_u64(struct message *message, int type, uint64_t value);
/* In network order. */
void message_be16(struct message *message, int type, uint16_t value);
void message_be32(struct message *message, int type, uint32_t value);
void message_be64(struct message *message, int type, uint64_t value);

/** Attributes put from here on are part of this one, until message_end(). NULL on failure. */
struct nlattr *message_nest(struct message *message, int type);
/** The same with NLA_F_NESTED, as nf_tables and ethtool have it. */
struct nlattr *message_nest_flagged(struct message *message, int type);
void message_end(struct message *message, struct nlattr *nest);
/** Bytes without an attribute's header, e.g. a nested body. */
void message_raw(struct message *message, const void *data, size_t size);

/** Of the message put together so far; NULL when it failed. */
const struct nlmsghdr *message_header(const struct message *message);
