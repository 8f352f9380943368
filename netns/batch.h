/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* How requests get into a batch; for the files of this folder. */

#include "netns/message.h"
#include "netns/netns.h"

/**
 * batch_begin() - put a request together
 *
 * Attributes go into the message that is returned; batch_end() queues it. Always call both.
 */
struct message *batch_begin(struct netns_batch *batch, int type, int flags, const void *body,
			    size_t size);
void batch_end(struct netns_batch *batch);
/** For the error of the next request. @verb: "create link"; lives long. @name: of what, or NULL. */
void batch_about(struct netns_batch *batch, const char *verb, const char *name);
#define batch_request(batch, verb, name, type, flags, body) \
	(batch_about((batch), (verb), (name)),              \
	 batch_begin((batch), (type), (flags), &(body), sizeof(body)))

/** What the kernel lacks if it says that it does not know the request queued last; lives long. */
void batch_needs(struct netns_batch *batch, const char *feature);

/** The arguments of a request make none; nothing of the batch will be sent. */
void batch_refuse(struct netns_batch *batch, int code, const char *fmt, ...)
	__attribute__((cold, format(printf, 3, 4)));

/** Queue what every transaction of nf_tables begins with. */
void batch_transaction_begin(struct netns_batch *batch);
/** Send all of it as one transaction of nf_tables: as netns_batch_send(), but all or nothing. */
int batch_transaction_send(struct netns_batch *batch, struct ncrun_error *err);
