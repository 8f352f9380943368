/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Nodes of a containerlab file. What a node does not say is said by its group, its kind or
 * the defaults: of most keys the first counts, some are merged.
 */

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "topology/containerlab.h"

#define LAYERS 4 /* node, group, kind, defaults */

/** struct lab_node - one that is being translated; layers that are missing are NULL */
struct lab_node {
	struct lab *lab;
	const char *name;
	const struct element *layers[LAYERS];
	struct draft_value *to;
};

static const struct lab_key node_keys[] = {
	{"kind", true},
	{"group", true},
	{"image", true},
	{"image-pull-policy", true},
	{"cmd", true},
	{"entrypoint", true},
	{"user", true},
	{"hostname", true},
	{"env", true},
	{"labels", true},
	{"exec", true},
	{"binds", true},
	{"ports", true},
	{"cpu", true},
	{"cpu-set", true},
	{"memory", true},
	{"sysctls", true},
	{"cap-add", true},
	{"privileged", true},
	{"network-mode", true},
	{"restart-policy", true},
	{"position", true},
	{"env-files", false},
	{"volumes", false},
	{"tmpfs", false},
	{"devices", false},
	{"security-opts", false},
	{"cgroupns-mode", false},
	{"cgroup-parent", false},
	{"pid-mode", false},
	{"shm-size", false},
	{"mgmt-ipv4", false},
	{"mgmt-ipv6", false},
	{"dns", false},
	{"aliases", false},
	{"type", false},
	{"startup-delay", false},
	{"auto-remove", false},
	{"healthcheck", false},
	{"stages", false},
	{"startup-config", false},
	{"enforce-startup-config", false},
	{"suppress-startup-config", false},
	{"license", false},
	{"config", false},
	{"credentials", false},
	{"certificate", false},
	{"extras", false},
	{"components", false},
	{"runtime", false},
	{"link-apply-mode", false},
	{0},
};

/** The value that counts: the first layer's that has one. */
static const struct element *first_of(const struct lab_node *node, const char *key)
{
	for (int i = 0; i < LAYERS; i++) {
		const struct element *at =
			node->layers[i] ? element_get(node->layers[i], key) : NULL;

		if (at && at->kind != ELEMENT_NULL)
			return at;
	}
	return NULL;
}

/* ---- single values ----------------------------------------------------------------------- */

/** A name of ours for an image: Alpine's are fetched as such, others from their registry. */
static void put_image(const struct lab_node *node, const char *key, const struct element *at)
{
	static const char *const alpine[] = {"alpine", "library/alpine", "docker.io/alpine",
					     "docker.io/library/alpine"};
	_cleanup_free_ char *image = lab_text(node->lab, at, NULL);
	_cleanup_text_ struct text name = {0};

	if (!image)
		return;
	for (size_t i = 0; i < sizeof(alpine) / sizeof(alpine[0]); i++) {
		size_t length = strlen(alpine[i]);

		if (strncmp(image, alpine[i], length) == 0 && strchr(":", image[length])) {
			text_printf(&name, "alpine%s", image + length);
			break;
		}
	}
	if (name.length == 0)
		text_printf(&name, "docker://%s", image);
	if (text_equal(text_string(&name), "alpine:latest"))
		name.chars[strlen("alpine")] = '\0';
	lab_put_string(node->lab, node->to, key, at, text_string(&name));
}

/** One of their words for one of ours; their words are told apart without regard to case. */
struct word {
	const char *theirs, *ours;
};

static const char *word_of(const struct lab_node *node, const struct element *at,
			   const struct word *words)
{
	_cleanup_free_ char *text = lab_text(node->lab, at, NULL);
	_cleanup_text_ struct text known = {0};

	for (const struct word *word = words; text && word->theirs; word++) {
		if (strcasecmp(text, word->theirs) == 0)
			return word->ours;
		text_printf(&known, "%s%s", known.length > 0 ? ", " : "", word->theirs);
	}
	if (text)
		lab_problem(node->lab, at, "%s '%.60s': not supported (only %s)", at->key, text,
			    text_string(&known));
	return NULL;
}

static void put_pull(const struct lab_node *node, const char *key, const struct element *at)
{
	static const struct word words[] = {{"IfNotPresent", "missing"},
					    {"Always", "always"},
					    {"Never", "never"},
					    {0}};
	const char *word = word_of(node, at, words);

	if (word)
		lab_put_string(node->lab, node->to, key, at, word);
}

/** "1Gb", "512MiB", "64": all by 1,024; ours is the same without the b. */
static void put_memory(const struct lab_node *node, const char *key, const struct element *at)
{
	static const char *const units[] = {"",   "b",   "k", "kb", "kib", "m",
					    "mb", "mib", "g", "gb", "gib", NULL};
	_cleanup_free_ char *text = lab_text(node->lab, at, NULL);
	size_t digits, i = 0;

	if (!text)
		return;
	digits = strspn(text, "0123456789.");
	while (units[i] && strcasecmp(units[i], text + digits) != 0)
		i++;
	if (digits == 0 || !units[i]) {
		lab_problem(node->lab, at, "memory '%.60s': not a size (try 512Mb)", text);
		return;
	}
	if (units[i][0] == 'b')
		text[digits] = '\0';
	if (text[digits]) {
		text[digits] &= ~0x20; /* in upper case */
		text[digits + 1] = '\0';
	}
	lab_put_string(node->lab, node->to, key, at, text);
}

static void put_plain(const struct lab_node *node, const char *key, const struct element *at)
{
	lab_put(node->lab, node->to, key, at);
}

static void put_string(const struct lab_node *node, const char *key, const struct element *at)
{
	_cleanup_free_ char *text = lab_text(node->lab, at, node->name);

	if (text)
		lab_put_string(node->lab, node->to, key, at, text);
}

static void check_network_mode(const struct lab_node *node, const char *key __attribute__((unused)),
			       const struct element *at)
{
	static const struct word words[] = {{"none", "none"}, {0}};

	word_of(node, at, words);
}

/* ---- merged values -------------------------------------------------------------------------- */

/** What a layer says, if it is a list or map as it should be. */
static const struct element *layer_value(const struct lab_node *node, int layer, const char *key,
					 enum element_kind kind)
{
	const struct element *at =
		node->layers[layer] ? element_get(node->layers[layer], key) : NULL;

	if (!at || at->kind == ELEMENT_NULL)
		return NULL;
	if (at->kind != kind) {
		lab_expected(node->lab, at, kind == ELEMENT_MAP ? "a map" : "a list");
		return NULL;
	}
	if (at->count <= LAB_ITEMS_MAX)
		return at;
	lab_problem(node->lab, at, "'%s': more than %d", key, LAB_ITEMS_MAX);
	return NULL;
}

/** An empty list or map where theirs is. */
static struct draft_value *add_shell(const struct lab_node *node, const char *key,
				     const struct element *like)
{
	struct element shell = *like;

	shell.children = NULL;
	shell.count = 0;
	return draft_add(node->to, key, &shell);
}

static void put_item(const struct lab_node *node, struct draft_value *to,
		     const struct element *item)
{
	_cleanup_free_ char *text = NULL;

	if (text_equal(item->key, "__IMPORT_ENVS"))
		lab_problem(node->lab, item, "'__IMPORT_ENVS': not supported");
	else if (!draft_get(to, item->key))
		text = lab_text(node->lab, item, NULL);
	if (text)
		lab_put_string(node->lab, to, item->key, item, text);
}

/** Maps: what counts more comes first, and keeps its keys. */
static void put_map(const struct lab_node *node, const char *key)
{
	struct draft_value *to = NULL;

	for (int layer = 0; layer < LAYERS; layer++) {
		const struct element *map = layer_value(node, layer, key, ELEMENT_MAP);

		if (map && !to)
			to = add_shell(node, key, map);
		for (size_t i = 0; map && i < map->count; i++)
			put_item(node, to, &map->children[i]);
	}
}

/** A bind's source is relative to the file; a name without a slash is a path here, too. */
static char *bind_text(const struct lab_node *node, char *bind_take)
{
	_cleanup_free_ char *bind = bind_take;
	const char *source = document_name(node->lab->document), *slash = strrchr(source, '/');
	const char *home = getenv("HOME");
	_cleanup_text_ struct text out = {0};

	if (bind[0] == '/')
		return take_ptr(bind);
	if (bind[0] == '~' && bind[1] == '/' && home)
		text_printf(&out, "%s%s", home, bind + 1);
	else if (slash)
		text_printf(&out, "%.*s/%s", (int)(slash - source), source, bind);
	else
		text_printf(&out, "./%s", bind);
	return text_take(&out);
}

/** What stands at the second place of "SOURCE:DESTINATION[:OPTIONS]"; with @length. */
static const char *bind_destination(const char *bind, size_t *ret_length)
{
	const char *colon = strchr(bind, ':');

	colon = colon ? colon + 1 : bind;
	*ret_length = strcspn(colon, ":");
	return colon;
}

/** Does a later one of these take its place? Binds are told apart by their destination. */
static bool is_replaced(char *const *texts, size_t i, size_t count, bool binds)
{
	for (size_t j = i + 1; j < count; j++) {
		size_t a_length, b_length;
		const char *a, *b;

		if (!binds) {
			if (text_equal(texts[i], texts[j]))
				return true;
			continue;
		}
		a = bind_destination(texts[i], &a_length);
		b = bind_destination(texts[j], &b_length);
		if (a_length == b_length && strncmp(a, b, a_length) == 0)
			return true;
	}
	return false;
}

struct items {
	char **texts;                  /* owned */
	const struct element **places; /* owned list of borrowed */
	size_t count;
};

static void items_done(struct items *items)
{
	for (size_t i = 0; i < items->count; i++)
		free(items->texts[i]);
	free(items->texts);
	free(items->places);
}

static void items_add(const struct lab_node *node, struct items *items, const struct element *at,
		      bool binds)
{
	char *text = lab_text(node->lab, at, node->name);

	if (text && binds)
		text = bind_text(node, text);
	if (!text)
		return;
	if (array_grow((void **)&items->texts, items->count, sizeof(char *)) < 0 ||
	    array_grow((void **)&items->places, items->count, sizeof(const struct element *)) < 0) {
		node->lab->failed = true;
		free(text);
		return;
	}
	items->texts[items->count] = text;
	items->places[items->count++] = at;
}

/** Lists: what counts least comes first. */
static void put_list(const struct lab_node *node, const char *theirs, const char *ours)
{
	_cleanup_(items_done) struct items items = {0};
	bool binds = text_equal(theirs, "binds");
	struct draft_value *to = NULL;

	for (int layer = LAYERS - 1; layer >= 0; layer--) {
		const struct element *list = layer_value(node, layer, theirs, ELEMENT_LIST);

		if (list && !to)
			to = add_shell(node, ours, list);
		for (size_t i = 0; list && i < list->count; i++)
			items_add(node, &items, &list->children[i], binds);
	}
	for (size_t i = 0; i < items.count; i++)
		if (!is_replaced(items.texts, i, items.count, binds))
			lab_put_string(node->lab, to, NULL, items.places[i], items.texts[i]);
}

/** A node may set up its own interfaces, as in containerlab, where it may do anything. */
static void put_rights(const struct lab_node *node)
{
	const struct element *privileged = first_of(node, "privileged");
	const struct element *added = first_of(node, "cap-add");
	const struct element *at = added ? added : node->layers[0];
	struct element list = {.kind = ELEMENT_LIST, .line = at->line, .column = at->column};
	struct draft_value *to;

	put_list(node, "cap-add", "cap-add");
	if (privileged) {
		lab_put(node->lab, node->to, "privileged", privileged);
		return;
	}
	to = draft_get(node->to, "cap-add");
	if (!to)
		to = draft_add(node->to, "cap-add", &list);
	lab_put_string(node->lab, to, NULL, &list, "NET_ADMIN");
}

/** Words of a command in shell form, into the list. */
static bool put_words(const struct lab_node *node, struct draft_value *list,
		      const struct element *at)
{
	_cleanup_free_ char *text = at ? lab_text(node->lab, at, node->name) : NULL;
	_cleanup_(strings_freep) char **words = NULL;

	if (!text)
		return !at;
	if (words_split(text, &words) < 0) {
		lab_problem(node->lab, at, "%s '%.80s': a quote is missing", at->key, text);
		return false;
	}
	for (size_t i = 0; words[i]; i++)
		lab_put_string(node->lab, list, NULL, at, words[i]);
	return true;
}

static void put_command(const struct lab_node *node)
{
	static const struct word policies[] = {{"no", "no"},
					       {"always", "always"},
					       {"on-failure", "on-failure"},
					       {"unless-stopped", "always"},
					       {0}};
	const struct element *entry = first_of(node, "entrypoint"), *cmd = first_of(node, "cmd");
	const struct element *restart = first_of(node, "restart-policy");
	const char *policy = restart ? word_of(node, restart, policies) : NULL;
	const struct element *at = entry ? entry : cmd;
	struct element shell = {.kind = ELEMENT_LIST};
	struct draft_value *to;

	if (!at)
		return;
	shell.line = at->line;
	shell.column = at->column;
	to = draft_add(node->to, "run", &shell);
	if (policy) {
		struct element map = shell;

		map.kind = ELEMENT_MAP;
		to = draft_add(to, NULL, &map);
		lab_put_string(node->lab, to, "restart", restart, policy);
		to = draft_add(to, "command", &shell);
	}
	if (put_words(node, to, entry))
		put_words(node, to, cmd);
}

/* ---- the node ---------------------------------------------------------------------------- */

static const struct {
	const char *theirs, *ours;
	void (*put)(const struct lab_node *node, const char *key, const struct element *at);
} values[] = {
	{"image", "rootfs", put_image},   {"image-pull-policy", "pull", put_pull},
	{"user", "user", put_string},     {"hostname", "hostname", put_string},
	{"cpu", "cpus", put_plain},       {"cpu-set", "cpuset", put_string},
	{"memory", "memory", put_memory}, {"network-mode", NULL, check_network_mode},
};

static void translate_linux(const struct lab_node *node)
{
	const struct element yes = {.kind = ELEMENT_BOOL,
				    .text = "true",
				    .boolean = true,
				    .line = node->layers[0]->line,
				    .column = node->layers[0]->column};

	draft_add(node->to, "forwarding", &yes);
	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
		const struct element *at = first_of(node, values[i].theirs);

		if (at)
			values[i].put(node, values[i].ours, at);
	}
	put_map(node, "env");
	put_map(node, "labels");
	put_map(node, "sysctls");
	put_list(node, "binds", "volumes");
	put_list(node, "ports", "ports");
	put_list(node, "exec", "exec");
	put_rights(node);
	put_command(node);
}

/** It is a switch of the network, and nothing that is on the machine already. */
static void translate_bridge(const struct lab_node *node)
{
	static const char *const keys[] = {"kind",     "group",        "labels",
					   "position", "network-mode", NULL};
	const struct element *own = node->layers[0];

	for (size_t i = 0; own->kind == ELEMENT_MAP && i < own->count; i++)
		if (!strings_contain(keys, own->children[i].key))
			lab_problem(node->lab, &own->children[i],
				    "node '%.60s': a bridge has no '%.60s'", node->name,
				    own->children[i].key);
	lab_put_string(node->lab, node->to, "kind", own, "switch");
}

static const struct element *layer_of(const struct element *maps, const struct element *name)
{
	const struct element *map =
		maps && name && name->text ? element_get(maps, name->text) : NULL;

	return map && map->kind == ELEMENT_MAP ? map : NULL;
}

void lab_translate_node(struct lab *lab, struct draft_value *nodes, const struct element *at)
{
	const struct element map = {.kind = ELEMENT_MAP,
				    .line = at->line,
				    .column = at->column,
				    .key = at->key,
				    .key_line = at->key_line,
				    .key_column = at->key_column};
	const struct element *kind = lab_kind(lab, at);
	struct lab_node node = {.lab = lab, .name = at->key};

	if (!lab_has_room(lab, at) ||
	    (at->kind != ELEMENT_NULL && !lab_check_keys(lab, at, node_keys, "a node")))
		return;
	node.layers[0] = at;
	node.layers[3] = lab->defaults;
	node.layers[1] = layer_of(lab->groups, first_of(&node, "group"));
	node.layers[2] = layer_of(lab->kinds, kind);
	node.to = draft_add(nodes, at->key, &map);
	if (!kind || !kind->text)
		lab_problem(lab, at, "node '%.60s': 'kind' is missing (linux or bridge)", at->key);
	else if (text_equal(kind->text, "linux"))
		translate_linux(&node);
	else if (text_equal(kind->text, "bridge"))
		translate_bridge(&node);
	else
		lab_problem(lab, kind, "kind '%.60s': not supported (only linux and bridge)",
			    kind->text);
}

void lab_check_layers(struct lab *lab)
{
	const struct element *const maps[] = {lab->kinds, lab->groups};

	for (int i = 0; i < 2; i++)
		for (size_t j = 0; maps[i] && j < maps[i]->count; j++)
			if (maps[i]->children[j].kind != ELEMENT_NULL)
				lab_check_keys(lab, &maps[i]->children[j], node_keys, "a node");
	if (lab->defaults)
		lab_check_keys(lab, lab->defaults, node_keys, "a node");
}
