/* SPDX-License-Identifier: Apache-2.0 */

#include "seccomp/source.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>

#include "base/error.h"
#include "base/file.h"
#include "base/text.h"

#define PROFILE_SIZE_MAX (16u << 20)

/* seccomp/default.json, put into the program by scripts/embed. */
extern const char seccomp_default_start[];
extern const char seccomp_default_end[];
extern const char seccomp_default_sha256[];

static bool is_built_in(const char *profile)
{
	return !profile || text_equal(profile, "default") || text_equal(profile, "log");
}

int source_open(const struct seccomp_request *request, struct source *ret, struct ncrun_error *err)
{
	struct source source = {.name = request->profile};
	int r;

	if (request->text) {
		source.name = request->profile ? request->profile : "seccomp profile";
		source.text = request->text;
		source.length = request->length;
	} else if (is_built_in(request->profile)) {
		source.name = "default.json";
		source.text = seccomp_default_start;
		source.length = (size_t)(seccomp_default_end - seccomp_default_start);
		source.digest = seccomp_default_sha256;
	} else {
		r = file_read_at(AT_FDCWD, request->profile, PROFILE_SIZE_MAX, &source.owned,
				 &source.length, err);
		if (r == -ENOENT)
			return error_set(err, ENOENT,
					 "seccomp profile '%s': neither a file nor 'default', "
					 "'log' or 'unconfined'",
					 request->profile);
		if (r < 0)
			return error_wrap(err, r, "seccomp profile");
		source.text = source.owned;
	}
	*ret = source;
	return 0;
}

void source_done(struct source *source)
{
	free(source->owned);
	source->owned = NULL;
}

unsigned int kernel_release_parse(const char *release)
{
	char *rest = NULL;
	unsigned long version = strtoul(release, &rest, 10);
	unsigned long level = *rest == '.' ? strtoul(rest + 1, NULL, 10) : 0;

	return KERNEL_RELEASE(version > UINT8_MAX ? UINT8_MAX : (unsigned int)version,
			      level > UINT8_MAX ? UINT8_MAX : (unsigned int)level);
}
