/* SPDX-License-Identifier: Apache-2.0 */

#include <errno.h>
#include <linux/capability.h>
#include <stdio.h>
#include <string.h>

#include <ncrun/container.h>

#include "base/error.h"
#include "base/text.h"
#include "cli/commands.h"
#include "cli/environment.h"
#include "cli/foreground.h"
#include "cli/node_options.h"
#include "cli/output.h"

/* As `ncrun node` ends, when a node never ran. */
static void describe_failure(int r, const struct ncrun_error *err, const char *step,
			     struct ncrun_exit *ret)
{
	*ret = (struct ncrun_exit){
		.cause = NCRUN_CAUSE_FAILED_STEP,
		.code = r == -ENOEXEC ? CLI_NOT_EXEC
			: r == -ESRCH ? CLI_NOT_FOUND
				      : CLI_NOT_RUN,
		.error_code = err->code,
	};
	snprintf(ret->step, sizeof(ret->step), "%s", *step ? step : "specification");
	snprintf(ret->message, sizeof(ret->message), "%.*s", (int)sizeof(ret->message) - 1,
		 err->message);
}

static int choose_streams(struct node_args *args, struct ncrun_error *err)
{
	struct ncrun_container_spec *spec = &args->spec;
	int r;

	if (spec->detach) {
		spec->stdio = args->terminal ? NCRUN_STDIO_TERMINAL : NCRUN_STDIO_LOG;
	} else if (!spec->idle && terminal_wanted(args->terminal, args->no_terminal)) {
		spec->stdio = NCRUN_STDIO_TERMINAL;
		terminal_size(&spec->terminal_rows, &spec->terminal_columns);
	}
	r = environment_pass_sockets(&args->env, &spec->preserve_fds, err);
	if (r < 0)
		return r;

	spec->env = (const char *const *)args->env;
	return 0;
}

/* What takes the walls down says so. */
static void warn(const struct ncrun_container_spec *spec)
{
	uint64_t capabilities = 0;

	if (spec->privileged)
		notice_print(NULL, "--privileged: all capabilities inside, no seccomp filter, "
				   "no masked paths; this node is hardly confined");
	if (spec->userns == NCRUN_USERNS_HOST)
		notice_print(NULL, "--userns host: no user namespace; "
				   "root inside is root outside");
	if (spec->userns == NCRUN_USERNS_HOST &&
	    ncrun_capabilities_resolve(spec->privileged, spec->cap_add, spec->cap_drop,
				       &capabilities, NULL) == 0 &&
	    capabilities >> CAP_NET_ADMIN & 1)
		notice_print(NULL,
			     "--userns host with NET_ADMIN: by its links, the node configures "
			     "this machine's network, too");
}

static int print_name(struct ncrun_container *container, struct ncrun_error *err)
{
	const char *network, *name;
	int r;

	ncrun_container_names(container, &network, &name);
	if (!text_equal(network, "default"))
		printf("%s/", network);
	printf("%s\n", name);
	r = output_flush();
	return r < 0 ? error_set(err, -r, "say the node's name: %s", strerror(-r)) : 0;
}

/* Stay until it ends, and leave nothing of it. */
static int stay(const struct cli *cli, const struct node_args *args,
		struct ncrun_container *container, struct ncrun_exit *ret)
{
	struct ncrun_error err = {0};
	bool detached = false;
	int r;

	r = ncrun_container_run(container, args->detach_keys == 0, &detached, ret, &err);
	if (r < 0) {
		describe_failure(-EIO, &err, "relay", ret);
		return report_not_run(cli->command->name, &err);
	}
	if (detached) {
		notice_print(NULL, "the node runs on (see: ncrun attach)");
		return 0;
	}
	/* others forget themselves */
	if (args->spec.keep && !args->spec.auto_remove &&
	    ncrun_container_remove(container, false, &err) < 0)
		complain(cli->command->name, "%s", err.message);
	return report_end(cli->command->name, ret);
}

static bool is_wired(const struct node_args *args)
{
	return args->wiring.net || args->wiring.uplink || args->ports;
}

static int node_start(const struct cli *cli, const struct node_args *args,
		      struct ncrun_container **ret, struct ncrun_error *err)
{
	/* Only the full program wires: what starts a node quickly knows no networks. */
	if (is_wired(args))
		return ncrun_node_start(&cli->context, &args->spec, &args->wiring, ret, err);
	return ncrun_container_start(&cli->context, &args->spec, ret, err);
}

/* It is gone or is to go, and with it what it was wired by. */
static void leave(const struct cli *cli, const struct node_args *args, bool force,
		  struct ncrun_container **container)
{
	char network[NCRUN_NAME_MAX + 1], name[NCRUN_NAME_MAX + 1];
	const char *network_name, *node_name;
	struct ncrun_error err = {0};
	int r = ncrun_container_remove(*container, force, &err);

	if (r < 0)
		complain(cli->command->name, "%s (see: ncrun clean)", err.message);
	ncrun_container_names(*container, &network_name, &node_name);
	snprintf(network, sizeof(network), "%s", network_name);
	snprintf(name, sizeof(name), "%s", node_name);
	*container = ncrun_container_unref(*container);
	r = is_wired(args) ? ncrun_node_leave(&cli->context, network, name, &err) : 0;
	if (r < 0) /* what fails for once gets a second chance: nobody else will do it */
		r = ncrun_node_leave(&cli->context, network, name, &err);
	if (r < 0)
		complain(cli->command->name, "%s (see: ncrun clean)", err.message);
}

static int stay_wired(const struct cli *cli, const struct node_args *args,
		      struct ncrun_container **container, struct ncrun_exit *ret)
{
	int status = stay(cli, args, *container, ret);

	if (ret->cause != NCRUN_CAUSE_NONE) /* else it runs on */
		/* one that had ended before we stayed with it has not been forgotten */
		leave(cli, args, false, container);
	return status;
}

/* A node whose name nobody was told would run for ever. */
static int detach(const struct cli *cli, const struct node_args *args,
		  struct ncrun_container **container, struct ncrun_error *err)
{
	int r = print_name(*container, err);

	if (r < 0)
		leave(cli, args, true, container);
	return r;
}

static int node_run(const struct cli *cli, void *data, struct ncrun_error *err)
{
	_cleanup_container_ struct ncrun_container *container = NULL;
	_cleanup_exit_file_ struct exit_file exit_file = {0};
	struct node_args *args = data;
	struct ncrun_exit end = {0};
	char failed_step[NCRUN_STEP_MAX] = "";
	int r, status;

	if (args->exit_file) {
		r = exit_file_open(args->exit_file, &exit_file, err);
		if (r < 0)
			return report_not_run(cli->command->name, err);
	}
	r = choose_streams(args, err);
	if (r < 0)
		return r;
	if (!args->spec.detach && !args->spec.keep)
		args->spec.auto_remove = true;

	args->spec.ret_failed_step = failed_step;
	args->spec.hold_signals = !args->spec.detach;
	r = node_start(cli, args, &container, err);
	if (r < 0) {
		struct ncrun_error ignored;

		describe_failure(r, err, failed_step, &end);
		if (args->exit_file)
			exit_file_write(&exit_file, &end, &ignored);
		return r;
	}
	/* not earlier: the quick program may have become the full one on the way */
	warn(&args->spec);
	if (args->spec.detach)
		return detach(cli, args, &container, err);

	status = is_wired(args) ? stay_wired(cli, args, &container, &end)
				: stay(cli, args, container, &end);
	if (args->exit_file && end.cause != NCRUN_CAUSE_NONE &&
	    exit_file_write(&exit_file, &end, err) < 0)
		return report_not_run(cli->command->name, err);
	return status;
}

static const struct argument arguments[] = {
	{
		.name = "COMMAND",
		.help = "what to run; without it, what the image says",
		.kind = ARGUMENT_COMMAND,
		ARGUMENTS_AT(struct node_args, command),
	},
	{0},
};

static const char *const description[] = {
	"Make a node and run a command in it. The node has namespaces of its own for users, "
	"processes, mounts, network, IPC, host name and cgroups, a root file system under a private "
	"overlay, only the capabilities that a service needs, and a seccomp filter. Process 1 is a "
	"small init that reaps orphans and runs services.",
	"In the foreground, signals that ncrun gets are passed on, and the node is gone when its "
	"command ends, or when ncrun is killed. With a terminal, ^P^Q leaves the node alone.",
	"What follows the first word of COMMAND belongs to it, options too.",
	NULL,
};

static const struct example examples[] = {
	{"ncrun node --rootfs alpine -- sh", "a shell in a fresh Alpine"},
	{"ncrun node --rootfs alpine --detach --name web -v ./site:/site:ro -- httpd -f -h /site",
	 "a web server in the background"},
	{"ncrun node --rootfs alpine --detach --publish 8080:80 --uplink -- httpd -f",
	 "one that is reached at this machine's port 8080, and reaches the world"},
	{"ncrun node --rootfs alpine --net lab/lan -- sh", "a shell in a network that is up"},
	{"ncrun node --rootfs host -v .:/src:idmap -w /src --timeout 10m -- make",
	 "this machine's own programs, confined"},
	{"ncrun node --rootfs ./root --service 'log:always=syslogd -n' -- /sbin/app",
	 "two programs, one of which is started again when it ends"},
	{0},
};

const struct command cmd_node = {
	.name = "node",
	.summary = "make a node and run a command in it",
	.description = description,
	.options = node_options,
	LIMITS_AT(struct node_args, limits),
	.arguments = arguments,
	.examples = examples,
	.exits = cli_program_exits,
	.args_size = sizeof(struct node_args),
	.check = node_check,
	.run = node_run,
	.release = node_release,
	.runs_program = true,
};
