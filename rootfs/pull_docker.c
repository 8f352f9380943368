/* SPDX-License-Identifier: Apache-2.0 */

/* Registries: skopeo speaks to them and writes an OCI archive for us to import. */

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "base/process.h"
#include "base/text.h"
#include "rootfs/import.h"
#include "rootfs/pull.h"
#include "rootfs/store.h"

#define COPY_TIMEOUT_MS (30LL * 60 * 1000) /* skopeo tells nothing while it works */
#define ARCHIVE         "image.tar"

/* The last msg="..." of skopeo's log, or its last line. */
static void find_message(const char *log, char *ret, size_t size)
{
	const char *at = log;
	bool quoted = false;
	size_t n = 0;

	for (const char *next = log; (next = strstr(next, "msg=\"")); quoted = true)
		at = next += strlen("msg=\"");
	for (; *at && *at != '\n' && n + 1 < size; at++) {
		if (quoted && (*at == '"' || text_starts_with(at, "\\n")))
			break;
		if (*at == '\\' && at[1] == '"')
			at++;
		ret[n++] = (char)(*at < ' ' || *at > '~' ? '?' : *at);
	}
	ret[n] = '\0';
}

/* skopeo has one exit status for all that goes wrong; its words tell more. */
static int code_of(const char *message)
{
	static const struct {
		const char *words;
		int code;
	} known[] = {
		{"manifest unknown", ENOENT},  {"name unknown", ENOENT},
		{"name not known", ENOENT},    {"not found", ENOENT},
		{"no such host", ENETUNREACH}, {"connection refused", ENETUNREACH},
		{"unreachable", ENETUNREACH},  {"server misbehaving", ENETUNREACH},
		{"i/o timeout", ETIMEDOUT},    {"deadline exceeded", ETIMEDOUT},
		{"StatusCode: 404", ENOENT},   {"denied", EACCES},
		{"unauthorized", EACCES},      {"no space left", ENOSPC},
		{"did not match", EBADMSG},
	};

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (strcasestr(message, known[i].words))
			return known[i].code;
	return EREMOTEIO;
}

static int run_skopeo(const struct pull_reference *reference, const char *folder,
		      const char *target, struct ncrun_error *err)
{
	const char *const argv[] = {
		"skopeo",
		"--tmpdir",
		folder,
		"copy",
		"--quiet",
		reference->loopback ? "--src-tls-verify=false" : "--src-tls-verify=true",
		reference->location,
		target,
		NULL,
	};
	_cleanup_free_ char *log = NULL;
	char message[512];
	int status = 0;
	int r;

	r = process_run(argv, COPY_TIMEOUT_MS, &status, NULL, &log, err);
	if (r == -ENOENT)
		return error_set(
			err, ENOPKG,
			"the program 'skopeo' is not installed (Debian: apt-get install skopeo)");
	if (r < 0)
		return r;
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return 0;
	if (WIFSIGNALED(status))
		return error_set(err, EREMOTEIO, "skopeo died of signal %d", WTERMSIG(status));
	find_message(log ? log : "", message, sizeof(message));
	return error_set(err, code_of(message), "skopeo: %s",
			 *message ? message : "no reason given");
}

int pull_docker(const struct pull_job *job, struct ncrun_image **ret, struct ncrun_error *err)
{
	_cleanup_(store_area_done) struct store_area area = STORE_AREA_INIT;
	_cleanup_free_ char *folder = NULL;
	_cleanup_free_ char *target = NULL;
	_cleanup_close_ int fd = -1;
	int r;

	r = store_area_new(job->store, &area, err);
	if (r < 0)
		return r;
	if (asprintf(&folder, "%s/tmp/%s", job->store->path, area.name) < 0 ||
	    asprintf(&target, "oci-archive:%s/" ARCHIVE ":latest", folder) < 0)
		return error_set(err, ENOMEM, "allocate a path");
	if (strchr(folder, ':')) /* skopeo would take the rest for a tag */
		return error_set(err, EINVAL, "image store '%s': skopeo takes no ':' in a path",
				 job->store->path);

	r = run_skopeo(job->reference, folder, target, err);
	if (r < 0)
		return r;
	fd = openat(area.fd, ARCHIVE, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return error_errno(err, "open what skopeo wrote");
	return image_import_fd(job->store, job->name, fd, job->reference->location,
			       &job->options->import, ret, err);
}
