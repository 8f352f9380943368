/* SPDX-License-Identifier: Apache-2.0 */

/*
 * pty_drive [-s ROWSxCOLUMNS] [-t SECONDS] SCRIPT COMMAND...
 *
 * Runs COMMAND on a pseudo-terminal as a person would sit before it, and follows
 * SCRIPT ("-" = standard input), one step a line:
 *
 *	expect TEXT         wait until the terminal has shown TEXT since the last expect
 *	refuse TEXT         TEXT must not have been shown since the last expect
 *	send TEXT           type it; line TEXT types it and Enter
 *	resize ROWS COLUMNS
 *	raw, cooked         wait until the terminal is in that mode
 *	restored            the terminal's settings are what they were at the start
 *	signal NUMBER       to the command; sleep MILLISECONDS; hangup closes the terminal
 *	exit CODE           wait for the command's end (128+n for a signal)
 *
 * TEXT knows \r \n \t \e \\ and \xHH. Each step has SECONDS (10). Prints a TAP
 * line for each expect, refuse, raw, cooked, restored and exit; stops at the first
 * that fails, shows what the terminal showed, and ends with 1.
 */

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#include "base/cleanup.h"

#define SHOWN_MAX (1u << 20)
#define LINE_SIZE 4096

struct drive {
	int terminal; /* owned: our side of it; -1 after hangup */
	int keeper;   /* owned: the command's side, so that the last output is not lost */
	pid_t command;
	int64_t timeout_ms;
	struct termios at_start;
	size_t shown_length;
	size_t seen; /* what expect has matched already */
	char shown[SHOWN_MAX + 1];
};

static int64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Take in what there is within @wait_ms. */
static void drive_read(struct drive *drive, int wait_ms)
{
	struct pollfd ready = {.fd = drive->terminal, .events = POLLIN};
	ssize_t n;

	if (poll(&ready, 1, wait_ms) <= 0)
		return;
	if (drive->shown_length > SHOWN_MAX / 2) { /* a flood: keep the newer half */
		size_t drop = drive->shown_length - SHOWN_MAX / 4;

		memmove(drive->shown, drive->shown + drop, drive->shown_length - drop);
		drive->shown_length -= drop;
		drive->seen = drive->seen > drop ? drive->seen - drop : 0;
	}
	n = read(drive->terminal, drive->shown + drive->shown_length, SHOWN_MAX / 4);
	if (n > 0)
		drive->shown_length += (size_t)n;
	drive->shown[drive->shown_length] = '\0';
}

static bool step_expect(struct drive *drive, const char *text)
{
	int64_t deadline = now_ms() + drive->timeout_ms;
	const char *found;

	for (;;) {
		found = memmem(drive->shown + drive->seen, drive->shown_length - drive->seen, text,
			       strlen(text));
		if (found) {
			drive->seen = (size_t)(found - drive->shown) + strlen(text);
			return true;
		}
		if (now_ms() > deadline)
			return false;
		drive_read(drive, 50);
	}
}

static bool step_refuse(struct drive *drive, const char *text)
{
	drive_read(drive, 100);
	return !memmem(drive->shown + drive->seen, drive->shown_length - drive->seen, text,
		       strlen(text));
}

static bool step_send(struct drive *drive, const char *text)
{
	size_t length = strlen(text);

	while (length > 0) {
		ssize_t n = write(drive->terminal, text, length);

		if (n < 0 && errno != EAGAIN)
			return false;
		if (n > 0) {
			text += n;
			length -= (size_t)n;
		}
		drive_read(drive, 0); /* the other side may wait for us to read */
	}
	return true;
}

static bool step_line(struct drive *drive, const char *text)
{
	return step_send(drive, text) && step_send(drive, "\r");
}

static bool step_resize(struct drive *drive, const char *text)
{
	struct winsize size = {0};

	if (sscanf(text, "%hu %hu", &size.ws_row, &size.ws_col) != 2)
		return false;
	return ioctl(drive->terminal, TIOCSWINSZ, &size) == 0;
}

static bool wait_for_mode(struct drive *drive, bool cooked)
{
	int64_t deadline = now_ms() + drive->timeout_ms;
	struct termios now;

	while (now_ms() < deadline) {
		if (tcgetattr(drive->keeper, &now) == 0 && !!(now.c_lflag & ICANON) == cooked)
			return true;
		drive_read(drive, 20);
	}
	return false;
}

static bool step_raw(struct drive *drive, const char *text)
{
	(void)text;
	return wait_for_mode(drive, false);
}

static bool step_cooked(struct drive *drive, const char *text)
{
	(void)text;
	return wait_for_mode(drive, true);
}

static bool step_restored(struct drive *drive, const char *text)
{
	const struct termios *start = &drive->at_start;
	struct termios now;

	(void)text;
	return tcgetattr(drive->keeper, &now) == 0 && now.c_iflag == start->c_iflag &&
	       now.c_oflag == start->c_oflag && now.c_cflag == start->c_cflag &&
	       now.c_lflag == start->c_lflag && memcmp(now.c_cc, start->c_cc, NCCS) == 0;
}

static bool step_signal(struct drive *drive, const char *text)
{
	return kill(drive->command, (int)strtol(text, NULL, 10)) == 0;
}

static bool step_sleep(struct drive *drive, const char *text)
{
	int64_t until = now_ms() + strtol(text, NULL, 10);

	while (now_ms() < until)
		drive_read(drive, 10);
	return true;
}

static bool step_hangup(struct drive *drive, const char *text)
{
	(void)text;
	close(drive->keeper);
	close(drive->terminal);
	drive->keeper = drive->terminal = -1;
	return true;
}

static bool step_exit(struct drive *drive, const char *text)
{
	int64_t deadline = now_ms() + drive->timeout_ms;
	int status = 0;
	int code;

	while (waitpid(drive->command, &status, WNOHANG) == 0) {
		if (now_ms() > deadline)
			return false;
		drive_read(drive, 10);
	}
	drive->command = 0;
	drive_read(drive, 10);
	code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
	if (code != strtol(text, NULL, 10))
		printf("# exit code %d\n", code);
	return code == strtol(text, NULL, 10);
}

static const struct {
	const char *word;
	bool (*run)(struct drive *drive, const char *text);
	bool silent; /* no check: says something only when it fails */
} steps[] = {
	{"expect", step_expect, false}, {"refuse", step_refuse, false},
	{"send", step_send, true},      {"line", step_line, true},
	{"resize", step_resize, true},  {"raw", step_raw, false},
	{"cooked", step_cooked, false}, {"restored", step_restored, false},
	{"signal", step_signal, true},  {"sleep", step_sleep, true},
	{"hangup", step_hangup, true},  {"exit", step_exit, false},
};

/* In place: \r \n \t \e \\ \xHH. */
static void unescape(char *text)
{
	static const char from[] = "rnte\\";
	static const char to[] = "\r\n\t\033\\";
	char *out = text;

	for (; *text; text++) {
		const char *known = text[0] == '\\' && text[1] ? strchr(from, text[1]) : NULL;

		if (known) {
			*out++ = to[known - from];
			text++;
		} else if (text[0] == '\\' && text[1] == 'x' && text[2] && text[3]) {
			const char digits[] = {text[2], text[3], '\0'};

			*out++ = (char)strtol(digits, NULL, 16);
			text += 3;
		} else {
			*out++ = *text;
		}
	}
	*out = '\0';
}

static bool drive_step(struct drive *drive, char *line)
{
	char *word = line + strspn(line, " \t");
	char *text = word + strcspn(word, " \t\n");

	line[strcspn(line, "\n")] = '\0';
	if (*text)
		*text++ = '\0';
	if (*word == '\0' || *word == '#')
		return true;
	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		char shown[LINE_SIZE];
		bool good;

		if (strcmp(steps[i].word, word) != 0)
			continue;
		snprintf(shown, sizeof(shown), "%s %s", word, text);
		unescape(text);
		good = steps[i].run(drive, text);
		if (!good || !steps[i].silent)
			printf("%sok - terminal: %s\n", good ? "" : "not ", shown);
		return good;
	}
	printf("not ok - terminal: '%s' is no step\n", word);
	return false;
}

static int drive_start(struct drive *drive, const struct winsize *size, char **argv)
{
	const char *name;

	drive->terminal = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (drive->terminal < 0 || grantpt(drive->terminal) < 0 || unlockpt(drive->terminal) < 0)
		return -1;
	name = ptsname(drive->terminal);
	drive->keeper = name ? open(name, O_RDWR | O_NOCTTY | O_CLOEXEC) : -1;
	if (drive->keeper < 0 || ioctl(drive->terminal, TIOCSWINSZ, size) < 0)
		return -1;
	tcgetattr(drive->keeper, &drive->at_start);
	fcntl(drive->terminal, F_SETFL, O_NONBLOCK);
	drive->command = fork();
	if (drive->command != 0)
		return drive->command;
	setsid();
	signal(SIGINT, SIG_DFL); /* whoever runs us in the background ignores it */
	ioctl(drive->keeper, TIOCSCTTY, 0);
	for (int fd = 0; fd < 3; fd++)
		dup2(drive->keeper, fd);
	execvp(argv[0], argv);
	fprintf(stderr, "pty_drive: run '%s': %s\n", argv[0], strerror(errno));
	_exit(127);
}

static int drive_follow(struct drive *drive, FILE *script)
{
	char line[LINE_SIZE];
	bool good = true;

	while (good && fgets(line, sizeof(line), script))
		good = drive_step(drive, line);
	if (drive->command > 0) {
		kill(drive->command, SIGKILL);
		waitpid(drive->command, NULL, 0);
	}
	if (good)
		return 0;
	printf("# the terminal showed, after what was expected last:\n");
	for (const char *c = drive->shown + drive->seen; *c; c++) {
		if (c == drive->shown + drive->seen || c[-1] == '\n')
			fputs("#   ", stdout);
		if (*c == '\n' || (*c >= ' ' && *c < 127))
			putchar(*c);
		else
			printf("\\x%02x", (unsigned char)*c);
	}
	putchar('\n');
	return 1;
}

/* Too large for a stack. */
static struct drive drive = {.terminal = -1, .keeper = -1, .timeout_ms = 10000};

int main(int argc, char **argv)
{
	_cleanup_fclose_ FILE *script = NULL;
	struct winsize size = {.ws_row = 24, .ws_col = 80};
	int option;

	setvbuf(stdout, NULL, _IOLBF, 0);
	while ((option = getopt(argc, argv, "+s:t:")) != -1) {
		if (option == 's' && sscanf(optarg, "%hux%hu", &size.ws_row, &size.ws_col) == 2)
			continue;
		if (option != 't')
			return 2;
		drive.timeout_ms = strtol(optarg, NULL, 10) * 1000;
	}
	if (argc - optind < 2) {
		fputs("usage: pty_drive [-s ROWSxCOLUMNS] [-t SECONDS] SCRIPT COMMAND...\n",
		      stderr);
		return 2;
	}
	script = strcmp(argv[optind], "-") == 0 ? stdin : fopen(argv[optind], "re");
	if (!script || drive_start(&drive, &size, argv + optind + 1) < 0) {
		perror("pty_drive");
		return 2;
	}
	return drive_follow(&drive, script);
}
