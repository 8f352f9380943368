/* SPDX-License-Identifier: Apache-2.0 */

#include "cli/images.h"

#include "cli/json.h"
#include "cli/output.h"

void image_report(const struct ncrun_image *image, bool json)
{
	const struct ncrun_image_info *info = ncrun_image_info(image);
	_cleanup_text_ struct text out = {0};

	if (json) {
		_cleanup_json_ struct json_object *object = json_from_image(info);

		json_show(object);
		return;
	}
	text_printf(&out, "%s: ", info->name ? info->name : "image");
	print_size(&out, info->bytes);
	text_printf(&out, " in %llu entr%s, %.12s\n", (unsigned long long)info->entries,
		    info->entries == 1 ? "y" : "ies", info->digest);
	text_print(&out);
}
