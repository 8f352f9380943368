/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NCRUN_IMAGE_H
#define NCRUN_IMAGE_H

/*
 * Images: unpacked, read-only root file systems in a store.
 *
 * The store is content-addressed by the SHA-256 of what was imported; names
 * point at content. Every change is atomic: killed at any point, a name shows
 * the old image or the new one. Safe to use from several processes at once.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <ncrun/error.h>

#ifdef __cplusplus
extern "C" {
#endif

struct ncrun_store;
struct ncrun_image;

/**
 * ncrun_store_open() - open the store, making it if needed
 * @path:	NULL = $NCRUN_STORE, else /var/lib/ncrun, or $XDG_DATA_HOME/ncrun for a user
 *
 * Return: 0, or -EPERM when the directory belongs to somebody else or others
 * may enter it.
 */
int ncrun_store_open(const char *path, struct ncrun_store **ret, struct ncrun_error *err);
/** Accepts NULL, returns NULL. */
struct ncrun_store *ncrun_store_unref(struct ncrun_store *store);
/** Absolute path; borrowed from @store. */
const char *ncrun_store_path(const struct ncrun_store *store);

/**
 * struct ncrun_image_info - what is known of an image
 * @name:	NULL for content that no name points at
 * @digest:	64 hexadecimal digits
 * @source:	what it was made from: a path, a URL, "embedded"
 * @format:	"tar", "directory", "docker-archive", "oci-archive", "oci-layout"
 * @env .. @stop_signal: the image's own configuration; NULL or 0 where it has none
 * @squashed:	owners, devices or attributes that could not be kept without root
 * @in_use:	a running node has it
 */
struct ncrun_image_info {
	const char *name;
	const char *digest;
	const char *source;
	const char *format;
	const char *os_release;   /* PRETTY_NAME of its os-release, or "" */
	const char *architecture; /* "amd64", ... or "" */
	uint64_t bytes;
	uint64_t entries;
	int64_t created_at_s; /* of the import, CLOCK_REALTIME */
	const char *const *env;
	const char *const *entrypoint;
	const char *const *cmd;
	const char *user;
	const char *workdir;
	int stop_signal;
	bool squashed;
	bool in_use;
};

/** Open by name or by an unambiguous digest prefix of 12 digits or more. -ENOENT if absent. */
int ncrun_image_open(struct ncrun_store *store, const char *name, struct ncrun_image **ret,
		     struct ncrun_error *err);
/** Accepts NULL, returns NULL. While held, the content cannot be removed. */
struct ncrun_image *ncrun_image_unref(struct ncrun_image *image);
/** Borrowed from @image. */
const struct ncrun_image_info *ncrun_image_info(const struct ncrun_image *image);

/** All images, sorted by name; release with ncrun_image_list_free(). */
int ncrun_image_list(struct ncrun_store *store, struct ncrun_image ***ret, size_t *ret_count,
		     struct ncrun_error *err);
void ncrun_image_list_free(struct ncrun_image **list, size_t count);

/* ---- making images -------------------------------------------------------- */

/**
 * struct ncrun_progress - how far a transfer is
 * @phase:	"download", "unpack", ...
 * @total_bytes: 0 = not known
 */
struct ncrun_progress {
	const char *phase;
	uint64_t done_bytes;
	uint64_t total_bytes;
};

/**
 * struct ncrun_import_options - limits and wishes; zero means default
 * @max_bytes:	unpacked size; default 10 GiB
 * @max_entries: default 1,000,000
 * @max_path:	longest path in bytes; default 4,000; at most 4,000
 * @max_ratio:	unpacked to packed, once over 100 MiB; default 100
 * @devices:	keep character and block devices (default: refuse the archive)
 * @image_tag:	which image of an archive that holds several
 * @progress:	called now and then; a non-zero return cancels with -ECANCELED
 * @note:	called with one line on what could not be kept (NULL = nobody)
 */
struct ncrun_import_options {
	size_t size;
	uint64_t max_bytes;
	uint64_t max_entries;
	uint32_t max_path;
	uint32_t max_ratio;
	bool devices;
	const char *image_tag;
	int (*progress)(void *data, const struct ncrun_progress *progress);
	void (*note)(void *data, const char *line);
	void *data;
};

#define NCRUN_IMPORT_OPTIONS_INIT \
	((struct ncrun_import_options){.size = sizeof(struct ncrun_import_options)})

/**
 * ncrun_image_import() - make an image from an archive or a directory
 * @name:	gets it; an image that had the name loses it
 * @source:	file, directory, or "-" for standard input
 * @options:	NULL = defaults
 * @ret:	the new image; may be NULL
 *
 * Reads tar (plain, gzip, bzip2, xz, zstd, lz4), `docker save` archives, OCI
 * archives and OCI layout directories; any other directory is taken as a root.
 *
 * Return: 0, or a negative errno: -EINVAL not an archive, damaged or hostile;
 * -E2BIG a limit was reached; -ECANCELED. A refused archive leaves nothing.
 */
int ncrun_image_import(struct ncrun_store *store, const char *name, const char *source,
		       const struct ncrun_import_options *options, struct ncrun_image **ret,
		       struct ncrun_error *err);

/**
 * struct ncrun_pull_options - where from, and how long to wait
 * @mirror:	base URL of an Alpine mirror; NULL = $NCRUN_ALPINE_MIRROR or the default
 * @architecture: Alpine's name, NULL = this machine's
 * @timeout_ms:	without progress; 0 = 30,000
 * @import:	limits of the import that follows
 */
struct ncrun_pull_options {
	size_t size;
	const char *mirror;
	const char *architecture;
	uint32_t timeout_ms;
	struct ncrun_import_options import;
};

#define NCRUN_PULL_OPTIONS_INIT \
	((struct ncrun_pull_options){.size = sizeof(struct ncrun_pull_options)})

/**
 * ncrun_image_pull() - fetch an image and import it
 * @reference:	"alpine[:VERSION]" or "docker://IMAGE" (needs skopeo)
 * @name:	NULL = derived from @reference: "alpine", "alpine-3.20" for alpine:3.20,
 *		"nginx-1.27" for docker://nginx:1.27, "frr-frr-9" for docker://quay.io/frr/frr:9
 *
 * VERSION is "3.20" (its newest release), "3.20.3", "edge" or "latest" (the default).
 * An Alpine archive is unpacked only after its SHA-256 has been verified; one that
 * @name has already is not fetched again.
 *
 * Return: as ncrun_image_import(); -EBADMSG wrong checksum; -ETIMEDOUT;
 * -ENETUNREACH or -ECONNRESET mirror not reached; -ENOENT no such version; -ENOPKG
 * a program or library that this needs is missing; -ELOOP, -EACCES, -EREMOTEIO the
 * server redirects too often or where it may not, refuses, or answers nonsense;
 * -EEXIST the derived name belongs to an image from another registry.
 */
int ncrun_image_pull(struct ncrun_store *store, const char *reference, const char *name,
		     const struct ncrun_pull_options *options, struct ncrun_image **ret,
		     struct ncrun_error *err);

/**
 * ncrun_image_export() - write an image as a tar archive, entries sorted by name
 * @fd:		where to; borrowed
 */
int ncrun_image_export(struct ncrun_image *image, int fd,
		       int (*progress)(void *data, const struct ncrun_progress *progress),
		       void *data, struct ncrun_error *err);

/** Forget a name; content without a name goes with it unless a node uses it. */
int ncrun_image_remove(struct ncrun_store *store, const char *name, struct ncrun_error *err);

/** What ncrun_store_collect() did, or would do. */
struct ncrun_collect_report {
	uint32_t images;
	uint32_t unfinished; /* imports that were killed */
	uint32_t in_use;     /* nameless, but kept: a node runs on it */
	uint64_t bytes;
};

/** Remove content that has no name and no user, and unfinished imports. */
int ncrun_store_collect(struct ncrun_store *store, bool dry_run, struct ncrun_collect_report *ret,
			struct ncrun_error *err);

#ifdef __cplusplus
}
#endif

#endif
