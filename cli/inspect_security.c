/* SPDX-License-Identifier: Apache-2.0 */

/* What inspect --security shows of a node. */

#include <inttypes.h>
#include <string.h>

#include <ncrun/security.h>

#include "base/capability.h"
#include "base/cleanup.h"
#include "cli/inspect.h"
#include "cli/nodes.h"
#include "cli/output.h"

static const struct {
	const char *what, *key;
	size_t at;
} sets[] = {
	{"effective", "effective", offsetof(struct ncrun_security, effective)},
	{"permitted", "permitted", offsetof(struct ncrun_security, permitted)},
	{"bounding", "bounding", offsetof(struct ncrun_security, bounding)},
	{"inheritable", "inheritable", offsetof(struct ncrun_security, inheritable)},
	{"ambient", "ambient", offsetof(struct ncrun_security, ambient)},
};

static uint64_t set_of(const struct ncrun_security *security, size_t i)
{
	uint64_t set;

	memcpy(&set, (const char *)security + sets[i].at, sizeof(set));
	return set;
}

static void capabilities_print(struct text *out, uint64_t set)
{
	if (set && set == capability_all()) {
		text_append(out, "all");
		return;
	}
	for (unsigned int i = 0; i < 64; i++) {
		char name[32];

		if (!(set >> i & 1))
			continue;
		capability_print(i, name);
		text_printf(out, "%s%s", out->length > 0 ? " " : "", name);
	}
	if (out->length == 0)
		text_append(out, "none");
}

/* ---- text -------------------------------------------------------------------------------- */

static void describe_maps(struct text *out, const char *what, const struct ncrun_id_map *maps,
			  size_t count)
{
	if (count == 0)
		put(out, what, "the machine's own");
	for (size_t i = 0; i < count; i++) {
		_cleanup_text_ struct text line = {0};

		text_printf(&line,
			    "%" PRIu32 " from %" PRIu32 " on are the machine's from %" PRIu32 " on",
			    maps[i].count, maps[i].inside, maps[i].outside);
		put_text(out, what, &line);
	}
}

static void describe_capabilities(struct text *out, const struct ncrun_security *security)
{
	uint64_t before = 0;

	for (size_t i = 0; i < sizeof(sets) / sizeof(sets[0]); i++) {
		_cleanup_text_ struct text names = {0};
		uint64_t set = set_of(security, i);

		if ((i == 1 || i == 2) && set == before)
			text_append(&names, "the same");
		else
			capabilities_print(&names, set);
		before = set;
		put_text(out, sets[i].what, &names);
	}
}

static void describe_list(struct text *out, const char *what, char **list, const char *none)
{
	if (!list || !*list)
		put(out, what, none);
	for (; list && *list; list++)
		put(out, what, *list);
}

static void describe_words(struct text *out, const char *what, char **list, const char *none)
{
	_cleanup_text_ struct text words = {0};

	for (char **word = list; word && *word; word++)
		text_printf(&words, "%s%s", word == list ? "" : " ", *word);
	put(out, what, words.length > 0 ? text_string(&words) : none);
}

static void describe(struct text *out, const struct ncrun_container_info *info,
		     const struct ncrun_security *security)
{
	_cleanup_text_ struct text name = {0}, user = {0}, filter = {0};

	print_node_name(&name, info);
	put_text(out, "node", &name);
	if (security->pid > 0)
		text_printf(out, "%-14s%d\n", "process", (int)security->pid);
	else
		put(out, "process", "none runs: this is what one would get");
	text_printf(&user, "%" PRIu32 ":%" PRIu32, security->uid, security->gid);
	put_text(out, "user", &user);
	describe_maps(out, "user ids", security->uid_maps, security->uid_map_count);
	describe_maps(out, "group ids", security->gid_maps, security->gid_map_count);
	describe_words(out, "shared", security->shared, "no namespace");
	describe_capabilities(out, security);
	put(out, "no new privs", security->no_new_privs ? "yes" : "no");
	if (security->seccomp_mode == 2)
		text_printf(&filter, "profile '%s'", security->seccomp);
	if (security->seccomp_filters > 0)
		text_printf(&filter, ", %u filter%s", security->seccomp_filters,
			    security->seccomp_filters == 1 ? "" : "s");
	put(out, "seccomp", security->seccomp_mode == 2 ? text_string(&filter) : "none");
	describe_words(out, "masked", security->masked, "nothing");
	describe_words(out, "read-only", security->read_only, "nothing");
	put(out, "devices",
	    security->device_filter ? "all but the node's are denied" : "not filtered");
	describe_list(out, "device", security->devices, "none");
	describe_words(out, "limits", security->limits, "none");
	describe_list(out, "unusual", security->differences, "nothing");
}

/* ---- JSON -------------------------------------------------------------------------------- */

static void json_put_maps(struct json_object *object, const char *key,
			  const struct ncrun_id_map *maps, size_t count)
{
	struct json_object *list = json_object_new_array();

	for (size_t i = 0; i < count; i++) {
		struct json_object *line = json_object_new_object();

		json_put_number(line, "inside", maps[i].inside);
		json_put_number(line, "outside", maps[i].outside);
		json_put_number(line, "count", maps[i].count);
		json_object_array_add(list, line);
	}
	json_object_object_add(object, key, list);
}

static struct json_object *json_from_security(const struct ncrun_container_info *info,
					      const struct ncrun_security *security)
{
	struct json_object *object = json_object_new_object();
	struct json_object *capabilities = json_object_new_object();
	struct json_object *seccomp = json_object_new_object();

	json_put_text(object, "name", info->name);
	json_put_text(object, "network", info->network);
	json_put_number(object, "pid", security->pid);
	json_put_number(object, "uid", security->uid);
	json_put_number(object, "gid", security->gid);
	json_put_maps(object, "uid_map", security->uid_maps, security->uid_map_count);
	json_put_maps(object, "gid_map", security->gid_maps, security->gid_map_count);
	json_put_texts(object, "shared_namespaces", (const char *const *)security->shared);
	for (size_t i = 0; i < sizeof(sets) / sizeof(sets[0]); i++)
		json_put_capabilities(capabilities, sets[i].key, set_of(security, i));
	json_object_object_add(object, "capabilities", capabilities);
	json_put_flag(object, "no_new_privs", security->no_new_privs);
	json_put_number(seccomp, "mode", security->seccomp_mode);
	json_put_number(seccomp, "filters", security->seccomp_filters);
	json_put_text(seccomp, "profile", security->seccomp);
	json_object_object_add(object, "seccomp", seccomp);
	json_put_texts(object, "masked", (const char *const *)security->masked);
	json_put_texts(object, "read_only", (const char *const *)security->read_only);
	json_put_flag(object, "device_filter", security->device_filter);
	json_put_texts(object, "devices", (const char *const *)security->devices);
	json_put_texts(object, "limits", (const char *const *)security->limits);
	json_put_texts(object, "differences", (const char *const *)security->differences);
	return object;
}

int inspect_security(struct ncrun_container *container, const char *name __attribute__((unused)),
		     void *data, struct ncrun_error *err)
{
	struct inspection *inspection = data;
	struct ncrun_security security = NCRUN_SECURITY_INIT;
	const struct ncrun_container_info *info = NULL;
	int r = ncrun_container_security(container, &security, err);

	if (r == 0)
		r = ncrun_container_info(container, &info, err);
	if (r == 0 && inspection->array) {
		json_object_array_add(inspection->array, json_from_security(info, &security));
	} else if (r == 0) {
		inspection_separate(inspection);
		describe(inspection->out, info, &security);
	}
	ncrun_security_clear(&security);
	return r;
}
