/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Text of topology files: values in YAML's flow style, or JSON. */

#include "base/text.h"
#include "topology/key.h"

/** struct writer - @style: JSON quotes all; only the full one says what was assigned */
struct writer {
	struct text *text;
	enum topology_style style;
};

/** Quoted where it must be. */
void writer_string(struct writer *writer, const char *chars);
/** A number or a word that stands for itself. */
void writer_raw(struct writer *writer, const char *chars);
/** ", " unless it is the first; then what follows is the next value of a list... */
void writer_item(struct writer *writer);
/** ... or that of a map's key. */
void writer_key(struct writer *writer, const char *key);
void writer_open(struct writer *writer, char bracket);
void writer_close(struct writer *writer, char bracket);
/** A list, or the string itself if there is one only. */
void writer_strings(struct writer *writer, const char *const *strings);

void writer_ip(struct writer *writer, const struct netns_ip *ip);
void writer_prefix(struct writer *writer, const struct netns_prefix *prefix);
/** "80" or "8000-8010" */
void range_put(struct writer *writer, const struct netns_ports *range);

/** "key: value"; false, and nothing, if @object does not say it. */
bool key_write(struct writer *writer, const struct key *key, const void *object);
/** All keys of @table that @object says and that @kinds may have, inside
 * braces that are there already. */
void keys_write(struct writer *writer, const struct key_table *table, const void *object,
		unsigned int kinds);
/** The same in braces. */
void keys_write_map(struct writer *writer, const struct key_table *table, const void *object);
