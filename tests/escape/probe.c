/* SPDX-License-Identifier: Apache-2.0 */

/*
 * probe ROLE - known ways out of a container, tried from inside a node of that kind; a TAP
 *		line each: host, router, nat, privileged, userns-host, rootfs-host
 * probe --watch MS, --listen NAME, --connect NAME, --exchange NAME OTHER..., --inject INTERFACE
 *		ADDRESS PORT - see probe.h
 *
 * A probe is well if it is refused; not if it only is wrong, or nothing is there. Static, so
 * that it runs in every root file system.
 */

#include "tests/escape/probe.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* A kernel may look for a module for each family of sockets. */
#define PROBE_SECONDS 60

enum role probe_role;

/* Shared with the process that tries. */
static struct outcome {
	long result;
	bool done;
	char note[512];
} * outcome;

static const struct {
	const char *name;
	enum role role;
} roles[] = {
	{"host", ROLE_HOST},
	{"router", ROLE_ROUTER},
	{"nat", ROLE_NAT},
	{"privileged", ROLE_PRIVILEGED},
	{"userns-host", ROLE_USERNS_HOST},
	{"rootfs-host", ROLE_ROOTFS_HOST},
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

long probe_result(long r)
{
	return r < 0 ? -errno : r;
}

void probe_note(const char *fmt, ...)
{
	size_t length = strlen(outcome->note);
	va_list list;

	va_start(list, fmt);
	vsnprintf(outcome->note + length, sizeof(outcome->note) - length, fmt, list);
	va_end(list);
}

long probe_open(const struct probe *probe)
{
	return probe_result(open((const char *)probe->a, (int)probe->b | O_CLOEXEC)); /* NOLINT */
}

long probe_call(const struct probe *probe)
{
	return probe_result(syscall(probe->a, probe->b, probe->c, 0, 0, 0, 0));
}

/* EROFS: of what is shown, but read-only; ENOENT: of what this kernel does not have, or the
 * node does not; EPROTONOSUPPORT: what programs know from kernels without auditing. */
static bool is_refusal(long result)
{
	return result == -EPERM || result == -EACCES || result == -ENOSYS || result == -EROFS ||
	       result == -ENOENT || result == -EPROTONOSUPPORT;
}

/* What a kernel lacks cannot be allowed by anybody. */
static bool is_lacking(long result)
{
	return result == -ENOSYS || result == -ENOENT || result == -EPROTONOSUPPORT ||
	       result == -EAFNOSUPPORT;
}

static void run_in_child(const struct probe *probe)
{
	int status = 0;
	pid_t pid = fork();

	if (pid == 0) {
		alarm(PROBE_SECONDS);
		outcome->result = probe->run(probe);
		outcome->done = true;
		_exit(0);
	}
	if (pid < 0 || waitpid(pid, &status, 0) < 0) {
		perror("probe: child");
		exit(2);
	}
}

static bool report(const struct probe *probe)
{
	bool on_purpose = probe->works_in & probe_role;
	bool refused = outcome->done && is_refusal(outcome->result);
	bool well =
		on_purpose ? outcome->done && (!refused || is_lacking(outcome->result)) : refused;
	const char *answer = !outcome->done        ? "it died"
			     : outcome->result < 0 ? strerror((int)-outcome->result)
						   : "done";

	printf("%sok - %s %s: %s%s%s%s\n", well ? "" : "not ", probe->id, probe->what, answer,
	       on_purpose ? ", on purpose" : "", outcome->note[0] ? ": " : "", outcome->note);
	return well;
}

static int run_all(void)
{
	static const struct probe_table *const tables[] = {&probes_identity, &probes_files,
							   &probes_calls, &probes_processes,
							   &probes_network};
	size_t failed = 0, count = 0;

	for (size_t t = 0; t < COUNT(tables); t++)
		for (size_t i = 0; i < tables[t]->count; i++, count++) {
			*outcome = (struct outcome){0};
			fflush(stdout);
			run_in_child(&tables[t]->probes[i]);
			failed += !report(&tables[t]->probes[i]);
		}
	printf("# %zu probes, %zu got out\n", count, failed);
	return failed > 0;
}

int main(int argc, char **argv)
{
	if (argc == 3 && strcmp(argv[1], "--watch") == 0)
		return mode_watch(strtol(argv[2], NULL, 10));
	if (argc == 3 && strcmp(argv[1], "--listen") == 0)
		return mode_listen(argv[2]);
	if (argc == 3 && strcmp(argv[1], "--connect") == 0)
		return mode_connect(argv[2]);
	if (argc >= 4 && strcmp(argv[1], "--exchange") == 0)
		mode_exchange(argv + 2);
	if (argc == 5 && strcmp(argv[1], "--inject") == 0)
		return mode_inject(argv[2], argv[3], argv[4]);
	outcome = mmap(NULL, sizeof(*outcome), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
		       -1, 0);
	for (size_t i = 0; argc == 2 && outcome != MAP_FAILED && i < COUNT(roles); i++)
		if (strcmp(argv[1], roles[i].name) == 0) {
			probe_role = roles[i].role;
			return run_all();
		}
	fputs("usage: probe host|router|nat|privileged|userns-host|rootfs-host\n", stderr);
	return 2;
}
