/* SPDX-License-Identifier: Apache-2.0 */

/*
 * firewall - which ports of a server are open through a router with filters
 *
 *	cc $(pkg-config --cflags --libs ncrun) -o firewall examples/firewall.c
 *	sudo ./firewall alpine
 */

#include <arpa/inet.h>
#include <netinet/in.h>

#include "lab.h"

#define SERVER "10.0.1.2"

/* Much of it at once is easier in the words of a file. */
static const char lab[] = "name: firewall\n"
			  "defaults: {rootfs: %s}\n"
			  "nodes:\n"
			  "  client: {}\n"
			  "  server: {}\n"
			  "  fw:\n"
			  "    kind: router\n"
			  "    filters:\n"
			  "      - {hook: forward, state: [established, related], action: accept}\n"
			  "      - {hook: forward, protocol: tcp, port: 80, action: accept}\n"
			  "      - {hook: forward, protocol: tcp, port: 443, action: reset}\n"
			  "      - {hook: forward, protocol: tcp, action: drop}\n"
			  "links:\n"
			  "  - {ends: [client, fw], address: [10.0.0.2/24, 10.0.0.1/24]}\n"
			  "  - {ends: [server, fw], address: [" SERVER "/24, 10.0.1.1/24]}\n";

static const char *port_try(struct ncrun_network *network, uint16_t port, struct ncrun_error *err)
{
	struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(port)};
	struct timeval wait = {.tv_usec = 300000};
	int fd = lab_socket(network, "client", SOCK_STREAM, err);
	const char *found = "is open";

	inet_pton(AF_INET, SERVER, &to.sin_addr);
	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &wait, sizeof(wait)) < 0)
		found = "cannot be tried";
	else if (connect(fd, (const struct sockaddr *)&to, sizeof(to)) < 0)
		found = errno == EINPROGRESS ? "is silent" : strerror(errno);
	close(fd);
	return found;
}

int main(int argc, char **argv)
{
	static const uint16_t ports[] = {80, 443, 22};
	const char *rootfs = argc > 1 ? argv[1] : "alpine";
	struct ncrun_up_options options = NCRUN_UP_OPTIONS_INIT;
	struct ncrun_topology *topology = NULL;
	struct ncrun_network *network = NULL;
	struct sockaddr_in here = {.sin_family = AF_INET, .sin_port = htons(80)};
	struct ncrun_error err;
	int server = -1, r;
	char text[1024];

	snprintf(text, sizeof(text), lab, rootfs);
	r = ncrun_topology_parse(&(struct ncrun_topology_text){"firewall", text, strlen(text),
							       NCRUN_TOPOLOGY_YAML},
				 NULL, NULL, &topology, &err);
	options.temporary = true;
	if (r == 0)
		r = ncrun_network_up(NULL, topology, &options, &network, &err);
	if (r == 0) {
		server = lab_socket(network, "server", SOCK_STREAM, &err);
		inet_pton(AF_INET, SERVER, &here.sin_addr);
		if (server < 0 || bind(server, (const struct sockaddr *)&here, sizeof(here)) < 0 ||
		    listen(server, 8) < 0)
			perror("server");
	}
	for (int i = 0; r == 0 && i < 3; i++)
		printf("port %d %s\n", ports[i], port_try(network, ports[i], &err));
	if (server >= 0)
		close(server);
	ncrun_network_unref(network);
	ncrun_topology_unref(topology);
	return r < 0 ? lab_fail(&err) : 0;
}
