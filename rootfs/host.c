/* SPDX-License-Identifier: Apache-2.0 */

/* The machine's own root as a node's: what of it is not shown, and what is added. */

#include "rootfs/host.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/stat.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>

#include "base/error.h"
#include "base/text.h"
#include "rootfs/filesystem.h"
#include "rootfs/mount_api.h"
#include "rootfs/volume.h"

/* Told in rootfs.h: keep both the same. Parents before what is below them. */
static const char *const secrets[] = {
	"boot",
	"home",
	"lost+found",
	"media",
	"mnt",
	"root",
	"run",
	"srv",
	"tmp",
	"etc/shadow",
	"etc/shadow-",
	"etc/gshadow",
	"etc/gshadow-",
	"etc/security/opasswd",
	"etc/krb5.keytab",
	"etc/ssh/ssh_host_dsa_key",
	"etc/ssh/ssh_host_ecdsa_key",
	"etc/ssh/ssh_host_ed25519_key",
	"etc/ssh/ssh_host_rsa_key",
	"etc/ssl/private",
	"etc/letsencrypt",
	"etc/netplan",
	"etc/openvpn",
	"etc/ppp",
	"etc/wireguard",
	"etc/wpa_supplicant",
	"etc/NetworkManager/system-connections",
	"etc/kubernetes",
	"var/backups",
	"var/crash",
	"var/lib/cloud",
	"var/lib/containerd",
	"var/lib/containers",
	"var/lib/docker",
	"var/lib/kubelet",
	"var/lib/libvirt",
	"var/lib/lxc",
	"var/lib/machines",
	"var/lib/ncrun",
	"var/lib/private",
	"var/lib/sss",
	"var/lib/systemd",
	"var/log/audit",
	"var/log/journal",
	"var/mail",
	"var/spool",
	"var/tmp",
};

static const char *const programs[] = {"usr", "opt", "usr/local", "nix", "gnu"};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
_Static_assert(COUNT(programs) <= HOST_MOUNTS_MAX, "room in every plan");

/* ---- hiding ----------------------------------------------------------------- */

/* Nothing of a reused --upper is trusted: the node has written there. */
static int open_upper(int upper_fd, const char *path, int flags)
{
	return path_open(upper_fd, path, (uint64_t)flags | O_DIRECTORY | O_NOFOLLOW,
			 RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_XDEV);
}

static int copy_attributes(const struct rootfs_plan *plan, int fd, const struct stat *st)
{
	const uid_t uid = upper_id(st->st_uid, upper_uid_base(plan));
	const gid_t gid = upper_id(st->st_gid, upper_gid_base(plan));

	if ((uid != 0 || gid != 0) && fchown(fd, uid, gid) < 0)
		return -1;
	return fchmod(fd, st->st_mode & 07777);
}

/** Make directory @name of @parent as it is in the image; *@ret_fd stays -1 where something else
 * covers it. */
static int ensure_directory(const struct rootfs_plan *plan, int parent, const char *name,
			    const struct stat *st, int *ret_fd)
{
	bool made = mkdirat(parent, name, 0700) == 0;

	if (!made && errno != EEXIST)
		return -1;
	*ret_fd = open_upper(parent, name, O_RDONLY);
	if (*ret_fd < 0)
		return errno == ENOTDIR || errno == ELOOP ? 0 : -1;
	return made ? copy_attributes(plan, *ret_fd, st) : 0;
}

static int hide_entry(const struct rootfs_plan *plan, int parent, const char *name,
		      const struct stat *st)
{
	_cleanup_close_ int fd = -1;

	if (!S_ISDIR(st->st_mode)) {
		if (mknodat(parent, name, S_IFCHR, 0) < 0 && errno != EEXIST)
			return -1;
		return 0;
	}
	if (ensure_directory(plan, parent, name, st, &fd) < 0)
		return -1;
	return fd < 0 ? 0 : fsetxattr(fd, "trusted.overlay.opaque", "y", 1, 0);
}

/* @path has no links in it. */
static int hide(const struct rootfs_plan *plan, int lower_fd, int upper_fd, char *path,
		const struct stat *st)
{
	_cleanup_close_ int parent = open_upper(upper_fd, ".", O_RDONLY);
	char *name = path;

	if (parent < 0)
		return -1;
	for (char *slash = strchr(path, '/'); slash; slash = strchr(slash + 1, '/')) {
		_cleanup_close_ int above = take_fd(parent);
		struct stat directory;
		int r;

		*slash = '\0';
		r = fstatat(lower_fd, path, &directory, AT_SYMLINK_NOFOLLOW);
		if (r == 0)
			r = ensure_directory(plan, above, name, &directory, &parent);
		*slash = '/';
		if (r < 0)
			return -1;
		if (parent < 0)
			return 0; /* covered by what the node made in place of its parent */
		name = slash + 1;
	}
	return hide_entry(plan, parent, name, st);
}

static int hide_path(const struct rootfs_plan *plan, int lower_fd, int upper_fd, const char *path,
		     struct ncrun_error *err)
{
	_cleanup_close_ int fd =
		path_open(lower_fd, path, O_PATH, RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS);
	char found[PATH_MAX];
	struct stat st;
	int r;

	if (fd < 0 && (errno == ENOENT || errno == ENOTDIR || errno == ELOOP))
		return 0;
	if (fd < 0 || fstat(fd, &st) < 0)
		return error_errno(err, "look for '/%s' to hide it", path);

	/* Links lead to what is to be hidden: /var/run, or a /home on another disk. */
	r = descriptor_path(fd, found, err);
	if (r < 0)
		return r;
	if (found[0] != '/' || found[1] == '\0')
		return error_set(err, EINVAL, "'/%s' cannot be hidden: it leads to '%s'", path,
				 found);
	if (hide(plan, lower_fd, upper_fd, found + 1, &st) < 0)
		return error_errno(err, "hide '/%s'", path);
	return 0;
}

int host_hide(const struct rootfs_plan *plan, int lower_fd, int upper_fd, struct ncrun_error *err)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < COUNT(secrets); i++)
		r = hide_path(plan, lower_fd, upper_fd, secrets[i], err);
	for (char **path = plan->hidden; r == 0 && path && *path; path++)
		r = hide_path(plan, lower_fd, upper_fd, *path, err);
	return r;
}

/* ---- adding ------------------------------------------------------------------ */

static bool target_is_taken(const struct rootfs_plan *plan, const char *target)
{
	for (size_t i = 0; i < plan->mount_count; i++)
		if (text_equal(plan->mounts[i].target, target))
			return true;
	return false;
}

static int add_mount(struct rootfs_plan *plan, const char *target, int fd, struct ncrun_error *err)
{
	struct planned_mount *mount = &plan->mounts[plan->mount_count];

	*mount = (struct planned_mount){
		.kind = PLANNED_VOLUME,
		.target = strdup(target),
		.source_fd = fd,
		.depth = strchr(target, '/') ? 2 : 1,
		.idmap = true,
		.idmap_optional = true,
		.attributes = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV,
		.propagation = MS_PRIVATE,
	};
	plan->mount_count++;
	plan->volume_count++;
	if (!mount->target)
		return error_errno(err, "copy path '/%s'", target);
	return volume_plan_fd(fd, mount, err);
}

int host_plan_mounts(struct rootfs_plan *plan, struct ncrun_error *err)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < COUNT(programs); i++) {
		_cleanup_close_ int fd = openat(plan->root_fd, programs[i],
						O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		struct statx stx;

		if (fd < 0 || target_is_taken(plan, programs[i]))
			continue;
		if (statx(fd, "", AT_EMPTY_PATH, 0, &stx) < 0)
			return error_errno(err, "look at '/%s'", programs[i]);
		if (stx.stx_attributes & STATX_ATTR_MOUNT_ROOT)
			r = add_mount(plan, programs[i], take_fd(fd), err);
	}
	return r;
}
