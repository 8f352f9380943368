/* SPDX-License-Identifier: Apache-2.0 */

#include "cli/progress.h"

#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/clock.h"
#include "cli/output.h"

#define INTERVAL_MS 100

static const int signals[] = {SIGINT, SIGTERM, SIGHUP};

/* What a signal handler can reach; there is one terminal, and one bar on it. */
static volatile sig_atomic_t cancelled_by;

static void on_signal(int signo)
{
	cancelled_by = signo;
}

static size_t terminal_width(void)
{
	struct winsize size;

	return ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80;
}

void progress_line(struct text *out, const struct ncrun_progress *now, int64_t elapsed_ms,
		   size_t width)
{
	_cleanup_text_ struct text tail = {0};
	uint64_t done = now->done_bytes, total = now->total_bytes;
	uint64_t rate = elapsed_ms > 0 ? done * 1000 / (uint64_t)elapsed_ms : 0;
	size_t cells, filled;

	if (total > 0 && done > total)
		total = done;
	if (total > 0)
		text_printf(&tail, " %3u%% ", (unsigned int)(done * 100 / total));
	else
		text_append_char(&tail, ' ');
	print_size(&tail, done);
	if (elapsed_ms >= 500) {
		text_append(&tail, ", ");
		print_size(&tail, rate);
		text_append(&tail, "/s");
	}
	if (elapsed_ms >= 500 && total > 0 && rate > 0) {
		text_append(&tail, ", ");
		print_duration(&tail, (int64_t)((total - done) / rate) * 1000000000);
		text_append(&tail, " left");
	}

	text_printf(out, "%.*s", (int)width, now->phase);
	/* the bar takes what the words leave, as long as it is worth it */
	if (total > 0 && out->length + tail.length + 13 <= width) {
		cells = width - out->length - tail.length - 3;
		cells = cells > 40 ? 40 : cells;
		filled = (size_t)(done * cells / total);
		text_append(out, " [");
		for (size_t i = 0; i < cells; i++)
			text_append_char(out, i < filled ? '#' : '.');
		text_append_char(out, ']');
	}
	if (out->length + tail.length <= width)
		text_append(out, text_string(&tail));
}

void progress_start(struct progress *progress, bool quiet)
{
	struct sigaction action = {.sa_handler = on_signal, .sa_flags = (int)SA_RESETHAND};

	progress->shown = !quiet && isatty(STDERR_FILENO);
	for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++) {
		sigaction(signals[i], NULL, &progress->saved[i]);
		/* what our caller ignores (nohup) stays ignored */
		if (progress->saved[i].sa_handler != SIG_IGN)
			sigaction(signals[i], &action, NULL);
	}
}

static void wipe(struct progress *progress)
{
	if (progress->drawn && write(STDERR_FILENO, "\r\033[K", 4) < 0)
		return;
	progress->drawn = false;
}

int progress_show(void *data, const struct ncrun_progress *now)
{
	struct progress *progress = data;
	_cleanup_text_ struct text line = {0};
	int64_t ms;

	if (cancelled_by)
		return 1;
	if (!progress->shown)
		return 0;

	ms = clock_now_ms();
	if (strncmp(progress->phase, now->phase, sizeof(progress->phase) - 1) != 0) {
		snprintf(progress->phase, sizeof(progress->phase), "%s", now->phase);
		progress->started_ms = ms;
	} else if (ms - progress->drawn_ms < INTERVAL_MS) {
		return 0;
	}
	progress->drawn_ms = ms;
	text_append_char(&line, '\r');
	progress_line(&line, now, ms - progress->started_ms, terminal_width());
	text_append(&line, "\033[K");
	if (!text_failed(&line) && write(STDERR_FILENO, line.chars, line.length) > 0)
		progress->drawn = true;
	return 0;
}

void progress_note(void *data, const char *line)
{
	wipe(data);
	notice_print(NULL, line);
}

void progress_done(struct progress *progress)
{
	wipe(progress);
	for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
		sigaction(signals[i], &progress->saved[i], NULL);
	if (cancelled_by)
		raise(cancelled_by);
}
