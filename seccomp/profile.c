/* SPDX-License-Identifier: Apache-2.0 */

#include "seccomp/profile.h"

#include <ctype.h>
#include <errno.h>
#include <linux/seccomp.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "seccomp/architecture.h"
#include "seccomp/profile_rule.h"

#define NAME_LENGTH_MAX 64

static const struct {
	const char *name;
	uint32_t flag;
} flags[] = {
	{"SECCOMP_FILTER_FLAG_TSYNC", SECCOMP_FILTER_FLAG_TSYNC},
	{"SECCOMP_FILTER_FLAG_LOG", SECCOMP_FILTER_FLAG_LOG},
	{"SECCOMP_FILTER_FLAG_SPEC_ALLOW", SECCOMP_FILTER_FLAG_SPEC_ALLOW},
	{"SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV", 1u << 5}, /* Linux 5.19 */
};

const struct element *profile_get(const struct element *map, const char *key)
{
	const struct element *value = element_get(map, key);

	return value && value->kind != ELEMENT_NULL ? value : NULL;
}

int profile_expect(const struct document *document, const struct element *at,
		   enum element_kind kind, struct ncrun_error *err)
{
	static const char *const kinds[] = {
		[ELEMENT_NULL] = "null",     [ELEMENT_BOOL] = "true or false",
		[ELEMENT_NUMBER] = "number", [ELEMENT_STRING] = "string",
		[ELEMENT_LIST] = "list",     [ELEMENT_MAP] = "map",
	};

	if (at->kind == kind)
		return 0;
	if (at->key)
		return element_error(document, at, err, "'%s' must be a %s", at->key, kinds[kind]);
	return element_error(document, at, err, "must be a %s", kinds[kind]);
}

int profile_parse_action(const struct document *document, const struct element *map,
			 const struct action_keys *keys, struct action *ret,
			 struct ncrun_error *err)
{
	const struct element *number = profile_get(map, keys->number);
	const struct element *name = profile_get(map, keys->name);
	const struct element *at = profile_get(map, keys->action);
	struct action action = {.error = EPERM};
	const char *text = NULL;
	uint64_t value = 0;
	int r;

	if (!at)
		return element_error(document, map, err, "'%s' is missing", keys->action);
	r = element_string(document, at, &text, err);
	if (r < 0)
		return r;
	if (!action_parse(text, &action.kind))
		return element_error(document, at, err, "'%s' is not an action", text);
	if ((number || name) && !action_takes_error(action.kind))
		return element_error(document, number ? number : name, err,
				     "'%s' means nothing with '%s'", (number ? number : name)->key,
				     text);
	if (number) {
		r = element_u64(document, number, UINT64_MAX, &value, err);
		if (r < 0)
			return r;
		if (value > PROFILE_ERRNO_MAX)
			return element_error(document, number, err,
					     "'%s' is not an error number (0 to %d)", number->text,
					     PROFILE_ERRNO_MAX);
		action.error = (uint16_t)value;
	}
	if (name) {
		r = element_string(document, name, &text, err);
		if (r < 0)
			return r;
		if (!errno_name_parse(text, &action.error))
			return element_error(document, name, err, "'%s' is not an error name",
					     text);
		if (number && action.error != value)
			return element_error(document, name, err, "'%s' and '%s' differ",
					     keys->name, keys->number);
	}
	if (!action_takes_error(action.kind))
		action.error = 0;
	*ret = action;
	return 0;
}

int profile_parse_name(const struct document *document, const struct element *at, const char **ret,
		       struct ncrun_error *err)
{
	const char *name = NULL;
	size_t length;
	int r;

	r = element_string(document, at, &name, err);
	if (r < 0)
		return r;
	length = strlen(name);
	for (size_t i = 0; i < length; i++) {
		if (!isalnum((unsigned char)name[i]) && name[i] != '_')
			length = 0;
	}
	if (length == 0 || length > NAME_LENGTH_MAX)
		return element_error(document, at, err, "'%.*s' is not a system call's name",
				     NAME_LENGTH_MAX, name);
	*ret = name;
	return 0;
}

static int parse_architecture(const struct document *document, const struct element *at,
			      unsigned int *ret, struct ncrun_error *err)
{
	const char *text = NULL;
	int r;

	r = element_string(document, at, &text, err);
	if (r < 0)
		return r;
	if (!architecture_parse(text, ret))
		return element_error(document, at, err, "'%s' is not an architecture", text);
	return 0;
}

static int parse_architectures(const struct document *document, const struct element *list,
			       uint32_t *ret, struct ncrun_error *err)
{
	uint32_t set = 0;
	int r;

	if (!list)
		return 0;
	r = profile_expect(document, list, ELEMENT_LIST, err);
	if (r < 0)
		return r;
	for (size_t i = 0; i < list->count; i++) {
		unsigned int index = 0;

		r = parse_architecture(document, &list->children[i], &index, err);
		if (r < 0)
			return r;
		set |= 1u << index;
	}
	*ret = set;
	return 0;
}

static int parse_families(struct profile *profile, const struct element *list,
			  struct ncrun_error *err)
{
	static const char *const known[] = {"architecture", "subArchitectures", NULL};
	const struct document *document = profile->document;
	int r;

	r = profile_expect(document, list, ELEMENT_LIST, err);
	if (r < 0)
		return r;
	profile->families = calloc(list->count + 1, sizeof(*profile->families));
	if (!profile->families)
		return error_errno(err, "read a seccomp profile");
	for (size_t i = 0; i < list->count; i++) {
		const struct element *map = &list->children[i];
		struct profile_family *family = &profile->families[i];
		const struct element *name;

		r = profile_expect(document, map, ELEMENT_MAP, err);
		if (r == 0)
			r = element_check_keys(document, map, known, err);
		if (r < 0)
			return r;
		name = profile_get(map, "architecture");
		if (!name)
			return element_error(document, map, err, "'architecture' is missing");
		r = parse_architecture(document, name, &family->architecture, err);
		if (r < 0)
			return r;
		r = parse_architectures(document, profile_get(map, "subArchitectures"),
					&family->others, err);
		if (r < 0)
			return r;
		profile->family_count = i + 1;
	}
	return 0;
}

static int parse_machine(struct profile *profile, const struct element *root,
			 struct ncrun_error *err)
{
	const struct element *list = profile_get(root, "architectures");
	const struct element *map = profile_get(root, "archMap");

	if (list && map && list->count && map->count)
		return element_error(profile->document, map, err,
				     "'architectures' and 'archMap' cannot be given together");
	if (map)
		return parse_families(profile, map, err);
	return parse_architectures(profile->document, list, &profile->architectures, err);
}

static int parse_flag(const struct document *document, const struct element *at, uint32_t *set,
		      struct ncrun_error *err)
{
	const char *text = NULL;
	int r;

	r = element_string(document, at, &text, err);
	if (r < 0)
		return r;
	for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++) {
		if (text_equal(text, flags[i].name)) {
			*set |= flags[i].flag;
			return 0;
		}
	}
	return element_error(document, at, err, "'%s' is not a filter flag", text);
}

static int parse_flags(struct profile *profile, const struct element *list, struct ncrun_error *err)
{
	int r;

	if (!list)
		return 0;
	r = profile_expect(profile->document, list, ELEMENT_LIST, err);
	for (size_t i = 0; r == 0 && i < list->count; i++)
		r = parse_flag(profile->document, &list->children[i], &profile->flags, err);
	return r;
}

static int parse_listener(struct profile *profile, const struct element *root,
			  struct ncrun_error *err)
{
	const struct element *path = profile_get(root, "listenerPath");
	const struct element *metadata = profile_get(root, "listenerMetadata");
	int r = 0;

	if (path)
		r = element_string(profile->document, path, &profile->listener_path, err);
	if (r == 0 && metadata)
		r = element_string(profile->document, metadata, &profile->listener_metadata, err);
	if (r == 0 && metadata && !path)
		return element_error(profile->document, metadata, err,
				     "'listenerMetadata' needs a 'listenerPath'");
	return r;
}

static int parse_rules(struct profile *profile, const struct element *list, struct ncrun_error *err)
{
	int r;

	if (!list)
		return 0;
	r = profile_expect(profile->document, list, ELEMENT_LIST, err);
	if (r < 0)
		return r;
	profile->rules = calloc(list->count + 1, sizeof(*profile->rules));
	if (!profile->rules)
		return error_errno(err, "read a seccomp profile");
	for (size_t i = 0; r == 0 && i < list->count; i++) {
		profile->rule_count = i + 1; /* a half-read rule is released too */
		r = profile_rule_parse(profile->document, &list->children[i], &profile->rules[i],
				       err);
	}
	return r;
}

/* Nobody would answer: the call would wait for ever, or fail with ENOSYS. */
static int check_listener(const struct profile *profile, const struct element *root,
			  const struct element *rules, struct ncrun_error *err)
{
	const struct element *at = NULL;

	if (profile->listener_path)
		return 0;
	if (profile->default_action.kind == ACTION_NOTIFY)
		at = profile_get(root, "defaultAction");
	for (size_t i = 0; !at && i < profile->rule_count; i++) {
		if (profile->rules[i].action.kind == ACTION_NOTIFY)
			at = profile_get(&rules->children[i], "action");
	}
	return at ? element_error(profile->document, at, err, "'%s' needs a 'listenerPath'",
				  at->text)
		  : 0;
}

static int parse_root(struct profile *profile, struct ncrun_error *err)
{
	static const char *const known[] = {
		"defaultAction", "defaultErrnoRet", "defaultErrno", "architectures",    "archMap",
		"flags",         "listenerPath",    "syscalls",     "listenerMetadata", NULL,
	};
	static const struct action_keys keys = {"defaultAction", "defaultErrnoRet", "defaultErrno"};
	const struct element *root = document_root(profile->document);
	const struct element *rules;
	int r;

	r = profile_expect(profile->document, root, ELEMENT_MAP, err);
	if (r == 0)
		r = element_check_keys(profile->document, root, known, err);
	if (r < 0)
		return r;
	rules = profile_get(root, "syscalls");
	if (!profile_get(root, keys.action) && !(rules && rules->count)) {
		profile->off = true;
		return 0;
	}
	r = profile_parse_action(profile->document, root, &keys, &profile->default_action, err);
	if (r == 0)
		r = parse_machine(profile, root, err);
	if (r == 0)
		r = parse_flags(profile, profile_get(root, "flags"), err);
	if (r == 0)
		r = parse_listener(profile, root, err);
	if (r == 0)
		r = parse_rules(profile, rules, err);
	return r < 0 ? r : check_listener(profile, root, rules, err);
}

int profile_parse(const char *name, const char *text, size_t length, struct profile **ret,
		  struct ncrun_error *err)
{
	_cleanup_(profile_freep) struct profile *profile = calloc(1, sizeof(*profile));
	int r;

	if (!profile)
		return error_errno(err, "read seccomp profile '%s'", name);
	r = document_parse(name, text, length, DOCUMENT_JSON, &profile->document, err);
	if (r < 0)
		return r;
	r = parse_root(profile, err);
	if (r < 0)
		return r;
	*ret = take_ptr(profile);
	return 0;
}

struct profile *profile_free(struct profile *profile)
{
	if (!profile)
		return NULL;
	for (size_t i = 0; i < profile->rule_count; i++)
		profile_rule_done(&profile->rules[i]);
	free(profile->rules);
	free(profile->families);
	document_free(profile->document);
	free(profile);
	return NULL;
}
