/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* libfyaml 0.7.12 forgets a token's text on some errors; that is not ours to find each time. For
 * the one file of a fuzzer. */
const char *__lsan_default_suppressions(void);

const char *__lsan_default_suppressions(void)
{
	return "leak:libfyaml\n";
}
