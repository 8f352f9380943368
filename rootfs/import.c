/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Making an image. The caller's process reads, hashes and hands on the archive, which
 * another writes if it is a directory (export_child.h); a confined child unpacks it
 * into a work area (import_child.h). When that is whole
 * and on disk, one rename() makes it an image and another gives it its name.
 */

#include "rootfs/import.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/api.h"
#include "base/error.h"
#include "base/file.h"
#include "base/name.h"
#include "base/text.h"
#include "rootfs/export_child.h"
#include "rootfs/import_child.h"
#include "rootfs/import_pump.h"
#include "rootfs/store.h"

/** struct source - what is imported: an open archive, or a directory if @is_directory. */
struct source {
	int fd;
	bool is_directory;
	uint64_t size; /* 0 = not known */
	const char *text;
};

/** The archive of a directory. */
static int directory_push(int dir_fd, struct import_pump *pump, struct ncrun_error *err)
{
	_cleanup_(import_child_done) struct import_child writer = IMPORT_CHILD_INIT;
	int r = export_child_start(dir_fd, -1, &writer, err);

	return r < 0 ? r : import_pump_push_reports(pump, writer.reports, err);
}

static int source_push(const struct source *source, struct import_pump *pump,
		       struct ncrun_error *err)
{
	return source->is_directory ? directory_push(source->fd, pump, err)
				    : import_pump_push_all(pump, source->fd, err);
}

/** One archive may hold several images: then its digest alone does not name the content. */
static int digest_specify(char digest[DIGEST_TEXT_SIZE], const char *identity,
			  struct ncrun_error *err)
{
	_cleanup_(digest_freep) struct digest *both = NULL;
	int r;

	if (!*identity)
		return 0;
	r = digest_new(&both, err);
	if (r < 0)
		return r;
	digest_update(both, digest, strlen(digest));
	digest_update(both, "\n", 1);
	digest_update(both, identity, strlen(identity));
	digest_finish(both, digest);
	return 0;
}

/** Unpack into @area; afterwards it has image/root, and @pump what is known of it. */
static int import_fill(const struct store_area *area, const struct source *source,
		       const struct ncrun_import_options *options, struct import_pump *pump,
		       char ret_digest[DIGEST_TEXT_SIZE], struct ncrun_error *err)
{
	_cleanup_(import_child_done) struct import_child child = IMPORT_CHILD_INIT;
	struct import_limits limits;
	int r;

	r = import_limits_init(&limits, options, err);
	if (r == 0)
		r = import_child_start(area->fd, &limits, source->is_directory, &child, err);
	if (r == 0)
		r = import_pump_init(pump, &child, options, source->size, err);
	if (r == 0) {
		pump->max_bytes = import_limits_archive(&limits);
		r = source_push(source, pump, err);
	}
	if (r == 0)
		r = import_pump_finish(pump, ret_digest, err);
	pump->child = NULL;
	if (r < 0)
		return r;
	return digest_specify(ret_digest, record_get(pump->facts, "identity", ""), err);
}

/** The image's config file: what the unpacking process found, and what only we know. */
static int write_config(const struct store_area *area, struct record *facts, const char *source,
			struct ncrun_error *err)
{
	static const char *const texts[] = {"format", "os_release", "architecture",
					    "user",   "workdir",    "stop_signal",
					    "bytes",  "entries",    "squashed"};
	static const char *const lists[] = {"env", "entrypoint", "cmd"};
	_cleanup_text_ struct text config = {0};

	record_put(&config, "source", source);
	record_put_i64(&config, "created", time(NULL));
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		const char *value = record_get(facts, texts[i], NULL);

		if (value)
			record_put(&config, texts[i], value);
	}
	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
		const char *const *values = record_get_list(facts, lists[i]);

		if (!values)
			return error_set(err, ENOMEM, "describe the image");
		record_put_list(&config, lists[i], values);
	}
	if (text_failed(&config))
		return error_set(err, ENOMEM, "describe the image");
	return file_replace_at(area->fd, "image/config", config.chars, config.length, 0600, err);
}

/** Give the image its lock, held by us from before it can be seen. */
static int make_lock(const struct store_area *area, int *ret_fd, struct ncrun_error *err)
{
	_cleanup_close_ int fd = openat(area->fd, "image/lock",
					O_RDONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	int r = fd < 0 ? error_errno(err, "make the image's lock")
		       : file_lock(fd, false, true, NULL, err);

	if (r == 0)
		*ret_fd = take_fd(fd);
	return r;
}

/** Name what is published. Takes @held's lock over in any case; without a name the content goes. */
static int import_name(struct ncrun_store *store, const struct store_area *area,
		       const struct held_image *held, struct ncrun_image **ret,
		       struct ncrun_error *err)
{
	_cleanup_(ncrun_image_unrefp) struct ncrun_image *image = NULL;
	char old[DIGEST_TEXT_SIZE] = "";
	enum store_outcome outcome;
	int r;

	r = image_new_take(store, held, &image, err);
	if (r == 0)
		r = store_name_set(store, area, held->name, held->digest, old, err);
	if (r < 0) {
		if (image)
			image = ncrun_image_unref(image);
		else
			close(held->lock_fd);
		store_content_remove(store, held->digest, false, &outcome, NULL, NULL);
		return r;
	}
	if (old[0] && !text_equal(old, held->digest)) /* if a node uses it, it stays for now */
		store_content_remove(store, old, false, &outcome, NULL, NULL);
	if (ret)
		*ret = take_ptr(image);
	return 0;
}

/** From a filled area to a named image. */
static int import_commit(struct ncrun_store *store, const struct store_area *area, const char *name,
			 const char *digest, struct ncrun_image **ret, struct ncrun_error *err)
{
	_cleanup_close_ int lock = -1;
	enum store_outcome outcome;
	int r;

	r = make_lock(area, &lock, err);
	if (r < 0)
		return r;
	/* all of it, at once: a sync for each of thousands of files takes minutes */
	if (syncfs(area->fd) < 0)
		return error_errno(err, "write it to disk");
	r = store_content_publish(store, area, digest, &lock, err);
	if (r < 0) { /* it may be there, but not on disk */
		closep(&lock);
		store_content_remove(store, digest, false, &outcome, NULL, NULL);
		return r;
	}
	return import_name(store, area, &(struct held_image){name, digest, take_fd(lock), false},
			   ret, err);
}

/* The image is there or is not; what is left of the work is no more than room that it takes. */
static int area_leave(struct store_area *area, const struct ncrun_import_options *options, int r,
		      struct ncrun_error *err)
{
	static const char left[] = "its work area is left (see: ncrun clean)";

	if (store_area_remove(area, NULL, NULL) == 0)
		return r;
	if (r < 0)
		return error_wrap(err, r, "%s", left);
	if (options && options->note)
		options->note(options->data, left);
	return 0;
}

static int import_source(struct ncrun_store *store, const char *name, const struct source *source,
			 const struct ncrun_import_options *options, struct ncrun_image **ret,
			 struct ncrun_error *err)
{
	_cleanup_(store_area_done) struct store_area area = STORE_AREA_INIT;
	_cleanup_(import_pump_done) struct import_pump pump = {0};
	char digest[DIGEST_TEXT_SIZE];
	int r;

	r = store_area_new(store, &area, err);
	if (r == 0)
		r = import_fill(&area, source, options, &pump, digest, err);
	if (r == 0)
		r = write_config(&area, pump.facts, source->text, err);
	if (r == 0)
		r = import_commit(store, &area, name, digest, ret, err);
	r = area_leave(&area, options, r, err);
	return r < 0 ? error_wrap(err, r, "import '%s'", source->text) : 0;
}

/* NOLINTNEXTLINE(readability-function-size): what ncrun_image_import() takes, and the descriptor */
int image_import_fd(struct ncrun_store *store, const char *name, int fd, const char *source,
		    const struct ncrun_import_options *options, struct ncrun_image **ret,
		    struct ncrun_error *err)
{
	struct source archive = {.fd = fd, .text = source};
	struct stat st;
	int r;

	r = image_name_check(name, err);
	if (r < 0)
		return r;
	if (fstat(fd, &st) < 0)
		return error_errno(err, "import '%s'", source);
	archive.is_directory = S_ISDIR(st.st_mode);
	if (S_ISREG(st.st_mode) && st.st_size > 0)
		archive.size = (uint64_t)st.st_size;
	return import_source(store, name, &archive, options, ret, err);
}

NCRUN_API int ncrun_image_import(struct ncrun_store *store, const char *name, const char *source,
				 const struct ncrun_import_options *options,
				 struct ncrun_image **ret, struct ncrun_error *err)
{
	_cleanup_close_ int fd = -1;
	int r;

	r = image_name_check(name, err);
	if (r < 0)
		return r;
	if (text_equal(source, "-"))
		return image_import_fd(store, name, STDIN_FILENO, "standard input", options, ret,
				       err);
	fd = open(source, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	if (fd < 0)
		return error_errno(err, "import '%s'", source);
	return image_import_fd(store, name, fd, source, options, ret, err);
}
