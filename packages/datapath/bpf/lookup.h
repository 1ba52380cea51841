/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The flow table: one hash for all mask shapes, the shape's number in the last word of the key. */
#pragma once
#include "mss.h"
#include "template.h"

/*
 * Tries the shapes that flows of this in-port have, in the port's own order (most used first).
 * So a tunnel, whose flows match port and key only, costs one look-up whatever the others need.
 * A flow that opens connections is for packets that have no other.
 */
static __always_inline struct flow *lookup(const struct packet *p, const struct port *port)
{
	struct flow *opens = 0;
	struct flow_key masked;
	__u32 i;

	for (i = 0; i < MAX_MASKS; i++) {
		__u32 id, w;
		struct mask *mask;
		struct flow *flow;

		if (i >= port->masks)
			break;
		id = port->mask[i];
		mask = bpf_map_lookup_elem(&masks, &id);
		if (!mask)
			break;
#pragma unroll
		for (w = 0; w < KEY_WORDS / 2; w++)
			((__u64 *)masked.w)[w] = ((const __u64 *)p->key.w)[w] & ((const __u64 *)mask->w)[w];
		masked.w[KEY_WORDS - 1] = id;
		flow = bpf_map_lookup_elem(&flows, &masked);
		if (flow && !flow->opens)
			return flow;
		if (flow)
			opens = flow;
	}
	return opens;
}

/* Bytes of the IP part; of one segment when the packet will be cut. */
static __always_inline __u32 network_length(struct __sk_buff *skb, const struct packet *p)
{
	__u32 length = skb->len - p->l3, header = 8;
	__be16 said = 0;
	__u8 offset;

	if (skb->gso_size == 0)
		return length;
	/* The hop-by-hop header that tells a long IPv6 packet's length does not go with its segments. */
	if (KEY_GET(&p->key, ETH_TYPE) == ETH_P_IPV6 && p->l4 > sizeof(struct ipv6hdr) &&
	    bpf_skb_load_bytes(skb, p->l3 + 4, &said, 2) == 0 && said == 0)
		header -= 8;
	if (KEY_GET(&p->key, IP_PROTO) == IPPROTO_TCP) {
		if (bpf_skb_load_bytes(skb, p->l3 + p->l4 + 12, &offset, 1) < 0)
			return length;
		header += (offset >> 4 << 2) - 8;
	}
	return p->l4 + header + skb->gso_size;
}

static __always_inline int is_ip(const struct packet *p)
{
	__u32 type = KEY_GET(&p->key, ETH_TYPE);

	return type == ETH_P_IP || type == ETH_P_IPV6;
}

static __always_inline int forward(struct __sk_buff *skb, struct packet *p)
{
	__u32 number = p->key.w[0];
	struct port *port = bpf_map_lookup_elem(&ports, &number);
	struct flow *flow;
	__u32 length = skb->len;

	if (!port)
		return drop(DROP_UNKNOWN_PORT);
	flow = lookup(p, port);
	if (!flow) {
		count(CTR_MISSES);
		return upcall(skb, p, REASON_MISS, 0);
	}
	if (flow->ttl_above && is_ip(p) && KEY_GET(&p->key, IP_TTL) <= flow->ttl_above)
		return upcall(skb, p, REASON_TTL, 0);
	if (flow->mtu && is_ip(p) && length - p->l3 > flow->mtu && network_length(skb, p) > flow->mtu)
		return upcall(skb, p, REASON_MTU, 0);
	if (flow->mtu && p->tcp_flags & TCP_SYN)
		clamp_mss(skb, p->l3 + p->l4, longest_segment(p, flow->mtu));
	if (flow->opens)
		return open_connection(skb, p, flow);
	count(CTR_HITS);
	account(flow->slot, length, p->tcp_flags);
	if (flow->steps > 1)
		return flood(skb, p, flow->group, flow->steps);
	rewrite(skb, p, &flow->first);
	return output_last(skb, p, &flow->first);
}
