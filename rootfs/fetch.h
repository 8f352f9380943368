/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* One file by HTTP or HTTPS. */

#include <stdint.h>

#include <ncrun/error.h>

#define FETCH_REDIRECTS_MAX 5
#define FETCH_URL_MAX       2048

/**
 * struct fetch_request - what to fetch and how long to wait for it
 * @max_bytes:	a longer body is refused (-E2BIG), announced or not
 * @connect_timeout_ms: for name, connection and TLS
 * @stall_timeout_ms: without at least FETCH_PACE_BYTES of progress
 * @progress:	called at least five times a second, total 0 = not known; non-zero cancels; may be
 * NULL
 */
struct fetch_request {
	const char *url;
	uint64_t max_bytes;
	uint32_t connect_timeout_ms;
	uint32_t stall_timeout_ms;
	int (*progress)(void *data, uint64_t done_bytes, uint64_t total_bytes);
	void *data;
};

#define FETCH_PACE_BYTES 1024

/**
 * fetch_url() - write what @request->url holds to the empty regular file @fd
 *
 * Runs in a child process without privileges, so that neither a hanging resolver
 * nor libcurl's threads and memory stay behind.
 *
 * Return: 0, -ENETUNREACH, -ETIMEDOUT, -ECONNRESET; -ENOENT (404, 410), -EACCES
 * (401, 403, an untrusted certificate, a redirect to anything but HTTP and HTTPS
 * or from HTTPS to HTTP), -ELOOP too many redirects, -EREMOTEIO any other
 * answer, -EBADMSG body cut short, -E2BIG, -ECANCELED, -ENOPKG no libcurl.
 */
int fetch_url(const struct fetch_request *request, int fd, struct ncrun_error *err);

/** An http:// or https:// URL of printable ASCII, without a password in it; -EINVAL. */
int fetch_url_check(const char *what, const char *url, struct ncrun_error *err);

/* ---- between fetch.c and fetch_http.c ------------------------------------------ */

/**
 * fetch_http() - the transfer itself, in this process
 * @report:	called as bytes arrive
 */
int fetch_http(const struct fetch_request *request, int fd,
	       void (*report)(void *data, uint64_t done_bytes, uint64_t total_bytes), void *data,
	       struct ncrun_error *err);
