/* SPDX-License-Identifier: Apache-2.0 */

#include "topology/manual.h"

#include <errno.h>

#include "base/api.h"
#include "base/error.h"
#include "base/text.h"
#include "topology/generate.h"
#include "topology/topology.h"

static const struct key_manual *manual_find(const struct key_manual *rows, const char *name)
{
	static const struct key_manual none;

	for (; rows->name; rows++)
		if (text_equal(rows->name, name))
			return rows;
	return &none;
}

/** What its form says by itself. */
static const char *key_fallback(const struct key *key)
{
	if (key->value == &value_bool)
		return "false";
	if (key->value == &value_not)
		return "true";
	if (key->value == &value_word)
		return ((const struct word_form *)key->detail)->words[0];
	return NULL;
}

static const char *limit_help(const struct key *key)
{
	return key->value == &value_limit ? ((const struct ncrun_limit *)key->detail)->help : NULL;
}

/** struct telling - to whom keys are told */
struct telling {
	ncrun_topology_key_function *each;
	void *data;
	bool failed;
};

static void key_tell(struct telling *telling, const struct table_manual *manual,
		     const struct key *key)
{
	const struct key_manual *row = manual_find(manual->rows, key->name);
	_cleanup_text_ struct text form = {0};
	char kinds[KINDS_TEXT_MAX];

	key_form_print(key, &form);
	telling->failed |= text_failed(&form);
	telling->each(telling->data,
		      &(struct ncrun_topology_key){
			      .of = manual->table->what,
			      .name = key->name,
			      .kinds = key->kinds == KINDS_ALL ? NULL
							       : kinds_print(key->kinds, kinds),
			      .form = text_string(&form),
			      .fallback = row->fallback ? row->fallback : key_fallback(key),
			      .help = row->help ? row->help : limit_help(key),
			      .example = row->example,
		      });
}

static bool pattern_tell(struct telling *telling, size_t i)
{
	_cleanup_text_ struct text form = {0};
	const char *name = pattern_at(i, &form);
	const struct key_manual *row;

	if (!name)
		return false;
	row = manual_find(manual_patterns, name);
	telling->failed |= text_failed(&form);
	telling->each(telling->data, &(struct ncrun_topology_key){
					     .of = "a pattern",
					     .name = name,
					     .form = text_string(&form),
					     .help = row->help,
					     .example = row->example,
				     });
	return true;
}

NCRUN_API int ncrun_topology_keys(ncrun_topology_key_function *each, void *data,
				  struct ncrun_error *err)
{
	struct telling telling = {each, data, false};
	struct key key;

	for (const struct table_manual *manual = manual_tables; manual->table; manual++)
		for (size_t i = 0; key_at(manual->table, i, &key); i++)
			key_tell(&telling, manual, &key);
	for (size_t i = 0; pattern_tell(&telling, i); i++)
		;
	return telling.failed ? error_set(err, ENOMEM, "no memory for the keys of topologies") : 0;
}
