/* SPDX-License-Identifier: Apache-2.0 */

#include "seccomp/profile_rule.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/capability.h"
#include "base/error.h"
#include "base/log.h"
#include "base/text.h"
#include "seccomp/architecture.h"

static int parse_names(const struct document *document, const struct element *map,
		       struct profile_rule *rule, struct ncrun_error *err)
{
	const struct element *names = profile_get(map, "names");
	const struct element *name = profile_get(map, "name");
	int r;

	if (name && names && names->count)
		return element_error(document, name, err,
				     "'name' and 'names' cannot be given together");
	if (!name && !names)
		return element_error(document, map, err, "'names' is missing");
	if (names) {
		r = profile_expect(document, names, ELEMENT_LIST, err);
		if (r < 0)
			return r;
	}
	rule->names = calloc(names ? names->count + 1 : 1, sizeof(*rule->names));
	if (!rule->names)
		return error_errno(err, "read a seccomp profile");
	if (name) {
		rule->name_count = 1;
		return profile_parse_name(document, name, &rule->names[0], err);
	}
	for (size_t i = 0; i < names->count; i++) {
		r = profile_parse_name(document, &names->children[i], &rule->names[i], err);
		if (r < 0)
			return r;
	}
	rule->name_count = names->count;
	return 0;
}

static int parse_operator(const struct document *document, const struct element *map,
			  struct condition *condition, struct ncrun_error *err)
{
	const struct element *at = profile_get(map, "op");
	const char *text = NULL;
	int r;

	if (!at)
		return element_error(document, map, err, "'op' is missing");
	r = element_string(document, at, &text, err);
	if (r < 0)
		return r;
	if (!comparison_parse(text, &condition->comparison))
		return element_error(document, at, err, "'%s' is not an operator", text);
	return 0;
}

static int parse_condition(const struct document *document, const struct element *map,
			   struct condition *ret, struct ncrun_error *err)
{
	static const char *const known[] = {"index", "value", "valueTwo", "op", NULL};
	const struct element *index = NULL;
	const struct element *value = NULL;
	const struct element *value_two = NULL;
	struct condition condition = {.width = UINT64_MAX};
	uint64_t number = 0;
	int r;

	r = profile_expect(document, map, ELEMENT_MAP, err);
	if (r == 0)
		r = element_check_keys(document, map, known, err);
	if (r < 0)
		return r;
	index = profile_get(map, "index");
	value = profile_get(map, "value");
	value_two = profile_get(map, "valueTwo");
	if (!index || !value)
		return element_error(document, map, err, "'%s' is missing",
				     index ? "value" : "index");
	r = element_u64(document, index, CONDITION_MAX - 1, &number, err);
	condition.index = (unsigned int)number;
	if (r == 0)
		r = element_u64(document, value, UINT64_MAX, &condition.value, err);
	if (r == 0 && value_two)
		r = element_u64(document, value_two, UINT64_MAX, &condition.value_two, err);
	if (r == 0)
		r = parse_operator(document, map, &condition, err);
	if (r == 0)
		*ret = condition;
	return r;
}

static int parse_conditions(const struct document *document, const struct element *list,
			    struct profile_rule *rule, struct ncrun_error *err)
{
	int r;

	if (!list)
		return 0;
	r = profile_expect(document, list, ELEMENT_LIST, err);
	if (r < 0)
		return r;
	rule->conditions = calloc(list->count + 1, sizeof(*rule->conditions));
	if (!rule->conditions)
		return error_errno(err, "read a seccomp profile");
	for (size_t i = 0; i < list->count; i++) {
		r = parse_condition(document, &list->children[i], &rule->conditions[i], err);
		if (r < 0)
			return r;
	}
	rule->condition_count = list->count;
	return 0;
}

static bool capability_is_well_formed(const char *name)
{
	if (!text_starts_with(name, "CAP_") || strlen(name) > 64)
		return false;
	for (; *name; name++) {
		if (!isupper((unsigned char)*name) && !isdigit((unsigned char)*name) &&
		    *name != '_')
			return false;
	}
	return true;
}

static int parse_capabilities(const struct document *document, const struct element *list,
			      struct profile_test *test, struct ncrun_error *err)
{
	int r;

	if (!list)
		return 0;
	r = profile_expect(document, list, ELEMENT_LIST, err);
	if (r < 0)
		return r;
	for (size_t i = 0; i < list->count; i++) {
		const char *name = NULL;
		unsigned int number = 0;

		r = element_string(document, &list->children[i], &name, err);
		if (r < 0)
			return r;
		if (!capability_is_well_formed(name))
			return element_error(document, &list->children[i], err,
					     "'%s' is not a capability", name);
		if (capability_parse(name, &number, NULL) < 0 || number > 63) {
			log_debug("seccomp: nobody has the unknown capability '%s'", name);
			test->unknown_capability = true;
			continue;
		}
		test->capabilities |= UINT64_C(1) << number;
	}
	return 0;
}

static int parse_short_architectures(const struct document *document, const struct element *list,
				     struct profile_test *test, struct ncrun_error *err)
{
	int r;

	if (!list)
		return 0;
	r = profile_expect(document, list, ELEMENT_LIST, err);
	if (r < 0)
		return r;
	for (size_t i = 0; i < list->count; i++) {
		const char *name = NULL;
		unsigned int index = 0;

		r = element_string(document, &list->children[i], &name, err);
		if (r < 0)
			return r;
		if (!architecture_parse_short(name, &index))
			return element_error(document, &list->children[i], err,
					     "'%s' is not an architecture", name);
		test->architectures |= 1u << index;
	}
	return 0;
}

/* One to three digits and at most 255, as Docker has it; -1 if not. */
static int parse_release_part(const char **text)
{
	int value = 0;
	int digits = 0;

	for (; isdigit((unsigned char)**text) && digits < 3; (*text)++, digits++)
		value = value * 10 + (**text - '0');
	return digits > 0 && value <= UINT8_MAX ? value : -1;
}

static int parse_kernel(const struct document *document, const struct element *at,
			struct profile_test *test, struct ncrun_error *err)
{
	const char *text = NULL;
	const char *rest;
	int version, level = -1;
	int r;

	if (!at)
		return 0;
	r = element_string(document, at, &text, err);
	if (r < 0)
		return r;
	rest = text;
	version = parse_release_part(&rest);
	if (version >= 0 && *rest++ == '.')
		level = parse_release_part(&rest);
	if (level < 0 || *rest || version + level == 0)
		return element_error(document, at, err, "'%s' is not a kernel version (try 4.8)",
				     text);
	test->kernel = KERNEL_RELEASE((unsigned int)version, (unsigned int)level);
	return 0;
}

static int parse_test(const struct document *document, const struct element *map,
		      struct profile_test *test, struct ncrun_error *err)
{
	static const char *const known[] = {"caps", "arches", "minKernel", NULL};
	int r;

	if (!map)
		return 0;
	r = profile_expect(document, map, ELEMENT_MAP, err);
	if (r == 0)
		r = element_check_keys(document, map, known, err);
	if (r == 0)
		r = parse_capabilities(document, profile_get(map, "caps"), test, err);
	if (r == 0)
		r = parse_short_architectures(document, profile_get(map, "arches"), test, err);
	return r < 0 ? r : parse_kernel(document, profile_get(map, "minKernel"), test, err);
}

int profile_rule_parse(const struct document *document, const struct element *map,
		       struct profile_rule *rule, struct ncrun_error *err)
{
	static const char *const known[] = {
		"names", "name",    "action",   "errnoRet", "errno",
		"args",  "comment", "includes", "excludes", NULL,
	};
	static const struct action_keys keys = {"action", "errnoRet", "errno"};
	const struct element *comment = NULL;
	int r;

	rule->comment = "";
	r = profile_expect(document, map, ELEMENT_MAP, err);
	if (r == 0)
		r = element_check_keys(document, map, known, err);
	if (r == 0)
		r = parse_names(document, map, rule, err);
	if (r == 0)
		r = profile_parse_action(document, map, &keys, &rule->action, err);
	if (r == 0)
		r = parse_conditions(document, profile_get(map, "args"), rule, err);
	if (r == 0)
		r = parse_test(document, profile_get(map, "includes"), &rule->includes, err);
	if (r == 0)
		r = parse_test(document, profile_get(map, "excludes"), &rule->excludes, err);
	if (r < 0)
		return r;
	comment = profile_get(map, "comment");
	return comment ? element_string(document, comment, &rule->comment, err) : 0;
}

void profile_rule_done(struct profile_rule *rule)
{
	free(rule->names);
	free(rule->conditions);
}
