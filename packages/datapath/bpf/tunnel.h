/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * VXLAN (RFC 7348). IP packets are encapsulated here: room in front of the network header, then
 * redirect_neigh, which finds the underlay's next hop. That spares the second pass through the
 * stack that the kernel's vxlan device costs. Other packets (ARP, tagged frames) take the device,
 * as the room helper only takes IP.
 *
 *   | outer Ethernet | IPv4 20 | UDP 8 | VXLAN 8 | inner Ethernet 14 | inner IP ...
 *                    '---------------- 50 bytes of room ------------'
 */
#pragma once
#include "underlay.h"

#ifndef BPF_F_ADJ_ROOM_DECAP_L3_IPV4
#define BPF_F_ADJ_ROOM_DECAP_L3_IPV4 (1ULL << 7)
#define BPF_F_ADJ_ROOM_DECAP_L3_IPV6 (1ULL << 8)
#endif

struct vxlan {
	__be32 flags; /* I bit: the VNI is valid */
	__be32 vni;   /* in the upper 24 bits */
} __attribute__((packed));
#define VXLAN_I 0x08000000
/*
 * A connection of a class begins with this packet. RFC 7348 has 4 of its flags and 24 + 8 further bits
 * reserved; receivers that are not ours ignore them. Class and the source port before translation:
 *
 *   |R R R R I R R O| class (16)      | port, high 8 |
 *   | VNI (24)                        | port, low 8  |
 */
#define VXLAN_OPENS 0x01000000

struct outer4 {
	struct iphdr ip;
	struct udphdr udp;
	struct vxlan vxlan;
	struct ethhdr inner;
} __attribute__((packed));

struct outer6 {
	struct ipv6hdr ip;
	struct udphdr udp;
	struct vxlan vxlan;
	struct ethhdr inner;
} __attribute__((packed));

/*
 * The L2 length says where the inner Ethernet header starts, counted back from the inner IP header,
 * so the VXLAN header is not part of it: segmentation reads the inner EtherType from there, and drops
 * the packet when it finds another.
 */
#define ROOM_FLAGS                                                                                 \
	(BPF_F_ADJ_ROOM_FIXED_GSO | BPF_F_ADJ_ROOM_ENCAP_L4_UDP |                                  \
	 BPF_F_ADJ_ROOM_ENCAP_L2(ETH_HLEN) | BPF_F_ADJ_ROOM_ENCAP_L2_ETH)
#define OUTER_TTL 64

/* Outer source port from the inner flow's hash, so that underlay paths spread (RFC 7348 section 5). */
static __always_inline __be16 source_port(struct __sk_buff *skb)
{
	return bpf_htons(0xc000 | (bpf_get_hash_recalc(skb) & 0x3fff));
}

/*
 * redirect_neigh refuses frames to a group address, and looks at the header that is now the outer
 * one; it writes the right addresses itself.
 */
static __always_inline void clear_group_address(struct __sk_buff *skb, const struct ethhdr *inner)
{
	static const __u8 none[ETH_ALEN];

	if (inner->h_dest[0] & 1)
		bpf_skb_store_bytes(skb, 0, none, ETH_ALEN, 0);
}

static __always_inline struct vxlan vxlan_header(const struct packet *p, const struct step *s)
{
	struct vxlan v = { .flags = bpf_htonl(VXLAN_I), .vni = bpf_htonl(s->tunnel_key << 8) };

	if (p->tell) {
		v.flags |= bpf_htonl(VXLAN_OPENS | p->tell_class << 8 | p->tell_port >> 8);
		v.vni |= bpf_htonl(p->tell_port & 0xff);
	}
	return v;
}

static __always_inline int wrap4(struct __sk_buff *skb, const struct packet *p, const struct port *port,
				 const struct step *s)
{
	struct outer4 o = {};
	__u32 length = skb->len - ETH_HLEN + sizeof(o), sum = 0;
	const __u16 *words = (const void *)&o;
	int i;

	if (bpf_skb_load_bytes(skb, 0, &o.inner, ETH_HLEN) < 0)
		return -1;
	o.udp.source = source_port(skb);
	if (bpf_skb_adjust_room(skb, sizeof(o), BPF_ADJ_ROOM_MAC, ROOM_FLAGS | BPF_F_ADJ_ROOM_ENCAP_L3_IPV4) < 0)
		return -1;
	/*
	 * Only GSO packets reach 64 KiB, and segmentation writes the lengths anew. Until then 0 stands for
	 * "as long as the packet", as the kernel itself has it (BIG TCP).
	 */
	if (length > 0xffff)
		length = 0;
	o.ip.version = 4;
	o.ip.ihl = 5;
	o.ip.tot_len = bpf_htons(length);
	o.ip.frag_off = bpf_htons(0x4000);
	o.ip.ttl = OUTER_TTL;
	o.ip.protocol = IPPROTO_UDP;
	__builtin_memcpy(&o.ip.saddr, port->local, 4);
	__builtin_memcpy(&o.ip.daddr, s->peer, 4);
#pragma unroll
	for (i = 0; i < 10; i++)
		sum += words[i];
	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	o.ip.check = ~sum;
	o.udp.dest = bpf_htons(port->udp_port);
	o.udp.len = length ? bpf_htons(length - sizeof(o.ip)) : 0;
	o.vxlan = vxlan_header(p, s);
	if (bpf_skb_store_bytes(skb, ETH_HLEN, &o, sizeof(o), 0) < 0)
		return -1;
	clear_group_address(skb, &o.inner);
	return 0;
}

static __always_inline int encapsulate4(struct __sk_buff *skb, const struct packet *p, const struct port *port,
					const struct step *s)
{
	if (wrap4(skb, p, port, s) < 0)
		return drop(DROP_ENCAP_FAILED);
	return to_peer4(skb, port, *(const __u32 *)s->peer);
}

/*
 * Over IPv6 the UDP checksum is zero, as RFC 6935 allows for tunnels; the peer's vxlan device is made
 * to accept it.
 */
static __always_inline int encapsulate6(struct __sk_buff *skb, const struct packet *p, const struct port *port,
					const struct step *s)
{
	struct outer6 o = {};
	__u32 length = skb->len - ETH_HLEN + sizeof(o) - sizeof(o.ip);

	if (bpf_skb_load_bytes(skb, 0, &o.inner, ETH_HLEN) < 0)
		return drop(DROP_ENCAP_FAILED);
	o.udp.source = source_port(skb);
	if (bpf_skb_adjust_room(skb, sizeof(o), BPF_ADJ_ROOM_MAC, ROOM_FLAGS | BPF_F_ADJ_ROOM_ENCAP_L3_IPV6) < 0)
		return drop(DROP_ENCAP_FAILED);
	if (length > 0xffff)
		length = 0;
	o.ip.version = 6;
	o.ip.payload_len = bpf_htons(length);
	o.ip.nexthdr = IPPROTO_UDP;
	o.ip.hop_limit = OUTER_TTL;
	__builtin_memcpy(&o.ip.saddr, port->local, 16);
	__builtin_memcpy(&o.ip.daddr, s->peer, 16);
	o.udp.dest = bpf_htons(port->udp_port);
	o.udp.len = bpf_htons(length);
	o.vxlan = vxlan_header(p, s);
	if (bpf_skb_store_bytes(skb, ETH_HLEN, &o, sizeof(o), 0) < 0)
		return drop(DROP_ENCAP_FAILED);
	clear_group_address(skb, &o.inner);
	return bpf_redirect_neigh(port->ifindex, 0, 0, 0);
}

/* Names peer and key to the vxlan device. */
static __always_inline int set_tunnel(struct __sk_buff *skb, const struct step *s)
{
	struct bpf_tunnel_key key = {};
	__u64 flags = BPF_F_ZERO_CSUM_TX | BPF_F_DONT_FRAGMENT;

	key.tunnel_id = s->tunnel_key;
	key.tunnel_ttl = OUTER_TTL;
	if (s->peer_is6) {
		__builtin_memcpy(key.remote_ipv6, s->peer, 16);
		flags |= BPF_F_TUNINFO_IPV6;
	} else {
		key.remote_ipv4 = bpf_ntohl(*(const __u32 *)s->peer);
	}
	return bpf_skb_set_tunnel_key(skb, &key, sizeof(key), flags);
}

/* What the outer headers say. */
struct outer {
	__u32 vni;
	struct address from;
	__u32 opens;
	__u32 class;
	__u32 port;
};

static __always_inline int is_vxlan(const struct vxlan *v)
{
	return v->flags == bpf_htonl(VXLAN_I) ||
	       (v->flags & bpf_htonl(0xff000000)) == bpf_htonl(VXLAN_I | VXLAN_OPENS);
}

static __always_inline void read_vxlan(const struct vxlan *v, struct outer *to)
{
	__u32 flags = bpf_ntohl(v->flags), vni = bpf_ntohl(v->vni);

	to->vni = vni >> 8;
	to->opens = flags & VXLAN_OPENS;
	to->class = flags >> 8 & 0xffff;
	to->port = (flags & 0xff) << 8 | (vni & 0xff);
}

static __always_inline int is_peer(const struct config *cfg, const struct address *from)
{
	return !cfg->check_peers || bpf_map_lookup_elem(&peers, from);
}

/*
 * Takes the outer headers off. 0: done, `vni` is set. Negative: not ours, or for the vxlan device
 * (inner packets that are not IP; the other IP version before 6.3; those of strangers, whom
 * vxlan_ingress drops and counts).
 */
static __always_inline int decapsulate4(struct __sk_buff *skb, const struct port *port, const struct config *cfg,
					struct outer *to)
{
	struct outer4 o;
	__u64 flags = BPF_F_ADJ_ROOM_FIXED_GSO;

	if (bpf_skb_load_bytes(skb, ETH_HLEN, &o, sizeof(o)) < 0)
		return -1;
	if (o.ip.ihl != 5 || o.ip.protocol != IPPROTO_UDP || o.udp.dest != bpf_htons(port->udp_port) ||
	    (o.ip.frag_off & bpf_htons(0x3fff)) || o.ip.daddr != *(const __u32 *)port->local ||
	    !is_vxlan(&o.vxlan))
		return -1;
	to->from.w[0] = o.ip.saddr;
	if (!is_peer(cfg, &to->from))
		return -1;
	if (o.inner.h_proto == bpf_htons(ETH_P_IPV6)) {
		if (!cfg->decap_cross)
			return -1;
		flags |= BPF_F_ADJ_ROOM_DECAP_L3_IPV6;
	} else if (o.inner.h_proto != bpf_htons(ETH_P_IP)) {
		return -1;
	}
	if (bpf_skb_adjust_room(skb, -(int)sizeof(o), BPF_ADJ_ROOM_MAC, flags) < 0)
		return -1;
	bpf_skb_store_bytes(skb, 0, &o.inner, ETH_HLEN, 0);
	read_vxlan(&o.vxlan, to);
	return 0;
}

static __always_inline int same_address(const __u32 *a, const __u32 *b)
{
	return a[0] == b[0] && a[1] == b[1] && a[2] == b[2] && a[3] == b[3];
}

static __always_inline int decapsulate6(struct __sk_buff *skb, const struct port *port, const struct config *cfg,
					struct outer *to)
{
	struct outer6 o;
	__u64 flags = BPF_F_ADJ_ROOM_FIXED_GSO;

	if (bpf_skb_load_bytes(skb, ETH_HLEN, &o, sizeof(o)) < 0)
		return -1;
	if (o.ip.nexthdr != IPPROTO_UDP || o.udp.dest != bpf_htons(port->udp_port) ||
	    !same_address((const void *)&o.ip.daddr, (const void *)port->local) || !is_vxlan(&o.vxlan))
		return -1;
	__builtin_memcpy(&to->from, &o.ip.saddr, sizeof(to->from));
	if (!is_peer(cfg, &to->from))
		return -1;
	if (o.inner.h_proto == bpf_htons(ETH_P_IP)) {
		if (!cfg->decap_cross)
			return -1;
		flags |= BPF_F_ADJ_ROOM_DECAP_L3_IPV4;
	} else if (o.inner.h_proto != bpf_htons(ETH_P_IPV6)) {
		return -1;
	}
	if (bpf_skb_adjust_room(skb, -(int)sizeof(o), BPF_ADJ_ROOM_MAC, flags) < 0)
		return -1;
	bpf_skb_store_bytes(skb, 0, &o.inner, ETH_HLEN, 0);
	read_vxlan(&o.vxlan, to);
	return 0;
}
