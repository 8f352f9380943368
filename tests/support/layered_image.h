/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Images in layers, as docker and OCI tools write them. */

#include "base/text.h"
#include "tests/support/tar_writer.h"

#define LAYERS_MAX 8

/**
 * struct layered_image - what goes into one; zero-initialise, release with _cleanup_
 *
 * @layers:	tar archives, lowest first
 * @config:	members of the "config" object: "\"User\":\"www\""; NULL = none
 * @tag:	its name; NULL = none
 * @architecture: NULL = this machine's
 * @os:		NULL = linux
 */
struct layered_image {
	struct text layers[LAYERS_MAX];
	size_t count;
	const char *config;
	const char *tag;
	const char *architecture;
	const char *os;
	const char *filter; /* for the layers of OCI images: "gzip"; NULL = plain */
};

void layered_image_done(struct layered_image *image);

/** What `docker save` wrote for years: LAYER/layer.tar, HEX.json, manifest.json last. */
void layered_image_docker(const struct layered_image *images, size_t count, struct text *archive);
/** An OCI layout: oci-layout, index.json, blobs/. @dir_fd: for files on the way. */
void layered_image_oci(const struct layered_image *images, size_t count, int dir_fd,
		       struct text *archive);
