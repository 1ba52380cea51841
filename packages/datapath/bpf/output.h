/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Where a packet leaves: a step's output, as the packet's last one or on a copy of it. */
#pragma once
#include "limit.h"
#include "rewrite.h"
#include "tunnel.h"
#include "upcall.h"

static __always_inline void count_tx(struct __sk_buff *skb, __u32 number)
{
	struct port_counters *c = bpf_map_lookup_elem(&port_stats, &number);

	if (c) {
		c->tx_packets += 1;
		c->tx_bytes += skb->len;
	}
}

/*
 * Straight into the other namespace's veth end, past this end's queue. The helper leaves the packet
 * type as this host's device saw it ("for another host"), so it must be set; that is only right for
 * frames to the MAC that the far end itself uses, which it shows by sending. Others take the normal
 * way, where the far end judges.
 */
static __always_inline int redirect_local(struct __sk_buff *skb, struct packet *p, const struct step *s,
					  const struct port *port)
{
	__u32 high, low;

	if (!(port->flags & PORT_PEER) || p->egress)
		return bpf_redirect(port->ifindex, 0);
	if (s->set & SET_ETH_DST) {
		high = (__u32)s->eth_dst[0] << 8 | s->eth_dst[1];
		low = (__u32)s->eth_dst[2] << 24 | (__u32)s->eth_dst[3] << 16 | (__u32)s->eth_dst[4] << 8 |
		      s->eth_dst[5];
	} else {
		high = KEY_GET(&p->key, ETH_DST_HIGH);
		low = p->key.w[KEY_ETH_DST_LOW_WORD];
	}
	if (high != port->seen_mac_high || low != port->seen_mac_low)
		return bpf_redirect(port->ifindex, 0);
	/* 0 is PACKET_HOST. */
	if (skb->pkt_type != 0)
		bpf_skb_change_type(skb, 0);
	return bpf_redirect_peer(port->ifindex, 0);
}

static __always_inline int output_last(struct __sk_buff *skb, struct packet *p, const struct step *s)
{
	__u32 number = s->port;
	struct port *port;

	if (s->out == OUT_USER)
		return upcall(skb, p, REASON_ACTION, number);
	if (s->out == OUT_NONE)
		return drop(DROP_FLOW_DROP);
	port = bpf_map_lookup_elem(&ports, &number);
	if (!port || port->kind == PORT_FREE || !(port->flags & PORT_UP))
		return drop(s->out == OUT_TUNNEL ? DROP_ENCAP_FAILED : DROP_OUTPUT_GONE);
	if (port->tx.byte_time && over_limit(skb, p, &port->tx))
		return drop(DROP_METER);
	count_tx(skb, number);
	if (s->out == OUT_PORT)
		return redirect_local(skb, p, s, port);
	if (!skb->vlan_present &&
	    (skb->protocol == bpf_htons(ETH_P_IP) || skb->protocol == bpf_htons(ETH_P_IPV6))) {
		if (s->peer_is6)
			return encapsulate6(skb, p, port, s);
		return encapsulate4(skb, p, port, s);
	}
	if (set_tunnel(skb, s) < 0)
		return drop(DROP_ENCAP_FAILED);
	return bpf_redirect(port->vxlan_ifindex, 0);
}

/* Sends a copy; the packet stays for the next step. */
static __always_inline void output_copy(struct __sk_buff *skb, struct packet *p, const struct step *s)
{
	__u32 number = s->port;
	struct port *port;

	if (s->out == OUT_USER) {
		upcall(skb, p, REASON_ACTION, number);
		return;
	}
	port = bpf_map_lookup_elem(&ports, &number);
	if (!port || port->kind == PORT_FREE || !(port->flags & PORT_UP)) {
		count(s->out == OUT_TUNNEL ? DROP_ENCAP_FAILED : DROP_OUTPUT_GONE);
		return;
	}
	if (port->tx.byte_time && over_limit(skb, p, &port->tx)) {
		count(DROP_METER);
		return;
	}
	if (s->out == OUT_TUNNEL && set_tunnel(skb, s) < 0) {
		count(DROP_ENCAP_FAILED);
		return;
	}
	count_tx(skb, number);
	if (bpf_clone_redirect(skb, s->out == OUT_TUNNEL ? port->vxlan_ifindex : port->ifindex, 0) < 0)
		count(DROP_OUTPUT_GONE);
}

struct flood {
	struct __sk_buff *skb;
	struct packet *p;
	__u32 group;
	__u32 steps;
};

static long flood_step(__u32 index, struct flood *f)
{
	struct group *g = bpf_map_lookup_elem(&groups, &f->group);

	if (!g || index >= MAX_STEPS)
		return 1;
	rewrite(f->skb, f->p, &g->step[index]);
	output_copy(f->skb, f->p, &g->step[index]);
	return 0;
}

/* More than one output. */
SEPARATE int flood(struct __sk_buff *skb, struct packet *p, __u32 group, __u32 steps)
{
	struct flood f = { .skb = skb, .p = p, .group = group, .steps = steps };

	if (!p)
		return TC_ACT_SHOT;

	bpf_loop(steps, flood_step, &f, 0);
	/* All outputs took copies. */
	return TC_ACT_SHOT;
}
