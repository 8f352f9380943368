/* SPDX-License-Identifier: Apache-2.0 */

/*
 * ptrace(2), with what is hit let go at once, so that all else runs at its own speed: tasks
 * are seized (a stop of theirs is no signal's), and one that is killed when it enters a call
 * does not make it, see ptrace_report_syscall_entry() of the kernel.
 */

#include "tests/support/tracer.h"

#include <errno.h>
#include <fcntl.h>
#include <seccomp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/time.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/support/plausible.h"

#define TASKS_MAX 512

/* What still comes of a node that its ncrun has left. */
#define SETTLE_MS 200

struct task {
	pid_t pid;
	size_t number;
	int error;    /* that its call is told when it is left; -1 is SIGKILL */
	bool made;    /* a close that fails has closed */
	bool loading; /* its libraries: there is nobody yet who could say what is wrong */
};

struct tracer {
	const struct tracer_fault *fault;
	struct tracer_outcome *outcome;
	struct task tasks[TASKS_MAX];
	size_t count;
	size_t seen;
	pid_t main;
	bool counting; /* the command runs, not we ourselves */
	bool main_ended;
	bool letting_go;
};

static volatile sig_atomic_t alarmed;

static void on_alarm(int signo)
{
	alarmed = signo;
}

static void alarm_ms(int64_t ms)
{
	const struct itimerval timer = {.it_value = {ms / 1000, ms % 1000 * 1000}};

	alarmed = 0;
	setitimer(ITIMER_REAL, &timer, NULL);
}

/* ---- tasks ------------------------------------------------------------------------------- */

static struct task *task_find(struct tracer *tracer, pid_t pid)
{
	for (size_t i = 0; i < tracer->count; i++)
		if (tracer->tasks[i].pid == pid)
			return &tracer->tasks[i];
	return NULL;
}

/* A child may stop before its parent tells of it. */
static struct task *task_add(struct tracer *tracer, pid_t pid)
{
	struct task *task = task_find(tracer, pid);

	if (task)
		return task;
	if (tracer->count == TASKS_MAX) {
		fputs("faults: too many processes\n", stderr);
		exit(125); /* and all that is traced ends */
	}
	task = &tracer->tasks[tracer->count++];
	*task = (struct task){.pid = pid, .number = ++tracer->seen};
	return task;
}

static void task_drop(struct tracer *tracer, pid_t pid)
{
	struct task *task = task_find(tracer, pid);

	if (task)
		*task = tracer->tasks[--tracer->count];
}

static void main_end(struct tracer *tracer, int status)
{
	tracer->main_ended = true;
	tracer->outcome->killed = WIFSIGNALED(status);
	tracer->outcome->status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/** Whether @status is that of an end, which is noted. */
static bool task_ended(struct tracer *tracer, pid_t pid, int status)
{
	if (WIFSTOPPED(status))
		return false;
	task_drop(tracer, pid);
	if (pid == tracer->main)
		main_end(tracer, status);
	return true;
}

static bool is_birth(int status)
{
	int event = status >> 16;

	return event == PTRACE_EVENT_FORK || event == PTRACE_EVENT_VFORK ||
	       event == PTRACE_EVENT_CLONE;
}

static void task_add_child(struct tracer *tracer, pid_t parent)
{
	unsigned long child = 0;

	if (ptrace(PTRACE_GETEVENTMSG, parent, NULL, &child) == 0)
		task_add(tracer, (pid_t)child);
}

/* The signal that it is stopped for and is still to get. Nobody sends a TRAP. */
static int status_signal(int status)
{
	int signo = WSTOPSIG(status);

	return status >> 16 || (signo & ~0x80) == SIGTRAP ? 0 : signo;
}

/* It is stopped, with @status. */
static void task_let_go(struct tracer *tracer, pid_t pid, int status)
{
	if (is_birth(status))
		task_add_child(tracer, pid);
	ptrace(PTRACE_DETACH, pid, NULL, (long)status_signal(status));
	task_drop(tracer, pid);
}

static void tasks_let_go(struct tracer *tracer)
{
	int status;

	while (tracer->count > 0) {
		pid_t pid = tracer->tasks[0].pid;

		(void)ptrace(PTRACE_INTERRUPT, pid, NULL, NULL);
		while (waitpid(pid, &status, __WALL) < 0)
			if (errno != EINTR) {
				task_drop(tracer, pid);
				status = -1;
				break;
			}
		if (status != -1 && !task_ended(tracer, pid, status))
			task_let_go(tracer, pid, status);
	}
}

/* ---- the call ---------------------------------------------------------------------------- */

#ifdef __x86_64__
static int call_skip(pid_t pid)
{
	return (int)ptrace(PTRACE_POKEUSER, pid, offsetof(struct user_regs_struct, orig_rax), -1L);
}

static int call_answer(pid_t pid, int error)
{
	return (int)ptrace(PTRACE_POKEUSER, pid, offsetof(struct user_regs_struct, rax),
			   (long)-error);
}
#else
static int call_skip(pid_t pid)
{
	errno = ENOSYS;
	return pid > 0 ? -1 : 0;
}

static int call_answer(pid_t pid, int error)
{
	return error ? call_skip(pid) : 0;
}
#endif

static bool name_listed(const char *list, const char *name)
{
	const size_t length = strlen(name);

	for (const char *at = list; at; at = strchr(at, ',') ? strchr(at, ',') + 1 : NULL)
		if (strncmp(at, name, length) == 0 && (at[length] == ',' || at[length] == '\0'))
			return true;
	return false;
}

/* What the call of that name is to be told, NULL if it is none of those that are counted. */
static const char *call_error(const struct tracer_fault *fault, const char *name, size_t *ret_count)
{
	const char *errors[PLAUSIBLE_MAX];
	size_t count;

	*ret_count = 1;
	if (fault->only && !name_listed(fault->only, name))
		return NULL;
	if (!fault->error)
		return "KILL";
	count = plausible_errors(name, errors);
	if (strcmp(fault->error, "any") == 0) {
		*ret_count = count;
		return count > 0 ? errors[fault->turn % count] : NULL;
	}
	for (size_t i = 0; i < count; i++)
		if (strcmp(errors[i], fault->error) == 0)
			return fault->error;
	return fault->only ? fault->error : NULL;
}

static char *call_name(uint64_t number)
{
	return seccomp_syscall_resolve_num_arch(SCMP_ARCH_NATIVE, (int)number);
}

/* Also a file that is opened, if it is not made by that. */
static bool changes_nothing(const char *name, const uint64_t *args)
{
	const bool opens = strcmp(name, "open") == 0 || strcmp(name, "openat") == 0;

	return call_is_private(name) ||
	       (opens && !(args[strcmp(name, "openat") == 0 ? 2 : 1] & (O_CREAT | O_TRUNC)));
}

/* Counts it; whether the fault is to be now. */
static bool call_enter(struct tracer *tracer, struct task *task, uint64_t number,
		       const uint64_t *args)
{
	struct tracer_outcome *outcome = tracer->outcome;
	const struct tracer_fault *fault = tracer->fault;
	char *name = call_name(number);
	const char *error = NULL;
	size_t count = 0;
	bool now;

	if (name && strcmp(name, "set_tid_address") == 0)
		task->loading = false;
	else if (name && !(task->loading && fault->error) &&
		 !(fault->changing && changes_nothing(name, args)))
		error = call_error(fault, name, &count);
	outcome->calls += error != NULL;
	now = error && fault->at > 0 &&
	      (outcome->calls == fault->at || (fault->sticky && outcome->calls > fault->at));
	if (now && !outcome->hit) {
		outcome->hit = true;
		snprintf(outcome->call, sizeof(outcome->call), "%s", name);
		outcome->error = error;
		outcome->errors = count;
		outcome->process = task->number;
	}
	if (now) {
		task->error = fault->error ? plausible_number(error) : -1;
		task->made = strcmp(name, "close") == 0;
	}
	free(name);
	return now;
}

static void tell(struct tracer *tracer, struct task *task, bool leaving)
{
	if (task->error < 0 && tracer->fault->at_exit == leaving) {
		kill(task->pid, SIGKILL);
		tracer->letting_go = true;
	} else if (task->error > 0 && !leaving && !task->made && call_skip(task->pid) < 0) {
		fprintf(stderr, "faults: change a call: %s\n", strerror(errno));
		exit(125);
	} else if (task->error > 0 && leaving) {
		(void)call_answer(task->pid, task->error);
		task->error = 0;
		tracer->letting_go = !tracer->fault->sticky;
	}
}

/* It enters a call, or leaves one. */
static void call_stop(struct tracer *tracer, struct task *task)
{
	struct __ptrace_syscall_info info = {0};

	if (ptrace(PTRACE_GET_SYSCALL_INFO, task->pid, sizeof(info), &info) <= 0)
		return;
	if (info.op == PTRACE_SYSCALL_INFO_ENTRY) {
		task->error = 0;
		if (call_enter(tracer, task, info.entry.nr, (const uint64_t *)info.entry.args))
			tell(tracer, task, false);
	} else if (info.op == PTRACE_SYSCALL_INFO_EXIT && task->error != 0) {
		tell(tracer, task, true);
	}
}

/* ---- the loop ---------------------------------------------------------------------------- */

/* ncrun, or the init of a node; what a node runs is none of ours. */
static bool runs_ncrun(pid_t pid)
{
	char path[64], target[4096];
	ssize_t n;

	snprintf(path, sizeof(path), "/proc/%d/exe", pid);
	n = readlink(path, target, sizeof(target) - 1);
	if (n < 0)
		return false;
	target[n] = '\0';
	return strstr(strrchr(target, '/') ? strrchr(target, '/') : target, "ncrun") != NULL;
}

/* A task has stopped, with @status; it goes on. */
static void task_stop(struct tracer *tracer, struct task *task, int status)
{
	const pid_t pid = task->pid;
	const int event = status >> 16;

	if (event == PTRACE_EVENT_EXEC) {
		if (pid != tracer->main && !runs_ncrun(pid)) {
			task_let_go(tracer, pid, status);
			return;
		}
		tracer->counting = true;
		task->loading = true;
	} else if (is_birth(status)) {
		task_add_child(tracer, pid);
	} else if (WSTOPSIG(status) == (SIGTRAP | 0x80) && tracer->counting) {
		call_stop(tracer, task);
	} else if (tracer->fault->steps && event == 0 && WSTOPSIG(status) == SIGTRAP) {
		tracer->outcome->calls++;
	}
	if (tracer->letting_go) {
		task_let_go(tracer, pid, status);
		tasks_let_go(tracer);
	} else if (event == PTRACE_EVENT_STOP && WSTOPSIG(status) != SIGTRAP) {
		(void)ptrace(PTRACE_LISTEN, pid, NULL, NULL); /* it is stopped, and stays so */
	} else {
		(void)ptrace(tracer->fault->steps && tracer->counting ? PTRACE_SINGLESTEP
								      : PTRACE_SYSCALL,
			     pid, NULL, (long)status_signal(status));
	}
}

static void tracer_loop(struct tracer *tracer)
{
	bool settling = false;
	int status;
	pid_t pid;

	alarm_ms(tracer->fault->timeout_ms);
	while (!tracer->main_ended || tracer->count > 0) {
		if (tracer->main_ended && !settling) {
			settling = true;
			alarm_ms(SETTLE_MS);
		}
		pid = alarmed ? -1 : waitpid(-1, &status, __WALL);
		if (pid >= 0) {
			if (!task_ended(tracer, pid, status))
				task_stop(tracer, task_add(tracer, pid), status);
			continue;
		}
		if (!alarmed && errno == EINTR)
			continue;
		if (!settling) {
			tracer->outcome->timed_out = true;
			kill(tracer->main, SIGKILL);
			alarm_ms(0);
		}
		tasks_let_go(tracer);
	}
	alarm_ms(0);
}

static pid_t command_start(char *const *argv, int *ret_go)
{
	int go[2];
	pid_t pid;
	char byte;

	if (pipe2(go, O_CLOEXEC) < 0)
		return -1;
	pid = fork();
	if (pid == 0) {
		close(go[1]);
		if (read(go[0], &byte, 1) == 1)
			execvp(argv[0], argv);
		fprintf(stderr, "faults: run '%s': %s\n", argv[0], strerror(errno));
		_exit(127);
	}
	close(go[0]);
	*ret_go = go[1];
	return pid;
}

int tracer_run(const struct tracer_fault *fault, char *const *argv, struct tracer_outcome *ret)
{
	const long options = PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEEXEC | PTRACE_O_EXITKILL;
	const long births = PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK | PTRACE_O_TRACECLONE;
	static struct tracer tracer;
	int go = -1;
	int r;

	*ret = (struct tracer_outcome){.error = "KILL"};
	tracer = (struct tracer){.fault = fault, .outcome = ret};
	sigaction(SIGALRM, &(struct sigaction){.sa_handler = on_alarm}, NULL);
	tracer.main = command_start(argv, &go);
	if (tracer.main < 0)
		return -1;
	task_add(&tracer, tracer.main);
	r = (int)ptrace(PTRACE_SEIZE, tracer.main, NULL, options | (fault->tree ? births : 0));
	if (r == 0 && write(go, "", 1) != 1)
		r = -1;
	close(go);
	if (r == 0)
		tracer_loop(&tracer);
	return r;
}
