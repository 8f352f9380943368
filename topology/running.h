/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What a handle on a running network holds; for the files that make and keep one. */

#include "runtime/runtime.h"
#include "topology/network.h"
#include "topology/plan.h"

/** Before the error that was to be undone, where that has failed, too. */
#define NOT_UNDONE "not undone (see: ncrun clean)"

/** Files of a network in its directory. */
#define NETWORK_RECORD   ".network"
#define NETWORK_TOPOLOGY ".topology"
#define NETWORK_NEXT     ".next" /* what a change under way makes of it, if that can be mended */
#define NETWORK_FABRIC   ".fabric"
#define NETWORK_HOSTS    ".hosts" /* and ".hosts.N" */

/**
 * struct network_record - what is written down of a network beside its topology
 * @changing:	somebody is at it, or was killed
 * @guard:	the process that takes a temporary network down when its maker dies; 0 = none
 * @machine:	it has links or filters on the machine itself
 * @guessed:	the record is damaged: what this says is not written anywhere
 * @cut:	it has a partition, whose file has to be there
 */
struct network_record {
	bool changing;
	bool machine;
	bool guessed;
	bool cut;
	int64_t started_at_ns;
	uint32_t nodes, switches, links;
	pid_t guard;
	uint64_t guard_identity, guard_boot; /* see process_identity(), process_boot() */
};

/** struct member - a node of which something is open or known; owns it */
struct member {
	char name[NCRUN_NAME_MAX + 1];
	struct ncrun_container *container; /* NULL = not opened */
	struct netns *netns;               /* NULL = not opened */
	bool held;                         /* made, and its commands wait */
	struct switch_bridge {
		int index;
		unsigned int ports;
		bool shut; /* made here, and nothing passes yet */
	} * bridges;       /* owned; of a switch: none = not looked for */
	size_t bridge_count;
};

struct ncrun_network {
	struct ncrun_context context; /* its strings are owned by this */
	char name[NCRUN_NAME_MAX + 1];
	int dir;                         /* owned; whoever changes the network holds a lock on it */
	struct ncrun_topology *topology; /* owned */
	struct network_record record;
	struct netns *fabric;                       /* owned; NULL = not opened */
	const struct ncrun_container_spec *joining; /* borrowed; of a node that is made by it */
	struct maker *maker;                        /* owned; its members are opened by it */
	struct member **members;                    /* owned; by name, open addressing */
	size_t member_count, member_size;
	int guard; /* owned; its closing ends a temporary network; -1 = none */
};

/** A handle that holds nothing but its directory; @create: make that. */
int network_new(const struct ncrun_context *context, const char *name, bool create,
		struct ncrun_network **ret, struct ncrun_error *err);
/** Read record and topology; -ENOENT if the directory is not that of a network of ours. */
int network_read(struct ncrun_network *network, struct ncrun_error *err);
int network_read_record(struct ncrun_network *network, struct ncrun_error *err);
/** Try for a moment; -EBUSY. */
int network_claim(struct ncrun_network *network, struct ncrun_error *err);
/** Is the directory still the one of that name? */
int network_is_there(const struct ncrun_network *network, bool *ret, struct ncrun_error *err);
/** Is anybody at it? */
int network_is_claimed(const struct ncrun_network *network, bool *ret, struct ncrun_error *err);
int network_write_record(const struct ncrun_network *network, struct ncrun_error *err);
/** The topology in the file of that name. */
int network_read_topology(const struct ncrun_network *network, const char *file,
			  struct ncrun_topology **ret, struct ncrun_error *err);
int network_write_topology(const struct ncrun_network *network, const char *file,
			   const struct ncrun_topology *topology, struct ncrun_error *err);

/* ---- changes (change.c) --------------------------------------------------------------------- */

/** Carry out a plan from what the network is; undone if a step fails. With the lock held. */
int network_carry_out(struct ncrun_network *network, struct plan *plan,
		      const struct ncrun_up_options *options, struct ncrun_error *err);
/** Was somebody killed at a change that can be taken back, or carried on? */
int network_is_mendable(struct ncrun_network *network, bool *ret, struct ncrun_error *err);
/** Do so; the handle has the topology afterwards. With the lock held. */
int network_mend(struct ncrun_network *network, struct ncrun_error *err);
/** Is it written down what some change was to make of it? */
int network_has_next(const struct ncrun_network *network, bool *ret, struct ncrun_error *err);
/** There is nothing to mend any more. */
int network_forget_next(const struct ncrun_network *network, struct ncrun_error *err);

/* ---- members (member.c) --------------------------------------------------------------------- */

/** Find it or make an empty one. -ENOMEM. */
int network_member(struct ncrun_network *network, const char *name, struct member **ret,
		   struct ncrun_error *err);
/** The member with its container open. -ENOENT. */
int network_member_open(struct ncrun_network *network, const char *name, struct member **ret,
			struct ncrun_error *err);
/** The member with its container open, which runs. -ENOTCONN: it has ended, or is not there. */
int network_member_running(struct ncrun_network *network, const char *name, struct member **ret,
			   struct ncrun_error *err);
/** The member with its namespace open. -ENOTCONN. */
int network_member_netns(struct ncrun_network *network, const char *name, struct member **ret,
			 struct ncrun_error *err);
/** Close what is open of it: the next who asks opens it anew. */
void network_member_forget(struct ncrun_network *network, const char *name);
void network_members_done(struct ncrun_network *network);

/* ---- the fabric (fabric.c) ------------------------------------------------------------------ */

/** Make the namespace of a network's switches and pin it in the directory. */
int fabric_create(struct ncrun_network *network, struct ncrun_error *err);
/** Open it into @network->fabric unless it is. -ENOTCONN: there is none. */
int fabric_open(struct ncrun_network *network, struct ncrun_error *err);
/** Let it go; none is fine. */
int fabric_delete(struct ncrun_network *network, struct ncrun_error *err);

/* ---- temporary networks (guard.c) -------------------------------------------------------- */

/** Start the process that takes the network down when @network is closed; for the record. */
int guard_start(struct ncrun_network *network, struct ncrun_error *err);
/** Close the connection to it, and wait until it has done so. */
void guard_release(int *connection);
/** Is there one? */
bool guard_lives(const struct network_record *record);
/** End it, unless we are it: the network goes in another way. */
void guard_end(const struct network_record *record);
/** ncrun_network_down() by a guard: only the network whose guard it is (down.c). */
int network_down_guarded(const struct ncrun_context *context, const char *name, pid_t guard,
			 struct ncrun_error *err);

/* ---- making it so (apply.c) ------------------------------------------------------------------ */

/** Do the steps of a plan; those before one that failed are undone, @ret_undone: as plan_undo(). */
int plan_apply(struct ncrun_network *network, struct plan *plan,
	       const struct ncrun_up_options *options, int *ret_undone, struct ncrun_error *err);
/** Undo what has begun of it, as far as it goes; the first error. */
int plan_undo(struct ncrun_network *network, const struct plan *plan);
/** Do the steps of a plan of which any may have been done, all that can be; the first error. */
int plan_mend(struct ncrun_network *network, struct plan *plan, struct ncrun_error *err);
struct port_hold;
/** Write the table on the machine anew: somebody may have emptied its filters (apply_uplink.c). */
int network_mend_table(struct ncrun_network *network, struct ncrun_error *err);
/** See that the ports which a plan publishes are free, and hold them (apply_uplink.c). */
int plan_hold_ports(struct ncrun_network *network, const struct plan *plan, struct port_hold *hold,
		    struct ncrun_error *err);
/** Tell whether the machine has room for the neighbours of a network that grew
 * (neighbour_room.c). */
void neighbour_room_tell(const struct ncrun_context *context, const char *name,
			 const struct ncrun_topology *before, const struct ncrun_topology *after);
/** End all nodes and remove all of a network, as far as it goes (down.c). */
int network_remove(struct ncrun_network *network, uint64_t grace_ms, struct ncrun_error *err);
