/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NCRUN_CONTAINER_H
#define NCRUN_CONTAINER_H

/*
 * Containers: what `ncrun node`, `exec`, `stop` and the rest do, as calls.
 *
 * A container is one isolated node: its own user, uts, mount, pid, net, ipc and
 * cgroup namespaces, a root file system under a private overlay, a seccomp
 * filter and an init. Every call is safe to use from several processes at
 * once; a handle belongs to one thread at a time. Nothing here prints.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include <ncrun/error.h>
#include <ncrun/limits.h>

#ifdef __cplusplus
extern "C" {
#endif

struct ncrun_container;

/** Names match [A-Za-z0-9][A-Za-z0-9_.-]{0,62}. */
#define NCRUN_NAME_MAX 63
/** Room for the name of a step. */
#define NCRUN_STEP_MAX 32

/* ---- what to run ------------------------------------------------------- */

/** When init starts a command again after it ended. */
enum ncrun_restart_policy {
	NCRUN_RESTART_NO,
	NCRUN_RESTART_ON_FAILURE,
	NCRUN_RESTART_ALWAYS,
};

/**
 * struct ncrun_restart - restart policy of one command
 * @policy:	see above
 * @max_retries: give up after so many restarts; 0 = never (on-failure only)
 *
 * Between restarts init waits 100 ms, doubled each time up to 30 s; a run of
 * 10 s or more starts the count and the wait afresh.
 */
struct ncrun_restart {
	enum ncrun_restart_policy policy;
	uint32_t max_retries;
};

/**
 * struct ncrun_service - a further command that init runs beside the main one
 * @name:	unique in the node; same rule as container names
 * @argv:	NULL-terminated
 */
struct ncrun_service {
	const char *name;
	const char *const *argv;
	struct ncrun_restart restart;
};

/* ---- file systems ------------------------------------------------------ */

/** How mounts made later travel across a volume (mount_namespaces(7)). */
enum ncrun_propagation {
	NCRUN_PROPAGATION_PRIVATE, /* neither way (default) */
	NCRUN_PROPAGATION_SLAVE,   /* from the machine into the node only */
	NCRUN_PROPAGATION_SHARED,  /* both ways */
};

/**
 * struct ncrun_volume - a directory or file of the machine inside the node
 * @source:	path on the machine; must exist
 * @target:	absolute path in the node; made if missing
 * @read_only:	for the whole tree below @source
 * @recursive:	with the mounts below @source
 * @noexec:	refuse to execute from it
 * @idmap:	show the machine's ids 0.. as the node's 0.. and store them so
 */
struct ncrun_volume {
	const char *source;
	const char *target;
	enum ncrun_propagation propagation;
	bool read_only, recursive, noexec, idmap;
};

/**
 * struct ncrun_tmpfs - an empty file system in memory inside the node
 * @target:	absolute path in the node; made if missing
 * @size_bytes:	limit; 0 = 64 MiB
 * @mode:	permission bits of its root; 0 = 01777
 */
struct ncrun_tmpfs {
	const char *target;
	uint64_t size_bytes;
	uint32_t mode;
	bool noexec;
};

/** Whether an image that is not in the store is fetched. */
enum ncrun_pull_policy {
	NCRUN_PULL_MISSING,
	NCRUN_PULL_ALWAYS,
	NCRUN_PULL_NEVER,
};

/* ---- identity ---------------------------------------------------------- */

enum ncrun_userns {
	NCRUN_USERNS_AUTO, /* 65,536 ids of the node's own */
	NCRUN_USERNS_HOST, /* none: root inside is root outside */
	NCRUN_USERNS_MAP,  /* the caller's @id_maps */
};

/** One line of uid_map and gid_map (user_namespaces(7)). */
struct ncrun_id_map {
	uint32_t inside;
	uint32_t outside;
	uint32_t count;
};

/** @resource: RLIMIT_* (getrlimit(2)); UINT64_MAX = unlimited. */
struct ncrun_rlimit {
	int resource;
	uint64_t soft;
	uint64_t hard;
};

/** Offset of the node's monotonic (and boot-time) clock, in milliseconds (time_namespaces(7)). */
struct ncrun_time_offsets {
	bool enabled;
	int64_t monotonic_ms;
	int64_t boottime_ms;
};

/* ---- the specification -------------------------------------------------- */

/** What to do with standard input, output and error. */
enum ncrun_stdio {
	NCRUN_STDIO_INHERIT,  /* the caller's descriptors 0, 1, 2, untouched */
	NCRUN_STDIO_TERMINAL, /* a pseudo-terminal of the node */
	NCRUN_STDIO_LOG,      /* input from /dev/null, output to the node's log */
};

/**
 * struct ncrun_container_spec - everything a node is made of
 *
 * Zero means default for every field. Set @size with NCRUN_CONTAINER_SPEC_INIT
 * so that the struct may grow. All pointers are borrowed for the call.
 *
 * @network:	network it belongs to; NULL = "default"
 * @name:	NULL = one is made up
 * @rootfs:	image name, directory (with a '/'), or "host"; required
 * @pull:	for an image that the store lacks
 * @mirror:	Alpine mirror for a pull; NULL = $NCRUN_ALPINE_MIRROR or the default
 * @upper:	directory that keeps the node's changes; NULL = a tmpfs
 * @upper_size_bytes: limit of that tmpfs; 0 = half the machine's memory
 * @read_only:	root file system read-only
 * @writable_root: use a directory @rootfs itself, without an overlay
 * @masked_paths, @read_only_paths: in place of the built-in lists, if not NULL
 * @argv:	the main command; NULL or empty = the image's own
 * @env:	"NAME=value" or "NAME" (the caller's value); added to the image's
 * @workdir:	NULL = the image's, else "/"
 * @user:	"NAME|UID[:GROUP|GID]", looked up inside the node; NULL = the image's
 * @groups:	further groups, names or numbers
 * @cap_add, @cap_drop: "NET_ADMIN", "cap_net_admin" or "ALL"
 * @privileged:	every capability of the user namespace, no seccomp filter, no masks
 * @new_privileges: leave no_new_privs off
 * @seccomp:	"default" (NULL), "unconfined", "log", or a profile's file
 * @umask:	file mode mask, with @umask_set; default 0022
 * @timeout_ms:	end the node after so long: @stop_signal, then KILL; exit code 124
 * @stop_grace_ms: from @stop_signal to KILL; 0 = 2,000, or KILL at once with @stop_grace_set
 * @preserve_fds: descriptors 3 .. 2+N stay open in the main command; they must be open
 *		and not closed on exec, else EBADF
 * @keep:	live on when the caller dies (a detached node always does)
 * @detach:	the node outlives the caller; without @stdio its output goes to its log
 * @auto_remove: forget the node when it has ended
 * @log_max_bytes: per log file, two are kept; 0 = 1 MiB
 * @ret_failed_step: NCRUN_STEP_MAX bytes that get the step at which a start failed, or ""
 * @idle:	no main command: init alone, beside whatever services there are, until the node is
 *		stopped; what the image would run is left out. @argv and @restart must be empty
 * @hold_signals: keep signals pending from when something is made until ncrun_container_run() or
 *		the handle's release, so that none is lost; for single-threaded callers
 * @hosts:	"NAME:IP", further lines of /etc/hosts, which names localhost and the node
 *		itself; a @writable_root keeps its own file unless there are some
 * @all_architectures: let programs for the profile's other architectures run, too: on a 64-bit
 *		machine, 32-bit ones
 * @dns:	addresses of at most three name servers, which are all that /etc/resolv.conf names;
 *		without any, the node has what its root file system says
 */
struct ncrun_container_spec {
	size_t size;

	const char *network;
	const char *name;

	const char *rootfs;
	enum ncrun_pull_policy pull;
	const char *mirror;
	const char *upper;
	uint64_t upper_size_bytes;
	bool read_only;
	bool writable_root;
	const struct ncrun_volume *volumes;
	size_t volume_count;
	const struct ncrun_tmpfs *tmpfs;
	size_t tmpfs_count;
	const char *const *masked_paths;
	const char *const *read_only_paths;

	const char *const *argv;
	const char *const *env;
	const char *workdir;
	const struct ncrun_restart *restart;
	const struct ncrun_service *services;
	size_t service_count;

	const char *user;
	const char *const *groups;
	enum ncrun_userns userns;
	const struct ncrun_id_map *id_maps;
	size_t id_map_count;
	const char *const *cap_add;
	const char *const *cap_drop;
	bool privileged;
	bool new_privileges;
	const char *seccomp;
	const struct ncrun_rlimit *rlimits;
	size_t rlimit_count;
	const char *const *sysctls; /* "net.ipv4.ip_forward=1"; "-NAME=VALUE" may be missing */
	const char *hostname;       /* NULL = the name */
	uint32_t umask;
	bool umask_set;
	int oom_score_adj;
	bool oom_score_adj_set;
	bool no_aslr;
	struct ncrun_time_offsets time;

	uint64_t timeout_ms;
	uint64_t stop_grace_ms;
	int stop_signal; /* 0 = the image's, else SIGTERM */

	enum ncrun_stdio stdio;
	uint16_t terminal_rows, terminal_columns; /* at the start; 0 = 24 x 80 */
	uint32_t preserve_fds;
	const struct ncrun_limits *limits; /* NULL = none */
	const char *const *labels;         /* "KEY=VALUE", shown by inspect */
	bool keep;
	bool detach;
	bool auto_remove;
	uint64_t log_max_bytes;
	char *ret_failed_step;
	bool hold_signals;
	bool stop_grace_set;
	bool idle;
	const char *const *hosts;
	const char *const *dns;
	bool all_architectures;
};

#define NCRUN_CONTAINER_SPEC_INIT \
	((struct ncrun_container_spec){.size = sizeof(struct ncrun_container_spec)})

/* ---- text forms of parts of the specification ---------------------------- */

/*
 * Shared by the command line and topology files. Each returns 0 or -EINVAL with
 * a message that names the refused value; @ret is set only on success. Strings
 * in @ret point into @text, which is changed in place.
 */

/** "SRC:DST[:ro,rw,rprivate,rslave,rshared,private,slave,shared,rbind,noexec,idmap]" */
int ncrun_volume_parse(char *text, struct ncrun_volume *ret, struct ncrun_error *err);
/** "DST[:size=64M,mode=1777,noexec]" */
int ncrun_tmpfs_parse(char *text, struct ncrun_tmpfs *ret, struct ncrun_error *err);
/** "INSIDE:OUTSIDE:COUNT" */
int ncrun_id_map_parse(const char *text, struct ncrun_id_map *ret, struct ncrun_error *err);
/** "no", "on-failure[:N]", "always" */
int ncrun_restart_parse(const char *text, struct ncrun_restart *ret, struct ncrun_error *err);
/** "nofile=1024[:4096]", a size or "unlimited" */
int ncrun_rlimit_parse(const char *text, struct ncrun_rlimit *ret, struct ncrun_error *err);

/**
 * ncrun_capabilities_resolve() - the set that a node of these options would get
 * @privileged:	as in struct ncrun_container_spec, like @add and @drop (NULL = none)
 * @ret:	bit n = capability n
 */
int ncrun_capabilities_resolve(bool privileged, const char *const *add, const char *const *drop,
			       uint64_t *ret, struct ncrun_error *err);

/* ---- starting ----------------------------------------------------------- */

/**
 * struct ncrun_context - where things are kept
 * @state_dir:	NULL = $NCRUN_STATE, else /run/ncrun, or $XDG_RUNTIME_DIR/ncrun for a user
 * @store_dir:	NULL = $NCRUN_STORE, else /var/lib/ncrun, or $XDG_DATA_HOME/ncrun for a user
 * @notice:	called with one line of text that a person should see (NULL = nobody)
 * @data:	passed to @notice
 */
struct ncrun_context {
	size_t size;
	const char *state_dir;
	const char *store_dir;
	void (*notice)(void *data, const char *line);
	void *data;
};

/**
 * ncrun_container_start() - make a node and start its main command
 * @context:	NULL = all defaults
 * @spec:	what to make
 * @ret:	handle on the running node; release with ncrun_container_unref()
 * @err:	filled on failure; may be NULL
 *
 * Returns once the main command has been executed. Nothing is left of a start
 * that failed. Unless @keep or @detach is set the node dies with the handle's
 * process.
 *
 * Return: 0, or a negative errno:
 *	-EEXIST	a node of that name is there
 *	-EINVAL	the specification contradicts itself or holds a bad value
 *	-ENOENT	no such image, directory or volume source
 * A command that could not be executed is -ENOEXEC (found, cannot run: exit
 * code 126) or -ESRCH (not found: exit code 127).
 */
int ncrun_container_start(const struct ncrun_context *context,
			  const struct ncrun_container_spec *spec, struct ncrun_container **ret,
			  struct ncrun_error *err);

/**
 * ncrun_container_create() - make a node whose commands do not run yet
 *
 * Its namespaces, root file system and control group are there, and its pidfd gives
 * its network namespace to whoever wires it. Parameters and errors as for
 * ncrun_container_start(). A node that is released before it was started is undone,
 * and dies with the process that made it.
 */
int ncrun_container_create(const struct ncrun_context *context,
			   const struct ncrun_container_spec *spec, struct ncrun_container **ret,
			   struct ncrun_error *err);

/** Start the commands of a created node. -EALREADY when they run; a failure leaves it created. */
int ncrun_container_start_created(struct ncrun_container *container, struct ncrun_error *err);

/* ---- handles ------------------------------------------------------------ */

/**
 * ncrun_container_open() - get a handle on an existing container
 * @name:	"NAME" or "NETWORK/NAME"
 *
 * Return: 0, or a negative errno; -ENOENT when no such container exists.
 */
int ncrun_container_open(const struct ncrun_context *context, const char *name,
			 struct ncrun_container **ret, struct ncrun_error *err);

/**
 * ncrun_container_list() - handles on all containers, sorted by network and name
 * @all:	also those that have ended but are not removed
 * @ret:	array; release with ncrun_container_list_free()
 */
int ncrun_container_list(const struct ncrun_context *context, bool all,
			 struct ncrun_container ***ret, size_t *ret_count, struct ncrun_error *err);
void ncrun_container_list_free(struct ncrun_container **list, size_t count);

/** Drop a handle; the container itself lives on (but see @keep). Accepts NULL, returns NULL. */
struct ncrun_container *ncrun_container_unref(struct ncrun_container *container);

/* ---- looking ------------------------------------------------------------ */

enum ncrun_container_state {
	NCRUN_CONTAINER_STARTING, /* being made, or made and not started */
	NCRUN_CONTAINER_RUNNING,
	NCRUN_CONTAINER_EXITED,
	NCRUN_CONTAINER_BROKEN, /* left over from a crash, or damaged; see `ncrun clean` */
};

/** Why a command ended. */
enum ncrun_cause {
	NCRUN_CAUSE_NONE, /* it has not */
	NCRUN_CAUSE_EXITED,
	NCRUN_CAUSE_SIGNAL,
	NCRUN_CAUSE_OOM_KILLED,
	NCRUN_CAUSE_TIMEOUT,
	NCRUN_CAUSE_FAILED_STEP, /* it never ran: see @step and @error_code */
	NCRUN_CAUSE_LOST,        /* init was killed from outside, or could not write it down */
};

/**
 * struct ncrun_exit - how a node or one of its commands ended
 * @code:	as `ncrun node` exits: the program's own, or 124 .. 128+n
 * @signo:	of which it died, else 0
 * @oom_kills:	processes of the node that the kernel killed for want of memory, and how often all
 *		of them (@oom_group_kills); when not 0, @memory_peak and @memory_limit say in bytes
 *		how it came to that (0 = not known), and @memory_max_events how often it was hit
 * @step, @error_code, @message: for NCRUN_CAUSE_FAILED_STEP
 */
struct ncrun_exit {
	enum ncrun_cause cause;
	int code, signo, error_code;
	uint64_t oom_kills, oom_group_kills;
	uint64_t memory_peak, memory_limit, memory_max_events;
	char step[NCRUN_STEP_MAX];
	char message[512];
};

/** One command that init runs; index 0 of a node is its main command. */
struct ncrun_service_status {
	char name[NCRUN_NAME_MAX + 1];
	pid_t pid; /* inside the node; 0 = not running */
	uint32_t restarts;
	struct ncrun_exit last_exit;
	int64_t started_at_ns; /* CLOCK_REALTIME */
	int64_t ended_at_ns;   /* 0 = still running */
};

/**
 * struct ncrun_container_info - what is known of a node
 *
 * Owned by the handle, valid until it is released or refreshed.
 */
struct ncrun_container_info {
	const char *network;
	const char *name;
	const char *rootfs;       /* as asked for */
	const char *image_digest; /* "" for a directory */
	const char *hostname;
	const char *user;
	const char *seccomp;
	enum ncrun_container_state state;
	pid_t pid;             /* of init, on the machine; 0 when it has ended */
	int64_t started_at_ns; /* CLOCK_REALTIME */
	uint32_t uid_base;     /* first id of the node's range on the machine */
	uint32_t id_count;     /* 0 = no user namespace */
	uint64_t capabilities; /* bounding set, bit n = capability n */
	bool no_new_privs;
	bool read_only;
	bool terminal;
	bool detached;
	bool auto_remove;
	struct ncrun_exit exit;
	const char *const *argv;
	const char *const *labels;
	const char *const *limits; /* "memory=64M", as asked for; NULL = none */
	bool paused;               /* all its processes stand still */
	const struct ncrun_service_status *services;
	size_t service_count;
	const char *damage; /* NULL, or why nothing else is known of it; init may run: @pid */
};

/** Read the state anew and return it. */
int ncrun_container_info(struct ncrun_container *container, const struct ncrun_container_info **ret,
			 struct ncrun_error *err);

/** Its network and its name there, borrowed from the handle, without a look at the state. */
void ncrun_container_names(const struct ncrun_container *container, const char **ret_network,
			   const char **ret_name);

/** A pidfd on the node's init, borrowed from the handle; -1 when it has ended. */
int ncrun_container_pidfd(const struct ncrun_container *container);

/* ---- living with it ------------------------------------------------------ */

/** Wait for the node's end, and say how it ended; @timeout_ms -1 = for ever. -ETIMEDOUT. */
int ncrun_container_wait(struct ncrun_container *container, int64_t timeout_ms,
			 struct ncrun_exit *ret, struct ncrun_error *err);

/**
 * ncrun_container_run() - stay with a node in the foreground until it ends
 *
 * Relays the terminal (if it has one) between descriptors 0 and 1 and the node,
 * in raw mode, with its window size; passes the signals this process gets on to
 * the node. All is restored on every way out. Not for multi-threaded callers:
 * it blocks signals for the time of the call.
 *
 * @detach_keys: leave the node alone when ^P^Q is typed
 * @ret_detached: set when that happened; @ret is then untouched
 */
int ncrun_container_run(struct ncrun_container *container, bool detach_keys, bool *ret_detached,
			struct ncrun_exit *ret, struct ncrun_error *err);

/** Take the terminal of a detached node again, then as ncrun_container_run(). */
int ncrun_container_attach(struct ncrun_container *container, bool detach_keys, bool *ret_detached,
			   struct ncrun_exit *ret, struct ncrun_error *err);

/** Send @signo to the node's main command; its restart policy goes on. One that has ended is
 * -ESRCH. */
int ncrun_container_kill(struct ncrun_container *container, int signo, struct ncrun_error *err);

/**
 * ncrun_container_kill_all() - end every process of a node at once, its init too
 *
 * By the node's control group: with KILL for all that is in it, paused or just being born,
 * were it somebody else's. Where the machine has none, init's end takes all with it. Returns
 * when they have ended; a node that has ended already is -ESRCH.
 */
int ncrun_container_kill_all(struct ncrun_container *container, struct ncrun_error *err);

/**
 * ncrun_container_stop() - ask the main command to end, then end everything
 * @grace_ms:	between the stop signal and KILL; UINT64_MAX = the node's own
 *
 * A node that has ended already is no error.
 */
int ncrun_container_stop(struct ncrun_container *container, uint64_t grace_ms,
			 struct ncrun_error *err);

/** Forget a node that has ended. One that runs is -EBUSY unless @force, which ends it first. */
int ncrun_container_remove(struct ncrun_container *container, bool force, struct ncrun_error *err);

/**
 * struct ncrun_exec_spec - a further command in a running node
 *
 * It gets the node's own capabilities, seccomp filter, masks and limits; NULL
 * and zero mean "as the node's main command".
 *
 * @streams:	three descriptors for its standard input, output and error, with
 *		NCRUN_STDIO_INHERIT; NULL = the caller's own
 */
struct ncrun_exec_spec {
	size_t size;
	const char *const *argv;
	const char *const *env;
	const char *workdir;
	const char *user;
	const char *const *groups;
	bool privileged; /* every capability of the node's user namespace, no filter */
	enum ncrun_stdio stdio;
	uint16_t terminal_rows, terminal_columns;
	uint32_t preserve_fds;
	uint64_t timeout_ms;
	const int *streams;
};

#define NCRUN_EXEC_SPEC_INIT ((struct ncrun_exec_spec){.size = sizeof(struct ncrun_exec_spec)})

/**
 * ncrun_container_exec() - run a command in a node and wait for it
 *
 * Errors as for ncrun_container_start(), and -ENOTCONN when the node does not run or ends
 * meanwhile, -EAGAIN when it is paused.
 */
int ncrun_container_exec(struct ncrun_container *container, const struct ncrun_exec_spec *spec,
			 struct ncrun_exit *ret, struct ncrun_error *err);

/**
 * ncrun_container_copy() - copy files between the machine and a node
 * @to_node:	direction
 * @node_path:	absolute path in the node; resolved inside it, links cannot lead out
 * @machine_path: path on the machine
 *
 * Like cp -a: into an existing directory, else under the new name. Files made
 * in the node belong to its root; files made on the machine to the caller.
 */
int ncrun_container_copy(struct ncrun_container *container, bool to_node, const char *node_path,
			 const char *machine_path, struct ncrun_error *err);

/* ---- all of them --------------------------------------------------------- */

/**
 * struct ncrun_clean_report - what ncrun_clean() removed
 */
struct ncrun_clean_report {
	uint32_t nodes;
	uint32_t files;
	uint32_t unfinished_imports;
	uint32_t groups;  /* control groups of nodes whose state was lost */
	uint32_t foreign; /* groups that stay, because processes of others are in them */
};

/**
 * Remove what crashed or killed ncruns left behind, and nothing else. What cannot be
 * removed does not keep the rest: *@ret counts, and the first failure is returned.
 */
int ncrun_clean(const struct ncrun_context *context, bool dry_run, struct ncrun_clean_report *ret,
		struct ncrun_error *err);

/**
 * struct ncrun_identity - the node that the calling process is in
 */
struct ncrun_identity {
	char network[NCRUN_NAME_MAX + 1];
	char name[NCRUN_NAME_MAX + 1];
	char version[32];
};

/** Which node is this? -ENOENT outside of any. */
int ncrun_identify(struct ncrun_identity *ret, struct ncrun_error *err);

#ifdef __cplusplus
}
#endif

#endif
