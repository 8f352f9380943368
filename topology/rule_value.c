/* SPDX-License-Identifier: Apache-2.0 */

/* Policy rules, which pick a routing table; and marks of packets. */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "topology/read.h"
#include "topology/writer.h"

#define RULES_MAX 4096

static const char *const actions[] = {
	[NETNS_RULE_LOOKUP] = "lookup",
	[NETNS_RULE_BLACKHOLE] = "blackhole",
	[NETNS_RULE_UNREACHABLE] = "unreachable",
	[NETNS_RULE_PROHIBIT] = "prohibit",
	NULL,
};

/* ---- marks: "0x10", "0x10/0xff" ------------------------------------------------------------- */

static bool mark_parse(const char *text, uint32_t *ret_mark, uint32_t *ret_mask)
{
	unsigned long values[2] = {0, 0};
	const char *at = text;

	for (int i = 0; i < 2; i++) {
		char *end;

		if (*at < '0' || *at > '9')
			return false;
		errno = 0;
		values[i] = strtoul(at, &end, at[0] == '0' && at[1] == 'x' ? 16 : 10);
		if (errno || values[i] > UINT32_MAX || (*end && (*end != '/' || i == 1)))
			return false;
		if (!*end)
			break;
		at = end + 1;
	}
	*ret_mark = (uint32_t)values[0];
	*ret_mask = (uint32_t)values[1];
	return *ret_mark != 0;
}

static bool mark_read(struct reader *reader, const struct key *key, void *object,
		      const struct element *at)
{
	const char *text = reader_text(reader, at);
	uint32_t *marks = key_member(key, object);

	if (!text)
		return false;
	/* mark and mask stand side by side */
	if (!mark_parse(text, &marks[0], &marks[1]))
		return reader_problem(reader, at, "%s '%.60s': not a mark (try 0x10 or 0x10/0xff)",
				      key->name, text);
	return true;
}

static void mark_write(struct writer *writer, const struct key *key, const void *object)
{
	const uint32_t *marks = key_member(key, object);
	char text[32];

	if (!marks[0])
		return;
	if (marks[1])
		snprintf(text, sizeof(text), "0x%x/0x%x", marks[0], marks[1]);
	else
		snprintf(text, sizeof(text), "0x%x", marks[0]);
	writer_string(writer, text);
}

const struct value value_mark = {mark_read, mark_write, "NUMBER or NUMBER/MASK", NULL};

_Static_assert(offsetof(struct netns_rule, mark_mask) ==
		       offsetof(struct netns_rule, mark) + sizeof(uint32_t),
	       "value_mark reads both");
_Static_assert(offsetof(struct netns_filter_rule, mark_mask) ==
		       offsetof(struct netns_filter_rule, mark) + sizeof(uint32_t),
	       "value_mark reads both");

/* ---- rules -------------------------------------------------------------------------------- */

static const char *const families[] = {"both", "ipv4", "ipv6", NULL};

static bool family_read(struct reader *reader, const struct key *key, void *object,
			const struct element *at)
{
	static const int values[] = {AF_UNSPEC, AF_INET, AF_INET6};
	unsigned int word = 0;

	if (!word_find(reader, at, families, &word))
		return false;
	*(int *)key_member(key, object) = values[word];
	return true;
}

static void family_write(struct writer *writer, const struct key *key, const void *object)
{
	int family = *(int *)key_member(key, object);

	if (family)
		writer_string(writer, families[family == AF_INET ? 1 : 2]);
}

const struct value value_family = {family_read, family_write, "ipv4 or ipv6", NULL};

#define RULE(member) offsetof(struct netns_rule, member)

static const struct number_form number_form = {1, UINT32_MAX, 4, false};
static const struct word_form action_form = {actions, sizeof(enum netns_rule_action)};

static const struct key rule_rows[] = {
	{"family", KINDS_ALL, &value_family, RULE(family), NULL, false},
	{"from", KINDS_ALL, &value_network, RULE(from), NULL, false},
	{"to", KINDS_ALL, &value_network, RULE(to), NULL, false},
	{"in", KINDS_ALL, &value_string, RULE(in_interface), NULL, false},
	{"out", KINDS_ALL, &value_string, RULE(out_interface), NULL, false},
	{"mark", KINDS_ALL, &value_mark, RULE(mark), NULL, false},
	{"invert", KINDS_ALL, &value_bool, RULE(invert), NULL, false},
	{"action", KINDS_ALL, &value_word, RULE(action), &action_form, false},
	{"table", KINDS_ALL, &value_number, RULE(table), &number_form, false},
	{"priority", KINDS_ALL, &value_number, RULE(priority), &number_form, false},
};

const struct key_table rule_keys = {"a rule", rule_rows, sizeof(rule_rows) / sizeof(rule_rows[0]),
				    false};

static bool rule_settle(struct reader *reader, struct netns_rule *rule, const struct element *at)
{
	int from = rule->from.ip.family, to = rule->to.ip.family;

	if ((from && to && from != to) || (rule->family && from && rule->family != from) ||
	    (rule->family && to && rule->family != to))
		return reader_problem(reader, at, "a rule of IPv4 and IPv6 at once");
	if (!rule->family)
		rule->family = from ? from : to;
	if (!rule->family)
		return reader_problem(reader, at, "a rule needs 'family', 'from' or 'to'");
	if (rule->action == NETNS_RULE_LOOKUP && !rule->table)
		return reader_problem(reader, at, "a rule needs 'table' or another 'action'");
	if (rule->action != NETNS_RULE_LOOKUP && rule->table)
		return reader_problem(reader, at, "a rule has either 'table' or 'action: %s'",
				      actions[rule->action]);
	return true;
}

static bool rules_read(struct reader *reader, const struct key *key, void *object,
		       const struct element *at)
{
	struct node *node = key_member(key, object);
	const struct element *items;
	bool good = true;
	size_t count;

	for (size_t i = 0; i < node->rule_count; i++)
		policy_rule_done(&node->rules[i]);
	node->rule_count = 0;
	items = element_items(at, &count);
	if (count > RULES_MAX)
		return reader_problem(reader, at, "more than %d rules", RULES_MAX);
	for (size_t i = 0; i < count; i++) {
		struct policy_rule rule = {.place = element_place(&items[i])};

		if (array_grow((void **)&node->rules, node->rule_count, sizeof(rule)) < 0)
			return reader_no_memory(reader);
		if (keys_read_map(reader, &rule_keys, &rule.rule, &items[i]) &&
		    rule_settle(reader, &rule.rule, &items[i])) {
			node->rules[node->rule_count++] = rule;
			continue;
		}
		policy_rule_done(&rule);
		good = false;
	}
	return good;
}

static void rules_write(struct writer *writer, const struct key *key, const void *object)
{
	const struct node *node = key_member(key, object);

	if (node->rule_count == 0)
		return;
	writer_open(writer, '[');
	for (size_t i = 0; i < node->rule_count; i++) {
		writer_item(writer);
		keys_write_map(writer, &rule_keys, &node->rules[i].rule);
	}
	writer_close(writer, ']');
}

const struct value value_rules = {rules_read, rules_write, "a map (see below), or a list", NULL};
