/* SPDX-License-Identifier: Apache-2.0 */

/* Any bytes as each of the JSON files of an image. */

#include <string.h>

#include "base/file.h"
#include "base/text.h"
#include "rootfs/oci.h"
#include "tests/fuzz/folder.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void read_config(int fd)
{
	struct oci_manifest manifest = {0};
	_cleanup_text_ struct text facts = {0};

	manifest.config.path = strdup("index.json");
	manifest.config.size = UINT64_MAX;
	oci_manifest_add_layer(&manifest, "layer", "", UINT64_MAX, NULL);
	oci_config_read(fd, &manifest, &facts, NULL);
	oci_manifest_done(&manifest);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_(document_freep) struct document *docker = NULL;
	static const char layout[] = "{\"imageLayoutVersion\":\"1.0.0\"}";
	int fd = folder_fd();

	file_replace_at(fd, "index.json", data, size, 0600, NULL);
	file_replace_at(fd, "manifest.json", data, size, 0600, NULL);
	file_replace_at(fd, "oci-layout", layout, sizeof(layout) - 1, 0600, NULL);
	for (int i = 0; i < 2; i++) {
		const char *tag = i ? "web:1" : NULL;
		struct oci_manifest manifest = {0};

		if (oci_layout_detect(fd) && oci_layout_read(fd, tag, &manifest, NULL) == 0)
			oci_manifest_done(&manifest);
		document_free(docker);
		oci_docker_detect(fd, &docker);
		if (docker && oci_docker_read(docker, tag, &manifest, NULL) == 0)
			oci_manifest_done(&manifest);
	}
	read_config(fd);
	return 0;
}
