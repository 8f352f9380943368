/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * rootfs - root file systems: the image store, import and pull, and the mounts
 * of one node built from them.
 *
 * Knows nothing of containers: callers pass paths, ids and descriptors. What
 * programs may do with images is public: <ncrun/image.h>.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include <ncrun/container.h>
#include <ncrun/error.h>
#include <ncrun/image.h>

#include "base/cleanup.h"

DEFINE_CLEANUP(struct ncrun_store *, ncrun_store_unref);
DEFINE_CLEANUP(struct ncrun_image *, ncrun_image_unref);

/* ---- using an image ------------------------------------------------------- */

/*
 * Path of a node's start: ncrun_image_open() on a name costs a handful of
 * system calls and loads no library.
 */

/** O_PATH descriptor of the unpacked root directory; borrowed. */
int image_root_fd(const struct ncrun_image *image);
/** Regular file with a shared flock() for as long as any copy of it is open; borrowed. Whoever
 * holds it keeps the content. */
int image_lock_fd(const struct ncrun_image *image);
/** Directory of the store for other modules' caches, 0700, made on demand: "seccomp", ... */
int store_cache_open(struct ncrun_store *store, const char *name, int *ret_fd,
		     struct ncrun_error *err);
/** Where the store is: @path made absolute, or without one the default place. It need not exist. */
int store_path(const char *path, char **ret, struct ncrun_error *err);

/**
 * struct image_wish - which image, and what may be done to get it
 * @name:	as given to --rootfs: a name or digest of the store, "alpine[:VERSION]",
 *		"docker://IMAGE", "embedded"; only the two in the middle are ever pulled
 * @pull:	missing, always or never
 * @mirror:	see struct ncrun_pull_options; may be NULL
 * @notice:	one line for a person, e.g. that the embedded default serves; may be NULL
 */
struct image_wish {
	const char *name;
	enum ncrun_pull_policy pull;
	const char *mirror;
	void (*notice)(void *data, const char *line);
	void *data;
};

/**
 * image_ensure() - open an image, fetching it if the wish says so
 *
 * "alpine" without a version that the store lacks and no mirror in reach offers
 * (or with pull never) is the embedded image. A mirror out of reach is not tried
 * again for five minutes unless pull is always, which takes no stand-in.
 *
 * Return: 0, -ENOENT, or as ncrun_image_pull(); -EEXIST the name that a docker
 * reference gets belongs to an image from elsewhere.
 */
int image_ensure(struct ncrun_store *store, const struct image_wish *wish, struct ncrun_image **ret,
		 struct ncrun_error *err);

/** Was an embedded image built in? For the doctor. */
bool image_embedded_available(void);

/* ---- mounts of a node ------------------------------------------------------ */

#define ROOTFS_VOLUMES_MAX 128
#define ROOTFS_TMPFS_MAX   64

/*
 * With @host the node sees the machine's root file system as root does, and
 * nothing mounted below it but /usr, /usr/local, /opt, /nix and /gnu, read-only.
 * Hidden: /boot /home /lost+found /media /mnt /root /run /srv /tmp; in /etc
 * shadow, shadow-, gshadow, gshadow-, security/opasswd, krb5.keytab,
 * ssh/ssh_host_*_key, ssl/private, letsencrypt, netplan, openvpn, ppp, wireguard,
 * wpa_supplicant, NetworkManager/system-connections, kubernetes; in /var backups, crash, mail,
 * spool, tmp, log/audit, log/journal; in /var/lib cloud, containerd, containers,
 * docker, kubelet, libvirt, lxc, machines, ncrun, private, sss, systemd; and
 * @hidden and @upper. Whatever else the machine's root may read, the node's may.
 */

#define ROOTFS_DEVICES_MAX 64
#define ROOTFS_FILES_MAX   4

/** struct rootfs_device - a device beside the usual ones; @path: "/dev/NAME", in the node too */
struct rootfs_device {
	const char *path;
	bool block;
	uint32_t major, minor;
};

/**
 * struct rootfs_file - a file of the machine that stands for one of the image's, read-only
 *
 * @fd:		borrowed for the call
 * @target:	absolute path in the node; made if missing
 * @required:	where the image has no place for it, or a volume covers the place, the node
 *		does not start; otherwise it goes without
 */
struct rootfs_file {
	int fd;
	const char *target;
	bool required;
};

/**
 * struct rootfs_spec - what the node's file systems shall be
 *
 * @root_fd:	O_PATH of the directory that serves as root (image, directory, or /); borrowed
 *		until rootfs_prepare() is done
 * @host:	@root_fd is the machine's own root: hide what a node has no business with,
 *		see below
 * @writable_root: no overlay: the directory itself
 * @upper:	directory for the changes; NULL = tmpfs
 * @userns:	node has a user namespace; its uid 0 is @uid_base on the machine
 * @network_namespace: node has its own, so sysfs is the node's
 * @privileged:	no built-in masks; a node that may mount can undo what is read-only,
 *		volumes too
 * @masked_paths, @read_only_paths: NULL = the built-in lists; an empty list = none
 * @devices:	nodes in /dev, which belong to the node's root; whether they may be used is not
 *		decided here. Only for callers who are root.
 * @console:	/dev/console is the first terminal made in the node
 * @identity:	content of /dev/.ncrun, which `ncrun identify` reads; NULL = none
 * @hidden:	with @host: paths hidden beside the built-in list (the store, the state)
 * @avoid:	for tests: ROOTFS_AVOID_*, go without what this machine offers
 */
struct rootfs_spec {
	int root_fd;
	bool host;
	bool writable_root;
	bool read_only;
	const char *upper;
	uint64_t upper_size_bytes;
	const struct ncrun_volume *volumes;
	size_t volume_count;
	const struct ncrun_tmpfs *tmpfs;
	size_t tmpfs_count;
	const struct rootfs_file *files; /* at most ROOTFS_FILES_MAX */
	size_t file_count;
	const char *const *masked_paths;
	const char *const *read_only_paths;
	bool userns;
	uid_t uid_base;
	gid_t gid_base;
	bool network_namespace;
	bool privileged;
	const struct rootfs_device *devices;
	size_t device_count;
	bool console;
	const char *identity;
	const char *const *hidden;
	unsigned int avoid;
};

#define ROOTFS_AVOID_LAYER_FDS (1u << 0) /* overlay layers by descriptor: Linux 6.15 */
#define ROOTFS_AVOID_PRIVILEGE (1u << 1) /* mounts made by the parent: a caller who is not root */

/*
 * The plan is made before clone3() and so is in the child's copy of memory;
 * rootfs_prepare(), which needs the new user namespace, runs after it in the
 * parent. Its descriptors travel to the child by SCM_RIGHTS, all of them, in order.
 */
#define ROOTFS_FDS_MAX (ROOTFS_VOLUMES_MAX + ROOTFS_FILES_MAX + 16)

struct rootfs_plan; /* opaque, heap, immutable after rootfs_plan_new() */

/**
 * rootfs_plan_new() - check the specification and work out every step
 *
 * Runs in the parent before the child exists; opens volume sources, so that a
 * bad path is refused before anything is made. Deep-copies what it needs.
 */
int rootfs_plan_new(const struct rootfs_spec *spec, struct rootfs_plan **ret,
		    struct ncrun_error *err);
struct rootfs_plan *rootfs_plan_free(struct rootfs_plan *plan);
DEFINE_CLEANUP(struct rootfs_plan *, rootfs_plan_free);
/**
 * The lock on the directory of @upper, or -1; owned by the plan. Whoever shall
 * keep other nodes out of it holds a copy: the node's init, as long as it lives.
 */
int rootfs_plan_lock_fd(const struct rootfs_plan *plan);
/** The highest descriptor that the child may use of the plan. */
int rootfs_plan_last_fd(const struct rootfs_plan *plan);

/**
 * rootfs_prepare() - make what only the parent may make, as detached mounts
 * @plan:	from rootfs_plan_new()
 * @userns_fd:	the node's user namespace; -1 = none
 * @ret_fds:	at least ROOTFS_FDS_MAX; owned by the caller
 * @ret_count:	0 when the caller is not root: the child then makes it all
 *
 * The overlay (id-mapped lower layer; trusted.*, nothing followed out of a
 * layer), /dev with its nodes, the volumes. Close the descriptors after the
 * child was told to go on: closing the last ones, the overlay's layers, costs
 * up to 0.1 ms each.
 */
int rootfs_prepare(const struct rootfs_plan *plan, int userns_fd, int *ret_fds, size_t *ret_count,
		   struct ncrun_error *err);

/**
 * struct rootfs_begun - what rootfs_begin() leaves to rootfs_enter()
 *
 * @proc_fd:	the node's own procfs, a directory to read, verified
 * @stage_fd, @sys_fd, @own, @own_count: for rootfs_enter() alone
 */
struct rootfs_begun {
	int proc_fd;
	int stage_fd;
	int sys_fd;
	int own[ROOTFS_FDS_MAX];
	size_t own_count;
};

/*
 * The child's four calls, between clone3() and execve(), as root of fresh user,
 * mount, pid, net, ipc and cgroup namespaces: they allocate nothing. Descriptors
 * that are left open have O_CLOEXEC.
 */

/**
 * rootfs_begin() - what needs nothing of the parent but the id maps
 * @plan:	the parent's, seen through the child's copy of memory
 *
 * /proc, /sys, what is mounted below /dev, and the masks, on a tmpfs over the
 * machine's root. Meanwhile the parent does rootfs_prepare().
 */
int rootfs_begin(const struct rootfs_plan *plan, struct rootfs_begun *ret, struct ncrun_error *err);

/** What steers the kernel becomes read-only: write sysctls before, through @begun->proc_fd. */
int rootfs_guard(const struct rootfs_plan *plan, const struct rootfs_begun *begun,
		 struct ncrun_error *err);

/**
 * rootfs_enter() - assemble all mounts and make them the root
 * @fds:	what rootfs_prepare() returned, as received; may be closed afterwards
 *
 * Afterwards / is the node's root, and the working directory.
 */
int rootfs_enter(const struct rootfs_plan *plan, const struct rootfs_begun *begun, const int *fds,
		 size_t count, struct ncrun_error *err);

/**
 * Paths that are masked in a node that names none itself, and those that are read-only; NULL
 * beyond the last. Not all are there on every kernel.
 * @own_ids:	the node's root is nobody on the machine
 */
const char *rootfs_masked_path(bool own_ids, size_t nth, char *buffer, size_t size);
const char *rootfs_read_only_path(size_t nth, char *buffer, size_t size);

/** Read-only paths that the caller named, and the read-only root: the last of the mounts. */
int rootfs_seal(const struct rootfs_plan *plan, struct ncrun_error *err);
