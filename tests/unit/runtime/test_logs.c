/* SPDX-License-Identifier: Apache-2.0 */

/* The last lines of a log, which goes on being written, and turned from file to file. */

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "runtime/container.h"
#include "runtime/init/init.h"
#include "runtime/log_tail.h"
#include "tests/support/directory.h"
#include "tests/support/test.h"

#define TAIL  20
#define LOOKS 200

/* Two files of some 50 lines: turned a thousand times a second or more. */
#define LOG_BYTES 4096

static struct log log_create(const struct test_directory *dir)
{
	return (struct log){
		.max_bytes = LOG_BYTES,
		.fd = {openat(dir->fd, "log.0", O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600),
		       openat(dir->fd, "log.1", O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600)},
	};
}

static void log_number(struct log *log, unsigned int number)
{
	char text[32];
	int length = snprintf(text, sizeof(text), "line %u\n", number);

	log_append(log, "main", 1, text, (size_t)length);
}

/** A process that writes numbers until it is killed; returns when it has begun a second file. */
static pid_t write_without_end(const struct test_directory *dir)
{
	struct log log = log_create(dir);
	pid_t parent = getpid(), pid = fork();
	struct stat st;

	assert_true(pid >= 0);
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		for (unsigned int i = 0; getppid() == parent; i++)
			log_number(&log, i);
		_exit(0);
	}
	do
		assert_int_equal(fstat(log.fd[1], &st), 0);
	while (st.st_size == 0);
	close(log.fd[0]);
	close(log.fd[1]);
	return pid;
}

/** struct look - the lines of one look at a log */
struct look {
	unsigned int count, gaps, last;
	char text[256]; /* one after the other, '|' behind each that has its end */
};

static int look_line(void *data, const struct ncrun_log_line *line)
{
	struct look *look = data;
	char text[32] = "";
	unsigned int number = 0;

	assert_true(line->length < sizeof(text));
	memcpy(text, line->text, line->length);
	assert_string_equal(line->service, "main");
	if (sscanf(text, "line %u", &number) == 1) {
		look->gaps += look->count > 0 && number != look->last + 1;
		look->last = number;
	}
	look->count++;
	if (strlen(look->text) + strlen(text) + 2 < sizeof(look->text)) {
		strcat(look->text, text);
		strcat(look->text, line->partial ? "" : "|");
	}
	return 0;
}

static struct look look_at(const struct test_directory *dir, uint64_t tail)
{
	struct ncrun_container container = {.dir = {.fd = dir->fd, .name = "n"}, .pidfd = -1};
	struct ncrun_log_options options = {.size = sizeof(options), .tail = tail};
	struct ncrun_error err = {0};
	struct look look = {0};

	assert_ok(ncrun_container_logs(&container, &options, look_line, &look, &err));
	return look;
}

TEST(as_many_lines_are_shown_as_asked_for_though_the_log_is_turned)
{
	_cleanup_(test_directory_done) struct test_directory dir = test_directory_new();
	pid_t pid = write_without_end(&dir);

	for (int i = 0; i < LOOKS; i++) {
		struct look look = look_at(&dir, TAIL);

		assert_int_equal(look.count, TAIL);
		assert_int_equal(look.gaps, 0);
	}
	kill(pid, SIGKILL);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
}

TEST(the_last_lines_are_of_both_files)
{
	_cleanup_(test_directory_done) struct test_directory dir = test_directory_new();
	struct log log = log_create(&dir);
	unsigned int next = 0;
	struct look look;

	while (log.current == 0)
		log_number(&log, next++);
	for (int i = 0; i < 2; i++)
		log_number(&log, next++);

	look = look_at(&dir, TAIL); /* three of them in the second file */
	assert_int_equal(look.count, TAIL);
	assert_int_equal(look.gaps, 0);
	assert_int_equal(look.last, next - 1);
	assert_int_equal(look_at(&dir, 1).count, 1);
	assert_int_equal(look_at(&dir, 1000000000).count, next);
	close(log.fd[0]);
	close(log.fd[1]);
}

TEST(parts_belong_to_their_line_and_what_has_no_end_yet_comes_on_top)
{
	_cleanup_(test_directory_done) struct test_directory dir = test_directory_new();
	struct log log = log_create(&dir);
	static const char *const parts[] = {"on", "e\n", "t", "w", "o\n", "mo", "re?"};

	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		log_append(&log, "main", 1, parts[i], strlen(parts[i]));

	assert_string_equal(look_at(&dir, 1).text, "two|more?");
	assert_string_equal(look_at(&dir, 2).text, "one|two|more?");
	assert_string_equal(look_at(&dir, 9).text, "one|two|more?");
	assert_string_equal(look_at(&dir, 0).text, "one|two|more?");
	close(log.fd[0]);
	close(log.fd[1]);
}

/** struct said - "SERVICE STREAM TEXT" of lines and parts, '|' behind each end */
struct said {
	char text[256];
};

static int said_line(void *data, const struct ncrun_log_line *line)
{
	struct said *said = data;
	size_t length = strlen(said->text);

	snprintf(said->text + length, sizeof(said->text) - length, "%s%d%.*s%s", line->service,
		 line->stream, (int)line->length, line->text, line->partial ? "" : "|");
	return 0;
}

static const char *said_at_last(const struct test_directory *dir, uint64_t tail)
{
	static struct said said;
	struct ncrun_container container = {.dir = {.fd = dir->fd, .name = "n"}, .pidfd = -1};
	struct ncrun_log_options options = {.size = sizeof(options), .tail = tail};
	struct ncrun_error err = {0};

	said.text[0] = '\0';
	assert_ok(ncrun_container_logs(&container, &options, said_line, &said, &err));
	return said.text;
}

TEST(no_line_is_cut_by_those_of_others)
{
	_cleanup_(test_directory_done) struct test_directory dir = test_directory_new();
	struct log log = log_create(&dir);

	log_append(&log, "a", 1, "1st", 3);
	log_append(&log, "a", 2, "err", 3);
	log_append(&log, "b", 1, "x\n", 2);
	log_append(&log, "b", 1, "y\n", 2);
	log_append(&log, "a", 1, "2nd", 3);
	assert_string_equal(said_at_last(&dir, 1), "a11stb1y|a12nd");
	assert_string_equal(said_at_last(&dir, 2), "a11sta2errb1x|b1y|a12nd");

	log_append(&log, "b", 1, "z\n", 2);
	assert_string_equal(said_at_last(&dir, 1), "a11sta12ndb1z|");

	log_append(&log, "a", 1, "3rd\n", 4);
	assert_string_equal(said_at_last(&dir, 1), "a11sta12nda13rd|");
	assert_string_equal(said_at_last(&dir, 2), "a11sta12ndb1z|a13rd|");
	log_append(&log, "b", 1, "w\n", 2);
	assert_string_equal(said_at_last(&dir, 1), "b1w|");
	close(log.fd[0]);
	close(log.fd[1]);
}

static int refuse_line(void *data, const struct ncrun_log_line *line)
{
	unsigned int *count = data;

	(void)line;
	return ++*count == 2 ? 7 : 0;
}

TEST(whoever_takes_the_last_lines_may_end_it)
{
	struct log_tail tail = {.most = 5};
	const struct ncrun_log_line line = {.service = "main", .text = "x", .length = 1};
	unsigned int count = 0;

	for (int i = 0; i < 8; i++)
		assert_int_equal(log_tail_add(&tail, &line), 0);
	assert_int_equal(tail.count, 5);

	assert_int_equal(log_tail_deliver(&tail, refuse_line, &count), 7);
	assert_int_equal(count, 2);

	log_tail_clear(&tail);
	assert_int_equal(tail.count, 0);
	assert_null(tail.first);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(as_many_lines_are_shown_as_asked_for_though_the_log_is_turned),
		cmocka_unit_test(the_last_lines_are_of_both_files),
		cmocka_unit_test(parts_belong_to_their_line_and_what_has_no_end_yet_comes_on_top),
		cmocka_unit_test(no_line_is_cut_by_those_of_others),
		cmocka_unit_test(whoever_takes_the_last_lines_may_end_it),
	};

	return cmocka_run_group_tests_name("runtime/logs", tests, NULL, NULL);
}
