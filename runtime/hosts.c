/* SPDX-License-Identifier: Apache-2.0 */

/*
 * A node's /etc/hosts, /etc/hostname and /etc/resolv.conf: files in its directory, over which
 * nobody in the node has a say, so that it cannot fill the machine's /run; mounted read-only. They
 * are written in place, since a mount does not see a file that takes a name over.
 */

#include "runtime/hosts.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "base/file.h"

#define HOSTS_SIZE_MAX (1u << 20)
#define NAME_SIZE_MAX  253 /* RFC 1035 */
#define DNS_MAX        3   /* MAXNS in resolv.h */

static bool name_good(const char *name, size_t length)
{
	if (length == 0 || length > NAME_SIZE_MAX || name[0] == '-' || name[0] == '.')
		return false;
	for (size_t i = 0; i < length; i++)
		if (!isalnum((unsigned char)name[i]) && !strchr("-._", name[i]))
			return false;
	return true;
}

static bool address_normal(const char *text, char ret[INET6_ADDRSTRLEN])
{
	const int family = strchr(text, ':') ? AF_INET6 : AF_INET;
	struct in6_addr address;

	return inet_pton(family, text, &address) == 1 &&
	       inet_ntop(family, &address, ret, INET6_ADDRSTRLEN);
}

/* "NAME:IP"; an address of the sixth version may be in brackets, as Docker has it. */
static int host_split(const char *entry, size_t *ret_length, char ret_address[INET6_ADDRSTRLEN],
		      struct ncrun_error *err)
{
	char address[INET6_ADDRSTRLEN];
	const char *colon = strchr(entry, ':');
	const char *start = colon ? colon + 1 : "";
	size_t length = strlen(start);

	if (!colon || !name_good(entry, (size_t)(colon - entry)))
		return error_set(err, EINVAL, "host '%s': not NAME:IP (try db:10.0.0.7)", entry);
	if (length > 2 && start[0] == '[' && start[length - 1] == ']') {
		start++;
		length -= 2;
	}
	if (length < sizeof(address)) {
		memcpy(address, start, length);
		address[length] = '\0';
	}
	if (length >= sizeof(address) || !address_normal(address, ret_address))
		return error_set(err, EINVAL, "host '%s': '%s' is not an address", entry,
				 colon + 1);
	*ret_length = (size_t)(colon - entry);
	return 0;
}

int hosts_check(const char *const *entries, struct ncrun_error *err)
{
	char address[INET6_ADDRSTRLEN];
	size_t length;
	int r = 0;

	for (; r == 0 && entries && *entries; entries++)
		r = host_split(*entries, &length, address, err);
	return r;
}

void container_hosts_text(struct text *text, const char *hostname, const char *const *entries)
{
	const size_t label = strcspn(hostname, ".");

	text_append(text, "127.0.0.1\tlocalhost\n"
			  "::1\tlocalhost ip6-localhost ip6-loopback\n");
	/* An address of its own, so that the name found for 127.0.0.1 is localhost. */
	text_printf(text, "127.0.1.1\t%s", hostname);
	if (hostname[label] && label > 0)
		text_printf(text, " %.*s", (int)label, hostname);
	text_append_char(text, '\n');
	for (; entries && *entries; entries++) {
		char address[INET6_ADDRSTRLEN];
		size_t length = 0;

		if (host_split(*entries, &length, address, NULL) == 0)
			text_printf(text, "%s\t%.*s\n", address, (int)length, *entries);
	}
}

int dns_check(const char *const *servers, struct ncrun_error *err)
{
	char address[INET6_ADDRSTRLEN];

	if (strings_count(servers) > DNS_MAX)
		return error_set(err, E2BIG, "%zu name servers: a resolver asks no more than %d",
				 strings_count(servers), DNS_MAX);
	for (; servers && *servers; servers++)
		if (!address_normal(*servers, address))
			return error_set(err, EINVAL, "name server '%s': not an address", *servers);
	return 0;
}

static int file_make(int dir_fd, const char *name, const char *chars, size_t size, int *ret_fd,
		     struct ncrun_error *err)
{
	_cleanup_close_ int fd =
		openat(dir_fd, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
	int r;

	/* The second call because of the caller's umask, which threads share. */
	if (fd < 0 || fchmod(fd, 0644) < 0)
		return error_errno(err, "make the file '%s' of the node", name);
	r = file_write_all(fd, chars, size, err);
	if (r == 0)
		*ret_fd = take_fd(fd);
	return r;
}

int hosts_create(int dir_fd, const char *hostname, const char *const *entries,
		 int ret_fds[HOSTS_FILES], struct ncrun_error *err)
{
	_cleanup_text_ struct text hosts = {0}, name = {0};
	int r;

	container_hosts_text(&hosts, hostname, entries);
	text_printf(&name, "%s\n", hostname);
	if (text_failed(&hosts) || text_failed(&name))
		return error_set(err, ENOMEM, "make room for the node's hosts file");
	r = file_make(dir_fd, "hosts", hosts.chars, hosts.length, &ret_fds[HOSTS_FILE_HOSTS], err);
	if (r == 0)
		r = file_make(dir_fd, "hostname", name.chars, name.length,
			      &ret_fds[HOSTS_FILE_NAME], err);
	return r;
}

int dns_create(int dir_fd, const char *const *servers, int *ret_fd, struct ncrun_error *err)
{
	_cleanup_text_ struct text text = {0};

	for (; servers && *servers; servers++) {
		char address[INET6_ADDRSTRLEN];

		if (address_normal(*servers, address))
			text_printf(&text, "nameserver %s\n", address);
	}
	if (text_failed(&text))
		return error_set(err, ENOMEM, "make room for the node's resolv.conf");
	return file_make(dir_fd, "resolv.conf", text.chars, text.length, ret_fd, err);
}

int container_write_hosts(struct ncrun_container *container, const char *text, size_t size,
			  struct ncrun_error *err)
{
	_cleanup_close_ int fd = -1;
	int r;

	if (size > HOSTS_SIZE_MAX)
		return error_set(err, E2BIG, "hosts of node '%s': %zu bytes, at most %u",
				 container->dir.name, size, HOSTS_SIZE_MAX);
	fd = openat(container->dir.fd, "hosts", O_WRONLY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0 && errno == ENOENT)
		return error_set(err, ENOENT, "node '%s' has a hosts file of its own",
				 container->dir.name);
	if (fd < 0)
		return error_errno(err, "open the hosts file of node '%s'", container->dir.name);
	/* Cut afterwards: whoever reads meanwhile finds names, if only the old ones. */
	r = file_write_all(fd, text, size, err);
	if (r == 0 && ftruncate(fd, (off_t)size) < 0)
		return error_errno(err, "cut the hosts file of node '%s'", container->dir.name);
	return r;
}
