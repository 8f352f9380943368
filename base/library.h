/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Libraries that only some commands need, loaded when they do: a node's start
 * must not pay for libarchive, libcurl, libseccomp or libfyaml.
 *
 *	static struct {
 *		__typeof__(&archive_read_new) read_new;
 *	} lib;
 *	static const struct library_symbol symbols[] = {
 *		{"archive_read_new", (void **)&lib.read_new},
 *		{0},
 *	};
 *	r = library_load("libarchive.so.13", "libarchive13", symbols, err);
 *
 * Such a table is the one file-scope state that is allowed besides the log's;
 * loading twice is harmless and cheap.
 */

#include <ncrun/error.h>

struct library_symbol {
	const char *name;
	void **slot;
};

/** Load @soname for the rest of the process. -ENOPKG with the Debian package's name when it is
 * absent or lacks a symbol. */
int library_load(const char *soname, const char *package, const struct library_symbol *symbols,
		 struct ncrun_error *err);
