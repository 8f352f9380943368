/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Compiled filters on disk.
 *
 * Theory of operation: the key is everything that the filter was made from. Its
 * hash only names the file; the key itself is in the entry and compared byte by
 * byte, so a collision costs a compilation and nothing else. The compiler is
 * part of the key by the file it was: where, which inode, how large, from when;
 * so a hit need not load it. A node trusts an entry with its isolation:
 * it is taken only from a plain file of our own that nobody else can open or has
 * linked, found without following a link. Whoever can make such a file is us.
 * Entries are replaced by rename, so there are no half ones but after a power
 * loss, and a checksum finds those. Every doubt means "not in the cache".
 */

#include "seccomp/cache.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/file.h"
#include "base/hash.h"
#include "base/log.h"
#include "base/text.h"

#define ENTRY_MODE 0600

#define ABSENT UINT32_MAX

uint64_t cache_checksum(const struct cache_header *header, const void *rest, size_t size)
{
	struct cache_header blank = *header;

	blank.checksum = 0;
	return hash_bytes(hash_bytes(HASH_START, &blank, sizeof(blank)), rest, size);
}

void cache_name(const void *key, size_t key_size, char ret[CACHE_NAME_SIZE])
{
	snprintf(ret, CACHE_NAME_SIZE, "%016" PRIx64 ".bpf", hash_bytes(HASH_START, key, key_size));
}

bool cache_identify(const char *path, struct cache_identity *ret)
{
	struct stat st;

	if (stat(path, &st) < 0)
		return false;
	*ret = (struct cache_identity){
		.device = st.st_dev,
		.inode = st.st_ino,
		.size = (uint64_t)st.st_size,
		.seconds = st.st_mtim.tv_sec,
		.nanoseconds = st.st_mtim.tv_nsec,
	};
	return true;
}

/* The bytes of an entry that is a plain file of ours, or NULL. */
static char *read_entry(int dir_fd, const char *name, size_t *ret_size)
{
	_cleanup_close_ int fd = -1;
	_cleanup_free_ char *bytes = NULL;
	struct stat st;
	size_t size;

	/* O_NONBLOCK: a FIFO of that name must not hold us up */
	fd = openat(dir_fd, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &st) < 0)
		return NULL;
	if (!S_ISREG(st.st_mode) || st.st_uid != geteuid() ||
	    (st.st_mode & ALLPERMS) != ENTRY_MODE || st.st_nlink != 1 ||
	    st.st_size < (off_t)sizeof(struct cache_header) || st.st_size > CACHE_ENTRY_SIZE_MAX) {
		log_debug("seccomp: ignore the cached filter '%s', which is not ours alone", name);
		return NULL;
	}
	size = (size_t)st.st_size;
	bytes = malloc(size);
	if (!bytes || read(fd, bytes, size) != (ssize_t)size)
		return NULL;
	*ret_size = size;
	return take_ptr(bytes);
}

static size_t string_size(uint32_t size)
{
	return size == ABSENT ? 0 : size;
}

static bool header_is_sound(const struct cache_header *header, const char *rest, size_t size)
{
	uint64_t expected = (uint64_t)header->instruction_count * sizeof(struct sock_filter) +
			    header->key_size + header->library_path_size +
			    string_size(header->listener_path_size) +
			    string_size(header->listener_metadata_size);

	return memcmp(header->magic, CACHE_MAGIC, sizeof(CACHE_MAGIC)) == 0 && expected == size &&
	       header->instruction_count <= BPF_MAXINSNS &&
	       header->checksum == cache_checksum(header, rest, size);
}

static bool library_is_unchanged(const struct cache_header *header, const char *path)
{
	_cleanup_free_ char *name = strndup(path, header->library_path_size);
	struct cache_identity now;

	return name && cache_identify(name, &now) &&
	       memcmp(&now, &header->library, sizeof(now)) == 0;
}

static bool take_string(const char **at, uint32_t size, char **ret)
{
	if (size == ABSENT)
		return true;
	*ret = strndup(*at, size);
	*at += size;
	return *ret != NULL;
}

static bool unpack(const struct cache_header *header, const char *at, struct seccomp_filter *ret)
{
	_cleanup_(seccomp_filter_done) struct seccomp_filter filter = {
		.count = header->instruction_count,
		.flags = header->flags,
		.notify = header->notify,
	};
	size_t size = filter.count * sizeof(*filter.instructions);

	if (filter.count) {
		filter.instructions = malloc(size);
		if (!filter.instructions)
			return false;
		memcpy(filter.instructions, at, size);
	}
	at += size + header->key_size + header->library_path_size;
	if (!take_string(&at, header->listener_path_size, &filter.listener_path) ||
	    !take_string(&at, header->listener_metadata_size, &filter.listener_metadata))
		return false;
	*ret = take_value(filter, (struct seccomp_filter){0});
	return true;
}

bool cache_find(int dir_fd, const void *key, size_t key_size, struct seccomp_filter *ret)
{
	_cleanup_free_ char *bytes = NULL;
	char name[CACHE_NAME_SIZE];
	const char *rest, *stored_key;
	struct cache_header header;
	size_t size = 0;

	cache_name(key, key_size, name);
	bytes = read_entry(dir_fd, name, &size);
	if (!bytes)
		return false;
	memcpy(&header, bytes, sizeof(header));
	rest = bytes + sizeof(header);
	if (!header_is_sound(&header, rest, size - sizeof(header))) {
		log_debug("seccomp: ignore the cached filter '%s', which is damaged", name);
		return false;
	}
	stored_key = rest + header.instruction_count * sizeof(struct sock_filter);
	if (header.key_size != key_size || memcmp(stored_key, key, key_size) != 0)
		return false;
	if (!library_is_unchanged(&header, stored_key + key_size)) {
		log_debug("seccomp: ignore the cached filter '%s' of another libseccomp", name);
		return false;
	}
	return unpack(&header, rest, ret);
}

/* ---- writing ------------------------------------------------------------- */

struct old_entry {
	const char *name; /* borrowed */
	struct timespec written;
	uint64_t size;
};

static int compare_age(const void *a, const void *b)
{
	const struct old_entry *x = a;
	const struct old_entry *y = b;

	if (x->written.tv_sec != y->written.tv_sec)
		return x->written.tv_sec < y->written.tv_sec ? -1 : 1;
	if (x->written.tv_nsec != y->written.tv_nsec)
		return x->written.tv_nsec < y->written.tv_nsec ? -1 : 1;
	return strcmp(x->name, y->name);
}

/* Everything in the directory counts: temporary files of a writer that died, too. */
static int make_room(int dir_fd, size_t size, struct ncrun_error *err)
{
	_cleanup_(strings_freep) char **names = NULL;
	_cleanup_free_ struct old_entry *entries = NULL;
	size_t count = 0, first = 0;
	uint64_t total = size;
	int r;

	r = directory_list(dir_fd, &names, err);
	if (r < 0)
		return r;
	entries = calloc(strings_count((const char *const *)names) + 1, sizeof(*entries));
	if (!entries)
		return error_errno(err, "keep a seccomp filter");
	for (char **name = names; name && *name; name++) {
		struct stat st;

		if (fstatat(dir_fd, *name, &st, AT_SYMLINK_NOFOLLOW) < 0)
			continue;
		total += (uint64_t)st.st_size;
		entries[count++] = (struct old_entry){*name, st.st_mtim, (uint64_t)st.st_size};
	}
	qsort(entries, count, sizeof(*entries), compare_age);
	for (; first < count && (count - first >= CACHE_ENTRIES_MAX || total > CACHE_BYTES_MAX);
	     first++) {
		unlinkat(dir_fd, entries[first].name, 0);
		total -= entries[first].size;
	}
	return 0;
}

static void append_string(struct text *out, const char *string, uint32_t *ret_size)
{
	*ret_size = string ? (uint32_t)strlen(string) : ABSENT;
	if (string)
		text_append(out, string);
}

int cache_store(int dir_fd, const void *key, size_t key_size, const struct seccomp_filter *filter,
		const char *library_path, struct ncrun_error *err)
{
	_cleanup_text_ struct text out = {0};
	char name[CACHE_NAME_SIZE];
	struct cache_header header = {
		.magic = CACHE_MAGIC,
		.instruction_count = (uint32_t)filter->count,
		.key_size = (uint32_t)key_size,
		.library_path_size = (uint32_t)strlen(library_path),
		.flags = filter->flags,
		.notify = filter->notify,
	};
	int r;

	if (key_size > CACHE_ENTRY_SIZE_MAX)
		return error_set(err, EFBIG, "keep a seccomp filter: its profile is too large");
	if (!cache_identify(library_path, &header.library))
		return error_errno(err, "keep a seccomp filter: look at '%s'", library_path);
	text_append_bytes(&out, &header, sizeof(header));
	text_append_bytes(&out, filter->instructions,
			  filter->count * sizeof(*filter->instructions));
	text_append_bytes(&out, key, key_size);
	text_append(&out, library_path);
	append_string(&out, filter->listener_path, &header.listener_path_size);
	append_string(&out, filter->listener_metadata, &header.listener_metadata_size);
	if (text_failed(&out))
		return error_set(err, ENOMEM, "keep a seccomp filter: %s", strerror(ENOMEM));
	if (out.length > CACHE_ENTRY_SIZE_MAX)
		return error_set(err, EFBIG, "keep a seccomp filter: its profile is too large");
	header.checksum =
		cache_checksum(&header, out.chars + sizeof(header), out.length - sizeof(header));
	memcpy(out.chars, &header, sizeof(header));

	r = make_room(dir_fd, out.length, err);
	if (r < 0)
		return r;
	cache_name(key, key_size, name);
	return file_replace_at(dir_fd, name, out.chars, out.length, ENTRY_MODE, err);
}
