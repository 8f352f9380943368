/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* A mirror with Alpine's release layout on 127.0.0.1, and a store to pull into. */

#include <stdbool.h>
#include <stddef.h>

#include <ncrun/image.h>

#include "tests/support/http_server.h"

#define MIRROR_FILE "alpine-minirootfs-3.20.3-x86_64.tar.gz"

/** struct mirror_fault - what this mirror does wrong; zero-initialised: nothing */
struct mirror_fault {
	const char *listing; /* text in place of latest-releases.yaml */
	bool no_listing;     /* 404 */
	enum http_manner listing_manner;
	const char *listing_location; /* redirect in its place */
	bool no_archive;
	enum http_manner archive_manner;
	size_t archive_drop; /* bytes that are missing from its end, unannounced */
	bool wrong_checksum;
};

/** Fixture of each test: a private empty store, no proxies. */
int pull_setup(void **state);
int pull_teardown(void **state);

extern struct ncrun_store *pull_store;
extern struct ncrun_error err;

/** Skip the test unless there is an archive to serve. */
void archive_required(void);
/** Its bytes, size and SHA-256: the real image ($NCRUN_TEST_ALPINE) or the embedded one. */
const char *archive_bytes(size_t *ret_size);
const char *archive_sha256(void);

/** Serve until mirror_stop() or the end of the test; returns the base address. */
const char *mirror_start(struct mirror_fault fault);
void mirror_stop(void);
/** How often a file in BRANCH/releases/x86_64/ was asked for. */
unsigned int mirror_hits(const char *branch, const char *file);

/** The store has exactly @count images and no unfinished work. */
void assert_store_has(size_t count);
