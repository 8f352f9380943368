/* SPDX-License-Identifier: Apache-2.0 */

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "base/file.h"
#include "runtime/container.h"

#ifndef MFD_EXEC
#define MFD_EXEC 0x0010U
#endif

/* runtime/init/, linked for itself and embedded (Makefile). */
extern const unsigned char ncrun_init_start[], ncrun_init_end[];

int init_program_open(int *ret_fd, struct ncrun_error *err)
{
	int fd = memfd_create("ncrun-init", MFD_CLOEXEC | MFD_ALLOW_SEALING | MFD_EXEC);

	if (fd < 0 && errno == EINVAL) /* before Linux 6.3 */
		fd = memfd_create("ncrun-init", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (fd < 0)
		return error_errno(err, "make a memory file for init");
	*ret_fd = fd;
	return 0;
}

int init_program_fill(int fd, struct ncrun_error *err)
{
	size_t size = (size_t)(ncrun_init_end - ncrun_init_start);
	int r;

	r = file_write_all(fd, ncrun_init_start, size, err);
	if (r < 0)
		return error_wrap(err, r, "write init");
	/*
	 * Execute, not read: the kernel then makes init undumpable from its first
	 * instruction and keeps /proc/1/exe shut (CVE-2019-5736).
	 */
	if (fchmod(fd, 0111) < 0)
		return error_errno(err, "set the mode of init");
	if (fcntl(fd, F_ADD_SEALS, F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE) < 0)
		return error_errno(err, "seal init");
	return 0;
}
