/* SPDX-License-Identifier: Apache-2.0 */

/* Filters of devices loaded and attached (bpf(2)). */

#include <errno.h>
#include <linux/bpf.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/error.h"
#include "cgroups/devices.h"
#include "cgroups/v2.h"

/* Attached programs that are looked through for ours. */
#define PROGRAMS_MAX 16
/* How ours is told from others of the same group. */
#define PROGRAM_NAME "ncrun_devices"

static int bpf(enum bpf_cmd command, union bpf_attr *attributes)
{
	return (int)syscall(SYS_bpf, command, attributes, sizeof(*attributes));
}

static int program_load(const struct ncrun_limits *limits, int *ret_fd, struct ncrun_error *err)
{
	_cleanup_free_ struct ncrun_device_rule *rules = NULL;
	_cleanup_free_ struct bpf_insn *program = NULL;
	union bpf_attr attributes = {.prog_type = BPF_PROG_TYPE_CGROUP_DEVICE};
	size_t count, length;
	int r;

	r = device_rules(limits, &rules, &count, err);
	if (r < 0)
		return r;
	program = calloc(8 + count * 9, sizeof(*program));
	if (!program)
		return error_errno(err, "filter devices");
	length = device_program(rules, count, program);
	if (length == 0)
		return error_set(err, E2BIG, "filter devices: too many of them");
	attributes.insns = (uint64_t)(uintptr_t)program;
	attributes.insn_cnt = (uint32_t)length;
	attributes.license = (uint64_t)(uintptr_t) "Apache-2.0";
	strncpy(attributes.prog_name, PROGRAM_NAME, sizeof(attributes.prog_name) - 1);
	*ret_fd = bpf(BPF_PROG_LOAD, &attributes);
	if (*ret_fd < 0)
		return error_errno(err, "filter devices: load its program (bpf)");
	return 0;
}

/** Is that the program's name? */
static bool is_ours(int program_fd)
{
	struct bpf_prog_info info = {0};
	union bpf_attr attributes = {0};

	attributes.info.bpf_fd = (uint32_t)program_fd;
	attributes.info.info_len = sizeof(info);
	attributes.info.info = (uint64_t)(uintptr_t)&info;
	return bpf(BPF_OBJ_GET_INFO_BY_FD, &attributes) == 0 &&
	       strncmp(info.name, PROGRAM_NAME, sizeof(info.name)) == 0;
}

/** Our program of that group, open; -1 with errno. */
static int program_find(int group_fd)
{
	uint32_t ids[PROGRAMS_MAX] = {0};
	union bpf_attr query = {0};

	query.query.target_fd = (uint32_t)group_fd;
	query.query.attach_type = BPF_CGROUP_DEVICE;
	query.query.prog_ids = (uint64_t)(uintptr_t)ids;
	query.query.prog_cnt = PROGRAMS_MAX;
	if (bpf(BPF_PROG_QUERY, &query) < 0)
		return -1;
	for (uint32_t i = 0; i < query.query.prog_cnt && i < PROGRAMS_MAX; i++) {
		union bpf_attr by_id = {0};
		_cleanup_close_ int fd = -1;

		by_id.prog_id = ids[i];
		fd = bpf(BPF_PROG_GET_FD_BY_ID, &by_id);
		if (fd >= 0 && is_ours(fd))
			return take_fd(fd);
	}
	errno = ENOENT;
	return -1;
}

int device_filter_attach(int fd, const struct ncrun_limits *limits, bool replace,
			 struct ncrun_error *err)
{
	_cleanup_close_ int program = -1;
	_cleanup_close_ int before = -1;
	union bpf_attr attributes = {0};
	int r;

	if (replace) {
		before = program_find(fd);
		if (before < 0 && errno == ENOENT)
			return error_set(err, ENOTSUP,
					 "filter devices: this group was made without a filter");
		if (before < 0)
			return error_errno(err, "filter devices: find the filter of the group");
	}
	r = program_load(limits, &program, err);
	if (r < 0)
		return r;
	attributes.target_fd = (uint32_t)fd;
	attributes.attach_bpf_fd = (uint32_t)program;
	attributes.attach_type = BPF_CGROUP_DEVICE;
	attributes.attach_flags = BPF_F_ALLOW_MULTI | (replace ? BPF_F_REPLACE : 0);
	attributes.replace_bpf_fd = replace ? (uint32_t)before : 0;
	if (bpf(BPF_PROG_ATTACH, &attributes) < 0)
		return error_errno(err, "filter devices: attach its program (bpf)");
	return 0;
}
