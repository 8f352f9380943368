/* SPDX-License-Identifier: Apache-2.0 */

/* The OCI image layout: index.json leads to manifests, these to layers. */

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "rootfs/import_limits.h"
#include "rootfs/oci.h"

#define INDEX_DEPTH_MAX 4

bool oci_layout_detect(int archive_fd)
{
	struct oci_blob layout = {.path = (char[]){"oci-layout"}, .size = UINT64_MAX};
	struct oci_blob index = {.path = (char[]){"index.json"}, .size = UINT64_MAX};
	_cleanup_(document_freep) struct document *document = NULL;
	_cleanup_close_ int fd = -1;
	uint64_t size;

	return oci_blob_parse(archive_fd, &layout, &document, NULL) == 0 &&
	       document_root(document)->kind == ELEMENT_MAP &&
	       element_get(document_root(document), "imageLayoutVersion") &&
	       oci_blob_open(archive_fd, &index, &fd, &size, NULL) == 0;
}

/** The string at @key of the map @at, or "". */
static const char *string_at(const struct element *at, const char *key)
{
	const struct element *value = at && at->kind == ELEMENT_MAP ? element_get(at, key) : NULL;

	return value && value->kind == ELEMENT_STRING ? value->text : "";
}

/** A descriptor: where the blob is and what must be in it. */
static int descriptor_read(const struct document *document, const struct element *at,
			   struct oci_blob *ret, struct ncrun_error *err)
{
	char path[sizeof("blobs/sha256/") + DIGEST_TEXT_SIZE];
	const struct element *size;
	int r;

	if (!at || at->kind != ELEMENT_MAP)
		return error_set(err, EINVAL, "%s: a descriptor is missing",
				 document_name(document));
	size = element_get(at, "size");
	r = oci_digest_parse(string_at(at, "digest"), ret->digest, err);
	if (r < 0)
		return error_wrap(err, r, "%s:%u", document_name(document), at->line);
	if (!size)
		return element_error(document, at, err, "a descriptor without a size");
	r = element_u64(document, size, INT64_MAX, &ret->size, err);
	if (r < 0)
		return r;
	snprintf(path, sizeof(path), "blobs/sha256/%s", ret->digest);
	free(ret->path);
	ret->path = strdup(path);
	return ret->path ? 0 : error_errno(err, "read the manifest");
}

static const char *tag_of(const struct element *manifest)
{
	return string_at(element_get(manifest, "annotations"), "org.opencontainers.image.ref.name");
}

/** Is it an image for this machine, as far as its descriptor says? */
static bool is_for_us(const struct element *manifest)
{
	const struct element *platform = element_get(manifest, "platform");

	if (!platform || platform->kind != ELEMENT_MAP)
		return true;
	return text_equal(string_at(platform, "os"), "linux") &&
	       text_equal(string_at(platform, "architecture"), oci_architecture());
}

struct choice {
	const struct element *manifest; /* borrowed */
	size_t fitting;                 /* for this machine, and of the tag if one was asked for */
	struct text tags;               /* owned; of all */
};

static void choice_done(struct choice *choice)
{
	text_done(&choice->tags);
}

static void choice_make(struct choice *choice, const struct element *manifests, const char *tag)
{
	for (size_t i = 0; i < manifests->count; i++) {
		const struct element *manifest = &manifests->children[i];

		if (manifest->kind != ELEMENT_MAP)
			continue;
		if (*tag_of(manifest))
			text_printf(&choice->tags, "%s'%s'", choice->tags.length ? ", " : "",
				    import_show(tag_of(manifest)).text);
		if ((tag && !text_equal(tag, tag_of(manifest))) || !is_for_us(manifest))
			continue;
		choice->fitting++;
		choice->manifest = manifest;
	}
	/* the only one there is may be of another machine: it can still be looked into */
	if (!choice->manifest && manifests->count == 1 && !tag &&
	    manifests->children[0].kind == ELEMENT_MAP) {
		choice->manifest = &manifests->children[0];
		choice->fitting = 1;
	}
}

static int index_choose(const struct document *document, const char *tag, struct oci_blob *ret,
			bool *ret_only, struct ncrun_error *err)
{
	_cleanup_(choice_done) struct choice choice = {0};
	const struct element *manifests = element_get(document_root(document), "manifests");

	if (!manifests || manifests->kind != ELEMENT_LIST)
		return error_set(err, EINVAL, "%s: it lists no manifests", document_name(document));
	choice_make(&choice, manifests, tag);
	if (choice.fitting == 0 && tag)
		return error_set(err, EINVAL, "the archive holds no image '%s' for %s, but %s",
				 import_show(tag).text, oci_architecture(),
				 choice.tags.length ? text_string(&choice.tags)
						    : "none with a name");
	if (choice.fitting == 0)
		return error_set(err, EINVAL, "the archive holds no image for %s",
				 oci_architecture());
	if (choice.fitting > 1)
		return error_set(err, EINVAL, "the archive holds %zu images, say which: %s",
				 choice.fitting,
				 choice.tags.length ? text_string(&choice.tags)
						    : "but none has a name");
	if (manifests->count > 1)
		*ret_only = false;
	return descriptor_read(document, choice.manifest, ret, err);
}

static int manifest_read(const struct document *document, struct oci_manifest *ret,
			 struct ncrun_error *err)
{
	const struct element *root = document_root(document);
	const struct element *layers = element_get(root, "layers");
	int r;

	if (!layers || layers->kind != ELEMENT_LIST)
		return error_set(err, EINVAL, "%s: it lists no layers", document_name(document));
	r = descriptor_read(document, element_get(root, "config"), &ret->config, err);
	for (size_t i = 0; r == 0 && i < layers->count; i++) {
		struct oci_blob layer = {0};

		if (strstr(string_at(&layers->children[i], "mediaType"), "encrypted"))
			return element_error(document, &layers->children[i], err,
					     "the layer is encrypted");
		r = descriptor_read(document, &layers->children[i], &layer, err);
		if (r == 0)
			r = oci_manifest_add_layer(ret, layer.path, layer.digest, layer.size, err);
		free(layer.path);
	}
	return r;
}

int oci_layout_read(int archive_fd, const char *tag, struct oci_manifest *ret,
		    struct ncrun_error *err)
{
	_cleanup_(oci_manifest_done) struct oci_manifest manifest = {0};
	struct oci_blob next = {.path = strdup("index.json"), .size = UINT64_MAX};
	bool only = true;
	int r = next.path ? 0 : error_errno(err, "read the index");

	/* an index may lead to another: one image, built for several machines */
	for (int depth = 0; r == 0; depth++) {
		_cleanup_(document_freep) struct document *document = NULL;

		r = oci_blob_parse(archive_fd, &next, &document, err);
		if (r < 0)
			break;
		if (document_root(document)->kind != ELEMENT_MAP) {
			r = error_set(err, EINVAL, "%s: not a manifest", document_name(document));
		} else if (element_get(document_root(document), "manifests")) {
			r = depth < INDEX_DEPTH_MAX
				    ? index_choose(document, depth == 0 ? tag : NULL, &next, &only,
						   err)
				    : error_set(err, EINVAL,
						"more than %d indexes lead to each other",
						INDEX_DEPTH_MAX);
		} else {
			r = manifest_read(document, &manifest, err);
			break;
		}
	}
	if (r == 0 && !only) {
		manifest.identity = strdup(next.digest);
		r = manifest.identity ? 0 : error_errno(err, "read the manifest");
	}
	free(next.path);
	if (r < 0)
		return r;
	*ret = manifest;
	manifest = (struct oci_manifest){0};
	return 0;
}
