/* SPDX-License-Identifier: Apache-2.0 */

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>
#include <termios.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "runtime/init/init.h"

#ifndef TIOCGPTPEER
#define TIOCGPTPEER _IO('T', 0x41)
#endif

/* CVE-2025-52565: what stands at /dev/pts/ptmx is the node's to replace, so look at what was
 * opened. */
static int ptmx_verify(int fd, struct ncrun_error *err)
{
	struct statfs fs;
	struct stat st;

	if (fstat(fd, &st) < 0 || fstatfs(fd, &fs) < 0)
		return error_errno(err, "examine /dev/pts/ptmx");
	if (fs.f_type != DEVPTS_SUPER_MAGIC || !S_ISCHR(st.st_mode) || major(st.st_rdev) != 5 ||
	    minor(st.st_rdev) != 2)
		return error_set(err, ENOTTY, "/dev/pts/ptmx is not a pseudo-terminal multiplexer");
	return 0;
}

int terminal_open(uint16_t rows, uint16_t columns, int *ret_master, int *ret_slave,
		  struct ncrun_error *err)
{
	struct winsize size = {.ws_row = rows ? rows : 24, .ws_col = columns ? columns : 80};
	_cleanup_close_ int master = -1, slave = -1;
	int unlock = 0, r;

	master = open("/dev/pts/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (master < 0)
		return error_errno(err, "open /dev/pts/ptmx");
	r = ptmx_verify(master, err);
	if (r < 0)
		return r;
	if (ioctl(master, TIOCSPTLCK, &unlock) < 0)
		return error_errno(err, "unlock a pseudo-terminal");
	slave = ioctl(master, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (slave < 0)
		return error_errno(err, "open a pseudo-terminal");
	/* Before the command runs: it must never see a size of 0 x 0. */
	if (ioctl(master, TIOCSWINSZ, &size) < 0)
		return error_errno(err, "set the window size");

	*ret_master = take_fd(master);
	*ret_slave = take_fd(slave);
	return 0;
}

int terminal_send(int channel, int master, struct ncrun_error *err)
{
	const struct init_message message = {.type = INIT_MESSAGE_TERMINAL};

	errno = -channel_send(channel, &message, master);
	return errno ? error_errno(err, "send the terminal") : 0;
}
