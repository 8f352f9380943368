/* SPDX-License-Identifier: Apache-2.0 */

#include "cli/node_options.h"

#include <errno.h>
#include <stdlib.h>

#include "base/error.h"
#include "base/text.h"
#include "cli/node_values.h"

static const char *const pull_choices[] = {"missing", "always", "never", NULL};
static const char *const userns_choices[] = {"auto", "host", NULL};
static const char *const seccomp_choices[] = {"default", "unconfined", "log", NULL};
static const char *const restart_choices[] = {"no", "on-failure", "always", NULL};
static const char *const yes_no_choices[] = {"yes", "no", NULL};

const struct option node_options[] = {
	/* ---- the node ------------------------------------------------------------ */
	{.heading = "The node",
	 .name = "rootfs",
	 .value = "IMAGE|DIR|host",
	 .help = "root file system: an image of the store, a directory (with a '/'), or 'host' "
		 "for this machine's own root without what is private in it (home, root, srv, tmp, "
		 "keys and the like); required",
	 .completes = COMPLETES_ROOTFS,
	 OPTION_TEXT(struct node_args, spec.rootfs)},
	{.name = "name",
	 .value = "NAME",
	 .help = "name of the node",
	 .fallback = "one is made up",
	 OPTION_TEXT(struct node_args, spec.name)},
	{.name = "network",
	 .value = "NAME",
	 .help = "network that the node belongs to",
	 .fallback = "default",
	 OPTION_TEXT(struct node_args, spec.network)},
	{.name = "hostname",
	 .value = "NAME",
	 .help = "host name inside",
	 .fallback = "the node's name",
	 OPTION_TEXT(struct node_args, spec.hostname)},
	{.name = "add-host",
	 .value = "NAME:IP",
	 .help = "a line of /etc/hosts, which names localhost and the node itself, and is read-only",
	 OPTION_LIST(struct node_args, hosts)},
	{.name = "dns",
	 .value = "ADDRESS",
	 .help = "a name server for /etc/resolv.conf; up to three",
	 .fallback = "what the root file system's own says",
	 OPTION_LIST(struct node_args, dns)},
	{.name = "label",
	 .value = "KEY=VALUE",
	 .help = "a note that inspect shows",
	 .repeatable = true,
	 OPTION_CALL(node_add_label)},
	{.name = "detach",
	 .letter = 'd',
	 .help = "return when the node runs, and print its name; its output goes to its log",
	 OPTION_FLAG(struct node_args, spec.detach)},
	{.name = "keep",
	 .help = "let the node live on when ncrun is killed",
	 OPTION_FLAG(struct node_args, spec.keep)},
	{.name = "rm",
	 .help = "forget a detached node when it has ended (others always are), at the "
		 "next list or clean",
	 OPTION_FLAG(struct node_args, spec.auto_remove)},
	{.name = "pull",
	 .value = "WHEN",
	 .help = "fetch the image: missing, always or never",
	 .fallback = "$NCRUN_PULL, missing",
	 .choices = pull_choices,
	 .completes = COMPLETES_CHOICE,
	 OPTION_CALL(node_set_pull)},
	{.name = "mirror",
	 .value = "URL",
	 .help = "Alpine mirror to fetch from",
	 .fallback = "$NCRUN_ALPINE_MIRROR or Alpine's own",
	 OPTION_TEXT(struct node_args, spec.mirror)},
	{.name = "timeout",
	 .value = "TIME",
	 .help = "end the node after so long (10s, 500ms, 2m): first the stop signal, then KILL; exit 124",
	 OPTION_DURATION(struct node_args, spec.timeout_ms)},
	{.name = "stop-signal",
	 .value = "SIGNAL",
	 .help = "what asks the command to end",
	 .fallback = "the image's, TERM",
	 OPTION_SIGNAL(struct node_args, spec.stop_signal)},
	{.name = "stop-grace",
	 .value = "TIME",
	 .help = "from the stop signal to KILL; 0 kills at once",
	 .fallback = "2s",
	 OPTION_CALL(node_set_stop_grace)},
	{.name = "restart",
	 .value = "POLICY",
	 .help = "start the command again when it ends: no, on-failure[:TIMES], always",
	 .fallback = "no",
	 .choices = restart_choices,
	 .completes = COMPLETES_CHOICE,
	 OPTION_CALL(node_set_restart)},
	{.name = "service",
	 .value = "NAME[:POLICY]=COMMAND",
	 .help = "a further command that runs beside the main one; words may be quoted, but no "
		 "shell reads them",
	 .repeatable = true,
	 OPTION_CALL(node_add_service)},
	{.name = "idle",
	 .help = "run no command: the node is there until it is stopped, with what services it has",
	 OPTION_FLAG(struct node_args, spec.idle)},
	{.name = "exit-file",
	 .value = "FILE",
	 .help = "write there as JSON how it ended, even if it never started",
	 .completes = COMPLETES_FILE,
	 OPTION_TEXT(struct node_args, exit_file)},
	{.name = "log-max",
	 .value = "SIZE",
	 .help = "size of a detached node's log; two files of it are kept",
	 .fallback = "1M",
	 OPTION_SIZE(struct node_args, spec.log_max_bytes)},

	/* ---- network ------------------------------------------------------------- */
	{.heading = "Network",
	 .name = "net",
	 .value = "NETWORK/SWITCH[:ADDRESS]",
	 .help = "join a running network: a link to that switch (or node), with routes and names as "
		 "if it stood in the network's file",
	 .fallback = "a network of its own, with nothing in it",
	 OPTION_TEXT(struct node_args, wiring.net)},
	{.name = "uplink",
	 .help = "a way out, by translation, to all that this machine reaches; its own addresses "
		 "excepted",
	 OPTION_FLAG(struct node_args, wiring.uplink)},
	{.name = "publish",
	 .letter = 'p',
	 .value = "[ADDRESS:]PORT:PORT[/udp]",
	 .help = "a port of this machine that leads to one of the node's; a range too",
	 OPTION_LIST(struct node_args, ports)},

	/* ---- terminal -------------------------------------------------------------- */
	{.heading = "Terminal",
	 .name = "terminal",
	 .letter = 't',
	 .help = "give the node a terminal of its own",
	 .fallback = "if standard input and output are terminals",
	 OPTION_FLAG(struct node_args, terminal)},
	{.name = "no-terminal",
	 .help = "pass standard input, output and error on as they are",
	 OPTION_FLAG(struct node_args, no_terminal)},
	{.name = "interactive",
	 .letter = 'i',
	 .help = "accepted for compatibility: input is always passed on",
	 OPTION_FLAG(struct node_args, interactive)},
	{.name = "detach-keys",
	 .value = "yes|no",
	 .help = "leave the node alone on ^P^Q",
	 .fallback = "yes",
	 OPTION_CHOICE(struct node_args, detach_keys, yes_no_choices)},

	/* ---- files ------------------------------------------------------------------ */
	{.heading = "Files",
	 .name = "volume",
	 .letter = 'v',
	 .value = "SOURCE:TARGET[:OPTION,...]",
	 .help = "show a file or directory of this machine in the node; options: ro, rw, rbind, "
		 "noexec, idmap (files of the node's root are root's here, setuid ones too: only "
		 "for directories that nobody else reaches), private, rprivate, slave, rslave, "
		 "shared, rshared",
	 .completes = COMPLETES_FILE,
	 .repeatable = true,
	 OPTION_CALL(node_add_volume)},
	{.name = "tmpfs",
	 .value = "TARGET[:OPTION,...]",
	 .help = "an empty file system in memory; options: size=64M, mode=1777, noexec",
	 .repeatable = true,
	 OPTION_CALL(node_add_tmpfs)},
	{.name = "upper",
	 .value = "DIR",
	 .help = "keep the node's changes in this directory, which is made if it is missing",
	 .fallback = "they are lost with the node",
	 .completes = COMPLETES_DIRECTORY,
	 OPTION_TEXT(struct node_args, spec.upper)},
	{.name = "upper-size",
	 .value = "SIZE",
	 .help = "limit of changes that are kept in memory",
	 .fallback = "half the memory",
	 OPTION_SIZE(struct node_args, spec.upper_size_bytes)},
	{.name = "read-only",
	 .help = "root file system read-only",
	 OPTION_FLAG(struct node_args, spec.read_only)},
	{.name = "writable-root",
	 .help = "use the directory of --rootfs itself, without an overlay: changes stay in it",
	 OPTION_FLAG(struct node_args, spec.writable_root)},

	/* ---- process ----------------------------------------------------------------- */
	{.heading = "Process",
	 .name = "env",
	 .letter = 'e',
	 .value = "NAME[=VALUE]",
	 .help = "a variable of the environment; without a value: ncrun's own",
	 .repeatable = true,
	 OPTION_CALL(node_add_env)},
	{.name = "env-file",
	 .value = "FILE",
	 .help = "such variables, one a line, up to 4,096 in 1 MiB; # begins a comment line",
	 .completes = COMPLETES_FILE,
	 .repeatable = true,
	 OPTION_CALL(node_add_env_file)},
	{.name = "workdir",
	 .letter = 'w',
	 .value = "DIR",
	 .help = "working directory inside",
	 .fallback = "the image's, /",
	 OPTION_TEXT(struct node_args, spec.workdir)},
	{.name = "user",
	 .letter = 'u',
	 .value = "USER[:GROUP]",
	 .help = "names or numbers, looked up inside the node",
	 .fallback = "the image's, root",
	 OPTION_TEXT(struct node_args, spec.user)},
	{.name = "group-add",
	 .value = "GROUP",
	 .help = "a further group, name or number",
	 OPTION_LIST(struct node_args, groups)},
	{.name = "umask",
	 .value = "MASK",
	 .help = "file mode mask, octal",
	 .fallback = "0022",
	 OPTION_CALL(node_set_umask)},
	{.name = "rlimit",
	 .value = "NAME=SOFT[:HARD]",
	 .help = "resource limit, e.g. nofile=1024:4096 or core=unlimited",
	 .repeatable = true,
	 OPTION_CALL(node_add_rlimit)},
	{.name = "oom-score-adj",
	 .value = "NUMBER",
	 .help = "-1000 .. 1000: how readily the kernel kills it when memory is short",
	 OPTION_CALL(node_set_oom_score)},
	{.name = "preserve-fd",
	 .value = "N",
	 .help = "descriptors 3 .. 2+N stay open in the command",
	 .fallback = "0",
	 OPTION_U32(struct node_args, spec.preserve_fds, 0, 1000)},
	{.name = "no-aslr",
	 .help = "no random addresses, for debugging",
	 OPTION_FLAG(struct node_args, spec.no_aslr)},

	/* ---- kernel -------------------------------------------------------------------- */
	{.heading = "Kernel",
	 .name = "sysctl",
	 .value = "NAME=VALUE",
	 .help = "a kernel setting of the node's own namespaces, e.g. net.ipv4.ip_forward=1",
	 .repeatable = true,
	 OPTION_CALL(node_add_sysctl)},
	{.name = "time-offset",
	 .value = "TIME",
	 .help = "shift the node's monotonic clock (1h, -30s), and its boot-time clock",
	 OPTION_CALL(node_set_time_offset)},
	{.name = "boottime-offset",
	 .value = "TIME",
	 .help = "shift the boot-time clock alone",
	 .fallback = "as --time-offset",
	 OPTION_CALL(node_set_boottime_offset)},

	/* ---- security ------------------------------------------------------------------ */
	{.heading = "Security",
	 .name = "userns",
	 .value = "auto|host|MAP",
	 .help = "user namespace: auto has 65,536 ids of the node's own, host has none (root "
		 "inside is root outside), MAP is INSIDE:OUTSIDE:COUNT[,...]",
	 .fallback = "auto",
	 .choices = userns_choices,
	 .completes = COMPLETES_CHOICE,
	 OPTION_CALL(node_set_userns)},
	{.name = "cap-add",
	 .value = "CAPABILITY",
	 .help = "e.g. NET_ADMIN, or ALL",
	 OPTION_LIST(struct node_args, cap_add)},
	{.name = "cap-drop",
	 .value = "CAPABILITY",
	 .help = "take one away, or ALL",
	 OPTION_LIST(struct node_args, cap_drop)},
	{.name = "seccomp",
	 .value = "PROFILE",
	 .help = "default, unconfined, log (report what default would refuse), or a file in "
		 "Docker's JSON format",
	 .fallback = "default",
	 .choices = seccomp_choices,
	 .completes = COMPLETES_FILE,
	 OPTION_TEXT(struct node_args, spec.seccomp)},
	{.name = "all-architectures",
	 .help = "let programs run for the other architectures that the profile names: 32-bit ones on "
		 "a 64-bit machine",
	 OPTION_FLAG(struct node_args, spec.all_architectures)},
	{.name = "new-privileges",
	 .help = "let setuid programs work: leaves no_new_privs off",
	 OPTION_FLAG(struct node_args, spec.new_privileges)},
	{.name = "privileged",
	 .help = "all capabilities inside the node, no seccomp filter, no masked paths: such a node "
		 "is hardly confined",
	 OPTION_FLAG(struct node_args, spec.privileged)},
	{0},
};

static int check_contradictions(const struct node_args *args, struct ncrun_error *err)
{
	const struct ncrun_container_spec *spec = &args->spec;
	const struct {
		bool bad;
		const char *message;
	} rules[] = {
		{!spec->rootfs, "--rootfs is missing (an image, a directory or 'host')"},
		{args->terminal && args->no_terminal, "--terminal contradicts --no-terminal"},
		{spec->idle && args->command && args->command[0],
		 "--idle runs no command: not with one"},
		{spec->idle && args->terminal, "--idle runs no command: not with --terminal"},
		{args->wiring.net && spec->network,
		 "--net says which network it is: not with --network"},
		{args->exit_file && spec->detach,
		 "--exit-file needs ncrun to stay: not with --detach (see: ncrun wait --json)"},
		{spec->upper && spec->upper_size_bytes > 0,
		 "--upper-size is for changes in memory: not with --upper"},
		{spec->writable_root && spec->upper,
		 "--writable-root has no overlay: not with --upper"},
		{spec->writable_root && spec->read_only, "--writable-root contradicts --read-only"},
	};

	for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++)
		if (rules[i].bad)
			return error_set(err, EINVAL, "%s", rules[i].message);
	return 0;
}

int node_check(void *data, struct ncrun_error *err)
{
	struct node_args *args = data;
	struct ncrun_container_spec *spec = &args->spec;
	const char *pull = getenv("NCRUN_PULL");
	int r;

	r = check_contradictions(args, err);
	if (r == 0 && !args->pull_given && pull && pull[0])
		r = pull_policy_parse("NCRUN_PULL", pull, &spec->pull, err);
	if (r < 0)
		return r;

	spec->size = sizeof(*spec);
	spec->argv = args->command;
	spec->groups = (const char *const *)args->groups;
	spec->cap_add = (const char *const *)args->cap_add;
	spec->cap_drop = (const char *const *)args->cap_drop;
	spec->sysctls = (const char *const *)args->sysctls;
	spec->hosts = (const char *const *)args->hosts;
	spec->dns = (const char *const *)args->dns;
	spec->labels = (const char *const *)args->labels;
	args->wiring.size = sizeof(args->wiring);
	args->wiring.ports = (const char *const *)args->ports;
	spec->volumes = args->volumes;
	spec->tmpfs = args->tmpfs;
	spec->id_maps = args->id_maps;
	spec->rlimits = args->rlimits;
	spec->services = args->services;
	if (!ncrun_limits_are_empty(&args->limits) || args->limits.device_count > 0)
		spec->limits = &args->limits;
	if (spec->time.enabled && !args->boottime_given)
		spec->time.boottime_ms = spec->time.monotonic_ms;
	return 0;
}

void node_release(void *data)
{
	struct node_args *args = data;

	for (size_t i = 0; i < args->spec.service_count; i++)
		strings_free(args->service_words[i]);
	free(args->service_words);
	free(args->services);
	free(args->volumes);
	free(args->tmpfs);
	free(args->id_maps);
	free(args->rlimits);
	strings_free(args->env);
	strings_free(args->sysctls);
	strings_free(args->labels);
	strings_free(args->kept);
}
