/* SPDX-License-Identifier: Apache-2.0 */

/* Packet filters of a node. */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/number.h"
#include "topology/read.h"
#include "topology/writer.h"

#define FILTERS_MAX 4096

/* ---- words that stand for numbers and bits ----------------------------------------------- */

struct word_number {
	const char *word;
	unsigned int number;
};

static const struct word_number hooks[] = {
	{"input", NETNS_HOOK_INPUT},
	{"forward", NETNS_HOOK_FORWARD},
	{"output", NETNS_HOOK_OUTPUT},
	{NULL, 0},
};

static const struct word_number verdicts[] = {
	{"accept", NETNS_VERDICT_ACCEPT},
	{"drop", NETNS_VERDICT_DROP},
	{"reject", NETNS_VERDICT_REJECT},
	{"reset", NETNS_VERDICT_RESET},
	{NULL, 0},
};

static const struct word_number protocols[] = {
	{"tcp", IPPROTO_TCP},       {"udp", IPPROTO_UDP},   {"icmp", IPPROTO_ICMP},
	{"icmpv6", IPPROTO_ICMPV6}, {"sctp", IPPROTO_SCTP}, {"dccp", IPPROTO_DCCP},
	{"gre", IPPROTO_GRE},       {"esp", IPPROTO_ESP},   {NULL, 0},
};

static const struct word_number states[] = {
	{"new", NETNS_CT_NEW},
	{"established", NETNS_CT_ESTABLISHED},
	{"related", NETNS_CT_RELATED},
	{"invalid", NETNS_CT_INVALID},
	{"untracked", NETNS_CT_UNTRACKED},
	{NULL, 0},
};

static const struct word_number excepts[] = {
	{"in", NETNS_NOT_IN_INTERFACE},
	{"out", NETNS_NOT_OUT_INTERFACE},
	{"from", NETNS_NOT_SOURCE},
	{"to", NETNS_NOT_DESTINATION},
	{"protocol", NETNS_NOT_PROTOCOL},
	{"source-port", NETNS_NOT_SOURCE_PORT},
	{"port", NETNS_NOT_DESTINATION_PORT},
	{"state", NETNS_NOT_CT},
	{"mark", NETNS_NOT_MARK},
	{NULL, 0},
};

#define WORDS_MAX 16

static bool number_of(struct reader *reader, const struct element *at,
		      const struct word_number *table, unsigned int *ret)
{
	const char *words[WORDS_MAX] = {NULL};
	unsigned int index = 0;

	for (size_t i = 0; table[i].word; i++)
		words[i] = table[i].word;
	if (!word_find(reader, at, words, &index))
		return false;
	*ret = table[index].number;
	return true;
}

static const char *word_of(const struct word_number *table, unsigned int number)
{
	while (table->word && table->number != number)
		table++;
	return table->word;
}

static bool bits_read(struct reader *reader, const struct key *key, void *object,
		      const struct element *at)
{
	const struct element *items;
	unsigned int bits = 0;
	bool good = true;
	size_t count;

	items = element_items(at, &count);
	for (size_t i = 0; i < count; i++) {
		unsigned int bit = 0;

		good &= number_of(reader, &items[i], key->detail, &bit);
		bits |= bit;
	}
	*(unsigned int *)key_member(key, object) = bits;
	return good;
}

static void bits_write(struct writer *writer, const struct key *key, const void *object)
{
	unsigned int bits = *(unsigned int *)key_member(key, object);
	const char *words[WORDS_MAX] = {NULL};
	size_t count = 0;

	for (const struct word_number *row = key->detail; row->word; row++)
		if (bits & row->number)
			words[count++] = row->word;
	if (count > 0)
		writer_strings(writer, words);
}

static void named_form_print(const struct key *key, struct text *out)
{
	const struct word_number *table = key->detail;

	for (size_t i = 0; table[i].word; i++)
		text_printf(out, "%s%s",
			    i == 0              ? ""
			    : table[i + 1].word ? ", "
						: " or ",
			    table[i].word);
}

static void bits_form_print(const struct key *key, struct text *out)
{
	named_form_print(key, out);
	text_append(out, ", or a list");
}

static const struct value value_bits = {bits_read, bits_write, NULL, bits_form_print};

static bool named_read(struct reader *reader, const struct key *key, void *object,
		       const struct element *at)
{
	return number_of(reader, at, key->detail, key_member(key, object));
}

static void named_write(struct writer *writer, const struct key *key, const void *object)
{
	unsigned int number = *(unsigned int *)key_member(key, object);

	if (number)
		writer_string(writer, word_of(key->detail, number));
}

/* The enums are kept as unsigned int is. */
_Static_assert(sizeof(enum netns_hook) == sizeof(unsigned int), "value_named reads it");
_Static_assert(sizeof(enum netns_verdict) == sizeof(unsigned int), "value_named reads it");

static const struct value value_named = {named_read, named_write, NULL, named_form_print};

static bool protocol_read(struct reader *reader, const struct key *key, void *object,
			  const struct element *at)
{
	uint8_t *protocol = key_member(key, object);
	struct ncrun_error err = {0};
	unsigned int number = 0;
	uint64_t value;

	if (at->kind != ELEMENT_NUMBER) {
		if (!number_of(reader, at, protocols, &number))
			return false;
		*protocol = (uint8_t)number;
		return true;
	}
	if (number_parse_u64("protocol", at->text, 1, UINT8_MAX, &value, &err) < 0)
		return reader_failed(reader, at, &err);
	*protocol = (uint8_t)value;
	return true;
}

static void protocol_write(struct writer *writer, const struct key *key, const void *object)
{
	uint8_t protocol = *(uint8_t *)key_member(key, object);
	const char *word = word_of(protocols, protocol);
	char text[8];

	if (!protocol)
		return;
	snprintf(text, sizeof(text), "%u", protocol);
	if (word)
		writer_string(writer, word);
	else
		writer_raw(writer, text);
}

static const struct value value_protocol = {
	protocol_read, protocol_write,
	"tcp, udp, icmp, icmpv6, sctp, dccp, gre, esp or a number to 255", NULL};

/* ---- addresses and ports ----------------------------------------------------------------- */

/** "10.0.0.0/8", "10.0.0.1" or "10.0.0.1-10.0.0.9": @detail has the offset of the last one. */
static bool source_read(struct reader *reader, const struct key *key, void *object,
			const struct element *at)
{
	const struct key last_key = {.offset = *(const size_t *)key->detail};
	struct netns_prefix *prefix = key_member(key, object);
	struct netns_ip *last = key_member(&last_key, object);
	const char *text = reader_text(reader, at);
	const char *dash = text ? strchr(text, '-') : NULL;
	_cleanup_free_ char *first = NULL;
	struct ncrun_error err = {0};

	if (!text)
		return false;
	if (!dash)
		return network_parse(reader, at, key->name, text, prefix);
	first = strndup(text, (size_t)(dash - text));
	if (!first)
		return reader_no_memory(reader);
	if (netns_ip_parse(first, &prefix->ip, &err) < 0 ||
	    netns_ip_parse(dash + 1, last, &err) < 0)
		return reader_problem(reader, at, "%s %s", key->name, err.message);
	prefix->length = (unsigned int)netns_ip_size(&prefix->ip) * 8;
	if (prefix->ip.family != last->family ||
	    memcmp(prefix->ip.bytes, last->bytes, netns_ip_size(last)) > 0)
		return reader_problem(reader, at, "%s '%.100s': not from the first to the last",
				      key->name, text);
	return true;
}

static void source_write(struct writer *writer, const struct key *key, const void *object)
{
	const struct key last_key = {.offset = *(const size_t *)key->detail};
	const struct netns_prefix *prefix = key_member(key, object);
	const struct netns_ip *last = key_member(&last_key, object);
	char text[2 * NETNS_IP_TEXT_MAX], buffers[2][NETNS_IP_TEXT_MAX];

	if (!prefix->ip.family)
		return;
	if (!last->family) {
		writer_prefix(writer, prefix);
		return;
	}
	snprintf(text, sizeof(text), "%s-%s", netns_ip_print(&prefix->ip, buffers[0]),
		 netns_ip_print(last, buffers[1]));
	writer_string(writer, text);
}

static const struct value value_source = {source_read, source_write,
					  "an address, a network or ADDRESS-ADDRESS", NULL};

static bool ports_read(struct reader *reader, const struct key *key, void *object,
		       const struct element *at)
{
	return range_take(reader, at, key->name, UINT16_MAX, key_member(key, object));
}

static void ports_write(struct writer *writer, const struct key *key, const void *object)
{
	const struct netns_ports *ports = key_member(key, object);

	if (ports->first)
		range_put(writer, ports);
}

const struct value value_port_range = {ports_read, ports_write, "PORT or PORT-PORT", NULL};

static bool icmp_read(struct reader *reader, const struct key *key, void *object,
		      const struct element *at)
{
	struct filter *filter = key_member(key, object);
	const char *text = reader_text(reader, at);
	struct ncrun_error err = {0};
	uint64_t type;

	if (!text)
		return false;
	if (number_parse_u64(key->name, text, 0, UINT8_MAX, &type, &err) < 0)
		return reader_failed(reader, at, &err);
	filter->rule.icmp = true;
	filter->rule.icmp_type = (uint8_t)type;
	return true;
}

static void icmp_write(struct writer *writer, const struct key *key, const void *object)
{
	const struct filter *filter = key_member(key, object);
	char text[8];

	snprintf(text, sizeof(text), "%u", filter->rule.icmp_type);
	if (filter->rule.icmp)
		writer_raw(writer, text);
}

static const struct value value_icmp = {icmp_read, icmp_write, "a number to 255", NULL};

static bool source_mac_read(struct reader *reader, const struct key *key, void *object,
			    const struct element *at)
{
	const uint8_t **member = key_member(key, object);
	const char *text = reader_text(reader, at);
	struct ncrun_error err = {0};
	_cleanup_free_ uint8_t *mac = NULL;

	if (!text)
		return false;
	mac = malloc(NETNS_MAC_LENGTH);
	if (!mac)
		return reader_no_memory(reader);
	if (netns_mac_parse(text, mac, &err) < 0)
		return reader_problem(reader, at, "%s %s", key->name, err.message);
	*member = take_ptr(mac);
	return true;
}

static void source_mac_write(struct writer *writer, const struct key *key, const void *object)
{
	const uint8_t *mac = *(const uint8_t **)key_member(key, object);
	char buffer[NETNS_MAC_TEXT_MAX];

	if (mac)
		writer_string(writer, netns_mac_print(mac, buffer));
}

static const struct value value_source_mac = {source_mac_read, source_mac_write, "a MAC address",
					      NULL};

/* ---- the table --------------------------------------------------------------------------- */

#define RULE(member) offsetof(struct filter, rule.member)

static int comment_check(const char *what, const char *text, struct ncrun_error *err)
{
	return strlen(text) <= 127
		       ? 0
		       : error_set(err, EINVAL, "%s '%.20s...': longer than 127 bytes", what, text);
}

static const struct text_form comment_form = {"a text of at most 127 bytes", comment_check};
static const struct number_form rate_form = {1, UINT32_MAX, 4, false};
static const size_t source_last = RULE(source_last);
static const size_t destination_last = RULE(destination_last);

static const struct key filter_rows[] = {
	{"hook", KINDS_ALL, &value_named, offsetof(struct filter, hook), hooks, false},
	{"family", KINDS_ALL, &value_family, RULE(family), NULL, false},
	{"in", KINDS_ALL, &value_string, RULE(in_interface), NULL, false},
	{"out", KINDS_ALL, &value_string, RULE(out_interface), NULL, false},
	{"from", KINDS_ALL, &value_source, RULE(source), &source_last, false},
	{"to", KINDS_ALL, &value_source, RULE(destination), &destination_last, false},
	{"source-mac", KINDS_ALL, &value_source_mac, RULE(mac_source), NULL, false},
	{"protocol", KINDS_ALL, &value_protocol, RULE(protocol), NULL, false},
	{"source-port", KINDS_ALL, &value_port_range, RULE(source_ports), NULL, false},
	{"port", KINDS_ALL, &value_port_range, RULE(destination_ports), NULL, false},
	{"icmp-type", KINDS_ALL, &value_icmp, 0, NULL, false},
	{"state", KINDS_ALL, &value_bits, RULE(ct), states, false},
	{"mark", KINDS_ALL, &value_mark, RULE(mark), NULL, false},
	{"not", KINDS_ALL, &value_bits, RULE(except), excepts, false},
	{"rate", KINDS_ALL, &value_number, RULE(rate), &rate_form, false},
	{"count", KINDS_ALL, &value_bool, RULE(count), NULL, false},
	{"action", KINDS_ALL, &value_named, RULE(verdict), verdicts, false},
	{"comment", KINDS_ALL, &value_string, RULE(comment), &comment_form, false},
};

const struct key_table filter_keys = {"a filter", filter_rows,
				      sizeof(filter_rows) / sizeof(filter_rows[0]), false};

static const char *filter_mistake(const struct filter *filter)
{
	const struct netns_filter_rule *rule = &filter->rule;
	int source = rule->source.ip.family, destination = rule->destination.ip.family;

	if (!filter->hook)
		return "a filter needs 'hook': input, forward or output";
	if (!rule->verdict && !rule->count)
		return "a filter needs 'action' or 'count'";
	if ((rule->source_ports.first || rule->destination_ports.first) &&
	    rule->protocol != IPPROTO_TCP && rule->protocol != IPPROTO_UDP &&
	    rule->protocol != IPPROTO_SCTP && rule->protocol != IPPROTO_DCCP)
		return "ports need 'protocol': tcp, udp, sctp or dccp";
	if (rule->icmp && rule->protocol != IPPROTO_ICMP && rule->protocol != IPPROTO_ICMPV6)
		return "'icmp-type' needs 'protocol': icmp or icmpv6";
	if (rule->verdict == NETNS_VERDICT_RESET && rule->protocol != IPPROTO_TCP)
		return "'action: reset' needs 'protocol: tcp'";
	if ((source && destination && source != destination) ||
	    (rule->family && source && source != rule->family) ||
	    (rule->family && destination && destination != rule->family))
		return "a filter of IPv4 and IPv6 at once matches nothing";
	if (filter->hook == NETNS_HOOK_INPUT && rule->out_interface)
		return "what comes in goes out by no interface: 'out' is not for 'hook: input'";
	if (filter->hook == NETNS_HOOK_OUTPUT && rule->in_interface)
		return "what is sent came in by no interface: 'in' is not for 'hook: output'";
	return NULL;
}

static bool filters_read(struct reader *reader, const struct key *key, void *object,
			 const struct element *at)
{
	struct node *node = key_member(key, object);
	const struct element *items;
	bool good = true;
	size_t count;

	for (size_t i = 0; i < node->filter_count; i++)
		filter_done(&node->filters[i]);
	node->filter_count = 0;
	items = element_items(at, &count);
	if (count > FILTERS_MAX)
		return reader_problem(reader, at, "more than %d filters", FILTERS_MAX);
	for (size_t i = 0; i < count; i++) {
		struct filter filter = {.place = element_place(&items[i])};
		const char *mistake = NULL;

		if (array_grow((void **)&node->filters, node->filter_count, sizeof(filter)) < 0)
			return reader_no_memory(reader);
		if (keys_read_map(reader, &filter_keys, &filter, &items[i])) {
			mistake = filter_mistake(&filter);
			if (!mistake) {
				node->filters[node->filter_count++] = filter;
				continue;
			}
			reader_problem(reader, &items[i], "%s", mistake);
		}
		filter_done(&filter);
		good = false;
	}
	return good;
}

static void filters_write(struct writer *writer, const struct key *key, const void *object)
{
	const struct node *node = key_member(key, object);

	if (node->filter_count == 0)
		return;
	writer_open(writer, '[');
	for (size_t i = 0; i < node->filter_count; i++) {
		writer_item(writer);
		keys_write_map(writer, &filter_keys, &node->filters[i]);
	}
	writer_close(writer, ']');
}

const struct value value_filters = {filters_read, filters_write, "a map (see below), or a list",
				    NULL};
