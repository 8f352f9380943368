/* SPDX-License-Identifier: Apache-2.0 */

#include "tests/support/nsroot.h"

#include <dirent.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <time.h>
#include <unistd.h>

#include "base/file.h"
#include "tests/support/test.h"

struct nsroot_times nsroot_times;
static bool missing;

static struct {
	int parent; /* owned until the process ends */
	char name[32];
	pid_t maker;
} scratch;

/* From the namespace of whoever started us: in ours, much of it is mounted somewhere. */
static void remove_scratch(void)
{
	struct ncrun_error err = {0};
	char path[64];
	int fd;

	if (getpid() != scratch.maker)
		return;
	snprintf(path, sizeof(path), "/proc/%d/ns/mnt", getppid());
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd >= 0)
		setns(fd, CLONE_NEWNS);
	if (tree_remove_at(scratch.parent, scratch.name, NULL, &err) < 0)
		print_message("left behind: %s\n", err.message);
}

/*
 * Before Linux 6.6 a tmpfs lacks extended attributes, before 6.3 it cannot be
 * id-mapped. Then a directory on a real file system takes its place.
 */
static int mount_scratch(void)
{
	const char *place = getenv("TMPDIR");
	char path[256];

	if (setxattr("/tmp", "user.works", "1", 1, 0) == 0)
		return removexattr("/tmp", "user.works");
	if (umount2("/tmp", MNT_DETACH) < 0)
		return -1;
	place = place ? place : "/tmp";
	strcpy(scratch.name, "nsroot-XXXXXX");
	snprintf(path, sizeof(path), "%s/%s", place, scratch.name);
	if (!mkdtemp(path) || chmod(path, 0755) < 0)
		return -1;
	strcpy(scratch.name, strrchr(path, '/') + 1);
	scratch.parent = open(place, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	scratch.maker = getpid();
	if (scratch.parent < 0 || atexit(remove_scratch) != 0)
		return -1;
	return mount(path, "/tmp", NULL, MS_BIND, NULL);
}

int nsroot_setup(void **state)
{
	(void)state;
	missing = geteuid() != 0 || unshare(CLONE_NEWNS) < 0 ||
		  mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
		  mount("tmpfs", "/tmp", "tmpfs", 0, "mode=755") < 0 || mount_scratch() < 0;
	return 0;
}

void nsroot_required(void)
{
	if (missing) {
		print_message("needs root and a mount namespace\n");
		skip();
	}
}

void nsroot_mount(const char *path)
{
	static const char template[] = "/tmp/mount-XXXXXX";
	char source[sizeof(template)];

	if (scratch.maker == 0) {
		assert_int_equal(mount("tmpfs", path, "tmpfs", 0, "mode=755"), 0);
		return;
	}
	memcpy(source, template, sizeof(template));
	assert_non_null(mkdtemp(source));
	assert_int_equal(chmod(source, 0755), 0);
	assert_int_equal(mount(source, path, NULL, MS_BIND, NULL), 0);
}

void nsroot_file(const char *path, const char *content)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, content, strlen(content)), strlen(content));
	close(fd);
}

int nsroot_image(const char *path)
{
	static const char *const directories[] = {"",      "/etc", "/bin", "/var",
						  "/proc", "/sys", "/dev"};
	char name[256];
	int fd;

	for (size_t i = 0; i < sizeof(directories) / sizeof(directories[0]); i++) {
		snprintf(name, sizeof(name), "%s%s", path, directories[i]);
		assert_int_equal(mkdir(name, 0755), 0);
	}
	snprintf(name, sizeof(name), "%s/etc/motd", path);
	nsroot_file(name, "welcome\n");
	fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	assert_true(fd >= 0);
	return fd;
}

struct rootfs_spec nsroot_spec(int root_fd)
{
	return (struct rootfs_spec){
		.root_fd = root_fd,
		.userns = true,
		.uid_base = NSROOT_ID_BASE,
		.gid_base = NSROOT_ID_BASE,
		.network_namespace = true,
	};
}

/* ---- the two processes ------------------------------------------------------ */

struct message {
	int r;
	struct nsroot_times times;
	struct ncrun_error err;
};

static double now_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec * 1e6 + (double)now.tv_nsec / 1e3;
}

/** Microseconds since @started, which becomes now. */
static double lap(double *started)
{
	const double before = *started;

	*started = now_us();
	return *started - before;
}

static int send_fds(int socket, const int *fds, size_t count)
{
	char control[CMSG_SPACE(sizeof(int) * ROOTFS_FDS_MAX)] = {0};
	char byte = 0;
	struct iovec iov = {.iov_base = &byte, .iov_len = 1};
	struct msghdr message = {.msg_iov = &iov, .msg_iovlen = 1};
	struct cmsghdr *header;

	if (count > 0) {
		message.msg_control = control;
		message.msg_controllen = CMSG_SPACE(sizeof(int) * count);
		header = CMSG_FIRSTHDR(&message);
		header->cmsg_level = SOL_SOCKET;
		header->cmsg_type = SCM_RIGHTS;
		header->cmsg_len = CMSG_LEN(sizeof(int) * count);
		memcpy(CMSG_DATA(header), fds, sizeof(int) * count);
	}
	return sendmsg(socket, &message, MSG_NOSIGNAL) == 1 ? 0 : -1;
}

static ssize_t receive_fds(int socket, int *fds)
{
	char control[CMSG_SPACE(sizeof(int) * ROOTFS_FDS_MAX)];
	char byte;
	struct iovec iov = {.iov_base = &byte, .iov_len = 1};
	struct msghdr message = {
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = control,
		.msg_controllen = sizeof(control),
	};
	struct cmsghdr *header;
	size_t size;

	if (recvmsg(socket, &message, MSG_CMSG_CLOEXEC) != 1) {
		errno = ECONNRESET;
		return -1;
	}
	header = CMSG_FIRSTHDR(&message);
	if (!header)
		return 0;
	size = header->cmsg_len - CMSG_LEN(0);
	memcpy(fds, CMSG_DATA(header), size);
	return (ssize_t)(size / sizeof(int));
}

static int child_run(const struct rootfs_plan *plan, int socket, nsroot_inside inside, void *data,
		     struct message *message)
{
	struct ncrun_error *err = &message->err;
	struct rootfs_begun begun;
	int fds[ROOTFS_FDS_MAX];
	double started;
	ssize_t count;
	int r;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (receive_fds(socket, fds) < 0 || setresgid(0, 0, 0) < 0 || setresuid(0, 0, 0) < 0)
		return error_errno(err, "become the node's root");

	started = now_us();
	r = rootfs_begin(plan, &begun, err);
	message->times.begin = lap(&started);
	if (r == 0)
		r = rootfs_guard(plan, &begun, err);
	message->times.guard = lap(&started);
	if (r < 0)
		return r;
	count = receive_fds(socket, fds);
	if (count < 0)
		return error_errno(err, "receive mounts");
	started = now_us();
	r = rootfs_enter(plan, &begun, fds, (size_t)count, err);
	message->times.enter = lap(&started);
	if (r == 0)
		r = rootfs_seal(plan, err);
	message->times.seal = lap(&started);
	if (r < 0)
		return r;
	prctl(PR_SET_DUMPABLE, 1); /* as after execve(2) */
	return inside ? inside(data, &message->err) : 0;
}

static int write_map(pid_t pid, const char *name, unsigned int base)
{
	char path[64];
	int fd;
	int r;

	snprintf(path, sizeof(path), "/proc/%d/%s", pid, name);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	r = dprintf(fd, "0 %u 65536\n", base);
	close(fd);
	return r > 0 ? 0 : -1;
}

static int parent_run(const struct rootfs_plan *plan, const struct rootfs_spec *spec, pid_t pid,
		      int socket, struct ncrun_error *err)
{
	const unsigned int base = spec->uid_base;
	int fds[ROOTFS_FDS_MAX];
	int userns_fd = -1;
	double started;
	char path[64];
	size_t count;
	int r;

	if (spec->userns) {
		if (write_map(pid, "uid_map", base) < 0 || write_map(pid, "gid_map", base) < 0)
			return error_errno(err, "map ids");
		snprintf(path, sizeof(path), "/proc/%d/ns/user", pid);
		userns_fd = open(path, O_RDONLY | O_CLOEXEC);
	}
	if (send_fds(socket, NULL, 0) < 0)
		return error_errno(err, "send word of the maps");
	started = now_us();
	r = rootfs_prepare(plan, userns_fd, fds, &count, err);
	nsroot_times.prepare = now_us() - started;
	if (userns_fd >= 0)
		close(userns_fd);
	if (r < 0)
		return r;

	r = send_fds(socket, fds, count);
	for (size_t i = 0; i < count; i++)
		close(fds[i]);
	return r < 0 ? error_errno(err, "send descriptors") : 0;
}

static int run_plan(const struct rootfs_plan *plan, const struct rootfs_spec *spec,
		    nsroot_inside inside, void *data, struct ncrun_error *err)
{
	const struct clone_args args = {
		.flags = CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWIPC | CLONE_NEWUTS |
			 CLONE_NEWCGROUP | (spec->userns ? CLONE_NEWUSER : 0) |
			 (spec->network_namespace ? CLONE_NEWNET : 0),
		.exit_signal = SIGCHLD,
	};
	struct message message = {0};
	int sockets[2];
	ssize_t size;
	pid_t pid;
	int r;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sockets) < 0)
		return error_errno(err, "make sockets");
	pid = (pid_t)syscall(SYS_clone3, &args, sizeof(args));
	if (pid == 0) {
		close(sockets[0]);
		message.r = child_run(plan, sockets[1], inside, data, &message);
		_exit(send(sockets[1], &message, sizeof(message), MSG_NOSIGNAL) < 0);
	}
	close(sockets[1]);
	if (pid < 0) {
		close(sockets[0]);
		return error_errno(err, "make namespaces");
	}

	r = parent_run(plan, spec, pid, sockets[0], err);
	if (r < 0)
		shutdown(sockets[0], SHUT_WR);
	size = recv(sockets[0], &message, sizeof(message), 0);
	close(sockets[0]);
	waitpid(pid, NULL, 0);
	if (r < 0 && (size != sizeof(message) || message.r == -ECONNRESET))
		return r;
	if (size != sizeof(message))
		return error_set(err, EIO, "the child died");

	message.times.plan = nsroot_times.plan;
	message.times.prepare = nsroot_times.prepare;
	nsroot_times = message.times;
	if (message.r < 0)
		*err = message.err;
	return message.r;
}

int nsroot_run(const struct rootfs_spec *spec, nsroot_inside inside, void *data,
	       struct ncrun_error *err)
{
	_cleanup_(rootfs_plan_freep) struct rootfs_plan *plan = NULL;
	double started = now_us();
	int r;

	r = rootfs_plan_new(spec, &plan, err);
	nsroot_times.plan = now_us() - started;
	if (r < 0)
		return r;
	return run_plan(plan, spec, inside, data, err);
}

static int run_ways(struct rootfs_spec spec, bool by_child, nsroot_inside inside, void *data,
		    struct ncrun_error *err)
{
	static const struct {
		const char *name;
		bool userns;
		unsigned int avoid;
	} ways[] = {
		{"by default", true, 0},
		{"without layers by descriptor", true, ROOTFS_AVOID_LAYER_FDS},
		{"without a user namespace", false, 0},
		{"without either", false, ROOTFS_AVOID_LAYER_FDS},
		{"made by the child", true, ROOTFS_AVOID_PRIVILEGE},
	};
	int r = 0;

	for (size_t i = 0; r == 0 && i < sizeof(ways) / sizeof(ways[0]); i++) {
		if (!by_child && (ways[i].avoid & ROOTFS_AVOID_PRIVILEGE))
			continue;
		spec.userns = ways[i].userns;
		spec.avoid = ways[i].avoid;
		/* A caller who is not root maps the image's owner, himself, to the node's root. */
		spec.uid_base = ways[i].avoid & ROOTFS_AVOID_PRIVILEGE ? 0 : NSROOT_ID_BASE;
		spec.gid_base = spec.uid_base;
		r = nsroot_run(&spec, inside, data, err);
		if (r < 0)
			error_wrap(err, r, "%s", ways[i].name);
	}
	return r;
}

int nsroot_run_all_ways(struct rootfs_spec spec, nsroot_inside inside, void *data,
			struct ncrun_error *err)
{
	return run_ways(spec, true, inside, data, err);
}

int nsroot_run_replacing(struct rootfs_spec spec, nsroot_inside inside, void *data,
			 struct ncrun_error *err)
{
	const bool by_child = scratch.maker == 0;

	if (!by_child)
		print_message("not as a user: this kernel's tmpfs has no extended attributes\n");
	return run_ways(spec, by_child, inside, data, err);
}

/* ---- looking from inside ------------------------------------------------------ */

void inside_record(bool holds, const char *file, int line, const char *text,
		   struct ncrun_error *err)
{
	if (!holds && err->code == 0)
		error_set(err, EPROTO, "%s:%d: inside: %s (%s)", file, line, text, strerror(errno));
}

int inside_result(const struct ncrun_error *err)
{
	return -err->code;
}

int inside_open(const char *path, int flags)
{
	int fd = open(path, flags | O_CLOEXEC | O_NONBLOCK | O_NOCTTY, 0644);

	return fd < 0 ? -1 : close(fd);
}

const char *inside_line(const char *path, char *buffer, size_t size)
{
	FILE *file = fopen(path, "re");

	buffer[0] = '\0';
	if (file) {
		if (fgets(buffer, (int)size, file))
			buffer[strcspn(buffer, "\n")] = '\0';
		fclose(file);
	}
	return buffer;
}

bool inside_mounted(const char *target, char *ret_line, size_t size)
{
	FILE *file = fopen("/proc/self/mountinfo", "re");
	bool found = false;
	char line[1024];
	char at[256];

	ret_line[0] = '\0';
	while (file && fgets(line, sizeof(line), file)) {
		if (sscanf(line, "%*s %*s %*s %*s %255s", at) != 1 || strcmp(at, target) != 0)
			continue;
		found = true;
		line[strcspn(line, "\n")] = '\0';
		snprintf(ret_line, size, "%s", line);
	}
	if (file)
		fclose(file);
	return found;
}

int inside_count(const char *path)
{
	DIR *directory = opendir(path);
	struct dirent *entry;
	int count = 0;

	if (!directory)
		return -1;
	while ((entry = readdir(directory)))
		count += strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
	closedir(directory);
	return count;
}
