/* SPDX-License-Identifier: Apache-2.0 */

/* Numbers, sizes, durations, modes, names, signals and capabilities from any text. */

#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "base/capability.h"
#include "base/cleanup.h"
#include "base/name.h"
#include "base/number.h"
#include "base/signal_name.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/** What is printed of it means the same. */
static void check_quantities(const char *text)
{
	char printed[QUANTITY_TEXT_MAX];
	uint64_t number = 0, again = 0;
	double percent = 0, same = 0;

	if (nanoseconds_parse("n", text, &number, NULL) == 0)
		assert(nanoseconds_parse("n", nanoseconds_print(number, printed), &again, NULL) ==
			       0 &&
		       number == again);
	if (rate_parse("n", text, &number, NULL) == 0)
		assert(rate_parse("n", rate_print(number, printed), &again, NULL) == 0 &&
		       number == again);
	if (size_parse("n", text, &number, NULL) == 0)
		assert(size_parse("n", size_print(number, printed), &again, NULL) == 0 &&
		       number == again);
	if (percent_parse("n", text, &percent, NULL) == 0)
		assert(percent >= 0 && percent <= 100 &&
		       percent_parse("n", percent_print(percent, printed), &same, NULL) == 0 &&
		       percent - same < 1e-6 && same - percent < 1e-6);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_free_ char *text = strndup((const char *)data, size);
	struct ncrun_error err = {0};
	uint64_t number = 0;
	int64_t integer = 0;
	uint32_t mode = 0;
	unsigned int capability;
	int signo = 0;

	if (!text)
		return 0;
	if (number_parse_u64("n", text, 5, 1000, &number, &err) == 0)
		assert(number >= 5 && number <= 1000);
	if (number_parse_i64("n", text, -1000, 1000, &integer, &err) == 0)
		assert(integer >= -1000 && integer <= 1000);
	if (mode_parse("n", text, 07777, &mode, &err) == 0)
		assert(mode <= 07777);
	if (duration_parse("n", text, &number, &err) == 0)
		assert(number <= INT64_MAX);
	check_quantities(text);
	if (signal_name_parse(text, &signo, &err) == 0)
		assert(signo > 0 && signo <= 64);
	if (capability_parse(text, &capability, &err) == 0)
		assert(capability < 64);
	if (name_check("n", text, &err) == 0)
		assert(strlen(text) <= 63 && !strchr(text, '/') && text[0] != '.' &&
		       text[0] != '-');
	return 0;
}
