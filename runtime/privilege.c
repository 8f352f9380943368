/* SPDX-License-Identifier: Apache-2.0 */

#include <linux/capability.h>
#include <strings.h>

#include "base/api.h"
#include "base/capability.h"
#include "base/error.h"
#include "base/text.h"
#include "runtime/container.h"

/*
 * What services need to set themselves up and no more. Against Docker's fourteen
 * it lacks MKNOD (device nodes are refused anyway), NET_RAW (ping works without,
 * see ping_group_range), SETFCAP, SYS_CHROOT and AUDIT_WRITE.
 */
uint64_t capabilities_default(void)
{
	return 1ull << CAP_CHOWN | 1ull << CAP_DAC_OVERRIDE | 1ull << CAP_FOWNER |
	       1ull << CAP_FSETID | 1ull << CAP_SETUID | 1ull << CAP_SETGID | 1ull << CAP_SETPCAP |
	       1ull << CAP_KILL | 1ull << CAP_NET_BIND_SERVICE;
}

static int list_bits(const char *const *list, uint64_t all, uint64_t *ret, struct ncrun_error *err)
{
	uint64_t bits = 0;

	for (; list && *list; list++) {
		unsigned int capability;
		int r;

		if (strcasecmp(*list, "ALL") == 0) {
			bits |= all;
			continue;
		}
		r = capability_parse(*list, &capability, err);
		if (r < 0)
			return r;
		if (!(all >> capability & 1))
			return error_set(err, EINVAL, "capability '%s': unknown to this kernel",
					 *list);
		bits |= 1ull << capability;
	}
	*ret = bits;
	return 0;
}

NCRUN_API int ncrun_capabilities_resolve(bool privileged, const char *const *add,
					 const char *const *drop, uint64_t *ret,
					 struct ncrun_error *err)
{
	uint64_t set = capabilities_default(), added = 0, dropped = 0, all = 0;
	int r;

	/* Reading /proc costs: a plain node has nothing to ask. */
	if (privileged || (add && *add) || (drop && *drop))
		all = capability_all();
	r = list_bits(add, all, &added, err);
	if (r == 0)
		r = list_bits(drop, all, &dropped, err);
	if (r < 0)
		return r;
	if (privileged)
		set = all;
	/* "--cap-drop ALL --cap-add X" leaves X, in whichever order. */
	if (dropped == all && all)
		set = added == all ? 0 : added;
	else
		set = (set | added) & ~dropped;
	*ret = set;
	return 0;
}
