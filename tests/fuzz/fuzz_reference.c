/* SPDX-License-Identifier: Apache-2.0 */

/* Whatever is asked for or listed by a mirror, what comes of it cannot lead elsewhere. */

#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/name.h"
#include "base/text.h"
#include "rootfs/fetch.h"
#include "rootfs/pull.h"
#include "tests/fuzz/libfyaml.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool is_within(const char *part)
{
	return !strchr(part, '/') && !strstr(part, "..");
}

static void check_reference(const char *text)
{
	struct pull_reference reference;

	if (pull_reference_parse(text, &reference, NULL) < 0)
		return;
	assert(pull_reference_is(text));
	assert(!*reference.name || name_check("image", reference.name, NULL) == 0);
	assert(is_within(reference.branch) && is_within(reference.version));
	assert(reference.kind == PULL_ALPINE ||
	       (text_starts_with(reference.location, "docker://") &&
		!strpbrk(reference.location, " \n\t\\'\"$")));
}

static void check_release(const char *text, size_t size)
{
	struct alpine_release release = {0};

	if (alpine_release_find("listing", text, size, &release, NULL) < 0)
		return;
	assert(*release.file && !strchr(release.file, '/') && release.size_bytes > 0);
	assert(strspn(release.sha256, "0123456789abcdef") == 64 && !release.sha256[64]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_free_ char *text = strndup((const char *)data, size);
	struct alpine_release release = {.file = "alpine-minirootfs-3.20.3-x86_64.tar.gz"};

	if (!text)
		return 0;
	check_reference(text);
	check_release((const char *)data, size);
	if (alpine_checksum_parse("checksum", text, &release, NULL) == 0)
		assert(strlen(release.sha256) == 64);
	if (fetch_url_check("mirror", text, NULL) == 0)
		assert(!strpbrk(text, " \n\t?#"));
	return 0;
}
