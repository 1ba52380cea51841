// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The programs: one for each place where packets come in. */
#include "lookup.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

/* Not ours: on to the next program and the stack. */
#define PASS (-1)

static __always_inline void count_rx(struct __sk_buff *skb, __u32 number)
{
	struct port_counters *c = bpf_map_lookup_elem(&port_stats, &number);

	if (c) {
		c->rx_packets += 1;
		c->rx_bytes += skb->len;
	}
}

/* Ingress of a bound interface: everything that the VM or container sends. */
SEC("tc")
int port_ingress(struct __sk_buff *skb)
{
	struct packet p = {};
	__u32 ifindex = skb->ifindex, high, low;
	__u32 *number = bpf_map_lookup_elem(&ifindexes, &ifindex);
	struct port *port;

	if (!number)
		return drop(DROP_UNKNOWN_PORT);
	p.key.w[0] = *number;
	count_rx(skb, *number);
	if (parse(skb, &p) < 0)
		return drop(DROP_MALFORMED);
	port = bpf_map_lookup_elem(&ports, number);
	high = KEY_GET(&p.key, ETH_SRC_HIGH);
	low = p.key.w[KEY_ETH_SRC_LOW_WORD];
	if (port && (port->seen_mac_low != low || port->seen_mac_high != high)) {
		port->seen_mac_low = low;
		port->seen_mac_high = high;
	}
	if (port && port->rx.byte_time && over_limit(skb, &p, &port->rx))
		return drop(DROP_METER);
	return forward(skb, &p);
}

static __always_inline int from_tunnel(struct __sk_buff *skb, __u32 number, const struct outer *outer)
{
	struct packet p = {};

	p.key.w[0] = number;
	p.key.w[KEY_TUNNEL_KEY_WORD] = outer->vni;
	count_rx(skb, number);
	if (parse(skb, &p) < 0)
		return drop(DROP_MALFORMED);
	if (outer->opens)
		hear(&outer->from, outer->class, outer->port, KEY_GET(&p.key, L4_SRC), p.tcp_flags);
	return forward(skb, &p);
}

/* Ingress of the underlay's interface: VXLAN of ours, everything else passes. */
SEC("tc")
int underlay_ingress(struct __sk_buff *skb)
{
	__u32 zero = 0, number;
	struct config *cfg = bpf_map_lookup_elem(&config, &zero);
	struct outer outer = {};
	struct port *port;

	if (!cfg)
		return PASS;
	if (skb->protocol == bpf_htons(ETH_P_IP)) {
		number = cfg->tunnel4;
		port = bpf_map_lookup_elem(&ports, &number);
		if (!number || !port || decapsulate4(skb, port, cfg, &outer) < 0)
			return PASS;
	} else if (skb->protocol == bpf_htons(ETH_P_IPV6)) {
		number = cfg->tunnel6;
		port = bpf_map_lookup_elem(&ports, &number);
		if (!number || !port || decapsulate6(skb, port, cfg, &outer) < 0)
			return PASS;
	} else {
		return PASS;
	}
	return from_tunnel(skb, number, &outer);
}

/* Fails for who is no peer. A function of its own for the sake of the stack. */
static __noinline int tunnel_key_of(struct __sk_buff *skb, __u32 flags, __u32 *vni)
{
	struct bpf_tunnel_key key = {};
	struct address from = {};
	__u32 zero = 0;
	struct config *cfg = bpf_map_lookup_elem(&config, &zero);

	if (!cfg || bpf_skb_get_tunnel_key(skb, &key, sizeof(key), flags) < 0)
		return -1;
	if (flags & BPF_F_TUNINFO_IPV6)
		__builtin_memcpy(&from, key.remote_ipv6, sizeof(from));
	else
		from.w[0] = bpf_htonl(key.remote_ipv4);
	if (!is_peer(cfg, &from))
		return -1;
	*vni = key.tunnel_id;
	return 0;
}

/* Ingress of the vxlan device: what underlay_ingress left to it. */
SEC("tc")
int vxlan_ingress(struct __sk_buff *skb)
{
	__u32 ifindex = skb->ifindex;
	__u32 *number = bpf_map_lookup_elem(&ifindexes, &ifindex);
	struct outer outer = {};
	struct port *port;

	if (!number)
		return drop(DROP_UNKNOWN_TUNNEL);
	port = bpf_map_lookup_elem(&ports, number);
	if (!port || tunnel_key_of(skb, port->flags & PORT_UNDERLAY6 ? BPF_F_TUNINFO_IPV6 : 0, &outer.vni) < 0)
		return drop(DROP_UNKNOWN_TUNNEL);
	return from_tunnel(skb, *number, &outer);
}

/* Egress of the private veth: packets from user space. skb->mark names the slot that says what to do. */
SEC("tc")
int inject_egress(struct __sk_buff *skb)
{
	struct packet p = {};
	__u32 index = skb->mark & ~SLOT_MARK;
	struct slot *slot = bpf_map_lookup_elem(&slots, &index);
	struct group *group;

	/* The host's own chatter on the device (it has no business there). */
	if (!(skb->mark & SLOT_MARK) || !slot)
		return TC_ACT_SHOT;
	skb->mark = 0;
	p.egress = 1;
	p.key.w[0] = slot->in_port;
	p.key.w[KEY_TUNNEL_KEY_WORD] = slot->tunnel_key;
	if (parse(skb, &p) < 0)
		return drop(DROP_MALFORMED);
	if (slot->lookup)
		return forward(skb, &p);
	if (slot->steps != 1)
		return flood(skb, &p, index, slot->steps);
	group = bpf_map_lookup_elem(&groups, &index);
	if (!group)
		return drop(DROP_FLOW_DROP);
	rewrite(skb, &p, &group->step[0]);
	return output_last(skb, &p, &group->step[0]);
}

/*
 * Ingress of the private veth. Nothing has business there, and the device forwards (see underlay.h): so
 * nothing gets as far as the host's routing.
 */
SEC("tc")
int inject_ingress(struct __sk_buff *skb)
{
	return TC_ACT_SHOT;
}

/* Only the parser, for the test that holds it to extractKey(); the key goes up as a miss of port 0. */
SEC("tc")
int parse_only(struct __sk_buff *skb)
{
	struct packet p = {};

	if (parse(skb, &p) < 0)
		return drop(DROP_MALFORMED);
	return upcall(skb, &p, REASON_MISS, 0);
}
