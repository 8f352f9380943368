/* SPDX-License-Identifier: Apache-2.0 */

/* `docker save`: manifest.json lists the images of the archive. */

#include <errno.h>
#include <string.h>

#include "base/error.h"
#include "rootfs/import_limits.h"
#include "rootfs/oci.h"
#include "rootfs/store.h"

static bool is_image(const struct element *image)
{
	const struct element *config, *layers;

	if (image->kind != ELEMENT_MAP)
		return false;
	config = element_get(image, "Config");
	layers = element_get(image, "Layers");
	return config && config->kind == ELEMENT_STRING && layers && layers->kind == ELEMENT_LIST;
}

int oci_docker_detect(int archive_fd, struct document **ret)
{
	struct oci_blob blob = {.path = (char[]){"manifest.json"}, .size = UINT64_MAX};
	_cleanup_(document_freep) struct document *document = NULL;
	const struct element *root;

	*ret = NULL;
	/* a root file system may have a file of that name: then it says something else */
	if (oci_blob_parse(archive_fd, &blob, &document, NULL) < 0)
		return 0;
	root = document_root(document);
	if (root->kind != ELEMENT_LIST || root->count == 0)
		return 0;
	for (size_t i = 0; i < root->count; i++)
		if (!is_image(&root->children[i]))
			return 0;
	*ret = take_ptr(document);
	return 0;
}

/** "alpine" means "alpine:latest", as everywhere. */
static bool tag_matches(const char *wanted, const char *tag)
{
	size_t length = strlen(wanted);

	return text_equal(wanted, tag) ||
	       (!strchr(wanted, ':') && strncmp(tag, wanted, length) == 0 &&
		text_equal(tag + length, ":latest"));
}

static bool image_has_tag(const struct element *image, const char *wanted)
{
	const struct element *tags = element_get(image, "RepoTags");

	for (size_t i = 0; tags && tags->kind == ELEMENT_LIST && i < tags->count; i++)
		if (tags->children[i].kind == ELEMENT_STRING &&
		    tag_matches(wanted, tags->children[i].text))
			return true;
	return false;
}

static int tags_error(const struct element *root, const char *wanted, struct ncrun_error *err)
{
	_cleanup_text_ struct text all = {0};

	for (size_t i = 0; i < root->count; i++) {
		const struct element *tags = element_get(&root->children[i], "RepoTags");

		for (size_t k = 0; tags && tags->kind == ELEMENT_LIST && k < tags->count; k++)
			if (tags->children[k].kind == ELEMENT_STRING)
				text_printf(&all, "%s'%s'", all.length ? ", " : "",
					    import_show(tags->children[k].text).text);
	}
	if (wanted)
		return error_set(err, EINVAL, "the archive holds no image '%s', but %s",
				 import_show(wanted).text,
				 all.length ? text_string(&all) : "none with a name");
	return error_set(err, EINVAL, "the archive holds %zu images, say which: %s", root->count,
			 all.length ? text_string(&all) : "but none has a name");
}

/** Some names are digests of what is in the file. */
static void path_digest(const char *path, const char *suffix, char ret[DIGEST_TEXT_SIZE])
{
	const char *name = text_starts_with(path, "blobs/sha256/") ? path + 13 : path;
	char digest[DIGEST_TEXT_SIZE] = "";

	ret[0] = '\0';
	if (name != path)
		suffix = "";
	if (strlen(name) != DIGEST_TEXT_SIZE - 1 + strlen(suffix) ||
	    !text_equal(name + DIGEST_TEXT_SIZE - 1, suffix))
		return;
	memcpy(digest, name, DIGEST_TEXT_SIZE - 1);
	if (store_is_digest(digest))
		memcpy(ret, digest, DIGEST_TEXT_SIZE);
}

int oci_docker_read(const struct document *document, const char *tag, struct oci_manifest *ret,
		    struct ncrun_error *err)
{
	_cleanup_(oci_manifest_done) struct oci_manifest manifest = {0};
	const struct element *root = document_root(document), *image = NULL, *layers;
	char digest[DIGEST_TEXT_SIZE];
	int r = 0;

	for (size_t i = 0; i < root->count && !image; i++)
		if (tag ? image_has_tag(&root->children[i], tag) : root->count == 1)
			image = &root->children[i];
	if (!image)
		return tags_error(root, tag, err);
	manifest.config.size = UINT64_MAX;
	manifest.config.path = strdup(element_get(image, "Config")->text);
	if (manifest.config.path && root->count > 1)
		manifest.identity = strdup(manifest.config.path);
	if (!manifest.config.path || (root->count > 1 && !manifest.identity))
		return error_set(err, ENOMEM, "read the manifest");
	path_digest(manifest.config.path, ".json", manifest.config.digest);
	layers = element_get(image, "Layers");
	for (size_t i = 0; r == 0 && i < layers->count; i++) {
		const char *path;

		r = element_string(document, &layers->children[i], &path, err);
		if (r < 0)
			return r;
		path_digest(path, "", digest);
		r = oci_manifest_add_layer(&manifest, path, digest, UINT64_MAX, err);
	}
	if (r < 0)
		return r;
	*ret = manifest;
	manifest = (struct oci_manifest){0};
	return 0;
}
