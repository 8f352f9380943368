/* SPDX-License-Identifier: Apache-2.0 */

#include "tests/support/alpine_mirror.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/digest.h"
#include "base/file.h"
#include "base/text.h"
#include "tests/support/directory.h"
#include "tests/support/tar_writer.h"
#include "tests/support/test.h"

#define DEFAULT_ARCHIVE "../shared/data/" MIRROR_FILE
#define TEXTS_MAX       1000

struct ncrun_store *pull_store;
struct ncrun_error err;

static struct http_server *server;
static char *texts[TEXTS_MAX]; /* owned; used until the test ends */
static size_t text_count;
static struct test_directory directory = {.fd = -1};
static char *archive;
static size_t archive_size;
static char archive_digest[DIGEST_TEXT_SIZE];

extern const char embedded_image_start[];
extern const char embedded_image_end[];

/* ---- the archive -------------------------------------------------------------------- */

static void load_archive(void)
{
	const char *path = getenv("NCRUN_TEST_ALPINE");
	size_t size = (size_t)(embedded_image_end - embedded_image_start);

	if (archive)
		return;
	if (file_read_at(AT_FDCWD, path && *path ? path : DEFAULT_ARCHIVE, 64U << 20, &archive,
			 &archive_size, &err) < 0 &&
	    size > 0) {
		archive = malloc(size);
		assert_non_null(archive);
		memcpy(archive, embedded_image_start, size);
		archive_size = size;
	}
	if (!archive)
		return;
	tar_digest(archive, archive_size, archive_digest);
}

void archive_required(void)
{
	load_archive();
	if (!archive) {
		print_message("neither $NCRUN_TEST_ALPINE nor an embedded image to serve\n");
		skip();
	}
}

const char *archive_bytes(size_t *ret_size)
{
	*ret_size = archive_size;
	return archive;
}

const char *archive_sha256(void)
{
	return archive_digest;
}

/* ---- the mirror ------------------------------------------------------------------------ */

__attribute__((format(printf, 1, 2))) static const char *print(const char *fmt, ...)
{
	char *text = NULL;
	va_list args;
	int n;

	va_start(args, fmt);
	n = vasprintf(&text, fmt, args);
	va_end(args);
	assert_true(n >= 0 && text_count < TEXTS_MAX);
	return texts[text_count++] = text;
}

static const char *make_listing(const char *sha256)
{
	return print("---\n-\n  title: \"Mini root filesystem\"\n  flavor: alpine-minirootfs\n"
		     "  version: 3.20.3\n  file: " MIRROR_FILE "\n  size: %zu\n  sha256: %s\n",
		     archive_size, sha256);
}

static void add_folder(struct http_route **next, const char *branch,
		       const struct mirror_fault *fault)
{
	const char *folder = print("/alpine/%s/releases/x86_64", branch);
	const char *sha256 = fault->wrong_checksum ? "0123456789abcdef0123456789abcdef"
						     "0123456789abcdef0123456789abcdef"
						   : archive_digest;
	const char *listing = fault->listing ? fault->listing : make_listing(sha256);
	const char *checksum = print("%s  %s\n", sha256, MIRROR_FILE);

	if (!fault->no_listing)
		*(*next)++ = (struct http_route){
			.path = print("%s/latest-releases.yaml", folder),
			.body = listing,
			.size = strlen(listing),
			.manner = fault->listing_manner,
			.status = fault->listing_location ? 302 : 200,
			.location = fault->listing_location,
		};
	*(*next)++ = (struct http_route){
		.path = print("%s/" MIRROR_FILE ".sha256", folder),
		.body = checksum,
		.size = strlen(checksum),
	};
	if (!fault->no_archive)
		*(*next)++ = (struct http_route){
			.path = print("%s/" MIRROR_FILE, folder),
			.body = archive,
			.size = archive_size - fault->archive_drop,
			.manner = fault->archive_manner,
		};
}

const char *mirror_start(struct mirror_fault fault)
{
	struct http_route routes[HTTP_ROUTES_MAX + 1] = {0};
	struct http_route *next = routes;

	add_folder(&next, "latest-stable", &fault);
	add_folder(&next, "v3.20", &fault);
	mirror_stop();
	server = http_server_start(routes);
	return print("%s/alpine", http_server_url(server));
}

void mirror_stop(void)
{
	server = http_server_stop(server);
}

unsigned int mirror_hits(const char *branch, const char *file)
{
	_cleanup_free_ char *path = NULL;

	assert_true(asprintf(&path, "/alpine/%s/releases/x86_64/%s", branch, file) >= 0);
	return http_server_hits(server, path);
}

/* ---- the store ---------------------------------------------------------------------------- */

int pull_setup(void **state)
{
	static const char *const proxies[] = {"http_proxy", "https_proxy", "all_proxy", "ALL_PROXY",
					      "NCRUN_ALPINE_MIRROR"};

	(void)state;
	for (size_t i = 0; i < sizeof(proxies) / sizeof(proxies[0]); i++)
		unsetenv(proxies[i]);
	load_archive();
	directory = test_directory_new();
	assert_ok(ncrun_store_open(directory.path, &pull_store, &err));
	return 0;
}

int pull_teardown(void **state)
{
	(void)state;
	mirror_stop();
	while (text_count > 0)
		free(texts[--text_count]);
	pull_store = ncrun_store_unref(pull_store);
	test_directory_done(&directory);
	return 0;
}

void assert_store_has(size_t count)
{
	_cleanup_(strings_freep) char **unfinished = NULL;
	struct ncrun_image **list = NULL;
	_cleanup_close_ int fd = -1;
	size_t found = 0;

	assert_ok(ncrun_image_list(pull_store, &list, &found, &err));
	ncrun_image_list_free(list, found);
	assert_int_equal(found, count);

	fd = openat(directory.fd, "tmp", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return;
	assert_ok(directory_list(fd, &unfinished, &err));
	assert_int_equal(strings_count((const char *const *)unfinished), 0);
}
