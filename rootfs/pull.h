/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Fetching images: what a reference means, and the two places they come from. */

#include <stdbool.h>
#include <stdint.h>

#include <ncrun/error.h>
#include <ncrun/image.h>

#include "base/digest.h"

#define PULL_CONNECT_TIMEOUT_MS 10000
#define PULL_STALL_TIMEOUT_MS   30000

/* ---- references ------------------------------------------------------------- */

enum pull_kind {
	PULL_ALPINE,
	PULL_DOCKER
};

/**
 * struct pull_reference - "alpine[:VERSION]" or "docker://IMAGE", understood
 * @name:	of the image in the store; "" when the reference is too long for one
 * @branch:	Alpine: folder of the mirror: "latest-stable", "v3.20", "edge"
 * @version:	Alpine: "3.20.3", or "" for the newest of the branch
 * @location:	docker: with registry and tag: "docker://docker.io/library/nginx:1.27"
 * @loopback:	docker: the registry is this machine, where plain HTTP is as good
 */
struct pull_reference {
	enum pull_kind kind;
	char name[64];
	char branch[16];
	char version[16];
	char location[512];
	bool loopback;
};

/** Does it mean something to fetch rather than a name only? It may still be wrong. */
bool pull_reference_is(const char *text);
/**
 * "alpine" gets the name "alpine", "alpine:3.20" "alpine-3.20",
 * "docker://quay.io/frr/frr:9" "frr-frr-9". -EINVAL.
 */
int pull_reference_parse(const char *text, struct pull_reference *ret, struct ncrun_error *err);

/* ---- Alpine's release files ---------------------------------------------------- */

/** struct alpine_release - one archive on a mirror; @size_bytes 0 = not known */
struct alpine_release {
	char file[128];
	char sha256[DIGEST_TEXT_SIZE];
	uint64_t size_bytes;
};

/** Find the mini root file system in the text of a latest-releases.yaml. -EINVAL, -ENOENT none in
 * it. */
int alpine_release_find(const char *name, const char *text, size_t length,
			struct alpine_release *ret, struct ncrun_error *err);
/** The digest for @ret->file in the text of a .sha256 file. -EINVAL. */
int alpine_checksum_parse(const char *name, const char *text, struct alpine_release *ret,
			  struct ncrun_error *err);
/** Alpine's name for this machine's architecture. -ENOTSUP. */
int alpine_architecture(const char **ret, struct ncrun_error *err);
/** @mirror, else $NCRUN_ALPINE_MIRROR, else the default; borrowed. */
const char *alpine_mirror(const char *mirror);

/* ---- pulling ------------------------------------------------------------------ */

/** struct pull_job - one pull; all borrowed, @options complete and never NULL */
struct pull_job {
	struct ncrun_store *store;
	const struct pull_reference *reference;
	const char *name;
	const struct ncrun_pull_options *options;
	uint32_t connect_timeout_ms;
	uint32_t stall_timeout_ms;
};

/** As ncrun_image_pull(). */
int pull_run(const struct pull_job *job, struct ncrun_image **ret, struct ncrun_error *err);
int pull_alpine(const struct pull_job *job, struct ncrun_image **ret, struct ncrun_error *err);
int pull_docker(const struct pull_job *job, struct ncrun_image **ret, struct ncrun_error *err);

/** Is the mirror out of reach, rather than wrong? */
bool pull_error_is_absence(int code);
