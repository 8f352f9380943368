/* SPDX-License-Identifier: Apache-2.0 */

#include "base/digest.h"
#include "tests/support/test.h"

TEST(the_digest_of_known_text_is_known)
{
	_cleanup_(digest_freep) struct digest *digest = NULL;
	struct ncrun_error err = {0};
	char text[DIGEST_TEXT_SIZE];

	assert_ok(digest_new(&digest, &err));
	digest_update(digest, "a", 1);
	digest_update(digest, "bc", 2);
	digest_finish(digest, text);

	/* FIPS 180-2, appendix B.1 */
	assert_string_equal(text,
			    "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST(nothing_has_a_digest_too)
{
	_cleanup_(digest_freep) struct digest *digest = NULL;
	struct ncrun_error err = {0};
	char text[DIGEST_TEXT_SIZE];

	assert_ok(digest_new(&digest, &err));
	digest_finish(digest, text);

	assert_string_equal(text,
			    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_digest_of_known_text_is_known),
		cmocka_unit_test(nothing_has_a_digest_too),
	};

	return cmocka_run_group_tests_name("base/digest", tests, NULL, NULL);
}
