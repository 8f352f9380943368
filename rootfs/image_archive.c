/* SPDX-License-Identifier: Apache-2.0 */

#include "rootfs/image_archive.h"

#include "base/library.h"
#include "base/text.h"

/* base/library.h on why this is allowed to be file-scope state */
static struct archive_api api;

#define ARCHIVE_FUNCTION_SYMBOL(name) {#name, (void **)&api.name},

static const struct library_symbol symbols[] = {
	ARCHIVE_FUNCTIONS(ARCHIVE_FUNCTION_SYMBOL) /**/
	{0},
};

int archive_api_load(const struct archive_api **ret, struct ncrun_error *err)
{
	int r = library_load("libarchive.so.13", "libarchive13", symbols, err);

	if (r < 0)
		return r;
	*ret = &api;
	return 0;
}

bool archive_keeps_attribute(const char *name)
{
	/* the overlay of a node would obey its own: a redirect leads out of the image */
	if (text_starts_with(name, "user."))
		return !text_starts_with(name, "user.overlay.");
	return text_equal(name, "security.capability");
}

void archive_locale_enter(struct archive_locale *locale, const char *name)
{
	locale->own = newlocale(LC_ALL_MASK, name, (locale_t)0);
	if (locale->own) /* else the names of some files are marked as binary: no harm */
		locale->previous = uselocale(locale->own);
}

void archive_locale_leave(struct archive_locale *locale)
{
	if (!locale->own)
		return;
	uselocale(locale->previous);
	freelocale(locale->own);
	*locale = (struct archive_locale){0};
}
