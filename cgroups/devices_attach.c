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

/** struct device_program - a filter as the kernel has it */
struct device_program {
	int fd; /* owned */
	size_t length;
	struct bpf_insn instructions[];
};

struct device_program *device_program_free(struct device_program *program)
{
	if (program)
		closep(&program->fd);
	free(program);
	return NULL;
}
DEFINE_CLEANUP(struct device_program *, device_program_free);

static int program_assemble(const struct ncrun_limits *limits, struct device_program **ret,
			    struct ncrun_error *err)
{
	_cleanup_(device_program_freep) struct device_program *program = NULL;
	_cleanup_free_ struct ncrun_device_rule *rules = NULL;
	size_t count;
	int r;

	r = device_rules(limits, &rules, &count, err);
	if (r < 0)
		return r;
	program = calloc(1, sizeof(*program) + (8 + count * 9) * sizeof(struct bpf_insn));
	if (!program)
		return error_errno(err, "filter devices");
	program->fd = -1;
	program->length = device_program(rules, count, program->instructions);
	if (program->length == 0)
		return error_set(err, E2BIG, "filter devices: too many of them");
	*ret = take_ptr(program);
	return 0;
}

/** The kernel proves a program when it is loaded, which costs as much as a new process: nodes
 * with the same devices have the same one. */
static int program_load(struct cgroup_root *root, const struct ncrun_limits *limits, int *ret_fd,
			struct ncrun_error *err)
{
	_cleanup_(device_program_freep) struct device_program *program = NULL;
	const struct device_program *last = root->devices;
	union bpf_attr attributes = {.prog_type = BPF_PROG_TYPE_CGROUP_DEVICE};
	int r = program_assemble(limits, &program, err);

	if (r < 0 || !program) /* gcc does not see that both are the same */
		return r;
	if (last && last->length == program->length &&
	    memcmp(last->instructions, program->instructions,
		   last->length * sizeof(struct bpf_insn)) == 0) {
		*ret_fd = last->fd;
		return 0;
	}
	attributes.insns = (uint64_t)(uintptr_t)program->instructions;
	attributes.insn_cnt = (uint32_t)program->length;
	attributes.license = (uint64_t)(uintptr_t) "Apache-2.0";
	strncpy(attributes.prog_name, PROGRAM_NAME, sizeof(attributes.prog_name) - 1);
	program->fd = bpf(BPF_PROG_LOAD, &attributes);
	if (program->fd < 0)
		return error_errno(err, "filter devices: load its program (bpf)");
	*ret_fd = program->fd;
	device_program_free(root->devices);
	root->devices = take_ptr(program);
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

int device_filter_attach(struct cgroup_root *root, int fd, const struct ncrun_limits *limits,
			 bool replace, struct ncrun_error *err)
{
	_cleanup_close_ int before = -1;
	union bpf_attr attributes = {0};
	int program = -1, r;

	if (replace) {
		before = program_find(fd);
		if (before < 0 && errno == ENOENT)
			return error_set(err, ENOTSUP,
					 "filter devices: this group was made without a filter");
		if (before < 0)
			return error_errno(err, "filter devices: find the filter of the group");
	}
	r = program_load(root, limits, &program, err);
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

bool device_filter_is_attached(int fd)
{
	_cleanup_close_ int program = program_find(fd);

	return program >= 0;
}
