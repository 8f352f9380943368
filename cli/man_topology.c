/* SPDX-License-Identifier: Apache-2.0 */

/*
 * The manual page on topology files. What it says of keys comes from the library, which has it
 * beside the tables that files are read by.
 */

#include <stdlib.h>
#include <string.h>

#include <ncrun/machine.h>
#include <ncrun/network.h>

#include "base/cleanup.h"
#include "cli/help.h"
#include "cli/roff.h"

const struct man_example man_topology_examples[] = {
	{"quorum.yaml", "Three nodes on a switch, with a way out; one of the links is bad",
	 "name: quorum\n"
	 "defaults: {rootfs: alpine, cpus: 0.5, memory: 64M}\n"
	 "nodes:\n"
	 "  a: {run: redis-server --bind 0.0.0.0}\n"
	 "  b: {run: redis-server --bind 0.0.0.0 --replicaof a 6379, memory: 32M}\n"
	 "  c: {}\n"
	 "  lan: {kind: switch}\n"
	 "  gw: {kind: nat, uplink: true}\n"
	 "links:\n"
	 "  - [a, lan]\n"
	 "  - {ends: [b, lan], delay: 20ms, jitter: 5ms, loss: 0.1%, rate: 10mbit}\n"
	 "  - {ends: [\"c:eth0\", lan], address: 10.0.0.7/24, mtu: 9000}\n"
	 "  - [gw, lan]\n"},
	{"chain.yaml", "Two hosts with ten routers between them: nothing but names",
	 "name: chain\n"
	 "topology: {linear: {length: 10, kind: router}, node: {memory: 16M}}\n"},
	{"sides.yaml", "What an end says itself counts more than what stands beside the ends",
	 "name: sides\n"
	 "nodes: [a, b]\n"
	 "links:\n"
	 "  - ends: [a, {node: b, interface: b0, delay: 100ms}]\n"
	 "    address: [10.0.0.1/24, 10.0.0.2/24]\n"
	 "    delay: 10ms\n"},
	{"lab.dot", "The same language as that of pictures",
	 "graph lab {\n"
	 "	r1 [type=router]\n"
	 "	h1 [exec=\"ping -c 1 h2\"]\n"
	 "	h1 -- r1 [address=\"10.0.1.2/24\", mtu=9000]\n"
	 "	h2 -- r1 [delay=\"20ms\"]\n"
	 "}\n"},
	{"lab.clab.yml", "One of containerlab's",
	 "name: lab\n"
	 "topology:\n"
	 "  kinds: {linux: {image: alpine}}\n"
	 "  nodes:\n"
	 "    a: {kind: linux, exec: [ip addr add 10.0.0.1/24 dev eth1]}\n"
	 "    br: {kind: bridge}\n"
	 "  links: [{endpoints: [\"a:eth1\", \"br:eth1\"]}]\n"},
	{0},
};

/* ---- prose ------------------------------------------------------------------------------- */

/** struct prose - a heading, or a paragraph if @heading is NULL */
struct prose {
	const char *heading, *text;
};

static const struct prose before[] = {
	{"DESCRIPTION",
	 "A topology file says which nodes a network has and how they are linked. ncrun up makes the "
	 "network; all that the file leaves open (names of interfaces, MAC and IP addresses, gateways, "
	 "routes) follows from it, so the same file always gives the same network."},
	{NULL,
	 "The file is YAML 1.2 or JSON. Unknown keys are mistakes, and all mistakes are told at "
	 "once, each with its line. A key whose value is null is not said. Anchors, aliases, tags, "
	 "directives and further documents are refused, and so is what is nested more than 64 deep, "
	 "or has more than 500,000 elements, 200,000 of them in one line, 1,000,000 lines, a quoted text "
	 "of more than 1 MiB, or 32 MiB in all; of Graphviz' and containerlab's formats 16 MiB. A list has "
	 "at most 4,096 entries where nothing else is said; a network has at most 16,000 nodes, 64,000 "
	 "links, and 1,000,000 computed routes. A number or a word may be quoted or not; a ':' "
	 "followed by a digit, as in \"a:1\", is better quoted."},
	{NULL,
	 "A file that ends in .dot or .gv, or begins with graph or digraph, is Graphviz'; one "
	 "that ends in .clab.yml or has 'nodes' or 'kinds' in its 'topology' is containerlab's."},
	{"VALUES",
	 "Sizes are numbers of bytes, with K, M, G or T: powers of 1024. Durations are numbers with ns, "
	 "us, ms, s, m or h. Rates are bits a second, with bit, kbit, mbit or gbit: powers of 1000. "
	 "Percentages go from 0 to 100, with or without '%'. Addresses and networks are of IPv4 or IPv6. "
	 "A command is one string, which is split into words as a shell does, without its other "
	 "abilities (say [sh, -c, ...] for those), or a list of words. Where a list is possible, one "
	 "value stands for a list of one."},
	{NULL,
	 "Names of nodes have up to 63 letters, digits, '_', '.' or '-', the first a letter or a "
	 "digit."},
	{0},
};

static const struct prose after[] = {
	{"WHAT COUNTS MORE",
	 "Of a node: its own keys, then those of 'node' in the pattern that made it, then 'defaults'. Of a "
	 "link: keys of an end, then those beside the ends, then those of 'link' in the pattern, then "
	 "'link' of 'defaults'. A pattern's nodes (h1, h2, ... for hosts; s1 or r1 and the like) can be "
	 "told more under 'nodes', and linked with others under 'links'."},
	{NULL,
	 "Keys beside the ends of a link hold for both where both can have them (mtu, and what "
	 "makes a link bad, in both directions). Other keys are for the end that is no switch; if "
	 "neither is, they are a list of two, in the order of the ends, null for none. In an end "
	 "itself, delay and the like are for what leaves it."},
	{"GRAPHVIZ",
	 "Nodes and edges become nodes and links, and attributes the keys above, with '_' for '-'; "
	 "\"[...]\" and \"{...}\" are read as YAML. 'type' stands for 'kind' and 'latency' for 'delay'. An "
	 "address is that of the tail; head_ and tail_ before a key are for one end. What Graphviz itself "
	 "knows (label, color, pos and the like) is passed over; what nobody knows is a mistake. A graph has "
	 "at most 250,000 statements, 64,000 subgraphs, 64 of them in each other, and 250,000 attributes, "
	 "256 of one node or edge; strings in '<' and '>' (HTML) are refused."},
	{"CONTAINERLAB",
	 "Read are name, prefix, and of topology: defaults, kinds, groups, nodes, links. Of nodes: kind "
	 "(linux, bridge), group, image, image-pull-policy, cmd, entrypoint, user, "
	 "hostname, env, labels, exec, binds, ports, cpu, cpu-set, memory, sysctls, cap-add, privileged, "
	 "network-mode (none), restart-policy, position. Of links: endpoints, short or long, mtu, ipv4, "
	 "ipv6, and type veth or dummy. Variables of the environment are replaced as containerlab does. "
	 "What is not supported is a mistake that names it."},
	{0},
};

static void put_prose(struct text *out, const struct prose *prose)
{
	for (; prose->text; prose++) {
		if (prose->heading)
			roff_line(out, ".SH ", prose->heading);
		else
			text_append(out, ".PP\n");
		roff_line(out, "", prose->text);
	}
}

/* ---- keys -------------------------------------------------------------------------------- */

struct page {
	struct text *out;
	const char *of; /* whose keys were told last */
};

static void put_heading(struct text *out, const char *of)
{
	_cleanup_text_ struct text heading = {0};

	text_printf(&heading, "Keys of %s", of);
	roff_line(out, ".SS ", text_string(&heading));
}

static void key_put(void *data, const struct ncrun_topology_key *key)
{
	struct page *page = data;
	struct text *out = page->out;

	if (!page->of || !text_equal(page->of, key->of))
		put_heading(out, key->of);
	page->of = key->of;
	text_append(out, ".TP\n\\fB");
	roff_put(out, key->name);
	text_append(out, "\\fR");
	if (*key->form) {
		text_append(out, ": \\fI");
		roff_put(out, key->form);
		text_append(out, "\\fR");
	}
	text_append_char(out, '\n');
	roff_put(out, key->help);
	if (key->fallback) {
		text_append(out, " (default: ");
		roff_put(out, key->fallback);
		text_append_char(out, ')');
	}
	text_append(out, ".\n");
	if (key->kinds) {
		text_append(out, "Of ");
		roff_put(out, key->kinds);
		text_append(out, " only.\n");
	}
	text_append(out, ".br\n");
	roff_put(out, key->example);
	text_append_char(out, '\n');
}

static void put_lines(struct text *out, const char *text)
{
	while (*text) {
		const char *end = strchr(text, '\n');
		_cleanup_free_ char *line = strndup(text, (size_t)(end - text));

		roff_line(out, "", line ? line : "");
		text = end + 1;
	}
}

static void put_examples(struct text *out)
{
	text_append(out, ".SH EXAMPLES\n");
	for (const struct man_example *e = man_topology_examples; e->file; e++) {
		text_append(out, ".PP\n");
		roff_put(out, e->meaning);
		text_append(out, " (");
		roff_put(out, e->file);
		text_append(out, "):\n.PP\n.nf\n.RS 4\n");
		put_lines(out, e->text);
		text_append(out, ".RE\n.fi\n");
	}
}

int man_topology(struct text *out, struct ncrun_error *err)
{
	struct page page = {.out = out};
	int r;

	text_append(out,
		    ".\\\" Made from the program's own tables by: ncrun help --man topology\n");
	text_printf(out, ".TH NCRUN\\-TOPOLOGY 5 \"\" \"ncrun %s\" \"File Formats\"\n",
		    ncrun_version());
	text_append(out, ".nh\n.ad l\n.SH NAME\nncrun\\-topology \\- networks as files\n"
			 ".SH SYNOPSIS\n\\fBncrun up\\fR \\fIFILE\\fR\n");
	put_prose(out, before);
	text_append(out,
		    ".SH KEYS\nEach with the form of its value, what it is, and an example.\n");
	r = ncrun_topology_keys(key_put, &page, err);
	if (r < 0)
		return r;
	put_prose(out, after);
	put_examples(out);
	text_append(out, ".SH SEE ALSO\n.BR ncrun (1),\n.BR tc\\-netem (8),\n.BR bridge (8)\n");
	return 0;
}
