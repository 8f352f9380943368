/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* A container registry on 127.0.0.1 with one image of one file, etc/greeting. */

#include <stdbool.h>

#include "base/text.h"
#include "tests/support/http_server.h"

#define REGISTRY_IMAGE    "lab/hello"
#define REGISTRY_GREETING "hello from the registry\n"

struct registry {
	struct http_server *server;
	char host[64];                       /* "127.0.0.1:PORT" */
	struct text layer, config, manifest; /* what it serves */
	struct text layer_path, config_path;
};

/** @damaged: its layer is not what its digest says. */
void registry_start(struct registry *registry, bool damaged);
void registry_stop(struct registry *registry);
