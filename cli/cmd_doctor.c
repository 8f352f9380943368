/* SPDX-License-Identifier: Apache-2.0 */

#include <string.h>
#include <unistd.h>

#include <ncrun/machine.h>

#include "cli/commands.h"
#include "cli/json.h"
#include "cli/output.h"

struct doctor_args {
	bool json;
};

/* For _cleanup_: the findings and how many they are. */
struct findings {
	struct ncrun_finding *items;
	size_t count;
};

static void findings_done(struct findings *findings)
{
	if (findings->items)
		ncrun_findings_free(findings->items, findings->count);
}

static const struct {
	const char *name;
	const char *mark;
	enum colour colour;
} states[] = {
	[NCRUN_FINDING_OK] = {"ok", "ok", COLOUR_GREEN},
	[NCRUN_FINDING_DEGRADED] = {"degraded", "less", COLOUR_YELLOW},
	[NCRUN_FINDING_MISSING] = {"missing", "no", COLOUR_YELLOW},
	[NCRUN_FINDING_FATAL] = {"fatal", "FATAL", COLOUR_RED},
};

static void show_finding(struct text *out, const struct ncrun_finding *finding, bool colour,
			 int width)
{
	const char *mark = states[finding->state].mark;

	text_append(out, "  ");
	print_coloured(out, colour, states[finding->state].colour, mark);
	text_printf(out, "%*s %-*s  ", (int)(5 - strlen(mark)), "", width, finding->item);
	text_append_escaped(out, finding->detail, strlen(finding->detail));
	text_append_char(out, '\n');
	if (finding->state == NCRUN_FINDING_OK)
		return;
	if (finding->cost && finding->cost[0])
		text_printf(out, "        costs: %s\n", finding->cost);
	if (finding->remedy && finding->remedy[0])
		text_printf(out, "        do:    %s\n", finding->remedy);
}

/* Findings come in the order of their areas. */
static void show_findings(struct text *out, const struct findings *findings)
{
	bool colour = colour_wanted(STDOUT_FILENO);
	const char *area = "";
	int width = 0;

	for (size_t i = 0; i < findings->count; i++)
		if ((int)strlen(findings->items[i].item) > width)
			width = (int)strlen(findings->items[i].item);
	for (size_t i = 0; i < findings->count; i++) {
		const struct ncrun_finding *finding = &findings->items[i];

		if (!text_equal(finding->area, area)) {
			text_append(out, area[0] ? "\n" : "");
			print_coloured(out, colour, COLOUR_BOLD, finding->area);
			text_append_char(out, '\n');
			area = finding->area;
		}
		show_finding(out, finding, colour, width);
	}
}

static void show_json(const struct findings *findings, bool usable)
{
	_cleanup_json_ struct json_object *object = json_object_new_object();
	struct json_object *array = json_object_new_array();

	for (size_t i = 0; i < findings->count; i++) {
		const struct ncrun_finding *finding = &findings->items[i];
		struct json_object *item = json_object_new_object();

		json_put_text(item, "area", finding->area);
		json_put_text(item, "item", finding->item);
		json_put_text(item, "state", states[finding->state].name);
		json_put_text(item, "detail", finding->detail);
		json_put_text(item, "cost", finding->cost);
		json_put_text(item, "remedy", finding->remedy);
		json_object_array_add(array, item);
	}
	json_put_text(object, "version", ncrun_version());
	json_put_flag(object, "nodes_can_start", usable);
	json_object_object_add(object, "findings", array);
	json_show(object);
}

static int doctor_run(const struct cli *cli __attribute__((unused)), void *data,
		      struct ncrun_error *err)
{
	_cleanup_(findings_done) struct findings findings = {0};
	const struct doctor_args *args = data;
	_cleanup_text_ struct text out = {0};
	size_t counts[sizeof(states) / sizeof(states[0])] = {0};
	bool usable;
	int r;

	r = ncrun_machine_examine(&findings.items, &findings.count, err);
	if (r < 0)
		return r;
	for (size_t i = 0; i < findings.count; i++)
		counts[findings.items[i].state]++;
	usable = counts[NCRUN_FINDING_FATAL] == 0;
	if (args->json) {
		show_json(&findings, usable);
		return usable ? 0 : CLI_FAILED;
	}
	show_findings(&out, &findings);
	text_printf(&out, "\n%s: %zu in order, %zu with less, %zu missing",
		    usable ? "nodes can start here" : "no node can start here",
		    counts[NCRUN_FINDING_OK], counts[NCRUN_FINDING_DEGRADED],
		    counts[NCRUN_FINDING_MISSING]);
	if (!usable)
		text_printf(&out, ", %zu fatal", counts[NCRUN_FINDING_FATAL]);
	text_append_char(&out, '\n');
	text_print(&out);
	return usable ? 0 : CLI_FAILED;
}

static const struct option options[] = {
	{
		.name = "json",
		.help = "all findings, as JSON",
		OPTION_FLAG(struct doctor_args, json),
	},
	{0},
};

static const char *const description[] = {
	"Tell what this kernel and machine offer, what is missing, what that costs, and how to get "
	"it. Nothing is changed.",
	NULL,
};

static const struct exit_status exits[] = {
	{"0", "nodes can start here"},
	{"1", "no node can start here, or the machine could not be examined"},
	{"2", "misuse: an unknown option"},
	{0},
};

const struct command cmd_doctor = {
	.name = "doctor",
	.summary = "tell what this machine offers, and what it lacks",
	.description = description,
	.options = options,
	.exits = exits,
	.args_size = sizeof(struct doctor_args),
	.run = doctor_run,
};
