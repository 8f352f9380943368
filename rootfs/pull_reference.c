/* SPDX-License-Identifier: Apache-2.0 */

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/name.h"
#include "base/text.h"
#include "rootfs/pull.h"

#define DOCKER "docker://"
#define DIGITS "0123456789"
#define LOWER  "abcdefghijklmnopqrstuvwxyz"
#define UPPER  "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define DIGEST "@sha256:"
#define HEX    "0123456789abcdef"
#define SHORT  12 /* digits of a digest that stand in a name */

bool pull_reference_is(const char *text)
{
	return text_equal(text, "alpine") || text_starts_with(text, "alpine:") ||
	       text_starts_with(text, DOCKER);
}

/* ---- Alpine ------------------------------------------------------------------------ */

/* "3.20" has one dot, "3.20.3" two; parts of one to four digits. */
static bool is_version(const char *text, size_t *ret_dots)
{
	*ret_dots = 0;
	while (true) {
		size_t digits = strspn(text, DIGITS);

		if (digits == 0 || digits > 4)
			return false;
		text += digits;
		if (*text == '\0')
			return true;
		if (*text != '.' || ++*ret_dots > 2)
			return false;
		text++;
	}
}

static int parse_alpine(const char *text, struct pull_reference *ret, struct ncrun_error *err)
{
	const char *version = text + strlen("alpine");
	size_t dots;

	ret->kind = PULL_ALPINE;
	if (*version == '\0' || text_equal(version, ":latest") ||
	    text_equal(version, ":latest-stable")) {
		memcpy(ret->branch, "latest-stable", sizeof("latest-stable"));
		memcpy(ret->name, "alpine", sizeof("alpine"));
		return 0;
	}
	version++;
	if (text_equal(version, "edge")) {
		memcpy(ret->branch, version, sizeof("edge"));
	} else if (is_version(version, &dots) && dots > 0) {
		const char *end = strchr(strchr(version, '.') + 1, '.');

		snprintf(ret->branch, sizeof(ret->branch), "v%.*s",
			 (int)(end ? end - version : (ptrdiff_t)strlen(version)), version);
		if (end)
			snprintf(ret->version, sizeof(ret->version), "%s", version);
	} else {
		return error_set(err, EINVAL,
				 "image '%.100s': '%.50s' is not a version of Alpine (try "
				 "alpine:3.20, alpine:3.20.3 or alpine:edge)",
				 text, version);
	}
	snprintf(ret->name, sizeof(ret->name), "alpine-%s", version);
	return 0;
}

/* ---- registries ---------------------------------------------------------------------- */

struct docker_parts {
	const char *domain; /* NULL = the default */
	size_t domain_length;
	const char *path;
	size_t path_length;
	const char *tag; /* NULL = none */
	size_t tag_length;
	const char *digest; /* its digits; NULL = none */
};

static bool is_path(const char *path, size_t length)
{
	size_t part = 0;

	for (size_t i = 0; i <= length; i++) {
		const char c = (char)(i < length ? path[i] : '/'); /* as if one more part came */

		if (c == '/') {
			if (part == 0 || !isalnum((unsigned char)path[i - 1]))
				return false;
			part = 0;
			continue;
		}
		if (!strchr(LOWER DIGITS "._-", c) || (part == 0 && strchr("._-", c)))
			return false;
		part++;
	}
	return true;
}

/* Take the pieces off from both ends; what is left is the path. */
static bool split_docker(const char *text, struct docker_parts *ret)
{
	const char *end = text + strlen(text);
	const char *slash = strchr(text, '/');
	const char *at = strstr(text, DIGEST);
	const char *colon;

	*ret = (struct docker_parts){0};
	if (at) {
		ret->digest = at + strlen(DIGEST);
		if (strspn(ret->digest, HEX) != 64 || ret->digest[64])
			return false;
		end = at;
	}
	if (slash && slash < end) {
		size_t length = (size_t)(slash - text);

		if (memchr(text, '.', length) || memchr(text, ':', length) ||
		    (length == 9 && strncmp(text, "localhost", 9) == 0)) {
			ret->domain = text;
			ret->domain_length = length;
			if (strspn(text, LOWER UPPER DIGITS ".:-") != length ||
			    !isalnum((unsigned char)text[0]))
				return false;
			text = slash + 1;
		}
	}
	colon = memchr(text, ':', (size_t)(end - text));
	if (colon) {
		ret->tag = colon + 1;
		ret->tag_length = (size_t)(end - ret->tag);
		if (ret->tag_length == 0 || ret->tag_length > 128 || strchr(".-", *ret->tag) ||
		    strspn(ret->tag, LOWER UPPER DIGITS "._-") < ret->tag_length)
			return false;
		end = colon;
	}
	ret->path = text;
	ret->path_length = (size_t)(end - text);
	return is_path(ret->path, ret->path_length);
}

/* Registries on the machine itself are reached without TLS, as every container tool does. */
static bool is_loopback(const struct docker_parts *parts)
{
	static const char *const hosts[] = {"localhost", "127.0.0.1"};

	for (size_t i = 0; i < sizeof(hosts) / sizeof(hosts[0]); i++) {
		size_t length = strlen(hosts[i]);

		if (parts->domain && strncmp(parts->domain, hosts[i], length) == 0 &&
		    (parts->domain_length == length || parts->domain[length] == ':'))
			return true;
	}
	return false;
}

/* A name that does not fit is none: then the caller must give one. */
static void name_docker(const struct docker_parts *parts, char ret[64])
{
	_cleanup_text_ struct text name = {0};

	text_append_bytes(&name, parts->path, parts->path_length);
	for (size_t i = 0; i < name.length; i++)
		if (name.chars[i] == '/')
			name.chars[i] = '-';
	if (parts->digest)
		text_printf(&name, "-%.*s", SHORT, parts->digest);
	else if (parts->tag && strncmp(parts->tag, "latest", parts->tag_length) != 0)
		text_printf(&name, "-%.*s", (int)parts->tag_length, parts->tag);

	ret[0] = '\0';
	if (!text_failed(&name) && name_check("image", text_string(&name), NULL) == 0)
		memcpy(ret, text_string(&name), name.length + 1);
}

static int parse_docker(const char *text, struct pull_reference *ret, struct ncrun_error *err)
{
	struct docker_parts parts;
	bool official;
	int n;

	if (!split_docker(text + strlen(DOCKER), &parts))
		return error_set(err, EINVAL,
				 "image '%.200s': not a reference (try docker://nginx:1.27 or "
				 "docker://quay.io/project/image:tag)",
				 text);

	official = !parts.domain && !memchr(parts.path, '/', parts.path_length);
	n = snprintf(ret->location, sizeof(ret->location), DOCKER "%.*s/%s%.*s",
		     parts.domain ? (int)parts.domain_length : 9,
		     parts.domain ? parts.domain : "docker.io", official ? "library/" : "",
		     (int)parts.path_length, parts.path);
	if (n < 0 || (size_t)n + 200 > sizeof(ret->location))
		return error_set(err, EINVAL, "image '%.200s...': too long", text);
	/* skopeo takes a tag or a digest; the digest says more. */
	if (parts.digest)
		snprintf(ret->location + n, sizeof(ret->location) - (size_t)n, DIGEST "%s",
			 parts.digest);
	else
		snprintf(ret->location + n, sizeof(ret->location) - (size_t)n, ":%.*s",
			 parts.tag ? (int)parts.tag_length : 6, parts.tag ? parts.tag : "latest");

	ret->kind = PULL_DOCKER;
	ret->loopback = is_loopback(&parts);
	name_docker(&parts, ret->name);
	return 0;
}

int pull_reference_parse(const char *text, struct pull_reference *ret, struct ncrun_error *err)
{
	struct pull_reference reference = {0};
	int r;

	if (text_starts_with(text, DOCKER))
		r = parse_docker(text, &reference, err);
	else if (pull_reference_is(text))
		r = parse_alpine(text, &reference, err);
	else
		r = error_set(err, EINVAL,
			      "image '%.200s' cannot be pulled: only alpine[:VERSION] and "
			      "docker://IMAGE can",
			      text);
	if (r < 0)
		return r;
	*ret = reference;
	return 0;
}
