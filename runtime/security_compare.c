/* SPDX-License-Identifier: Apache-2.0 */

/* What distinguishes a node from one without options. */

#include <errno.h>

#include "base/capability.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/text.h"
#include "runtime/container.h"
#include "runtime/security.h"

/** struct comparison - what is found, until there is no memory for more */
struct comparison {
	struct ncrun_security *security;
	int r;
};

static void differ(struct comparison *comparison, const char *what, const char *which)
{
	_cleanup_text_ struct text text = {0};

	text_printf(&text, "%s%s%s", what, *which ? ": " : "", which);
	if (comparison->r == 0)
		comparison->r = text_failed(&text)
					? -ENOMEM
					: strings_append(&comparison->security->differences,
							 text_string(&text));
}

static void differ_by_capabilities(struct comparison *comparison, const char *what, uint64_t set)
{
	const uint64_t others = capability_all() & ~capabilities_default();
	_cleanup_text_ struct text names = {0};

	for (unsigned int i = 0; i < 64 && set != others; i++) {
		char name[32];

		if (!(set >> i & 1))
			continue;
		capability_print(i, name);
		text_printf(&names, "%s%s", names.length > 0 ? " " : "", name);
	}
	if (set)
		differ(comparison, what, set == others ? "all others" : text_string(&names));
}

static void compare_devices(struct comparison *comparison)
{
	static const char *const usual[] = {
		"null c 1:3",    "zero c 1:5", "full c 1:7", "random c 1:8",
		"urandom c 1:9", "tty c 5:0",  NULL,
	};

	for (char **device = comparison->security->devices; device && *device; device++)
		if (!strings_contain(usual, *device))
			differ(comparison, "a device", *device);
	if (!comparison->security->device_filter)
		differ(comparison, "no filter of devices", "");
}

int security_compare(struct ncrun_security *security, const char *const *missing_masks,
		     const char *const *writable, struct ncrun_error *err)
{
	struct comparison comparison = {.security = security};
	const uint64_t usual = capabilities_default();

	if (security->uid_map_count == 0)
		differ(&comparison, "no user namespace", "root inside is root outside");
	for (char **name = security->shared; name && *name; name++)
		if (!text_equal(*name, "user"))
			differ(&comparison, "the caller's own namespace", *name);
	differ_by_capabilities(&comparison, "capabilities beyond the usual",
			       security->bounding & ~usual);
	differ_by_capabilities(&comparison, "without the usual capabilities",
			       usual & ~security->bounding);
	differ_by_capabilities(&comparison, "inheritable capabilities", security->inheritable);
	differ_by_capabilities(&comparison, "ambient capabilities", security->ambient);
	if (!security->no_new_privs)
		differ(&comparison, "no_new_privs is off", "setuid programs work");
	if (security->seccomp_mode != 2)
		differ(&comparison, "no seccomp filter", "");
	else if (!text_equal(security->seccomp, "default"))
		differ(&comparison, "another seccomp profile", security->seccomp);
	for (; missing_masks && *missing_masks; missing_masks++)
		differ(&comparison, "not masked", *missing_masks);
	for (; writable && *writable; writable++)
		differ(&comparison, "not read-only", *writable);
	compare_devices(&comparison);
	return comparison.r < 0 ? error_set(err, ENOMEM, "make room for what differs") : 0;
}
