/* SPDX-License-Identifier: Apache-2.0 */

/*
 * limit [-u] [-c GROUPS] [-b BPF] ROOT COMMAND... - the least that starting a container can cost
 *
 * The system calls of one container of ncrun's kind, straight after each other: no
 * options, no checks, no state to read, no library. What a real runtime needs beyond
 * this is what it could save. One process starts another, so both their beginnings
 * are in the time, as with any runtime.
 *
 * The child: namespaces, root, proc, sys, dev with its nodes, masks, read-only paths,
 * host name, lo, capabilities, no_new_privs, seccomp from a file of instructions.
 * The parent: clone3, a state file written and removed, wait.
 * With -u also what ncrun does by default and other runtimes do not: a user namespace
 * with ids of its own and an overlay over an id-mapped root. With -c a control group of
 * version 2 below the folder GROUPS, made, entered and removed.
 */

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/sched.h>
#include <linux/seccomp.h>
#include <net/if.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define DEFAULT_CAPABILITIES 0xa80425fbull
#define ID_BASE              1000000
#define ID_COUNT             65536
#define INSTRUCTIONS_MAX     4096

struct floor {
	bool userns;
	const char *groups; /* a folder of control groups, or NULL */
	const char *root;
	char **command;
	struct sock_filter filter[INSTRUCTIONS_MAX];
	unsigned short filter_length;
	int channel[2]; /* the parent sends the id-mapped root when the maps are written */
	int root_fd;
};

/* A failure here is a bug of the benchmark, or a kernel that lacks something. */
#define must(call)                                                                                \
	({                                                                                        \
		long _r = (long)(call);                                                           \
		if (_r < 0) {                                                                     \
			dprintf(2, "limit: line %d: %s: %s\n", __LINE__, #call, strerror(errno)); \
			_exit(125);                                                               \
		}                                                                                 \
		_r;                                                                               \
	})

static const struct {
	const char *type, *target, *options;
	unsigned long flags;
} mounts[] = {
	{"proc", "proc", NULL, MS_NOSUID | MS_NOEXEC | MS_NODEV},
	{"tmpfs", "dev", "mode=755,size=65536k", MS_NOSUID | MS_STRICTATIME},
	{"devpts", "dev/pts", "newinstance,ptmxmode=0666,mode=0620", MS_NOSUID | MS_NOEXEC},
	{"tmpfs", "dev/shm", "mode=1777,size=65536k", MS_NOSUID | MS_NOEXEC | MS_NODEV},
	{"mqueue", "dev/mqueue", NULL, MS_NOSUID | MS_NOEXEC | MS_NODEV},
	{"sysfs", "sys", NULL, MS_NOSUID | MS_NOEXEC | MS_NODEV | MS_RDONLY},
};

static const char *const nodes[] = {"null", "zero", "full", "random", "urandom", "tty"};
static const char *const links[][2] = {
	{"/proc/self/fd", "dev/fd"},       {"/proc/self/fd/0", "dev/stdin"},
	{"/proc/self/fd/1", "dev/stdout"}, {"/proc/self/fd/2", "dev/stderr"},
	{"pts/ptmx", "dev/ptmx"},
};
static const char *const masked_files[] = {"proc/kcore", "proc/keys", "proc/latency_stats",
					   "proc/timer_list", "proc/sched_debug"};
static const char *const masked_folders[] = {"proc/acpi", "proc/scsi", "sys/firmware"};
static const char *const read_only[] = {"proc/bus", "proc/fs", "proc/irq", "proc/sys",
					"proc/sysrq-trigger"};

#define each(i, list) (size_t i = 0; i < sizeof(list) / sizeof((list)[0]); i++)

/* Device nodes as bind mounts: what is left to a user namespace. */
static void child_device(const struct floor *floor, const char *name)
{
	static const struct {
		const char *name;
		unsigned int major, minor;
	} numbers[] = {{"null", 1, 3},   {"zero", 1, 5},    {"full", 1, 7},
		       {"random", 1, 8}, {"urandom", 1, 9}, {"tty", 5, 0}};
	char from[32];
	char to[32];

	snprintf(from, sizeof(from), "/dev/%s", name);
	if (floor->userns) {
		close((int)must(open(from + 1, O_CREAT | O_WRONLY | O_CLOEXEC, 0666)));
		must(mount(from, from + 1, NULL, MS_BIND, NULL));
		return;
	}
	snprintf(to, sizeof(to), "dev/%s", name);
	for each (i, numbers)
		if (strcmp(numbers[i].name, name) == 0)
			must(mknod(to, S_IFCHR | 0666, numbers[i].major << 8 | numbers[i].minor));
}

static void child_root(const struct floor *floor)
{
	must(mount(NULL, "/", NULL, MS_REC | (floor->userns ? MS_SLAVE : MS_PRIVATE), NULL));
	if (!floor->userns) {
		must(mount(floor->root, floor->root, NULL, MS_BIND, NULL));
		must(chdir(floor->root));
		return;
	}
	/* The overlay's parts sit on a tmpfs that pivot_root takes out of sight. */
	must(mount("tmpfs", "/tmp", "tmpfs", MS_NOSUID | MS_NODEV, "mode=700"));
	must(mkdir("/tmp/lower", 0700));
	must(mkdir("/tmp/upper", 0755));
	must(mkdir("/tmp/work", 0700));
	must(mkdir("/tmp/root", 0700));
	must(syscall(SYS_move_mount, floor->root_fd, "", AT_FDCWD, "/tmp/lower",
		     MOVE_MOUNT_F_EMPTY_PATH));
	must(mount("overlay", "/tmp/root", "overlay", 0,
		   "lowerdir=/tmp/lower,upperdir=/tmp/upper,workdir=/tmp/work,userxattr"));
	must(chdir("/tmp/root"));
}

static void child_mounts(const struct floor *floor)
{
	struct mount_attr attr = {.attr_set = MOUNT_ATTR_RDONLY};

	umask(0);
	for each (i, mounts) {
		if (strncmp(mounts[i].target, "dev/", 4) == 0)
			must(mkdir(mounts[i].target, 0755));
		must(mount(mounts[i].type, mounts[i].target, mounts[i].type, mounts[i].flags,
			   mounts[i].options));
	}
	for each (i, nodes)
		child_device(floor, nodes[i]);
	for each (i, links)
		must(symlink(links[i][0], links[i][1]));
	/* Some of these do not exist on every kernel. */
	for each (i, masked_files)
		mount("dev/null", masked_files[i], NULL, MS_BIND, NULL);
	for each (i, masked_folders)
		mount("tmpfs", masked_folders[i], "tmpfs", MS_RDONLY, "size=0k");
	for each (i, read_only) {
		int fd = (int)syscall(SYS_open_tree, AT_FDCWD, read_only[i],
				      OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_RECURSIVE);

		if (fd < 0)
			continue;
		must(syscall(SYS_mount_setattr, fd, "", AT_EMPTY_PATH | AT_RECURSIVE, &attr,
			     sizeof(attr)));
		must(syscall(SYS_move_mount, fd, "", AT_FDCWD, read_only[i],
			     MOVE_MOUNT_F_EMPTY_PATH));
		close(fd);
	}
	must(syscall(SYS_pivot_root, ".", "."));
	must(umount2(".", MNT_DETACH));
	must(chdir("/"));
}

static void child_identity(void)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct data[2] = {0};
	struct ifreq lo = {.ifr_name = "lo", .ifr_flags = IFF_UP | IFF_RUNNING};
	int fd = (int)must(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));

	must(ioctl(fd, SIOCSIFFLAGS, &lo));
	close(fd);
	must(sethostname("limit", 5));
	umask(022);
	setsid();
	must(syscall(SYS_close_range, 3u, ~0u, 0));
	for (int capability = 0; capability <= 40; capability++)
		if (!(DEFAULT_CAPABILITIES >> capability & 1))
			prctl(PR_CAPBSET_DROP, capability, 0, 0, 0);
	data[0].effective = data[0].permitted = (uint32_t)DEFAULT_CAPABILITIES;
	must(syscall(SYS_capset, &header, data));
	must(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
}

/* One byte and one descriptor, from parent to child. */
static void channel_pass(struct floor *floor, bool send)
{
	union {
		struct cmsghdr header;
		char space[CMSG_SPACE(sizeof(int))];
	} control = {0};
	char byte = 0;
	struct iovec iov = {.iov_base = &byte, .iov_len = 1};
	struct msghdr message = {
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof(control),
	};

	control.header.cmsg_level = SOL_SOCKET;
	control.header.cmsg_type = SCM_RIGHTS;
	control.header.cmsg_len = CMSG_LEN(sizeof(int));
	if (send) {
		memcpy(CMSG_DATA(&control.header), &floor->root_fd, sizeof(int));
		must(sendmsg(floor->channel[0], &message, 0));
	} else {
		must(recvmsg(floor->channel[1], &message, MSG_CMSG_CLOEXEC));
		memcpy(&floor->root_fd, CMSG_DATA(&control.header), sizeof(int));
	}
}

static void child(struct floor *floor)
{
	static char *const environment[] = {"PATH=/bin:/sbin:/usr/bin:/usr/sbin", NULL};
	const struct sock_fprog program = {floor->filter_length, floor->filter};

	if (floor->userns) {
		channel_pass(floor, false);
		must(setresgid(0, 0, 0));
		must(setresuid(0, 0, 0));
	}
	child_root(floor);
	child_mounts(floor);
	child_identity();
	if (floor->filter_length > 0)
		must(syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program));
	execve(floor->command[0], floor->command, environment);
	_exit(127);
}

static void write_map(pid_t pid, const char *name)
{
	char path[64];
	char map[64];
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/%s", pid, name);
	fd = (int)must(open(path, O_WRONLY | O_CLOEXEC));
	must(write(fd, map, (size_t)snprintf(map, sizeof(map), "0 %d %d\n", ID_BASE, ID_COUNT)));
	close(fd);
}

/* The child waits for its ids, and for the root that shows files as owned by them. */
static void parent_map(struct floor *floor, pid_t pid)
{
	struct mount_attr attr = {.attr_set = MOUNT_ATTR_IDMAP};
	char path[64];

	write_map(pid, "uid_map");
	write_map(pid, "gid_map");
	snprintf(path, sizeof(path), "/proc/%d/ns/user", pid);
	attr.userns_fd = (uint64_t)must(open(path, O_RDONLY | O_CLOEXEC));
	floor->root_fd = (int)must(
		syscall(SYS_open_tree, AT_FDCWD, floor->root, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC));
	must(syscall(SYS_mount_setattr, floor->root_fd, "", AT_EMPTY_PATH, &attr, sizeof(attr)));
	channel_pass(floor, true);
	close(floor->root_fd);
	close((int)attr.userns_fd);
}

static int parent(struct floor *floor)
{
	struct clone_args args = {
		.flags = CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWNET |
			 CLONE_NEWCGROUP | CLONE_CLEAR_SIGHAND,
		.exit_signal = SIGCHLD,
	};
	char state[512] = "a node";
	char group[256];
	char path[64];
	int status = 0;
	pid_t pid;
	int fd;

	if (floor->groups) {
		snprintf(group, sizeof(group), "%s/ncrun-limit-%d", floor->groups, getpid());
		must(mkdir(group, 0755));
		args.cgroup = (uint64_t)must(open(group, O_PATH | O_DIRECTORY | O_CLOEXEC));
		args.flags |= CLONE_INTO_CGROUP;
	}
	if (floor->userns) {
		args.flags |= CLONE_NEWUSER;
		must(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, floor->channel));
	}
	pid = (pid_t)must(syscall(SYS_clone3, &args, sizeof(args)));
	if (pid == 0)
		child(floor);
	if (floor->userns)
		parent_map(floor, pid);
	snprintf(path, sizeof(path), "/run/ncrun-limit-%d", getpid());
	fd = (int)must(open(path, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0600));
	must(write(fd, state, sizeof(state)));
	close(fd);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	unlink(path);
	if (floor->groups)
		must(rmdir(group));
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static void read_filter(struct floor *floor, const char *path)
{
	int fd = (int)must(open(path, O_RDONLY | O_CLOEXEC));
	long size = must(read(fd, floor->filter, sizeof(floor->filter)));

	floor->filter_length = (unsigned short)((size_t)size / sizeof(struct sock_filter));
	close(fd);
}

int main(int argc, char **argv)
{
	static struct floor floor;
	int option;

	while ((option = getopt(argc, argv, "+uc:b:")) != -1) {
		if (option == 'u')
			floor.userns = true;
		else if (option == 'c')
			floor.groups = optarg;
		else if (option == 'b')
			read_filter(&floor, optarg);
		else
			return 2;
	}
	if (argc - optind < 2) {
		fputs("usage: limit [-u] [-c GROUPS] [-b BPF] ROOT COMMAND...\n", stderr);
		return 2;
	}
	floor.root = argv[optind];
	floor.command = argv + optind + 1;
	return parent(&floor);
}
