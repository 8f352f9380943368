/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * A file tree as a stream of bytes between two processes of one machine, each
 * of which sees only its own side: neither ever resolves a path of the other's.
 */

#include <ncrun/error.h>

/**
 * tree_send() - write the tree at @fd to @stream
 * @fd:		O_PATH or readable descriptor of a file or directory; borrowed
 * @name:	what the receiver calls it unless it has a name of its own
 *
 * Regular files, directories and symbolic links; anything else is an error.
 * -EPIPE when the receiver gave up.
 */
int tree_send(int stream, int fd, const char *name, struct ncrun_error *err);

/** Tell the receiver that nothing will come, and why. */
void tree_send_error(int stream, const struct ncrun_error *err);

/**
 * tree_receive() - make the tree that comes from @stream
 * @dir_fd:	directory to make it in; borrowed
 * @name:	its name there; NULL = the sender's
 * @mode_mask:	permission bits that are kept, 0777 or 07777
 *
 * Existing files are replaced, existing directories filled; a link is never
 * followed.
 */
int tree_receive(int stream, int dir_fd, const char *name, unsigned int mode_mask,
		 struct ncrun_error *err);
