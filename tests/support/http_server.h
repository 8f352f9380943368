/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* A web server on 127.0.0.1 that answers as a table says, well or badly. */

#include <stddef.h>
#include <stdint.h>

enum http_manner {
	HTTP_WHOLE,        /* headers and body */
	HTTP_SILENT,       /* takes the request and says nothing */
	HTTP_CUT,          /* announces the body, sends half of it and closes */
	HTTP_HANG_HALFWAY, /* sends half of it and waits */
	HTTP_ENDLESS,      /* announces nothing and sends for ever */
	HTTP_HUGE,         /* announces a TiB */
	HTTP_TRICKLE,      /* a byte now and then, for ever */
	HTTP_NOT_HTTP,     /* bytes of no protocol */
};

/**
 * struct http_route - the answer to one path
 * @path:	NULL ends the table; another path gets a 404
 * @status:	0 = 200
 * @type:	NULL = application/octet-stream
 * @location:	of a redirect; "%p" in it is the server's port
 */
struct http_route {
	const char *path;
	const char *type;
	const char *location;
	const void *body;
	size_t size;
	int status;
	enum http_manner manner;
};

#define HTTP_ROUTES_MAX 16

struct http_server;

/** Serve from a child process until http_server_stop(). Fails the test when it cannot. */
struct http_server *http_server_start(const struct http_route *routes);
struct http_server *http_server_stop(struct http_server *server);

/** "http://127.0.0.1:PORT" */
const char *http_server_url(const struct http_server *server);
/** How often @path was asked for. */
unsigned int http_server_hits(const struct http_server *server, const char *path);
