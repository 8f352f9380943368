/* SPDX-License-Identifier: Apache-2.0 */

/*
 * faults [OPTION...] -- COMMAND...   run it, and say how many system calls it makes
 *
 *   --at K          kill it when it enters its K-th call, which it does not make any more
 *   --exit          ... when it has made it
 *   --error NAME    it is not killed: the call is not made, and told that error; "any" is one
 *                   that this call may well have, and only calls that have one are counted
 *   --turn N        which of "any": 0 is the first, and after the last comes the first again
 *   --sticky        all counted calls from there on
 *   --changing      count no calls that change nothing which outlives their process
 *   --only A,B      count only calls of these names, whatever their errors
 *   --tree          count the calls of its children, too, but not of what a node runs
 *   --steps         count instructions instead
 *   --timeout S     how long it may take (10); then it is killed
 *   --report FILE   where to say what was done (standard error), in one line:
 *                     calls N (or steps N)
 *                     hit K CALL ERROR (or KILL) OF-HOW-MANY PROCESS exit (or signal)
 *
 * Exit code: the command's own, 128+n, 124 when it took too long.
 */

#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "tests/support/plausible.h"
#include "tests/support/tracer.h"

static int usage(void)
{
	fputs("usage: faults [--at K] [--exit] [--error NAME [--turn N] [--sticky]] [--only CALLS] "
	      "[--changing] [--tree] [--steps] [--timeout S] [--report FILE] -- COMMAND...\n",
	      stderr);
	return 2;
}

static int report(const char *path, const struct tracer_fault *fault,
		  const struct tracer_outcome *outcome)
{
	_cleanup_fclose_ FILE *opened = path ? fopen(path, "we") : NULL;
	FILE *const file = path ? opened : stderr;

	if (!file) {
		perror("faults: write the report");
		return -1;
	}
	if (outcome->hit)
		fprintf(file, "hit %" PRId64 " %s %s %zu %zu %s\n", fault->at, outcome->call,
			outcome->error, outcome->errors, outcome->process,
			outcome->killed ? "signal" : "exit");
	else
		fprintf(file, "%s %" PRId64 "\n", fault->steps ? "steps" : "calls", outcome->calls);
	return 0;
}

/* Up to the command, which optind is at then; false for a mistake. */
static bool options_parse(int argc, char **argv, struct tracer_fault *fault,
			  const char **ret_report)
{
	enum {
		AT = 1,
		EXIT,
		ERROR,
		TURN,
		STICKY,
		ONLY,
		CHANGING,
		TREE,
		STEPS,
		TIMEOUT,
		REPORT
	};
	static const struct option options[] = {
		{"at", 1, NULL, AT},
		{"exit", 0, NULL, EXIT},
		{"error", 1, NULL, ERROR},
		{"turn", 1, NULL, TURN},
		{"sticky", 0, NULL, STICKY},
		{"only", 1, NULL, ONLY},
		{"changing", 0, NULL, CHANGING},
		{"tree", 0, NULL, TREE},
		{"timeout", 1, NULL, TIMEOUT},
		{"steps", 0, NULL, STEPS},
		{"report", 1, NULL, REPORT},
		{0},
	};
	int option;

	while ((option = getopt_long(argc, argv, "+", options, NULL)) != -1) {
		switch (option) {
		case AT:
			fault->at = strtoll(optarg, NULL, 10);
			break;
		case EXIT:
			fault->at_exit = true;
			break;
		case ERROR:
			fault->error = optarg;
			break;
		case TURN:
			fault->turn = strtoul(optarg, NULL, 10);
			break;
		case STICKY:
			fault->sticky = true;
			break;
		case ONLY:
			fault->only = optarg;
			break;
		case CHANGING:
			fault->changing = true;
			break;
		case TREE:
			fault->tree = true;
			break;
		case STEPS:
			fault->steps = true;
			break;
		case TIMEOUT:
			fault->timeout_ms = strtoll(optarg, NULL, 10) * 1000;
			break;
		case REPORT:
			*ret_report = optarg;
			break;
		default:
			return false;
		}
	}
	return optind < argc && (!fault->error || strcmp(fault->error, "any") == 0 ||
				 plausible_number(fault->error) != 0);
}

int main(int argc, char **argv)
{
	struct tracer_fault fault = {.timeout_ms = 10000};
	const char *report_path = NULL;
	struct tracer_outcome outcome;

	if (!options_parse(argc, argv, &fault, &report_path))
		return usage();
#ifdef __SANITIZE_ADDRESS__
	setenv("ASAN_OPTIONS", "detect_leaks=0", 1); /* which takes ptrace(2), too */
#endif
	if (tracer_run(&fault, argv + optind, &outcome) < 0) {
		fprintf(stderr, "faults: trace '%s': %s\n", argv[optind], strerror(errno));
		return 125;
	}
	if (report(report_path, &fault, &outcome) < 0)
		return 125;
	return outcome.timed_out ? 124 : outcome.status;
}
