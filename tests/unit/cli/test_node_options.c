/* SPDX-License-Identifier: Apache-2.0 */

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "base/text.h"
#include "cli/commands.h"
#include "cli/node_options.h"
#include "cli/options.h"
#include "tests/support/test.h"

static struct node_args args;
static struct ncrun_error err;
static char **words;

static int forget(void **state __attribute__((unused)))
{
	options_release(&cmd_node, &args);
	memset(&args, 0, sizeof(args));
	words = strings_free(words);
	unsetenv("NCRUN_PULL");
	return 0;
}

/* Words as a shell would make them. */
static int parse(const char *line)
{
	int r;

	forget(NULL);
	memset(&err, 0, sizeof(err));
	assert_int_equal(words_split(line, &words), 0);
	r = options_parse(&cmd_node, words, &args, &err);
	return r == 0 ? node_check(&args, &err) : r;
}

TEST(fills_the_specification)
{
	assert_ok(
		parse("--rootfs alpine --name web --network lab --hostname h --detach --keep --rm "
		      "--timeout 10s --stop-signal INT --stop-grace 1500ms --read-only "
		      "--user 1:2 --workdir /srv --oom-score-adj -500 --umask 077 --no-aslr "
		      "--preserve-fd 3 --privileged --new-privileges --seccomp log "
		      "--upper /u --log-max 2M --pull never -- sh -c 'exit 3'"));

	assert_int_equal(args.spec.size, sizeof(struct ncrun_container_spec));
	assert_string_equal(args.spec.rootfs, "alpine");
	assert_string_equal(args.spec.name, "web");
	assert_string_equal(args.spec.network, "lab");
	assert_string_equal(args.spec.hostname, "h");
	assert_true(args.spec.detach && args.spec.keep && args.spec.auto_remove);
	assert_int_equal(args.spec.timeout_ms, 10000);
	assert_int_equal(args.spec.stop_signal, SIGINT);
	assert_int_equal(args.spec.stop_grace_ms, 1500);
	assert_true(args.spec.read_only && args.spec.no_aslr);
	assert_true(args.spec.privileged && args.spec.new_privileges);
	assert_string_equal(args.spec.user, "1:2");
	assert_string_equal(args.spec.workdir, "/srv");
	assert_true(args.spec.oom_score_adj_set && args.spec.umask_set);
	assert_int_equal(args.spec.oom_score_adj, -500);
	assert_int_equal(args.spec.umask, 077);
	assert_int_equal(args.spec.preserve_fds, 3);
	assert_string_equal(args.spec.seccomp, "log");
	assert_string_equal(args.spec.upper, "/u");
	assert_int_equal(args.spec.log_max_bytes, 2 << 20);
	assert_int_equal(args.spec.pull, NCRUN_PULL_NEVER);
	assert_string_equal(args.spec.argv[2], "exit 3");
	assert_null(args.spec.argv[3]);
}

TEST(leaves_what_is_not_given_at_zero)
{
	struct ncrun_container_spec zero = NCRUN_CONTAINER_SPEC_INIT;

	assert_ok(parse("--rootfs x"));
	zero.rootfs = args.spec.rootfs;
	zero.argv = args.spec.argv;

	assert_memory_equal(&args.spec, &zero, sizeof(zero));
	assert_null(args.spec.argv[0]);
}

TEST(gathers_lists)
{
	assert_ok(parse("--rootfs x -v /a:/b:ro --volume /c:/d --tmpfs /t:size=1M "
			"--rlimit nofile=10:20 --rlimit core=unlimited --cap-add NET_ADMIN "
			"--cap-drop ALL --sysctl net.ipv4.ip_forward=1 --label a=b -e A=1 -e HOME "
			"--group-add wheel"));

	assert_int_equal(args.spec.volume_count, 2);
	assert_string_equal(args.spec.volumes[0].target, "/b");
	assert_true(args.spec.volumes[0].read_only);
	assert_string_equal(args.spec.volumes[1].source, "/c");
	assert_int_equal(args.spec.tmpfs_count, 1);
	assert_int_equal(args.spec.tmpfs[0].size_bytes, 1 << 20);
	assert_int_equal(args.spec.rlimit_count, 2);
	assert_int_equal(args.spec.rlimits[0].resource, RLIMIT_NOFILE);
	assert_true(args.spec.rlimits[1].hard == UINT64_MAX);
	assert_string_equal(args.spec.cap_add[0], "NET_ADMIN");
	assert_string_equal(args.spec.cap_drop[0], "ALL");
	assert_string_equal(args.spec.sysctls[0], "net.ipv4.ip_forward=1");
	assert_string_equal(args.spec.labels[0], "a=b");
	assert_string_equal(args.env[1], "HOME");
	assert_string_equal(args.spec.groups[0], "wheel");
}

TEST(understands_services)
{
	assert_ok(parse("--rootfs x --restart always --service web=\"httpd -h '/a b'\" "
			"--service log:on-failure:3=syslogd"));

	assert_int_equal(args.spec.restart->policy, NCRUN_RESTART_ALWAYS);
	assert_int_equal(args.spec.service_count, 2);
	assert_string_equal(args.spec.services[0].name, "web");
	assert_string_equal(args.spec.services[0].argv[2], "/a b");
	assert_int_equal(args.spec.services[0].restart.policy, NCRUN_RESTART_NO);
	assert_string_equal(args.spec.services[1].name, "log");
	assert_int_equal(args.spec.services[1].restart.policy, NCRUN_RESTART_ON_FAILURE);
	assert_int_equal(args.spec.services[1].restart.max_retries, 3);
}

TEST(understands_user_namespaces)
{
	assert_ok(parse("--rootfs x --userns host"));
	assert_int_equal(args.spec.userns, NCRUN_USERNS_HOST);
	assert_ok(parse("--rootfs x --userns 0:100000:1000,1000:1000:1"));
	assert_int_equal(args.spec.userns, NCRUN_USERNS_MAP);
	assert_int_equal(args.spec.id_map_count, 2);
	assert_int_equal(args.spec.id_maps[1].inside, 1000);
}

TEST(shifts_both_clocks_unless_told_otherwise)
{
	assert_ok(parse("--rootfs x --time-offset -30s"));
	assert_true(args.spec.time.enabled);
	assert_int_equal(args.spec.time.monotonic_ms, -30000);
	assert_int_equal(args.spec.time.boottime_ms, -30000);
	assert_ok(parse("--rootfs x --boottime-offset +1h --time-offset 2s"));
	assert_int_equal(args.spec.time.monotonic_ms, 2000);
	assert_int_equal(args.spec.time.boottime_ms, 3600000);
}

TEST(takes_the_pull_policy_from_the_environment)
{
	parse("");
	setenv("NCRUN_PULL", "always", 1);
	args.spec.rootfs = "x";
	assert_ok(node_check(&args, &err));
	assert_int_equal(args.spec.pull, NCRUN_PULL_ALWAYS);

	setenv("NCRUN_PULL", "often", 1);
	assert_fails(node_check(&args, &err), EINVAL);
	assert_string_equal(err.message, "NCRUN_PULL 'often': not one of missing, always, never");
}

TEST(refuses_bad_values_and_names_them)
{
	static const struct {
		const char *line;
		const char *message;
	} wrong[] = {
		{"", "--rootfs is missing (an image, a directory or 'host')"},
		{"--rootfs x -t --no-terminal", "--terminal contradicts --no-terminal"},
		{"--rootfs x --exit-file f -d", "--exit-file needs ncrun to stay"},
		{"--rootfs x --upper u --upper-size 1M", "--upper-size is for changes in memory"},
		{"--rootfs x --writable-root --upper u", "--writable-root has no overlay"},
		{"--rootfs x --writable-root --read-only",
		 "--writable-root contradicts --read-only"},
		{"--pull often", "--pull 'often': not one of missing, always, never"},
		{"--userns yes", "--userns 'yes': not auto, host or INSIDE:OUTSIDE:COUNT[,...]"},
		{"--userns 0:1", "--userns: "},
		{"--service x", "--service 'x': not NAME[:POLICY]=COMMAND"},
		{"--service =x", "--service '=x': not NAME[:POLICY]=COMMAND"},
		{"--service a:often=x", "--service: "},
		{"--service 'a=\"x'", "--service '\"x': a quote is not closed"},
		{"--service 'a= '", "--service: service 'a' has no command"},
		{"--env =1", "--env '=1': not NAME=VALUE or NAME"},
		{"--env-file /nowhere", "--env-file: "},
		{"--sysctl net.x", "--sysctl 'net.x': not NAME=VALUE"},
		{"--label =v", "--label '=v': not KEY=VALUE"},
		{"--volume /a", "--volume: "},
		{"--tmpfs t", "--tmpfs: "},
		{"--rlimit nofile", "--rlimit: "},
		{"--restart sometimes", "--restart: "},
		{"--umask 888", "--umask '888'"},
		{"--oom-score-adj 1001", "--oom-score-adj '1001'"},
		{"--time-offset soon", "--time-offset 'soon'"},
		{"--time-offset -53376d", "--time-offset '53376d': too large (at most 1281023h)"},
		{"--preserve-fd -1", "--preserve-fd '-1'"},
		{"--detach-keys maybe", "--detach-keys 'maybe': not one of yes, no"},
		{"--timeout 10y", "--timeout '10y'"},
		{"--upper-size 64Q", "--upper-size '64Q': not a size (try 64M)"},
		{"--stop-signal FOO", "--stop-signal: unknown signal 'FOO'"},
	};

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		assert_true(parse(wrong[i].line) < 0);
		if (strncmp(err.message, wrong[i].message, strlen(wrong[i].message)) != 0)
			fail_msg("%s: '%s'", wrong[i].line, err.message);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(fills_the_specification, forget),
		cmocka_unit_test_teardown(leaves_what_is_not_given_at_zero, forget),
		cmocka_unit_test_teardown(gathers_lists, forget),
		cmocka_unit_test_teardown(understands_services, forget),
		cmocka_unit_test_teardown(understands_user_namespaces, forget),
		cmocka_unit_test_teardown(shifts_both_clocks_unless_told_otherwise, forget),
		cmocka_unit_test_teardown(takes_the_pull_policy_from_the_environment, forget),
		cmocka_unit_test_teardown(refuses_bad_values_and_names_them, forget),
	};

	return cmocka_run_group_tests_name("cli/node_options", tests, NULL, NULL);
}
