/* SPDX-License-Identifier: Apache-2.0 */

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "tests/support/test.h"

/* Sanitizers would end the program. */
__attribute__((visibility("default"))) const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
	return "allocator_may_return_null=1";
}

struct item {
	uint64_t number;
	char rest[3];
};

TEST(each_element_is_new_and_those_before_it_stay)
{
	struct item *items = NULL;
	size_t count = 0;

	for (size_t i = 0; i < 1000; i++) {
		struct item *item = array_add((void **)&items, &count, sizeof(*item));

		assert_non_null(item);
		assert_ptr_equal(item, &items[i]);
		assert_int_equal(count, i + 1);
		assert_int_equal(item->number, 0);
		item->number = i + 1;
	}
	for (size_t i = 0; i < count; i++)
		assert_int_equal(items[i].number, i + 1);
	free(items);
}

TEST(an_element_is_zeroed_whatever_was_in_its_place)
{
	struct item *items = NULL, *item;
	size_t count = 0;

	for (int i = 0; i < 3; i++)
		assert_non_null(array_add((void **)&items, &count, sizeof(*items)));
	memset(&items[3], 0xff, sizeof(*items)); /* there is room for four */
	item = array_add((void **)&items, &count, sizeof(*items));
	assert_ptr_equal(item, &items[3]);
	assert_int_equal(item->number, 0);
	assert_int_equal(item->rest[2], 0);
	free(items);
}

TEST(room_is_made_when_there_is_none)
{
	struct item *items = NULL, *before;

	assert_int_equal(array_grow((void **)&items, 0, sizeof(*items)), 0);
	assert_non_null(items);
	for (size_t count = 1; count <= 64; count *= 2)
		assert_int_equal(array_grow((void **)&items, count, sizeof(*items)), 0);
	before = items;
	assert_int_equal(array_grow((void **)&items, 65, sizeof(*items)), 0);
	assert_ptr_equal(items, before);
	free(items);
}

TEST(without_memory_nothing_changes)
{
	struct item *items = NULL, *before;
	size_t count = 0, huge = (size_t)1 << 62;

	assert_non_null(array_add((void **)&items, &count, sizeof(*items)));
	before = items;
	assert_int_equal(array_grow((void **)&items, huge, sizeof(*items)), -ENOMEM);
	assert_null(array_add((void **)&items, &huge, sizeof(*items)));
	assert_ptr_equal(items, before);
	assert_int_equal(huge, (size_t)1 << 62);
	free(items);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_element_is_new_and_those_before_it_stay),
		cmocka_unit_test(an_element_is_zeroed_whatever_was_in_its_place),
		cmocka_unit_test(room_is_made_when_there_is_none),
		cmocka_unit_test(without_memory_nothing_changes),
	};

	return cmocka_run_group_tests_name("base/array", tests, NULL, NULL);
}
