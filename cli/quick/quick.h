/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/** Execute the full program with the arguments that this one got. */
void full_become(void) __attribute__((noreturn));
