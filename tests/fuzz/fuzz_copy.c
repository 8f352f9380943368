/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Any bytes as what comes from inside a node that files are copied from: nothing is made but
 * below the one folder they are for. The first byte tells which bits of modes are kept.
 */

#include <assert.h>
#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "base/text.h"
#include "runtime/copy_stream.h"
#include "tests/fuzz/folder.h"

#define NAME     "target"
#define SENT_MAX 65536 /* what a socket takes without a reader */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_alone(int folder)
{
	_cleanup_(strings_freep) char **names = NULL;

	assert(directory_list(folder, &names, NULL) == 0);
	assert(strings_count((const char *const *)names) == 1 && strcmp(names[0], NAME) == 0);
}

static void receive(int stream, int target, uint8_t how)
{
	struct ncrun_error err = {0};

	if (tree_receive(stream, target, how & 1 ? "name" : NULL, how & 2 ? 07777 : 0777, &err) < 0)
		assert(err.code && err.message[0]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_close_ int reader = -1, target = -1;
	int folder = folder_fd(), pair[2];

	if (size < 1 || size > SENT_MAX || folder < 0 ||
	    socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0)
		return 0;
	reader = pair[0];
	if (send(pair[1], data + 1, size - 1, MSG_DONTWAIT) == (ssize_t)size - 1 &&
	    mkdirat(folder, NAME, 0700) == 0)
		target = openat(folder, NAME, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	close(pair[1]);
	if (target < 0)
		return 0;
	receive(reader, target, data[0]);
	check_alone(folder);
	tree_remove_at(folder, NAME, NULL, NULL);
	return 0;
}
