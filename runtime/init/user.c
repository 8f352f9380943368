/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Users and groups from the node's own files, read without the C library's
 * name service, which would load code from the node.
 */

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "base/file.h"
#include "runtime/init/init.h"

#define DATABASE_MAX (1u << 20)
#define LINE_MAX_    4096
#define ID_MAX       4294967294u /* -1 means "leave as it is" to setresuid(2) */

/** One open database, read line by line. */
struct database {
	int fd; /* owned; -1 = there is none */
	size_t total;
	size_t start, end;
	char buffer[LINE_MAX_];
};

static void database_open(struct database *db, const char *path)
{
	struct stat st;

	db->total = db->start = db->end = 0;
	/* O_NONBLOCK: it may be a FIFO. */
	db->fd = file_open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY);
	if (db->fd >= 0 && (fstat(db->fd, &st) < 0 || !S_ISREG(st.st_mode)))
		closep(&db->fd);
}

static void database_done(struct database *db)
{
	closep(&db->fd);
}

/* The next line, without its end; lines too long for the buffer are passed over. */
static char *database_line(struct database *db)
{
	bool skipping = false;

	while (db->fd >= 0) {
		char *line = db->buffer + db->start;
		char *end = memchr(line, '\n', db->end - db->start);
		ssize_t n;

		if (end) {
			*end = '\0';
			db->start = (size_t)(end - db->buffer) + 1;
			if (!skipping)
				return line;
			skipping = false;
			continue;
		}
		memmove(db->buffer, line, db->end - db->start);
		db->end -= db->start;
		db->start = 0;
		if (db->end == sizeof(db->buffer)) {
			skipping = true;
			db->end = 0;
		}
		n = db->total < DATABASE_MAX
			    ? read(db->fd, db->buffer + db->end, sizeof(db->buffer) - db->end)
			    : 0;
		if (n <= 0) {
			closep(&db->fd);
			/* A last line may lack its end, unless we cut it off. */
			if (n < 0 || skipping || db->end == 0 || db->total >= DATABASE_MAX)
				return NULL;
			db->buffer[db->end] = '\0';
			return db->buffer;
		}
		db->total += (size_t)n;
		db->end += (size_t)n;
	}
	return NULL;
}

/* Cut @line at colons into @count fields; false when it has fewer. */
static bool fields_split(char *line, char **fields, int count)
{
	for (int i = 0; i < count; i++) {
		fields[i] = line;
		line = strchr(line, ':');
		if (!line)
			return i == count - 1;
		*line++ = '\0';
	}
	return true;
}

static bool id_parse(const char *text, uint32_t *ret)
{
	uint64_t value = 0;

	if (!*text)
		return false;
	for (; *text; text++) {
		if (!isdigit((unsigned char)*text))
			return false;
		value = value * 10 + (uint64_t)(*text - '0');
		if (value > ID_MAX)
			return false;
	}
	*ret = (uint32_t)value;
	return true;
}

static bool all_digits(const char *text)
{
	return *text && text[strspn(text, "0123456789")] == '\0';
}

/* passwd: name:password:uid:gid:gecos:home:shell */
static bool passwd_find(const struct identity_request *request, const char *name, uint32_t uid,
			char *ret_name, struct identity *ret)
{
	_cleanup_(database_done) struct database db;
	char *line, *f[6];

	database_open(&db, request->passwd);
	while ((line = database_line(&db))) {
		uint32_t id, gid;

		if (!fields_split(line, f, 6) || !id_parse(f[2], &id) || !id_parse(f[3], &gid))
			continue;
		if (name ? strcmp(f[0], name) != 0 : id != uid)
			continue;
		ret->uid = id;
		ret->gid = gid;
		strncpy(ret->home, f[5], sizeof(ret->home) - 1);
		strncpy(ret_name, f[0], 255);
		return true;
	}
	return false;
}

static int group_find(const struct identity_request *request, const char *text, uint32_t *ret,
		      struct ncrun_error *err)
{
	_cleanup_(database_done) struct database db;
	char *line, *f[3];

	if (all_digits(text)) {
		if (!id_parse(text, ret))
			return error_set(err, EINVAL, "group '%s': not a number up to %u", text,
					 ID_MAX);
		return 0;
	}
	database_open(&db, request->group);
	while ((line = database_line(&db)))
		if (fields_split(line, f, 3) && strcmp(f[0], text) == 0 && id_parse(f[2], ret))
			return 0;
	return error_set(err, ENOENT, "no group '%s' in the node's /etc/group", text);
}

static int group_add(struct identity *identity, uint32_t gid, struct ncrun_error *err)
{
	for (uint32_t i = 0; i < identity->group_count; i++)
		if (identity->groups[i] == gid)
			return 0;
	if (identity->group_count == IDENTITY_GROUPS_MAX)
		return error_set(err, E2BIG, "more than %d groups", IDENTITY_GROUPS_MAX);
	identity->groups[identity->group_count++] = gid;
	return 0;
}

/* Every group that lists @name as a member. */
static int groups_of(const struct identity_request *request, const char *name, struct identity *ret,
		     struct ncrun_error *err)
{
	_cleanup_(database_done) struct database db;
	char *line, *f[4], *save, *member;
	uint32_t gid;

	database_open(&db, request->group);
	while ((line = database_line(&db))) {
		if (!fields_split(line, f, 4) || !id_parse(f[2], &gid))
			continue;
		for (member = strtok_r(f[3], ",", &save); member;
		     member = strtok_r(NULL, ",", &save)) {
			int r = strcmp(member, name) == 0 ? group_add(ret, gid, err) : 0;

			if (r < 0)
				return r;
		}
	}
	return 0;
}

static int user_find(const struct identity_request *request, const char *user, char *ret_name,
		     struct identity *ret, struct ncrun_error *err)
{
	if (all_digits(user)) {
		if (!id_parse(user, &ret->uid))
			return error_set(err, EINVAL, "user '%s': not a number up to %u", user,
					 ID_MAX);
		(void)passwd_find(request, NULL, ret->uid, ret_name, ret);
		return 0;
	}
	if (passwd_find(request, user, 0, ret_name, ret))
		return 0;
	if (strcmp(user, "root") == 0) /* an image without users still has this one */
		return 0;
	return error_set(err, ENOENT, "no user '%s' in the node's /etc/passwd", user);
}

int identity_resolve(const struct identity_request *request, struct identity *ret,
		     struct ncrun_error *err)
{
	const struct init_config *config = request->config;
	struct identity identity = {0};
	char text[512] = "root", name[256] = "";
	char *group;
	int r;

	if (request->user && *request->user)
		strncpy(text, request->user, sizeof(text) - 1);
	group = strchr(text, ':');
	if (group)
		*group++ = '\0';

	r = user_find(request, *text ? text : "root", name, &identity, err);
	if (r < 0)
		return r;
	if (group && *group)
		r = group_find(request, group, &identity.gid, err);
	else if (*name)
		r = groups_of(request, name, &identity, err);
	identity.listed_count = identity.group_count;
	for (uint32_t i = 0; r == 0 && i < config->groups.count; i++) {
		uint32_t gid = 0;

		r = group_find(request, init_string_at(config, &config->groups, i), &gid, err);
		if (r == 0)
			r = group_add(&identity, gid, err);
	}
	if (r < 0)
		return r;
	if (identity.home[0] != '/')
		snprintf(identity.home, sizeof(identity.home), "%s",
			 identity.uid == 0 ? "/root" : "/");

	*ret = identity;
	return 0;
}
