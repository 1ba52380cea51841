/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What the programs and user space share: map values and ring records. Offsets for TypeScript are
 * taken from this file's BTF at build time (dist/bpf/layout.json), so nothing is written twice.
 */
#pragma once
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/pkt_cls.h>
#include <linux/udp.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>
#include "key.h" /* generated from packages/flow/src/key-layout.ts */

#define MAX_PORTS 4096
#define MAX_MASKS 32
#define MAX_STEPS 32
#define MAX_PEERS 65536
#define MAX_PUSHES 2

struct flow_key {
	__u32 w[KEY_WORDS];
};

/* Fields a step sets; every other field is as the packet came in. */
enum {
	SET_ETH_SRC = 1 << 0,
	SET_ETH_DST = 1 << 1,
	SET_IP_SRC = 1 << 2,
	SET_IP_DST = 1 << 3,
	SET_TOS = 1 << 4,
	SET_L4_SRC = 1 << 5,
	SET_L4_DST = 1 << 6,
	SET_ICMP_ID = 1 << 7,
	SET_TTL = 1 << 8,
	SET_VLAN = 1 << 9,
};

enum { OUT_NONE, OUT_PORT, OUT_TUNNEL, OUT_USER };

/*
 * One output with the packet's whole state at that output, relative to the packet as it came in.
 * (Not relative to the step before: so clones need no undo list, and a list of steps is just a list.)
 */
struct step {
	__u32 set;
	__u8 eth_dst[6];
	__u8 eth_src[6];
	__u8 ip_src[16]; /* network order; IPv4 in the first four */
	__u8 ip_dst[16];
	__u8 peer[16];
	__u32 tunnel_key;
	__u16 l4_src; /* host order, as are icmp_id and tci */
	__u16 l4_dst;
	__u16 icmp_id;
	__u8 tos;
	__u8 ttl_by;
	__u16 port; /* datapath port of OUT_PORT, tunnel port of OUT_TUNNEL, reason of OUT_USER */
	__u8 out;
	__u8 vlan_pops;
	__u8 vlan_pushes;
	__u8 peer_is6;
	__u16 tci[MAX_PUSHES]; /* first pushed first */
};

/* Value of `flows`. Steps beyond the first are in `groups`. */
struct flow {
	__u32 slot; /* of `stats` */
	__u32 generation;
	__u16 mtu; /* 0: any */
	__u8 ttl_above;
	__u8 steps;
	__u32 group;
	__u32 idle_ms;
	__u32 hard_ms;
	__u32 opens; /* number of the template in `templates`, see template.h; 0: forwards */
	__u32 pad;
	__u64 put_ns;
	__u64 cookie; /* bits of a double */
	struct step first;
};

struct group {
	struct step step[MAX_STEPS];
};

struct mask {
	__u32 w[KEY_WORDS];
};

struct flow_stats {
	__u64 packets;
	__u64 bytes;
	__u64 last_ns; /* CLOCK_MONOTONIC, coarse */
	__u32 tcp_flags; /* of all its packets together */
	__u32 pad;
};

enum { PORT_FREE, PORT_INTERFACE, PORT_TUNNEL };
enum {
	PORT_UP = 1 << 0,
	/* a veth whose other end is in another namespace: bpf_redirect_peer works */
	PORT_PEER = 1 << 1,
	/* a tunnel over IPv6 */
	PORT_UNDERLAY6 = 1 << 2,
};

/*
 * A token bucket as the time up to which it is spent: generic cell rate (ITU-T I.371). A rate is the
 * time a byte takes, in units of 2^-20 ns: exact enough for 10 Tbit/s, and a packet of 64 KiB at 1 kbit/s
 * still fits in 64 bits.
 */
struct limit {
	__u64 byte_time; /* 0: no limit */
	__u64 burst_ns;
	__u64 spent_ns;
};

struct port {
	__u32 kind;
	__u32 flags;
	__u32 ifindex; /* interface, or the tunnel's underlay */
	__u32 vxlan_ifindex;
	__u32 masks; /* how many of mask[] to try */
	__u8 mask[MAX_MASKS];
	__u8 local[16]; /* network order */
	__u16 udp_port;
	__u16 serial; /* counts reuses of this number */
	/* Source MAC of the last frame: frames to it may take the short way, see output.h. */
	__u16 seen_mac_high;
	__u16 pad;
	__u32 seen_mac_low;
	char name[16];
	__u64 bucket_ns; /* upcall allowance: the time up to which it is spent */
	__u64 opens_ns;  /* the same of connections that begin here */
	struct limit rx;
	struct limit tx;
};

struct port_counters {
	__u64 rx_packets;
	__u64 rx_bytes;
	__u64 tx_packets;
	__u64 tx_bytes;
};

enum { CTR_HITS = DROP_REASONS, CTR_MISSES, CTR_UPCALLS, CTR_COUNT };

struct config {
	__u64 upcall_interval_ns; /* 1e9 / sustained rate of a port */
	__u64 upcall_burst_ns;    /* how far it may run ahead */
	__u32 tunnel4;            /* port numbers; 0 none */
	__u32 tunnel6;
	__u32 decap_cross;        /* BPF_F_ADJ_ROOM_DECAP_L3_* exist (6.3) */
	__u32 check_peers;        /* tunnel packets come from `peers` alone */
	__u8 layout_hash[16];
	__u8 program_hash[16];
	__u64 next_generation;
};

struct upcall {
	__u32 reason;
	__u32 in_port;
	__u32 full_length;
	__u32 captured;
	__u32 gso_size;
	__u32 cookie; /* of OUT_USER */
	__u64 time_ns;
	struct flow_key key;
	__u8 frame[];
};

/* What a packet-out does, by slot; its steps are in `groups` at the same index. */
struct slot {
	__u32 in_port;
	__u32 tunnel_key;
	__u32 lookup;
	__u32 steps;
};
#define SLOT_MARK 0x80000000u
#define SLOT_COUNT 64

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__type(key, struct flow_key);
	__type(value, struct flow);
	__uint(max_entries, 65536);
} flows SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__type(key, __u32);
	__type(value, struct mask);
	__uint(max_entries, MAX_MASKS);
	__uint(map_flags, BPF_F_MMAPABLE);
} masks SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__type(key, __u32);
	__type(value, struct group);
	__uint(max_entries, 2048);
	__uint(map_flags, BPF_F_MMAPABLE);
} groups SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__type(key, __u32);
	__type(value, struct flow_stats);
	__uint(max_entries, 65536);
	__uint(map_flags, BPF_F_MMAPABLE);
} stats SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__type(key, __u32);
	__type(value, struct port);
	__uint(max_entries, MAX_PORTS);
	__uint(map_flags, BPF_F_MMAPABLE);
} ports SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__type(key, __u32);
	__type(value, __u32);
	__uint(max_entries, MAX_PORTS);
} ifindexes SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__type(key, __u32);
	__type(value, struct port_counters);
	__uint(max_entries, MAX_PORTS);
} port_stats SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__type(key, __u32);
	__type(value, __u64);
	__uint(max_entries, CTR_COUNT);
} counters SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__type(key, __u32);
	__type(value, struct config);
	__uint(max_entries, 1);
	__uint(map_flags, BPF_F_MMAPABLE);
} config SEC(".maps");

/* Network order; IPv4 in the first word. */
struct address {
	__u32 w[4];
};

/* Who may tunnel to this host. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__type(key, struct address);
	__type(value, __u32);
	__uint(max_entries, MAX_PEERS);
	__uint(map_flags, BPF_F_NO_PREALLOC);
} peers SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__type(key, __u32);
	__type(value, struct slot);
	__uint(max_entries, SLOT_COUNT);
	__uint(map_flags, BPF_F_MMAPABLE);
} slots SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 1 << 24);
} upcalls SEC(".maps");

/*
 * Connections that begin without user space. A flow that `opens` takes the first packet of each
 * connection of its class, which differ in the source port alone, and makes the connection's own flow.
 */
struct template {
	__u32 token; /* user space's number for it */
	__u32 mask;  /* shape of the connections' own flows */
	__u32 idle_ms; /* of these */
	__u32 tell;
	__u32 class; /* what the host of the egress port knows the class by */
	__u32 source; /* number of the client in `sources`; 0: its port stays */
	/* Where a load balancer chooses, a flow of each of its members opens; this one only says which. */
	__u32 choices;     /* 0: nothing to choose */
	__u32 choice_mask; /* shape of the members' flows */
	__u32 base;        /* hash of the tuple up to the ports */
	__u32 dst_port;    /* of the VIP */
};
#define MAX_TEMPLATES 4096
enum {
	TELL_NOBODY,
	TELL_HERE, /* answers come in on this host */
	TELL_PEER, /* the tunnel header says that a connection begins */
};

/* Whose class; no address is this host. */
struct answer_key {
	struct address peer;
	__u32 class;
};

/* The flow of answers to a connection of the class, but for the port that tells connections apart. */
struct answer {
	struct flow_key key; /* masked; the destination port is missing */
	struct flow flow;
	__u32 token;
	__u32 pad;
};

/* Things to take, given by user space: it writes behind `tail`, whoever takes does so at `head`. */
#define STOCK_SIZE 2048
struct stock {
	__u32 head;
	__u32 tail;
	__u32 item[STOCK_SIZE];
};

/*
 * What a client's source ports become where its address is translated. One that has a port keeps it,
 * whatever the destination (RFC 4787 REQ-1, RFC 5382 REQ-1); another takes one of the stock.
 */
#define MAX_SOURCES 64
#define SOURCE_PORTS 65536
#define ASK_USER_SPACE 0xffff
struct source {
	struct stock ports;
	__u16 to[SOURCE_PORTS]; /* 0: none yet */
};

enum { OPENED_HERE, OPENED_BY_PEER, OPENED_NOT };
#define NO_SLOT 0xffffffffu

/* Which member has which place: numbers from 1 on, 0 where user space must say. */
#define MAX_CHOICES 16
#define MAX_PLACES 65536
struct choices {
	__u32 places;
	__u32 pad;
	__u8 member[MAX_PLACES];
};

/* Told to user space, in order. OPENED_NOT only gives back what was taken. */
struct opened {
	__u32 kind;
	__u32 token; /* of the flow made; 0 for none */
	__u32 slot;
	__u32 class;
	struct address peer;
	__u16 port;   /* source as the packet came into the virtual network */
	__u16 chosen; /* and as it left */
	__u32 tcp_flags;
	struct flow_key key; /* of the flow made */
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__type(key, __u32);
	__type(value, struct template);
	__uint(max_entries, MAX_TEMPLATES);
	__uint(map_flags, BPF_F_MMAPABLE);
} templates SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__type(key, struct answer_key);
	__type(value, struct answer);
	__uint(max_entries, MAX_TEMPLATES);
} answers SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__type(key, __u32);
	__type(value, struct stock);
	__uint(max_entries, 1);
	__uint(map_flags, BPF_F_MMAPABLE);
} free_slots SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__type(key, __u32);
	__type(value, struct source);
	__uint(max_entries, MAX_SOURCES);
	__uint(map_flags, BPF_F_MMAPABLE);
} sources SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__type(key, __u32);
	__type(value, struct choices);
	__uint(max_entries, MAX_CHOICES);
	__uint(map_flags, BPF_F_MMAPABLE);
} choices SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 1 << 20);
} opened SEC(".maps");

/* A flow being made: too big for the stack. */
struct draft {
	struct flow_key key;
	struct flow flow;
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__type(key, __u32);
	__type(value, struct draft);
	__uint(max_entries, 2);
} drafts SEC(".maps");

/* A packet on its way through a program. */
struct packet {
	struct flow_key key; /* as it came in */
	__u32 l3; /* offset of the network header now */
	__u32 l4; /* its distance from l3; 0 when there is no readable L4 header */
	__u32 dirty; /* fields that differ from the key */
	__u32 vlan_depth; /* tags pushed onto what is left of the original */
	__u32 popped; /* original tags taken off */
	__u32 ttl_by; /* taken off so far */
	__u32 egress; /* the program runs on an egress hook */
	__u32 tcp_flags;
	/* What the tunnel header says besides the VNI, see tunnel.h; 0 in front: nothing. */
	__u32 tell;
	__u32 tell_class;
	__u32 tell_port;
};

/*
 * A function that the verifier checks once by itself, not anew at each call: programs stay small and
 * load fast. Its pointers may be null for all it knows.
 */
#define SEPARATE __attribute__((noinline))

static __always_inline void count(__u32 which)
{
	__u64 *n = bpf_map_lookup_elem(&counters, &which);

	if (n)
		*n += 1;
}

static __always_inline int drop(__u32 reason)
{
	count(reason);
	return TC_ACT_SHOT;
}

#define KEY_GET(k, field) \
	(((k)->w[KEY_##field##_WORD] >> KEY_##field##_SHIFT) & KEY_##field##_MASK)
#define KEY_PUT(k, field, value) \
	((k)->w[KEY_##field##_WORD] |= ((__u32)(value)) << KEY_##field##_SHIFT)
