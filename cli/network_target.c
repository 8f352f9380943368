/* SPDX-License-Identifier: Apache-2.0 */

#include "cli/network_target.h"

#include <errno.h>
#include <string.h>

#include "base/error.h"

void network_target_done(struct network_target *target)
{
	target->network = ncrun_network_unref(target->network);
}

int network_target_check(const char *text, struct ncrun_error *err)
{
	const char *slash = strchr(text, '/');

	if (!slash || slash == text || !slash[1])
		return error_set(err, EINVAL, "'%s': not NETWORK/NODE", text);
	return 0;
}

int network_target_open(const struct cli *cli, const char *text, bool named,
			struct network_target *ret, struct ncrun_error *err)
{
	const char *slash = strchr(text, '/');
	_cleanup_free_ char *name = strndup(text, slash ? (size_t)(slash - text) : strlen(text));
	int r;

	if (!name)
		return error_errno(err, "read '%s'", text);
	r = named ? network_target_check(text, err) : 0;
	if (r < 0)
		return r;
	if (!named && slash)
		return error_set(err, EINVAL, "'%s': not the name of a network", text);
	r = ncrun_network_open(&cli->context, name, &ret->network, err);
	if (r < 0)
		return r;
	ret->name = named ? slash + 1 : NULL;
	return 0;
}

int link_options(const char *const *words, struct text *ret, struct ncrun_error *err)
{
	for (; words && *words; words++) {
		size_t key = strcspn(*words, "=");

		if (key == 0 || !(*words)[key])
			return error_set(err, EINVAL, "'%s': not KEY=VALUE (try delay=20ms)",
					 *words);
		if (ret->length > 0)
			text_append(ret, ", ");
		text_append_bytes(ret, *words, key);
		text_append(ret, ": ");
		text_append(ret, *words + key + 1);
	}
	if (text_failed(ret))
		return error_set(err, ENOMEM, "read options: out of memory");
	return 0;
}
