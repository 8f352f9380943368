/* SPDX-License-Identifier: Apache-2.0 */

#include "tests/support/plausible.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static const struct {
	const char *name;
	int number;
} errors[] = {
	{"ENOMEM", ENOMEM}, {"EIO", EIO},       {"EMFILE", EMFILE},   {"ENOSPC", ENOSPC},
	{"EPERM", EPERM},   {"EINTR", EINTR},   {"EAGAIN", EAGAIN},   {"EBUSY", EBUSY},
	{"EACCES", EACCES}, {"EROFS", EROFS},   {"ENOBUFS", ENOBUFS}, {"ENOSYS", ENOSYS},
	{"EDQUOT", EDQUOT}, {"EINVAL", EINVAL},
};

/* Names between blanks. What is not here cannot fail, or fails only who calls it wrongly;
 * a loader that lacks memory before main() tells so in its own way. */
static const struct {
	const char *calls;
	const char *errors;
} rows[] = {
	{" open openat openat2 creat ", "ENOMEM EMFILE EIO ENOSPC EPERM EINTR"},
	{" read pread64 readv getdents64 readlink readlinkat ", "EIO EINTR ENOMEM"},
	{" write pwrite64 writev copy_file_range sendfile ", "ENOSPC EIO EINTR EPERM"},
	{" close ", "EIO EINTR"},
	{" stat lstat fstat newfstatat statx statfs fstatfs access faccessat faccessat2 ",
	 "EIO ENOMEM EACCES"},
	{" mmap mremap ", "ENOMEM EPERM"},
	{" socket socketpair pipe pipe2 memfd_create eventfd2 epoll_create1 timerfd_create "
	 "signalfd4 pidfd_open inotify_init1 ",
	 "EMFILE ENOMEM EPERM"},
	{" dup dup3 fcntl ", "EMFILE EINTR EAGAIN"},
	{" clone clone3 fork vfork ", "ENOMEM EAGAIN ENOSPC EPERM"},
	{" unshare setns ", "ENOMEM ENOSPC EPERM"},
	{" mount fsopen fsconfig fsmount fspick open_tree move_mount mount_setattr pivot_root ",
	 "ENOMEM EPERM ENOSPC EBUSY"},
	{" umount2 ", "EBUSY EPERM"},
	{" mkdir mkdirat symlink symlinkat link linkat mknod mknodat rename renameat renameat2 ",
	 "ENOSPC ENOMEM EIO EPERM EROFS"},
	{" unlink unlinkat rmdir ", "EIO EPERM EBUSY"},
	{" fsync fdatasync sync_file_range ", "EIO ENOSPC EINTR"},
	{" truncate ftruncate fallocate ", "ENOSPC EIO EINTR"},
	{" chmod fchmod fchmodat chown fchown fchownat lchown utimensat fsetxattr lsetxattr "
	 "setxattr ",
	 "EPERM EIO ENOSPC"},
	{" sendto sendmsg ", "ENOBUFS ENOMEM EINTR EPERM"},
	{" recvfrom recvmsg ", "ENOMEM EINTR ENOBUFS"},
	{" bind connect listen accept4 getsockname setsockopt getsockopt ",
	 "ENOMEM ENOBUFS EACCES"},
	{" poll ppoll epoll_wait epoll_pwait select pselect6 ", "EINTR ENOMEM"},
	{" epoll_ctl timerfd_settime inotify_add_watch ", "ENOMEM ENOSPC"},
	{" wait4 waitid rt_sigtimedwait flock nanosleep clock_nanosleep ", "EINTR"},
	{" prctl capset setuid setgid setresuid setresgid setgroups setsid setpgid sethostname "
	 "setrlimit prlimit64 chroot sched_setaffinity ",
	 "EPERM EAGAIN ENOMEM"},
	{" chdir fchdir getcwd ", "EIO EACCES ENOMEM"},
	{" kill tgkill pidfd_send_signal ", "EPERM EAGAIN"},
	{" pidfd_getfd ", "EPERM EMFILE"},
	{" seccomp bpf keyctl add_key ", "ENOMEM EPERM EDQUOT"},
	{" ioctl ", "EPERM ENOMEM EINTR"},
	{" getrandom ", "EINTR"},
	{" execve execveat ", "ENOMEM EACCES EIO"},
};

int plausible_number(const char *name)
{
	for (size_t i = 0; i < sizeof(errors) / sizeof(errors[0]); i++)
		if (strcmp(errors[i].name, name) == 0)
			return errors[i].number;
	return 0;
}

/* The table's own names, which end at a NUL. */
static size_t names_split(const char *text, const char *ret[PLAUSIBLE_MAX])
{
	size_t count = 0;

	while (*text && count < PLAUSIBLE_MAX) {
		size_t length = strcspn(text, " ");

		for (size_t i = 0; i < sizeof(errors) / sizeof(errors[0]); i++)
			if (strlen(errors[i].name) == length &&
			    strncmp(errors[i].name, text, length) == 0)
				ret[count++] = errors[i].name;
		text += length + strspn(text + length, " ");
	}
	return count;
}

size_t plausible_errors(const char *call, const char *ret[PLAUSIBLE_MAX])
{
	char name[40];

	snprintf(name, sizeof(name), " %.32s ", call);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (strstr(rows[i].calls, name))
			return names_split(rows[i].errors, ret);
	return 0;
}

/* Locks, descriptors and memory end with who has them, and what was read is lost with it. */
bool call_is_private(const char *call)
{
	static const char calls[] =
		" brk mmap munmap mprotect mremap madvise read pread64 readv lseek stat lstat fstat "
		"newfstatat statx statfs fstatfs getdents64 readlink readlinkat access faccessat "
		"faccessat2 getxattr lgetxattr fgetxattr listxattr llistxattr flistxattr getcwd "
		"getpid gettid getppid getuid geteuid getgid getegid getrandom clock_gettime "
		"nanosleep clock_nanosleep poll ppoll select epoll_wait epoll_pwait epoll_ctl "
		"epoll_create1 eventfd2 timerfd_create timerfd_settime signalfd4 pidfd_open "
		"pidfd_getfd memfd_create dup dup2 dup3 fcntl flock close pipe2 socket socketpair "
		"getsockname getsockopt setsockopt recvfrom recvmsg rt_sigaction rt_sigprocmask "
		"rt_sigreturn rt_sigtimedwait sigaltstack prlimit64 uname umask set_robust_list "
		"set_tid_address rseq arch_prctl futex sched_getaffinity capget wait4 waitid ";
	char name[40];

	snprintf(name, sizeof(name), " %.32s ", call);
	return strstr(calls, name);
}
