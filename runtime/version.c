/* SPDX-License-Identifier: Apache-2.0 */

#include <ncrun/machine.h>

#include "base/api.h"

NCRUN_API const char *ncrun_version(void)
{
	return NCRUN_VERSION;
}
