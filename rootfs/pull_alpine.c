/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Alpine's mirrors: BRANCH/releases/ARCH/ holds the archives, each with a .sha256
 * file, and latest-releases.yaml, which names the newest with size and digest.
 */

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/document.h"
#include "base/error.h"
#include "base/text.h"
#include "rootfs/fetch.h"
#include "rootfs/import.h"
#include "rootfs/pull.h"
#include "rootfs/rootfs.h"
#include "rootfs/store.h"

#define DEFAULT_MIRROR "https://dl-cdn.alpinelinux.org/alpine"
#define FLAVOR         "alpine-minirootfs"
#define LISTING        "latest-releases.yaml"
#define LISTING_MAX    (1024u * 1024)
#define CHECKSUM_MAX   4096u
#define ARCHIVE_MAX    (512ull * 1024 * 1024)
#define NAME_CHARS     "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._+-"

/* ---- what the release files say ------------------------------------------------------ */

static int release_error(const char *name, struct ncrun_error *err, const char *why)
{
	return error_set(err, EINVAL, "'%s': %s", name, why);
}

static int take_release(const struct document *document, const struct element *entry,
			struct alpine_release *ret, struct ncrun_error *err)
{
	struct alpine_release release = {0};
	const struct element *size = element_get(entry, "size");
	const struct element *file = element_get(entry, "file");
	const struct element *sha256 = element_get(entry, "sha256");
	int r;

	if (!file || !file->text || !sha256 || !sha256->text || !size)
		return element_error(document, entry, err,
				     "a release needs 'file', 'size' and 'sha256'");
	if (!text_starts_with(file->text, FLAVOR "-") ||
	    strlen(file->text) >= sizeof(release.file) ||
	    file->text[strspn(file->text, NAME_CHARS)] != '\0')
		return element_error(document, file, err, "file '%.100s' is not a name of ours",
				     file->text);
	if (!store_is_digest(sha256->text))
		return element_error(document, sha256, err, "sha256 '%.100s' is not a digest",
				     sha256->text);
	r = element_u64(document, size, ARCHIVE_MAX, &release.size_bytes, err);
	if (r < 0)
		return r;
	if (release.size_bytes == 0)
		return element_error(document, size, err, "an archive cannot be empty");

	memcpy(release.file, file->text, strlen(file->text) + 1);
	memcpy(release.sha256, sha256->text, sizeof(release.sha256));
	*ret = release;
	return 0;
}

int alpine_release_find(const char *name, const char *text, size_t length,
			struct alpine_release *ret, struct ncrun_error *err)
{
	_cleanup_(document_freep) struct document *document = NULL;
	const struct element *root;
	int r;

	r = document_parse(name, text, length, DOCUMENT_YAML, &document, err);
	if (r < 0)
		return r;
	root = document_root(document);
	if (root->kind != ELEMENT_LIST)
		return release_error(name, err, "not a list of releases");
	for (size_t i = 0; i < root->count; i++) {
		const struct element *entry = &root->children[i];
		const struct element *flavor =
			entry->kind == ELEMENT_MAP ? element_get(entry, "flavor") : NULL;

		if (flavor && flavor->text && text_equal(flavor->text, FLAVOR))
			return take_release(document, entry, ret, err);
	}
	return error_set(err, ENOENT, "'%s' lists no '" FLAVOR "'", name);
}

int alpine_checksum_parse(const char *name, const char *text, struct alpine_release *ret,
			  struct ncrun_error *err)
{
	char digest[DIGEST_TEXT_SIZE];
	char file[sizeof(ret->file)];

	if (sscanf(text, "%64[0-9a-f]%*[ *]%127s", digest, file) != 2 || !store_is_digest(digest))
		return release_error(name, err, "not a SHA-256 and a file name");
	if (!text_equal(file, ret->file))
		return release_error(name, err, "speaks of another file");
	memcpy(ret->sha256, digest, sizeof(digest));
	return 0;
}

int alpine_architecture(const char **ret, struct ncrun_error *err)
{
	static const struct {
		const char *machine, *name;
	} known[] = {
		{"x86_64", "x86_64"},
		{"i686", "x86"},
		{"i586", "x86"},
		{"aarch64", "aarch64"},
		{"armv7l", "armv7"},
		{"armv6l", "armhf"},
		{"ppc64le", "ppc64le"},
		{"s390x", "s390x"},
		{"riscv64", "riscv64"},
		{"armv8l", "armv7"},
		{"loongarch64", "loongarch64"},
	};
	struct utsname machine;

	if (uname(&machine) < 0)
		return error_errno(err, "ask for the architecture");
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		if (text_equal(known[i].machine, machine.machine)) {
			*ret = known[i].name;
			return 0;
		}
	}
	return error_set(err, ENOTSUP, "Alpine has no images for '%s'", machine.machine);
}

const char *alpine_mirror(const char *mirror)
{
	if (!mirror || !*mirror)
		mirror = secure_getenv("NCRUN_ALPINE_MIRROR");
	return mirror && *mirror ? mirror : DEFAULT_MIRROR;
}

/* ---- fetching -------------------------------------------------------------------------- */

static int choose_architecture(const struct pull_job *job, const char **ret,
			       struct ncrun_error *err)
{
	const char *wanted = job->options->architecture;

	if (!wanted)
		return alpine_architecture(ret, err);
	if (!*wanted || strlen(wanted) > 32 ||
	    wanted[strspn(wanted, "abcdefghijklmnopqrstuvwxyz0123456789_")] != '\0')
		return error_set(err, EINVAL, "architecture '%.50s': not a name", wanted);
	*ret = wanted;
	return 0;
}

/* The folder of the mirror that holds the releases, ending in '/'. */
static int make_folder(const struct pull_job *job, const char *architecture, char **ret,
		       struct ncrun_error *err)
{
	const char *mirror = alpine_mirror(job->options->mirror);
	size_t length = strlen(mirror);
	int r;

	r = fetch_url_check("mirror", mirror, err);
	if (r < 0)
		return r;
	while (mirror[length - 1] == '/')
		length--;
	if (asprintf(ret, "%.*s/%s/releases/%s/", (int)length, mirror, job->reference->branch,
		     architecture) < 0)
		return error_set(err, ENOMEM, "allocate an address");
	return 0;
}

static int report_download(void *data, uint64_t done, uint64_t total)
{
	const struct ncrun_import_options *import = data;
	const struct ncrun_progress progress = {.phase = "download",
						.done_bytes = done,
						.total_bytes = total};

	return import->progress(import->data, &progress);
}

/* Fetch @folder@file into a new file of @area. */
static int fetch_file(const struct pull_job *job, const struct store_area *area, const char *url,
		      uint64_t max_bytes, int *ret_fd, struct ncrun_error *err)
{
	const struct ncrun_import_options *import = &job->options->import;
	const char *name = strrchr(url, '/') + 1;
	_cleanup_close_ int fd = -1;
	struct fetch_request request = {
		.url = url,
		.max_bytes = max_bytes,
		.connect_timeout_ms = job->connect_timeout_ms,
		.stall_timeout_ms = job->stall_timeout_ms,
		.progress = import->progress ? report_download : NULL,
		.data = (void *)import,
	};
	int r;

	fd = openat(area->fd, name, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return error_errno(err, "create '%s'", name);
	r = fetch_url(&request, fd, err);
	if (r < 0)
		return r;
	*ret_fd = take_fd(fd);
	return 0;
}

/* The same for a file of text, of at most @max_bytes. */
static int fetch_text(const struct pull_job *job, const struct store_area *area, const char *url,
		      uint32_t max_bytes, struct text *ret, struct ncrun_error *err)
{
	_cleanup_close_ int fd = -1;
	_cleanup_free_ char *bytes = malloc(max_bytes);
	ssize_t n;
	int r;

	if (!bytes)
		return error_errno(err, "allocate %u bytes", max_bytes);
	r = fetch_file(job, area, url, max_bytes, &fd, err);
	if (r < 0)
		return r;
	n = pread(fd, bytes, max_bytes, 0);
	if (n < 0)
		return error_errno(err, "read '%s' again", url);
	text_append_bytes(ret, bytes, (size_t)n);
	return text_failed(ret) ? error_set(err, ENOMEM, "allocate %zd bytes", n) : 0;
}

/* Which archive is it, and what must it be? */
static int find_release(const struct pull_job *job, const struct store_area *area,
			const char *folder, const char *architecture, struct alpine_release *ret,
			struct ncrun_error *err)
{
	const char *version = job->reference->version;
	_cleanup_text_ struct text text = {0};
	_cleanup_free_ char *url = NULL;
	int r;

	if (!*version) {
		if (asprintf(&url, "%s" LISTING, folder) < 0)
			return error_set(err, ENOMEM, "allocate an address");
		r = fetch_text(job, area, url, LISTING_MAX, &text, err);
		if (r < 0)
			return r;
		return alpine_release_find(url, text_string(&text), text.length, ret, err);
	}

	snprintf(ret->file, sizeof(ret->file), FLAVOR "-%s-%s.tar.gz", version, architecture);
	if (asprintf(&url, "%s%s.sha256", folder, ret->file) < 0)
		return error_set(err, ENOMEM, "allocate an address");
	r = fetch_text(job, area, url, CHECKSUM_MAX, &text, err);
	if (r < 0)
		return r;
	return alpine_checksum_parse(url, text_string(&text), ret, err);
}

static int check_archive(const char *url, int fd, const struct alpine_release *release,
			 struct ncrun_error *err)
{
	_cleanup_(digest_freep) struct digest *digest = NULL;
	char is[DIGEST_TEXT_SIZE];
	char bytes[65536];
	uint64_t size = 0;
	ssize_t n;
	int r;

	r = digest_new(&digest, err);
	if (r < 0)
		return r;
	while ((n = pread(fd, bytes, sizeof(bytes), (off_t)size)) > 0) {
		digest_update(digest, bytes, (size_t)n);
		size += (uint64_t)n;
	}
	if (n < 0)
		return error_errno(err, "read '%s' again", url);
	digest_finish(digest, is);
	if (release->size_bytes && size != release->size_bytes)
		return error_set(err, EBADMSG, "'%s' has %llu bytes where %llu were promised", url,
				 (unsigned long long)size, (unsigned long long)release->size_bytes);
	if (!text_equal(is, release->sha256))
		return error_set(err, EBADMSG,
				 "wrong checksum: '%s' has SHA-256 %s where %s was promised", url,
				 is, release->sha256);
	return 0;
}

/* The image that has the name already, if it was made from the very same archive. */
static struct ncrun_image *find_same(const struct pull_job *job,
				     const struct alpine_release *release)
{
	_cleanup_(ncrun_image_unrefp) struct ncrun_image *image = NULL;
	struct ncrun_error ignored;

	if (ncrun_image_open(job->store, job->name, &image, &ignored) < 0 ||
	    !text_equal(ncrun_image_info(image)->digest, release->sha256))
		return NULL;
	return take_ptr(image);
}

int pull_alpine(const struct pull_job *job, struct ncrun_image **ret, struct ncrun_error *err)
{
	_cleanup_(store_area_done) struct store_area area = STORE_AREA_INIT;
	struct alpine_release release = {0};
	_cleanup_free_ char *folder = NULL;
	_cleanup_free_ char *url = NULL;
	_cleanup_close_ int fd = -1;
	const char *architecture = NULL;
	int r;

	r = choose_architecture(job, &architecture, err);
	if (r < 0)
		return r;
	r = make_folder(job, architecture, &folder, err);
	if (r < 0)
		return r;
	r = store_area_new(job->store, &area, err);
	if (r < 0)
		return r;
	r = find_release(job, &area, folder, architecture, &release, err);
	if (r < 0)
		return r;
	*ret = find_same(job, &release);
	if (*ret)
		return 0;

	if (asprintf(&url, "%s%s", folder, release.file) < 0)
		return error_set(err, ENOMEM, "allocate an address");
	r = fetch_file(job, &area, url, release.size_bytes ? release.size_bytes : ARCHIVE_MAX, &fd,
		       err);
	if (r < 0)
		return r;
	r = check_archive(url, fd, &release, err);
	if (r < 0)
		return r;
	if (lseek(fd, 0, SEEK_SET) < 0)
		return error_errno(err, "rewind '%s'", release.file);
	return image_import_fd(job->store, job->name, fd, url, &job->options->import, ret, err);
}
