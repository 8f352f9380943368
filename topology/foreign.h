/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Topologies in formats of others. Each becomes a document of our own format, whose elements
 * have their places in the foreign file, and goes through the same reader (read.c): so
 * a value is judged in one place only, and its message still points where it stands.
 */

#include <stddef.h>

#include <ncrun/error.h>

#include "base/document.h"
#include "topology/model.h"

/** "FILE:LINE:COLUMN: <message>" of a document that could not be parsed becomes a problem like
 * others, and 0 is returned; what is not the text's fault stays an error. */
int document_problem(const char *source, const struct ncrun_error *parsed,
		     struct problems *problems, struct ncrun_error *err);

/**
 * topology_translate_dot() - a Graphviz file as a document of ours
 *
 * Mistakes go to @problems; there may be a document nevertheless, of the rest. *@ret is
 * NULL when nothing of the text could be understood.
 */
int topology_translate_dot(const char *source, const char *text, size_t length,
			   struct problems *problems, struct document **ret,
			   struct ncrun_error *err);

/** The same for a file of containerlab's, in which variables of the environment are replaced. */
int topology_translate_containerlab(const char *source, const char *text, size_t length,
				    struct problems *problems, struct document **ret,
				    struct ncrun_error *err);

/** A topology, written as JSON, in Graphviz' language (write_dot.c). -ENOTSUP: a text cannot be
 * said there. */
int topology_write_dot(const char *source, const char *json, size_t length, struct text *out,
		       struct ncrun_error *err);
