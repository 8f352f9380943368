/* SPDX-License-Identifier: Apache-2.0 */

#include <errno.h>
#include <linux/audit.h>
#include <linux/seccomp.h>

#include "cli/bpf.h"
#include "tests/support/test.h"

TEST(prints_a_filter_in_the_words_of_the_kernel)
{
	static const struct sock_filter filter[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, AUDIT_ARCH_X86_64, 1, 0),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, 0x40000000, 0, 2),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[1]) + 4),
		BPF_STMT(BPF_JMP | BPF_JA, 1),
		BPF_STMT(BPF_ALU | BPF_AND | BPF_K, 0xff),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	_cleanup_text_ struct text out = {0};

	for (size_t i = 0; i < sizeof(filter) / sizeof(filter[0]); i++)
		bpf_print(&out, i, &filter[i]);

	assert_string_equal(text_string(&out), "    0: ld    arch\n"
					       "    1: jeq   0xc000003e, 3, 2\n"
					       "    2: ret   kill-process\n"
					       "    3: ld    nr\n"
					       "    4: jge   0x40000000, 5, 7\n"
					       "    5: ld    arg1.high\n"
					       "    6: ja    8\n"
					       "    7: and   0xff\n"
					       "    8: ret   errno EPERM\n"
					       "    9: ret   allow\n");
}

TEST(bears_every_instruction)
{
	for (unsigned int code = 0; code <= UINT16_MAX; code++) {
		_cleanup_text_ struct text out = {0};
		struct sock_filter instruction = {.code = (uint16_t)code, .k = UINT32_MAX};

		bpf_print(&out, 0, &instruction);
		assert_true(out.length > 8);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(prints_a_filter_in_the_words_of_the_kernel),
		cmocka_unit_test(bears_every_instruction),
	};

	return cmocka_run_group_tests_name("cli/bpf", tests, NULL, NULL);
}
