/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Id ranges are byte locks on one file: slot n is taken while somebody holds an
 * open file description lock on byte n (fcntl(2), F_OFD_SETLK). The node's init
 * holds it, so the kernel gives it back however the node ends: there is nothing
 * to record, to clean or to race for.
 */

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "base/file.h"
#include "runtime/container.h"

/* One table for the machine, whatever state directories there are: nodes of two of them must not
 * share ids. Where /run cannot be written, that of the state directory has to do. */
static int table_open(struct state *state, struct ncrun_error *err)
{
	int fd = -1;

	if (state->table_fd >= 0 ||
	    directory_open_private(STATE_DEFAULT, &state->table_fd, NULL) == 0)
		fd = openat(state->table_fd, "ids", O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC,
			    0600);
	if (fd < 0)
		fd = openat(state->fd, "ids", O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
	return fd < 0 ? error_errno(err, "open the table of id ranges") : fd;
}

int ids_claim(struct state *state, const char *hint, uint32_t *ret_first, int *ret_lock_fd,
	      struct ncrun_error *err)
{
	_cleanup_close_ int fd = table_open(state, err);
	uint32_t first = text_hash(hint) % IDS_SLOTS;

	if (fd < 0)
		return fd;
	for (uint32_t i = 0; i < IDS_SLOTS; i++) {
		uint32_t slot = (first + i) % IDS_SLOTS;
		struct flock lock = {.l_type = F_WRLCK,
				     .l_whence = SEEK_SET,
				     .l_start = slot,
				     .l_len = 1};

		if (fcntl(fd, F_OFD_SETLK, &lock) == 0) {
			*ret_first = IDS_FIRST + slot * IDS_COUNT;
			*ret_lock_fd = take_fd(fd);
			return 0;
		}
		if (errno != EAGAIN && errno != EACCES)
			return error_errno(err, "lock an id range");
	}
	return error_set(err, EUSERS, "all %u id ranges are in use", IDS_SLOTS);
}
