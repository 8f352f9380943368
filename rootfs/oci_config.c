/* SPDX-License-Identifier: Apache-2.0 */

#include <elf.h>
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/utsname.h>

#include "base/error.h"
#include "base/number.h"
#include "base/record.h"
#include "base/signal_name.h"
#include "rootfs/import_limits.h"
#include "rootfs/oci.h"

/* One row for each architecture: what the kernel, OCI and ELF call it. */
static const struct {
	const char *machine;
	const char *name;
	unsigned char class;
	uint16_t elf;
	bool big_endian;
} architectures[] = {
	{"x86_64", "amd64", ELFCLASS64, EM_X86_64, false},
	{"aarch64", "arm64", ELFCLASS64, EM_AARCH64, false},
	{"i686", "386", ELFCLASS32, EM_386, false},
	{"armv7l", "arm", ELFCLASS32, EM_ARM, false},
	{"armv6l", "arm", ELFCLASS32, EM_ARM, false},
	{"riscv64", "riscv64", ELFCLASS64, EM_RISCV, false},
	{"ppc64le", "ppc64le", ELFCLASS64, EM_PPC64, false},
	{"s390x", "s390x", ELFCLASS64, EM_S390, true},
	{"loongarch64", "loong64", ELFCLASS64, EM_LOONGARCH, false},
	{"mips64", "mips64le", ELFCLASS64, EM_MIPS, false},
};

#define ARCHITECTURES (sizeof(architectures) / sizeof(architectures[0]))

const char *oci_architecture(void)
{
	struct utsname names;

	if (uname(&names) == 0)
		for (size_t i = 0; i < ARCHITECTURES; i++)
			if (text_equal(names.machine, architectures[i].machine))
				return architectures[i].name;
	return "";
}

const char *oci_architecture_of_elf(const unsigned char *header, size_t size)
{
	bool big_endian;
	uint16_t machine;

	if (size < 20 || memcmp(header, ELFMAG, SELFMAG) != 0)
		return "";
	big_endian = header[EI_DATA] == ELFDATA2MSB;
	machine = big_endian ? (uint16_t)(header[18] << 8 | header[19])
			     : (uint16_t)(header[19] << 8 | header[18]);
	for (size_t i = 0; i < ARCHITECTURES; i++)
		if (architectures[i].elf == machine && architectures[i].class == header[EI_CLASS] &&
		    architectures[i].big_endian == big_endian)
			return architectures[i].name;
	return "";
}

/** The list of strings at @key; a missing or null one is empty. */
static int put_list(const struct document *document, const struct element *map, const char *key,
		    const char *name, struct text *out, struct ncrun_error *err)
{
	const struct element *list = element_get(map, key);
	int r = 0;

	if (!list || list->kind == ELEMENT_NULL)
		return 0;
	if (list->kind != ELEMENT_LIST)
		return element_error(document, list, err, "'%s' is not a list", key);
	for (size_t i = 0; r == 0 && i < list->count; i++) {
		const char *value;

		r = element_string(document, &list->children[i], &value, err);
		if (r == 0)
			record_put(out, name, value);
	}
	return r;
}

static int get_string(const struct document *document, const struct element *map, const char *key,
		      const char **ret, struct ncrun_error *err)
{
	const struct element *value = element_get(map, key);

	*ret = "";
	return !value || value->kind == ELEMENT_NULL ? 0
						     : element_string(document, value, ret, err);
}

static int put_string(const struct document *document, const struct element *map, const char *key,
		      const char *name, struct text *out, struct ncrun_error *err)
{
	const char *value;
	int r = get_string(document, map, key, &value, err);

	if (r == 0 && *value)
		record_put(out, name, value);
	return r;
}

/** "SIGTERM", "15", and "SIGRTMIN+3" as init systems want it. */
static int stop_signal_parse(const char *text, int *ret, struct ncrun_error *err)
{
	const char *name = text_starts_with(text, "SIG") ? text + 3 : text;
	uint64_t above;
	int r;

	if (!text_starts_with(name, "RTMIN+"))
		return signal_name_parse(text, ret, err);
	r = number_parse_u64("stop signal", name + 6, 0, (uint64_t)(SIGRTMAX - SIGRTMIN), &above,
			     err);
	if (r < 0)
		return r;
	*ret = SIGRTMIN + (int)above;
	return 0;
}

static int put_process(const struct document *document, const struct element *config,
		       struct text *out, struct ncrun_error *err)
{
	const char *stop_signal = "";
	int r, signo = 0;

	r = put_list(document, config, "Env", "env", out, err);
	if (r == 0)
		r = put_list(document, config, "Entrypoint", "entrypoint", out, err);
	if (r == 0)
		r = put_list(document, config, "Cmd", "cmd", out, err);
	if (r == 0)
		r = put_string(document, config, "User", "user", out, err);
	if (r == 0)
		r = put_string(document, config, "WorkingDir", "workdir", out, err);
	if (r == 0)
		r = get_string(document, config, "StopSignal", &stop_signal, err);
	if (r == 0 && *stop_signal)
		r = stop_signal_parse(stop_signal, &signo, err);
	if (r == 0 && signo > 0)
		record_put_u64(out, "stop_signal", (uint64_t)signo);
	return r < 0 ? error_wrap(err, r, "the image's configuration") : 0;
}

/** What every layer must be once it is decompressed. */
static int read_diff_ids(const struct document *document, struct oci_manifest *manifest,
			 struct ncrun_error *err)
{
	const struct element *rootfs = element_get(document_root(document), "rootfs");
	const struct element *list =
		rootfs && rootfs->kind == ELEMENT_MAP ? element_get(rootfs, "diff_ids") : NULL;
	size_t count = list && list->kind == ELEMENT_LIST ? list->count : 0;

	if (count != manifest->layer_count)
		return error_set(err, EINVAL,
				 "the image has %zu layer%s, but its configuration names %zu",
				 manifest->layer_count, manifest->layer_count == 1 ? "" : "s",
				 count);
	manifest->diff_ids = calloc(count + 1, sizeof(*manifest->diff_ids));
	if (!manifest->diff_ids)
		return error_errno(err, "read the image's configuration");
	for (size_t i = 0; i < count; i++) {
		const char *text;
		int r = element_string(document, &list->children[i], &text, err);

		if (r == 0)
			r = oci_digest_parse(text, manifest->diff_ids[i], err);
		if (r < 0)
			return r;
	}
	return 0;
}

int oci_config_read(int archive_fd, struct oci_manifest *manifest, struct text *out,
		    struct ncrun_error *err)
{
	_cleanup_(document_freep) struct document *document = NULL;
	const struct element *root, *config;
	const char *os = "";
	int r;

	r = oci_blob_parse(archive_fd, &manifest->config, &document, err);
	if (r < 0)
		return r;
	root = document_root(document);
	if (root->kind != ELEMENT_MAP)
		return error_set(err, EINVAL, "%s: not an image's configuration",
				 document_name(document));
	r = get_string(document, root, "os", &os, err);
	if (r == 0 && *os && !text_equal(os, "linux"))
		return error_set(err, EINVAL, "the image is for '%s', not for linux",
				 import_show(os).text);
	if (r == 0)
		r = read_diff_ids(document, manifest, err);
	if (r == 0)
		r = put_string(document, root, "architecture", "architecture", out, err);
	config = element_get(root, "config");
	if (r == 0 && config && config->kind == ELEMENT_MAP)
		r = put_process(document, config, out, err);
	return r;
}
