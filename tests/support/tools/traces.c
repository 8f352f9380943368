/* SPDX-License-Identifier: Apache-2.0 */

/*
 * traces [--all] [--since FILE]   what ncrun may have left, one thing a line, sorted
 *
 *   Processes of the test that we are part of, mounts and links of this namespace, files of
 *   the test's state.
 *   --all         control groups and what is in the store, too; and in a story
 *                 that has the machine for itself (private.sh) addresses, routes, tables of
 *                 nf_tables, forwarding, abstract sockets and id ranges that are taken
 *   --since FILE  waits until it is what FILE says; if it is not after 2 s, prints what is more
 *                 (+) and what is less (-), and fails
 */

#include <arpa/inet.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <ftw.h>
#include <glob.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "base/text.h"
#include "netns/netns.h"
#include "runtime/runtime.h"
#include "tests/support/processes.h"

#define SETTLE_TRIES 100
#define SETTLE_US    20000

static char **lines;
static struct process_table table;

static void add(const char *kind, const char *what)
{
	_cleanup_text_ struct text line = {0};

	text_printf(&line, "%s %s", kind, what);
	if (strings_append(&lines, text_string(&line)) < 0)
		exit(125);
}

/* Each line of a file, by the function. */
static void each_line(const char *path, void (*look)(char *line, const void *data),
		      const void *data)
{
	_cleanup_fclose_ FILE *file = fopen(path, "re");
	char line[8192];

	while (file && fgets(line, sizeof(line), file)) {
		line[strcspn(line, "\n")] = '\0';
		look(line, data);
	}
}

static const char *own(const char *variable)
{
	const char *path = getenv(variable);

	return path && *path ? path : "/nowhere";
}

/* ---- of every story -------------------------------------------------------------------------- */

static void processes(void)
{
	process_table_read_test(&table);
	for (size_t i = 0; i < table.count; i++)
		if (table.list[i].below && table.list[i].state != 'Z')
			add("process", table.list[i].name);
}

/* Networks of others come and go meanwhile. */
static void mount_look(char *line, const void *state)
{
	const size_t length = strlen(state);
	char target[4096];

	if (sscanf(line, "%*s %*s %*s %*s %4095s", target) == 1 &&
	    (fnmatch("*/.fabric", target, 0) != 0 ||
	     (strncmp(target, state, length) == 0 && target[length] == '/')))
		add("mount", target);
}

static void links(void)
{
	struct if_nameindex *names = if_nameindex();

	for (const struct if_nameindex *at = names; at && at->if_index; at++)
		add("link", at->if_name);
	if_freenameindex(names);
}

static int state_entry(const char *path, const struct stat *st, int kind,
		       struct FTW *where __attribute__((unused)))
{
	if (kind == FTW_F && st->st_size > 0)
		add("file", path);
	return 0;
}

/* ---- all of it ------------------------------------------------------------------------------- */

static int store_entry(const char *path, const struct stat *st __attribute__((unused)),
		       int kind __attribute__((unused)), struct FTW *where)
{
	if (where->level > 0)
		add("store", path);
	return 0;
}

static char group_pattern[32 + STATE_TAG_MAX];

static int group_entry(const char *path, const struct stat *st __attribute__((unused)), int kind,
		       struct FTW *where __attribute__((unused)))
{
	if (kind == FTW_D && fnmatch(group_pattern, path, 0) == 0)
		add("group", path);
	return 0;
}

static void groups(void)
{
	struct ncrun_error err = {0};
	char tag[STATE_TAG_MAX];

	if (state_tag(NULL, tag, &err) < 0)
		return;
	snprintf(group_pattern, sizeof(group_pattern), "*/ncrun-%s*", tag);
	nftw("/sys/fs/cgroup", group_entry, 16, FTW_PHYS);
}

static void socket_look(char *line, const void *data __attribute__((unused)))
{
	char name[256];

	if (sscanf(line, "%*s %*s %*s %*s %*s %*s %*s %255s", name) == 1 && *name == '@')
		add("socket", name);
}

static void lock_look(char *line, const void *data)
{
	const struct stat *ids = data;
	unsigned int high, low;
	unsigned long inode;
	char first[32];

	if (sscanf(line, "%*s OFDLCK %*s %*s %*s %x:%x:%lu %31s", &high, &low, &inode, first) ==
		    4 &&
	    inode == ids->st_ino && makedev(high, low) == ids->st_dev)
		add("ids", first);
}

static void addresses(void)
{
	struct ifaddrs *list = NULL;
	char text[INET6_ADDRSTRLEN];

	if (getifaddrs(&list) < 0)
		return;
	for (const struct ifaddrs *at = list; at; at = at->ifa_next) {
		const struct sockaddr_in *in = (const void *)at->ifa_addr;
		const struct sockaddr_in6 *in6 = (const void *)at->ifa_addr;

		if (in && in->sin_family == AF_INET)
			add("address", inet_ntop(AF_INET, &in->sin_addr, text, sizeof(text)));
		else if (in && in->sin_family == AF_INET6)
			add("address", inet_ntop(AF_INET6, &in6->sin6_addr, text, sizeof(text)));
	}
	freeifaddrs(list);
}

static void route_look(char *line, const void *format)
{
	char link[64], to[64], via[64];
	_cleanup_text_ struct text route = {0};
	const bool six = strcmp(format, "6") == 0;

	if (six ? sscanf(line, "%63s %*s %*s %*s %63s %*s %*s %*s %*s %63s", to, via, link) == 3
		: sscanf(line, "%63s %63s %63s", link, to, via) == 3) {
		text_printf(&route, "%s via %s dev %s", to, via, link);
		add("route", text_string(&route));
	}
}

static void tables(void)
{
	_cleanup_(netns_freep) struct netns *netns = NULL;
	_cleanup_(strings_freep) char **names = NULL;
	struct ncrun_error err = {0};

	if (netns_open_own(&netns, &err) < 0 ||
	    netns_filter_tables(netns, NETNS_FILTER_INET, "", &names, &err) < 0)
		return;
	for (char **name = names; *name; name++)
		add("table", *name);
}

static void forwarding_look(char *line, const void *path)
{
	if (strcmp(line, "1") == 0)
		add("forwards", path);
}

static void forwarding(const char *pattern)
{
	glob_t found = {0};

	if (glob(pattern, 0, NULL, &found) == 0)
		for (size_t i = 0; i < found.gl_pathc; i++)
			each_line(found.gl_pathv[i], forwarding_look, found.gl_pathv[i]);
	globfree(&found);
}

static void machine(void)
{
	struct stat ids = {0};

	each_line("/proc/net/unix", socket_look, NULL);
	if (stat("/run/ncrun/ids", &ids) == 0)
		each_line("/proc/locks", lock_look, &ids);
	nftw("/run/ncrun", state_entry, 16, FTW_PHYS);
	addresses();
	each_line("/proc/net/route", route_look, "4");
	each_line("/proc/net/ipv6_route", route_look, "6");
	tables();
	forwarding("/proc/sys/net/ipv4/conf/*/forwarding");
	forwarding("/proc/sys/net/ipv6/conf/*/f*forwarding");
}

static void store(const char *folder)
{
	_cleanup_text_ struct text path = {0};

	text_printf(&path, "%s/%s", own("NCRUN_STORE"), folder);
	nftw(text_string(&path), store_entry, 16, FTW_PHYS);
}

static int compare(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void look(bool all)
{
	strings_free(lines);
	lines = calloc(1, sizeof(*lines));
	processes();
	each_line("/proc/self/mountinfo", mount_look, own("NCRUN_STATE"));
	links();
	nftw(own("NCRUN_STATE"), state_entry, 16, FTW_PHYS);
	if (all) {
		store("tmp");
		store("images");
		store("cache");
		groups();
		if (getenv("NCRUN_TEST_PRIVATE"))
			machine();
	}
	qsort(lines, strings_count((const char *const *)lines), sizeof(*lines), compare);
}

/* ---- before and after ------------------------------------------------------------------------ */

static void before_look(char *line, const void *before)
{
	if (strings_append((char ***)before, line) < 0)
		exit(125);
}

/* Both are sorted; says whether they are the same. */
static bool same(char **before, bool say)
{
	bool equal = true;
	char **now = lines;

	while (*before || *now) {
		int order = !*before ? 1 : !*now ? -1 : strcmp(*before, *now);

		if (order != 0) {
			equal = false;
			if (say)
				printf("%c %s\n", order < 0 ? '-' : '+',
				       order < 0 ? *before : *now);
		}
		before += order <= 0;
		now += order >= 0;
	}
	return equal;
}

int main(int argc, char **argv)
{
	const bool all = argc > 1 && strcmp(argv[1], "--all") == 0;
	char **before = calloc(1, sizeof(*before));

	argc -= all;
	argv += all;
	if (argc == 1) {
		look(all);
		for (char **line = lines; *line; line++)
			puts(*line);
		return 0;
	}
	if (argc != 3 || strcmp(argv[1], "--since") != 0 || access(argv[2], R_OK) < 0) {
		fputs("usage: traces [--all] [--since FILE]\n", stderr);
		return 2;
	}
	each_line(argv[2], before_look, &before);
	for (int i = 0; i < SETTLE_TRIES; i++) {
		look(all);
		if (same(before, false))
			return 0;
		usleep(SETTLE_US);
	}
	return same(before, true) ? 0 : 1;
}
