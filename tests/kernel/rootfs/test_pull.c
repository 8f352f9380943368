/* SPDX-License-Identifier: Apache-2.0 */

#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "rootfs/rootfs.h"
#include "tests/support/alpine_mirror.h"
#include "tests/support/test.h"

/* Long enough on a busy machine; where a mirror is waited for in vain, that is short. */
static int patience_ms = 20000;

static int pull(const char *reference, const char *mirror, struct ncrun_image **ret)
{
	struct ncrun_pull_options options = NCRUN_PULL_OPTIONS_INIT;

	memset(&err, 0, sizeof(err));
	options.mirror = mirror;
	options.architecture = "x86_64";
	options.timeout_ms = patience_ms;
	return ncrun_image_pull(pull_store, reference, NULL, &options, ret, &err);
}

static void assert_says(const char *part)
{
	if (!strstr(err.message, part))
		fail_msg("'%s' lacks '%s'", err.message, part);
}

TEST(pulls_the_newest_release_of_a_branch)
{
	_cleanup_(ncrun_image_unrefp) struct ncrun_image *image = NULL;
	const struct ncrun_image_info *info;

	archive_required();
	assert_ok(pull("alpine:3.20", mirror_start((struct mirror_fault){0}), &image));

	info = ncrun_image_info(image);
	assert_string_equal(info->name, "alpine-3.20");
	assert_string_equal(info->digest, archive_sha256());
	assert_non_null(strstr(info->source, "/alpine/v3.20/releases/x86_64/" MIRROR_FILE));
	assert_true(info->entries > 300);
	assert_store_has(1);
}

TEST(pulls_an_exact_release_by_its_checksum_file)
{
	archive_required();
	assert_ok(pull("alpine:3.20.3", mirror_start((struct mirror_fault){.no_listing = true}),
		       NULL));

	assert_store_has(1);
	assert_int_equal(mirror_hits("v3.20", MIRROR_FILE ".sha256"), 1);
}

TEST(does_not_fetch_again_what_it_has)
{
	_cleanup_(ncrun_image_unrefp) struct ncrun_image *image = NULL;
	const char *mirror;

	archive_required();
	mirror = mirror_start((struct mirror_fault){0});
	assert_ok(pull("alpine", mirror, NULL));
	assert_ok(pull("alpine", mirror, &image));

	assert_string_equal(ncrun_image_info(image)->name, "alpine");
	assert_int_equal(mirror_hits("latest-stable", "latest-releases.yaml"), 2);
	assert_int_equal(mirror_hits("latest-stable", MIRROR_FILE), 1);
	assert_store_has(1);
}

TEST(takes_the_mirror_from_the_environment_and_the_name_from_the_caller)
{
	_cleanup_(ncrun_image_unrefp) struct ncrun_image *image = NULL;
	struct ncrun_pull_options options = NCRUN_PULL_OPTIONS_INIT;

	archive_required();
	options.architecture = "x86_64";
	setenv("NCRUN_ALPINE_MIRROR", mirror_start((struct mirror_fault){0}), 1);
	assert_ok(ncrun_image_pull(pull_store, "alpine", "mine", &options, &image, &err));

	assert_string_equal(ncrun_image_info(image)->name, "mine");
}

TEST(refuses_what_a_mirror_may_do_wrong_and_leaves_nothing)
{
	static const struct {
		struct mirror_fault fault;
		int code;
		const char *part;
	} bad[] = {
		{{.wrong_checksum = true}, EBADMSG, "wrong checksum: 'http://127.0.0.1:"},
		{{.archive_drop = 100}, EBADMSG, "were promised"},
		{{.archive_manner = HTTP_CUT}, EBADMSG, MIRROR_FILE "': "},
		{{.archive_manner = HTTP_HUGE}, E2BIG, MIRROR_FILE "': "},
		{{.archive_manner = HTTP_ENDLESS}, E2BIG, "bytes were sent"},
		{{.archive_manner = HTTP_HANG_HALFWAY}, ETIMEDOUT, "nothing came for 0.7 s"},
		{{.archive_manner = HTTP_SILENT}, ETIMEDOUT, "no answer within 0.7 s"},
		{{.archive_manner = HTTP_NOT_HTTP}, EREMOTEIO, MIRROR_FILE "': "},
		{{.no_archive = true}, ENOENT, MIRROR_FILE "': the server answers 404"},
		{{.no_listing = true}, ENOENT, "latest-releases.yaml': the server answers 404"},
		{{.listing = "\t{{{ \x01 garbage"}, EINVAL, "latest-releases.yaml"},
		{{.listing = "<html>hello</html>"}, EINVAL, "not a list of releases"},
		{{.listing_manner = HTTP_ENDLESS}, E2BIG, "more than 1048576 bytes were sent"},
		{{.listing_manner = HTTP_SILENT}, ETIMEDOUT, "latest-releases.yaml': no answer"},
		{{.listing_location = "file:///etc/passwd"}, EACCES, "'file:///etc/passwd' is not"},
		{{.listing_location = "/alpine/v3.20/releases/x86_64/latest-releases.yaml"},
		 ELOOP,
		 "more than 5 redirects"},
	};

	archive_required();
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct ncrun_image *image = NULL;
		int r;

		patience_ms = bad[i].code == ETIMEDOUT ? 700 : 20000;
		r = pull("alpine:3.20", mirror_start(bad[i].fault), &image);
		if (r != -bad[i].code || err.code != bad[i].code)
			fail_msg("case %zu: %d instead of %d: %s", i, -r, bad[i].code, err.message);
		assert_says("pull 'alpine:3.20': ");
		assert_says(bad[i].part);
		assert_null(image);
		assert_store_has(0);
	}
	patience_ms = 20000;
}

TEST(a_refused_pull_leaves_the_image_that_had_the_name)
{
	_cleanup_(ncrun_image_unrefp) struct ncrun_image *image = NULL;

	archive_required();
	assert_ok(pull("alpine", mirror_start((struct mirror_fault){0}), NULL));
	assert_fails(pull("alpine", mirror_start((struct mirror_fault){.wrong_checksum = true}),
			  NULL),
		     EBADMSG);

	assert_ok(ncrun_image_open(pull_store, "alpine", &image, &err));
	assert_string_equal(ncrun_image_info(image)->digest, archive_sha256());
	assert_store_has(1);
}

TEST(an_unknown_release_or_mirror_is_said_with_its_address)
{
	const char *mirror = mirror_start((struct mirror_fault){0});

	assert_fails(pull("alpine:3.99", mirror, NULL), ENOENT);
	assert_says("/alpine/v3.99/releases/x86_64/latest-releases.yaml': the server answers 404");
	assert_fails(pull("alpine:3.20.9", mirror, NULL), ENOENT);
	assert_says("alpine-minirootfs-3.20.9-x86_64.tar.gz.sha256': the server answers 404");
	assert_fails(pull("alpine", "http://127.0.0.1:1", NULL), ENETUNREACH);
	assert_says("http://127.0.0.1:1/latest-stable/releases/");
	assert_store_has(0);
}

TEST(refuses_mirrors_architectures_and_names_that_are_none)
{
	struct ncrun_pull_options options = NCRUN_PULL_OPTIONS_INIT;

	assert_fails(pull("alpine", "file:///srv/alpine", NULL), EINVAL);
	assert_says("mirror 'file:///srv/alpine': not a URL with http:// or https://");
	assert_fails(pull("alpine", "/srv/alpine", NULL), EINVAL);
	assert_fails(pull("debian", NULL, NULL), EINVAL);
	assert_says("only alpine[:VERSION] and docker://IMAGE");

	options.mirror = "http://127.0.0.1:1";
	options.architecture = "../x86_64";
	assert_fails(ncrun_image_pull(pull_store, "alpine", NULL, &options, NULL, &err), EINVAL);
	assert_says("architecture '../x86_64'");
	assert_fails(ncrun_image_pull(pull_store, "alpine", "/etc", &options, NULL, &err), EINVAL);
	assert_says("'/etc'");
	assert_store_has(0);
}

/* A process of its own, that is killed in the middle of the archive. */
static pid_t pull_in_vain(const char *mirror)
{
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0) {
		struct ncrun_pull_options options = NCRUN_PULL_OPTIONS_INIT;

		options.mirror = mirror;
		options.architecture = "x86_64";
		ncrun_image_pull(pull_store, "alpine:3.20", NULL, &options, NULL, NULL);
		_exit(0);
	}
	for (int i = 0; i < 500 && mirror_hits("v3.20", MIRROR_FILE) == 0; i++)
		usleep(10000);
	return pid;
}

TEST(killed_in_the_middle_it_leaves_only_what_gc_removes)
{
	struct ncrun_collect_report report = {0};
	int status = 0;
	pid_t pid;

	archive_required();
	pid = pull_in_vain(
		mirror_start((struct mirror_fault){.archive_manner = HTTP_HANG_HALFWAY}));
	assert_int_equal(kill(pid, SIGKILL), 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status));

	assert_ok(ncrun_store_collect(pull_store, false, &report, &err));
	assert_int_equal(report.unfinished, 1);
	assert_store_has(0); /* that no process stays is for the guard around the test to see */
}

struct seen {
	bool download, other;
	bool cancel;
};

static int note_progress(void *data, const struct ncrun_progress *progress)
{
	struct seen *seen = data;

	if (strcmp(progress->phase, "download") == 0)
		seen->download = true;
	else
		seen->other = true;
	return seen->cancel;
}

TEST(reports_progress_and_can_be_cancelled)
{
	struct ncrun_pull_options options = NCRUN_PULL_OPTIONS_INIT;
	struct seen seen = {0};

	archive_required();
	options.mirror = mirror_start((struct mirror_fault){0});
	options.architecture = "x86_64";
	options.import = NCRUN_IMPORT_OPTIONS_INIT;
	options.import.progress = note_progress;
	options.import.data = &seen;
	seen.cancel = true;
	assert_fails(ncrun_image_pull(pull_store, "alpine", NULL, &options, NULL, &err), ECANCELED);
	assert_store_has(0);

	seen.cancel = false;
	assert_ok(ncrun_image_pull(pull_store, "alpine", NULL, &options, NULL, &err));
	assert_true(seen.download && seen.other);
}

#define PULL_TEST(f) cmocka_unit_test_setup_teardown(f, pull_setup, pull_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		PULL_TEST(pulls_the_newest_release_of_a_branch),
		PULL_TEST(pulls_an_exact_release_by_its_checksum_file),
		PULL_TEST(does_not_fetch_again_what_it_has),
		PULL_TEST(takes_the_mirror_from_the_environment_and_the_name_from_the_caller),
		PULL_TEST(refuses_what_a_mirror_may_do_wrong_and_leaves_nothing),
		PULL_TEST(a_refused_pull_leaves_the_image_that_had_the_name),
		PULL_TEST(an_unknown_release_or_mirror_is_said_with_its_address),
		PULL_TEST(refuses_mirrors_architectures_and_names_that_are_none),
		PULL_TEST(killed_in_the_middle_it_leaves_only_what_gc_removes),
		PULL_TEST(reports_progress_and_can_be_cancelled),
	};

	return cmocka_run_group_tests_name("rootfs/pull", tests, NULL, NULL);
}
