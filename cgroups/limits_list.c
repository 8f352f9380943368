/* SPDX-License-Identifier: Apache-2.0 */

/* Limits that may be given several times, from text: disks, devices, huge pages, files. */

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "base/error.h"
#include "base/number.h"
#include "base/text.h"
#include "cgroups/limits.h"

#define LIST_MAX    256
#define PATH_LENGTH 4096

/** Room for one more element of @size at the end of *@list, which a caller may have made by hand:
 * then it has none to spare, and array_grow() would take it to have some. */
static int list_grow(void **list, size_t count, size_t size, const char *name,
		     struct ncrun_error *err)
{
	void *grown;

	if (count >= LIST_MAX)
		return error_set(err, EINVAL, "%s: more than %d of them", name, LIST_MAX);
	grown = reallocarray(*list, count + 1, size);
	if (!grown)
		return error_set(err, ENOMEM, "%s: out of memory", name);
	*list = grown;
	return 0;
}

/** "8:16"; false if it is no such pair. */
static bool numbers_parse(const char *text, size_t length, uint32_t *ret_major, uint32_t *ret_minor)
{
	uint32_t numbers[2] = {0, 0};
	unsigned int which = 0, digits = 0;

	for (size_t i = 0; i < length; i++) {
		if (text[i] == ':' && which == 0 && digits > 0) {
			which = 1;
			digits = 0;
		} else if (text[i] >= '0' && text[i] <= '9' && digits < 8) {
			numbers[which] = numbers[which] * 10 + (uint32_t)(text[i] - '0');
			digits++;
		} else {
			return false;
		}
	}
	*ret_major = numbers[0];
	*ret_minor = numbers[1];
	return which == 1 && digits > 0 && numbers[0] < 1u << 12 && numbers[1] < 1u << 20;
}

/** struct device - what a device file stands for */
struct device {
	char *path; /* owned */
	mode_t type;
	uint32_t major, minor;
};

/** Look at the file that @length bytes of @value name. */
static int device_look_up(const char *name, const char *value, size_t length, struct device *ret,
			  struct ncrun_error *err)
{
	_cleanup_free_ char *path = NULL;
	struct stat st;

	if (value[0] != '/' || length >= PATH_LENGTH)
		return error_set(err, EINVAL, "%s '%.100s': not the path of a device (try /dev/%s)",
				 name, value, text_equal(name, "io") ? "sda:rbps=10M" : "net/tun");
	path = strndup(value, length);
	if (!path)
		return error_set(err, ENOMEM, "%s: out of memory", name);
	if (stat(path, &st) < 0)
		return error_errno(err, "%s '%.100s': look at '%.200s'", name, value, path);
	ret->type = st.st_mode & S_IFMT;
	ret->major = major(st.st_rdev);
	ret->minor = minor(st.st_rdev);
	ret->path = take_ptr(path);
	return 0;
}

/* ---- io: DEV:rbps=1M,wiops=100 ------------------------------------------------ */

static uint64_t *io_field(struct ncrun_io_limit *limit, const char *key, size_t length)
{
	static const struct {
		const char *key;
		size_t offset;
	} fields[] = {
		{"rbps", offsetof(struct ncrun_io_limit, read_bytes)},
		{"wbps", offsetof(struct ncrun_io_limit, write_bytes)},
		{"riops", offsetof(struct ncrun_io_limit, read_ios)},
		{"wiops", offsetof(struct ncrun_io_limit, write_ios)},
	};

	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
		if (strlen(fields[i].key) == length && strncmp(fields[i].key, key, length) == 0)
			return (uint64_t *)(void *)((char *)limit + fields[i].offset);
	return NULL;
}

/** One "rbps=1M" of @length bytes. */
static int io_set_key(struct ncrun_io_limit *limit, const char *value, const char *key,
		      size_t length, struct ncrun_error *err)
{
	const char *equals = memchr(key, '=', length);
	char number[32] = "";
	uint64_t *field = NULL;
	size_t rest = equals ? length - (size_t)(equals + 1 - key) : 0;
	int r;

	if (equals)
		field = io_field(limit, key, (size_t)(equals - key));
	if (!field || rest == 0 || rest >= sizeof(number))
		return error_set(err, EINVAL,
				 "io '%.100s': '%.*s' is not rbps=, wbps=, riops= or wiops= and a "
				 "number",
				 value, (int)(length < 40 ? length : 40), key);
	if (*field)
		return error_set(err, EINVAL, "io '%.100s': '%.*s' is there twice", value,
				 (int)(equals - key), key);
	memcpy(number, equals + 1, rest);
	if (text_equal(number, "max")) {
		*field = NCRUN_LIMIT_NONE;
		return 0;
	}
	r = equals[-1] == 's' && equals[-2] == 'p' && equals[-3] == 'b'
		    ? size_parse("io", number, field, err)
		    : number_parse_u64("io", number, 1, INT64_MAX, field, err);
	if (r < 0)
		return r;
	if (*field == 0 || *field > INT64_MAX)
		return error_set(err, EINVAL, "io '%.100s': '%s' is no rate (try 1M)", value,
				 number);
	return 0;
}

static int io_set_keys(struct ncrun_io_limit *limit, const char *value, const char *keys,
		       struct ncrun_error *err)
{
	for (;;) {
		size_t length = strcspn(keys, ",");
		int r = io_set_key(limit, value, keys, length, err);

		if (r < 0 || !keys[length])
			return r;
		keys += length + 1;
	}
}

static bool io_has(const struct ncrun_limits *limits, uint32_t major, uint32_t minor)
{
	for (size_t i = 0; i < limits->io_count; i++)
		if (limits->io[i].major == major && limits->io[i].minor == minor)
			return true;
	return false;
}

int limit_set_io(struct ncrun_limits *limits, const char *value, struct ncrun_error *err)
{
	struct ncrun_io_limit limit = {0};
	struct device device = {0};
	_cleanup_free_ char *path = NULL;
	const char *equals = strchr(value, '=');
	const char *colon = equals ? memrchr(value, ':', (size_t)(equals - value)) : NULL;
	size_t length = colon ? (size_t)(colon - value) : 0;
	int r;

	if (!colon)
		return error_set(err, EINVAL,
				 "io '%.100s': not a disk and its limits (try "
				 "/dev/sda:rbps=10M,wiops=100)",
				 value);
	r = io_set_keys(&limit, value, colon + 1, err);
	if (r < 0)
		return r;
	if (!numbers_parse(value, length, &limit.major, &limit.minor)) {
		r = device_look_up("io", value, length, &device, err);
		if (r < 0)
			return r;
		path = device.path;
		if (device.type != S_IFBLK)
			return error_set(err, ENOTBLK, "io '%.100s': '%s' is not a disk", value,
					 path);
		limit.major = device.major;
		limit.minor = device.minor;
	}
	if (io_has(limits, limit.major, limit.minor))
		return error_set(err, EEXIST, "io '%.100s': limits of that disk are given already",
				 value);
	r = list_grow((void **)&limits->io, limits->io_count, sizeof(limit), "io", err);
	if (r < 0)
		return r;
	limit.path = take_ptr(path);
	limits->io[limits->io_count++] = limit;
	return 0;
}

/* ---- hugetlb: 2M:64M ------------------------------------------------------------ */

int limit_set_hugetlb(struct ncrun_limits *limits, const char *value, struct ncrun_error *err)
{
	struct ncrun_hugetlb_limit limit = {0};
	const char *colon = strchr(value, ':');
	char page[24] = "";
	size_t length = colon ? (size_t)(colon - value) : sizeof(page);
	int r = 0;

	if (length >= sizeof(page))
		return error_set(err, EINVAL,
				 "hugetlb '%.100s': not a page size and a limit (try 2M:64M)",
				 value);
	memcpy(page, value, length);
	r = size_parse("hugetlb", page, &limit.page_bytes, err);
	if (r < 0)
		return r;
	if (limit.page_bytes < 16384 || (limit.page_bytes & (limit.page_bytes - 1)) != 0)
		return error_set(err, EINVAL,
				 "hugetlb '%.100s': '%s' is no size of a huge page "
				 "(try 2M:64M)",
				 value, page);
	if (text_equal(colon + 1, "max"))
		limit.max_bytes = NCRUN_LIMIT_NONE;
	else
		r = size_parse("hugetlb", colon + 1, &limit.max_bytes, err);
	if (r < 0)
		return r;
	if (limit.max_bytes != NCRUN_LIMIT_NONE && limit.max_bytes % limit.page_bytes != 0)
		return error_set(err, EINVAL, "hugetlb '%.100s': not a multiple of the page",
				 value);
	for (size_t i = 0; i < limits->hugetlb_count; i++)
		if (limits->hugetlb[i].page_bytes == limit.page_bytes)
			return error_set(err, EEXIST,
					 "hugetlb '%.100s': pages of that size are limited already",
					 value);
	r = list_grow((void **)&limits->hugetlb, limits->hugetlb_count, sizeof(limit), "hugetlb",
		      err);
	if (r < 0)
		return r;
	limits->hugetlb[limits->hugetlb_count++] = limit;
	return 0;
}

/* ---- device: /dev/net/tun:rw, c:10:200:rw ------------------------------------------ */

/** Length of @value without ":rwm" at its end, if that is what is there. */
static size_t access_parse(const char *value, uint32_t *ret)
{
	const char *colon = strrchr(value, ':');
	uint32_t bits = 0;

	*ret = NCRUN_DEVICE_READ | NCRUN_DEVICE_WRITE | NCRUN_DEVICE_MKNOD;
	if (!colon || !colon[1] || colon[strspn(colon + 1, "rwm") + 1])
		return strlen(value);
	for (const char *c = colon + 1; *c; c++)
		bits |= *c == 'r'   ? NCRUN_DEVICE_READ
			: *c == 'w' ? NCRUN_DEVICE_WRITE
				    : NCRUN_DEVICE_MKNOD;
	*ret = bits;
	return (size_t)(colon - value);
}

/** What stands behind the device's path is no access, or the path is wrong: say which. */
static int device_refuse(const char *value, int r, struct ncrun_error *err)
{
	_cleanup_free_ char *path = NULL;
	const char *colon = strrchr(value, ':');

	if (r == -ENOENT && value[0] == '/' && colon)
		path = strndup(value, (size_t)(colon - value));
	if (!path || access(path, F_OK) < 0)
		return r;
	return error_set(err, EINVAL, "device '%.100s': '%.20s' is not made of r, w and m", value,
			 colon + 1);
}

static bool device_has(const struct ncrun_limits *limits, const struct ncrun_device_rule *rule)
{
	for (size_t i = 0; i < limits->device_count; i++)
		if (limits->devices[i].type == rule->type &&
		    limits->devices[i].major == rule->major &&
		    limits->devices[i].minor == rule->minor)
			return true;
	return false;
}

int limit_set_device(struct ncrun_limits *limits, const char *value, struct ncrun_error *err)
{
	struct ncrun_device_rule rule = {0};
	struct device device = {0};
	_cleanup_free_ char *path = NULL;
	size_t length = access_parse(value, &rule.access);
	int r;

	if ((value[0] == 'c' || value[0] == 'b') && value[1] == ':' &&
	    numbers_parse(value + 2, length - 2, &rule.major, &rule.minor)) {
		rule.type = value[0];
	} else {
		r = device_look_up("device", value, length, &device, err);
		if (r < 0)
			return device_refuse(value, r, err);
		path = device.path;
		if (device.type != S_IFBLK && device.type != S_IFCHR)
			return error_set(err, ENODEV, "device '%.100s': '%s' is not a device",
					 value, path);
		rule.type = device.type == S_IFBLK ? 'b' : 'c';
		rule.major = device.major;
		rule.minor = device.minor;
	}
	if (device_has(limits, &rule))
		return error_set(err, EEXIST, "device '%.100s': that device is given already",
				 value);
	r = list_grow((void **)&limits->devices, limits->device_count, sizeof(rule), "device", err);
	if (r < 0)
		return r;
	rule.path = take_ptr(path);
	limits->devices[limits->device_count++] = rule;
	return 0;
}

/* ---- cgroup: memory.min=16M ----------------------------------------------------------- */

/** May this file be written for a node? Those of the core move processes and rights about. */
static bool key_is_valid(const char *key, size_t length)
{
	static const char *const core[] = {"cgroup.max.depth", "cgroup.max.descendants",
					   "cgroup.pressure"};
	const char *dot = memchr(key, '.', length);
	static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				      "0123456789._";

	if (!dot || dot == key || length > 64 || strspn(key, letters) < length)
		return false;
	if (strncmp(key, "cgroup.", strlen("cgroup.")) != 0)
		return true;
	for (size_t i = 0; i < sizeof(core) / sizeof(core[0]); i++)
		if (strlen(core[i]) == length && strncmp(core[i], key, length) == 0)
			return true;
	return false;
}

int limit_set_key(struct ncrun_limits *limits, const char *value, struct ncrun_error *err)
{
	const char *equals = strchr(value, '=');
	size_t length = equals ? (size_t)(equals - value) : 0;

	if (!equals || !key_is_valid(value, length) || !equals[1] || strlen(equals) > 1024)
		return error_set(err, EINVAL,
				 "cgroup '%.100s': not a file of a controller and its value (try "
				 "memory.min=16M)",
				 value);
	for (char **key = limits->keys; key && *key; key++)
		if (strncmp(*key, value, length + 1) == 0)
			return error_set(err, EEXIST, "cgroup '%.100s': given already ('%.100s')",
					 value, *key);
	if (strings_count((const char *const *)limits->keys) >= LIST_MAX)
		return error_set(err, EINVAL, "cgroup: more than %d of them", LIST_MAX);
	if (strings_append(&limits->keys, value) < 0)
		return error_set(err, ENOMEM, "cgroup: out of memory");
	return 0;
}
