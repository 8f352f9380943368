/* SPDX-License-Identifier: Apache-2.0 */

/* partition and heal */

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "base/error.h"
#include "cli/commands.h"
#include "cli/json.h"
#include "cli/network_target.h"
#include "cli/output.h"

struct partition_args {
	bool json;
	const char *network;
	const char *const *words;
};

/* ---- groups ----------------------------------------------------------------------------- */

/** struct groups - lists of names; @current is being filled */
struct groups {
	char ***lists; /* owned, NULL-terminated */
	size_t count;
	char **current; /* owned */
};

static void groups_done(struct groups *groups)
{
	for (size_t i = 0; i < groups->count; i++)
		strings_free(groups->lists[i]);
	free(groups->lists);
	strings_free(groups->current);
}

static int groups_end(struct groups *groups, struct ncrun_error *err)
{
	char ***lists;

	if (!groups->current)
		return error_set(err, EINVAL, "an empty group (try a,b / c,d)");
	lists = reallocarray(groups->lists, groups->count + 2, sizeof(*lists));
	if (!lists)
		return error_errno(err, "make room for a group");
	groups->lists = lists;
	lists[groups->count++] = take_ptr(groups->current);
	lists[groups->count] = NULL;
	return 0;
}

static int groups_name(struct groups *groups, const char *name, size_t length,
		       struct ncrun_error *err)
{
	_cleanup_free_ char *copy = strndup(name, length);

	if (!copy || strings_append(&groups->current, copy) < 0)
		return error_set(err, ENOMEM, "make room for a group");
	return 0;
}

/** "a,b", "/", "c" */
static int groups_parse(const char *const *words, struct groups *groups, struct ncrun_error *err)
{
	int r = 0;

	for (; r == 0 && *words; words++)
		for (const char *at = *words; r == 0 && *at;) {
			size_t length = strcspn(at, ", /");

			if (length > 0)
				r = groups_name(groups, at, length, err);
			at += length;
			if (r == 0 && *at == '/')
				r = groups_end(groups, err);
			at += *at != '\0';
		}
	return r < 0 ? r : groups_end(groups, err);
}

/* ---- what is in force ------------------------------------------------------------------- */

static int partition_show(struct ncrun_network *network, bool json, struct ncrun_error *err)
{
	_cleanup_json_ struct json_object *object = NULL;
	_cleanup_free_ char **groups = NULL;
	_cleanup_text_ struct text out = {0};
	uint64_t packets = 0;
	int r = ncrun_network_groups(network, &groups, &packets, err);

	if (r < 0)
		return r;
	if (json) {
		object = json_from_groups(groups, packets);
		json_show(object);
	} else {
		print_groups(&out, groups, packets);
		text_append_char(&out, '\n');
		text_print(&out);
	}
	return 0;
}

static int partition_run(const struct cli *cli, void *data, struct ncrun_error *err)
{
	_cleanup_network_target_ struct network_target target = {.network = NULL};
	_cleanup_(groups_done) struct groups groups = {.count = 0};
	const struct partition_args *args = data;
	bool cuts = args->words && args->words[0];
	int r = cuts ? groups_parse(args->words, &groups, err) : 0;

	if (r == 0)
		r = network_target_open(cli, args->network, false, &target, err);
	if (r == 0 && cuts)
		r = ncrun_network_partition(target.network,
					    (const char *const *const *)groups.lists, err);
	if (r == 0 && (!cuts || args->json))
		r = partition_show(target.network, args->json, err);
	return r;
}

static const struct option options[] = {
	{
		.name = "json",
		.help = "the groups, and how many packets were dropped, as JSON",
		OPTION_FLAG(struct partition_args, json),
	},
	{0},
};

static const struct argument arguments[] = {
	{
		.name = "NETWORK",
		.help = "name of a network",
		.kind = ARGUMENT_ONE,
		.completes = COMPLETES_NETWORK,
		ARGUMENT_AT(struct partition_args, network),
	},
	{
		.name = "NODE",
		.help = "names, with commas or blanks between them; a / begins the next group",
		.kind = ARGUMENT_ANY,
		.completes = COMPLETES_PEER,
		ARGUMENTS_AT(struct partition_args, words),
	},
	{0},
};

static const char *const description[] = {
	"Cut a network into groups of nodes that do not reach each other, until it is healed or cut in "
	"another way. Nodes that are in no group reach all; one group alone is cut off from all others. "
	"Without groups, tell which are in force.",
	"The nodes themselves drop what comes from and goes to any address of a node in another group, so "
	"it does not matter which way packets take, and connections that there are stand still, too. TCP "
	"hears nothing of it; who sends single packets to the other side, as ping does, is told that it is "
	"not permitted (EPERM).",
	NULL,
};

static const struct example examples[] = {
	{"ncrun partition quorum a,b / c,d,e", "two against three"},
	{"ncrun partition quorum leader", "one against all"},
	{"ncrun partition --json quorum | jq .packets", "how many packets it cost so far"},
	{0},
};

const struct command cmd_partition = {
	.name = "partition",
	.summary = "cut a network into groups",
	.description = description,
	.options = options,
	.arguments = arguments,
	.examples = examples,
	.exits = cli_exits,
	.args_size = sizeof(struct partition_args),
	.run = partition_run,
};

/* ---- heal ------------------------------------------------------------------------------- */

struct heal_args {
	bool json;
	const char *network;
};

static int heal_run(const struct cli *cli, void *data, struct ncrun_error *err)
{
	_cleanup_network_target_ struct network_target target = {.network = NULL};
	_cleanup_text_ struct text out = {0};
	const struct heal_args *args = data;
	uint64_t packets = 0;
	int r = network_target_open(cli, args->network, false, &target, err);

	if (r == 0)
		r = ncrun_network_heal(target.network, &packets, err);
	if (r < 0)
		return r;
	if (args->json) {
		_cleanup_json_ struct json_object *object = json_object_new_object();

		json_put_number(object, "packets", (int64_t)packets);
		json_show(object);
		return 0;
	}
	print_count(&out, packets, "packet");
	text_append(&out, " dropped\n");
	text_print(&out);
	return 0;
}

static const struct option heal_options[] = {
	{
		.name = "json",
		.help = "how many packets were dropped, as JSON",
		OPTION_FLAG(struct heal_args, json),
	},
	{0},
};

static const struct argument heal_arguments[] = {
	{
		.name = "NETWORK",
		.help = "name of a network",
		.kind = ARGUMENT_ONE,
		.completes = COMPLETES_NETWORK,
		ARGUMENT_AT(struct heal_args, network),
	},
	{0},
};

static const char *const heal_description[] = {
	"End a partition: all nodes reach each other again. Tells how many packets were dropped in the "
	"meantime.",
	NULL,
};

const struct command cmd_heal = {
	.name = "heal",
	.summary = "end a partition",
	.description = heal_description,
	.options = heal_options,
	.arguments = heal_arguments,
	.exits = cli_exits,
	.args_size = sizeof(struct heal_args),
	.run = heal_run,
};
