/* SPDX-License-Identifier: Apache-2.0 */

/* Whatever record_parse() takes must survive being written and read again. */

#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "base/record.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_(record_freep) struct record *record = NULL, *again = NULL;
	_cleanup_text_ struct text text = {0};
	struct ncrun_error err = {0};
	const char *const *list;
	const char *value;

	if (record_parse((const char *)data, size, &record, &err) < 0) {
		assert(err.code && err.message[0]);
		return 0;
	}
	list = record_get_list(record, "a");
	value = record_get(record, "a", NULL);
	record_get_u64(record, "a", 1);
	record_get_i64(record, "a", 1);
	record_put_list(&text, "a", list);
	assert(record_parse(text_string(&text), text.length, &again, &err) == 0);
	if (value)
		assert(strcmp(record_get(again, "a", ""), value) == 0);
	assert(strings_count(record_get_list(again, "a")) == strings_count(list));
	return 0;
}
