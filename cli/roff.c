/* SPDX-License-Identifier: Apache-2.0 */

#include "cli/roff.h"

#include <stddef.h>

void roff_put(struct text *out, const char *text)
{
	static const struct {
		char c;
		const char *roff;
	} specials[] = {
		{'\\', "\\e"},  {'-', "\\-"},   {'\'', "\\(aq"},
		{'^', "\\(ha"}, {'~', "\\(ti"}, {'`', "\\(ga"},
	};

	/* a dot or a quote at the beginning of a line would be a request */
	if (text[0] == '.')
		text_append(out, "\\&");
	for (; *text; text++) {
		const char *roff = NULL;

		for (size_t i = 0; i < sizeof(specials) / sizeof(specials[0]); i++)
			if (specials[i].c == *text)
				roff = specials[i].roff;
		if (roff)
			text_append(out, roff);
		else
			text_append_char(out, *text);
	}
}

void roff_line(struct text *out, const char *request, const char *text)
{
	text_append(out, request);
	roff_put(out, text);
	text_append_char(out, '\n');
}
