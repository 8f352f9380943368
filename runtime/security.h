/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What the files on a node's security share. */

#include <ncrun/security.h>

/** Compare with a node without options. @missing_masks, @writable: of what is masked and
 * read-only there, what is open here. */
int security_compare(struct ncrun_security *security, const char *const *missing_masks,
		     const char *const *writable, struct ncrun_error *err);

/** Fill in masked and read-only mounts from the text of a mountinfo file, which is taken apart. */
int security_mounts_parse(struct ncrun_security *security, char *mountinfo,
			  struct ncrun_error *err);

/** Fill in ids, capabilities and filters from the text of a status file. */
void security_status_parse(struct ncrun_security *security, const char *status);

/** Lines of a uid_map or gid_map; *@ret has to be free()d. */
int security_map_parse(const char *text, struct ncrun_id_map **ret, size_t *ret_count,
		       struct ncrun_error *err);
