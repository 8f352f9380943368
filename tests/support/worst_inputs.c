/* SPDX-License-Identifier: Apache-2.0 */

#include "tests/support/worst_inputs.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#define LAB     "name: x\ntopology:\n  nodes: {a: {kind: linux, image: i}}\n"
#define IMPORT  "import @"
#define PROFILE "seccomp show @"

#define INPUT(file, command, what, head, piece, tail, told)                    \
	{                                                                      \
		what, file, head, piece, tail, command, true, told, NULL, NULL \
	}
#define YAML(...)    INPUT("f.yaml", IMPORT, __VA_ARGS__)
#define JSON(...)    INPUT("f.json", IMPORT, __VA_ARGS__)
#define DOT(...)     INPUT("f.dot", IMPORT, __VA_ARGS__)
#define CLAB(...)    INPUT("f.clab.yml", IMPORT, __VA_ARGS__)
#define SECCOMP(...) INPUT("p.json", PROFILE, __VA_ARGS__)

#define DEEP     "nested more than 64 deep"
#define ELEMENTS "more than 500000 elements"
#define ONE_LINE "more than 200000 elements in one line"
#define LINES    "more than 1000000 lines"
#define QUOTED   "a quoted text of more than 1 MiB"
#define NO_ALIAS "anchors, aliases and tags are not supported"

static const struct worst_input inputs[] = {
	YAML("yaml: lists in lists", "", "[", "", DEEP),
	YAML("yaml: maps in maps", "", "{a: ", "", DEEP),
	YAML("yaml: a long name", "name: ", "x", "\n", "network name 'xxx"),
	YAML("yaml: a long key", "", "x", ": 1\n", "unknown key 'xxx"),
	YAML("yaml: blanks", "", " ", "", "is empty"),
	YAML("yaml: newlines", "", "\n", "", LINES),
	YAML("yaml: a comment", "#", "x", "", "is empty"),
	YAML("yaml: a line of values", "nodes: [", "a,", "]\n", ONE_LINE),
	YAML("yaml: a list of values", "nodes:\n", "- a\n", "", LINES),
	YAML("yaml: lists of values in lines", "nodes:\n", "- [a,a,a,a,a,a,a,a,a,a]\n", "",
	     ELEMENTS),
	YAML("yaml: a key again and again", "nodes:\n", " a: 1\n", "", LINES),
	YAML("yaml: keys", "nodes:\n", " a#: 1\n", "", LINES),
	YAML("yaml: unknown keys", "", "a#: 1\n", "", LINES),
	YAML("yaml: aliases of aliases", "a: &a [x,x,x]\nb: &b [*a,*a,*a]\n", "c#: &c [*b,*b]\n",
	     "", NO_ALIAS),
	YAML("yaml: a line of aliases", "nodes: [", "*a,", "]\n", ONE_LINE),
	YAML("yaml: tags", "nodes:\n", "- !!str a\n", "", LINES),
	YAML("yaml: documents", "", "--- a\n", "", LINES),
	YAML("yaml: a quote that is open", "name: \"", "x", "", QUOTED),
	YAML("yaml: escapes", "name: \"", "\\n", "\"\n", QUOTED),
	YAML("yaml: a folded text", "name: >\n", "  x\n\n", "", LINES),
	YAML("yaml: a text of lines", "name: a\n", "  x\n", "", LINES),
	YAML("yaml: question marks", "", "? a\n", "", LINES),
	YAML("yaml: colons", "", ":\n", "", LINES),
	YAML("yaml: tabs", "", "\t", "", NULL),
	YAML("yaml: directives", "", "%YAML 1.1\n", "", "directives are not supported"),
	YAML("yaml: bytes that are no text", "", "\xff", "", "is not UTF-8"),
	YAML("yaml: nodes whose names collide", "nodes:\n", " ~: {}\n", "links: []\n",
	     "more than 16000 nodes"),
	JSON("json: lists in lists", "", "[", "", DEEP),
	JSON("json: a line of values", "{\"nodes\": [", "1,", "1]}", ONE_LINE),
	JSON("json: lines of values", "{\"nodes\": [", "1,\n", "1]}", LINES),
	JSON("json: keys", "{\"nodes\": {", "\"a#\":1,\n", "\"x\":1}}", LINES),
	JSON("json: a key again and again", "{\"nodes\": {", "\"\":1,\n", "\"x\":1}}", LINES),

	DOT("dot: edges", "graph{", "a--b\n", "}", "more than 64000 links"),
	DOT("dot: edges of other nodes", "graph{", "a#--b\n", "}", "more than 16000 nodes"),
	DOT("dot: edges of names that collide", "graph{", "~--b\n", "}", "more than 16000 nodes"),
	DOT("dot: a node again and again", "graph{", "a;", "}", "more than 250000 statements"),
	DOT("dot: a chain", "graph{a", "--a", "}", "more than 64000 links"),
	DOT("dot: subgraphs in subgraphs", "graph{", "{", "", DEEP),
	DOT("dot: subgraphs", "graph{", "{}", "}", "more than 64000 subgraphs"),
	DOT("dot: an attribute again and again", "graph{a[", "a=b ", "]}",
	    "more than 250000 attributes"),
	DOT("dot: attributes", "graph{a[", "a#=b ", "]}", "more than 256 attributes"),
	DOT("dot: defaults", "graph{", "node[a=b]", "}", "more than 250000 statements"),
	DOT("dot: ports", "graph{", "a:b:n;", "}", "more than 250000 statements"),
	DOT("dot: a long name", "graph{", "x", "}", "node name 'xxx"),
	DOT("dot: a string that is open", "graph{\"", "x", "", "does not end"),
	DOT("dot: strings that are one", "graph{\"a\"", "+\"a\"", "}", "node name 'aaa"),
	DOT("dot: comments", "", "/**/", "", "expected 'graph' or 'digraph'"),
	DOT("dot: newlines", "", "\n", "", "expected 'graph' or 'digraph'"),
	DOT("dot: markup", "graph{<", "<", "", "HTML is not supported"),

	CLAB("containerlab: nodes", "name: x\ntopology:\n  nodes:\n", "    n#: {}\n", "", LINES),
	CLAB("containerlab: links", LAB "  links:\n", "  - endpoints: [\"a:e1\",\"a:e2\"]\n", "",
	     ELEMENTS),
	CLAB("containerlab: variables", "name: \"", "${A:=b}", "\"\n", QUOTED),
	CLAB("containerlab: variables in variables", "name: \"", "${A:-", "\"\n", "is missing"),
	CLAB("containerlab: long values", "name: \"", "$PATH", "\"\n", "larger than 16 MiB"),

	SECCOMP("seccomp: rules", "{\"defaultAction\":\"SCMP_ACT_ERRNO\",\"syscalls\":[",
		"{\"names\":[\"read\"],\"action\":\"SCMP_ACT_ALLOW\"},\n",
		"{\"names\":[\"read\"],\"action\":\"SCMP_ACT_ALLOW\"}]}", NULL),
	SECCOMP("seccomp: rules with conditions",
		"{\"defaultAction\":\"SCMP_ACT_ERRNO\",\"syscalls\":[",
		"{\"name\":\"read\",\"action\":\"SCMP_ACT_ALLOW\",\"args\":[{\"index\":0,\"value\":1,"
		"\"op\":\"SCMP_CMP_EQ\"}]},\n",
		"{\"name\":\"read\",\"action\":\"SCMP_ACT_ALLOW\"}]}", NULL),
	SECCOMP("seccomp: names",
		"{\"defaultAction\":\"SCMP_ACT_ERRNO\",\"syscalls\":[{\"action\":"
		"\"SCMP_ACT_ALLOW\",\"names\":[",
		"\"read\",\n", "\"read\"]}]}", LINES),
	SECCOMP("seccomp: other names",
		"{\"defaultAction\":\"SCMP_ACT_ERRNO\",\"syscalls\":[{"
		"\"action\":\"SCMP_ACT_ALLOW\",\"names\":[",
		"\"a#\",\n", "\"read\"]}]}", NULL),
	SECCOMP("seccomp: lists in lists", "", "[", "", DEEP),
	SECCOMP("seccomp: a long name", "{\"defaultAction\":\"", "x", "\"}", QUOTED),

	{"variables: lines", "e", "", "a\n", "", "node --rootfs / --env-file @ -- true", true,
	 "larger than", NULL, NULL},
	{"passwd: users", "root/etc/passwd", "", "u#:x:1:1::/:/bin/sh\n", "",
	 "node --rootfs ./root --user nobody -- /bin/true", true, NULL, NULL, NULL},
	{"passwd: a long line", "root/etc/passwd", "", "x", "",
	 "node --rootfs ./root --user nobody -- /bin/true", true, NULL, NULL, NULL},
	{"state: lines", "state/default/n/state", "", "argv=a\n", "complete=\n", "inspect n", false,
	 NULL, NULL, NULL}, /* shown, as broken */
	{"state: a long line", "state/default/n/state", "argv=", "x", "\ncomplete=\n", "inspect n",
	 false, NULL, NULL, NULL},
	{"state: of one of many", "state/default/n/state", "", "argv=a\n", "complete=\n", "list -a",
	 false, NULL, NULL, NULL},
	{"network: nodes", "state/net/.topology", "nodes:\n", " a#: {}\n", "", "inspect net", true,
	 NULL, NULL, NULL},
};

const struct worst_input *worst_inputs(size_t *ret_count)
{
	*ret_count = sizeof(inputs) / sizeof(inputs[0]);
	return inputs;
}

/* ---- names that collide ------------------------------------------------------------------ */

#define BLOCK       3
#define BLOCKS_MAX  16
#define NAME_BLOCKS 12

/** struct blocks - of three letters, each of which leaves FNV-1a's lower 16 bits as they are */
struct blocks {
	char letters[BLOCKS_MAX][BLOCK + 1];
	size_t count;
};

static uint16_t fnv(uint16_t hash, const char *letters)
{
	for (; *letters; letters++)
		hash = (uint16_t)((hash ^ (uint8_t)*letters) * 0x0193u);
	return hash;
}

static struct blocks blocks_find(void)
{
	static const char alphabet[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
	const size_t letters = sizeof(alphabet) - 1;
	const uint16_t start = fnv(0x9dc5, "n"); /* a name begins with a letter */
	struct blocks found = {.count = 0};

	for (size_t i = 0; i < letters * letters * letters && found.count < BLOCKS_MAX; i++) {
		const char block[BLOCK + 1] = {alphabet[i % letters],
					       alphabet[i / letters % letters],
					       alphabet[i / letters / letters]};

		if (fnv(start, block) == start)
			memcpy(found.letters[found.count++], block, sizeof(block));
	}
	return found;
}

static int collision_put(FILE *file, const struct blocks *blocks, size_t number)
{
	int written = fprintf(file, "n");

	for (int i = 0; i < NAME_BLOCKS && blocks->count; i++) {
		written += fprintf(file, "%s", blocks->letters[number % blocks->count]);
		number /= blocks->count;
	}
	return written;
}

/* ---- writing ------------------------------------------------------------------------------- */

static int piece_put(FILE *file, const struct worst_input *input, const struct blocks *blocks,
		     size_t number)
{
	int written = 0;

	for (const char *c = input->piece; *c; c++) {
		if (*c == '#')
			written += fprintf(file, "%zx", number);
		else if (*c == '~')
			written += collision_put(file, blocks, number);
		else
			written += fputc(*c == '^' ? '\0' : *c, file) == EOF ? 0 : 1;
	}
	return written;
}

bool worst_input_write(const struct worst_input *input, const char *path, size_t size)
{
	struct blocks blocks = {.count = 0};
	FILE *file = fopen(path, "we");
	size_t tail = strlen(input->tail), written = 0;
	bool good;

	if (!file)
		return false;
	if (strchr(input->piece, '~'))
		blocks = blocks_find();
	if (input->tar) {
		good = worst_archive_write(input, file, size);
		return fclose(file) == 0 && good;
	}
	fputs(input->head, file);
	written = strlen(input->head);
	for (size_t i = 0; written + tail < size; i++)
		written += (size_t)piece_put(file, input, &blocks, i);
	fputs(input->tail, file);
	good = !ferror(file);
	return fclose(file) == 0 && good;
}
