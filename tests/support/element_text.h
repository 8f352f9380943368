/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What is in a document, as one line: "{nodes: {a: {mtu: 9000}}, links: [[a, b]]}". */

#include "base/document.h"
#include "base/text.h"

void element_flow(struct text *out, const struct element *element);
