/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/** A folder of this fuzzer's own, for all of its inputs, removed when it ends; -1 = none. */
int folder_fd(void);

/** Where that is. */
const char *folder_path(void);
