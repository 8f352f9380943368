/* SPDX-License-Identifier: Apache-2.0 */

/* The default node, looked at from inside. */

#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "tests/support/nsroot.h"
#include "tests/support/test.h"

static int image = -1;

static struct rootfs_spec default_spec(void)
{
	if (image < 0)
		image = nsroot_image("/tmp/image");
	return (struct rootfs_spec){
		.root_fd = image,
		.userns = true,
		.uid_base = NSROOT_ID_BASE,
		.gid_base = NSROOT_ID_BASE,
		.network_namespace = true,
		.identity = "network=lab\nname=a\n",
	};
}

static int sees_the_image(void *data __attribute__((unused)), struct ncrun_error *err)
{
	char line[1024];
	struct statfs fs;
	struct stat st;

	inside_true(strcmp(inside_line("/etc/motd", line, sizeof(line)), "welcome") == 0);
	inside_true(stat("/etc/motd", &st) == 0 && st.st_uid == 0 && st.st_gid == 0);
	inside_true(stat("/", &st) == 0 && st.st_uid == 0 && (st.st_mode & 07777) == 0755);
	inside_true(statfs("/", &fs) == 0 && fs.f_type == OVERLAYFS_SUPER_MAGIC);
	inside_true(getcwd(line, sizeof(line)) && strcmp(line, "/") == 0);
	inside_true(access("/tmp/image", F_OK) < 0);
	return inside_result(err);
}

TEST(the_root_is_the_image_owned_by_the_nodes_root)
{
	struct rootfs_spec spec = default_spec();
	struct ncrun_error err = {0};

	nsroot_required();
	assert_ok(nsroot_run(&spec, sees_the_image, NULL, &err));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_root_is_the_image_owned_by_the_nodes_root),
	};

	return cmocka_run_group_tests_name("rootfs/enter", tests, nsroot_setup, NULL);
}
