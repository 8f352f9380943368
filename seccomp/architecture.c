/* SPDX-License-Identifier: Apache-2.0 */

#include "seccomp/architecture.h"

#include <linux/audit.h>
#include <seccomp.h>
#include <stddef.h>

#include "base/text.h"

#ifndef SCMP_ARCH_LOONGARCH64 /* libseccomp 2.6 */
#define SCMP_ARCH_LOONGARCH64 AUDIT_ARCH_LOONGARCH64
#endif

/* libseccomp's tokens are the kernel's numbers, but for x32, which the kernel
 * tells from x86-64 by a bit in the system call's number. */
static const struct architecture architectures[] = {
	{"SCMP_ARCH_X86_64", "amd64", SCMP_ARCH_X86_64, AUDIT_ARCH_X86_64},
	{"SCMP_ARCH_X86", "x86", SCMP_ARCH_X86, AUDIT_ARCH_I386},
	{"SCMP_ARCH_X32", "x32", SCMP_ARCH_X32, AUDIT_ARCH_X86_64},
	{"SCMP_ARCH_AARCH64", "arm64", SCMP_ARCH_AARCH64, AUDIT_ARCH_AARCH64},
	{"SCMP_ARCH_ARM", "arm", SCMP_ARCH_ARM, AUDIT_ARCH_ARM},
	{"SCMP_ARCH_RISCV64", "riscv64", SCMP_ARCH_RISCV64, AUDIT_ARCH_RISCV64},
	{"SCMP_ARCH_PPC64LE", "ppc64le", SCMP_ARCH_PPC64LE, AUDIT_ARCH_PPC64LE},
	{"SCMP_ARCH_PPC64", "ppc64", SCMP_ARCH_PPC64, AUDIT_ARCH_PPC64},
	{"SCMP_ARCH_PPC", "ppc", SCMP_ARCH_PPC, AUDIT_ARCH_PPC},
	{"SCMP_ARCH_S390X", "s390x", SCMP_ARCH_S390X, AUDIT_ARCH_S390X},
	{"SCMP_ARCH_S390", "s390", SCMP_ARCH_S390, AUDIT_ARCH_S390},
	{"SCMP_ARCH_MIPS", "mips", SCMP_ARCH_MIPS, SCMP_ARCH_MIPS},
	{"SCMP_ARCH_MIPS64", "mips64", SCMP_ARCH_MIPS64, SCMP_ARCH_MIPS64},
	{"SCMP_ARCH_MIPS64N32", "mips64n32", SCMP_ARCH_MIPS64N32, SCMP_ARCH_MIPS64N32},
	{"SCMP_ARCH_MIPSEL", "mipsel", SCMP_ARCH_MIPSEL, SCMP_ARCH_MIPSEL},
	{"SCMP_ARCH_MIPSEL64", "mipsel64", SCMP_ARCH_MIPSEL64, SCMP_ARCH_MIPSEL64},
	{"SCMP_ARCH_MIPSEL64N32", "mipsel64n32", SCMP_ARCH_MIPSEL64N32, SCMP_ARCH_MIPSEL64N32},
	{"SCMP_ARCH_LOONGARCH64", "loongarch64", SCMP_ARCH_LOONGARCH64, AUDIT_ARCH_LOONGARCH64},
	{"SCMP_ARCH_PARISC", "parisc", SCMP_ARCH_PARISC, AUDIT_ARCH_PARISC},
	{"SCMP_ARCH_PARISC64", "parisc64", SCMP_ARCH_PARISC64, AUDIT_ARCH_PARISC64},
};

#define ARCHITECTURE_COUNT (sizeof(architectures) / sizeof(architectures[0]))

_Static_assert(ARCHITECTURE_COUNT <= ARCHITECTURE_MAX, "sets of them are 32 bits");

#if defined(__x86_64__) && !defined(__ILP32__)
#define NATIVE SCMP_ARCH_X86_64
#elif defined(__i386__)
#define NATIVE SCMP_ARCH_X86
#elif defined(__aarch64__)
#define NATIVE SCMP_ARCH_AARCH64
#elif defined(__arm__)
#define NATIVE SCMP_ARCH_ARM
#elif defined(__riscv) && __riscv_xlen == 64
#define NATIVE SCMP_ARCH_RISCV64
#elif defined(__powerpc64__) && defined(__LITTLE_ENDIAN__)
#define NATIVE SCMP_ARCH_PPC64LE
#elif defined(__powerpc64__)
#define NATIVE SCMP_ARCH_PPC64
#elif defined(__s390x__)
#define NATIVE SCMP_ARCH_S390X
#elif defined(__loongarch64)
#define NATIVE SCMP_ARCH_LOONGARCH64
#else
#error "seccomp: name this architecture"
#endif

const struct architecture *architecture_at(unsigned int index)
{
	return index < ARCHITECTURE_COUNT ? &architectures[index] : NULL;
}

unsigned int architecture_native(void)
{
	unsigned int i = 0;

	while (architectures[i].token != NATIVE)
		i++;
	return i;
}

bool architecture_parse(const char *text, unsigned int *ret)
{
	for (unsigned int i = 0; i < ARCHITECTURE_COUNT; i++) {
		if (text_equal(text, architectures[i].profile_name)) {
			*ret = i;
			return true;
		}
	}
	return false;
}

bool architecture_parse_short(const char *text, unsigned int *ret)
{
	for (unsigned int i = 0; i < ARCHITECTURE_COUNT; i++) {
		if (text_equal(text, architectures[i].short_name)) {
			*ret = i;
			return true;
		}
	}
	return false;
}
