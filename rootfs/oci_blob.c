/* SPDX-License-Identifier: Apache-2.0 */

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/array.h"
#include "base/error.h"
#include "base/file.h"
#include "rootfs/import_limits.h"
#include "rootfs/oci.h"
#include "rootfs/store.h"

static void blob_done(struct oci_blob *blob)
{
	free(blob->path);
	*blob = (struct oci_blob){0};
}

void oci_manifest_done(struct oci_manifest *manifest)
{
	blob_done(&manifest->config);
	for (size_t i = 0; i < manifest->layer_count; i++)
		blob_done(&manifest->layers[i]);
	free(manifest->layers);
	free(manifest->diff_ids);
	free(manifest->identity);
	*manifest = (struct oci_manifest){0};
}

int oci_manifest_add_layer(struct oci_manifest *manifest, const char *path, const char *digest,
			   uint64_t size, struct ncrun_error *err)
{
	struct oci_blob *layer;

	if (manifest->layer_count >= IMPORT_LAYERS_MAX)
		return error_set(err, E2BIG, "the image has more than %d layers",
				 IMPORT_LAYERS_MAX);
	if (array_grow((void **)&manifest->layers, manifest->layer_count, sizeof(*layer)) < 0)
		return error_set(err, ENOMEM, "read the manifest");
	layer = &manifest->layers[manifest->layer_count];
	*layer = (struct oci_blob){.path = strdup(path), .size = size};
	if (!layer->path)
		return error_errno(err, "read the manifest");
	memcpy(layer->digest, digest, strlen(digest) + 1);
	manifest->layer_count++;
	return 0;
}

int oci_digest_parse(const char *text, char ret[DIGEST_TEXT_SIZE], struct ncrun_error *err)
{
	if (!text_starts_with(text, "sha256:") || !store_is_digest(text + 7))
		return error_set(err, EINVAL, "'%s' is not a SHA-256 digest",
				 import_show(text).text);
	memcpy(ret, text + 7, DIGEST_TEXT_SIZE);
	return 0;
}

int oci_blob_open(int archive_fd, const struct oci_blob *blob, int *ret_fd, uint64_t *ret_size,
		  struct ncrun_error *err)
{
	_cleanup_close_ int fd = file_open_in_root(archive_fd, blob->path,
						   O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC, 0);
	struct stat st;

	if (fd < 0) {
		errno = -fd;
		return error_set(err, EINVAL, "the archive lacks '%s': %s",
				 import_show(blob->path).text, strerrordesc_np(-fd));
	}
	if (fstat(fd, &st) < 0)
		return error_errno(err, "stat '%s'", import_show(blob->path).text);
	if (!S_ISREG(st.st_mode))
		return error_set(err, EINVAL, "'%s' is not a file", import_show(blob->path).text);
	if (blob->size != UINT64_MAX && (uint64_t)st.st_size != blob->size)
		return error_set(err, EINVAL, "'%s' has %" PRIu64 " bytes, not %" PRIu64,
				 import_show(blob->path).text, (uint64_t)st.st_size, blob->size);
	*ret_size = (uint64_t)st.st_size;
	*ret_fd = take_fd(fd);
	return 0;
}

static int blob_check(const struct oci_blob *blob, const char *text, size_t size,
		      struct ncrun_error *err)
{
	_cleanup_(digest_freep) struct digest *digest = NULL;
	char found[DIGEST_TEXT_SIZE];
	int r;

	if (!blob->digest[0])
		return 0;
	r = digest_new(&digest, err);
	if (r < 0)
		return r;
	digest_update(digest, text, size);
	digest_finish(digest, found);
	if (!text_equal(found, blob->digest))
		return error_set(err, EINVAL, "'%s' is damaged: its SHA-256 is %s",
				 import_show(blob->path).text, found);
	return 0;
}

int oci_blob_parse(int archive_fd, const struct oci_blob *blob, struct document **ret,
		   struct ncrun_error *err)
{
	_cleanup_free_ char *text = NULL;
	_cleanup_close_ int fd = -1;
	size_t used = 0;
	uint64_t size = 0;
	int r;

	r = oci_blob_open(archive_fd, blob, &fd, &size, err);
	if (r < 0)
		return r;
	if (size > OCI_JSON_MAX)
		return error_set(err, E2BIG, "'%s' is larger than %u bytes",
				 import_show(blob->path).text, OCI_JSON_MAX);
	text = malloc(size + 1);
	if (!text)
		return error_errno(err, "read '%s'", import_show(blob->path).text);
	while (used < size) {
		ssize_t n = read(fd, text + used, size - used);

		if (n <= 0)
			return error_errno(err, "read '%s'", import_show(blob->path).text);
		used += (size_t)n;
	}
	text[size] = '\0';
	r = blob_check(blob, text, size, err);
	return r < 0 ? r
		     : document_parse(import_show(blob->path).text, text, size, DOCUMENT_JSON, ret,
				      err);
}
