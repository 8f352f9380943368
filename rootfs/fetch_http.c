/* SPDX-License-Identifier: Apache-2.0 */

/* The half of a fetch that speaks to libcurl. Redirects are followed here, one by one, so that each
 * is checked. */

#include <curl/curl.h>
#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <strings.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "base/file.h"
#include "base/library.h"
#include "base/log.h"
#include "rootfs/fetch.h"

static struct {
	__typeof__(&curl_global_init) global_init;
	__typeof__(&curl_easy_init) easy_init;
	__typeof__(&curl_easy_setopt) easy_setopt;
	__typeof__(&curl_easy_getinfo) easy_getinfo;
	__typeof__(&curl_easy_perform) easy_perform;
	__typeof__(&curl_easy_strerror) easy_strerror;
	__typeof__(&curl_easy_cleanup) easy_cleanup;
} lib;

static const struct library_symbol symbols[] = {
	{"curl_global_init", (void **)&lib.global_init},
	{"curl_easy_init", (void **)&lib.easy_init},
	{"curl_easy_setopt", (void **)&lib.easy_setopt},
	{"curl_easy_getinfo", (void **)&lib.easy_getinfo},
	{"curl_easy_perform", (void **)&lib.easy_perform},
	{"curl_easy_strerror", (void **)&lib.easy_strerror},
	{"curl_easy_cleanup", (void **)&lib.easy_cleanup},
	{0},
};

static CURL *easy_free(CURL *curl)
{
	if (curl)
		lib.easy_cleanup(curl);
	return NULL;
}
DEFINE_CLEANUP(CURL *, easy_free);

/* One transfer: what the callback needs, and what it found wrong. */
struct transfer {
	const struct fetch_request *request;
	CURL *curl; /* owned by fetch_http() */
	int fd;
	uint64_t done;
	int failed; /* negative errno of the callback */
	struct ncrun_error *err;
	void (*report)(void *data, uint64_t done_bytes, uint64_t total_bytes);
	void *data;
};

static int load_curl(struct ncrun_error *err)
{
	struct ncrun_error ignored;
	int r = library_load("libcurl.so.4", "libcurl4", symbols, err);

	if (r < 0 && library_load("libcurl-gnutls.so.4", "libcurl3-gnutls", symbols, &ignored) == 0)
		r = 0;
	if (r < 0)
		return r;
	if (lib.global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
		return error_set(err, EIO, "libcurl cannot be initialised");
	return 0;
}

static bool is_https(const char *url)
{
	return strncasecmp(url, "https://", 8) == 0;
}

static bool is_http(const char *url)
{
	return strncasecmp(url, "http://", 7) == 0;
}

static size_t receive(char *bytes, size_t one, size_t size, void *data)
{
	struct transfer *transfer = data;
	curl_off_t total = 0;
	long status = 0;

	size *= one;
	lib.easy_getinfo(transfer->curl, CURLINFO_RESPONSE_CODE, &status);
	if (size > transfer->request->max_bytes - transfer->done) {
		transfer->failed = error_set(transfer->err, E2BIG, "more than %llu bytes were sent",
					     (unsigned long long)transfer->request->max_bytes);
		return 0;
	}
	transfer->done += size;
	if (status != 200) /* the text of a redirect: counted, not kept */
		return size;

	transfer->failed = file_write_all(transfer->fd, bytes, size, transfer->err);
	if (transfer->failed < 0)
		return 0;
	lib.easy_getinfo(transfer->curl, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &total);
	transfer->report(transfer->data, transfer->done, total > 0 ? (uint64_t)total : 0);
	return size;
}

static void set_options(CURL *curl, struct transfer *transfer)
{
	const struct fetch_request *request = transfer->request;

	/* Our own checks come first; this is the second fence. */
#if LIBCURL_VERSION_NUM >= 0x075500
	lib.easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
#else
	lib.easy_setopt(curl, CURLOPT_PROTOCOLS, CURLPROTO_HTTP | CURLPROTO_HTTPS);
#endif
	lib.easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L);
	lib.easy_setopt(curl, CURLOPT_FAILONERROR, 1L);
	lib.easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
	lib.easy_setopt(curl, CURLOPT_USERAGENT, "ncrun/" NCRUN_VERSION);
	lib.easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, (long)request->connect_timeout_ms);
	lib.easy_setopt(curl, CURLOPT_MAXFILESIZE_LARGE, (curl_off_t)request->max_bytes);
	lib.easy_setopt(curl, CURLOPT_WRITEFUNCTION, receive);
	lib.easy_setopt(curl, CURLOPT_WRITEDATA, transfer);
}

/* What a person can do something about has an errno of its own. */
static int code_of(CURLcode result, long status)
{
	switch ((int)result) {
	case CURLE_COULDNT_RESOLVE_HOST:
	case CURLE_COULDNT_RESOLVE_PROXY:
	case CURLE_COULDNT_CONNECT:
		return ENETUNREACH;
	case CURLE_OPERATION_TIMEDOUT:
		return ETIMEDOUT;
	case CURLE_SEND_ERROR:
	case CURLE_RECV_ERROR:
	case CURLE_GOT_NOTHING:
		return ECONNRESET;
	case CURLE_PARTIAL_FILE:
		return EBADMSG;
	case CURLE_FILESIZE_EXCEEDED:
		return E2BIG;
	case CURLE_PEER_FAILED_VERIFICATION:
	case CURLE_SSL_CACERT_BADFILE:
		return EACCES;
	case CURLE_HTTP_RETURNED_ERROR:
		if (status == 404 || status == 410)
			return ENOENT;
		return status == 401 || status == 403 ? EACCES : EREMOTEIO;
	default:
		return EREMOTEIO;
	}
}

/* One request; *ret_redirect is where it was sent on to, or NULL; libcurl's. */
static int perform(struct transfer *transfer, const char *url, const char **ret_redirect)
{
	char why[CURL_ERROR_SIZE] = "";
	const char *redirect = NULL;
	CURLcode result;
	long status = 0;

	log_debug("fetch '%s'", url);
	transfer->done = 0;
	lib.easy_setopt(transfer->curl, CURLOPT_URL, url);
	lib.easy_setopt(transfer->curl, CURLOPT_ERRORBUFFER, why);
	result = lib.easy_perform(transfer->curl);
	lib.easy_setopt(transfer->curl, CURLOPT_ERRORBUFFER, NULL);
	lib.easy_getinfo(transfer->curl, CURLINFO_RESPONSE_CODE, &status);
	if (transfer->failed < 0)
		return error_wrap(transfer->err, transfer->failed, "fetch '%s'", url);
	if (result == CURLE_HTTP_RETURNED_ERROR)
		return error_set(transfer->err, code_of(result, status),
				 "fetch '%s': the server answers %ld%s", url, status,
				 status == 404 ? " (not found)" : "");
	if (result != CURLE_OK)
		return error_set(transfer->err, code_of(result, status), "fetch '%s': %s", url,
				 *why ? why : lib.easy_strerror(result));

	lib.easy_getinfo(transfer->curl, CURLINFO_REDIRECT_URL, &redirect);
	if (!redirect && status != 200)
		return error_set(transfer->err, EREMOTEIO, "fetch '%s': the server answers %ld",
				 url, status);
	*ret_redirect = redirect;
	return 0;
}

static int check_redirect(const char *from, const char *to, struct ncrun_error *err)
{
	if (!is_http(to) && !is_https(to))
		return error_set(err, EACCES, "fetch '%s': a redirect to '%.200s' is not followed",
				 from, to);
	if (is_https(from) && !is_https(to))
		return error_set(err, EACCES,
				 "fetch '%s': a redirect from https to '%.200s' is not followed",
				 from, to);
	return 0;
}

int fetch_http(const struct fetch_request *request, int fd,
	       void (*report)(void *data, uint64_t done_bytes, uint64_t total_bytes), void *data,
	       struct ncrun_error *err)
{
	struct transfer transfer = {
		.request = request, .fd = fd, .err = err, .report = report, .data = data};
	_cleanup_(easy_freep) CURL *curl = NULL;
	_cleanup_free_ char *url = strdup(request->url);
	int r;

	if (!url)
		return error_errno(err, "fetch '%s'", request->url);
	r = load_curl(err);
	if (r < 0)
		return r;
	curl = lib.easy_init();
	if (!curl)
		return error_set(err, ENOMEM, "fetch '%s': libcurl gives no handle", url);
	transfer.curl = curl;
	set_options(curl, &transfer);

	for (int hops = 0; hops <= FETCH_REDIRECTS_MAX; hops++) {
		const char *redirect = NULL;
		char *next;

		r = perform(&transfer, url, &redirect);
		if (r < 0 || !redirect)
			return r;
		r = check_redirect(url, redirect, err);
		if (r < 0)
			return r;
		next = strdup(redirect);
		if (!next)
			return error_errno(err, "fetch '%s'", url);
		free(url);
		url = next;
	}
	return error_set(err, ELOOP, "fetch '%s': more than %d redirects", request->url,
			 FETCH_REDIRECTS_MAX);
}
