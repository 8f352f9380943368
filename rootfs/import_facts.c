/* SPDX-License-Identifier: Apache-2.0 */

#include "rootfs/import_facts.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/record.h"
#include "rootfs/oci.h"

#define RELEASE_MAX 4096

/** The beginning of a regular file of the image; links stay inside, and nothing else is opened. */
static size_t read_start(int root_fd, const char *path, char *bytes, size_t size)
{
	_cleanup_close_ int fd =
		file_open_in_root(root_fd, path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC, 0);
	struct stat st;
	ssize_t n = -1;

	if (fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode))
		n = read(fd, bytes, size);
	return n > 0 ? (size_t)n : 0;
}

void import_os_release(const char *content, struct text *out)
{
	static const char key[] = "PRETTY_NAME=";
	const char *line = content;
	size_t length;

	while (line && strncmp(line, key, sizeof(key) - 1) != 0) {
		line = strchr(line, '\n');
		line = line ? line + 1 : NULL;
	}
	if (!line)
		return;
	line += sizeof(key) - 1;
	length = strcspn(line, "\r\n");
	if (length >= 2 && (*line == '"' || *line == '\'') && line[length - 1] == *line) {
		line++;
		length -= 2;
	}
	text_append_escaped(out, line, length);
}

void import_facts_add(int root_fd, struct text *out)
{
	static const char *const releases[] = {"etc/os-release", "usr/lib/os-release"};
	static const char *const programs[] = {"bin/sh", "bin/busybox", "usr/bin/env"};
	_cleanup_text_ struct text release = {0};
	const char *architecture = "";
	char bytes[RELEASE_MAX + 1] = {0};

	for (size_t i = 0; i < 2 && release.length == 0; i++) {
		bytes[read_start(root_fd, releases[i], bytes, RELEASE_MAX)] = '\0';
		import_os_release(bytes, &release);
	}
	record_put(out, "os_release", text_string(&release));
	if (text_starts_with(text_string(out), "architecture=") ||
	    strstr(text_string(out), "\narchitecture="))
		return;
	for (size_t i = 0; i < 3 && !*architecture; i++) {
		size_t n = read_start(root_fd, programs[i], bytes, RELEASE_MAX);

		architecture = oci_architecture_of_elf((const unsigned char *)bytes, n);
	}
	record_put(out, "architecture", architecture);
}
