/* SPDX-License-Identifier: Apache-2.0 */

/* Volumes and tmpfs mounts as text. */

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <ncrun/container.h>

#include "base/api.h"
#include "base/error.h"
#include "base/nearest.h"
#include "base/number.h"
#include "base/text.h"

#define SHOWN_MAX 200 /* of the text, in messages */

/** What is parsed, and how messages begin: "volume '...'". */
struct mount_text {
	const char *what;
	char shown[SHOWN_MAX + 1];
};

static struct mount_text mount_text_new(const char *what, const char *text)
{
	struct mount_text mount = {.what = what};

	snprintf(mount.shown, sizeof(mount.shown), "%s", text);
	return mount;
}

/** True when @path has no part but "." ones; sets *@ret_up when one is "..". */
static bool path_is_root(const char *path, bool *ret_up)
{
	bool root = true;

	*ret_up = false;
	while (*path) {
		size_t length = strcspn(path, "/");

		if (length == 2 && text_starts_with(path, ".."))
			*ret_up = true;
		if (length > 1 || (length == 1 && *path != '.'))
			root = false;
		path += length + (path[length] == '/');
	}
	return root;
}

static int target_check(const struct mount_text *mount, const char *target, struct ncrun_error *err)
{
	bool up;

	if (target[0] != '/')
		return error_set(err, EINVAL, "%s '%s': target '%.100s' is not an absolute path",
				 mount->what, mount->shown, target);
	if (path_is_root(target, &up))
		return error_set(err, EINVAL, "%s '%s': target is the root itself", mount->what,
				 mount->shown);
	if (up)
		return error_set(err, EINVAL, "%s '%s': target has a '..' in it", mount->what,
				 mount->shown);
	return 0;
}

static int option_unknown(const struct mount_text *mount, const char *option,
			  const struct nearest *nearest, struct ncrun_error *err)
{
	if (nearest->word)
		return error_set(err, EINVAL,
				 "%s '%s': unknown option '%.60s' (did you mean '%s'?)",
				 mount->what, mount->shown, option, nearest->word);
	return error_set(err, EINVAL, "%s '%s': unknown option '%.60s'", mount->what, mount->shown,
			 option);
}

/* ---- volumes ------------------------------------------------------------- */

enum volume_aspect {
	VOLUME_ACCESS,
	VOLUME_PROPAGATION,
	VOLUME_RECURSION,
	VOLUME_EXEC,
	VOLUME_IDMAP,
	VOLUME_ASPECTS,
};

/* The kernel's propagation of the mounts below follows that of the volume, so that
 * "rslave" and "slave" are one. */
static const struct {
	const char *name;
	enum volume_aspect aspect;
	int value;
} volume_options[] = {
	{"ro", VOLUME_ACCESS, true},
	{"rw", VOLUME_ACCESS, false},
	{"rprivate", VOLUME_PROPAGATION, NCRUN_PROPAGATION_PRIVATE},
	{"rslave", VOLUME_PROPAGATION, NCRUN_PROPAGATION_SLAVE},
	{"rshared", VOLUME_PROPAGATION, NCRUN_PROPAGATION_SHARED},
	{"private", VOLUME_PROPAGATION, NCRUN_PROPAGATION_PRIVATE},
	{"slave", VOLUME_PROPAGATION, NCRUN_PROPAGATION_SLAVE},
	{"shared", VOLUME_PROPAGATION, NCRUN_PROPAGATION_SHARED},
	{"rbind", VOLUME_RECURSION, true},
	{"noexec", VOLUME_EXEC, true},
	{"idmap", VOLUME_IDMAP, true},
};

/** What has been said of each aspect so far. */
struct volume_choice {
	const char *name; /* borrowed; NULL = nothing */
	int value;
};

static int volume_option_take(const struct mount_text *mount, const char *option,
			      struct volume_choice *choices, struct ncrun_error *err)
{
	struct nearest nearest = {0};

	for (size_t i = 0; i < sizeof(volume_options) / sizeof(volume_options[0]); i++) {
		struct volume_choice *choice = &choices[volume_options[i].aspect];

		nearest_consider(&nearest, option, volume_options[i].name);
		if (!text_equal(option, volume_options[i].name))
			continue;
		if (choice->name && choice->value != volume_options[i].value)
			return error_set(err, EINVAL, "%s '%s': '%s' and '%s' exclude each other",
					 mount->what, mount->shown, choice->name,
					 volume_options[i].name);
		choice->name = volume_options[i].name;
		choice->value = volume_options[i].value;
		return 0;
	}
	return option_unknown(mount, option, &nearest, err);
}

NCRUN_API int ncrun_volume_parse(char *text, struct ncrun_volume *ret, struct ncrun_error *err)
{
	const struct mount_text mount = mount_text_new("volume", text);
	struct volume_choice choices[VOLUME_ASPECTS] = {0};
	char *target = strchr(text, ':');
	char *options, *rest = NULL;
	int r;

	if (!target || target == text)
		return error_set(err, EINVAL, "volume '%s': not SOURCE:TARGET[:OPTIONS]",
				 mount.shown);
	*target++ = '\0';
	options = strchr(target, ':');
	if (options)
		*options++ = '\0';
	r = target_check(&mount, target, err);
	for (char *option = options ? strtok_r(options, ",", &rest) : NULL; r == 0 && option;
	     option = strtok_r(NULL, ",", &rest))
		r = volume_option_take(&mount, option, choices, err);
	if (r < 0)
		return r;
	*ret = (struct ncrun_volume){
		.source = text,
		.target = target,
		.propagation = (enum ncrun_propagation)choices[VOLUME_PROPAGATION].value,
		.read_only = choices[VOLUME_ACCESS].value,
		.recursive = choices[VOLUME_RECURSION].value,
		.noexec = choices[VOLUME_EXEC].value,
		.idmap = choices[VOLUME_IDMAP].value,
	};
	return 0;
}

/* ---- tmpfs --------------------------------------------------------------- */

static int tmpfs_size(const char *value, struct ncrun_tmpfs *tmpfs, struct ncrun_error *err)
{
	int r = size_parse("size", value, &tmpfs->size_bytes, err);

	if (r == 0 && tmpfs->size_bytes == 0)
		return error_set(err, EINVAL, "size '%s': must not be 0", value);
	return r;
}

static int tmpfs_mode(const char *value, struct ncrun_tmpfs *tmpfs, struct ncrun_error *err)
{
	int r = mode_parse("mode", value, 07777, &tmpfs->mode, err);

	if (r == 0 && tmpfs->mode == 0)
		return error_set(err, EINVAL, "mode '%s': nobody could enter", value);
	return r;
}

static int tmpfs_noexec(const char *value, struct ncrun_tmpfs *tmpfs, struct ncrun_error *err)
{
	if (value)
		return error_set(err, EINVAL, "'noexec' takes no value");
	tmpfs->noexec = true;
	return 0;
}

static const struct {
	const char *name;
	bool wants_value;
	int (*take)(const char *value, struct ncrun_tmpfs *tmpfs, struct ncrun_error *err);
} tmpfs_options[] = {
	{"size", true, tmpfs_size},
	{"mode", true, tmpfs_mode},
	{"noexec", false, tmpfs_noexec},
};

static int tmpfs_option_take(const struct mount_text *mount, char *option,
			     struct ncrun_tmpfs *tmpfs, struct ncrun_error *err)
{
	struct nearest nearest = {0};
	char *value = strchr(option, '=');

	if (value)
		*value++ = '\0';
	for (size_t i = 0; i < sizeof(tmpfs_options) / sizeof(tmpfs_options[0]); i++) {
		int r;

		nearest_consider(&nearest, option, tmpfs_options[i].name);
		if (!text_equal(option, tmpfs_options[i].name))
			continue;
		if (tmpfs_options[i].wants_value && !value)
			return error_set(err, EINVAL, "tmpfs '%s': '%s' needs a value",
					 mount->shown, option);
		r = tmpfs_options[i].take(value, tmpfs, err);
		return r < 0 ? error_wrap(err, r, "tmpfs '%s'", mount->shown) : 0;
	}
	return option_unknown(mount, option, &nearest, err);
}

NCRUN_API int ncrun_tmpfs_parse(char *text, struct ncrun_tmpfs *ret, struct ncrun_error *err)
{
	const struct mount_text mount = mount_text_new("tmpfs", text);
	struct ncrun_tmpfs tmpfs = {.target = text};
	char *options = strchr(text, ':');
	char *rest = NULL;
	int r;

	if (options)
		*options++ = '\0';
	r = target_check(&mount, text, err);
	for (char *option = options ? strtok_r(options, ",", &rest) : NULL; r == 0 && option;
	     option = strtok_r(NULL, ",", &rest))
		r = tmpfs_option_take(&mount, option, &tmpfs, err);
	if (r < 0)
		return r;
	*ret = tmpfs;
	return 0;
}
