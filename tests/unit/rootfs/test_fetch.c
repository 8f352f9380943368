/* SPDX-License-Identifier: Apache-2.0 */

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "rootfs/fetch.h"
#include "tests/support/http_server.h"
#include "tests/support/test.h"

static char body[100000];

static const struct http_route routes[] = {
	{.path = "/file", .body = body, .size = sizeof(body)},
	{.path = "/moved", .status = 301, .location = "/file", .body = "moved", .size = 5},
	{.path = "/far", .status = 302, .location = "http://127.0.0.1:%p/file"},
	{.path = "/loop", .status = 302, .location = "/loop"},
	{.path = "/to-file", .status = 302, .location = "file:///etc/passwd"},
	{.path = "/to-ftp", .status = 302, .location = "ftp://127.0.0.1/x"},
	{.path = "/denied", .status = 403, .body = "no", .size = 2},
	{.path = "/broken", .status = 503, .body = "no", .size = 2},
	{.path = "/nothing", .status = 204},
	{.path = "/cut", .body = body, .size = sizeof(body), .manner = HTTP_CUT},
	{.path = "/endless", .manner = HTTP_ENDLESS},
	{.path = "/huge", .body = body, .size = sizeof(body), .manner = HTTP_HUGE},
	{.path = "/silent", .manner = HTTP_SILENT},
	{.path = "/halfway", .body = body, .size = sizeof(body), .manner = HTTP_HANG_HALFWAY},
	{.path = "/trickle", .manner = HTTP_TRICKLE},
	{.path = "/garbage", .manner = HTTP_NOT_HTTP},
	{0},
};

static struct http_server *server;
static struct ncrun_error err;

static int group_setup(void **state)
{
	(void)state;
	unsetenv("http_proxy");
	unsetenv("all_proxy");
	unsetenv("ALL_PROXY");
	for (size_t i = 0; i < sizeof(body); i++)
		body[i] = (char)('a' + i % 23);
	server = http_server_start(routes);
	return 0;
}

static int group_teardown(void **state)
{
	(void)state;
	server = http_server_stop(server);
	return 0;
}

/* Fetch @path of the server, or a whole URL, into @fd. */
static int fetch(const char *path, int fd, struct fetch_request request)
{
	char url[512];

	snprintf(url, sizeof(url), "%s%s", path[0] == '/' ? http_server_url(server) : "", path);
	request.url = url;
	if (!request.max_bytes)
		request.max_bytes = 1U << 20;
	request.connect_timeout_ms = 2000;
	if (!request.stall_timeout_ms)
		request.stall_timeout_ms = 10000;
	memset(&err, 0, sizeof(err));
	return fetch_url(&request, fd, &err);
}

static void assert_body(int fd)
{
	char *got = malloc(sizeof(body) + 1);

	assert_int_equal(pread(fd, got, sizeof(body) + 1, 0), sizeof(body));
	assert_memory_equal(got, body, sizeof(body));
	free(got);
}

TEST(fetches_a_file_and_leaves_no_process)
{
	_cleanup_close_ int fd = memfd_create("body", MFD_CLOEXEC);
	int before = open("/dev/null", O_RDONLY | O_CLOEXEC);

	close(before);
	assert_ok(fetch("/file", fd, (struct fetch_request){0}));

	assert_body(fd);
	assert_int_equal(fcntl(before, F_GETFD), -1);
}

TEST(follows_redirects_and_keeps_only_the_last_body)
{
	static const char *const paths[] = {"/moved", "/far"};

	for (size_t i = 0; i < 2; i++) {
		_cleanup_close_ int fd = memfd_create("body", MFD_CLOEXEC);

		assert_ok(fetch(paths[i], fd, (struct fetch_request){0}));
		assert_body(fd);
	}
}

TEST(refuses_what_a_server_may_do_wrong)
{
	static const struct {
		const char *path;
		int code;
		const char *part; /* of the message */
	} bad[] = {
		{"/absent", ENOENT, "/absent': the server answers 404 (not found)"},
		{"/denied", EACCES, "the server answers 403"},
		{"/broken", EREMOTEIO, "the server answers 503"},
		{"/nothing", EREMOTEIO, "the server answers 204"},
		{"/cut", EBADMSG, "/cut': "},
		{"/loop", ELOOP, "/loop': more than 5 redirects"},
		{"/to-file", EACCES, "a redirect to 'file:///etc/passwd' is not followed"},
		{"/to-ftp", EACCES, "a redirect to 'ftp://127.0.0.1/x' is not followed"},
		{"/huge", E2BIG, "/huge': "},
		{"/endless", E2BIG, "more than 1048576 bytes were sent"},
		{"/garbage", EREMOTEIO, "/garbage': "},
		{"http://127.0.0.1:1/x", ENETUNREACH, "http://127.0.0.1:1/x"},
	};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		_cleanup_close_ int fd = memfd_create("body", MFD_CLOEXEC);

		assert_fails(fetch(bad[i].path, fd, (struct fetch_request){0}), bad[i].code);
		if (!strstr(err.message, bad[i].part))
			fail_msg("'%s' lacks '%s'", err.message, bad[i].part);
	}
	assert_int_equal(http_server_hits(server, "/loop"), FETCH_REDIRECTS_MAX + 1);
}

TEST(gives_up_on_a_server_that_stalls)
{
	static const struct {
		const char *path;
		const char *what, *more;
	} slow[] = {
		{"/silent", "no answer within", ""},
		{"/halfway", "nothing came for", ", after 50000 bytes"},
		{"/trickle", "nothing came for", ", after "},
	};
	long stall_ms = 150L * test_time_factor() > 700 ? 150L * test_time_factor() : 700;

	for (size_t i = 0; i < sizeof(slow) / sizeof(slow[0]); i++) {
		_cleanup_close_ int fd = memfd_create("body", MFD_CLOEXEC);
		struct fetch_request request = {.stall_timeout_ms = stall_ms};
		char part[64];

		snprintf(part, sizeof(part), "%s %g s%s", slow[i].what, (double)stall_ms / 1000,
			 slow[i].more);
		assert_fails(fetch(slow[i].path, fd, request), ETIMEDOUT);
		if (!strstr(err.message, part))
			fail_msg("'%s' lacks '%s'", err.message, part);
		assert_int_equal(waitpid(-1, NULL, WNOHANG), 0); /* only the server is left */
	}
}

static int cancel_after_some(void *data, uint64_t done, uint64_t total)
{
	unsigned int *calls = data;

	(void)done;
	(void)total;
	return ++*calls >= 2;
}

TEST(can_be_cancelled_while_it_waits)
{
	_cleanup_close_ int fd = memfd_create("body", MFD_CLOEXEC);
	unsigned int calls = 0;
	struct fetch_request request = {.progress = cancel_after_some, .data = &calls};

	assert_fails(fetch("/silent", fd, request), ECANCELED);

	assert_int_equal(calls, 2);
}

TEST(refuses_addresses_that_are_none)
{
	static const char *const bad[] = {
		"file:///etc/passwd",  "ftp://host/x",   "/etc/passwd",        "http://",
		"http:///x",           "http://a b/",    "http://a/\n",        "http://a/?q",
		"http://user@host/x",  "http://a/#x",    "https://a/\xc3\xa4", "",
		"javascript:http://x", "http://a/\"x\"", "https://u:p@h/",
	};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_fails(fetch_url_check("mirror", bad[i], &err), EINVAL);
	assert_ok(fetch_url_check("mirror", "HTTPS://dl-cdn.alpinelinux.org/alpine", &err));
	assert_ok(fetch_url_check("mirror", "http://[::1]:8080/a_b-c+d/", &err));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fetches_a_file_and_leaves_no_process),
		cmocka_unit_test(follows_redirects_and_keeps_only_the_last_body),
		cmocka_unit_test(refuses_what_a_server_may_do_wrong),
		cmocka_unit_test(gives_up_on_a_server_that_stalls),
		cmocka_unit_test(can_be_cancelled_while_it_waits),
		cmocka_unit_test(refuses_addresses_that_are_none),
	};

	return cmocka_run_group_tests_name("rootfs/fetch", tests, group_setup, group_teardown);
}
