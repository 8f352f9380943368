/* SPDX-License-Identifier: Apache-2.0 */

#include <errno.h>
#include <string.h>

#include "rootfs/pull.h"
#include "tests/support/test.h"

#define SHA256 "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static struct ncrun_error err;
static struct pull_reference got;

TEST(alpine_versions_name_a_branch_and_an_image)
{
	static const struct {
		const char *text, *name, *branch, *version;
	} good[] = {
		{"alpine", "alpine", "latest-stable", ""},
		{"alpine:latest", "alpine", "latest-stable", ""},
		{"alpine:3.20", "alpine-3.20", "v3.20", ""},
		{"alpine:3.20.3", "alpine-3.20.3", "v3.20", "3.20.3"},
		{"alpine:edge", "alpine-edge", "edge", ""},
	};

	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		assert_ok(pull_reference_parse(good[i].text, &got, &err));
		assert_int_equal(got.kind, PULL_ALPINE);
		assert_string_equal(got.name, good[i].name);
		assert_string_equal(got.branch, good[i].branch);
		assert_string_equal(got.version, good[i].version);
	}
}

TEST(docker_references_are_completed_and_named)
{
	static const struct {
		const char *text, *name, *location;
	} good[] = {
		{"docker://nginx", "nginx", "docker://docker.io/library/nginx:latest"},
		{"docker://nginx:1.27", "nginx-1.27", "docker://docker.io/library/nginx:1.27"},
		{"docker://bitnami/etcd:3", "bitnami-etcd-3", "docker://docker.io/bitnami/etcd:3"},
		{"docker://quay.io/frr/frr:9", "frr-frr-9", "docker://quay.io/frr/frr:9"},
		{"docker://localhost:5000/a", "a", "docker://localhost:5000/a:latest"},
		{"docker://localhost/a:latest", "a", "docker://localhost/a:latest"},
		{"docker://a@sha256:" SHA256, "a-0123456789ab",
		 "docker://docker.io/library/a@sha256:" SHA256},
		{"docker://a:1@sha256:" SHA256, "a-0123456789ab",
		 "docker://docker.io/library/a@sha256:" SHA256},
	};

	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		assert_ok(pull_reference_parse(good[i].text, &got, &err));
		assert_int_equal(got.kind, PULL_DOCKER);
		assert_string_equal(got.name, good[i].name);
		assert_string_equal(got.location, good[i].location);
	}
}

TEST(only_registries_of_this_machine_may_do_without_tls)
{
	static const struct {
		const char *text;
		bool loopback;
	} hosts[] = {
		{"docker://localhost:5000/a", true},
		{"docker://127.0.0.1:5000/a", true},
		{"docker://localhost/a", true},
		{"docker://localhost.example.org/a", false},
		{"docker://127.0.0.1.example.org/a", false},
		{"docker://a", false},
		{"docker://127.0.0.12:80/a", false},
	};

	for (size_t i = 0; i < sizeof(hosts) / sizeof(hosts[0]); i++) {
		assert_ok(pull_reference_parse(hosts[i].text, &got, &err));
		assert_int_equal(got.loopback, hosts[i].loopback);
	}
}

TEST(a_reference_too_long_for_a_name_has_none)
{
	assert_ok(pull_reference_parse("docker://quay.io/some-organisation/some-project/"
				       "some-image-with-a-long-name:and-a-long-tag",
				       &got, &err));

	assert_string_equal(got.name, "");
}

TEST(refuses_what_means_nothing)
{
	static const struct {
		const char *text, *part;
	} bad[] = {
		{"alpine:", "not a version"},
		{"alpine:3", "not a version"},
		{"alpine:3.20.", "not a version"},
		{"alpine:3.20.3.1", "not a version"},
		{"alpine:../../etc", "not a version"},
		{"alpine:3.99999", "not a version"},
		{"alpine:v3.20", "not a version"},
		{"docker://", "not a reference"},
		{"docker:///a", "not a reference"},
		{"docker://a/", "not a reference"},
		{"docker://a//b", "not a reference"},
		{"docker://../a", "not a reference"},
		{"docker://A", "not a reference"},
		{"docker://a b", "not a reference"},
		{"docker://a:", "not a reference"},
		{"docker://a:-x", "not a reference"},
		{"docker://a:b:c", "not a reference"},
		{"docker://-x.y/a", "not a reference"},
		{"docker://user@host.org/a", "not a reference"},
		{"docker://a@sha256:12", "not a reference"},
		{"docker://a@sha256:" SHA256 "0", "not a reference"},
		{"docker://a\n", "not a reference"},
		{"debian", "cannot be pulled: only alpine[:VERSION] and docker://IMAGE"},
		{"http://x/y", "cannot be pulled"},
		{"alpinex", "cannot be pulled"},
		{"", "cannot be pulled"},
	};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		memset(&got, 'x', sizeof(got));
		if (pull_reference_parse(bad[i].text, &got, &err) != -EINVAL)
			fail_msg("'%s' is taken", bad[i].text);
		if (!strstr(err.message, bad[i].part))
			fail_msg("'%s' lacks '%s'", err.message, bad[i].part);
		assert_int_equal(got.name[0], 'x'); /* untouched */
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(alpine_versions_name_a_branch_and_an_image),
		cmocka_unit_test(docker_references_are_completed_and_named),
		cmocka_unit_test(only_registries_of_this_machine_may_do_without_tls),
		cmocka_unit_test(a_reference_too_long_for_a_name_has_none),
		cmocka_unit_test(refuses_what_means_nothing),
	};

	return cmocka_run_group_tests_name("rootfs/pull_reference", tests, NULL, NULL);
}
