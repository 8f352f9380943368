/* SPDX-License-Identifier: Apache-2.0 */

/* What somebody else's program does with the library: C99, installed headers only. */

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <ncrun/container.h>
#include <ncrun/error.h>
#include <ncrun/image.h>
#include <ncrun/machine.h>
#include <ncrun/seccomp.h>

static int failed;

static void check(int good, const char *what)
{
	printf("%s - %s\n", good ? "ok" : "not ok", what);
	failed += !good;
}

static void check_refused(int r, int code, const struct ncrun_error *err, const char *what)
{
	check(r == -code && err->code == code && err->message[0] != '\0', what);
	if (r != -code)
		printf("# %d, not %d: %s\n", r, -code, err->message);
}

int main(void)
{
	struct ncrun_container_spec spec = NCRUN_CONTAINER_SPEC_INIT;
	struct ncrun_container *container = NULL;
	struct ncrun_container **list = NULL;
	struct ncrun_finding *findings = NULL;
	struct ncrun_store *store = NULL;
	struct ncrun_image *image = NULL;
	struct ncrun_error err = {0, ""};
	struct ncrun_volume volume;
	char text[] = "/a:/b:ro";
	char bad[] = "nothing";
	size_t count = 0;

	check(strlen(ncrun_version()) >= 5, "a version");
	check(spec.size == sizeof(spec), "a specification knows its size");

	check(ncrun_volume_parse(text, &volume, &err) == 0 && volume.read_only &&
		      strcmp(volume.source, "/a") == 0 && strcmp(volume.target, "/b") == 0,
	      "a volume's text form");
	check_refused(ncrun_volume_parse(bad, &volume, &err), EINVAL, &err,
		      "a bad volume is refused");

	check(ncrun_store_open(NULL, &store, &err) == 0 && store, "the store opens");
	check_refused(ncrun_image_open(store, "no-such-image", &image, &err), ENOENT, &err,
		      "an image that is not there is refused");
	check(image == NULL, "a failed call leaves its result alone");
	store = ncrun_store_unref(store);
	check(store == NULL, "unref returns NULL");

	check(ncrun_container_list(NULL, 1, &list, &count, &err) == 0 && count == 0,
	      "no containers yet");
	ncrun_container_list_free(list, count);
	check_refused(ncrun_container_open(NULL, "no-such-node", &container, &err), ENOENT, &err,
		      "a container that is not there is refused");
	check_refused(ncrun_container_open(NULL, "../etc", &container, &err), EINVAL, &err,
		      "a name that is none is refused");

	check(ncrun_machine_examine(&findings, &count, &err) == 0 && count > 0,
	      "the machine is examined");
	ncrun_findings_free(findings, count);

	puts(failed ? "some calls failed" : "all calls answered");
	return failed ? 1 : 0;
}
