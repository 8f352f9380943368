/* SPDX-License-Identifier: Apache-2.0 */

#include "runtime/machine.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "base/api.h"
#include "base/array.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/file.h"
#include "base/text.h"

#define MODULES_MAX (16u << 20)

NCRUN_API void ncrun_findings_free(struct ncrun_finding *findings, size_t count)
{
	for (size_t i = 0; i < count; i++)
		free((char *)findings[i].detail); /* ours: see examination_add() */
	free(findings);
}

static void examination_done(struct examination *examination)
{
	ncrun_findings_free(examination->findings, examination->count);
	free(examination->modules);
}

void examination_add(struct examination *examination, const struct ncrun_finding *finding,
		     const char *detail, ...)
{
	struct ncrun_finding *added;
	char *text = NULL;
	va_list args;
	int length;

	if (array_grow((void **)&examination->findings, examination->count, sizeof(*added)) < 0) {
		examination->no_memory = true;
		return;
	}
	va_start(args, detail);
	length = vasprintf(&text, detail, args);
	va_end(args);
	if (length < 0) {
		examination->no_memory = true;
		return;
	}
	added = &examination->findings[examination->count++];
	*added = *finding;
	added->detail = text;
	if (added->state == NCRUN_FINDING_OK || !added->cost)
		added->cost = "";
	if (added->state == NCRUN_FINDING_OK || !added->remedy)
		added->remedy = "";
}

/** Is it a module that trying would load? That would change the machine. */
static bool module_would_load(const struct examination *examination, const char *name)
{
	_cleanup_free_ char *loaded = NULL, *entry = NULL;

	if (asprintf(&loaded, "/sys/module/%s", name) < 0 || asprintf(&entry, "/%s.ko", name) < 0)
		return true;
	return access(loaded, F_OK) < 0 && strstr(examination->modules, entry);
}

void examination_try(struct examination *examination, const char *area, const struct probe *probes,
		     size_t count)
{
	for (size_t i = 0; i < count; i++) {
		const struct probe *probe = &probes[i];
		uint64_t namespaces = probe->namespaces;
		struct ncrun_finding finding = {
			.area = area,
			.item = probe->item,
			.cost = probe->cost,
			.remedy = probe->remedy,
		};
		int code;

		if (probe->module && module_would_load(examination, probe->module)) {
			examination_add(examination, &finding,
					"in a kernel module, loaded when it is first used");
			continue;
		}
		if (namespaces && (examination->has_userns || !examination->root))
			namespaces |= CLONE_NEWUSER;
		code = probe_run(namespaces, probe->run);
		if (code)
			finding.state = probe->lack;
		if (code == ENOENT && probe->module) /* what the kernel says of a kind it has not */
			examination_add(examination, &finding, "not in this kernel");
		else
			examination_add(examination, &finding, "%s",
					code ? strerrordesc_np(code) : "works");
	}
}

/** "...:" lines naming every module file; a kernel without modules has no such file. */
static char *modules_read(void)
{
	struct ncrun_error ignored = {0};
	char path[512], *text = NULL;
	struct utsname name;

	uname(&name);
	snprintf(path, sizeof(path), "/lib/modules/%s/modules.dep", name.release);
	if (file_read_at(AT_FDCWD, path, MODULES_MAX, &text, NULL, &ignored) < 0)
		return strdup("");
	return text;
}

NCRUN_API int ncrun_machine_examine(struct ncrun_finding **ret, size_t *ret_count,
				    struct ncrun_error *err)
{
	static void (*const areas[])(struct examination *) = {
		machine_examine_kernel,   machine_examine_namespaces, machine_examine_cgroups,
		machine_examine_mounts,   machine_examine_seccomp,    machine_examine_network,
		machine_examine_programs, machine_examine_libraries,
	};
	_cleanup_(examination_done) struct examination examination = {
		.root = geteuid() == 0,
		.modules = modules_read(),
	};

	if (!examination.modules)
		return error_set(err, ENOMEM, "examine the machine: no memory");
	for (size_t i = 0; i < sizeof(areas) / sizeof(areas[0]); i++)
		areas[i](&examination);
	if (examination.no_memory)
		return error_set(err, ENOMEM, "examine the machine: no memory");
	*ret_count = examination.count;
	*ret = take_ptr(examination.findings);
	examination.count = 0;
	return 0;
}
