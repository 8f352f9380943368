/* SPDX-License-Identifier: Apache-2.0 */

#include <errno.h>
#include <stdio.h>

#include <ncrun/container.h>

#include "tests/support/test.h"

static char buffer[512];

static char *writable(const char *text)
{
	snprintf(buffer, sizeof(buffer), "%s", text);
	return buffer;
}

TEST(a_volume_is_source_and_target)
{
	struct ncrun_error err = {0};
	struct ncrun_volume volume = {.read_only = true};

	assert_ok(ncrun_volume_parse(writable("/srv/data:/data"), &volume, &err));
	assert_string_equal(volume.source, "/srv/data");
	assert_string_equal(volume.target, "/data");
	assert_int_equal(volume.propagation, NCRUN_PROPAGATION_PRIVATE);
	assert_false(volume.read_only || volume.recursive || volume.noexec || volume.idmap);
}

TEST(every_option_of_a_volume_is_understood)
{
	static const struct {
		const char *text;
		enum ncrun_propagation propagation;
		bool read_only, recursive, noexec, idmap;
	} rows[] = {
		{".:/d:ro", NCRUN_PROPAGATION_PRIVATE, true, false, false, false},
		{"./x:/d:rw", NCRUN_PROPAGATION_PRIVATE, false, false, false, false},
		{"x:/d:rprivate", NCRUN_PROPAGATION_PRIVATE, false, false, false, false},
		{"x:/d:private,ro,ro", NCRUN_PROPAGATION_PRIVATE, true, false, false, false},
		{"x:/d:rslave", NCRUN_PROPAGATION_SLAVE, false, false, false, false},
		{"x:/d:slave,rslave", NCRUN_PROPAGATION_SLAVE, false, false, false, false},
		{"x:/d:rshared", NCRUN_PROPAGATION_SHARED, false, false, false, false},
		{"x:/d:shared", NCRUN_PROPAGATION_SHARED, false, false, false, false},
		{"x:/d:rbind,noexec,idmap,ro", NCRUN_PROPAGATION_PRIVATE, true, true, true, true},
		{"x:/d:", NCRUN_PROPAGATION_PRIVATE, false, false, false, false},
	};
	struct ncrun_error err = {0};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct ncrun_volume volume;

		assert_ok(ncrun_volume_parse(writable(rows[i].text), &volume, &err));
		assert_string_equal(volume.target, "/d");
		assert_int_equal(volume.propagation, rows[i].propagation);
		assert_int_equal(volume.read_only, rows[i].read_only);
		assert_int_equal(volume.recursive, rows[i].recursive);
		assert_int_equal(volume.noexec, rows[i].noexec);
		assert_int_equal(volume.idmap, rows[i].idmap);
	}
}

TEST(other_volumes_are_refused)
{
	static const struct {
		const char *text;
		const char *message;
	} rows[] = {
		{"", "volume '': not SOURCE:TARGET[:OPTIONS]"},
		{"/srv", "volume '/srv': not SOURCE:TARGET[:OPTIONS]"},
		{":/data", "volume ':/data': not SOURCE:TARGET[:OPTIONS]"},
		{"/srv:", "volume '/srv:': target '' is not an absolute path"},
		{"/srv:data:ro", "volume '/srv:data:ro': target 'data' is not an absolute path"},
		{"/srv:/", "volume '/srv:/': target is the root itself"},
		{"/srv://./", "volume '/srv://./': target is the root itself"},
		{"/srv:/a/../..", "volume '/srv:/a/../..': target has a '..' in it"},
		{"/a:/b:r0", "volume '/a:/b:r0': unknown option 'r0' (did you mean 'ro'?)"},
		{"/a:/b:ro,sahred",
		 "volume '/a:/b:ro,sahred': unknown option 'sahred' (did you mean 'shared'?)"},
		{"/a:/b:ro,rw", "volume '/a:/b:ro,rw': 'ro' and 'rw' exclude each other"},
		{"/a:/b:slave,rshared",
		 "volume '/a:/b:slave,rshared': 'slave' and 'rshared' exclude each other"},
		{"/a:/b:ro:rw", "volume '/a:/b:ro:rw': unknown option 'ro:rw'"},
	};
	struct ncrun_error err = {0};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct ncrun_volume volume = {.target = "untouched"};

		assert_fails(ncrun_volume_parse(writable(rows[i].text), &volume, &err), EINVAL);
		assert_string_equal(err.message, rows[i].message);
		assert_string_equal(volume.target, "untouched");
	}
}

TEST(a_tmpfs_has_size_mode_and_noexec)
{
	struct ncrun_error err = {0};
	struct ncrun_tmpfs tmpfs = {0};

	assert_ok(ncrun_tmpfs_parse(writable("/run"), &tmpfs, &err));
	assert_string_equal(tmpfs.target, "/run");
	assert_int_equal(tmpfs.size_bytes, 0);
	assert_int_equal(tmpfs.mode, 0);
	assert_false(tmpfs.noexec);

	assert_ok(ncrun_tmpfs_parse(writable("/run:size=16M,mode=0755,noexec"), &tmpfs, &err));
	assert_string_equal(tmpfs.target, "/run");
	assert_int_equal(tmpfs.size_bytes, 16 << 20);
	assert_int_equal(tmpfs.mode, 0755);
	assert_true(tmpfs.noexec);
}

TEST(other_tmpfs_are_refused)
{
	static const struct {
		const char *text;
		const char *message;
	} rows[] = {
		{"", "tmpfs '': target '' is not an absolute path"},
		{"run", "tmpfs 'run': target 'run' is not an absolute path"},
		{"/", "tmpfs '/': target is the root itself"},
		{"/a/..", "tmpfs '/a/..': target has a '..' in it"},
		{"/a:size", "tmpfs '/a:size': 'size' needs a value"},
		{"/a:size=64Q", "tmpfs '/a:size=64Q': size '64Q': not a size (try 64M)"},
		{"/a:size=0", "tmpfs '/a:size=0': size '0': must not be 0"},
		{"/a:mode=999", "tmpfs '/a:mode=999': mode '999': not an octal number up to 7777"},
		{"/a:mode=0", "tmpfs '/a:mode=0': mode '0': nobody could enter"},
		{"/a:noexec=1", "tmpfs '/a:noexec=1': 'noexec' takes no value"},
		{"/a:sise=1M", "tmpfs '/a:sise=1M': unknown option 'sise' (did you mean 'size'?)"},
		{"/a:ro", "tmpfs '/a:ro': unknown option 'ro'"},
	};
	struct ncrun_error err = {0};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct ncrun_tmpfs tmpfs = {.target = "untouched"};

		assert_fails(ncrun_tmpfs_parse(writable(rows[i].text), &tmpfs, &err), EINVAL);
		assert_string_equal(err.message, rows[i].message);
		assert_string_equal(tmpfs.target, "untouched");
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_volume_is_source_and_target),
		cmocka_unit_test(every_option_of_a_volume_is_understood),
		cmocka_unit_test(other_volumes_are_refused),
		cmocka_unit_test(a_tmpfs_has_size_mode_and_noexec),
		cmocka_unit_test(other_tmpfs_are_refused),
	};

	return cmocka_run_group_tests_name("runtime/parse_mounts", tests, NULL, NULL);
}
