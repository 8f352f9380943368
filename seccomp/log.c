/* SPDX-License-Identifier: Apache-2.0 */

/*
 * What a profile would have refused.
 *
 * The kernel's own SECCOMP_RET_LOG goes to the audit log, which a stock machine
 * may not keep and a user namespace may not read. So "log" is the profile's very
 * filter with each refusal turned into a notification. What the refusal was stays
 * in the bits of the return value that the kernel ignores there: running the
 * filter again on the notified call brings it out.
 */

#include <errno.h>
#include <linux/bpf_common.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/error.h"
#include "seccomp/architecture.h"
#include "seccomp/compile.h"
#include "seccomp/evaluate.h"
#include "seccomp/filter.h"

#define ENTRIES_MAX   1024 /* a program may call any of 2^32 numbers */
#define KIND_SHIFT    12   /* above an error number */
#define ANSWERS_MAX   64   /* before others of the same event loop have a turn */
#define NAME_SIZE_MAX 64

struct entry {
	uint32_t audit;
	int number;
	struct action action;
	uint64_t count;
	char name[NAME_SIZE_MAX]; /* at the report */
};

struct seccomp_log {
	struct sock_filter *instructions; /* owned */
	size_t instruction_count;
	int listener_fd;                    /* owned */
	struct seccomp_notif *notification; /* owned */
	struct seccomp_notif_resp *answer;  /* owned */
	struct seccomp_notif_sizes sizes;
	struct entry *entries; /* owned; the last one counts those that found no place */
	size_t count;
	struct seccomp_refusal *report; /* owned */
};

void filter_make_telling(struct seccomp_filter *filter)
{
	for (size_t i = 0; i < filter->count; i++) {
		struct sock_filter *at = &filter->instructions[i];
		struct action action;

		if (at->code != (BPF_RET | BPF_K))
			continue;
		action = action_from_bpf(at->k);
		if (action.kind < ACTION_ERRNO)
			continue;
		at->k = SECCOMP_RET_USER_NOTIF | (uint32_t)action.kind << KIND_SHIFT |
			(action.kind == ACTION_ERRNO ? action.error : 0);
		filter->notify = true;
	}
}

/* The kernel says how large its structures are; ours may be older or newer. */
static int allocate_messages(struct seccomp_log *log, struct ncrun_error *err)
{
	struct seccomp_notif_sizes *sizes = &log->sizes;

	if (syscall(SYS_seccomp, SECCOMP_GET_NOTIF_SIZES, 0, sizes) < 0)
		return error_errno(err, "watch system calls");
	if (sizes->seccomp_notif < sizeof(*log->notification))
		sizes->seccomp_notif = sizeof(*log->notification);
	if (sizes->seccomp_notif_resp < sizeof(*log->answer))
		sizes->seccomp_notif_resp = sizeof(*log->answer);
	log->notification = calloc(1, sizes->seccomp_notif);
	log->answer = calloc(1, sizes->seccomp_notif_resp);
	if (!log->notification || !log->answer)
		return error_errno(err, "watch system calls");
	return 0;
}

int seccomp_log_new(const struct seccomp_filter *filter, int listener_fd, struct seccomp_log **ret,
		    struct ncrun_error *err)
{
	_cleanup_(seccomp_log_freep) struct seccomp_log *log = NULL;
	_cleanup_close_ int fd = listener_fd;
	int r;

	log = calloc(1, sizeof(*log));
	if (!log)
		return error_errno(err, "watch system calls");
	log->listener_fd = take_fd(fd);
	log->instructions = calloc(filter->count + 1, sizeof(*log->instructions));
	log->entries = calloc(ENTRIES_MAX, sizeof(*log->entries));
	if (!log->instructions || !log->entries)
		return error_errno(err, "watch system calls");
	if (filter->count)
		memcpy(log->instructions, filter->instructions,
		       filter->count * sizeof(*log->instructions));
	log->instruction_count = filter->count;
	r = allocate_messages(log, err);
	if (r < 0)
		return r;
	*ret = take_ptr(log);
	return 0;
}

struct seccomp_log *seccomp_log_free(struct seccomp_log *log)
{
	if (!log)
		return NULL;
	closep(&log->listener_fd);
	free(log->instructions);
	free(log->notification);
	free(log->answer);
	free(log->entries);
	free(log->report);
	free(log);
	return NULL;
}

int seccomp_log_fd(const struct seccomp_log *log)
{
	return log->listener_fd;
}

static void count_call(struct seccomp_log *log, const struct seccomp_data *data)
{
	uint32_t said = program_evaluate(log->instructions, log->instruction_count, data);
	struct entry entry = {
		.audit = data->arch,
		.number = data->nr,
		.action = {(enum action_kind)((said & SECCOMP_RET_DATA) >> KIND_SHIFT),
			   (uint16_t)(said & ((1u << KIND_SHIFT) - 1))},
	};
	size_t i;

	for (i = 0; i < log->count; i++) {
		const struct entry *at = &log->entries[i];

		if (at->number == entry.number && at->audit == entry.audit &&
		    action_equal(at->action, entry.action))
			break;
	}
	if (i == ENTRIES_MAX)
		i--;
	if (i == log->count) {
		log->entries[i] = entry;
		log->count++;
	}
	log->entries[i].count++;
}

/* ENOENT: that task was killed while it waited. */
static int answer_one(struct seccomp_log *log, struct ncrun_error *err)
{
	int r;

	memset(log->notification, 0, log->sizes.seccomp_notif);
	if (ioctl(log->listener_fd, SECCOMP_IOCTL_NOTIF_RECV, log->notification) < 0) {
		if (errno == ENOENT || errno == EINTR)
			return 0;
		return error_errno(err, "watch system calls");
	}
	memset(log->answer, 0, log->sizes.seccomp_notif_resp);
	log->answer->id = log->notification->id;
	log->answer->flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE;
	/* counted after the answer, so that the program waits for nothing else */
	do {
		r = ioctl(log->listener_fd, SECCOMP_IOCTL_NOTIF_SEND, log->answer);
	} while (r < 0 && errno == EINTR);
	if (r < 0 && errno != ENOENT)
		return error_errno(err, "let a system call go on");
	count_call(log, &log->notification->data);
	return 0;
}

/** What there is, without waiting. */
static int look_for_call(const struct seccomp_log *log, short *ret_events, struct ncrun_error *err)
{
	struct pollfd poller = {.fd = log->listener_fd, .events = POLLIN};

	*ret_events = 0;
	if (poll(&poller, 1, 0) < 0 && errno != EINTR)
		return error_errno(err, "wait for system calls");
	if (poller.revents & POLLNVAL)
		return error_set(err, EBADF, "wait for system calls: %s", strerror(EBADF));
	*ret_events = poller.revents;
	return 0;
}

int seccomp_log_dispatch(struct seccomp_log *log, bool *ret_ended, struct ncrun_error *err)
{
	short events = 0;
	int r = 0;

	for (int i = 0; r == 0 && i < ANSWERS_MAX; i++) {
		r = look_for_call(log, &events, err);
		if (r < 0 || !(events & POLLIN))
			break;
		r = answer_one(log, err);
	}
	if (r == 0)
		*ret_ended = (events & POLLHUP) && !(events & POLLIN);
	return r;
}

static void name_entry(struct entry *entry)
{
	_cleanup_free_ char *name = NULL;

	if (entry->audit != architecture_at(architecture_native())->audit) {
		snprintf(entry->name, sizeof(entry->name), "syscall %d of another architecture",
			 entry->number);
		return;
	}
	name = compile_call_name(entry->number);
	if (name)
		snprintf(entry->name, sizeof(entry->name), "%s", name);
	else
		snprintf(entry->name, sizeof(entry->name), "syscall %d", entry->number);
}

static int compare_refusals(const void *a, const void *b)
{
	const struct seccomp_refusal *x = a;
	const struct seccomp_refusal *y = b;

	if (x->count != y->count)
		return x->count > y->count ? -1 : 1;
	return strcmp(x->syscall, y->syscall);
}

int seccomp_log_report(struct seccomp_log *log, const struct seccomp_refusal **ret,
		       size_t *ret_count, struct ncrun_error *err)
{
	struct seccomp_refusal *report = calloc(log->count + 1, sizeof(*report));

	if (!report)
		return error_errno(err, "report system calls");
	compile_prepare(NULL); /* without it there are numbers instead of names */
	for (size_t i = 0; i < log->count; i++) {
		struct entry *entry = &log->entries[i];

		name_entry(entry);
		if (i == ENTRIES_MAX - 1)
			snprintf(entry->name, sizeof(entry->name), "others");
		report[i] = (struct seccomp_refusal){
			.syscall = entry->name,
			.action = action_name(entry->action.kind),
			.error = entry->action.error,
			.count = entry->count,
		};
	}
	qsort(report, log->count, sizeof(*report), compare_refusals);
	free(log->report);
	log->report = report;
	*ret = report;
	*ret_count = log->count;
	return 0;
}
