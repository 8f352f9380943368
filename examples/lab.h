/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LAB_H
#define LAB_H

/* What the examples on networks share, beside the library. */

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <ncrun/network.h>

/** Any function that failed has put into @err why. Returns 1, for main(). */
static inline int lab_fail(const struct ncrun_error *err)
{
	fprintf(stderr, "%s\n", err->message);
	return 1;
}

/** Words of a shell in a node, with our own output; returns its exit code, or a negative errno. */
static inline int lab_run(struct ncrun_network *network, const char *node, const char *words,
			  struct ncrun_error *err)
{
	const char *const argv[] = {"sh", "-c", words, NULL};
	struct ncrun_exec_spec spec = NCRUN_EXEC_SPEC_INIT;
	struct ncrun_container *container = NULL;
	struct ncrun_exit end;
	int r = ncrun_network_node(network, node, &container, err);

	if (r < 0)
		return r;
	printf("%s$ %s\n", node, words);
	fflush(stdout);
	spec.argv = argv;
	r = ncrun_container_exec(container, &spec, &end, err);
	ncrun_container_unref(container);
	return r < 0 ? r : end.code;
}

/** A function of this program inside a node; returns its exit code, or a negative errno. */
static inline int lab_call(struct ncrun_network *network, const char *node, int (*call)(void *data),
			   void *data, struct ncrun_error *err)
{
	struct ncrun_container *container = NULL;
	int code = 0;
	int r = ncrun_network_node(network, node, &container, err);

	if (r < 0)
		return r;
	r = ncrun_node_call(container, call, data, &code, err);
	ncrun_container_unref(container);
	return r < 0 ? r : code;
}

/* A socket belongs to the namespace in which it was made, whoever holds it: made inside, and
 * handed out, it lets one program be in several nodes at once. */
struct lab_socket {
	int type;
	int pair[2];
};

union lab_control {
	struct cmsghdr header;
	char bytes[CMSG_SPACE(sizeof(int))];
};

static inline int lab_socket_make(void *data)
{
	const struct lab_socket *made = (const struct lab_socket *)data;
	union lab_control control = {.bytes = {0}};
	char byte = 0;
	struct iovec vector = {&byte, 1};
	struct msghdr message = {.msg_iov = &vector, .msg_iovlen = 1};
	int fd = socket(AF_INET, made->type, 0);

	message.msg_control = &control;
	message.msg_controllen = sizeof(control);
	CMSG_FIRSTHDR(&message)->cmsg_level = SOL_SOCKET;
	CMSG_FIRSTHDR(&message)->cmsg_type = SCM_RIGHTS;
	CMSG_FIRSTHDR(&message)->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(CMSG_FIRSTHDR(&message)), &fd, sizeof(fd));
	return fd < 0 || sendmsg(made->pair[1], &message, 0) < 0;
}

/** A socket of IPv4 in a node, or -1. */
static inline int lab_socket(struct ncrun_network *network, const char *node, int type,
			     struct ncrun_error *err)
{
	struct lab_socket made = {type, {-1, -1}};
	union lab_control control;
	char byte;
	struct iovec vector = {&byte, 1};
	struct msghdr message = {.msg_iov = &vector, .msg_iovlen = 1};
	int fd = -1;

	message.msg_control = &control;
	message.msg_controllen = sizeof(control);
	if (socketpair(AF_UNIX, SOCK_STREAM, 0, made.pair) < 0)
		return -1;
	if (lab_call(network, node, lab_socket_make, &made, err) == 0 &&
	    recvmsg(made.pair[0], &message, 0) == 1 && CMSG_FIRSTHDR(&message))
		memcpy(&fd, CMSG_DATA(CMSG_FIRSTHDR(&message)), sizeof(fd));
	close(made.pair[0]);
	close(made.pair[1]);
	return fd;
}

#endif
