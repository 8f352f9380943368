/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Archives that hold an image in layers: what `docker save` writes, and the OCI
 * image layout. Read from their unpacked files, which are as hostile as the rest.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <ncrun/error.h>

#include "base/cleanup.h"
#include "base/digest.h"
#include "base/document.h"
#include "base/text.h"

/** What a JSON file of an image may weigh. */
#define OCI_JSON_MAX (4u << 20)

/** struct oci_blob - a file of the archive; @digest is "" where only the content of layers is
 * vouched for. */
struct oci_blob {
	char *path; /* owned */
	char digest[DIGEST_TEXT_SIZE];
	uint64_t size; /* UINT64_MAX = not told */
};

/**
 * struct oci_manifest - the one image that was chosen
 *
 * @layers:	lowest first
 * @diff_ids:	SHA-256 of each layer as plain tar; from the configuration
 * @identity:	tells it from the archive's other images; NULL when there are none
 */
struct oci_manifest {
	struct oci_blob config;
	struct oci_blob *layers;            /* owned */
	char (*diff_ids)[DIGEST_TEXT_SIZE]; /* owned */
	size_t layer_count;
	char *identity; /* owned */
};

void oci_manifest_done(struct oci_manifest *manifest);
int oci_manifest_add_layer(struct oci_manifest *manifest, const char *path, const char *digest,
			   uint64_t size, struct ncrun_error *err);

/** Look for a manifest.json as docker writes it; NULL when @archive_fd holds no such image. */
int oci_docker_detect(int archive_fd, struct document **ret);
int oci_docker_read(const struct document *document, const char *tag, struct oci_manifest *ret,
		    struct ncrun_error *err);

/** Is there an OCI layout in @archive_fd? */
bool oci_layout_detect(int archive_fd);
int oci_layout_read(int archive_fd, const char *tag, struct oci_manifest *ret,
		    struct ncrun_error *err);

/** The image's configuration as lines of a record in @out; fills @manifest's diff_ids. */
int oci_config_read(int archive_fd, struct oci_manifest *manifest, struct text *out,
		    struct ncrun_error *err);

/* ---- blobs --------------------------------------------------------------------- */

/** "sha256:HEX" to HEX. */
int oci_digest_parse(const char *text, char ret[DIGEST_TEXT_SIZE], struct ncrun_error *err);
/** Open a regular file of the archive; links in it lead nowhere else. */
int oci_blob_open(int archive_fd, const struct oci_blob *blob, int *ret_fd, uint64_t *ret_size,
		  struct ncrun_error *err);
/** Read a blob, check its size and digest, parse it. */
int oci_blob_parse(int archive_fd, const struct oci_blob *blob, struct document **ret,
		   struct ncrun_error *err);

/** This machine's architecture as OCI calls it: "amd64"; "" if that is not known. */
const char *oci_architecture(void);
/** The architecture of an ELF file's e_machine, e.g. of an image's shell. */
const char *oci_architecture_of_elf(const unsigned char *header, size_t size);
