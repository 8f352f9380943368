/* SPDX-License-Identifier: Apache-2.0 */

/*
 * datagram --listen PORT        print what comes by UDP, and from whom, until killed
 * datagram HOST PORT TEXT       send that
 */

#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static int fail(const char *what, const char *why)
{
	fprintf(stderr, "datagram: %s: %s\n", what, why);
	return 1;
}

static int find(const char *host, const char *port, struct addrinfo **ret)
{
	const struct addrinfo wish = {
		.ai_family = host ? AF_UNSPEC : AF_INET6, /* which takes IPv4, too */
		.ai_socktype = SOCK_DGRAM,
		.ai_flags = AI_PASSIVE,
	};
	int r = getaddrinfo(host, port, &wish, ret);

	return r == 0 ? 0 : fail(host ? host : port, gai_strerror(r));
}

static int listen_on(int fd, const struct addrinfo *here)
{
	struct sockaddr_storage from;
	char text[512], host[128];

	if (bind(fd, here->ai_addr, here->ai_addrlen) < 0)
		return fail("bind", strerror(errno));
	for (;;) {
		socklen_t length = sizeof(from);
		ssize_t n =
			recvfrom(fd, text, sizeof(text) - 1, 0, (struct sockaddr *)&from, &length);

		if (n < 0)
			return fail("receive", strerror(errno));
		text[n] = '\0';
		if (getnameinfo((const struct sockaddr *)&from, length, host, sizeof(host), NULL, 0,
				NI_NUMERICHOST) == 0)
			printf("%s from %s\n", text,
			       strncmp(host, "::ffff:", 7) == 0 ? host + 7 : host);
		fflush(stdout);
	}
}

int main(int argc, char **argv)
{
	int listening = argc == 3 && strcmp(argv[1], "--listen") == 0;
	struct addrinfo *found = NULL;
	int fd;

	if (!listening && argc != 4)
		return fail("usage", "datagram --listen PORT | HOST PORT TEXT");
	if (find(listening ? NULL : argv[1], argv[2], &found) != 0)
		return 1;
	fd = socket(found->ai_family, SOCK_DGRAM, 0);
	if (fd < 0)
		return fail("socket", strerror(errno));
	if (listening)
		return listen_on(fd, found);
	if (sendto(fd, argv[3], strlen(argv[3]), 0, found->ai_addr, found->ai_addrlen) < 0)
		return fail("send", strerror(errno));
	return 0;
}
