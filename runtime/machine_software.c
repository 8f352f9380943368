/* SPDX-License-Identifier: Apache-2.0 */

/* Programs that ncrun runs and libraries that it loads, each only when it is needed. */

#include <archive.h>
#include <curl/curl.h>
#include <libfyaml.h>
#include <openssl/crypto.h>
#include <seccomp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "base/library.h"
#include "base/text.h"
#include "rootfs/rootfs.h"
#include "runtime/machine.h"

/* ---- programs ---------------------------------------------------------------- */

static const struct {
	const char *name;
	bool for_users; /* root has no use for it */
	const char *cost, *remedy;
} programs[] = {
	{"skopeo", false, "no `ncrun rootfs pull docker://IMAGE`", "apt-get install skopeo"},
	{"dot", false, "no `ncrun graph --format svg`", "apt-get install graphviz"},
	{"newuidmap", true, "nodes have root and no other user", "apt-get install uidmap"},
	{"newgidmap", true, "nodes have root and no other group", "apt-get install uidmap"},
};

/** Where it is, in PATH or where the machine keeps its own; NULL = nowhere. */
static char *program_find(const char *name)
{
	const char *path = getenv("PATH");
	_cleanup_text_ struct text all = {0};
	_cleanup_free_ char *list = NULL;
	char *rest = NULL;

	text_printf(&all, "%s:/usr/sbin:/sbin:/usr/bin:/bin", path ? path : "");
	list = text_take(&all);
	for (char *folder = list ? strtok_r(list, ":", &rest) : NULL; folder;
	     folder = strtok_r(NULL, ":", &rest)) {
		_cleanup_free_ char *candidate = NULL;

		if (asprintf(&candidate, "%s/%s", folder, name) < 0)
			return NULL;
		if (access(candidate, X_OK) == 0)
			return take_ptr(candidate);
	}
	return NULL;
}

static void examine_embedded(struct examination *examination)
{
	struct ncrun_finding finding = {
		.area = "programs",
		.item = "embedded image",
		.cost = "no node without an image that was imported or pulled",
		.remedy = "build ncrun where busybox-static is installed",
	};

	if (!image_embedded_available())
		finding.state = NCRUN_FINDING_DEGRADED;
	examination_add(examination, &finding, "%s", finding.state ? "not built in" : "built in");
}

void machine_examine_programs(struct examination *examination)
{
	for (size_t i = 0; i < sizeof(programs) / sizeof(programs[0]); i++) {
		_cleanup_free_ char *path = NULL;
		struct ncrun_finding finding = {
			.area = "programs",
			.item = programs[i].name,
			.cost = programs[i].cost,
			.remedy = programs[i].remedy,
		};

		if (programs[i].for_users && examination->root)
			continue;
		path = program_find(programs[i].name);
		if (!path)
			finding.state = NCRUN_FINDING_MISSING;
		examination_add(examination, &finding, "%s", path ? path : "not installed");
	}
	examine_embedded(examination);
}

/* ---- libraries --------------------------------------------------------------- */

static struct {
	__typeof__(&archive_version_string) archive;
	__typeof__(&curl_version) curl;
	__typeof__(&fy_library_version) fyaml;
	__typeof__(&OpenSSL_version) crypto;
	__typeof__(&seccomp_version) seccomp;
} lib;

static void archive_show(char *ret, size_t size)
{
	snprintf(ret, size, "%s", lib.archive());
}

static void curl_show(char *ret, size_t size)
{
	const char *versions = lib.curl(); /* "libcurl/7.88.1 OpenSSL/3.0.19 ..." */

	snprintf(ret, size, "%.*s", (int)strcspn(versions, " "), versions);
}

static void fyaml_show(char *ret, size_t size)
{
	snprintf(ret, size, "%s", lib.fyaml());
}

static void crypto_show(char *ret, size_t size)
{
	snprintf(ret, size, "%s", lib.crypto(OPENSSL_VERSION));
}

static void seccomp_show(char *ret, size_t size)
{
	const struct scmp_version *version = lib.seccomp();

	snprintf(ret, size, "%u.%u.%u", version->major, version->minor, version->micro);
}

static const struct {
	const char *item, *soname, *package;
	struct library_symbol symbols[2];
	void (*show)(char *ret, size_t size);
	enum ncrun_finding_state lack;
	const char *cost, *remedy;
} libraries[] = {
	{"libseccomp",
	 "libseccomp.so.2",
	 "libseccomp2",
	 {{"seccomp_version", (void **)&lib.seccomp}, {0}},
	 seccomp_show,
	 NCRUN_FINDING_FATAL,
	 "filters that are not in the cache cannot be compiled: nodes start with --seccomp "
	 "unconfined only",
	 "apt-get install libseccomp2"},
	{"libarchive",
	 "libarchive.so.13",
	 "libarchive13",
	 {{"archive_version_string", (void **)&lib.archive}, {0}},
	 archive_show,
	 NCRUN_FINDING_MISSING,
	 "no image can be imported, pulled or exported",
	 "apt-get install libarchive13"},
	{"libcrypto",
	 "libcrypto.so.3",
	 "libssl3",
	 {{"OpenSSL_version", (void **)&lib.crypto}, {0}},
	 crypto_show,
	 NCRUN_FINDING_MISSING,
	 "no image can be imported or pulled, no filter be cached",
	 "apt-get install libssl3"},
	{"libfyaml",
	 "libfyaml.so.0",
	 "libfyaml0",
	 {{"fy_library_version", (void **)&lib.fyaml}, {0}},
	 fyaml_show,
	 NCRUN_FINDING_MISSING,
	 "no seccomp profiles and topologies of your own, no docker and OCI images",
	 "apt-get install libfyaml0"},
	{"libcurl",
	 "libcurl.so.4",
	 "libcurl4",
	 {{"curl_version", (void **)&lib.curl}, {0}},
	 curl_show,
	 NCRUN_FINDING_MISSING,
	 "no `ncrun rootfs pull alpine`",
	 "apt-get install libcurl4"},
};

void machine_examine_libraries(struct examination *examination)
{
	for (size_t i = 0; i < sizeof(libraries) / sizeof(libraries[0]); i++) {
		struct ncrun_error err = {0};
		struct ncrun_finding finding = {
			.area = "libraries",
			.item = libraries[i].item,
			.cost = libraries[i].cost,
			.remedy = libraries[i].remedy,
		};
		char shown[256] = "not installed";

		if (library_load(libraries[i].soname, libraries[i].package, libraries[i].symbols,
				 &err) < 0)
			finding.state = libraries[i].lack;
		else
			libraries[i].show(shown, sizeof(shown));
		examination_add(examination, &finding, "%s", shown);
	}
}
