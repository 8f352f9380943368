/* SPDX-License-Identifier: Apache-2.0 */

/* File systems and the calls that mount them. All is mounted in a namespace of the probe's own. */

#include <errno.h>
#include <fcntl.h>
#include <linux/mount.h>
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "base/process.h"
#include "rootfs/rootfs.h"
#include "runtime/machine.h"

static int fs_open(const char *type)
{
	return (int)syscall(SYS_fsopen, type, FSOPEN_CLOEXEC);
}

static int fs_set(int fs, unsigned int command, const char *key, const void *value, int aux)
{
	return (int)syscall(SYS_fsconfig, fs, command, key, value, aux);
}

/** A detached mount; takes the options set on @fs so far. */
static int fs_mount(int fs)
{
	if (fs_set(fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0) < 0)
		return -1;
	return (int)syscall(SYS_fsmount, fs, FSMOUNT_CLOEXEC, 0);
}

static int try_type(const char *type)
{
	_cleanup_close_ int fs = fs_open(type);
	_cleanup_close_ int mount = fs < 0 ? -1 : fs_mount(fs);

	return mount < 0 ? errno : 0;
}

static int try_tmpfs(void)
{
	return try_type("tmpfs");
}

static int try_proc(void)
{
	return try_type("proc");
}

static int try_sysfs(void)
{
	return try_type("sysfs");
}

static int try_devpts(void)
{
	return try_type("devpts");
}

static int try_mqueue(void)
{
	return try_type("mqueue");
}

/** A fresh tmpfs over the whole tree of this namespace, which is the working directory then. */
static int enter_tmpfs(void)
{
	_cleanup_close_ int fs = fs_open("tmpfs");
	_cleanup_close_ int mount = fs < 0 ? -1 : fs_mount(fs);

	if (mount < 0 ||
	    syscall(SYS_move_mount, mount, "", AT_FDCWD, "/", MOVE_MOUNT_F_EMPTY_PATH) < 0)
		return -1;
	return fchdir(mount);
}

static int try_bind(void)
{
	const struct mount_attr attr = {.attr_set = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID};
	_cleanup_close_ int tree = -1;

	if (enter_tmpfs() < 0 || mkdir("a", 0755) < 0 || mkdir("b", 0755) < 0)
		return errno;
	tree = (int)syscall(SYS_open_tree, AT_FDCWD, "a", OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);
	if (tree < 0 ||
	    syscall(SYS_mount_setattr, tree, "", AT_EMPTY_PATH, &attr, sizeof(attr)) < 0 ||
	    syscall(SYS_move_mount, tree, "", AT_FDCWD, "b", MOVE_MOUNT_F_EMPTY_PATH) < 0)
		return errno;
	return 0;
}

static int overlay_prepare(void)
{
	if (enter_tmpfs() < 0 || mkdir("lower", 0755) < 0 || mkdir("upper", 0755) < 0 ||
	    mkdir("work", 0755) < 0)
		return -1;
	return fs_open("overlay");
}

static int try_overlay(void)
{
	_cleanup_close_ int fs = overlay_prepare();
	_cleanup_close_ int mount = -1;

	if (fs < 0 || fs_set(fs, FSCONFIG_SET_STRING, "lowerdir", "lower", 0) < 0 ||
	    fs_set(fs, FSCONFIG_SET_STRING, "upperdir", "upper", 0) < 0 ||
	    fs_set(fs, FSCONFIG_SET_STRING, "workdir", "work", 0) < 0)
		return errno;
	mount = fs_mount(fs);
	return mount < 0 ? errno : 0;
}

static int try_overlay_descriptors(void)
{
	static const struct {
		const char *key, *path;
	} layers[] = {{"lowerdir+", "lower"}, {"upperdir", "upper"}, {"workdir", "work"}};
	_cleanup_close_ int fs = overlay_prepare();
	_cleanup_close_ int mount = -1;

	if (fs < 0)
		return errno;
	for (size_t i = 0; i < sizeof(layers) / sizeof(layers[0]); i++) {
		_cleanup_close_ int fd = open(layers[i].path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

		if (fs_set(fs, FSCONFIG_SET_FD, layers[i].key, NULL, fd) < 0)
			return errno;
	}
	mount = fs_mount(fs);
	return mount < 0 ? errno : 0;
}

#define NEWER   "run Linux 5.12 or newer, outside of any sandbox that forbids mounting"
#define VISIBLE "run outside of a container, or in one whose /proc is not masked"

static const struct probe probes[] = {
	{"tmpfs", CLONE_NEWNS, try_tmpfs, NCRUN_FINDING_FATAL, NULL, "no node can start", NEWER},
	{"new mount calls", CLONE_NEWNS, try_bind, NCRUN_FINDING_FATAL, NULL, "no node can start",
	 NEWER},
	{"overlay", CLONE_NEWNS, try_overlay, NCRUN_FINDING_MISSING, "overlay",
	 "nodes start with --writable-root only",
	 "a kernel with CONFIG_OVERLAY_FS (modprobe overlay)"},
	{"overlay by descriptor", CLONE_NEWNS, try_overlay_descriptors, NCRUN_FINDING_DEGRADED,
	 "overlay", "layers of a node are attached to a private tree first, which is slower",
	 "run Linux 6.13 or newer"},
	{"proc", CLONE_NEWNS | CLONE_NEWPID, try_proc, NCRUN_FINDING_FATAL, NULL,
	 "no node can start", VISIBLE},
	{"sysfs", CLONE_NEWNS | CLONE_NEWNET, try_sysfs, NCRUN_FINDING_FATAL, NULL,
	 "no node can start", VISIBLE},
	{"devpts", CLONE_NEWNS, try_devpts, NCRUN_FINDING_FATAL, NULL, "no node can start",
	 "a kernel with CONFIG_UNIX98_PTYS"},
	{"mqueue", CLONE_NEWNS | CLONE_NEWIPC, try_mqueue, NCRUN_FINDING_FATAL, NULL,
	 "no node can start", "a kernel with CONFIG_POSIX_MQUEUE"},
};

/* ---- id-mapped mounts ------------------------------------------------------- */

/** The store, or where it would be made. */
static int store_open(char **ret_path, struct ncrun_error *err)
{
	int r = store_path(NULL, ret_path, err);

	if (r < 0)
		return r;
	for (;;) {
		int fd = open(*ret_path, O_PATH | O_DIRECTORY | O_CLOEXEC);
		char *slash = strrchr(*ret_path, '/');

		if (fd >= 0)
			return fd;
		if (!slash || (*ret_path)[1] == '\0')
			return error_errno(err, "open '%s'", *ret_path);
		slash[slash == *ret_path] = '\0';
	}
}

/** The user namespace of a child that does nothing but have it. */
static int userns_open(void)
{
	int pidfd = -1;
	struct clone_args args = {.flags = CLONE_NEWUSER | CLONE_PIDFD, .pidfd = (uintptr_t)&pidfd};
	_cleanup_close_ int held = -1, map = -1, userns = -1;
	char path[48];
	long pid = syscall(SYS_clone3, &args, sizeof(args));

	if (pid == 0)
		for (;;)
			pause();
	if (pid < 0)
		return -1;
	held = pidfd;
	snprintf(path, sizeof(path), "/proc/%ld/uid_map", pid);
	map = open(path, O_WRONLY | O_CLOEXEC);
	if (map >= 0 && write(map, "0 1 1", 5) == 5) {
		snprintf(path, sizeof(path), "/proc/%ld/gid_map", pid);
		closep(&map);
		map = open(path, O_WRONLY | O_CLOEXEC);
		snprintf(path, sizeof(path), "/proc/%ld/ns/user", pid);
		if (map >= 0 && write(map, "0 1 1", 5) == 5)
			userns = open(path, O_RDONLY | O_CLOEXEC);
	}
	process_signal(held, SIGKILL, NULL);
	while (waitpid((pid_t)pid, NULL, __WALL) < 0 && errno == EINTR)
		;
	return take_fd(userns);
}

/** Nothing is attached: the clone of the mount goes with its descriptor. */
static int try_idmap(int dir_fd)
{
	_cleanup_close_ int userns = userns_open();
	_cleanup_close_ int tree =
		(int)syscall(SYS_open_tree, dir_fd, "",
			     OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_EMPTY_PATH);
	const struct mount_attr attr = {
		.attr_set = MOUNT_ATTR_IDMAP,
		.userns_fd = (uint64_t)userns,
	};

	if (userns < 0 || tree < 0 ||
	    syscall(SYS_mount_setattr, tree, "", AT_EMPTY_PATH, &attr, sizeof(attr)) < 0)
		return errno ? errno : EIO;
	return 0;
}

static void examine_idmap(struct examination *examination)
{
	struct ncrun_finding finding = {
		.area = "mounts",
		.item = "id-mapped mounts",
		.cost = "images in this store work with --userns host only; no 'idmap' volumes",
		.remedy = "keep the store on ext4, xfs, btrfs or tmpfs (--store), Linux 5.12 or "
			  "newer",
	};
	struct ncrun_error err = {0};
	_cleanup_free_ char *path = NULL;
	_cleanup_close_ int fd = -1;
	int code;

	if (!examination->root) {
		finding.state = NCRUN_FINDING_DEGRADED;
		finding.cost = "images show the ids they were unpacked with; no 'idmap' volumes";
		finding.remedy = "run as root";
		examination_add(examination, &finding, "only root can make them");
		return;
	}
	fd = store_open(&path, &err);
	if (fd < 0) {
		finding.state = NCRUN_FINDING_MISSING;
		examination_add(examination, &finding, "%s", err.message);
		return;
	}
	code = try_idmap(fd);
	if (code)
		finding.state = NCRUN_FINDING_MISSING;
	examination_add(examination, &finding, "on the file system of '%s': %s", path,
			code ? strerrordesc_np(code) : "works");
}

void machine_examine_mounts(struct examination *examination)
{
	examination_try(examination, "mounts", probes, sizeof(probes) / sizeof(probes[0]));
	examine_idmap(examination);
}
