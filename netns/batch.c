/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Requests travel many to a sendmsg(). The kernel works them off before that returns and
 * answers only those that failed, and the last, whose answer ends the wait: so one of them
 * asks for an answer, and there are never more than the socket's buffer holds.
 */

#include "netns/batch.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netlink.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/text.h"
#include "netns/answer.h"
#include "netns/namespace.h"

#define PARCEL_REQUESTS 100u
#define PARCEL_BYTES    (48u << 10)
#define NAME_SIZE       40
#define SEND_BUFFER     (128 << 10) /* what a socket takes without being asked, and less */

static const char transaction_verb[] = "change packet filter";

/** struct request - what is told of it when it fails */
struct request {
	const void *tag;     /* the caller's */
	const char *verb;    /* static */
	const char *feature; /* static; NULL if every kernel has it */
	char name[NAME_SIZE];
	int tolerated[2];
	size_t offset; /* of its message */
};

struct netns_batch {
	struct netns *netns; /* borrowed */
	struct message message;
	struct text bytes;        /* the messages */
	struct request *requests; /* owned */
	size_t count;
	const void *tag;  /* of what is queued now */
	const char *verb; /* of the next request */
	char name[NAME_SIZE];
	const void *failed; /* that of the first failure */
	bool refused;
	struct ncrun_error refusal;
};

int netns_batch_new(struct netns *netns, struct netns_batch **ret, struct ncrun_error *err)
{
	struct netns_batch *batch = calloc(1, sizeof(*batch));

	if (!batch)
		return error_set(err, ENOMEM, "make a batch of requests: out of memory");
	batch->netns = netns;
	*ret = batch;
	return 0;
}

struct netns_batch *netns_batch_free(struct netns_batch *batch)
{
	if (batch) {
		message_done(&batch->message);
		text_done(&batch->bytes);
		free(batch->requests);
		free(batch);
	}
	return NULL;
}

void netns_batch_tag(struct netns_batch *batch, const void *tag)
{
	batch->tag = tag;
}

const void *netns_batch_failed(const struct netns_batch *batch)
{
	return batch->failed;
}

size_t netns_batch_count(const struct netns_batch *batch)
{
	return batch->count;
}

void netns_batch_tolerate(struct netns_batch *batch, int errno_value)
{
	if (batch->count > 0) {
		int *tolerated = batch->requests[batch->count - 1].tolerated;

		tolerated[tolerated[0] != 0] = errno_value;
	}
}

void batch_needs(struct netns_batch *batch, const char *feature)
{
	if (batch->count > 0)
		batch->requests[batch->count - 1].feature = feature;
}

void batch_refuse(struct netns_batch *batch, int code, const char *fmt, ...)
{
	char text[512];
	va_list args;

	if (batch->refused)
		return;
	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	error_set(&batch->refusal, code, "%s", text);
	batch->refused = true;
	batch->failed = batch->tag;
}

static struct request *request_new(struct netns_batch *batch)
{
	return array_add((void **)&batch->requests, &batch->count, sizeof(struct request));
}

void batch_about(struct netns_batch *batch, const char *verb, const char *name)
{
	batch->verb = verb;
	snprintf(batch->name, sizeof(batch->name), "%s", name ? name : "");
}

struct message *batch_begin(struct netns_batch *batch, int type, int flags, const void *body,
			    size_t size)
{
	struct request *request = request_new(batch);

	message_begin(&batch->message, type, flags, body, size);
	if (!request) {
		batch_refuse(batch, ENOMEM, "%s '%s': out of memory", batch->verb, batch->name);
		return &batch->message;
	}
	*request = (struct request){.tag = batch->tag,
				    .verb = batch->verb,
				    .offset = batch->bytes.length};
	memcpy(request->name, batch->name, sizeof(request->name));
	return &batch->message;
}

void batch_end(struct netns_batch *batch)
{
	const struct nlmsghdr *header = message_header(&batch->message);

	if (header)
		text_append_bytes(&batch->bytes, header, NLMSG_ALIGN(header->nlmsg_len));
	if (!header || text_failed(&batch->bytes))
		batch_refuse(batch, ENOMEM, "out of memory for a request");
}

/* ---- sending ------------------------------------------------------------------- */

/** struct parcel - requests that go with one sendmsg() */
struct parcel {
	size_t first, end; /* requests */
	uint32_t sequence; /* of the first */
	size_t last;       /* the request whose answer ends the wait */
};

static struct nlmsghdr *message_at(const struct netns_batch *batch, size_t i)
{
	return (struct nlmsghdr *)(batch->bytes.chars + batch->requests[i].offset);
}

static size_t offset_at(const struct netns_batch *batch, size_t i)
{
	return i < batch->count ? batch->requests[i].offset : batch->bytes.length;
}

static int parcel_send(struct netns_batch *batch, int fd, struct parcel *parcel,
		       struct ncrun_error *err)
{
	size_t begin = offset_at(batch, parcel->first);
	size_t i = parcel->first;

	parcel->sequence = batch->netns->sequence + 1;
	for (; i < batch->count && i - parcel->first < PARCEL_REQUESTS; i++) {
		if (i > parcel->first && offset_at(batch, i + 1) - begin > PARCEL_BYTES)
			break;
		message_at(batch, i)->nlmsg_seq = ++batch->netns->sequence;
	}
	parcel->end = i;
	parcel->last = i - 1;
	message_at(batch, i - 1)->nlmsg_flags |= NLM_F_ACK;
	if (send(fd, batch->bytes.chars + begin, offset_at(batch, i) - begin, 0) < 0)
		return error_errno(err, "send requests to the kernel");
	return 0;
}

/** Is it the kernel that cannot, or is it the request that is wrong? */
static bool lacks(const struct answer *answer)
{
	static const char *const words[] = {"", "Unknown device type",
					    "Specified qdisc kind is unknown",
					    "Specified qdisc not found", "TC classifier not found"};

	if (answer->error != EOPNOTSUPP && answer->error != ENOENT)
		return false;
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (text_equal(answer->text, words[i]))
			return true;
	return false;
}

/** "create link 'eth0': File exists", with what the kernel has to say, or what it lacks. */
static int request_fail(struct netns_batch *batch, const struct request *request,
			const struct answer *answer, struct ncrun_error *err)
{
	char what[96];

	batch->failed = request->tag;
	snprintf(what, sizeof(what), request->name[0] ? "%s '%s'" : "%s", request->verb,
		 request->name);
	if (request->feature && lacks(answer))
		return error_set(err, answer->error, "%s: this kernel has no %s", what,
				 request->feature);
	errno = answer->error;
	if (answer->text[0])
		error_errno(err, "%s: %s", what, answer->text);
	else
		error_errno(err, "%s", what);
	return -answer->error;
}

/** The beginning of a transaction is answered only when all of it came to nothing. */
static bool ends_all(const struct request *request)
{
	return request->verb == transaction_verb;
}

/** Take the answers to a parcel; the first failure goes to @err unless that is taken. */
static int parcel_receive(struct netns_batch *batch, int fd, const struct parcel *parcel,
			  struct ncrun_error *err)
{
	_Alignas(NLMSG_ALIGNTO) char buffer[4096];
	int r = 0;

	for (;;) {
		struct nlmsghdr *header = (struct nlmsghdr *)buffer;
		int left = answer_receive(fd, buffer, sizeof(buffer), err);

		if (left < 0)
			return left;
		for (; nlmsg_ok(header, left); header = nlmsg_next(header, &left)) {
			struct answer answer;
			const struct request *request;
			uint32_t nth;

			if (!answer_parse(header, &answer))
				continue;
			nth = answer.sequence - parcel->sequence;
			if (nth >= parcel->end - parcel->first)
				continue; /* of an earlier time */
			request = &batch->requests[parcel->first + nth];
			if (r == 0 && answer.error && answer.error != request->tolerated[0] &&
			    answer.error != request->tolerated[1])
				r = request_fail(batch, request, &answer, err);
			if (parcel->first + nth == parcel->last || (r < 0 && ends_all(request)))
				return r;
		}
	}
}

static int batch_transmit(struct netns_batch *batch, struct ncrun_error *err)
{
	struct parcel parcel = {.first = 0};
	int fd, r, first = 0;

	r = netns_netlink(batch->netns, NETLINK_ROUTE, &fd, err);
	if (r < 0)
		return r;
	for (; parcel.first < batch->count && first == 0; parcel.first = parcel.end) {
		r = parcel_send(batch, fd, &parcel, err);
		if (r == 0)
			r = parcel_receive(batch, fd, &parcel, err);
		if (r < 0)
			first = r;
	}
	return first;
}

static int batch_finish(struct netns_batch *batch,
			int (*transmit)(struct netns_batch *batch, struct ncrun_error *err),
			struct ncrun_error *err)
{
	int r;

	if (batch->refused) {
		r = error_set(err, batch->refusal.code, "%s", batch->refusal.message);
	} else {
		batch->failed = NULL;
		r = batch->count > 0 ? transmit(batch, err) : 0;
	}
	batch->refused = false;
	batch->count = 0;
	batch->bytes.length = 0;
	return r;
}

int netns_batch_send(struct netns_batch *batch, struct ncrun_error *err)
{
	return batch_finish(batch, batch_transmit, err);
}

/* ---- transactions of nf_tables ---------------------------------------------------- */

static void transaction_mark(struct netns_batch *batch, const char *verb, int type)
{
	const struct nfgenmsg body = {.res_id = htons(NFNL_SUBSYS_NFTABLES)};

	batch_request(batch, verb, NULL, type, 0, body);
	batch_end(batch);
}

void batch_transaction_begin(struct netns_batch *batch)
{
	transaction_mark(batch, transaction_verb, NFNL_MSG_BATCH_BEGIN);
	batch_needs(batch, "nf_tables (CONFIG_NF_TABLES, module nf_tables)");
}

/** Who may not have as much as he wants still gets more than without asking. */
static void make_room(int fd, size_t size)
{
	int wanted = (int)size * 2;

	if (wanted > SEND_BUFFER &&
	    setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &wanted, sizeof(wanted)) < 0)
		setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &wanted, sizeof(wanted));
}

/** All in one sendmsg(): the kernel looks for the end in what the beginning came with. */
static int transaction_transmit(struct netns_batch *batch, struct ncrun_error *err)
{
	struct parcel parcel = {.sequence = batch->netns->sequence + 1};
	int fd, r;

	r = netns_netlink(batch->netns, NETLINK_NETFILTER, &fd, err);
	if (r < 0)
		return r;
	make_room(fd, batch->bytes.length);
	for (size_t i = 0; i < batch->count; i++)
		message_at(batch, i)->nlmsg_seq = ++batch->netns->sequence;
	parcel.end = batch->count;
	parcel.last = batch->count - 2; /* the end itself is never answered */
	message_at(batch, parcel.last)->nlmsg_flags |= NLM_F_ACK;
	if (send(fd, batch->bytes.chars, batch->bytes.length, 0) < 0)
		return error_errno(err, "send a packet filter of %zu bytes to the kernel",
				   batch->bytes.length);
	return parcel_receive(batch, fd, &parcel, err);
}

int batch_transaction_send(struct netns_batch *batch, struct ncrun_error *err)
{
	if (batch->count > 0 && !batch->refused)
		transaction_mark(batch, "end packet filter", NFNL_MSG_BATCH_END);
	return batch_finish(batch, transaction_transmit, err);
}
