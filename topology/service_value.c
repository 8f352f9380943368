/* SPDX-License-Identifier: Apache-2.0 */

/* Commands: what a node runs, and what is run once. */

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/name.h"
#include "topology/read.h"
#include "topology/writer.h"

#define SERVICES_MAX 64   /* of one node */
#define COMMANDS_MAX 1024 /* of one node's exec */
#define WORDS_MAX    4096 /* of one command */

/* ---- one command ------------------------------------------------------------------------- */

static bool argv_check(struct reader *reader, const struct element *at, char **argv)
{
	if (!argv || !argv[0] || !argv[0][0])
		return reader_problem(reader, at, "a command is empty");
	return true;
}

static bool argv_split(struct reader *reader, const struct element *at, const char *text,
		       char ***ret)
{
	int r;

	if (!line_is_short(reader, at, text))
		return false;
	r = words_split(text, ret);
	if (r == -EINVAL)
		return reader_problem(reader, at, "command '%.60s': a quote is not closed", text);
	if (r < 0)
		return reader_no_memory(reader);
	return argv_check(reader, at, *ret);
}

static bool argv_list(struct reader *reader, const struct element *at, char ***ret)
{
	if (at->count > WORDS_MAX)
		return reader_problem(reader, at, "a command of more than %d words", WORDS_MAX);
	/* a program's name has no blanks: [redis-server --port 1] is a command line */
	if (at->count == 1 && at->children[0].kind == ELEMENT_STRING)
		return argv_split(reader, at, at->children[0].text, ret);
	*ret = calloc(at->count + 1, sizeof(**ret));
	if (!*ret)
		return reader_no_memory(reader);
	for (size_t i = 0; i < at->count; i++) {
		const char *text = reader_text(reader, &at->children[i]);

		if (!text)
			return false;
		(*ret)[i] = strdup(text);
		if (!(*ret)[i])
			return reader_no_memory(reader);
	}
	return argv_check(reader, at, *ret);
}

static bool argv_take(struct reader *reader, const struct element *at, char ***ret)
{
	_cleanup_(strings_freep) char **argv = NULL;
	const char *text;

	if (at->kind == ELEMENT_LIST) {
		if (!argv_list(reader, at, &argv))
			return false;
	} else {
		if (at->kind != ELEMENT_STRING)
			return reader_expected(reader, at, "a command as a string or a list");
		text = at->text;
		if (!argv_split(reader, at, text, &argv))
			return false;
	}
	*ret = take_ptr(argv);
	return true;
}

/** So that splitting it gives the one word again. */
static void word_put(struct writer *writer, const char *word)
{
	_cleanup_text_ struct text quoted = {0};

	text_append_char(&quoted, '\'');
	for (; *word; word++) {
		if (*word == '\'')
			text_append(&quoted, "'\\''");
		else
			text_append_char(&quoted, *word);
	}
	text_append_char(&quoted, '\'');
	writer->text->failed |= text_failed(&quoted);
	writer_string(writer, text_string(&quoted));
}

/** As one string where splitting it gives the same words. */
static void argv_put(struct writer *writer, const char *const *argv)
{
	_cleanup_text_ struct text line = {0};
	bool plain = true;

	for (size_t i = 0; argv[i]; i++) {
		if (!argv[i][0] || strpbrk(argv[i], " \t\r\n\v\f'\"\\"))
			plain = false;
		if (i > 0)
			text_append_char(&line, ' ');
		text_append(&line, argv[i]);
	}
	writer->text->failed |= text_failed(&line);
	if (plain && writer->style != TOPOLOGY_STYLE_FULL) {
		writer_string(writer, text_string(&line));
		return;
	}
	writer_open(writer, '[');
	for (size_t i = 0; argv[i]; i++) {
		writer_item(writer);
		if (argv[1] || plain)
			writer_string(writer, argv[i]);
		else
			word_put(writer, argv[i]);
	}
	writer_close(writer, ']');
}

static bool command_read(struct reader *reader, const struct key *key, void *object,
			 const struct element *at)
{
	char ***member = key_member(key, object);
	char **argv = NULL;

	if (!argv_take(reader, at, &argv))
		return false;
	strings_free(*member);
	*member = argv;
	return true;
}

static void command_write(struct writer *writer, const struct key *key, const void *object)
{
	argv_put(writer, *(const char *const **)key_member(key, object));
}

const struct value value_command = {command_read, command_write, "a command", NULL};

/* ---- services ---------------------------------------------------------------------------- */

static bool restart_read(struct reader *reader, const struct key *key, void *object,
			 const struct element *at)
{
	const char *text = reader_text(reader, at);
	struct ncrun_error err = {0};

	if (!text)
		return false;
	if (ncrun_restart_parse(text, key_member(key, object), &err) < 0)
		return reader_failed(reader, at, &err);
	return true;
}

static void restart_write(struct writer *writer, const struct key *key, const void *object)
{
	const struct ncrun_restart *restart = key_member(key, object);
	char text[32];

	switch (restart->policy) {
	case NCRUN_RESTART_ALWAYS:
		return;
	case NCRUN_RESTART_NO:
		writer_string(writer, "no");
		return;
	case NCRUN_RESTART_ON_FAILURE:
		snprintf(text, sizeof(text), "on-failure:%u", restart->max_retries);
		writer_string(writer, restart->max_retries ? text : "on-failure");
		return;
	}
}

const struct value value_restart = {restart_read, restart_write,
				    "no, on-failure, on-failure:N or always", NULL};

static int service_name_check(const char *what __attribute__((unused)), const char *text,
			      struct ncrun_error *err)
{
	return name_check("service", text, err);
}

static const struct text_form service_name_form = {"a name", service_name_check};

static const struct key service_rows[] = {
	{"name", KINDS_ALL, &value_string, offsetof(struct service, name), &service_name_form,
	 false},
	{"command", KINDS_ALL, &value_command, offsetof(struct service, argv), NULL, false},
	{"restart", KINDS_ALL, &value_restart, offsetof(struct service, restart), NULL, false},
};

const struct key_table service_keys = {"a service", service_rows, 3, false};

static bool service_take(struct reader *reader, const struct element *at, struct service *service)
{
	*service = (struct service){.place = element_place(at),
				    .restart = {.policy = NCRUN_RESTART_ALWAYS}};
	if (at->kind != ELEMENT_MAP)
		return argv_take(reader, at, &service->argv);
	if (!keys_read_map(reader, &service_keys, service, at))
		return false;
	return service->argv || reader_problem(reader, at, "a service without 'command'");
}

static void services_clear(struct node *node)
{
	for (size_t i = 0; i < node->service_count; i++)
		service_done(&node->services[i]);
	node->service_count = 0;
}

static bool service_add(struct reader *reader, struct node *node, const struct element *at)
{
	struct service service;

	if (node->service_count == SERVICES_MAX)
		return reader_problem(reader, at, "more than %d services", SERVICES_MAX);
	if (array_grow((void **)&node->services, node->service_count, sizeof(service)) < 0)
		return reader_no_memory(reader);
	if (!service_take(reader, at, &service)) {
		service_done(&service);
		return false;
	}
	node->services[node->service_count++] = service;
	return true;
}

static bool services_read(struct reader *reader, const struct key *key, void *object,
			  const struct element *at)
{
	struct node *node = key_member(key, object);
	bool several =
		at->kind == ELEMENT_LIST && at->count > 0 &&
		(at->children[0].kind == ELEMENT_MAP || at->children[0].kind == ELEMENT_LIST);
	bool good = true;

	services_clear(node);
	if (!several)
		return service_add(reader, node, at);
	for (size_t i = 0; i < at->count && i <= SERVICES_MAX; i++)
		good &= service_add(reader, node, &at->children[i]);
	return good;
}

static void services_write(struct writer *writer, const struct key *key, const void *object)
{
	const struct node *node = key_member(key, object);
	const struct service *first = node->services;

	if (node->service_count == 0)
		return;
	if (node->service_count == 1 && !first->name &&
	    first->restart.policy == NCRUN_RESTART_ALWAYS) {
		argv_put(writer, (const char *const *)first->argv);
		return;
	}
	writer_open(writer, '[');
	for (size_t i = 0; i < node->service_count; i++) {
		writer_item(writer);
		keys_write_map(writer, &service_keys, &node->services[i]);
	}
	writer_close(writer, ']');
}

const struct value value_services = {services_read, services_write,
				     "a command, or a list of commands and maps (see below)", NULL};

/* ---- commands that run once ---------------------------------------------------------------- */

static bool exec_read(struct reader *reader, const struct key *key, void *object,
		      const struct element *at)
{
	char ****member = key_member(key, object);
	const struct element *items;
	bool good = true;
	size_t count;

	items = element_items(at, &count);
	*member = argvs_free(*member);
	if (count > COMMANDS_MAX)
		return reader_problem(reader, at, "'exec': more than %d commands", COMMANDS_MAX);
	*member = calloc(count + 1, sizeof(**member));
	if (!*member)
		return reader_no_memory(reader);
	for (size_t i = 0, kept = 0; i < count; i++) {
		if (argv_take(reader, &items[i], &(*member)[kept]))
			kept++;
		else
			good = false;
	}
	return good;
}

static void exec_write(struct writer *writer, const struct key *key, const void *object)
{
	char ***list = *(char ****)key_member(key, object);

	if (!list || !list[0])
		return;
	writer_open(writer, '[');
	for (; *list; list++) {
		writer_item(writer);
		argv_put(writer, (const char *const *)*list);
	}
	writer_close(writer, ']');
}

const struct value value_exec = {exec_read, exec_write, "a command, or a list", NULL};
