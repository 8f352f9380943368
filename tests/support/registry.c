/* SPDX-License-Identifier: Apache-2.0 */

#include "tests/support/registry.h"

#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/digest.h"
#include "tests/support/test.h"

#define MANIFEST_TYPE "application/vnd.oci.image.manifest.v1+json"
#define LAYER_SIZE    2048 /* header, one block of data, two of zeros */

static struct ncrun_error err;

static void digest_of(const void *bytes, size_t size, char ret[DIGEST_TEXT_SIZE])
{
	_cleanup_(digest_freep) struct digest *digest = NULL;

	assert_ok(digest_new(&digest, &err));
	digest_update(digest, bytes, size);
	digest_finish(digest, ret);
}

/* The offsets are those of POSIX ustar. */
static void make_layer(char layer[LAYER_SIZE])
{
	static const struct {
		size_t offset;
		const char *text;
	} fields[] = {
		{0, "etc/greeting"},  {100, "0000644"},         {108, "0000000"}, {116, "0000000"},
		{136, "00000000000"}, {148, "        "},        {156, "0"},       {257, "ustar"},
		{263, "00"},          {512, REGISTRY_GREETING},
	};
	unsigned int sum = 0;

	memset(layer, 0, LAYER_SIZE);
	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
		memcpy(layer + fields[i].offset, fields[i].text, strlen(fields[i].text));
	snprintf(layer + 124, 12, "%011o", (unsigned int)strlen(REGISTRY_GREETING));
	for (size_t i = 0; i < 512; i++)
		sum += (unsigned char)layer[i];
	snprintf(layer + 148, 8, "%06o", sum);
}

void registry_start(struct registry *registry, int damaged)
{
	static char layer[LAYER_SIZE];
	static char config[1024], manifest[2048], config_path[160], layer_path[160];
	char config_digest[DIGEST_TEXT_SIZE], layer_digest[DIGEST_TEXT_SIZE];

	make_layer(layer);
	digest_of(layer, sizeof(layer), layer_digest);
	snprintf(
		config, sizeof(config),
		"{\"architecture\":\"amd64\",\"os\":\"linux\",\"config\":{\"Env\":[\"GREETING=yes\"],"
		"\"Cmd\":[\"/bin/hello\"],\"WorkingDir\":\"/etc\"},\"rootfs\":{\"type\":\"layers\","
		"\"diff_ids\":[\"sha256:%s\"]}}",
		layer_digest);
	digest_of(config, strlen(config), config_digest);
	snprintf(
		manifest, sizeof(manifest),
		"{\"schemaVersion\":2,\"mediaType\":\"" MANIFEST_TYPE
		"\",\"config\":{\"mediaType\":"
		"\"application/vnd.oci.image.config.v1+json\",\"digest\":\"sha256:%s\",\"size\":%zu},"
		"\"layers\":[{\"mediaType\":\"application/vnd.oci.image.layer.v1.tar\","
		"\"digest\":\"sha256:%s\",\"size\":%d}]}",
		config_digest, strlen(config), layer_digest, LAYER_SIZE);
	snprintf(config_path, sizeof(config_path), "/v2/" REGISTRY_IMAGE "/blobs/sha256:%s",
		 config_digest);
	snprintf(layer_path, sizeof(layer_path), "/v2/" REGISTRY_IMAGE "/blobs/sha256:%s",
		 layer_digest);
	if (damaged)
		layer[600] ^= 1;

	const struct http_route routes[] = {
		{.path = "/v2/", .type = "application/json", .body = "{}", .size = 2},
		{.path = "/v2/" REGISTRY_IMAGE "/manifests/latest",
		 .type = MANIFEST_TYPE,
		 .body = manifest,
		 .size = strlen(manifest)},
		{.path = config_path, .body = config, .size = strlen(config)},
		{.path = layer_path, .body = layer, .size = LAYER_SIZE},
		{0},
	};

	registry->server = http_server_start(routes);
	snprintf(registry->host, sizeof(registry->host), "%s",
		 http_server_url(registry->server) + strlen("http://"));
}

void registry_stop(struct registry *registry)
{
	registry->server = http_server_stop(registry->server);
}
