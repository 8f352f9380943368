/* SPDX-License-Identifier: Apache-2.0 */

#include "tests/support/registry.h"

#include <stdio.h>
#include <string.h>

#include "tests/support/tar_writer.h"
#include "tests/support/test.h"

#define MANIFEST_TYPE "application/vnd.oci.image.manifest.v1+json"

static void make_image(struct registry *registry)
{
	char layer_digest[DIGEST_TEXT_SIZE], config_digest[DIGEST_TEXT_SIZE];

	tar_put(&registry->layer, .name = "etc/greeting", .data = REGISTRY_GREETING);
	tar_end(&registry->layer);
	tar_digest(registry->layer.chars, registry->layer.length, layer_digest);
	text_printf(&registry->config,
		    "{\"architecture\":\"amd64\",\"os\":\"linux\",\"config\":{\"Env\":"
		    "[\"GREETING=yes\"],\"Cmd\":[\"/bin/hello\"],\"WorkingDir\":\"/etc\"},"
		    "\"rootfs\":{\"type\":\"layers\",\"diff_ids\":[\"sha256:%s\"]}}",
		    layer_digest);
	tar_digest(registry->config.chars, registry->config.length, config_digest);
	text_printf(&registry->manifest,
		    "{\"schemaVersion\":2,\"mediaType\":\"" MANIFEST_TYPE "\",\"config\":"
		    "{\"mediaType\":\"application/vnd.oci.image.config.v1+json\","
		    "\"digest\":\"sha256:%s\",\"size\":%zu},\"layers\":[{\"mediaType\":"
		    "\"application/vnd.oci.image.layer.v1.tar\",\"digest\":\"sha256:%s\","
		    "\"size\":%zu}]}",
		    config_digest, registry->config.length, layer_digest, registry->layer.length);
	text_printf(&registry->config_path, "/v2/" REGISTRY_IMAGE "/blobs/sha256:%s",
		    config_digest);
	text_printf(&registry->layer_path, "/v2/" REGISTRY_IMAGE "/blobs/sha256:%s", layer_digest);
}

static struct http_route route(const char *path, const char *type, const struct text *body)
{
	return (struct http_route){.path = path,
				   .type = type,
				   .body = body->chars,
				   .size = body->length};
}

void registry_start(struct registry *registry, bool damaged)
{
	*registry = (struct registry){0};
	make_image(registry);
	if (damaged)
		registry->layer.chars[600] ^= 1;

	const struct http_route routes[] = {
		{.path = "/v2/", .type = "application/json", .body = "{}", .size = 2},
		route("/v2/" REGISTRY_IMAGE "/manifests/latest", MANIFEST_TYPE,
		      &registry->manifest),
		route(text_string(&registry->config_path), NULL, &registry->config),
		route(text_string(&registry->layer_path), NULL, &registry->layer),
		{0},
	};

	registry->server = http_server_start(routes);
	snprintf(registry->host, sizeof(registry->host), "%s",
		 http_server_url(registry->server) + strlen("http://"));
}

void registry_stop(struct registry *registry)
{
	registry->server = http_server_stop(registry->server);
	text_done(&registry->layer);
	text_done(&registry->config);
	text_done(&registry->manifest);
	text_done(&registry->layer_path);
	text_done(&registry->config_path);
}
