/* SPDX-License-Identifier: Apache-2.0 */

/*
 * ncrun-init CONFIG_FD: the node's first process, or with INIT_EXEC in the
 * configuration the last thing `ncrun exec` is before it becomes the command.
 */

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/close_range.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/error.h"
#include "runtime/init/init.h"

static const struct init_config *config_map(const char *text)
{
	const struct init_config *config;
	struct stat st;
	int fd = (int)strtol(text, NULL, 10);

	if (fstat(fd, &st) < 0 || (size_t)st.st_size < sizeof(*config))
		return NULL;
	config = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (config == MAP_FAILED || config->magic != INIT_MAGIC ||
	    config->size != (size_t)st.st_size)
		return NULL;
	return config; /* its descriptor stays open: `ncrun exec` takes it from here */
}

/* All are ours but those below, which are the commands'. */
static int descriptors_guard(const struct init_config *config, struct ncrun_error *err)
{
	if (syscall(SYS_close_range, 3 + config->preserve_fds, ~0U, CLOSE_RANGE_CLOEXEC) < 0)
		return error_errno(err, "keep descriptors from the commands");
	return 0;
}

/* SIG_IGN survives both clone3() and execve(): a caller that ignores SIGPIPE must not pass that on.
 */
static void signals_reset(void)
{
	struct {
		void *handler;
		unsigned long flags;
		void *restorer;
		uint64_t mask;
	} action = {.handler = SIG_DFL};

	for (int signo = 1; signo <= 64; signo++)
		syscall(SYS_rt_sigaction, signo, &action, NULL, sizeof(action.mask));
}

/* Bounding set for all that is started from here; for init itself what starting things takes. */
static int privileges_reduce(const struct init_config *config, struct ncrun_error *err)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	uint64_t keep =
		config->capabilities | 1ull << CAP_KILL | 1ull << CAP_SETUID | 1ull << CAP_SETGID;
	struct __user_cap_data_struct data[2] = {0}, now[2] = {0};

	prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
	for (int cap = 0; cap < 64; cap++)
		if (!(config->capabilities >> cap & 1) &&
		    prctl(PR_CAPBSET_DROP, cap, 0, 0, 0) < 0) {
			if (errno == EINVAL) /* beyond the kernel's last one */
				break;
			return error_errno(err, "drop capability %d", cap);
		}
	if (config->bpf_count > 0 && !(config->flags & INIT_NO_NEW_PRIVS))
		keep |= 1ull << CAP_SYS_ADMIN; /* seccomp(2) wants it */
	if (syscall(SYS_capget, &header, now) < 0)
		return error_errno(err, "read capabilities");
	for (int i = 0; i < 2; i++)
		data[i].effective = data[i].permitted =
			now[i].permitted & (uint32_t)(keep >> (32 * i));
	if (syscall(SYS_capset, &header, data) < 0)
		return error_errno(err, "set capabilities");
	return 0;
}

static int become_command(const struct init_config *config)
{
	const struct init_service *service =
		(const void *)((const char *)config + config->services);
	struct spawn spawn = {
		.config = config,
		.argv = &service->argv,
		.stdio = {-1, -1, -1},
		.terminal = config->flags & INIT_TERMINAL,
		.announce_fd = config->channel_fd,
		.exit_code = EXIT_NOT_RUN,
	};
	int master = -1, slave = -1, r;

	snprintf(spawn.step, sizeof(spawn.step), "%s", "user");
	r = identity_resolve(IDENTITY_OF(config), &spawn.identity, &spawn.error);
	if (r == 0 && spawn.terminal) {
		snprintf(spawn.step, sizeof(spawn.step), "%s", "terminal");
		r = terminal_open(config->rows, config->columns, &master, &slave, &spawn.error);
		if (r == 0)
			r = terminal_send(config->channel_fd, master, &spawn.error);
		if (r == 0)
			spawn.stdio[0] = spawn.stdio[1] = spawn.stdio[2] = slave;
	}
	if (r == 0)
		spawn_become(&spawn);
	channel_fail(config->channel_fd, spawn.step, &spawn.error, spawn.exit_code);
	return spawn.exit_code;
}

int main(int argc, char **argv)
{
	struct ncrun_error err = {0};
	const struct init_config *config;

	prctl(PR_SET_DUMPABLE, 0);
	prctl(PR_SET_NAME, "ncrun-init");
	config = argc == 2 ? config_map(argv[1]) : NULL;
	if (argc == 2)
		memset(argv[1], 0, strlen(argv[1])); /* nothing for ps(1) to wonder about */
	if (!config) {                               /* which would say where else to tell it */
		dprintf(STDERR_FILENO,
			"ncrun: the configuration of a node's init cannot be read\n");
		return EXIT_NOT_RUN;
	}
	signals_reset();
	if (descriptors_guard(config, &err) < 0 || privileges_reduce(config, &err) < 0) {
		channel_fail(config->channel_fd, "capabilities", &err, EXIT_NOT_RUN);
		return EXIT_NOT_RUN;
	}
	return config->flags & INIT_EXEC ? become_command(config) : supervise(config);
}
