/* SPDX-License-Identifier: Apache-2.0 */

/*
 * probe - known ways out of a container, tried from inside; a TAP line each
 * probe --watch MS - look into every process of ncrun that comes by; says what could be read
 * probe --listen NAME - be an abstract socket until killed; says so once it is
 * probe --connect NAME - can it be reached?
 *
 * A probe is well if it is refused; not if it only is wrong, or nothing is there.
 */

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/keyctl.h>
#include <sched.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"

#define HIGH_BIT (1ULL << 32) /* beyond what the kernel looks at, not beyond what a filter sees */

static long try_open(long path, long flags, long unused)
{
	(void)unused;
	return open((const char *)path, (int)flags | O_CLOEXEC); /* NOLINT: a table's column */
}

static long try_socket(long family, long type, long protocol)
{
	return syscall(SYS_socket, family, type, protocol);
}

static long try_unshare(long flags, long unused, long unused_too)
{
	(void)unused;
	(void)unused_too;
	return unshare((int)flags);
}

static long try_mount(long type, long unused, long unused_too)
{
	(void)unused;
	(void)unused_too;
	return mount("none", "/mnt", (const char *)type, 0, NULL); /* NOLINT: a table's column */
}

static long try_call(long number, long a, long b)
{
	return syscall(number, a, b, 0, 0, 0);
}

#define TEXT(string) ((long)(uintptr_t)(string))

static const struct {
	const char *what;
	long (*run)(long a, long b, long c);
	long a, b, c;
} probes[] = {
	{"A1 CVE-2019-5736: the program of the joining runtime", try_open, TEXT("/proc/1/exe"),
	 O_RDONLY, 0},
	{"A1 CVE-2019-5736: ... without reading it", try_open, TEXT("/proc/1/exe"), O_PATH, 0},
	{"A4: init's descriptors", try_open, TEXT("/proc/1/fd/0"), O_PATH, 0},
	{"B10 CVE-2026-31431: page cache by AF_ALG", try_socket, 38, SOCK_SEQPACKET, 0},
	{"B10 CVE-2026-43500, CVE-2026-31635: by AF_RXRPC", try_socket, 33, SOCK_DGRAM, 2},
	{"F6 CVE-2026-43284, CVE-2026-46300: by XFRM", try_socket, AF_NETLINK, SOCK_RAW, 6},
	{"F6 CVE-2026-43284: by AF_KEY", try_socket, 15, SOCK_RAW, 2},
	{"C1: core_pattern", try_open, TEXT("/proc/sys/kernel/core_pattern"), O_WRONLY, 0},
	{"C1: modprobe", try_open, TEXT("/proc/sys/kernel/modprobe"), O_WRONLY, 0},
	{"C3 CVE-2022-0492: a cgroup hierarchy of v1", try_mount, TEXT("cgroup"), 0, 0},
	{"C3 CVE-2022-0492: a namespace to mount it in", try_unshare,
	 CLONE_NEWUSER | CLONE_NEWCGROUP, 0, 0},
	{"C6 CVE-2016-0728: keyrings", try_call, SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, 0},
	{"C6: keys of others", try_call, SYS_request_key, TEXT("user"), TEXT("nosuch")},
	{"C7: bpf", try_call, SYS_bpf, 0, 0},
	{"C7: io_uring", try_call, SYS_io_uring_setup, 1, 0},
	{"C7: userfaultfd", try_call, SYS_userfaultfd, 0, 0},
	{"C8 CVE-2022-0185: file systems by fsopen", try_call, SYS_fsopen, TEXT("tmpfs"), 0},
	{"C9 CVE-2022-1015, CVE-2024-1086: user namespaces inside", try_unshare, CLONE_NEWUSER, 0,
	 0},
	{"C11: AF_VSOCK", try_socket, 40, SOCK_STREAM, 0},
	{"C11: AF_VSOCK with a high bit", try_socket, (long)(40 | HIGH_BIT), SOCK_STREAM, 0},
	{"C11: AF_ALG with a high bit", try_socket, (long)(38 | HIGH_BIT), SOCK_SEQPACKET, 0},
	{"D8: the audit netlink", try_socket, AF_NETLINK, SOCK_RAW, 9},
	{"F3 CVE-2016-8655, CVE-2017-7308, CVE-2020-14386: AF_PACKET", try_socket, AF_PACKET,
	 SOCK_RAW, 0},
	{"B8: files by their handles", try_call, SYS_open_by_handle_at, AT_FDCWD, 0},
};

/* EROFS: of what is shown, but read-only; ENOENT: of what this kernel does not have;
 * EPROTONOSUPPORT: what programs know from kernels without auditing. */
static bool is_refusal(int error)
{
	return error == EPERM || error == EACCES || error == ENOSYS || error == EROFS ||
	       error == ENOENT || error == EPROTONOSUPPORT;
}

static int probe_all(void)
{
	int failed = 0;

	for (size_t i = 0; i < sizeof(probes) / sizeof(probes[0]); i++) {
		long r = probes[i].run(probes[i].a, probes[i].b, probes[i].c);

		bool well = r < 0 && is_refusal(errno);

		printf("%sok - %s%s%s\n", well ? "" : "not ", probes[i].what, well ? "" : ": ",
		       well ? "" : strerror(r < 0 ? errno : 0));
		failed += !well;
	}
	return failed > 0;
}

/* ---- CVE-2016-9962, CVE-2016-8649 ----------------------------------------------------------- */

static void look_into(const char *pid)
{
	static const char *const names[] = {"exe", "cwd", "root", "fd/3"};
	char path[64], comm[32] = "", target[256];
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%s/comm", pid);
	file = fopen(path, "re");
	if (!file)
		return;
	if (!fgets(comm, sizeof(comm), file) || strncmp(comm, "ncrun", 5) != 0)
		comm[0] = '\0';
	fclose(file);
	for (size_t i = 0; comm[0] && i < sizeof(names) / sizeof(names[0]); i++) {
		ssize_t n;

		snprintf(path, sizeof(path), "/proc/%s/%s", pid, names[i]);
		n = readlink(path, target, sizeof(target) - 1);
		target[n > 0 ? n : 0] = '\0';
		/* It may have become its command by now, which is no secret. */
		if (strstr(target, "ncrun") || strchr(target, ':'))
			printf("%s -> %s\n", path, target);
	}
}

static int watch(int64_t ms)
{
	int64_t end = clock_now_ms() + ms;

	puts("watching");
	fflush(stdout);
	while (clock_now_ms() < end) {
		const struct dirent *entry;
		DIR *proc = opendir("/proc");

		while (proc && (entry = readdir(proc)))
			if (isdigit((unsigned char)entry->d_name[0]))
				look_into(entry->d_name);
		if (proc)
			closedir(proc);
	}
	return 0;
}

/* ---- CVE-2020-15257 -------------------------------------------------------------------------- */

static int abstract(const char *name, int (*use)(int, const struct sockaddr *, socklen_t))
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	strncpy(address.sun_path + 1, name, sizeof(address.sun_path) - 2);
	if (fd < 0 || use(fd, (struct sockaddr *)&address,
			  (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + strlen(name))))
		return -1;
	return fd;
}

static int listen_at(const char *name)
{
	int fd = abstract(name, bind);

	if (fd < 0 || listen(fd, 1) < 0)
		return 1;
	puts("listening");
	fflush(stdout);
	for (;;)
		pause();
}

int main(int argc, char **argv)
{
	if (argc == 1)
		return probe_all();
	if (argc == 3 && strcmp(argv[1], "--watch") == 0)
		return watch(strtol(argv[2], NULL, 10));
	if (argc == 3 && strcmp(argv[1], "--listen") == 0)
		return listen_at(argv[2]);
	if (argc == 3 && strcmp(argv[1], "--connect") == 0)
		return abstract(argv[2], connect) < 0;
	return 2;
}
