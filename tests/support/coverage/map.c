/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Linked into the init that `make coverage` builds, in the place of clang's own start: it counts
 * in the file that hand.c gives it. Outside a node, with COUNTERS_INTO=FILE, it writes
 * what was counted as a profile.
 */

#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "tests/support/coverage/counters.h"

#define HIDDEN __attribute__((visibility("hidden")))

/* The linker's, and clang's (compiler-rt, InstrProfiling.h). */
HIDDEN extern char __start___llvm_prf_cnts[], __stop___llvm_prf_cnts[];
HIDDEN extern int64_t __llvm_profile_counter_bias;
HIDDEN int __llvm_profile_runtime;
void __llvm_profile_set_filename(const char *path);
int __llvm_profile_write_file(void);

__attribute__((constructor)) static void counters_map(void)
{
	size_t size = (size_t)(__stop___llvm_prf_cnts - __start___llvm_prf_cnts);
	const char *into = getenv("COUNTERS_INTO");
	int fd = into ? open(COUNTERS_PATH, O_RDWR | O_CLOEXEC) : COUNTERS_FD;
	char *counters = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	if (counters == MAP_FAILED)
		return;
	close(fd);
	if (into) {
		memcpy(__start___llvm_prf_cnts, counters, size);
		__llvm_profile_set_filename(into);
		_exit(__llvm_profile_write_file() != 0);
	}
	__llvm_profile_counter_bias = counters - __start___llvm_prf_cnts;
}
