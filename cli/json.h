/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* JSON for programs. Never on the path of a node's start. */

#include <json-c/json_object.h>
#include <stdint.h>

#include <ncrun/container.h>
#include <ncrun/image.h>

#include "base/cleanup.h"
#include "base/text.h"

static inline struct json_object *json_free(struct json_object *object)
{
	json_object_put(object);
	return NULL;
}
DEFINE_CLEANUP(struct json_object *, json_free);
#define _cleanup_json_ _cleanup_(json_freep)

/* Members; the object takes them over. Bytes that are not UTF-8 become U+FFFD; NULL becomes null.
 */
void json_put_text(struct json_object *object, const char *key, const char *text);
void json_put_number(struct json_object *object, const char *key, int64_t number);
void json_put_flag(struct json_object *object, const char *key, bool flag);
void json_put_texts(struct json_object *object, const char *key, const char *const *texts);
/** Names of the bits, as a list. */
void json_put_capabilities(struct json_object *object, const char *key, uint64_t capabilities);
/** "2026-11-23T21:08:30.123456789Z", null for 0. */
void json_put_time(struct json_object *object, const char *key, int64_t ns);

/** Names as they stand in JSON and tables: "exited", "signal", "oom-killed", ... */
const char *cause_name(enum ncrun_cause cause);
const char *state_name(enum ncrun_container_state state);

struct json_object *json_from_exit(const struct ncrun_exit *exit);
/** The members of json_from_exit(), added to @object. */
void json_put_exit(struct json_object *object, const struct ncrun_exit *exit);
struct json_object *json_from_container(const struct ncrun_container_info *info);
struct json_object *json_from_image(const struct ncrun_image_info *info);

/** As indented text with a newline at the end. */
void json_print(struct text *out, struct json_object *object);
/** The same, on standard output. */
void json_show(struct json_object *object);
