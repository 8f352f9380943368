/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The image store on disk.
 *
 *	names/NAME		symlink, its target is a digest
 *	images/DIGEST/root	the unpacked root directory
 *	images/DIGEST/config	what is known of it (base/record.h)
 *	images/DIGEST/lock	flock()ed shared by every user of the image
 *	tmp/RANDOM		work areas, flock()ed by whoever works there
 *	cache/NAME		other modules' caches
 *
 * An image appears by one rename() out of an area and disappears by one into an
 * area, so it is whole or not there. Two rules keep names and content together:
 * a name is only ever given to content that one holds shared, and content is only
 * ever removed while one holds it exclusively and has found no name for it.
 */

#include <stdbool.h>
#include <stdint.h>

#include <ncrun/error.h>
#include <ncrun/image.h>

#include "base/cleanup.h"
#include "base/digest.h"
#include "rootfs/rootfs.h"

struct ncrun_store {
	char *path; /* owned, absolute */
	int fd;     /* owned */
};

/** Open the store's own directory @name, made if need be. */
int store_directory_open(const struct ncrun_store *store, const char *name, int *ret_fd,
			 struct ncrun_error *err);

/** 64 lower-case hexadecimal digits. */
bool store_is_digest(const char *text);

/* ---- work areas ------------------------------------------------------------- */

/**
 * struct store_area - a directory of our own below tmp/, gone when released
 *
 * Initialise with STORE_AREA_INIT, release with _cleanup_(store_area_done). A
 * process that is killed leaves its area behind unlocked: see collect.c.
 */
struct store_area {
	int fd;     /* owned, locked */
	int tmp_fd; /* owned */
	char name[17];
};

#define STORE_AREA_INIT ((struct store_area){.fd = -1, .tmp_fd = -1})

int store_area_new(const struct ncrun_store *store, struct store_area *ret,
		   struct ncrun_error *err);
/** Remove it and all that is in it; @ret_bytes may be NULL. */
int store_area_remove(struct store_area *area, uint64_t *ret_bytes, struct ncrun_error *err);
void store_area_done(struct store_area *area);

/* ---- names ------------------------------------------------------------------- */

/** Whether an image can be given that name: name_check(), and not "host". -EINVAL. */
int image_name_check(const char *name, struct ncrun_error *err);

/** What @name points at; "" when there is no such name. */
int store_name_get(const struct ncrun_store *store, const char *name, char ret[DIGEST_TEXT_SIZE],
		   struct ncrun_error *err);
/**
 * Point @name at @digest, durably; the caller holds that content.
 * @ret_old: what it pointed at before, "" if nothing
 */
int store_name_set(const struct ncrun_store *store, const struct store_area *area, const char *name,
		   const char *digest, char ret_old[DIGEST_TEXT_SIZE], struct ncrun_error *err);
/** Forget @name; @ret_old: what it pointed at, "" if damaged. */
int store_name_remove(const struct ncrun_store *store, const struct store_area *area,
		      const char *name, bool *ret_found, char ret_old[DIGEST_TEXT_SIZE],
		      struct ncrun_error *err);
/** All names, sorted. */
int store_name_list(const struct ncrun_store *store, char ***ret, struct ncrun_error *err);
/** Digests of all content, sorted. */
int store_content_list(const struct ncrun_store *store, char ***ret, struct ncrun_error *err);

/* ---- content ------------------------------------------------------------------ */

/**
 * store_content_hold() - keep content from being removed
 * @ret_lock_fd: holds it while any copy is open; -1 when there is no such content
 * @ret_in_use:	somebody else holds it too
 */
int store_content_hold(const struct ncrun_store *store, const char *digest, int *ret_lock_fd,
		       bool *ret_in_use, struct ncrun_error *err);

enum store_outcome {
	STORE_REMOVED,
	STORE_IN_USE,
	STORE_NAMED,
	STORE_ABSENT,
};

/** Remove content that nobody holds and no name points at. @ret_bytes may be NULL; @dry_run: only
 * say. */
int store_content_remove(const struct ncrun_store *store, const char *digest, bool dry_run,
			 enum store_outcome *ret, uint64_t *ret_bytes, struct ncrun_error *err);

/** Publish @area's "image", whose lock the caller holds in *@lock_fd, or hold what is there
 * already. */
int store_content_publish(const struct ncrun_store *store, const struct store_area *area,
			  const char *digest, int *lock_fd, struct ncrun_error *err);

/* ---- images -------------------------------------------------------------------- */

/** @name or a digest's beginning to a digest; "" when there is no such image. */
int image_resolve(const struct ncrun_store *store, const char *name, bool *ret_is_name,
		  char ret[DIGEST_TEXT_SIZE], struct ncrun_error *err);

/**
 * struct held_image - content that is held by @lock_fd, see store_content_hold()
 * @name:	as opened; NULL = by digest
 */
struct held_image {
	const char *name;
	const char *digest;
	int lock_fd;
	bool in_use;
};

/** The handle on it; takes @held's lock over on success. */
int image_new_take(const struct ncrun_store *store, const struct held_image *held,
		   struct ncrun_image **ret, struct ncrun_error *err);

#define IMAGE_CONFIG_MAX ((size_t)1 << 20)
