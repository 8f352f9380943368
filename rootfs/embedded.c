/* SPDX-License-Identifier: Apache-2.0 */

#include "rootfs/embedded.h"

#include <errno.h>
#include <stddef.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "base/file.h"
#include "base/text.h"
#include "rootfs/import.h"
#include "rootfs/rootfs.h"

/* Made by the build; empty when it found no static busybox. */
extern const char embedded_image_start[] __attribute__((visibility("hidden")));
extern const char embedded_image_end[] __attribute__((visibility("hidden")));
extern const char embedded_image_sha256[] __attribute__((visibility("hidden")));

static size_t embedded_size(void)
{
	return (size_t)((uintptr_t)embedded_image_end - (uintptr_t)embedded_image_start);
}

bool image_embedded_available(void)
{
	return embedded_size() > 0;
}

/* The name is ours only while what it means came from a program like this one. */
static int check_name(struct ncrun_store *store, struct ncrun_error *err)
{
	_cleanup_(ncrun_image_unrefp) struct ncrun_image *image = NULL;
	struct ncrun_error ignored;
	const char *source;

	if (ncrun_image_open(store, EMBEDDED_NAME, &image, &ignored) < 0)
		return 0;
	source = ncrun_image_info(image)->source;
	if (text_equal(source, EMBEDDED_NAME))
		return 0;
	return error_set(err, EEXIST,
			 "the embedded image finds its name '" EMBEDDED_NAME
			 "' in the store taken by one from '%s'",
			 source);
}

int embedded_open(struct ncrun_store *store, struct ncrun_image **ret, struct ncrun_error *err)
{
	_cleanup_close_ int fd = -1;
	struct ncrun_error ignored;
	int r;

	if (!image_embedded_available())
		return error_set(
			err, ENOPKG,
			"this ncrun was built without an embedded image (its build needs a "
			"static busybox; Debian: busybox-static)");
	if (ncrun_image_open(store, embedded_image_sha256, ret, &ignored) == 0)
		return 0;

	r = check_name(store, err);
	if (r < 0)
		return r;
	fd = memfd_create("ncrun-embedded", MFD_CLOEXEC);
	if (fd < 0)
		return error_errno(err, "make a file in memory for the embedded image");
	r = file_write_all(fd, embedded_image_start, embedded_size(), err);
	if (r < 0)
		return r;
	if (lseek(fd, 0, SEEK_SET) < 0)
		return error_errno(err, "rewind the embedded image");
	r = image_import_fd(store, EMBEDDED_NAME, fd, EMBEDDED_NAME, NULL, ret, err);
	return r < 0 ? error_wrap(err, r, "import the embedded image") : 0;
}
