/* SPDX-License-Identifier: Apache-2.0 */

/*
 * jq [-r] FILTER   what most tests ask of JSON: one number, text or truth of standard input
 *
 * Filters are paths (.[0].exit.cause), and texts with paths in them (.[0] | "\(.a) \(.b)").
 * With any other filter, option or result, gojq runs, or the real jq: its start alone costs
 * 30 ms, and 0.7 s where all is emulated, six times that of gojq.
 */

#include <fcntl.h>
#include <json-c/json.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/text.h"

#define LETTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_"
#define DIGITS  "0123456789"

/** All of standard input, in a file that can be read again. */
static int input_keep(struct text *ret)
{
	char buffer[65536];
	ssize_t n;
	int fd = memfd_create("input", 0);

	while ((n = read(STDIN_FILENO, buffer, sizeof(buffer))) > 0) {
		text_append_bytes(ret, buffer, (size_t)n);
		if (write(fd, buffer, (size_t)n) != n)
			exit(2);
	}
	lseek(fd, 0, SEEK_SET);
	return fd;
}

/** The program that knows all filters, with the same arguments and input. */
static int run_real(char **argv, int input)
{
	const char *const places[] = {"/usr/bin/gojq", "/usr/local/bin/jq", "/usr/bin/jq",
				      "/bin/jq"};

	dup2(input, STDIN_FILENO);
	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++)
		execv(places[i], argv);
	fprintf(stderr, "jq: '%s': the real jq is not there\n", argv[1]);
	return 127;
}

/** Follow the path at *@at, which is moved behind it; false if it is none of ours, or leads
 * through what is neither an object nor a list. */
static bool follow(const char **at, struct json_object **value)
{
	const char *p = *at;

	if (*p != '.')
		return false;
	p += p[1] == '[' || !strchr(LETTERS, p[1]); /* "." alone, and ".[" */
	for (;;) {
		char key[64];
		size_t length = p[0] && p[1] ? strspn(p + 1, LETTERS DIGITS) : 0;

		if (*p == '.' && p[1] && strchr(LETTERS, p[1]) && length < sizeof(key)) {
			snprintf(key, sizeof(key), "%.*s", (int)length, p + 1);
			if (!json_object_is_type(*value, json_type_object))
				return false;
			json_object_object_get_ex(*value, key, value);
			p += 1 + length;
		} else if (*p == '[' && (length = strspn(p + 1, DIGITS)) > 0 &&
			   p[1 + length] == ']') {
			if (!json_object_is_type(*value, json_type_array))
				return false;
			*value = json_object_array_get_idx(*value, strtoul(p + 1, NULL, 10));
			p += length + 2;
		} else {
			break;
		}
	}
	*at = p;
	return true;
}

/** As jq prints it: false for lists, objects, fractions, and text that would have quotes. */
static bool put(struct text *out, struct json_object *value, bool raw)
{
	switch (json_object_get_type(value)) {
	case json_type_null:
	case json_type_boolean:
	case json_type_int:
		text_append(out, json_object_to_json_string(value));
		return true;
	case json_type_string:
		text_append(out, json_object_get_string(value));
		return raw;
	case json_type_double:
	case json_type_object:
	case json_type_array:
		break;
	}
	return false;
}

/** "TEXT\(PATH)TEXT": *@at is behind the first quote, and moved behind the last. */
static bool put_text(struct text *out, const char **at, struct json_object *from)
{
	const char *p = *at;

	while (*p != '"') {
		struct json_object *value = from;

		if (!*p)
			return false;
		if (*p != '\\') {
			text_append_char(out, *p++);
			continue;
		}
		p += 2;
		if (p[-1] != '(' || !follow(&p, &value) || *p++ != ')' || !put(out, value, true))
			return false;
	}
	*at = p + 1;
	return true;
}

static bool answer(const char *filter, struct json_object *value, bool raw, struct text *out)
{
	if (*filter != '"' && !follow(&filter, &value))
		return false;
	filter += strspn(filter, " ");
	if (!*filter)
		return put(out, value, raw);
	if (*filter == '|')
		filter += 1 + strspn(filter + 1, " ");
	return raw && *filter++ == '"' && put_text(out, &filter, value) && !*filter;
}

/** The only value in @text; NULL. */
static struct json_object *parse(const struct text *text)
{
	struct json_tokener *tokener = json_tokener_new();
	struct json_object *value =
		json_tokener_parse_ex(tokener, text_string(text), (int)text->length);
	const char *rest = text_string(text) + json_tokener_get_parse_end(tokener);

	if (rest[strspn(rest, " \t\n")]) {
		json_object_put(value);
		value = NULL;
	}
	json_tokener_free(tokener);
	return value;
}

int main(int argc, char **argv)
{
	_cleanup_text_ struct text input = {0}, out = {0};
	bool raw = argc == 3 && strcmp(argv[1], "-r") == 0;
	struct json_object *value;
	int kept, status = 0;

	if (argc != (raw ? 3 : 2))
		return run_real(argv, STDIN_FILENO);
	kept = input_keep(&input);
	value = parse(&input);
	if (value && answer(argv[argc - 1], value, raw, &out) && !text_failed(&out))
		puts(text_string(&out));
	else
		status = run_real(argv, kept);
	json_object_put(value);
	return status;
}
