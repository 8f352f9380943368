/* SPDX-License-Identifier: Apache-2.0 */

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/error.h"
#include "cli/commands.h"
#include "cli/json.h"
#include "cli/networks.h"
#include "cli/output.h"

struct up_args {
	const char *file;
	const char *name;
	bool dry_run;
	bool temporary;
	bool json;
	bool quiet;
};

/* What is told while the network is made, and by whom. */
struct up {
	struct problem_printer printer; /* first: it is what problem_print() gets */
	const struct up_args *args;
	struct json_object *steps; /* owned; NULL = text */
	struct text out;
	bool fresh; /* there was no such network */
	uint32_t nodes, switches, links;
};

static void up_done(struct up *up)
{
	json_free(up->steps);
	text_done(&up->out);
}

static const char *verb_word(enum ncrun_step_verb verb)
{
	static const char *const words[] = {
		[NCRUN_STEP_CREATE] = "create",
		[NCRUN_STEP_CHANGE] = "change",
		[NCRUN_STEP_DELETE] = "delete",
		[NCRUN_STEP_RUN] = "run",
	};

	return words[verb];
}

static void step_note(void *data, const struct ncrun_step *step)
{
	struct up *up = data;

	if (step->verb == NCRUN_STEP_CREATE) {
		up->fresh = up->fresh || text_equal(step->kind, "network");
		up->nodes += text_equal(step->kind, "node");
		up->switches += text_equal(step->kind, "switch");
		up->links += text_equal(step->kind, "link");
	}
	if (up->steps) {
		struct json_object *object = json_object_new_object();

		json_put_text(object, "verb", verb_word(step->verb));
		json_put_text(object, "kind", step->kind);
		json_put_text(object, "name", step->name);
		json_put_text(object, "detail", step->detail);
		json_put_number(object, "line", step->line);
		json_object_array_add(up->steps, object);
		return;
	}
	text_printf(&up->out, "%s %s", verb_word(step->verb), step->kind);
	if (step->name[0])
		text_printf(&up->out, " %s", step->name);
	if (step->detail[0])
		text_printf(&up->out, ": %s", step->detail);
	text_append_char(&up->out, '\n');
}

static void output_print(void *data, const char *node, const char *text, size_t length)
{
	const struct up *up = data;

	(void)node;
	/* Beside the steps as JSON, it would be in their way. */
	fwrite(text, 1, length, up->steps ? stderr : stdout);
}

static void up_show(struct up *up, const char *name)
{
	_cleanup_json_ struct json_object *object = NULL;
	const struct up_args *args = up->args;

	if (up->steps) {
		object = json_object_new_object();
		json_put_text(object, "network", name);
		json_put_flag(object, "dry_run", args->dry_run);
		json_object_object_add(object, "steps", take_ptr(up->steps));
		json_show(object);
		return;
	}
	if (args->quiet)
		return;
	if (args->dry_run || !up->fresh) {
		if (up->out.length == 0)
			text_append(&up->out, "nothing to change\n");
		text_print(&up->out);
		return;
	}
	up->out.length = 0;
	text_printf(&up->out, "network '%s' is up: ", name);
	print_count(&up->out, up->nodes, "node");
	text_append(&up->out, ", ");
	text_printf(&up->out, "%" PRIu32 " switch%s", up->switches, up->switches == 1 ? "" : "es");
	text_append(&up->out, ", ");
	print_count(&up->out, up->links, "link");
	text_append_char(&up->out, '\n');
	text_print(&up->out);
}

/* Until we are told to end, or somebody else has taken it down. */
static void stay(const struct cli *cli, const struct ncrun_network *network)
{
	struct ncrun_network *there = NULL;
	sigset_t ends;

	fflush(stdout);
	sigemptyset(&ends);
	sigaddset(&ends, SIGHUP);
	sigaddset(&ends, SIGINT);
	sigaddset(&ends, SIGTERM);
	sigprocmask(SIG_BLOCK, &ends, NULL);
	do {
		ncrun_network_unref(there);
		there = NULL;
		if (sigtimedwait(&ends, NULL, &(struct timespec){.tv_nsec = 500000000}) >= 0)
			return;
	} while (ncrun_network_open(&cli->context, ncrun_network_name(network), &there, NULL) !=
		 -ENOENT);
}

/* The network stays, whoever cannot be told of it. */
static int up_said(const char *name, struct ncrun_error *err)
{
	int r = output_flush();

	return r < 0 ? error_set(err, -r, "network '%s' is up, but that could not be written: %s",
				 name, strerror(-r))
		     : 0;
}

static int up_run(const struct cli *cli, void *data, struct ncrun_error *err)
{
	_cleanup_(ncrun_network_unrefp) struct ncrun_network *network = NULL;
	_cleanup_(ncrun_topology_unrefp) struct ncrun_topology *topology = NULL;
	const struct up_args *args = data;
	const char *name;
	_cleanup_(up_done) struct up up = {.printer = {.cli = cli}, .args = args};
	struct ncrun_up_options options = NCRUN_UP_OPTIONS_INIT;
	int r = topology_open(cli, args->file, &topology, err);

	if (r != 0)
		return r;
	if (args->json)
		up.steps = json_object_new_array();
	options.name = args->name;
	options.dry_run = args->dry_run;
	options.temporary = args->temporary;
	options.step = step_note;
	options.output = args->json ? output_print : NULL;
	options.tell = problem_print;
	options.data = &up;
	r = ncrun_network_up(&cli->context, topology, &options, &network, err);
	if (r < 0)
		return up.printer.count > 0 ? cli_status(r) : r;
	name = args->name ? args->name : ncrun_topology_name(topology);
	up_show(&up, name);
	if (args->dry_run)
		return 0;
	if (!ncrun_network_is_temporary(network))
		return up_said(name, err);
	stay(cli, network);
	return 0;
}

static const struct option options[] = {
	{
		.name = "name",
		.value = "NAME",
		.help = "name of the network",
		.fallback = "what the file says",
		OPTION_TEXT(struct up_args, name),
	},
	{
		.name = "dry-run",
		.letter = 'n',
		.help = "only tell what would be done",
		OPTION_FLAG(struct up_args, dry_run),
	},
	{
		.name = "temporary",
		.help = "stay until interrupted, and take it down then; or when ncrun is killed",
		.fallback = "what the file says: persistent",
		OPTION_FLAG(struct up_args, temporary),
	},
	{
		.name = "quiet",
		.letter = 'q',
		.help = "tell nothing but errors",
		OPTION_FLAG(struct up_args, quiet),
	},
	{
		.name = "json",
		.help = "what was done, as JSON",
		OPTION_FLAG(struct up_args, json),
	},
	{0},
};

static const struct argument arguments[] = {
	{
		.name = "FILE",
		.help = "topology: YAML or JSON (see ncrun-topology(5)), DOT, or containerlab's; "
			"'-' is standard input",
		.kind = ARGUMENT_ONE,
		.completes = COMPLETES_FILE,
		ARGUMENT_AT(struct up_args, file),
	},
	{0},
};

static const char *const description[] = {
	"Make the network that a file describes: its nodes, wired as it says, with addresses and "
	"routes where it does not give them. A network of that name that runs already is changed to "
	"what the file says: what differs, and nothing else. Nodes that have joined it by themselves "
	"(ncrun node --net) stay.",
	"When something cannot be done, all that was done before is undone.",
	NULL,
};

static const struct example examples[] = {
	{"ncrun up quorum.yaml", "bring it up"},
	{"ncrun up --dry-run quorum.yaml", "see what that would do"},
	{"ncrun exec quorum/a -- ip addr", "look around in a node of it"},
	{"ncrun down quorum", "and end it"},
	{0},
};

const struct command cmd_up = {
	.name = "up",
	.summary = "make a network from a file",
	.description = description,
	.options = options,
	.arguments = arguments,
	.examples = examples,
	.exits = cli_exits,
	.args_size = sizeof(struct up_args),
	.run = up_run,
};
