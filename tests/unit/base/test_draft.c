/* SPDX-License-Identifier: Apache-2.0 */

#include <stdio.h>
#include <string.h>

#include "base/draft.h"
#include "tests/support/test.h"

TEST(a_draft_becomes_a_document_with_the_places_it_was_given)
{
	const struct element nodes = {.kind = ELEMENT_MAP, .line = 3, .column = 7};
	const struct element name = {.kind = ELEMENT_STRING, .text = "lab", .line = 9, .column = 2};
	_cleanup_(document_freep) struct document *document = NULL;
	struct draft *draft = draft_new("f.dot");
	const struct element *root;

	draft_add(draft_add(draft_root(draft), "nodes", &nodes), "a", &name);
	draft_add(draft_root(draft), "name", &name);
	document = draft_finish(draft);

	root = document_root(document);
	assert_string_equal(document_name(document), "f.dot");
	assert_int_equal(root->count, 2);
	assert_int_equal(root->children[0].line, 3);
	assert_int_equal(root->children[0].key_column, 7);
	assert_string_equal(element_get(&root->children[0], "a")->text, "lab");
	assert_string_equal(element_get(root, "name")->text, "lab");
	assert_int_equal(element_get(root, "name")->line, 9);
}

TEST(an_element_is_copied_with_all_that_is_in_it)
{
	static const char text[] = "env: {TZ: UTC, list: [1, 2]}\n";
	_cleanup_(document_freep) struct document *from = NULL, *to = NULL;
	struct draft *draft = draft_new("copy");
	struct ncrun_error err = {0};
	const struct element *env;

	assert_ok(document_parse("f", text, strlen(text), DOCUMENT_YAML, &from, &err));
	env = element_get(document_root(from), "env");
	draft_add(draft_root(draft), "environment", env);
	to = draft_finish(draft);
	from = document_free(from);

	env = element_get(document_root(to), "environment");
	assert_int_equal(env->count, 2);
	assert_int_equal(env->key_column, 1);
	assert_int_equal(env->column, 6);
	assert_string_equal(element_get(env, "TZ")->text, "UTC");
	assert_string_equal(element_get(env, "list")->children[1].text, "2");
}

TEST(values_are_found_while_it_grows)
{
	_cleanup_(draft_freep) struct draft *draft = draft_new("f");
	const struct element map = {.kind = ELEMENT_MAP, .line = 1, .column = 1};
	struct draft_value *added = draft_add(draft_root(draft), "a", &map);

	assert_ptr_equal(draft_get(draft_root(draft), "a"), added);
	assert_null(draft_get(draft_root(draft), "b"));
	assert_null(draft_get(added, "a"));
	assert_int_equal(draft_element(added)->kind, ELEMENT_MAP);
}

TEST(of_many_values_each_is_found)
{
	_cleanup_(draft_freep) struct draft *draft = draft_new("f");
	struct draft_value *map = draft_root(draft), *added[100];
	char key[16];

	for (int i = 0; i < 100; i++) {
		snprintf(key, sizeof(key), "k%d", i);
		assert_null(draft_get(map, key));
		added[i] = draft_add(map, key, &(struct element){.kind = ELEMENT_STRING});
		draft_add(map, key, &(struct element){.kind = ELEMENT_STRING});
		for (int j = 0; j <= i; j++) {
			snprintf(key, sizeof(key), "k%d", j);
			assert_ptr_equal(draft_get(map, key), added[j]);
		}
	}
	assert_null(draft_get(map, "k"));
	assert_int_equal(draft_count(map), 200);
}

TEST(maps_are_merged_key_by_key)
{
	const struct element one = {.kind = ELEMENT_STRING, .text = "one", .line = 1, .column = 1};
	const struct element two = {.kind = ELEMENT_STRING, .text = "two", .line = 2, .column = 1};
	_cleanup_(draft_freep) struct draft *draft = draft_new("f");
	struct draft_value *defaults = draft_map(draft), *own = draft_map(draft);

	draft_add(defaults, "a", &one);
	draft_add(defaults, "b", &one);
	draft_add(own, "b", &two);
	draft_merge(draft_root(draft), defaults);
	draft_merge(draft_root(draft), own);

	assert_int_equal(draft_count(draft_root(draft)), 2);
	assert_string_equal(draft_element(draft_get(draft_root(draft), "a"))->text, "one");
	assert_string_equal(draft_element(draft_get(draft_root(draft), "b"))->text, "two");
	assert_string_equal(draft_element(draft_get(defaults, "b"))->text, "one");
}

TEST(plain_texts_are_resolved_as_yaml_does)
{
	static const struct {
		const char *text;
		enum element_kind kind;
	} cases[] = {
		{"9000", ELEMENT_NUMBER}, {"true", ELEMENT_BOOL},  {"~", ELEMENT_NULL},
		{"20ms", ELEMENT_STRING}, {"yes", ELEMENT_STRING},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct element element = {.text = cases[i].text};

		element_resolve(&element);
		assert_int_equal(element.kind, cases[i].kind);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_draft_becomes_a_document_with_the_places_it_was_given),
		cmocka_unit_test(an_element_is_copied_with_all_that_is_in_it),
		cmocka_unit_test(values_are_found_while_it_grows),
		cmocka_unit_test(of_many_values_each_is_found),
		cmocka_unit_test(maps_are_merged_key_by_key),
		cmocka_unit_test(plain_texts_are_resolved_as_yaml_does),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
