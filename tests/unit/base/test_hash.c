/* SPDX-License-Identifier: Apache-2.0 */

#include <string.h>

#include "base/hash.h"
#include "tests/support/test.h"

/* One that changes makes damage of all that was sealed before: SEAL_FORMAT is to change with it. */
TEST(a_text_has_the_hash_that_it_always_had)
{
	assert_true(hash_bytes(HASH_START, "", 0) == HASH_START);
	assert_true(hash_bytes(HASH_START, "#sealed 1 ", 10) == UINT64_C(0xb1b44fc8124b2b10));
}

TEST(zeros_at_the_end_count)
{
	static const char zeros[32];

	for (size_t size = 1; size <= sizeof(zeros); size++)
		for (size_t less = 0; less < size; less++)
			assert_true(hash_bytes(HASH_START, zeros, size) !=
				    hash_bytes(HASH_START, zeros, less));
}

TEST(every_byte_counts_at_every_length)
{
	char bytes[24];

	for (size_t size = 1; size <= sizeof(bytes); size++)
		for (size_t at = 0; at < size; at++) {
			uint64_t before;

			memset(bytes, 'x', sizeof(bytes));
			before = hash_bytes(HASH_START, bytes, size);
			bytes[at] = 'y';
			assert_true(hash_bytes(HASH_START, bytes, size) != before);
		}
}

TEST(it_goes_on_from_another)
{
	const uint64_t one = hash_bytes(HASH_START, "one", 3);

	assert_true(hash_bytes(one, "two", 3) != hash_bytes(HASH_START, "two", 3));
	assert_true(hash_bytes(one, "two", 3) !=
		    hash_bytes(hash_bytes(HASH_START, "two", 3), "one", 3));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_text_has_the_hash_that_it_always_had),
		cmocka_unit_test(zeros_at_the_end_count),
		cmocka_unit_test(every_byte_counts_at_every_length),
		cmocka_unit_test(it_goes_on_from_another),
	};

	return cmocka_run_group_tests_name("base/hash", tests, NULL, NULL);
}
