/* SPDX-License-Identifier: Apache-2.0 */

#include "cli/json.h"

#include <string.h>
#include <time.h>

#include "base/capability.h"
#include "cli/output.h"

static struct json_object *json_from_text(const char *text)
{
	_cleanup_text_ struct text valid = {0};
	size_t length = text ? strlen(text) : 0;

	if (!text)
		return NULL;
	for (size_t at = 0; at < length;) {
		size_t size = text_utf8_length(text + at, length - at);

		if (size > 0)
			text_append_bytes(&valid, text + at, size);
		else
			text_append(&valid, "\xef\xbf\xbd");
		at += size > 0 ? size : 1;
	}
	return json_object_new_string_len(text_string(&valid), (int)valid.length);
}

void json_put_text(struct json_object *object, const char *key, const char *text)
{
	json_object_object_add(object, key, json_from_text(text));
}

void json_put_number(struct json_object *object, const char *key, int64_t number)
{
	json_object_object_add(object, key, json_object_new_int64(number));
}

void json_put_flag(struct json_object *object, const char *key, bool flag)
{
	json_object_object_add(object, key, json_object_new_boolean(flag));
}

void json_put_texts(struct json_object *object, const char *key, const char *const *texts)
{
	struct json_object *list = json_object_new_array();

	for (; texts && *texts; texts++)
		json_object_array_add(list, json_from_text(*texts));
	json_object_object_add(object, key, list);
}

void json_put_time(struct json_object *object, const char *key, int64_t ns)
{
	time_t seconds = (time_t)(ns / 1000000000);
	char date[32], text[64];
	struct tm tm;

	if (ns == 0 || !gmtime_r(&seconds, &tm) ||
	    strftime(date, sizeof(date), "%Y-%m-%dT%H:%M:%S", &tm) == 0) {
		json_object_object_add(object, key, NULL);
		return;
	}
	snprintf(text, sizeof(text), "%s.%09dZ", date, (int)(ns % 1000000000));
	json_put_text(object, key, text);
}

const char *cause_name(enum ncrun_cause cause)
{
	switch (cause) {
	case NCRUN_CAUSE_NONE:
		return "none";
	case NCRUN_CAUSE_EXITED:
		return "exited";
	case NCRUN_CAUSE_SIGNAL:
		return "signal";
	case NCRUN_CAUSE_OOM_KILLED:
		return "oom-killed";
	case NCRUN_CAUSE_TIMEOUT:
		return "timeout";
	case NCRUN_CAUSE_FAILED_STEP:
		return "failed-step";
	case NCRUN_CAUSE_LOST:
		return "lost";
	}
	return "unknown";
}

const char *state_name(enum ncrun_container_state state)
{
	switch (state) {
	case NCRUN_CONTAINER_STARTING:
		return "starting";
	case NCRUN_CONTAINER_RUNNING:
		return "running";
	case NCRUN_CONTAINER_EXITED:
		return "exited";
	case NCRUN_CONTAINER_BROKEN:
		return "broken";
	}
	return "unknown";
}

void json_put_exit(struct json_object *object, const struct ncrun_exit *exit)
{
	json_put_text(object, "cause", cause_name(exit->cause));
	if (exit->cause == NCRUN_CAUSE_NONE)
		return;
	json_put_number(object, "code", exit->code);
	if (exit->signo != 0) {
		const char *name = sigabbrev_np(exit->signo);

		json_put_number(object, "signal", exit->signo);
		if (name)
			json_put_text(object, "signal_name", name);
	}
	if (exit->cause == NCRUN_CAUSE_FAILED_STEP) {
		json_put_text(object, "step", exit->step);
		json_put_number(object, "errno", exit->error_code);
		json_put_text(object, "errno_name", strerrorname_np(exit->error_code));
	}
	if (exit->oom_kills != 0) {
		json_put_number(object, "oom_kills", (int64_t)exit->oom_kills);
		json_put_number(object, "memory_peak", (int64_t)exit->memory_peak);
		json_put_number(object, "memory_limit", (int64_t)exit->memory_limit);
		json_put_number(object, "memory_max_events", (int64_t)exit->memory_max_events);
		json_put_number(object, "oom_group_kills", (int64_t)exit->oom_group_kills);
	}
	if (exit->message[0])
		json_put_text(object, "message", exit->message);
}

struct json_object *json_from_exit(const struct ncrun_exit *exit)
{
	struct json_object *object = json_object_new_object();

	json_put_exit(object, exit);
	return object;
}

static struct json_object *json_from_service(const struct ncrun_service_status *service)
{
	struct json_object *object = json_object_new_object();

	json_put_text(object, "name", service->name);
	json_put_number(object, "pid", service->pid);
	json_put_number(object, "restarts", service->restarts);
	json_put_time(object, "started_at", service->started_at_ns);
	json_put_time(object, "ended_at", service->ended_at_ns);
	json_object_object_add(object, "last_exit", json_from_exit(&service->last_exit));
	return object;
}

void json_put_capabilities(struct json_object *object, const char *key, uint64_t capabilities)
{
	struct json_object *list = json_object_new_array();

	for (unsigned int i = 0; i < 64; i++) {
		char name[32];

		if (!(capabilities >> i & 1))
			continue;
		capability_print(i, name);
		json_object_array_add(list, json_object_new_string(name));
	}
	json_object_object_add(object, key, list);
}

struct json_object *json_from_container(const struct ncrun_container_info *info)
{
	struct json_object *object = json_object_new_object();
	struct json_object *services = json_object_new_array();

	json_put_text(object, "name", info->name);
	json_put_text(object, "network", info->network);
	json_put_text(object, "state", state_name(info->state));
	if (info->damage)
		json_put_text(object, "damage", info->damage);
	json_put_flag(object, "paused", info->paused);
	json_put_number(object, "pid", info->pid);
	json_put_time(object, "started_at", info->started_at_ns);
	json_put_text(object, "rootfs", info->rootfs);
	json_put_text(object, "image_digest",
		      info->image_digest && info->image_digest[0] ? info->image_digest : NULL);
	json_put_texts(object, "command", info->argv);
	json_put_text(object, "hostname", info->hostname);
	json_put_text(object, "user", info->user);
	json_put_number(object, "uid_base", info->uid_base);
	json_put_number(object, "id_count", info->id_count);
	json_put_capabilities(object, "capabilities", info->capabilities);
	json_put_flag(object, "no_new_privs", info->no_new_privs);
	json_put_text(object, "seccomp", info->seccomp);
	json_put_flag(object, "read_only", info->read_only);
	json_put_flag(object, "terminal", info->terminal);
	json_put_flag(object, "detached", info->detached);
	json_put_flag(object, "auto_remove", info->auto_remove);
	json_put_texts(object, "labels", info->labels);
	json_put_texts(object, "limits", info->limits);
	json_object_object_add(object, "exit", json_from_exit(&info->exit));
	for (size_t i = 0; i < info->service_count; i++)
		json_object_array_add(services, json_from_service(&info->services[i]));
	json_object_object_add(object, "services", services);
	return object;
}

struct json_object *json_from_image(const struct ncrun_image_info *info)
{
	struct json_object *object = json_object_new_object();
	struct json_object *config = json_object_new_object();

	json_put_text(object, "name", info->name);
	json_put_text(object, "digest", info->digest);
	json_put_text(object, "source", info->source);
	json_put_text(object, "format", info->format);
	json_put_text(object, "os_release", info->os_release);
	json_put_text(object, "architecture", info->architecture);
	json_put_number(object, "bytes", (int64_t)info->bytes);
	json_put_number(object, "entries", (int64_t)info->entries);
	json_put_time(object, "created_at", info->created_at_s * 1000000000);
	json_put_flag(object, "squashed", info->squashed);
	json_put_flag(object, "in_use", info->in_use);
	json_put_texts(config, "env", info->env);
	json_put_texts(config, "entrypoint", info->entrypoint);
	json_put_texts(config, "cmd", info->cmd);
	json_put_text(config, "user", info->user);
	json_put_text(config, "workdir", info->workdir);
	json_put_text(config, "stop_signal",
		      info->stop_signal > 0 ? sigabbrev_np(info->stop_signal) : NULL);
	json_object_object_add(object, "config", config);
	return object;
}

void json_print(struct text *out, struct json_object *object)
{
	const char *text =
		json_object_to_json_string_ext(object, JSON_C_TO_STRING_PRETTY |
							       JSON_C_TO_STRING_NOSLASHESCAPE);

	if (!text) {
		out->failed = true;
		return;
	}
	text_append(out, text);
	text_append_char(out, '\n');
}

void json_show(struct json_object *object)
{
	_cleanup_text_ struct text out = {0};

	json_print(&out, object);
	text_print(&out);
}
