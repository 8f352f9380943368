/* SPDX-License-Identifier: Apache-2.0 */

#include "tests/support/http_server.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "tests/support/test.h"

struct http_server {
	char url[64];
	int port;
	int listener; /* owned */
	pid_t pid;
	struct http_route routes[HTTP_ROUTES_MAX + 1];
	unsigned int *hits; /* shared with the child, one for each route */
};

/* ---- the child ------------------------------------------------------------------ */

static bool send_all(int fd, const void *bytes, size_t size)
{
	while (size > 0) {
		ssize_t n = send(fd, bytes, size, MSG_NOSIGNAL);

		if (n <= 0)
			return false;
		bytes = (const char *)bytes + n;
		size -= (size_t)n;
	}
	return true;
}

static void send_for_ever(int fd, size_t portion, useconds_t pause_us)
{
	static const char zeros[65536];

	while (send_all(fd, zeros, portion))
		usleep(pause_us);
}

static void send_headers(const struct http_server *server, int fd, const struct http_route *route)
{
	int status = route->status ? route->status : 200;
	_cleanup_free_ char *location = NULL;
	char text[2048];
	const char *mark = route->location ? strstr(route->location, "%p") : NULL;
	int n;

	if (mark && asprintf(&location, "%.*s%d%s", (int)(mark - route->location), route->location,
			     server->port, mark + 2) < 0)
		_exit(1);
	n = snprintf(text, sizeof(text),
		     "HTTP/1.1 %d Whatever\r\nConnection: close\r\nContent-Type: %s\r\n", status,
		     route->type ? route->type : "application/octet-stream");
	if (route->location)
		n += snprintf(text + n, sizeof(text) - (size_t)n, "Location: %s\r\n",
			      location ? location : route->location);
	if (route->manner == HTTP_HUGE)
		n += snprintf(text + n, sizeof(text) - (size_t)n, "Content-Length: %llu\r\n",
			      1ULL << 40);
	else if (route->manner != HTTP_ENDLESS && route->manner != HTTP_TRICKLE)
		n += snprintf(text + n, sizeof(text) - (size_t)n, "Content-Length: %zu\r\n",
			      route->size);
	n += snprintf(text + n, sizeof(text) - (size_t)n, "\r\n");
	send_all(fd, text, (size_t)n);
}

static void answer(const struct http_server *server, int fd, const struct http_route *route,
		   bool body_wanted)
{
	switch (route->manner) {
	case HTTP_SILENT:
		pause();
		return;
	case HTTP_NOT_HTTP:
		send_all(fd, "\x16\x03\x01 no web server here\n", 24);
		return;
	case HTTP_WHOLE:
	case HTTP_CUT:
	case HTTP_HANG_HALFWAY:
	case HTTP_ENDLESS:
	case HTTP_HUGE:
	case HTTP_TRICKLE:
		break;
	}

	send_headers(server, fd, route);
	if (!body_wanted)
		return;
	if (route->manner == HTTP_ENDLESS)
		send_for_ever(fd, 65536, 0);
	else if (route->manner == HTTP_TRICKLE)
		send_for_ever(fd, 1, 50000);
	else if (route->manner == HTTP_WHOLE)
		send_all(fd, route->body, route->size);
	else
		send_all(fd, route->body, route->size / 2);
	if (route->manner == HTTP_HANG_HALFWAY)
		pause();
}

static void serve(const struct http_server *server, int fd)
{
	static const struct http_route missing = {.status = 404,
						  .body = "no such file\n",
						  .size = 13};
	const struct http_route *route;
	char request[8192];
	size_t length = 0;
	char method[16];
	char path[1024];
	ssize_t n;

	request[0] = '\0';
	while (length < sizeof(request) - 1 && !strstr(request, "\r\n\r\n")) {
		n = recv(fd, request + length, sizeof(request) - 1 - length, 0);
		if (n <= 0)
			return;
		length += (size_t)n;
		request[length] = '\0';
		if (request[0] < 'A' || request[0] > 'Z') /* a TLS client */
			return;
	}
	if (sscanf(request, "%15s %1023s", method, path) != 2)
		return;

	for (route = server->routes; route->path; route++)
		if (strcmp(route->path, path) == 0)
			break;
	if (route->path)
		__atomic_add_fetch(&server->hits[route - server->routes], 1, __ATOMIC_RELAXED);
	answer(server, fd, route->path ? route : &missing, strcmp(method, "HEAD") != 0);

	/* Closing with unread input would reset what was just sent. */
	shutdown(fd, SHUT_WR);
	while (recv(fd, request, sizeof(request), 0) > 0)
		;
}

__attribute__((noreturn)) static void run(const struct http_server *server)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	signal(SIGCHLD, SIG_IGN);
	while (true) {
		_cleanup_close_ int fd = accept4(server->listener, NULL, NULL, SOCK_CLOEXEC);

		if (fd < 0)
			_exit(1);
		if (fork() == 0) {
			prctl(PR_SET_PDEATHSIG, SIGKILL);
			serve(server, fd);
			_exit(0);
		}
	}
}

/* ---- the test ------------------------------------------------------------------- */

struct http_server *http_server_start(const struct http_route *routes)
{
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
	struct http_server *server = calloc(1, sizeof(*server));
	socklen_t size = sizeof(address);
	size_t count = 0;

	assert_non_null(server);
	for (; routes[count].path; count++) {
		assert_true(count < HTTP_ROUTES_MAX);
		server->routes[count] = routes[count];
	}
	server->hits = mmap(NULL, sizeof(*server->hits) * HTTP_ROUTES_MAX, PROT_READ | PROT_WRITE,
			    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	assert_ptr_not_equal(server->hits, MAP_FAILED);

	server->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_true(server->listener >= 0);
	assert_int_equal(bind(server->listener, (struct sockaddr *)&address, size), 0);
	assert_int_equal(listen(server->listener, 16), 0);
	assert_int_equal(getsockname(server->listener, (struct sockaddr *)&address, &size), 0);
	server->port = ntohs(address.sin_port);
	snprintf(server->url, sizeof(server->url), "http://127.0.0.1:%d", server->port);

	server->pid = fork();
	assert_true(server->pid >= 0);
	if (server->pid == 0)
		run(server);
	return server;
}

struct http_server *http_server_stop(struct http_server *server)
{
	if (!server)
		return NULL;
	kill(server->pid, SIGKILL);
	waitpid(server->pid, NULL, 0);
	close(server->listener);
	munmap(server->hits, sizeof(*server->hits) * HTTP_ROUTES_MAX);
	free(server);
	return NULL;
}

const char *http_server_url(const struct http_server *server)
{
	return server->url;
}

unsigned int http_server_hits(const struct http_server *server, const char *path)
{
	for (size_t i = 0; server->routes[i].path; i++)
		if (strcmp(server->routes[i].path, path) == 0)
			return __atomic_load_n(&server->hits[i], __ATOMIC_RELAXED);
	return 0;
}
