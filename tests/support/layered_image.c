/* SPDX-License-Identifier: Apache-2.0 */

#include "tests/support/layered_image.h"

#include <stdio.h>
#include <string.h>

#include "base/file.h"
#include "rootfs/oci.h"
#include "tests/support/test.h"

void layered_image_done(struct layered_image *image)
{
	for (size_t i = 0; i < LAYERS_MAX; i++)
		text_done(&image->layers[i]);
}

static void put_config(const struct layered_image *image, struct text *out)
{
	text_printf(out, "{\"architecture\":\"%s\",\"os\":\"%s\",\"config\":{%s},",
		    image->architecture ? image->architecture : oci_architecture(),
		    image->os ? image->os : "linux", image->config ? image->config : "");
	text_append(out, "\"rootfs\":{\"type\":\"layers\",\"diff_ids\":[");
	for (size_t i = 0; i < image->count; i++) {
		char digest[DIGEST_TEXT_SIZE];

		tar_digest(image->layers[i].chars, image->layers[i].length, digest);
		text_printf(out, "%s\"sha256:%s\"", i ? "," : "", digest);
	}
	text_append(out, "]}}");
}

void layered_image_docker(const struct layered_image *images, size_t count, struct text *archive)
{
	_cleanup_text_ struct text manifest = {0};

	text_append_char(&manifest, '[');
	for (size_t i = 0; i < count; i++) {
		_cleanup_text_ struct text config = {0};
		char digest[DIGEST_TEXT_SIZE], name[128];

		put_config(&images[i], &config);
		tar_digest(config.chars, config.length, digest);
		text_printf(&manifest, "%s{\"Config\":\"%s.json\",\"RepoTags\":", i ? "," : "",
			    digest);
		if (images[i].tag)
			text_printf(&manifest, "[\"%s\"]", images[i].tag);
		else
			text_append(&manifest, "null");
		text_append(&manifest, ",\"Layers\":[");
		for (size_t k = 0; k < images[i].count; k++) {
			snprintf(name, sizeof(name), "%zu-%zu/layer.tar", i, k);
			tar_put(archive, .name = name, .data = images[i].layers[k].chars,
				.size = images[i].layers[k].length);
			text_printf(&manifest, "%s\"%s\"", k ? "," : "", name);
		}
		text_append(&manifest, "]}");
		snprintf(name, sizeof(name), "%s.json", digest);
		tar_put(archive, .name = name, .data = text_string(&config));
	}
	text_append_char(&manifest, ']');
	tar_put(archive, .name = "manifest.json", .data = text_string(&manifest));
	tar_end(archive);
}

/** Add a blob; its descriptor, but for the closing brace, to @descriptor. */
static void put_blob(struct text *archive, const void *bytes, size_t size, const char *type,
		     struct text *descriptor)
{
	char digest[DIGEST_TEXT_SIZE], name[128];

	tar_digest(bytes, size, digest);
	snprintf(name, sizeof(name), "blobs/sha256/%s", digest);
	tar_put(archive, .name = name, .data = bytes, .size = size);
	text_printf(descriptor, "{\"mediaType\":\"application/vnd.oci.image.%s\",\"size\":%zu,",
		    type, size);
	text_printf(descriptor, "\"digest\":\"sha256:%s\"", digest);
}

static void put_layer(const struct layered_image *image, size_t index, int dir_fd,
		      struct text *archive, struct text *descriptor)
{
	const struct text *layer = &image->layers[index];
	_cleanup_free_ char *packed = NULL;
	struct ncrun_error err = {0};
	size_t size = layer->length;
	char type[64] = "layer.v1.tar";

	if (image->filter) {
		tar_save(layer, dir_fd, "layer", image->filter);
		assert_ok(file_read_at(dir_fd, "layer", 64u << 20, &packed, &size, &err));
		snprintf(type, sizeof(type), "layer.v1.tar+%s", image->filter);
	}
	put_blob(archive, packed ? packed : layer->chars, size, type, descriptor);
	text_append_char(descriptor, '}');
}

void layered_image_oci(const struct layered_image *images, size_t count, int dir_fd,
		       struct text *archive)
{
	_cleanup_text_ struct text index = {0};

	tar_put(archive, .name = "oci-layout", .data = "{\"imageLayoutVersion\":\"1.0.0\"}");
	text_append(&index, "{\"schemaVersion\":2,\"manifests\":[");
	for (size_t i = 0; i < count; i++) {
		_cleanup_text_ struct text config = {0}, manifest = {0};

		put_config(&images[i], &config);
		text_append(&manifest, "{\"schemaVersion\":2,\"config\":");
		put_blob(archive, config.chars, config.length, "config.v1+json", &manifest);
		text_append(&manifest, "},\"layers\":[");
		for (size_t k = 0; k < images[i].count; k++) {
			if (k > 0)
				text_append_char(&manifest, ',');
			put_layer(&images[i], k, dir_fd, archive, &manifest);
		}
		text_append(&manifest, "]}");
		if (i > 0)
			text_append_char(&index, ',');
		put_blob(archive, manifest.chars, manifest.length, "manifest.v1+json", &index);
		if (images[i].architecture)
			text_printf(&index,
				    ",\"platform\":{\"os\":\"linux\",\"architecture\":\"%s\"}",
				    images[i].architecture);
		if (images[i].tag)
			text_printf(
				&index,
				",\"annotations\":{\"org.opencontainers.image.ref.name\":\"%s\"}",
				images[i].tag);
		text_append_char(&index, '}');
	}
	text_append(&index, "]}");
	tar_put(archive, .name = "index.json", .data = text_string(&index));
	tar_end(archive);
}
