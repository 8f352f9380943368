/* SPDX-License-Identifier: Apache-2.0 */

#include <string.h>

#include "base/document.h"
#include "tests/support/test.h"

TEST(finds_what_element_get_finds)
{
	static const char text[] = "{b: 1, a: 2, zz: 3, z: 4, \"\": 5}";
	_cleanup_(document_freep) struct document *document = NULL;
	_cleanup_(element_index_freep) struct element_index *index = NULL;
	static const char *const keys[] = {"a", "b", "z", "zz", "", "c", "zzz"};
	struct ncrun_error err = {0};
	const struct element *root;

	assert_ok(document_parse("f", text, strlen(text), DOCUMENT_YAML, &document, &err));
	root = document_root(document);
	index = element_index_new(root);

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		assert_ptr_equal(element_index_get(index, keys[i]), element_get(root, keys[i]));
}

TEST(what_is_no_map_has_nothing)
{
	const struct element null = {.kind = ELEMENT_NULL};
	_cleanup_(element_index_freep) struct element_index *none = element_index_new(NULL);
	_cleanup_(element_index_freep) struct element_index *scalar = element_index_new(&null);

	assert_null(element_index_get(none, "a"));
	assert_null(element_index_get(scalar, "a"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(finds_what_element_get_finds),
		cmocka_unit_test(what_is_no_map_has_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
