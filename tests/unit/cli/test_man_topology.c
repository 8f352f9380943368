/* SPDX-License-Identifier: Apache-2.0 */

/* The manual page on topology files: it has every key, and its examples are files. */

#include <string.h>

#include <ncrun/network.h>

#include "base/text.h"
#include "cli/help.h"
#include "tests/support/test.h"

TEST(every_example_is_a_file_without_mistakes)
{
	struct ncrun_error err = {0};
	size_t count = 0;

	for (const struct man_example *e = man_topology_examples; e->file; e++, count++) {
		struct ncrun_topology *topology = NULL;

		assert_ok(ncrun_topology_parse(&(struct ncrun_topology_text){e->file, e->text,
									     strlen(e->text),
									     NCRUN_TOPOLOGY_GUESS},
					       NULL, NULL, &topology, &err));
		assert_non_null(ncrun_topology_name(topology));
		ncrun_topology_unref(topology);
	}
	assert_true(count >= 5);
}

/** Is there an entry for the key, behind the one before? */
static void key_follows(void *data, const struct ncrun_topology_key *key)
{
	_cleanup_text_ struct text entry = {0};
	const char **at = data;

	text_append(&entry, ".TP\n\\fB");
	for (const char *c = key->name; *c; c++)
		text_printf(&entry, *c == '-' ? "\\-" : "%c", *c);
	text_append(&entry, "\\fR");
	*at = strstr(*at, text_string(&entry));
	if (!*at)
		fail_msg("the page has no '%s' of %s in its place", key->name, key->of);
}

TEST(the_page_has_every_key_in_order)
{
	_cleanup_text_ struct text page = {0};
	struct ncrun_error err = {0};
	const char *at;

	assert_ok(man_topology(&page, &err));
	at = text_string(&page);
	assert_ok(ncrun_topology_keys(key_follows, &at, &err));
	assert_true(text_starts_with(text_string(&page), ".\\\" Made from"));
	assert_non_null(strstr(at, ".SH EXAMPLES"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_example_is_a_file_without_mistakes),
		cmocka_unit_test(the_page_has_every_key_in_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
