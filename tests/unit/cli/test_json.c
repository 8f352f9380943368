/* SPDX-License-Identifier: Apache-2.0 */

#include <errno.h>
#include <json-c/json_tokener.h>
#include <signal.h>
#include <string.h>

#include "cli/json.h"
#include "tests/support/test.h"

/* As programs would read it. */
static const char *text_of(struct json_object *object, const char *key)
{
	return json_object_get_string(json_object_object_get(object, key));
}

TEST(tells_how_a_program_ended)
{
	struct ncrun_exit end = {.cause = NCRUN_CAUSE_EXITED, .code = 7};
	_cleanup_json_ struct json_object *object = json_from_exit(&end);

	assert_string_equal(text_of(object, "cause"), "exited");
	assert_int_equal(json_object_get_int(json_object_object_get(object, "code")), 7);
	assert_null(json_object_object_get(object, "signal"));
	assert_null(json_object_object_get(object, "step"));
}

TEST(names_the_signal_that_ended_it)
{
	struct ncrun_exit end = {.cause = NCRUN_CAUSE_SIGNAL, .code = 139, .signo = SIGSEGV};
	_cleanup_json_ struct json_object *object = json_from_exit(&end);

	assert_string_equal(text_of(object, "signal_name"), "SEGV");
	assert_int_equal(json_object_get_int(json_object_object_get(object, "signal")), 11);
}

TEST(names_the_step_and_the_error_of_a_start_that_failed)
{
	struct ncrun_exit end = {
		.cause = NCRUN_CAUSE_FAILED_STEP,
		.code = 125,
		.error_code = EPERM,
		.step = "mounts",
		.message = "mount '/x'",
	};
	_cleanup_json_ struct json_object *object = json_from_exit(&end);

	assert_string_equal(text_of(object, "cause"), "failed-step");
	assert_string_equal(text_of(object, "step"), "mounts");
	assert_string_equal(text_of(object, "errno_name"), "EPERM");
	assert_string_equal(text_of(object, "message"), "mount '/x'");
}

TEST(says_nothing_of_an_end_that_has_not_come)
{
	struct ncrun_exit end = {0};
	_cleanup_json_ struct json_object *object = json_from_exit(&end);

	assert_string_equal(text_of(object, "cause"), "none");
	assert_int_equal(json_object_object_length(object), 1);
}

TEST(makes_valid_text_of_bytes_that_are_none)
{
	_cleanup_json_ struct json_object *object = json_object_new_object();
	_cleanup_text_ struct text out = {0};

	json_put_text(object, "a", "x\xff\033\"\n");
	json_put_text(object, "b", NULL);
	json_print(&out, object);

	assert_string_equal(text_string(&out), "{\n  \"a\":\"x\xef\xbf\xbd\\u001b\\\"\\n\",\n"
					       "  \"b\":null\n}\n");
}

TEST(prints_times_with_their_zone)
{
	_cleanup_json_ struct json_object *object = json_object_new_object();

	json_put_time(object, "at", 1732396110000000005);
	json_put_time(object, "never", 0);

	assert_string_equal(text_of(object, "at"), "2024-11-23T21:08:30.000000005Z");
	assert_null(json_object_object_get(object, "never"));
}

static const char *const argv[] = {"sh", NULL};

TEST(tells_all_of_a_node)
{
	struct ncrun_service_status service = {.name = "main", .pid = 2};
	struct ncrun_container_info info = {
		.network = "default",
		.name = "web",
		.rootfs = "alpine",
		.image_digest = "",
		.state = NCRUN_CONTAINER_RUNNING,
		.capabilities = 1 << 5,
		.argv = argv,
		.services = &service,
		.service_count = 1,
	};
	_cleanup_json_ struct json_object *object = json_from_container(&info);
	_cleanup_json_ struct json_object *again = NULL;

	assert_string_equal(text_of(object, "state"), "running");
	assert_string_equal(text_of(object, "command"), "[ \"sh\" ]");
	assert_string_equal(text_of(object, "capabilities"), "[ \"KILL\" ]");
	assert_null(json_object_object_get(object, "image_digest"));
	again = json_tokener_parse(json_object_to_json_string(object));
	assert_true(json_object_equal(object, again));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tells_how_a_program_ended),
		cmocka_unit_test(names_the_signal_that_ended_it),
		cmocka_unit_test(names_the_step_and_the_error_of_a_start_that_failed),
		cmocka_unit_test(says_nothing_of_an_end_that_has_not_come),
		cmocka_unit_test(makes_valid_text_of_bytes_that_are_none),
		cmocka_unit_test(prints_times_with_their_zone),
		cmocka_unit_test(tells_all_of_a_node),
	};

	return cmocka_run_group_tests_name("cli/json", tests, NULL, NULL);
}
