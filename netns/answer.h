/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Talking to the kernel: acknowledgements, errors and dumps; for the files of this folder. */

#include <netlink/msg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "netns/message.h"
#include "netns/netns.h"

#define ANSWER_TEXT_MAX 128

/** struct answer - what the kernel says to one request */
struct answer {
	uint32_t sequence;
	int error;                  /* 0 or positive errno */
	char text[ANSWER_TEXT_MAX]; /* the kernel's own words, or "" */
};

/** Read an NLMSG_ERROR message; false if it is none, or too short. */
bool answer_parse(const struct nlmsghdr *header, struct answer *ret);

/** One datagram of the kernel's; its size. Others are not listened to. */
int answer_receive(int fd, void *buffer, size_t size, struct ncrun_error *err);

/**
 * answer_dump() - ask for a list, and give each of its messages to @each
 *
 * @message is sent with NLM_F_DUMP if it has that flag, else one answer is awaited. If the
 * list changed meanwhile, -EINTR; see answer_again().
 */
int answer_dump(struct netns *netns, int protocol, struct message *message,
		int (*each)(const struct nlmsghdr *header, void *data, struct ncrun_error *err),
		void *data, struct ncrun_error *err);

/**
 * answer_again() - whether to dump again: @r is -EINTR, and it is worth it
 *
 * Two thousand links that have just come up change for a second or two, so that no list of
 * them ends as it began: between tries there are pauses that grow, 3 s in all. @tries
 * starts at 0.
 */
bool answer_again(int r, unsigned int *tries);
