/* SPDX-License-Identifier: Apache-2.0 */

/* A node's /dev: six devices, the usual links, terminals, shared memory and queues. */

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "base/error.h"
#include "base/file.h"
#include "rootfs/layers.h"
#include "rootfs/mount_api.h"

static const struct {
	const char *name;
	unsigned int major, minor;
} nodes[] = {
	{"null", 1, 3},   {"zero", 1, 5},    {"full", 1, 7},
	{"random", 1, 8}, {"urandom", 1, 9}, {"tty", 5, 0},
};

static const struct {
	const char *name, *target;
} links[] = {
	{"fd", "/proc/self/fd"},       {"stdin", "/proc/self/fd/0"}, {"stdout", "/proc/self/fd/1"},
	{"stderr", "/proc/self/fd/2"}, {"ptmx", "pts/ptmx"},
};

static const char *const directories[] = {"pts", "shm", "mqueue"};

/* Of the stage: what is mounted below /dev waits there, each over the one before. */
#define DEV_STACK "dev"

/* A link and no mount: what a node puts there harms nobody but itself (CVE-2025-52565). */
static const char console[] = "console";

#define NODE_NULL    0
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static int make_nodes(int dev_fd, struct ncrun_error *err)
{
	for (size_t i = 0; i < COUNT(nodes); i++) {
		const dev_t device = makedev(nodes[i].major, nodes[i].minor);

		/* The second call because of the caller's umask, which threads share. */
		if (mknodat(dev_fd, nodes[i].name, S_IFCHR | 0666, device) < 0 ||
		    fchmodat(dev_fd, nodes[i].name, 0666, 0) < 0)
			return error_errno(err, "make device '/dev/%s'", nodes[i].name);
	}
	return 0;
}

/* Directories on the way to a device; "a/b" is made of "a/b/c". */
static int for_each_parent(const char *name, int dev_fd,
			   int (*visit)(int dev_fd, const char *parent, const void *data,
					struct ncrun_error *err),
			   const void *data, struct ncrun_error *err)
{
	for (const char *slash = strchr(name, '/'); slash; slash = strchr(slash + 1, '/')) {
		_cleanup_free_ char *parent = strndup(name, (size_t)(slash - name));
		int r = parent ? visit(dev_fd, parent, data, err)
			       : error_errno(err, "make '/dev/%s'", name);

		if (r < 0)
			return r;
	}
	return 0;
}

static int make_parent(int dev_fd, const char *parent, const void *data __attribute__((unused)),
		       struct ncrun_error *err)
{
	if (mkdirat(dev_fd, parent, 0755) < 0)
		return errno == EEXIST ? 0 : error_errno(err, "make '/dev/%s'", parent);
	return fchmodat(dev_fd, parent, 0755, 0) < 0 ? error_errno(err, "make '/dev/%s'", parent)
						     : 0;
}

static int make_device(int dev_fd, const struct planned_device *device, struct ncrun_error *err)
{
	int r = for_each_parent(device->name, dev_fd, make_parent, NULL, err);

	if (r < 0)
		return r;
	if (mknodat(dev_fd, device->name, device->type | 0660, device->number) < 0)
		/* one of the usual ones, or given twice */
		return errno == EEXIST ? 0 : error_errno(err, "make '/dev/%s'", device->name);
	if (fchmodat(dev_fd, device->name, 0660, 0) < 0)
		return error_errno(err, "make '/dev/%s'", device->name);
	return 0;
}

static int make_identity(int dev_fd, const char *identity, struct ncrun_error *err)
{
	_cleanup_close_ int fd =
		openat(dev_fd, ".ncrun", O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0444);
	size_t length = strlen(identity);

	if (fd < 0 || fchmod(fd, 0444) < 0)
		return error_errno(err, "make '/dev/.ncrun'");
	if (write(fd, identity, length) != (ssize_t)length)
		return error_errno(err, "write '/dev/.ncrun'");
	return 0;
}

int dev_make(const struct rootfs_plan *plan, int base_fd, bool bare, struct ncrun_error *err)
{
	_cleanup_close_ int dev_fd = -1;
	int r;

	if (mkdirat(base_fd, "dev", 0755) < 0 || fchmodat(base_fd, "dev", 0755, 0) < 0)
		return error_errno(err, "make /dev");
	dev_fd = openat(base_fd, "dev", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (dev_fd < 0)
		return error_errno(err, "open /dev");

	for (size_t i = 0; i < COUNT(links); i++)
		if (symlinkat(links[i].target, dev_fd, links[i].name) < 0)
			return error_errno(err, "make link '/dev/%s'", links[i].name);
	if (plan->console && symlinkat("pts/0", dev_fd, console) < 0)
		return error_errno(err, "make link '/dev/%s'", console);
	for (size_t i = 0; i < COUNT(directories); i++)
		if (mkdirat(dev_fd, directories[i], 0755) < 0)
			return error_errno(err, "make '/dev/%s'", directories[i]);
	if (plan->identity) {
		r = make_identity(dev_fd, plan->identity, err);
		if (r < 0)
			return r;
	}
	r = bare ? 0 : make_nodes(dev_fd, err);
	for (size_t i = 0; r == 0 && i < plan->device_count; i++)
		r = make_device(dev_fd, &plan->devices[i], err);
	return r;
}

static int give(const struct rootfs_plan *plan, int dev_fd, const char *name,
		struct ncrun_error *err)
{
	const int flags = AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH;

	if (fchownat(dev_fd, name, plan->uid_base, plan->gid_base, flags) < 0)
		return error_errno(err, "give '/dev/%s' to the node", name);
	return 0;
}

static int give_parent(int dev_fd, const char *parent, const void *data, struct ncrun_error *err)
{
	return give(data, dev_fd, parent, err);
}

int dev_give(const struct rootfs_plan *plan, int dev_fd, struct ncrun_error *err)
{
	int r = give(plan, dev_fd, "", err);

	for (size_t i = 0; r == 0 && i < COUNT(nodes); i++)
		r = give(plan, dev_fd, nodes[i].name, err);
	for (size_t i = 0; r == 0 && i < COUNT(links); i++)
		r = give(plan, dev_fd, links[i].name, err);
	for (size_t i = 0; r == 0 && i < COUNT(directories); i++)
		r = give(plan, dev_fd, directories[i], err);
	if (r == 0 && plan->console)
		r = give(plan, dev_fd, console, err);
	if (r == 0 && plan->identity)
		r = give(plan, dev_fd, ".ncrun", err);
	for (size_t i = 0; r == 0 && i < plan->device_count; i++) {
		r = for_each_parent(plan->devices[i].name, dev_fd, give_parent, plan, err);
		if (r == 0)
			r = give(plan, dev_fd, plan->devices[i].name, err);
	}
	return r;
}

/* CVE-2025-31133: what a path of /dev leads to is not taken on trust. */
static int open_node(int machine_dev, size_t i, int *ret_fd, struct ncrun_error *err)
{
	const dev_t device = makedev(nodes[i].major, nodes[i].minor);
	_cleanup_close_ int fd =
		openat(machine_dev, nodes[i].name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		return error_errno(err, "open the machine's '/dev/%s'", nodes[i].name);
	if (!S_ISCHR(st.st_mode) || st.st_rdev != device)
		return error_set(err, ENODEV, "the machine's '/dev/%s' is not that device",
				 nodes[i].name);
	*ret_fd = take_fd(fd);
	return 0;
}

int dev_open_null(int *ret_fd, struct ncrun_error *err)
{
	_cleanup_close_ int machine_dev = file_open("/dev", O_PATH | O_DIRECTORY);

	if (machine_dev < 0)
		return error_errno(err, "open the machine's /dev");
	return open_node(machine_dev, NODE_NULL, ret_fd, err);
}

static int bind_node(size_t i, int machine_dev, int dev_fd, struct ncrun_error *err)
{
	_cleanup_close_ int source = -1;
	_cleanup_close_ int mount = -1;
	int r;

	r = open_node(machine_dev, i, &source, err);
	if (r < 0)
		return r;
	mount = mount_clone(source, "", AT_EMPTY_PATH);
	if (mount < 0)
		return error_errno(err, "clone the machine's '/dev/%s'", nodes[i].name);
	if (mknodat(dev_fd, nodes[i].name, S_IFREG | 0600, 0) < 0 ||
	    mount_attach(mount, dev_fd, nodes[i].name) < 0)
		return error_errno(err, "mount '/dev/%s'", nodes[i].name);
	return 0;
}

int dev_bind_nodes(int dev_fd, struct ncrun_error *err)
{
	_cleanup_close_ int machine_dev = file_open("/dev", O_PATH | O_DIRECTORY);
	int r;

	if (machine_dev < 0)
		return error_errno(err, "open the machine's /dev");
	for (size_t i = 0; i < COUNT(nodes); i++) {
		r = bind_node(i, machine_dev, dev_fd, err);
		if (r < 0)
			return r;
	}
	return 0;
}

int dev_mount_below(struct ncrun_error *err)
{
	static const char pts[] = "newinstance,ptmxmode=0666,mode=0620,gid=5";
	static const char pts_without_gid[] = "newinstance,ptmxmode=0666,mode=0620";
	const unsigned long flags = MS_NOSUID | MS_NOEXEC;
	int r;

	/* In the order of @directories. */
	r = mount_new("devpts", DEV_STACK, flags, pts);
	if (r < 0 && errno == EINVAL) /* group 5 is not mapped */
		r = mount_new("devpts", DEV_STACK, flags, pts_without_gid);
	if (r < 0)
		return error_errno(err, "mount /dev/pts");
	if (mount_new("tmpfs", DEV_STACK, flags | MS_NODEV, "size=64m,mode=1777") < 0)
		return error_errno(err, "mount /dev/shm");
	if (mount_new("mqueue", DEV_STACK, flags | MS_NODEV, NULL) < 0)
		return error_errno(err, "mount /dev/mqueue");
	return 0;
}

int dev_take_below(int stage_fd, int dev_fd, struct ncrun_error *err)
{
	for (size_t i = COUNT(directories); i-- > 0;)
		if (mount_move(stage_fd, DEV_STACK, dev_fd, directories[i]) < 0)
			return error_errno(err, "move '/dev/%s' to its place", directories[i]);
	return 0;
}
