/* SPDX-License-Identifier: Apache-2.0 */

#include "cli/output.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "cli/command.h"

#define NS_PER_S    1000000000
#define MESSAGE_MAX 2048

/* ---- messages ------------------------------------------------------------ */

/* Where there is no memory left for its escapes: what could harm a terminal is left out. */
static void write_plain_line(const char *prefix, const char *command, const char *message)
{
	char line[MESSAGE_MAX + 64];
	int length = snprintf(line, sizeof(line), "%s%s%s: %s", prefix, command[0] ? " " : "",
			      command, message);
	size_t end = length < 0                      ? 0
		     : (size_t)length < sizeof(line) ? (size_t)length
						     : sizeof(line) - 1;

	for (size_t i = 0; i < end; i++)
		if (line[i] < ' ' || line[i] > '~')
			line[i] = '?';
	line[end] = '\n';
	if (write(STDERR_FILENO, line, end + 1) < 0)
		return;
}

static void write_line(const char *prefix, const char *command, const char *message)
{
	_cleanup_text_ struct text line = {0};

	text_printf(&line, "%s%s%s: ", prefix, command[0] ? " " : "", command);
	text_append_escaped(&line, message, strlen(message));
	text_append_char(&line, '\n');
	/* no stream: a line is one write(), so parallel ones do not mix */
	if (text_failed(&line))
		write_plain_line(prefix, command, message);
	else if (write(STDERR_FILENO, line.chars, line.length) < 0)
		return;
}

void complain(const char *command, const char *fmt, ...)
{
	char message[MESSAGE_MAX];
	va_list args;

	va_start(args, fmt);
	vsnprintf(message, sizeof(message), fmt, args);
	va_end(args);
	write_line("ncrun", command, message);
}

void notice_print(void *data __attribute__((unused)), const char *line)
{
	write_line("ncrun", "", line);
}

/* Why standard output could not be written; a stream only remembers that it could not. */
static int output_error;

void text_print(const struct text *text)
{
	if (text_failed(text))
		complain("", "no memory for the output");
	else if (fwrite(text_string(text), 1, text->length, stdout) < text->length)
		output_error = errno;
}

int output_flush(void)
{
	int r;

	if (fflush(stdout) != 0)
		output_error = errno;
	if (!ferror(stdout) && output_error == 0)
		return 0;
	r = output_error ? -output_error : -EIO;
	clearerr(stdout);
	output_error = 0; /* said once is enough */
	return r;
}

int output_close(int status, int failed)
{
	int r = output_flush();

	if (r == 0)
		return status;
	if (r != -EPIPE)
		complain("", "write the output: %s", strerrordesc_np(-r));
	return status == 0 ? failed : status;
}

/* ---- tables ---------------------------------------------------------------- */

void table_add(struct table *table, const char *cell)
{
	_cleanup_text_ struct text escaped = {0};

	text_append_escaped(&escaped, cell, strlen(cell));
	if (text_failed(&escaped) ||
	    strings_append_counted(&table->cells, &table->cell_count, text_string(&escaped)) < 0)
		table->failed = true;
}

void table_addf(struct table *table, const char *fmt, ...)
{
	char cell[1024];
	va_list args;

	va_start(args, fmt);
	vsnprintf(cell, sizeof(cell), fmt, args);
	va_end(args);
	table_add(table, cell);
}

/* An empty last cell leaves no blanks behind. */
static void text_end_line(struct text *out)
{
	while (out->length > 0 && out->chars[out->length - 1] == ' ')
		out->chars[--out->length] = '\0';
	text_append_char(out, '\n');
}

static void print_cell(struct text *out, const char *cell, size_t width, bool right, bool last)
{
	size_t used = text_width(cell);
	int blanks = used < width ? (int)(width - used) : 0;

	if (right)
		text_printf(out, "%*s", blanks, "");
	text_append(out, cell);
	if (!right && !last)
		text_printf(out, "%*s", blanks, "");
	if (last)
		text_end_line(out);
	else
		text_append(out, "  ");
}

void table_print(const struct table *table, struct text *out)
{
	size_t widths[TABLE_COLUMNS_MAX] = {0};
	size_t columns = strings_count(table->headings);
	size_t cells = table->cells ? strings_count((const char *const *)table->cells) : 0;

	for (size_t i = 0; i < columns; i++)
		widths[i] = text_width(table->headings[i]);
	for (size_t i = 0; columns > 0 && i < cells; i++) {
		size_t width = text_width(table->cells[i]);

		if (width > widths[i % columns])
			widths[i % columns] = width;
	}
	for (size_t i = 0; i < columns; i++)
		print_cell(out, table->headings[i], widths[i], table->right >> i & 1,
			   i == columns - 1);
	for (size_t i = 0; columns > 0 && i < cells; i++) {
		size_t column = i % columns;

		print_cell(out, table->cells[i], widths[column], table->right >> column & 1,
			   column == columns - 1);
	}
	out->failed |= table->failed;
}

void table_done(struct table *table)
{
	table->cells = strings_free(table->cells);
}

/* ---- values ---------------------------------------------------------------- */

void print_count(struct text *out, uint64_t count, const char *thing)
{
	text_printf(out, "%" PRIu64 " %s%s", count, thing, count == 1 ? "" : "s");
}

void print_size(struct text *out, uint64_t bytes)
{
	static const char *const units[] = {"KiB", "MiB", "GiB", "TiB"};
	double size = (double)bytes / 1024;
	size_t unit = 0;

	if (bytes < 1024) {
		text_printf(out, "%u B", (unsigned int)bytes);
		return;
	}
	/* 1023.95 would be rounded to "1024.0" */
	while (size >= 1023.95 && unit < 3) {
		size /= 1024;
		unit++;
	}
	text_printf(out, "%.1f %s", size, units[unit]);
}

void print_duration(struct text *out, int64_t ns)
{
	int64_t seconds = ns / NS_PER_S;

	if (ns < 0)
		text_append(out, "0s");
	else if (seconds < 10)
		text_printf(out, "%d.%ds", (int)seconds, (int)(ns % NS_PER_S / (NS_PER_S / 10)));
	else if (seconds < 60)
		text_printf(out, "%ds", (int)seconds);
	else if (seconds < 3600)
		text_printf(out, "%dm %ds", (int)(seconds / 60), (int)(seconds % 60));
	else if (seconds < 86400)
		text_printf(out, "%dh %dm", (int)(seconds / 3600), (int)(seconds / 60 % 60));
	else
		text_printf(out, "%lldd %dh", (long long)seconds / 86400,
			    (int)(seconds / 3600 % 24));
}

void print_time(struct text *out, int64_t ns)
{
	time_t seconds = (time_t)(ns / NS_PER_S);
	char buffer[32];
	struct tm tm;

	if (ns == 0 || !localtime_r(&seconds, &tm) ||
	    strftime(buffer, sizeof(buffer), "%Y-%m-%d %H:%M:%S", &tm) == 0)
		text_append(out, "-");
	else
		text_append(out, buffer);
}

/* Words that a shell would leave as they are. */
static bool word_is_plain(const char *word)
{
	for (const char *c = word; *c; c++)
		if (!(*c >= 'a' && *c <= 'z') && !(*c >= 'A' && *c <= 'Z') &&
		    !(*c >= '0' && *c <= '9') && !strchr("_-./:=@%+,", *c))
			return false;
	return word[0] != '\0';
}

void print_words(struct text *out, const char *const *words)
{
	for (size_t i = 0; words && words[i]; i++) {
		if (i > 0)
			text_append_char(out, ' ');
		if (word_is_plain(words[i])) {
			text_append(out, words[i]);
			continue;
		}
		text_append_char(out, '\'');
		for (const char *c = words[i]; *c; c++)
			if (*c == '\'')
				text_append(out, "'\\''");
			else
				text_append_char(out, *c);
		text_append_char(out, '\'');
	}
}

size_t text_width(const char *text)
{
	size_t width = 0;

	for (; *text; text++)
		width += ((unsigned char)*text & 0xc0) != 0x80;
	return width;
}

/* ---- colour ---------------------------------------------------------------- */

bool colour_wanted(int fd)
{
	const char *no_colour = getenv("NO_COLOR");
	const char *terminal = getenv("TERM");

	return !(no_colour && no_colour[0]) && !(terminal && text_equal(terminal, "dumb")) &&
	       isatty(fd);
}

void print_coloured(struct text *out, bool wanted, enum colour colour, const char *text)
{
	static const char *const codes[] = {
		[COLOUR_GREEN] = "32",
		[COLOUR_YELLOW] = "33",
		[COLOUR_RED] = "31",
		[COLOUR_BOLD] = "1",
	};

	if (wanted)
		text_printf(out, "\033[%sm%s\033[0m", codes[colour], text);
	else
		text_append(out, text);
}
