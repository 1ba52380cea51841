/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The way to a tunnel peer over IPv4, remembered for a moment, so that not each packet has its route
 * looked up. Only the next hop is: its MAC stays the kernel's to find, to confirm and to forget.
 */
#pragma once
#include "parse.h"

#define AF_INET 2
#define NEAR_PEERS 4096
/* A route that changed is heeded after this time at the latest. */
#define NEXT_HOP_NS 250000000ull

/*
 * A peer has one place, by its address; of peers that share a place one is remembered, the others ask.
 * Peer and next hop are read and written as one, as all processors share the place. One that reads
 * `hop` and `until_ns` while another writes them sends a packet the way of a moment ago, no worse.
 */
struct near_peer {
	__u64 hop;      /* peer, and the next hop to it; 0: each packet asks */
	__u64 until_ns; /* by the coarse clock */
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__type(key, __u32);
	__type(value, struct near_peer);
	__uint(max_entries, NEAR_PEERS);
} near_peers SEC(".maps");

/* The device as whose packets ours are routed; 0: each packet asks. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__type(key, __u32);
	__type(value, __u32);
	__uint(max_entries, 1);
} routes_of SEC(".maps");

/* Too big for the stack. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__type(key, __u32);
	__type(value, struct bpf_fib_lookup);
	__uint(max_entries, 1);
} questions SEC(".maps");

static __always_inline struct near_peer *near_peer(__be32 peer)
{
	__u32 place = peer * 0x9e3779b1u >> 20;

	return bpf_map_lookup_elem(&near_peers, &place);
}

/*
 * The helper looks up routes of packets that are forwarded, so not our underlay's, which need not
 * forward. The private device does (see devices.ts). What the answer must be for us to heed it: by the
 * underlay of the tunnel, to a neighbour of the same family. Whether that neighbour is known does not
 * matter; redirect_neigh asks for it.
 */
SEPARATE int learn_next_hop(struct __sk_buff *skb, const struct port *port, __be32 peer, __u64 now)
{
	struct near_peer *n = near_peer(peer);
	__u32 zero = 0, *of = bpf_map_lookup_elem(&routes_of, &zero);
	struct bpf_fib_lookup *at = bpf_map_lookup_elem(&questions, &zero);
	__be32 next = 0;
	long answer;

	if (!n || !of || !at || !port)
		return 0;
	/* Another peer's, and in use. */
	if (n->hop >> 32 != peer && now < n->until_ns)
		return 0;
	if (*of) {
		__builtin_memset(at, 0, sizeof(*at));
		at->family = AF_INET;
		at->l4_protocol = IPPROTO_UDP;
		/* Not this packet's length: one that is too long says nothing about the others. */
		at->tot_len = 1;
		at->ifindex = *of;
		at->ipv4_src = *(const __u32 *)port->local;
		at->ipv4_dst = peer;
		answer = bpf_fib_lookup(skb, at, sizeof(*at), 0);
		if ((answer == BPF_FIB_LKUP_RET_SUCCESS || answer == BPF_FIB_LKUP_RET_NO_NEIGH) &&
		    at->family == AF_INET && at->ifindex == port->ifindex)
			next = at->ipv4_dst;
	}
	*(volatile __u64 *)&n->hop = (__u64)peer << 32 | next;
	n->until_ns = now + NEXT_HOP_NS;
	return 0;
}

/* Out by the underlay. */
static __always_inline int to_peer4(struct __sk_buff *skb, const struct port *port, __be32 peer)
{
	struct bpf_redir_neigh next = { .nh_family = AF_INET };
	struct near_peer *n = near_peer(peer);
	__u64 now = bpf_ktime_get_coarse_ns(), hop;

	if (n) {
		hop = *(volatile __u64 *)&n->hop;
		if (hop >> 32 != peer || now >= n->until_ns) {
			learn_next_hop(skb, port, peer, now);
		} else if ((__u32)hop) {
			next.ipv4_nh = hop;
			return bpf_redirect_neigh(port->ifindex, &next, sizeof(next), 0);
		}
	}
	return bpf_redirect_neigh(port->ifindex, 0, 0, 0);
}
