/* SPDX-License-Identifier: Apache-2.0 */

#include <errno.h>
#include <string.h>

#include "base/document.h"
#include "base/text.h"
#include "tests/support/test.h"

static const struct element *parse(const char *text, enum document_format format,
				   struct document **ret)
{
	struct ncrun_error err = {0};

	assert_ok(document_parse("f", text, strlen(text), format, ret, &err));
	return document_root(*ret);
}

TEST(json_values_keep_kind_text_and_place)
{
	_cleanup_(document_freep) struct document *document = NULL;
	const struct element *root = parse("{\n  \"a\": [1, -2.5e3, \"x\\u00e9\\n\", true,\n"
					   "        false, null, {}, []]\n}",
					   DOCUMENT_JSON, &document);
	const struct element *list = element_get(root, "a");

	assert_string_equal(document_name(document), "f");
	assert_int_equal(root->kind, ELEMENT_MAP);
	assert_int_equal(list->kind, ELEMENT_LIST);
	assert_int_equal(list->count, 8);
	assert_string_equal(list->key, "a");
	assert_int_equal(list->key_line, 2);
	assert_int_equal(list->key_column, 3);
	assert_int_equal(list->line, 2);
	assert_int_equal(list->column, 8);
	assert_int_equal(list->children[0].kind, ELEMENT_NUMBER);
	assert_string_equal(list->children[1].text, "-2.5e3");
	assert_int_equal(list->children[2].kind, ELEMENT_STRING);
	assert_string_equal(list->children[2].text, "x\xc3\xa9\n");
	assert_int_equal(list->children[2].column, 20);
	assert_true(list->children[3].boolean);
	assert_false(list->children[4].boolean);
	assert_int_equal(list->children[4].line, 3);
	assert_int_equal(list->children[5].kind, ELEMENT_NULL);
	assert_int_equal(list->children[6].kind, ELEMENT_MAP);
	assert_int_equal(list->children[6].count, 0);
	assert_null(element_get(root, "b"));
	assert_null(element_get(list, "a"));
}

TEST(a_scalar_alone_is_a_document)
{
	_cleanup_(document_freep) struct document *document = NULL;

	assert_string_equal(parse("\"x\"", DOCUMENT_JSON, &document)->text, "x");
}

TEST(yaml_is_read_in_both_styles)
{
	_cleanup_(document_freep) struct document *document = NULL;
	const struct element *root = parse("# lab\nname: quorum\nnodes:\n"
					   "  a: {run: redis-server --port 1, cpus: 0.5, ok: yes}\n"
					   "  b:\n  lan: {kind: 'switch'}\nlinks:\n  - [a, lan]\n"
					   "  - {ends: [b, \"c:eth0\"], loss: 0.1%}\n",
					   DOCUMENT_YAML, &document);
	const struct element *nodes = element_get(root, "nodes");
	const struct element *a = element_get(nodes, "a");

	assert_int_equal(root->count, 3);
	assert_string_equal(element_get(a, "run")->text, "redis-server --port 1");
	assert_int_equal(element_get(a, "cpus")->kind, ELEMENT_NUMBER);
	assert_int_equal(element_get(a, "ok")->kind, ELEMENT_STRING);
	assert_int_equal(element_get(nodes, "b")->kind, ELEMENT_NULL);
	assert_int_equal(element_get(nodes, "b")->line, 5);
	assert_int_equal(element_get(nodes, "lan")->line, 6);
	assert_string_equal(element_get(element_get(nodes, "lan"), "kind")->text, "switch");
	assert_int_equal(element_get(element_get(nodes, "lan"), "kind")->column, 15);
	assert_string_equal(element_get(&element_get(root, "links")->children[1], "loss")->text,
			    "0.1%");
}

TEST(yaml_words_without_quotes_mean_what_yaml_1_2_says)
{
	static const struct {
		const char *text;
		enum element_kind kind;
	} rows[] = {
		{"~", ELEMENT_NULL},          {"Null", ELEMENT_NULL},    {"True", ELEMENT_BOOL},
		{"on", ELEMENT_STRING},       {"010", ELEMENT_NUMBER},   {"1.5", ELEMENT_NUMBER},
		{"64M", ELEMENT_STRING},      {"\"1\"", ELEMENT_STRING}, {"'true'", ELEMENT_STRING},
		{"1.2.3", ELEMENT_STRING},    {"-", ELEMENT_LIST},       {"1e", ELEMENT_STRING},
		{"|\n  1\n", ELEMENT_STRING},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		_cleanup_(document_freep) struct document *document = NULL;

		assert_int_equal(parse(rows[i].text, DOCUMENT_YAML, &document)->kind, rows[i].kind);
	}
}

static const struct element *value_of(const struct element *root, const char *key)
{
	const struct element *found = element_get(root, key);

	assert_non_null(found);
	return found;
}

TEST(typed_reads_give_values)
{
	_cleanup_(document_freep) struct document *document = NULL;
	const struct element *root =
		parse("{\"s\": \"x\", \"n\": 42, \"b\": true}", DOCUMENT_JSON, &document);
	struct ncrun_error err = {0};
	const char *string = NULL;
	uint64_t number = 0;

	assert_ok(element_string(document, value_of(root, "s"), &string, &err));
	assert_ok(element_u64(document, value_of(root, "n"), 42, &number, &err));

	assert_string_equal(string, "x");
	assert_int_equal(number, 42);
	assert_int_equal(value_of(root, "b")->kind, ELEMENT_BOOL);
	assert_true(value_of(root, "b")->boolean);
}

TEST(typed_reads_say_what_was_expected)
{
	_cleanup_(document_freep) struct document *document = NULL;
	const struct element *root =
		parse("{\"s\": \"x\", \"n\": 42, \"f\": 1.5, \"b\": true,\n \"l\": [{}]}",
		      DOCUMENT_JSON, &document);
	struct ncrun_error err = {0};
	const char *string = NULL;
	uint64_t number = 7;

	assert_fails(element_string(document, value_of(root, "n"), &string, &err), EINVAL);
	assert_string_equal(err.message, "f:1:17: 'n': expected a string, not 42");
	assert_fails(element_u64(document, value_of(root, "n"), 41, &number, &err), EINVAL);
	assert_string_equal(err.message,
			    "f:1:17: 'n': expected a whole number from 0 to 41, not 42");
	assert_fails(element_u64(document, value_of(root, "f"), 41, &number, &err), EINVAL);
	assert_fails(element_u64(document, value_of(root, "s"), 41, &number, &err), EINVAL);
	assert_fails(element_string(document, value_of(root, "b"), &string, &err), EINVAL);
	assert_string_equal(err.message, "f:1:36: 'b': expected a string, not a boolean");
	assert_fails(element_string(document, value_of(root, "l")->children, &string, &err),
		     EINVAL);
	assert_string_equal(err.message, "f:2:8: expected a string, not a map");
	assert_null(string);
	assert_int_equal(number, 7);
}

TEST(unknown_keys_are_refused_with_the_nearest_known_one)
{
	static const char *const known[] = {"memory", "cpus", NULL};
	_cleanup_(document_freep) struct document *document = NULL;
	const struct element *root =
		parse("{\"l\": [{\"memory\": 1}, {\"cpus\": 1,\n\"memroy\": 1}, {\"zzz\": 1}, 3]}",
		      DOCUMENT_JSON, &document);
	const struct element *list = element_get(root, "l");
	struct ncrun_error err = {0};

	assert_ok(element_check_keys(document, &list->children[0], known, &err));
	assert_fails(element_check_keys(document, &list->children[1], known, &err), EINVAL);
	assert_string_equal(err.message, "f:2:1: unknown key 'memroy' (did you mean 'memory'?)");
	assert_fails(element_check_keys(document, &list->children[2], known, &err), EINVAL);
	assert_string_equal(err.message, "f:2:16: unknown key 'zzz'");
	assert_fails(element_check_keys(document, &list->children[3], known, &err), EINVAL);
	assert_string_equal(err.message, "f:2:27: expected a map, not 3");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(json_values_keep_kind_text_and_place),
		cmocka_unit_test(a_scalar_alone_is_a_document),
		cmocka_unit_test(yaml_is_read_in_both_styles),
		cmocka_unit_test(yaml_words_without_quotes_mean_what_yaml_1_2_says),
		cmocka_unit_test(typed_reads_give_values),
		cmocka_unit_test(typed_reads_say_what_was_expected),
		cmocka_unit_test(unknown_keys_are_refused_with_the_nearest_known_one),
	};

	return cmocka_run_group_tests_name("base/document", tests, NULL, NULL);
}
