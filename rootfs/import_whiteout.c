/* SPDX-License-Identifier: Apache-2.0 */

/* What a layer removes from those below it. */

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "base/error.h"
#include "base/file.h"
#include "base/text.h"
#include "rootfs/import_layers.h"

#define PREFIX ".wh."

int whiteout_parse(const char *name, enum whiteout *ret, const char **ret_name,
		   struct ncrun_error *err)
{
	*ret_name = NULL;
	*ret = WHITEOUT_NONE;
	if (!text_starts_with(name, PREFIX))
		return 0;
	*ret_name = name + sizeof(PREFIX) - 1;
	if (text_equal(*ret_name, PREFIX ".opq"))
		*ret = WHITEOUT_OPAQUE;
	else if (text_starts_with(*ret_name, PREFIX))
		*ret = WHITEOUT_IGNORE;
	else
		*ret = WHITEOUT_NAME;
	if (!**ret_name || text_equal(*ret_name, ".") || text_equal(*ret_name, ".."))
		return error_set(err, EINVAL, "a layer removes '%s'", *ret_name);
	return 0;
}

static int directory_empty(struct import_tree *tree, int dir_fd, struct ncrun_error *err)
{
	_cleanup_close_ int fd = openat(dir_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	_cleanup_(strings_freep) char **names = NULL;
	int r;

	if (fd < 0)
		return error_errno(err, "open a directory of the image");
	r = directory_list(fd, &names, err);
	for (size_t i = 0; r == 0 && names[i]; i++)
		r = tree_remove(tree, fd, names[i], err);
	return r;
}

int whiteout_apply(struct import_tree *tree, const char *path, struct ncrun_error *err)
{
	char parent[IMPORT_PATH_MAX + 1];
	const char *name = tree_split(path, parent), *victim;
	enum whiteout whiteout;
	int r, fd;

	r = whiteout_parse(name, &whiteout, &victim, err);
	if (r < 0 || whiteout == WHITEOUT_NONE || whiteout == WHITEOUT_IGNORE)
		return r;
	r = tree_open_parent(tree, parent, false, &fd, err);
	if (r == -ENOENT) /* nothing below to be removed */
		return 0;
	if (r < 0)
		return r;
	return whiteout == WHITEOUT_OPAQUE ? directory_empty(tree, fd, err)
					   : tree_remove(tree, fd, victim, err);
}
