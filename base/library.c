/* SPDX-License-Identifier: Apache-2.0 */

#include "base/library.h"

#include <dlfcn.h>
#include <errno.h>
#include <stddef.h>

#include "base/error.h"
#include "base/log.h"

int library_load(const char *soname, const char *package, const struct library_symbol *symbols,
		 struct ncrun_error *err)
{
	void *library;

	/* the first slot is filled last: it says that all are */
	if (*symbols[0].slot)
		return 0;
	errno = 0;
	library = dlopen(soname, RTLD_NOW | RTLD_LOCAL);
	if (!library) {
		if (errno == ENOMEM)
			return error_errno(err, "load '%s'", soname);
		log_debug("%s", dlerror());
		return error_set(err, ENOPKG, "needs '%s', which is not installed (package '%s')",
				 soname, package);
	}
	for (size_t i = 1; symbols[i].name; i++) {
		*symbols[i].slot = dlsym(library, symbols[i].name);
		if (!*symbols[i].slot)
			return error_set(err, ENOPKG, "'%s' is too old: no %s (package '%s')",
					 soname, symbols[i].name, package);
	}
	*symbols[0].slot = dlsym(library, symbols[0].name);
	if (!*symbols[0].slot)
		return error_set(err, ENOPKG, "'%s' is too old: no %s (package '%s')", soname,
				 symbols[0].name, package);
	return 0;
}
