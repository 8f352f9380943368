/* SPDX-License-Identifier: Apache-2.0 */

/* Keys of nodes, and of the file as a whole. */

#include <errno.h>
#include <string.h>

#include "base/capability.h"
#include "base/error.h"
#include "base/number.h"
#include "base/signal_name.h"
#include "runtime/runtime.h"
#include "topology/read.h"
#include "topology/writer.h"

/* ---- what is a good text ------------------------------------------------------------------ */

static int word_check(const char *what, const char *text, const char *const *words,
		      struct ncrun_error *err)
{
	_cleanup_text_ struct text known = {0};

	if (strings_contain(words, text))
		return 0;
	for (size_t i = 0; words[i]; i++)
		text_printf(&known, "%s'%s'", i == 0 ? "" : words[i + 1] ? ", " : " or ", words[i]);
	return error_set(err, EINVAL, "%s '%.60s': not %s", what, text, text_string(&known));
}

static int pull_check(const char *what, const char *text, struct ncrun_error *err)
{
	static const char *const words[] = {"missing", "always", "never", NULL};

	return word_check(what, text, words, err);
}

static int userns_check(const char *what, const char *text, struct ncrun_error *err)
{
	static const char *const words[] = {"auto", "host", NULL};

	return word_check(what, text, words, err);
}

static int not_empty(const char *what, const char *text, struct ncrun_error *err)
{
	return *text ? 0 : error_set(err, EINVAL, "'%s': is empty", what);
}

static int size_check(const char *what, const char *text, struct ncrun_error *err)
{
	uint64_t bytes;

	return size_parse(what, text, &bytes, err);
}

static int duration_check(const char *what, const char *text, struct ncrun_error *err)
{
	uint64_t ms;

	return duration_parse(what, text, &ms, err);
}

static int signal_check(const char *what __attribute__((unused)), const char *text,
			struct ncrun_error *err)
{
	int number;

	return signal_name_parse(text, &number, err);
}

static int capability_check(const char *what __attribute__((unused)), const char *text,
			    struct ncrun_error *err)
{
	unsigned int number;

	return text_equal(text, "ALL") ? 0 : capability_parse(text, &number, err);
}

static int volume_check(const char *what __attribute__((unused)), const char *text,
			struct ncrun_error *err)
{
	_cleanup_free_ char *copy = strdup(text);
	struct ncrun_volume volume;

	if (!copy)
		return error_set(err, ENOMEM, "no memory");
	return ncrun_volume_parse(copy, &volume, err);
}

static int tmpfs_check(const char *what __attribute__((unused)), const char *text,
		       struct ncrun_error *err)
{
	_cleanup_free_ char *copy = strdup(text);
	struct ncrun_tmpfs tmpfs;

	if (!copy)
		return error_set(err, ENOMEM, "no memory");
	return ncrun_tmpfs_parse(copy, &tmpfs, err);
}

static int rlimit_check(const char *what __attribute__((unused)), const char *text,
			struct ncrun_error *err)
{
	struct ncrun_rlimit limit;

	return ncrun_rlimit_parse(text, &limit, err);
}

static int env_check(const char *what __attribute__((unused)), const char *text,
		     struct ncrun_error *err)
{
	if (*text && *text != '=')
		return 0;
	return error_set(err, EINVAL, "variable '%.60s': no name", text);
}

static int label_check(const char *what __attribute__((unused)), const char *text,
		       struct ncrun_error *err)
{
	if (*text != '=' && strchr(text, '='))
		return 0;
	return error_set(err, EINVAL, "label '%.60s': not NAME=VALUE", text);
}

static int sysctl_check(const char *what __attribute__((unused)), const char *text,
			struct ncrun_error *err)
{
	const char *value;
	char path[256];

	return sysctl_path(text, path, sizeof(path), &value, err);
}

#define FORM(name, what) static const struct text_form name##_form = {what, name##_check}
FORM(pull, "missing, always or never");
FORM(userns, "auto or host");
FORM(size, "a size");
FORM(duration, "a duration");
FORM(signal, "a signal");
FORM(capability, "a capability");
FORM(volume, "SOURCE:TARGET[:OPTIONS]");
FORM(tmpfs, "TARGET[:OPTIONS]");
FORM(rlimit, "NAME=SOFT[:HARD]");
FORM(env, "NAME=VALUE");
FORM(label, "NAME=VALUE");
FORM(sysctl, "NAME=VALUE");
static const struct text_form not_empty_form = {"a text", not_empty};

/* ---- limits -------------------------------------------------------------------------------- */

static bool limit_read(struct reader *reader, const struct key *key, void *object,
		       const struct element *at)
{
	const struct element *items;
	bool good = true;
	size_t count;

	items = element_items(at, &count);
	if (!items_are_few(reader, at, count, LIST_MAX))
		return false;
	for (size_t i = 0; i < count; i++) {
		const char *text = reader_text(reader, &items[i]);
		struct ncrun_error err = {0};

		if (!text)
			good = false;
		else if (ncrun_limits_set(key_member(key, object), key->name, text, &err) < 0)
			good = reader_failed(reader, &items[i], &err);
	}
	return good;
}

static void limit_write(struct writer *writer, const struct key *key, const void *object)
{
	const struct ncrun_limit *limit = key->detail;
	_cleanup_(strings_freep) char **list = NULL;
	size_t size = 4096;

	for (size_t i = 0; i == 0 || limit->repeatable; i++) {
		_cleanup_free_ char *text = malloc(size);
		int length = -ENOMEM;

		if (text)
			length = ncrun_limits_print(key_member(key, object), key->name, i, text,
						    size);
		if (length == -ENOSPC) {
			size *= 2;
			i--;
			continue;
		}
		if (length == 0)
			break;
		if (length < 0 || strings_append(&list, text) < 0) {
			writer->text->failed = true;
			return;
		}
	}
	if (list)
		writer_strings(writer, (const char *const *)list);
}

static void limit_form_print(const struct key *key, struct text *out)
{
	const struct ncrun_limit *limit = key->detail;

	text_printf(out, "%s%s", limit->value, limit->repeatable ? ", or a list" : "");
}

const struct value value_limit = {limit_read, limit_write, NULL, limit_form_print};

/* ---- the tables -------------------------------------------------------------------------- */

#define NODE(member) offsetof(struct node, member)

static const char *const kinds[] = {"host", "router", "nat", "switch", NULL};
static const struct word_form kind_form = {kinds, sizeof(enum node_kind)};
static const struct number_form mtu_form = {TOPOLOGY_MTU_MIN, TOPOLOGY_MTU_MAX, 4, false};
static const struct number_form priority_form = {1, 65535, 2, false};
static const struct number_form vlan_form = {1, 4094, 2, false};
static const struct unit_form seconds_form = {nanoseconds_parse, nanoseconds_print, 1000000000,
					      1000000000000000, 4};
static const struct unit_form ms_form = {nanoseconds_parse, nanoseconds_print, 1000000,
					 1000000000000, 4};

/* In the order in which they are written. */
static const struct key node_rows[] = {
	{"kind", KINDS_ALL, &value_word, NODE(kind), &kind_form, false},
	{"rootfs", KINDS_RUNNING, &value_string, NODE(rootfs), &not_empty_form, false},
	{"pull", KINDS_RUNNING, &value_string, NODE(pull), &pull_form, false},
	{"upper", KINDS_RUNNING, &value_string, NODE(upper), &not_empty_form, false},
	{"upper-size", KINDS_RUNNING, &value_string, NODE(upper_size), &size_form, false},
	{"read-only", KINDS_RUNNING, &value_tristate, NODE(read_only), NULL, false},
	{"volumes", KINDS_RUNNING, &value_strings, NODE(volumes), &volume_form, false},
	{"tmpfs", KINDS_RUNNING, &value_strings, NODE(tmpfs), &tmpfs_form, false},
	{"run", KINDS_RUNNING, &value_services, 0, NULL, false},
	{"exec", KINDS_RUNNING, &value_exec, NODE(exec), NULL, false},
	{"env", KINDS_RUNNING, &value_pairs, NODE(env), &env_form, false},
	{"workdir", KINDS_RUNNING, &value_string, NODE(workdir), &not_empty_form, false},
	{"user", KINDS_RUNNING, &value_string, NODE(user), &not_empty_form, false},
	{"groups", KINDS_RUNNING, &value_strings, NODE(groups), &not_empty_form, false},
	{"hostname", KINDS_RUNNING, &value_string, NODE(hostname), &not_empty_form, false},
	{"seccomp", KINDS_RUNNING, &value_string, NODE(seccomp), &not_empty_form, false},
	{"userns", KINDS_RUNNING, &value_string, NODE(userns), &userns_form, false},
	{"cap-add", KINDS_RUNNING, &value_strings, NODE(cap_add), &capability_form, false},
	{"cap-drop", KINDS_RUNNING, &value_strings, NODE(cap_drop), &capability_form, false},
	{"privileged", KINDS_RUNNING, &value_bool, NODE(privileged), NULL, false},
	{"new-privileges", KINDS_RUNNING, &value_bool, NODE(new_privileges), NULL, false},
	{"rlimits", KINDS_RUNNING, &value_strings, NODE(rlimits), &rlimit_form, false},
	{"sysctls", KINDS_RUNNING, &value_pairs, NODE(sysctls), &sysctl_form, false},
	{"labels", KINDS_RUNNING, &value_pairs, NODE(labels), &label_form, false},
	{"stop-signal", KINDS_RUNNING, &value_string, NODE(stop_signal), &signal_form, false},
	{"stop-grace", KINDS_RUNNING, &value_string, NODE(stop_grace), &duration_form, false},
	{"timeout", KINDS_RUNNING, &value_string, NODE(timeout), &duration_form, false},
	{"log-size", KINDS_RUNNING, &value_string, NODE(log_size), &size_form, false},
	{"gateway", KINDS_RUNNING, &value_gateways, 0, NULL, false},
	{"routes", KINDS_RUNNING, &value_routes, 0, NULL, false},
	{"rules", KINDS_RUNNING, &value_rules, 0, NULL, false},
	{"forwarding", KINDS_RUNNING, &value_tristate, NODE(forwarding), NULL, false},
	{"loopback", KINDS_RUNNING, &value_loopback, 0, NULL, false},
	{"hosts", KINDS_RUNNING, &value_hosts, 0, NULL, false},
	{"filters", KINDS_RUNNING, &value_filters, 0, NULL, false},
	{"ports", KINDS_RUNNING, &value_ports, 0, NULL, false},
	{"uplink", KINDS_RUNNING, &value_bool, NODE(uplink), NULL, false},
	{"nat", KINDS_NAT, &value_nat, 0, NULL, false},
	{"mtu", KINDS_ALL, &value_number, NODE(mtu), &mtu_form, false},
	{"subnet", KINDS_SWITCH, &value_subnets, NODE(subnets), NULL, false},
	{"stp", KINDS_SWITCH, &value_bool, NODE(bridge.stp), NULL, false},
	{"vlan-filtering", KINDS_SWITCH, &value_bool, NODE(bridge.vlan_filtering), NULL, false},
	{"multicast-snooping", KINDS_SWITCH, &value_bool, NODE(bridge.multicast_snooping), NULL,
	 false},
	{"ageing", KINDS_SWITCH, &value_unit, NODE(bridge.ageing_s), &seconds_form, false},
	{"no-ageing", KINDS_SWITCH, &value_bool, NODE(bridge.no_ageing), NULL, false},
	{"hello", KINDS_SWITCH, &value_unit, NODE(bridge.hello_ms), &ms_form, false},
	{"forward-delay", KINDS_SWITCH, &value_unit, NODE(bridge.forward_delay_ms), &ms_form,
	 false},
	{"max-age", KINDS_SWITCH, &value_unit, NODE(bridge.max_age_ms), &ms_form, false},
	{"priority", KINDS_SWITCH, &value_number, NODE(bridge.priority), &priority_form, false},
	{"default-vlan", KINDS_SWITCH, &value_number, NODE(bridge.default_vlan), &vlan_form, false},
};

const struct key_table node_keys = {"a node", node_rows, sizeof(node_rows) / sizeof(node_rows[0]),
				    true};
