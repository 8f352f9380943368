/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What the files of this folder share about one container. */

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/record.h"
#include "cgroups/cgroups.h"
#include "rootfs/rootfs.h"
#include "runtime/init/protocol.h"
#include "runtime/runtime.h"
#include "seccomp/seccomp.h"

/* ---- the state directory (state.c) ------------------------------------------------ */

#define STATE_DEFAULT         "/run/ncrun"
#define STATE_NETWORK_DEFAULT "default"

/** struct state - /run/ncrun, or what stands for it */
struct state {
	int fd;       /* owned */
	int table_fd; /* owned; the directory of the table of id ranges, -1 until one is claimed */
	char group_top[24];
	uint64_t boot; /* 0 until state_boot() has looked */
};

#define STATE_NONE ((struct state){.fd = -1, .table_fd = -1})

int state_open(const struct ncrun_context *context, struct state *ret, struct ncrun_error *err);
void state_done(struct state *state);
/** process_boot(), read when it is first asked for. */
uint64_t state_boot(struct state *state);

/**
 * struct node_dir - the directory of one node below that of its network
 *
 * Whoever makes a node holds flock(LOCK_EX) on @fd while it is being made, and a
 * foreground ncrun for as long as it lives: a directory that is locked belongs
 * to somebody, one that is not and whose init is gone is left over.
 */
struct node_dir {
	char network[NCRUN_NAME_MAX + 1];
	char name[NCRUN_NAME_MAX + 1];
	char group_top[24];  /* of the state directory: the directory of its control groups */
	uint64_t boot;       /* this one, of a node that was there */
	int network_fd;      /* owned */
	int fd;              /* owned */
	struct maker *maker; /* owned reference; NULL = it shares nothing with others */
};

#define NODE_DIR_NONE ((struct node_dir){.network_fd = -1, .fd = -1})

/** Claim a name: makes the directory and locks it. @name NULL makes one up. -EEXIST. */
int node_dir_create(struct state *state, const char *network, const char *name,
		    struct node_dir *ret, struct ncrun_error *err);
/** Open that of an existing node; "NAME" or "NETWORK/NAME". -ENOENT. */
int node_dir_open(struct state *state, const char *name, struct node_dir *ret,
		  struct ncrun_error *err);
/** Whether @dir->fd still is what the name names: somebody may have been quicker to remove it. */
int node_dir_is_there(const struct node_dir *dir, bool *ret, struct ncrun_error *err);
/** Take the lock, waiting for at most so long: *@ret_taken says whether it was had. */
int node_dir_lock(const struct node_dir *dir, int patience_ms, bool *ret_taken,
		  struct ncrun_error *err);
/** Remove the directory and what is in it; the caller holds its lock and has made sure that it is
 * still there and nobody lives in it. */
int node_dir_remove(struct node_dir *dir, struct ncrun_error *err);
void node_dir_done(struct node_dir *dir);

/* ---- control groups (group.c) --------------------------------------------------------- */

/** Make the node's group as the specification says; *@ret stays NULL where none can be made and no
 * limit is asked for. Errors of cgroup_create(). */
int node_group_create(struct cgroup_root *root, const struct node_dir *dir,
		      const struct ncrun_container_spec *spec, struct cgroup **ret,
		      struct ncrun_error *err);
/** Deny devices to the node as the specification says, before anything of it runs; @group NULL =
 * it has none. */
int node_group_filter(const struct cgroup *group, const struct ncrun_container_spec *spec,
		      struct ncrun_error *err);
/** Handle on an existing node's group; -ENOENT when it has none. */
int node_group_open(const struct node_dir *dir, struct cgroup **ret, struct ncrun_error *err);
/** The same for who joins @pid, the node's init, and does nothing else with it. */
int node_group_open_beside(const struct node_dir *dir, pid_t pid, struct cgroup **ret,
			   struct ncrun_error *err);
/** A start failed with @r: if it was for a limit that the group has, say so. */
int node_blame_limits(const struct cgroup *group, int r, struct ncrun_error *err);
/** What the kernel killed for want of memory, if anything. */
void node_oom_fill(const struct ncrun_container *container, struct ncrun_exit *exit);
/** Remove it, if it is there; -EBUSY when a process is in it, which is a stranger's. @made is the
 * handle of whoever made it in this process, or NULL. */
int node_group_remove(const struct node_dir *dir, const struct cgroup *made,
		      struct ncrun_error *err);

/* ---- id ranges (ids.c) -------------------------------------------------------------- */

#define IDS_FIRST 0x30000000u /* beyond what useradd(8) and subuid(5) hand out */
#define IDS_COUNT 65536u
#define IDS_SLOTS 16384u

/**
 * ids_claim() - an id range that no other node on this machine has
 * @state:	holds the table where STATE_DEFAULT cannot
 * @hint:	the same hint gives the same range if it is free
 * @ret_lock_fd: whoever holds a copy of it keeps the range
 */
int ids_claim(struct state *state, const char *hint, uint32_t *ret_first, int *ret_lock_fd,
	      struct ncrun_error *err);

/* ---- the specification, complete (plan.c) ----------------------------------------------- */

/**
 * struct node_plan - a specification with every default filled in, checked
 *
 * Built before anything is made on the machine.
 */
struct node_plan {
	struct ncrun_container_spec spec; /* a copy; its pointers are the caller's */
	struct ncrun_store *store;        /* the maker's */
	const struct node_root *root;     /* the maker's */
	char **argv;                      /* owned */
	char **env;                       /* owned */
	const char *user;
	const char *workdir;
	int stop_signal;
	uint64_t stop_grace_ms;
	uint64_t capabilities;
	struct seccomp_filter filter; /* the maker's */
	bool seccomp_log;
	bool userns;
};

/** @ret stands on what @maker has. */
int node_plan_new(struct maker *maker, const struct ncrun_container_spec *spec,
		  struct node_plan *ret, struct ncrun_error *err);
void node_plan_done(struct node_plan *plan);
/** Whether the caller left descriptors 3 .. 2 + @count open for a command; -EBADF. */
int preserved_check(uint32_t count, struct ncrun_error *err);
/** Name of a resource limit, as ncrun_rlimit_parse() takes it. */
const char *rlimit_name(int resource);

/** The built-in set of a host (design: services work, networks are not reconfigured). */
uint64_t capabilities_default(void);

/* ---- init (program.c, config.c) ---------------------------------------------------------- */

/** ncrun-init in a memfd that may be executed but not read: empty at first, then filled and sealed.
 * A child that is made before has it all the same. */
int init_program_open(int *ret_fd, struct ncrun_error *err);
int init_program_fill(int fd, struct ncrun_error *err);

/** An empty memfd, which config_finish() fills with @config and what its offsets name, and seals.
 */
int config_open(int *ret_fd, struct ncrun_error *err);
struct config_builder;
int config_builder_new(struct config_builder **ret, struct ncrun_error *err);
struct config_builder *config_builder_free(struct config_builder *builder);
DEFINE_CLEANUP(struct config_builder *, config_builder_free);
init_offset config_add_string(struct config_builder *builder, const char *text);
struct init_strings config_add_strings(struct config_builder *builder, const char *const *list);
/** Append bytes, aligned to 8. */
init_offset config_add_bytes(struct config_builder *builder, const void *bytes, size_t size);
int config_finish(struct config_builder *builder, const struct init_config *config, int fd,
		  struct ncrun_error *err);

/* ---- the channel to init (channel.c) -------------------------------------------------------- */

#define CHANNEL_FDS_MAX ROOTFS_FDS_MAX

/** Send a message with descriptors. */
int channel_write(int channel, const struct init_message *message, const int *fds, size_t count,
		  struct ncrun_error *err);
/** struct channel_input - one received message; @fds are owned by the receiver. */
struct channel_input {
	struct init_message message;
	int fds[CHANNEL_FDS_MAX];
	size_t fd_count;
	pid_t sender; /* as this process sees it; 0 = unknown */
};
/** Receive one; -EPIPE when the other end is closed. Allocates nothing. */
int channel_read(int channel, struct channel_input *ret, struct ncrun_error *err);

/** How far a start is followed. */
enum channel_goal {
	CHANNEL_BORN,     /* the first process has its namespaces */
	CHANNEL_CREATED,  /* the node is made, its commands are held */
	CHANNEL_STARTED,  /* init has executed the main command */
	CHANNEL_EXECUTED, /* a command without init: the channel closes as it is executed */
};

/**
 * channel_await() - follow a start until it has come so far or has failed
 * @pidfd:	process whose end is a failure too, for CHANNEL_EXECUTED
 * @filter:	of the command, for its seccomp listener
 * @ret:	release with channel_start_done()
 */
struct channel_start {
	int master;              /* owned; the terminal, -1 = none */
	struct seccomp_log *log; /* owned; of the profile "log", else NULL */
	char step[32];           /* on failure */
};
#define CHANNEL_START_NONE ((struct channel_start){.master = -1})
void channel_start_done(struct channel_start *start);
int channel_await(int channel, int pidfd, enum channel_goal goal,
		  const struct seccomp_filter *filter, struct channel_start *ret,
		  struct ncrun_error *err);

/* ---- signals (relay.c) ------------------------------------------------------------------- */

/** Block all signals but those that tell of our own faults; *@ret_before to be restored. */
int signals_block(sigset_t *ret_blocked, sigset_t *ret_before, struct ncrun_error *err);

/** What was changed since the start (resources.c): a record of that name in the node's directory.
 */
#define CONTAINER_CHANGES      "changes"
#define CONTAINER_CHANGES_LOCK "changes.lock"

/* ---- handles (container.c) --------------------------------------------------------------- */

struct ncrun_container {
	struct node_dir dir;
	int pidfd; /* owned; -1 = init is gone */
	pid_t pid;
	uint64_t identity;        /* see process_identity() */
	uint64_t boot;            /* in which that holds */
	int config_fd;            /* number of init's configuration, in init */
	bool child;               /* init is this process's own child */
	bool reaped;              /* ... and has been waited for */
	bool killed;              /* ... and did not end by itself */
	int wait_code;            /* ... with this exit code */
	int64_t stop_deadline_ms; /* it has been asked to end until then; 0 = it has not */
	bool limited;             /* it has limits, so it may have run into one */
	bool signals_held;        /* @mask_before is to be restored */
	sigset_t mask_before;
	struct launch *launch;   /* owned; of a node whose start is under way */
	bool foreground;         /* made by this handle, and removed with it */
	int channel;             /* owned; -1 unless @foreground or attached */
	int master;              /* owned; -1 = no terminal here */
	struct cgroup *group;    /* owned; NULL = none, or not looked for yet */
	struct seccomp_log *log; /* owned; of the profile "log", else NULL */
	void (*notice)(void *data, const char *line);
	void *notice_data;
	int damage;  /* 0, or why nothing of its state is believed: @why */
	pid_t found; /* ... init nevertheless, which is what @pidfd holds; 0 = none */
	int unseen;  /* of one that is damaged: why it is not known whether it runs, or 0 */
	struct ncrun_error why;
	struct record *record;  /* owned; of the state file, NULL before it is read */
	struct record *changes; /* owned; NULL = none */
	struct ncrun_container_info info;
	struct ncrun_service_status *services; /* owned */
};

/** An empty handle. */
int container_new(struct ncrun_container **ret, struct ncrun_error *err);
/** Read state and status files and look whether init lives. */
int container_refresh(struct ncrun_container *container, struct ncrun_error *err);
/** Whether it runs. An error is no answer: whoever is out of descriptors must not take a node for
 * one that has ended. */
int container_look(struct ncrun_container *container, bool *ret_lives, struct ncrun_error *err);
/** Take notice of its end, if it has ended. */
void container_reap(struct ncrun_container *container);
/** Write the state file. */
int container_save(const struct ncrun_container *container, const struct node_plan *plan,
		   uint32_t uid_base, uint32_t id_count, struct ncrun_error *err);
/** From now on the state says that the node stays when its ncrun goes. */
int container_record_detached(const struct ncrun_container *container, struct ncrun_error *err);
/** Lines of a record: what was asked for. */
void container_record_limits(struct text *text, const struct ncrun_limits *limits);
/** Remove what is left of a node that has ended: its group, then its directory. -EBUSY when a
 * stranger's process is in the group; both stay then. */
int container_forget(struct ncrun_container *container, struct ncrun_error *err);
/** Tell what the seccomp profile would have refused. */
void container_report_refusals(const struct ncrun_container *container, struct seccomp_log *log);
/** One line for a person, if anybody listens. */
void container_notice(const struct ncrun_container *container, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/* ---- damaged state (damage.c) -------------------------------------------------------------- */

/** Nothing of the state is to be believed, for @why: look for an init that lives nevertheless. */
void container_damaged(struct ncrun_container *container, int r, const struct ncrun_error *why);
/** Of one that is damaged: it was found to run, or could not be looked for. */
bool container_may_run(const struct ncrun_container *container);
/** Return that as an error. */
int container_damage_tell(const struct ncrun_container *container, struct ncrun_error *err);
/** -ENOTCONN if a node that was looked at is not running, or why nothing is known. */
int container_must_run(const struct ncrun_container *container, struct ncrun_error *err);

/* ---- the status file (status.c) -------------------------------------------------------------- */

/** Read it into @container->info. */
int status_read(struct ncrun_container *container, struct ncrun_error *err);
/** A node that never came to run leaves nothing worth keeping. */
bool status_says_started(const struct ncrun_container *container);
/** Of a node that has no state: -EBADMSG if it came to run nevertheless. */
int status_without_state(const struct ncrun_container *container, struct ncrun_error *err);
/** How the node ended, from its status file and, for a child, its wait status. */
int container_exit(struct ncrun_container *container, struct ncrun_exit *ret,
		   struct ncrun_error *err);

/* ---- its end (stop.c, resources.c) ----------------------------------------------------------- */

/**
 * End the node at once and reap it; the directory stays. Init ends after all others of
 * its pid namespace are reaped, which a parent outside may fail to do: -ETIMEDOUT then.
 */
int container_kill_now(struct ncrun_container *container, struct ncrun_error *err);
/** Send the main command @signo; @last: it is not to be started again after it. */
int container_pass_signal(struct ncrun_container *container, int signo, bool last,
			  struct ncrun_error *err);
/** Let a paused node's processes go on, so that they can hear of signals and end. */
int container_thaw(struct ncrun_container *container, struct ncrun_error *err);
