/* SPDX-License-Identifier: Apache-2.0 */

/* Ways out by what a process brings along: variables, groups, capabilities. */

#include <errno.h>
#include <grp.h>
#include <linux/capability.h>
#include <linux/securebits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "tests/escape/probe.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define GROUPS_MAX   64

extern char **environ;

/* What a node is given by ncrun itself. */
static long variables(const struct probe *probe)
{
	static const char *const own[] = {"PATH=", "HOME=", "TERM=", "container="};
	long found = -ENOENT;

	(void)probe;
	for (char **variable = environ; *variable; variable++) {
		size_t i = 0;

		while (i < COUNT(own) && strncmp(*variable, own[i], strlen(own[i])) != 0)
			i++;
		if (i < COUNT(own))
			continue;
		probe_note("%.*s ", (int)strcspn(*variable, "="), *variable);
		found = 0;
	}
	return found;
}

/* Beside its own: a group more is a file more that is open, a negative one is a wall less. */
static long groups(const struct probe *probe)
{
	gid_t list[GROUPS_MAX];
	int count = getgroups(GROUPS_MAX, list);
	long found = count < 0 ? 0 : -ENOENT;

	(void)probe;
	for (int i = 0; i < count; i++)
		if (list[i] != getegid()) {
			probe_note("%u ", list[i]);
			found = 0;
		}
	return found;
}

/** Of /proc/self/status: "CapInh:", ... */
static uint64_t capabilities(const char *name)
{
	FILE *file = fopen("/proc/self/status", "re");
	uint64_t set = UINT64_MAX;
	char line[256];

	while (file && fgets(line, sizeof(line), file))
		if (strncmp(line, name, strlen(name)) == 0)
			set = strtoull(line + strlen(name), NULL, 16);
	if (file)
		fclose(file);
	return set;
}

/* @a: of which there are to be none */
static long any_capability(const struct probe *probe)
{
	uint64_t set = capabilities((const char *)probe->a); /* NOLINT: a table's column */

	probe_note("%llx", (unsigned long long)set);
	return set ? 0 : -ENOENT;
}

static uint64_t expected(void)
{
	static const int host[] = {CAP_CHOWN,   CAP_DAC_OVERRIDE, CAP_FOWNER,
				   CAP_FSETID,  CAP_SETUID,       CAP_SETGID,
				   CAP_SETPCAP, CAP_KILL,         CAP_NET_BIND_SERVICE};
	uint64_t set = 0;

	for (size_t i = 0; i < COUNT(host); i++)
		set |= UINT64_C(1) << host[i];
	if (probe_role & NET_ADMIN)
		set |= UINT64_C(1) << CAP_NET_ADMIN;
	return probe_role == ROLE_PRIVILEGED ? UINT64_MAX : set;
}

/* @a: those that docs/security.md has of the role, and no others */
static long more_capabilities(const struct probe *probe)
{
	uint64_t set = capabilities((const char *)probe->a); /* NOLINT: a table's column */

	probe_note("%llx", (unsigned long long)(set & ~expected()));
	return set & ~expected() ? 0 : -ENOENT;
}

/* One that it lacks, taken back. @a: which */
static long regain(const struct probe *probe)
{
	struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
	struct __user_cap_data_struct data[2];
	unsigned int capability = (unsigned int)probe->a;

	if (syscall(SYS_capget, &header, data) < 0)
		return probe_result(-1);
	data[capability / 32].permitted |= 1u << capability % 32;
	data[capability / 32].effective |= 1u << capability % 32;
	return probe_result(syscall(SYS_capset, &header, data));
}

static long ambient(const struct probe *probe)
{
	return probe_result(prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, probe->a, 0, 0));
}

/* A setuid program could give back what was taken. */
static long new_privileges(const struct probe *probe)
{
	(void)probe;
	return prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1 ? -EPERM : 0;
}

/* Ids beyond its own are none to it, nor is -1, which would change nothing. */
static long another_user(const struct probe *probe)
{
	long r = probe_result(syscall(SYS_setuid, probe->a));

	return r == -EINVAL ? -EPERM : r;
}

static const struct probe probes[] = {
	{"A5", "variables of the caller", variables, NOWHERE, 0, 0, 0},
	{"A6", "CVE-2022-2989, CVE-2022-36109: groups of the caller", groups, NOWHERE, 0, 0, 0},
	{"A7", "CVE-2022-27650, CVE-2022-29162: inheritable capabilities", any_capability, NOWHERE,
	 TEXT("CapInh:"), 0, 0},
	{"A7", "CVE-2022-24769: ambient capabilities", any_capability, NOWHERE, TEXT("CapAmb:"), 0,
	 0},
	{"A7", "capabilities beyond those of its kind", more_capabilities, NOWHERE, TEXT("CapEff:"),
	 0, 0},
	{"A7", "and what could be had of them", more_capabilities, NOWHERE, TEXT("CapBnd:"), 0, 0},
	{"A7", "taking back SYS_ADMIN", regain, ROLE_PRIVILEGED, CAP_SYS_ADMIN, 0, 0},
	{"A7", "taking back SYS_RAWIO", regain, ROLE_PRIVILEGED, CAP_SYS_RAWIO, 0, 0},
	{"A7", "handing SYS_ADMIN on", ambient, NOWHERE, CAP_SYS_ADMIN, 0, 0},
	{"A7", "new privileges by programs", new_privileges, NOWHERE, 0, 0, 0},
	{"A9", "CVE-2024-40635: being -1", another_user, NOWHERE, 0xffffffff, 0, 0},
};

const struct probe_table probes_identity = {probes, COUNT(probes)};
