/* SPDX-License-Identifier: Apache-2.0 */

/* Values of impairments: quantities, percentages, models of loss, slots. */

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

#include "base/number.h"
#include "topology/read.h"
#include "topology/writer.h"

/* ---- quantities with a unit ------------------------------------------------------------- */

static void unit_store(void *member, size_t size, uint64_t value)
{
	if (size == sizeof(uint32_t))
		*(uint32_t *)member = (uint32_t)value;
	else
		*(uint64_t *)member = value;
}

static bool unit_read(struct reader *reader, const struct key *key, void *object,
		      const struct element *at)
{
	const struct unit_form *form = key->detail;
	const char *text = reader_text(reader, at);
	char most[QUANTITY_TEXT_MAX], least[QUANTITY_TEXT_MAX];
	struct ncrun_error err = {0};
	uint64_t value = 0;

	if (!text)
		return false;
	if (form->parse(key->name, text, &value, &err) < 0)
		return reader_failed(reader, at, &err);
	if (value > form->max || value % form->factor != 0)
		return reader_problem(reader, at, "%s '%.60s': not a multiple of %s up to %s",
				      key->name, text, form->print(form->factor, least),
				      form->print(form->max, most));
	unit_store(key_member(key, object), form->size, value / form->factor);
	return true;
}

static void unit_write(struct writer *writer, const struct key *key, const void *object)
{
	const struct unit_form *form = key->detail;
	const void *member = key_member(key, object);
	uint64_t value = form->size == sizeof(uint32_t) ? *(const uint32_t *)member
							: *(const uint64_t *)member;
	char buffer[QUANTITY_TEXT_MAX];

	if (value)
		writer_string(writer, form->print(value * form->factor, buffer));
}

static void unit_form_print(const struct key *key, struct text *out)
{
	const struct unit_form *form = key->detail;
	char buffer[QUANTITY_TEXT_MAX];

	text_append(out, form->parse == nanoseconds_parse ? "a duration"
			 : form->parse == rate_parse      ? "a rate"
							  : "a size");
	if (form->factor > 1)
		text_printf(out, ", in steps of %s", form->print(form->factor, buffer));
}

const struct value value_unit = {unit_read, unit_write, NULL, unit_form_print};

/* ---- percentages ----------------------------------------------------------------------- */

static bool percent_take(struct reader *reader, const char *what, const struct element *at,
			 double *ret)
{
	const char *text = reader_text(reader, at);
	struct ncrun_error err = {0};

	if (!text)
		return false;
	return percent_parse(what, text, ret, &err) == 0 || reader_failed(reader, at, &err);
}

static void percent_put(struct writer *writer, double percent)
{
	char buffer[QUANTITY_TEXT_MAX];

	writer_string(writer, percent_print(percent, buffer));
}

static bool percent_read(struct reader *reader, const struct key *key, void *object,
			 const struct element *at)
{
	return percent_take(reader, key->name, at, key_member(key, object));
}

static void percent_write(struct writer *writer, const struct key *key, const void *object)
{
	double percent = *(double *)key_member(key, object);

	if (percent > 0)
		percent_put(writer, percent);
}

const struct value value_percent = {percent_read, percent_write, "a percentage", NULL};

/* "5%", or with the correlation that @detail has the offset of */
struct correlated {
	double percent, correlation;
};

static const struct key correlated_rows[] = {
	{"percent", KINDS_ALL, &value_percent, offsetof(struct correlated, percent), NULL, false},
	{"correlation", KINDS_ALL, &value_percent, offsetof(struct correlated, correlation), NULL,
	 false},
};

const struct key_table correlated_keys = {"a percentage", correlated_rows, 2, false};

static bool correlated_read(struct reader *reader, const struct key *key, void *object,
			    const struct element *at)
{
	const struct key correlation = {.offset = *(const size_t *)key->detail};
	struct correlated value = {0};

	if (at->kind == ELEMENT_MAP ? !keys_read_map(reader, &correlated_keys, &value, at)
				    : !percent_take(reader, key->name, at, &value.percent))
		return false;
	*(double *)key_member(key, object) = value.percent;
	*(double *)key_member(&correlation, object) = value.correlation;
	return true;
}

static void correlated_write(struct writer *writer, const struct key *key, const void *object)
{
	const struct key correlation = {.offset = *(const size_t *)key->detail};
	const struct correlated value = {*(double *)key_member(key, object),
					 *(double *)key_member(&correlation, object)};

	if (value.correlation > 0)
		keys_write_map(writer, &correlated_keys, &value);
	else if (value.percent > 0)
		percent_put(writer, value.percent);
}

const struct value value_correlated = {correlated_read, correlated_write,
				       "a percentage, or a map (see below)", NULL};

/* ---- loss ------------------------------------------------------------------------------ */

/* The numbers of the models, in their order. */
static const size_t gilbert_offsets[] = {
	offsetof(struct netns_impairment, loss_gilbert.to_bad_percent),
	offsetof(struct netns_impairment, loss_gilbert.to_good_percent),
	offsetof(struct netns_impairment, loss_gilbert.loss_in_bad_percent),
	offsetof(struct netns_impairment, loss_gilbert.loss_in_good_percent),
};

static const size_t state_offsets[] = {
	offsetof(struct netns_impairment, loss_state.p13_percent),
	offsetof(struct netns_impairment, loss_state.p31_percent),
	offsetof(struct netns_impairment, loss_state.p32_percent),
	offsetof(struct netns_impairment, loss_state.p23_percent),
	offsetof(struct netns_impairment, loss_state.p14_percent),
};

struct loss_model {
	enum netns_loss_model model;
	const size_t *offsets;
	size_t count;
};

static bool model_read(struct reader *reader, const struct key *key, void *object,
		       const struct element *at)
{
	const struct loss_model *form = key->detail;
	struct netns_impairment *impairment = object;
	bool good = true;

	if (at->kind != ELEMENT_LIST || at->count == 0 || at->count > form->count)
		return reader_problem(reader, at, "'%s': expected a list of 1 to %zu percentages",
				      key->name, form->count);
	for (size_t i = 0; i < at->count; i++)
		good &= percent_take(reader, key->name, &at->children[i],
				     (double *)((char *)object + form->offsets[i]));
	impairment->loss_model = form->model;
	return good;
}

static void model_write(struct writer *writer, const struct key *key, const void *object)
{
	const struct loss_model *form = key->detail;
	const struct netns_impairment *impairment = object;

	if (impairment->loss_model != form->model)
		return;
	writer_open(writer, '[');
	for (size_t i = 0; i < form->count; i++) {
		writer_item(writer);
		percent_put(writer, *(const double *)((const char *)object + form->offsets[i]));
	}
	writer_close(writer, ']');
}

static const struct value value_model = {model_read, model_write, "a list of percentages", NULL};

static const struct key loss_rows[] = {
	{"percent", KINDS_ALL, &value_percent, offsetof(struct netns_impairment, loss_percent),
	 NULL, false},
	{"correlation", KINDS_ALL, &value_percent,
	 offsetof(struct netns_impairment, loss_correlation_percent), NULL, false},
	{"gilbert", KINDS_ALL, &value_model, 0,
	 &(const struct loss_model){NETNS_LOSS_GILBERT, gilbert_offsets, 4}, false},
	{"state", KINDS_ALL, &value_model, 0,
	 &(const struct loss_model){NETNS_LOSS_STATE, state_offsets, 5}, false},
};

const struct key_table loss_keys = {"a loss", loss_rows, 4, false};

static bool loss_read(struct reader *reader, const struct key *key, void *object,
		      const struct element *at)
{
	struct netns_impairment *impairment = key_member(key, object);
	struct netns_impairment fresh = {0};

	if (at->kind != ELEMENT_MAP ? !percent_take(reader, key->name, at, &fresh.loss_percent)
				    : !keys_read_map(reader, &loss_keys, &fresh, at))
		return false;
	impairment->loss_model = fresh.loss_model;
	impairment->loss_percent = fresh.loss_percent;
	impairment->loss_correlation_percent = fresh.loss_correlation_percent;
	impairment->loss_gilbert = fresh.loss_gilbert;
	impairment->loss_state = fresh.loss_state;
	return true;
}

static void loss_write(struct writer *writer, const struct key *key, const void *object)
{
	const struct netns_impairment *impairment = key_member(key, object);

	if (impairment->loss_model != NETNS_LOSS_RANDOM || impairment->loss_correlation_percent > 0)
		keys_write_map(writer, &loss_keys, impairment);
	else if (impairment->loss_percent > 0)
		percent_put(writer, impairment->loss_percent);
}

const struct value value_loss = {loss_read, loss_write, "a percentage, or a map (see below)", NULL};

/* ---- queues, slots, seeds ----------------------------------------------------------------- */

static bool queue_read(struct reader *reader, const struct key *key, void *object,
		       const struct element *at)
{
	struct netns_impairment *impairment = key_member(key, object);
	const char *text = reader_text(reader, at);
	uint64_t ns = 0, bytes = 0;

	if (!text)
		return false;
	if (nanoseconds_parse("", text, &ns, NULL) < 0 &&
	    (size_parse("", text, &bytes, NULL) < 0 || bytes > UINT32_MAX))
		return reader_problem(reader, at,
				      "%s '%.60s': neither a time nor a size (try 50ms or 64K)",
				      key->name, text);
	impairment->queue_ns = ns;
	impairment->queue_bytes = (uint32_t)bytes;
	return true;
}

static void queue_write(struct writer *writer, const struct key *key, const void *object)
{
	const struct netns_impairment *impairment = key_member(key, object);
	char buffer[QUANTITY_TEXT_MAX];

	if (impairment->queue_ns)
		writer_string(writer, nanoseconds_print(impairment->queue_ns, buffer));
	else if (impairment->queue_bytes)
		writer_string(writer, size_print(impairment->queue_bytes, buffer));
}

const struct value value_queue = {queue_read, queue_write, "a duration or a size", NULL};

static bool slot_read(struct reader *reader, const struct key *key, void *object,
		      const struct element *at)
{
	struct netns_impairment *impairment = key_member(key, object);
	struct netns_impairment fresh = {0};

	if (!keys_read_map(reader, &slot_keys, &fresh, at))
		return false;
	impairment->slot = fresh.slot;
	return true;
}

static void slot_write(struct writer *writer, const struct key *key, const void *object)
{
	const struct netns_impairment *impairment = key_member(key, object);

	if (impairment->slot.min_ns || impairment->slot.max_ns || impairment->slot.delay_ns ||
	    impairment->slot.jitter_ns || impairment->slot.packets || impairment->slot.bytes)
		keys_write_map(writer, &slot_keys, impairment);
}

const struct value value_slot = {slot_read, slot_write, "a map (see below)", NULL};

static bool seed_read(struct reader *reader, const struct key *key, void *object,
		      const struct element *at)
{
	struct netns_impairment *impairment = key_member(key, object);
	const char *text = reader_text(reader, at);
	struct ncrun_error err = {0};

	if (!text)
		return false;
	if (number_parse_u64(key->name, text, 0, UINT64_MAX, &impairment->seed, &err) < 0)
		return reader_failed(reader, at, &err);
	impairment->seeded = true;
	return true;
}

static void seed_write(struct writer *writer, const struct key *key, const void *object)
{
	const struct netns_impairment *impairment = key_member(key, object);
	char text[24];

	if (!impairment->seeded)
		return;
	snprintf(text, sizeof(text), "%" PRIu64, impairment->seed);
	writer_raw(writer, text);
}

const struct value value_seed = {seed_read, seed_write, "a number", NULL};

/** "impair: none" takes all impairments away that were said before. */
static bool impair_read(struct reader *reader, const struct key *key, void *object,
			const struct element *at)
{
	static const char *const words[] = {"none", NULL};
	unsigned int word;

	if (!word_find(reader, at, words, &word))
		return false;
	*(struct netns_impairment *)key_member(key, object) = (struct netns_impairment){0};
	return true;
}

static void impair_write(struct writer *writer, const struct key *key, const void *object)
{
	(void)writer;
	(void)key;
	(void)object;
}

const struct value value_impair = {impair_read, impair_write, "none, or a map of impairments",
				   NULL};
