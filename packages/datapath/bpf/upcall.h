/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Packets to user space, through one bounded ring and one allowance a port. */
#pragma once
#include "parse.h"

/*
 * Generic cell rate (ITU-T I.371): bucket_ns is the time up to which the port has spent its
 * allowance. Two CPUs may both pass on the last token; that is harmless.
 */
static __always_inline int allowed(__u64 *bucket_ns, __u64 interval_ns, __u64 burst_ns, __u64 now)
{
	__u64 spent = *bucket_ns;

	if (interval_ns == 0)
		return 1;
	if (spent < now)
		spent = now;
	if (spent - now > burst_ns)
		return 0;
	*bucket_ns = spent + interval_ns;
	return 1;
}

static __always_inline int upcall_allowed(struct port *port, const struct config *cfg, __u64 now)
{
	return allowed(&port->bucket_ns, cfg->upcall_interval_ns, cfg->upcall_burst_ns, now);
}

/* A connection that begins here costs user space a fraction of an upcall. */
#define OPENS_AN_UPCALL 4

static __always_inline int open_allowed(struct port *port, const struct config *cfg, __u64 now)
{
	return allowed(&port->opens_ns, cfg->upcall_interval_ns / OPENS_AN_UPCALL, cfg->upcall_burst_ns, now);
}

/* A real function, as its prototype is what puts struct upcall into the BTF. */
static __noinline int upcall_header(struct upcall *u, struct packet *p, __u32 gso_size, __u64 now)
{
	u->in_port = p->key.w[0];
	u->gso_size = gso_size;
	u->time_ns = now;
	u->key = p->key;
	return 0;
}

/*
 * Copies the frame as it was on the wire: a tag that lies beside it goes back in.
 * `room` is a constant, for the verifier. Less than the two bytes of an EtherType is no frame; a
 * comparison with 1 would become one with 0, from which 6.1's verifier learns no lower bound.
 */
#define CAPTURE(room)                                                                              \
	do {                                                                                       \
		struct upcall *u = bpf_ringbuf_reserve(&upcalls, sizeof(*u) + (room), 0);          \
		__u32 tag = 0, take;                                                               \
                                                                                                   \
		if (!u)                                                                            \
			return drop(DROP_UPCALL_QUEUE_FULL);                                       \
		upcall_header(u, p, skb->gso_size, now);                                           \
		u->reason = reason;                                                                \
		u->full_length = full;                                                             \
		u->cookie = cookie;                                                                \
		if (skb->vlan_present) {                                                           \
			__u16 *w = (__u16 *)(u->frame + 12);                                       \
                                                                                                   \
			bpf_skb_load_bytes(skb, 0, u->frame, 12);                                  \
			w[0] = skb->vlan_proto;                                                    \
			w[1] = bpf_htons(skb->vlan_tci);                                           \
			tag = 4;                                                                   \
		}                                                                                  \
		take = full < (room) ? full : (room);                                              \
		u->captured = take;                                                                \
		if (tag) {                                                                         \
			take -= 16;                                                                \
			if (take < 2 || take > (room) - 16 ||                                      \
			    bpf_skb_load_bytes(skb, 12, u->frame + 16, take) < 0)                  \
				goto discard_##room;                                               \
		} else if (take < 2 || take > (room) ||                                            \
			   bpf_skb_load_bytes(skb, 0, u->frame, take) < 0) {                       \
			goto discard_##room;                                                       \
		}                                                                                  \
		bpf_ringbuf_submit(u, 0);                                                          \
		count(CTR_UPCALLS);                                                                \
		return TC_ACT_SHOT;                                                                \
	discard_##room:                                                                            \
		bpf_ringbuf_discard(u, 0);                                                         \
		return drop(DROP_MALFORMED);                                                       \
	} while (0)

SEPARATE int upcall(struct __sk_buff *skb, struct packet *p, __u32 reason, __u32 cookie)
{
	__u32 zero = 0, number, full = skb->len + (skb->vlan_present ? 4 : 0);
	struct config *cfg = bpf_map_lookup_elem(&config, &zero);
	struct port *port;
	__u64 now = bpf_ktime_get_ns();

	if (!p)
		return TC_ACT_SHOT;
	number = p->key.w[0];
	port = bpf_map_lookup_elem(&ports, &number);
	if (!cfg || !port)
		return drop(DROP_UNKNOWN_PORT);
	if (!upcall_allowed(port, cfg, now))
		return drop(DROP_UPCALL_RATE_LIMITED);
	if (full <= 192)
		CAPTURE(192);
	else if (full <= 2048)
		CAPTURE(2048);
	else if (full <= 16384)
		CAPTURE(16384);
	else if (full <= 65568)
		CAPTURE(65568);
	else
		CAPTURE(200704); /* BIG TCP */
}
