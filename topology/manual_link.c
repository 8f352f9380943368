/* SPDX-License-Identifier: Apache-2.0 */

/* The manual on keys of links, and on patterns; and which text is of which table. */

#include "topology/manual.h"

const struct key_manual manual_links[] = {
	{"ends",
	 "two nodes: NODE, \"NODE:INTERFACE\", or a map of 'node' and keys of an end; must be "
	 "said",
	 NULL, "ends: [a, {node: b, interface: b0}]"},
	{"kind", "dummy: an interface of one node that leads nowhere", "veth", "kind: veth"},
	{0},
};

const struct key_manual manual_interfaces[] = {
	{"interface", "its name, which may be longer than the kernel's 15 bytes", "eth0, eth1, ...",
	 "interface: uplink0"},
	{"address", "its addresses; none: it gets none", "assigned",
	 "address: [10.0.0.7/24, \"fd00::7/64\"]"},
	{"mac", "its MAC address", "assigned, from the names", "mac: \"02:00:00:00:00:07\""},
	{"mtu", "largest packet", "that of the node, or 1500", "mtu: 9000"},
	{"bound", "side of a nat: what is south is hidden behind what is north",
	 "south, but for uplinks", "bound: north"},
	{"group", "number of a group of interfaces, for programs inside", "0", "group: 7"},
	{"tx-queue", "packets that may wait to be sent", "1000", "tx-queue: 100"},
	{"down", "leave it down", NULL, "down: true"},
	{"vlan", "VLAN of frames without tag at this port", "that of the switch", "vlan: 10"},
	{"trunk", "VLANs whose frames pass with their tag", NULL, "trunk: [10, 20-29]"},
	{"isolated", "reaches only ports that are not isolated", NULL, "isolated: true"},
	{"hairpin", "frames may go out where they came in", NULL, "hairpin: true"},
	{"impair", "takes away what was said before, in defaults for one", NULL, "impair: none"},
	{"delay", "packets arrive so much later", NULL, "delay: 20ms"},
	{"jitter", "... give or take", NULL, "jitter: 5ms"},
	{"delay-correlation", "how much a delay is like the one before", NULL,
	 "delay-correlation: 25%"},
	{"distribution", "of the jitter", NULL, "distribution: normal"},
	{"loss", "packets that are lost", NULL, "loss: 0.1%"},
	{"duplicate", "packets that arrive twice", NULL, "duplicate: 1%"},
	{"corrupt", "packets of which a bit is wrong", NULL, "corrupt: 0.01%"},
	{"reorder", "packets that overtake the delay", NULL, "reorder: 5%"},
	{"reorder-gap", "... only every so manyth", "1", "reorder-gap: 5"},
	{"rate", "bits a second that pass", "unlimited", "rate: 10mbit"},
	{"burst", "bytes that pass at once in spite of the rate", "what fits the rate",
	 "burst: 32K"},
	{"peak", "bits a second even in a burst; needs burst", NULL, "peak: 20mbit"},
	{"queue", "how long, or how much, may wait for the rate; more is dropped", "50ms",
	 "queue: 100ms"},
	{"packet-overhead", "bytes that count with each packet", "0", "packet-overhead: -14"},
	{"cell", "bytes of which packets take a multiple, as in ATM", NULL, "cell: 48"},
	{"cell-overhead", "bytes that count with each cell", "0", "cell-overhead: 5"},
	{"limit", "packets that the delay holds", "what delay and rate need", "limit: 1000"},
	{"ecn", "mark packets instead of losing them", NULL, "ecn: true"},
	{"slot", "packets pass in slots of time", NULL, "slot: {min: 5ms, max: 10ms, packets: 20}"},
	{"seed", "the same seed loses the same packets", "another each time", "seed: 42"},
	{"impair-control", "impair ARP, neighbour discovery and STP too", NULL,
	 "impair-control: true"},
	{0},
};

const struct key_manual manual_correlated[] = {
	{"percent", "how many", NULL, "percent: 5%"},
	{"correlation", "how much each is like the one before", "0%", "correlation: 25%"},
	{0},
};

const struct key_manual manual_loss[] = {
	{"percent", "how many are lost, one by one", NULL, "percent: 5%"},
	{"correlation", "how much each is like the one before", "0%", "correlation: 25%"},
	{"gilbert",
	 "losses in bursts: into the bad state, out of it, loss in the bad state and in the good "
	 "one",
	 NULL, "gilbert: [1%, 10%, 100%, 0%]"},
	{"state", "four states: p13, p31, p32, p23 and p14 of tc-netem(8)", NULL,
	 "state: [1%, 50%]"},
	{0},
};

const struct key_manual manual_slot[] = {
	{"min", "shortest time between slots", "0", "min: 5ms"},
	{"max", "longest", "min", "max: 10ms"},
	{"delay", "... or the mean of it", NULL, "delay: 5ms"},
	{"jitter", "give or take", NULL, "jitter: 1ms"},
	{"distribution", "of that", NULL, "distribution: pareto"},
	{"packets", "packets in a slot", "unlimited", "packets: 20"},
	{"bytes", "bytes in a slot", "unlimited", "bytes: 16K"},
	{0},
};

const struct key_manual manual_assigned[] = {
	{"value", "the value", NULL, "value: eth0"},
	{"assigned", "it was chosen by ncrun", NULL, "assigned: true"},
	{0},
};

const struct key_manual manual_patterns[] = {
	{"single", "one switch with hosts", NULL, "topology: {single: 3}"},
	{"star", "one router with hosts, each on a link of its own", NULL, "topology: {star: 3}"},
	{"linear", "a chain, with hosts at each of it", NULL, "topology: {linear: 10}"},
	{"ring", "a circle, with hosts at each of it", NULL,
	 "topology: {ring: {length: 4, kind: switch}}"},
	{"tree", "'fanout' below each, and hosts below the last", NULL,
	 "topology: {tree: {depth: 3, fanout: 4}}"},
	{"mesh", "each linked with each", NULL, "topology: {mesh: 4}"},
	{"fat-tree",
	 "(k/2)^2 at the core, k pods of k/2 and k/2 below, and k/2 hosts at each of the last",
	 NULL, "topology: {fat-tree: 4}"},
	{"leaf-spine", "each leaf linked with each spine, and hosts at the leaves", NULL,
	 "topology: {leaf-spine: {leaves: 4, spines: 2}}"},
	{0},
};

const struct table_manual manual_tables[] = {
	{&file_keys, manual_file},
	{&node_keys, manual_nodes},
	{&service_keys, manual_services},
	{&route_keys, manual_routes},
	{&hop_keys, manual_hops},
	{&rule_keys, manual_rules},
	{&filter_keys, manual_filters},
	{&nat_keys, manual_nat},
	{&link_keys, manual_links},
	{&interface_keys, manual_interfaces},
	{&correlated_keys, manual_correlated},
	{&loss_keys, manual_loss},
	{&slot_keys, manual_slot},
	{&assigned_keys, manual_assigned},
	{0},
};
