/* SPDX-License-Identifier: Apache-2.0 */

#include "tests/support/topology_text.h"

#include <string.h>

#include "tests/support/test.h"

static void tell(void *data, const struct ncrun_problem *problem)
{
	text_printf(data, "%s:%u:%u: %s\n", problem->source, problem->line, problem->column,
		    problem->text);
}

static struct ncrun_topology *text_read(const char *text, char **ret_mistakes)
{
	_cleanup_problems_ struct problems problems = {0};
	struct ncrun_topology *topology = NULL;
	struct ncrun_error err = {0};
	struct text told = {0};

	assert_ok(topology_read(&(struct topology_text){"f", text, strlen(text),
							TOPOLOGY_FORMAT_OURS},
				&topology, &problems, &err));
	topology_check(topology, &problems);
	problems_tell(&problems, "f", tell, &told, &err);
	assert_false(problems.failed);
	text_append(&told, "");
	*ret_mistakes = text_take(&told);
	return topology;
}

struct ncrun_topology *topology_of(const char *text)
{
	_cleanup_free_ char *mistakes = NULL;
	struct ncrun_topology *topology = text_read(text, &mistakes);

	assert_string_equal(mistakes, "");
	return topology;
}

char *mistakes_of(const char *text)
{
	char *mistakes = NULL;

	ncrun_topology_unref(text_read(text, &mistakes));
	return mistakes;
}

char *text_of(const struct ncrun_topology *topology, enum topology_style style)
{
	struct ncrun_error err = {0};
	struct text out = {0};

	assert_ok(topology_write(topology, style, &out, &err));
	return text_take(&out);
}
