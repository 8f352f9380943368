/* SPDX-License-Identifier: Apache-2.0 */

/*
 * hello - start a node by the library, run a second command in it, see how both end
 *
 *	cc $(pkg-config --cflags --libs ncrun) -o hello examples/hello.c
 *	sudo ./hello alpine
 */

#include <stdio.h>

#include <ncrun/container.h>

static void notice(void *data, const char *line)
{
	(void)data;
	fprintf(stderr, "hello: %s\n", line);
}

static int fail(const struct ncrun_error *err)
{
	fprintf(stderr, "hello: %s\n", err->message);
	return 1;
}

int main(int argc, char **argv)
{
	static const char *const serve[] = {"sleep", "60", NULL};
	static const char *const greet[] = {"sh", "-c", "echo hello from $(hostname)", NULL};
	const struct ncrun_context context = {.size = sizeof(context), .notice = notice};
	struct ncrun_container_spec spec = NCRUN_CONTAINER_SPEC_INIT;
	struct ncrun_exec_spec exec = NCRUN_EXEC_SPEC_INIT;
	struct ncrun_container *node = NULL;
	struct ncrun_exit greeted = {0};
	struct ncrun_exit ended = {0};
	struct ncrun_error err = {0};
	int r;

	spec.rootfs = argc > 1 ? argv[1] : "alpine";
	spec.argv = serve;
	if (ncrun_container_start(&context, &spec, &node, &err) < 0)
		return fail(&err);

	exec.argv = greet;
	r = ncrun_container_exec(node, &exec, &greeted, &err);
	if (r == 0)
		printf("the greeting ended with %d\n", greeted.code);
	if (r == 0)
		r = ncrun_container_stop(node, UINT64_MAX, &err);
	if (r == 0)
		r = ncrun_container_wait(node, -1, &ended, &err);
	if (r == 0)
		printf("the node ended with %d\n", ended.code);
	if (r == 0)
		r = ncrun_container_remove(node, true, &err);
	ncrun_container_unref(node);
	return r < 0 ? fail(&err) : 0;
}
