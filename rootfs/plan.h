/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What rootfs_plan_new() worked out; private to the files that carry it out. */

#include "rootfs/rootfs.h"

#define ROOTFS_IDS 65536 /* of a node */

enum planned_kind {
	PLANNED_VOLUME,
	PLANNED_TMPFS,
};

/**
 * struct planned_mount - something to be mounted below the node's root
 *
 * @target:	relative to the root, without ".", ".." and doubled slashes; owned
 * @depth:	number of its parts
 * @source:	absolute path on the machine; owned
 * @source_fd:	O_PATH; owned; -1 for a tmpfs
 * @attributes:	MOUNT_ATTR_*
 * @propagation: MS_PRIVATE, MS_SLAVE or MS_SHARED
 * @idmap:	show the machine's ids as the node's
 * @idmap_optional: ... but do without where the file system cannot
 * @optional:	go without where the image has no place for it
 * @flags:	MS_*, of a tmpfs
 * @options:	of a tmpfs
 */
struct planned_mount {
	enum planned_kind kind;
	char *target;
	unsigned int depth;

	char *source;
	int source_fd;
	dev_t device;
	ino_t inode;
	bool directory;
	bool recursive;
	bool idmap, idmap_optional;
	bool optional;
	uint64_t attributes;
	uint64_t propagation;

	unsigned long flags;
	char options[64];
};

/** struct planned_device - @name: below /dev, owned */
struct planned_device {
	char *name;
	mode_t type; /* S_IFCHR or S_IFBLK */
	dev_t number;
};

/**
 * struct rootfs_plan - see struct rootfs_spec for what is not told here
 *
 * @root_fd:	borrowed
 * @root_path:	of @root_fd, for a child that must open it again; owned
 * @unprivileged: the caller may not make the mounts, so the child must
 * @upper_fd:	the directory of --upper, locked; owned; -1 = tmpfs
 * @mounts:	in the order in which they are to be mounted
 * @masked, @read_only_paths: relative to the root; NULL = built in
 * @hidden:	relative to the root: never shown of the machine's own root
 */
struct rootfs_plan {
	int root_fd;
	char *root_path;
	mode_t root_mode;
	uid_t root_uid;
	gid_t root_gid;
	dev_t root_device;
	ino_t root_inode;

	bool host;
	bool writable_root;
	bool read_only;
	bool userns;
	uid_t uid_base;
	gid_t gid_base;
	bool network_namespace;
	bool privileged;
	bool unprivileged;
	unsigned int avoid;

	int upper_fd;
	char *upper_path;
	char upper_size[24];

	struct planned_mount *mounts;
	size_t mount_count;
	size_t volume_count;

	char **masked;
	char **read_only_paths;
	char **hidden;
	bool console;
	char *identity;
	struct planned_device *devices;
	size_t device_count;
};

/** Positions in the array of descriptors; volumes follow, then what the child does not touch. */
enum {
	ROOTFS_FD_ROOT,
	ROOTFS_FD_DEV,
	ROOTFS_FD_VOLUMES,
};

/**
 * plan_path() - the path @text inside a node, relative to its root
 * @what: for messages: "volume"
 *
 * Refuses what is not absolute and what holds "..".
 */
int plan_path(const char *what, const char *text, char **ret, unsigned int *ret_depth,
	      struct ncrun_error *err);

/** Fill @mount in from the public structs; opens a volume's source. */
int volume_plan(const struct ncrun_volume *volume, struct planned_mount *mount,
		struct ncrun_error *err);
int tmpfs_plan(const struct ncrun_tmpfs *tmpfs, struct planned_mount *mount,
	       struct ncrun_error *err);
int file_plan(const struct rootfs_file *file, bool by_path, struct planned_mount *mount,
	      struct ncrun_error *err);
void planned_mount_done(struct planned_mount *mount);

/* Only a directory of the caller's is id-mapped: elsewhere ids are as the machine sees them. */
static inline uid_t upper_uid_base(const struct rootfs_plan *plan)
{
	return plan->userns && !plan->unprivileged && !plan->upper_path ? plan->uid_base : 0;
}

static inline gid_t upper_gid_base(const struct rootfs_plan *plan)
{
	return plan->userns && !plan->unprivileged && !plan->upper_path ? plan->gid_base : 0;
}

/** An id of the image as it must be on disk in the directory for changes. */
static inline uint32_t upper_id(uint32_t id, uint32_t base)
{
	return id < ROOTFS_IDS ? base + id : id;
}
