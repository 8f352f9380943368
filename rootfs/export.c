/* SPDX-License-Identifier: Apache-2.0 */

#include "rootfs/export.h"

#include <errno.h>
#include <fcntl.h>
#include <search.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/error.h"
#include "base/text.h"
#include "rootfs/image_archive.h"
#include "rootfs/image_walk.h"
#include "rootfs/import_limits.h"

#define COPY_SIZE       131072
#define ATTRIBUTES_MAX  65536
#define LAST_BLOCK_SIZE 1024

struct export
{
	const struct archive_api *api;
	struct archive *archive;     /* owned */
	struct archive_entry *entry; /* owned */
	const struct export_sink *sink;
	struct archive_locale locale;
	void *links; /* owned; tsearch() tree of struct link */
	struct ncrun_error failure;
	char *buffer; /* owned */
};

/** The first name of a file that has several. */
struct link {
	dev_t dev;
	ino_t ino;
	char path[];
};

static int link_compare(const void *a, const void *b)
{
	const struct link *left = a, *right = b;

	if (left->ino != right->ino)
		return left->ino < right->ino ? -1 : 1;
	return left->dev == right->dev ? 0 : left->dev < right->dev ? -1 : 1;
}

static void export_done(struct export *export)
{
	if (export->entry)
		export->api->archive_entry_free(export->entry);
	if (export->archive)
		export->api->archive_write_free(export->archive);
	archive_locale_leave(&export->locale);
	tdestroy(export->links, free);
	free(export->buffer);
}

static la_ssize_t on_write(struct archive *archive, void *data, const void *bytes, size_t size)
{
	struct export *export = data;

	if (export->failure.code == 0 &&
	    export->sink->write(export->sink->data, bytes, size, &export->failure) == 0)
		return (la_ssize_t)size;
	export->api->archive_set_error(archive, EIO, "%s", export->failure.message);
	return -1;
}

static int export_failed(struct export *export, struct ncrun_error *err)
{
	const char *text = export->api->archive_error_string(export->archive);

	if (export->failure.code)
		return error_set(err, export->failure.code, "%s", export->failure.message);
	return error_set(err, EIO, "write the archive: %s", import_show(text ? text : "").text);
}

static int export_start(struct export *export, struct ncrun_error *err)
{
	const struct archive_api *api;
	int r = archive_api_load(&export->api, err);

	if (r < 0)
		return r;
	api = export->api;
	archive_locale_enter(&export->locale, "C.UTF-8");
	export->archive = api->archive_write_new();
	export->entry = api->archive_entry_new();
	export->buffer = malloc(COPY_SIZE);
	if (!export->archive || !export->entry || !export->buffer)
		return error_set(err, ENOMEM, "write an archive");
	if (api->archive_write_set_format_pax(export->archive) != ARCHIVE_OK ||
	    api->archive_write_set_format_option(export->archive, "pax", "xattrheader", "SCHILY") !=
		    ARCHIVE_OK ||
	    api->archive_write_add_filter_none(export->archive) != ARCHIVE_OK ||
	    api->archive_write_set_bytes_in_last_block(export->archive, LAST_BLOCK_SIZE) !=
		    ARCHIVE_OK ||
	    api->archive_write_open(export->archive, export, NULL, on_write, NULL) != ARCHIVE_OK)
		return export_failed(export, err);
	return 0;
}

/** Is this another name of a file that was written already? Sets *@ret_first to that name. */
static int link_find(struct export *export, const struct tree_entry *entry, const char **ret_first,
		     struct ncrun_error *err)
{
	size_t length = strlen(entry->path) + 1;
	struct link *link, **found;

	*ret_first = NULL;
	if (!S_ISREG(entry->st.st_mode) || entry->st.st_nlink < 2)
		return 0;
	link = malloc(sizeof(*link) + length);
	if (!link)
		return error_errno(err, "write an archive");
	link->dev = entry->st.st_dev;
	link->ino = entry->st.st_ino;
	memcpy(link->path, entry->path, length);
	found = tsearch(link, &export->links, link_compare);
	if (!found || *found != link)
		free(link);
	if (!found)
		return error_set(err, ENOMEM, "write an archive");
	if (*found != link)
		*ret_first = (*found)->path;
	return 0;
}

static int add_attribute(struct export *export, int fd, const char *path, const char *name,
			 struct ncrun_error *err)
{
	ssize_t size;

	if (!archive_keeps_attribute(name))
		return 0;
	size = fgetxattr(fd, name, export->buffer, COPY_SIZE);
	if (size < 0)
		return errno == ENODATA
			       ? 0
			       : error_errno(err, "read attribute '%s' of '%s'",
					     import_show(name).text, import_show(path).text);
	export->api->archive_entry_xattr_add_entry(export->entry, name, export->buffer,
						   (size_t)size);
	return 0;
}

static int compare_names(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/** The kernel lists them in no order. */
static int add_attributes(struct export *export, int fd, const char *path, struct ncrun_error *err)
{
	_cleanup_free_ char *names = malloc(ATTRIBUTES_MAX);
	_cleanup_free_ const char **sorted = NULL;
	ssize_t size = names ? flistxattr(fd, names, ATTRIBUTES_MAX) : -1;
	size_t count = 0;
	int r = 0;

	if (size < 0)
		return errno == EOPNOTSUPP ? 0
					   : error_errno(err, "list the attributes of '%s'",
							 import_show(path).text);
	if (size == 0)
		return 0;
	sorted = calloc((size_t)size, sizeof(*sorted));
	if (!sorted)
		return error_errno(err, "list the attributes of '%s'", import_show(path).text);
	for (const char *at = names; at < names + size; at += strlen(at) + 1)
		sorted[count++] = at;
	qsort(sorted, count, sizeof(*sorted), compare_names);
	for (size_t i = 0; r == 0 && i < count; i++)
		r = add_attribute(export, fd, path, sorted[i], err);
	return r;
}

/** Name the parts that are not holes, if there are holes at all. */
static void add_data_map(struct export *export, int fd, const struct stat *st)
{
	off_t data = lseek(fd, 0, SEEK_DATA), hole = lseek(fd, 0, SEEK_HOLE);

	if (hole < 0 || hole >= st->st_size || (data < 0 && errno != ENXIO))
		return;
	if (data < 0) { /* nothing but a hole */
		export->api->archive_entry_sparse_add_entry(export->entry, st->st_size, 0);
		return;
	}
	while (data >= 0 && data < st->st_size) {
		hole = lseek(fd, data, SEEK_HOLE);
		if (hole < 0 || hole > st->st_size)
			hole = st->st_size;
		export->api->archive_entry_sparse_add_entry(export->entry, data, hole - data);
		data = lseek(fd, hole, SEEK_DATA);
	}
}

/** The archive takes exactly the promised size: a file that shrinks meanwhile is filled up. */
static int write_content(struct export *export, int fd, const struct stat *st, const char *path,
			 struct ncrun_error *err)
{
	uint64_t left = (uint64_t)st->st_size;

	if (lseek(fd, 0, SEEK_SET) < 0)
		return error_errno(err, "read '%s'", import_show(path).text);
	while (left > 0) {
		size_t want = left < COPY_SIZE ? (size_t)left : COPY_SIZE;
		ssize_t n = read(fd, export->buffer, want);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return error_errno(err, "read '%s'", import_show(path).text);
		if (n == 0)
			return error_set(err, EIO, "'%s' became shorter while it was read",
					 import_show(path).text);
		if (export->api->archive_write_data(export->archive, export->buffer, (size_t)n) < 0)
			return export_failed(export, err);
		left -= (uint64_t)n;
	}
	return 0;
}

static void entry_describe(struct export *export, const struct tree_entry *entry)
{
	const struct archive_api *api = export->api;
	const struct stat *st = &entry->st;

	api->archive_entry_clear(export->entry);
	api->archive_entry_set_pathname(export->entry, *entry->path ? entry->path : "./");
	api->archive_entry_set_filetype(export->entry, st->st_mode & S_IFMT);
	api->archive_entry_set_perm(export->entry, st->st_mode & 07777);
	api->archive_entry_set_uid(export->entry, st->st_uid);
	api->archive_entry_set_gid(export->entry, st->st_gid);
	api->archive_entry_set_mtime(export->entry, st->st_mtim.tv_sec, st->st_mtim.tv_nsec);
	api->archive_entry_set_size(export->entry, S_ISREG(st->st_mode) ? st->st_size : 0);
	if (S_ISCHR(st->st_mode) || S_ISBLK(st->st_mode)) {
		api->archive_entry_set_rdevmajor(export->entry, major(st->st_rdev));
		api->archive_entry_set_rdevminor(export->entry, minor(st->st_rdev));
	}
}

static int write_header(struct export *export, struct ncrun_error *err)
{
	int r = export->api->archive_write_header(export->archive, export->entry);

	/* a warning is about a name that is not UTF-8: it is written as it is */
	return r == ARCHIVE_OK || r == ARCHIVE_WARN ? 0 : export_failed(export, err);
}

/** Files and directories: what must be opened to be read. */
static int write_opened(struct export *export, const struct tree_entry *entry,
			struct ncrun_error *err)
{
	_cleanup_close_ int fd = openat(entry->parent_fd, entry->name,
					O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
	struct stat st;
	int r;

	if (fd < 0)
		return errno == ENOENT
			       ? 0
			       : error_errno(err, "open '%s'", import_show(entry->path).text);
	if (fstat(fd, &st) < 0)
		return error_errno(err, "stat '%s'", import_show(entry->path).text);
	if ((st.st_mode & S_IFMT) != (entry->st.st_mode & S_IFMT))
		return error_set(err, EIO, "'%s' was replaced while it was read",
				 import_show(entry->path).text);
	if (S_ISREG(st.st_mode)) {
		export->api->archive_entry_set_size(export->entry, st.st_size);
		add_data_map(export, fd, &st);
	}
	r = add_attributes(export, fd, entry->path, err);
	if (r == 0)
		r = write_header(export, err);
	if (r == 0 && S_ISREG(st.st_mode))
		r = write_content(export, fd, &st, entry->path, err);
	return r;
}

static int write_entry(struct export *export, const struct tree_entry *entry,
		       struct ncrun_error *err)
{
	const char *first = NULL;
	int r;

	if (S_ISSOCK(entry->st.st_mode)) {
		_cleanup_text_ struct text line = {0};

		text_printf(&line, "left out the socket '%s'", import_show(entry->path).text);
		if (export->sink->note)
			export->sink->note(export->sink->data, text_string(&line));
		return 0;
	}
	entry_describe(export, entry);
	r = link_find(export, entry, &first, err);
	if (r < 0)
		return r;
	if (first) {
		export->api->archive_entry_set_hardlink(export->entry, first);
		export->api->archive_entry_set_size(export->entry, 0);
		return write_header(export, err);
	}
	if (S_ISREG(entry->st.st_mode) || S_ISDIR(entry->st.st_mode))
		return write_opened(export, entry, err);
	if (S_ISLNK(entry->st.st_mode)) {
		ssize_t n =
			readlinkat(entry->parent_fd, entry->name, export->buffer, COPY_SIZE - 1);

		if (n < 0)
			return error_errno(err, "read link '%s'", import_show(entry->path).text);
		export->buffer[n] = '\0';
		export->api->archive_entry_set_symlink(export->entry, export->buffer);
	}
	return write_header(export, err);
}

int export_tree(int dir_fd, const char *name, const struct export_sink *sink,
		struct ncrun_error *err)
{
	_cleanup_(tree_walk_freep) struct tree_walk *walk = NULL;
	_cleanup_(export_done) struct export export = {.sink = sink};
	struct tree_entry entry;
	bool more = true;
	int r;

	r = export_start(&export, err);
	if (r == 0)
		r = tree_walk_new(dir_fd, name, &walk, err);
	while (r == 0 && more) {
		r = tree_walk_next(walk, &entry, &more, err);
		if (r == 0 && more)
			r = write_entry(&export, &entry, err);
	}
	if (r == 0 && export.api->archive_write_close(export.archive) != ARCHIVE_OK)
		r = export_failed(&export, err);
	return r;
}
