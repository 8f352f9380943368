/* SPDX-License-Identifier: Apache-2.0 */

/* The commands of `exec`: run once, in order, when the network is up. */

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/error.h"
#include "topology/apply.h"

#define OUTPUT_CHUNK 16384

/** struct output - where a command's output waits until somebody is told; -1 = nobody is */
struct output {
	int memory; /* owned */
	int null;   /* owned */
};

static void output_done(struct output *output)
{
	closep(&output->memory);
	closep(&output->null);
}

static int output_open(struct output *ret, struct ncrun_error *err)
{
	ret->memory = memfd_create("ncrun-output", MFD_CLOEXEC);
	ret->null = open("/dev/null", O_RDONLY | O_CLOEXEC);
	if (ret->memory < 0 || ret->null < 0)
		return error_errno(err, "make room for a command's output");
	return 0;
}

static void output_tell(const struct output *output, const char *node,
			const struct ncrun_up_options *options)
{
	char chunk[OUTPUT_CHUNK];
	off_t at = 0;
	ssize_t n;

	while ((n = pread(output->memory, chunk, sizeof(chunk), at)) > 0) {
		options->output(options->data, node, chunk, (size_t)n);
		at += n;
	}
}

static int command_run(struct apply *apply, const struct plan_step *step, struct ncrun_error *err)
{
	_cleanup_(output_done) struct output output = {-1, -1};
	const struct ncrun_up_options *options = apply->options;
	struct ncrun_exec_spec spec = NCRUN_EXEC_SPEC_INIT;
	struct ncrun_exit end = {0};
	struct member *member = NULL;
	bool told = options && options->output;
	int streams[3], r;

	r = network_member_open(apply->network, step->after->name, &member, err);
	if (r == 0 && told)
		r = output_open(&output, err);
	if (r < 0)
		return r;
	spec.argv = (const char *const *)step->argv;
	if (told) {
		streams[0] = output.null;
		streams[1] = streams[2] = output.memory;
		spec.streams = streams;
	}
	r = ncrun_container_exec(member->container, &spec, &end, err);
	if (told)
		output_tell(&output, step->after->name, options);
	if (r < 0)
		return r;
	if (end.code != 0)
		return error_set(err, ECHILD, "it ended with code %d", end.code);
	return 0;
}

int apply_commands(struct apply *apply, struct ncrun_error *err)
{
	struct plan_step *step = NULL;

	while ((step = apply_next(apply, PLAN_COMMAND, step))) {
		int r;

		if (apply->options && apply->options->step)
			plan_step_tell(step, apply->options);
		step->begun = true;
		r = command_run(apply, step, err);
		if (r < 0)
			return apply_fail(apply, step, r, err);
	}
	return 0;
}
