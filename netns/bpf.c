/* SPDX-License-Identifier: Apache-2.0 */

#include "netns/bpf.h"

#include <errno.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "base/log.h"
#include "base/text.h"

#define LOG_SIZE (16u << 10)
#define MAPS_MAX 8

static int bpf(int command, union bpf_attr *attr)
{
	long r = syscall(SYS_bpf, command, attr, sizeof(*attr));

	return r < 0 ? -errno : (int)r;
}

int bpf_map_create(uint32_t type, const char *name, uint32_t key_size, uint32_t value_size,
		   uint32_t entries)
{
	union bpf_attr attr;

	memset(&attr, 0, sizeof(attr));
	attr.map_type = type;
	attr.key_size = key_size;
	attr.value_size = value_size;
	attr.max_entries = entries;
	attr.map_flags = type == BPF_MAP_TYPE_HASH ? BPF_F_NO_PREALLOC : 0;
	strncpy(attr.map_name, name, sizeof(attr.map_name) - 1);
	return bpf(BPF_MAP_CREATE, &attr);
}

static int map_element(int command, int fd, const void *key, const void *value)
{
	union bpf_attr attr;

	memset(&attr, 0, sizeof(attr));
	attr.map_fd = (uint32_t)fd;
	attr.key = (uintptr_t)key;
	attr.value = (uintptr_t)value;
	return bpf(command, &attr);
}

int bpf_map_read(int fd, const void *key, void *ret)
{
	return map_element(BPF_MAP_LOOKUP_ELEM, fd, key, ret);
}

int bpf_map_write(int fd, const void *key, const void *value)
{
	return map_element(BPF_MAP_UPDATE_ELEM, fd, key, value);
}

int bpf_program_load(const struct bpf_code *code, const char *name, struct ncrun_error *err)
{
	static const char license[] = "Apache-2.0";
	_cleanup_free_ char *log = NULL;
	union bpf_attr attr;
	int r;

	memset(&attr, 0, sizeof(attr));
	attr.prog_type = BPF_PROG_TYPE_SCHED_CLS;
	attr.insns = (uintptr_t)code->insns;
	attr.insn_cnt = (uint32_t)code->count;
	attr.license = (uintptr_t)license;
	strncpy(attr.prog_name, name, sizeof(attr.prog_name) - 1);
	r = bpf(BPF_PROG_LOAD, &attr);
	if (r >= 0)
		return r;
	errno = -r;
	error_errno(err, "load BPF program '%s'", name);

	/* Once more for the verifier's reason, for whoever asked to see. */
	log = calloc(1, LOG_SIZE);
	if (log && r != -EPERM) {
		int again;

		attr.log_buf = (uintptr_t)log;
		attr.log_size = LOG_SIZE;
		attr.log_level = 1;
		again = bpf(BPF_PROG_LOAD, &attr);
		if (again >= 0)
			close(again);
		log_debug("%s", log);
	}
	return r;
}

static int object_fd(int command, uint32_t id)
{
	union bpf_attr attr;

	memset(&attr, 0, sizeof(attr));
	attr.prog_id = id; /* map_id is at the same place */
	return bpf(command, &attr);
}

static int object_info(int fd, void *info, uint32_t size)
{
	union bpf_attr attr;

	memset(&attr, 0, sizeof(attr));
	attr.info.bpf_fd = (uint32_t)fd;
	attr.info.info = (uintptr_t)info;
	attr.info.info_len = size;
	return bpf(BPF_OBJ_GET_INFO_BY_FD, &attr);
}

int bpf_map_of_program(uint32_t program_id, const char *name)
{
	_cleanup_close_ int program = object_fd(BPF_PROG_GET_FD_BY_ID, program_id);
	uint32_t ids[MAPS_MAX] = {0};
	struct bpf_prog_info info = {.nr_map_ids = MAPS_MAX, .map_ids = (uintptr_t)ids};
	int r = program < 0 ? program : object_info(program, &info, sizeof(info));

	if (r < 0)
		return r;
	for (uint32_t i = 0; i < info.nr_map_ids && i < MAPS_MAX; i++) {
		_cleanup_close_ int map = object_fd(BPF_MAP_GET_FD_BY_ID, ids[i]);
		struct bpf_map_info map_info = {.type = 0};

		if (map >= 0 && object_info(map, &map_info, sizeof(map_info)) >= 0 &&
		    text_equal(map_info.name, name))
			return take_fd(map);
	}
	return -ENOENT;
}
