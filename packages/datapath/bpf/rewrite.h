/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Brings a packet from its present state to a step's. Checksums are changed by difference, which
 * holds for full checksums and for CHECKSUM_PARTIAL's pseudo-header sums alike (the helpers know).
 */
#pragma once
#include "parse.h"

#define IP4_CHECKSUM 10
#define L3_FLAGS 0

struct l4_checksum {
	__u32 at; /* offset in the frame; 0: none */
	__u64 flags;
	__u8 pseudo; /* covers the addresses */
};

static __always_inline struct l4_checksum l4_checksum(const struct packet *p)
{
	struct l4_checksum c = {};
	__u32 at = p->l3 + p->l4;

	if (!p->l4)
		return c;
	switch (KEY_GET(&p->key, IP_PROTO)) {
	case IPPROTO_TCP:
		c.at = at + 16;
		c.pseudo = 1;
		break;
	case IPPROTO_UDP:
		c.at = at + 6;
		c.flags = BPF_F_MARK_MANGLED_0;
		c.pseudo = 1;
		break;
	case IPPROTO_ICMPV6:
		c.at = at + 2;
		c.pseudo = 1;
		break;
	case IPPROTO_ICMP:
		c.at = at + 2;
		break;
	}
	return c;
}

static __always_inline void set_ip4(struct __sk_buff *skb, struct packet *p, __u32 offset, __be32 value)
{
	struct l4_checksum c = l4_checksum(p);
	__be32 old;

	if (bpf_skb_load_bytes(skb, p->l3 + offset, &old, 4) < 0 || old == value)
		return;
	if (c.at && c.pseudo)
		bpf_l4_csum_replace(skb, c.at, old, value, BPF_F_PSEUDO_HDR | c.flags | 4);
	bpf_l3_csum_replace(skb, p->l3 + IP4_CHECKSUM, old, value, 4);
	bpf_skb_store_bytes(skb, p->l3 + offset, &value, 4, 0);
}

static __always_inline void set_ip6(struct __sk_buff *skb, struct packet *p, __u32 offset, __be32 *value)
{
	struct l4_checksum c = l4_checksum(p);
	__be32 old[4];

	if (bpf_skb_load_bytes(skb, p->l3 + offset, old, 16) < 0)
		return;
	if (c.at && c.pseudo) {
		__s64 diff = bpf_csum_diff(old, 16, value, 16, 0);

		bpf_l4_csum_replace(skb, c.at, 0, diff, BPF_F_PSEUDO_HDR | c.flags);
	}
	bpf_skb_store_bytes(skb, p->l3 + offset, value, 16, 0);
}

/* `side` 0 source, 1 destination; the address of a step, or of the key to set it back. */
static __always_inline void set_address(struct __sk_buff *skb, struct packet *p, const __u8 *address, __u32 word,
					__u32 side)
{
	__u32 type = KEY_GET(&p->key, ETH_TYPE);
	__be32 value[4];

	if (address) {
		__builtin_memcpy(value, address, 16);
	} else {
		value[0] = bpf_htonl(p->key.w[word]);
		value[1] = bpf_htonl(p->key.w[word + 1]);
		value[2] = bpf_htonl(p->key.w[word + 2]);
		value[3] = bpf_htonl(p->key.w[word + 3]);
	}
	if (type == ETH_P_IP)
		set_ip4(skb, p, side ? 16 : 12, value[0]);
	else if (type == ETH_P_IPV6)
		set_ip6(skb, p, side ? 24 : 8, value);
}

/* A 16-bit word of the L4 header. TCP, UDP: ports; ICMP, ICMPv6: the identifier. */
static __always_inline void set_l4(struct __sk_buff *skb, struct packet *p, __u32 offset, __u16 value)
{
	struct l4_checksum c = l4_checksum(p);
	__be16 old, new = bpf_htons(value);

	if (!c.at || bpf_skb_load_bytes(skb, p->l3 + p->l4 + offset, &old, 2) < 0 || old == new)
		return;
	bpf_l4_csum_replace(skb, c.at, old, new, c.flags | 2);
	bpf_skb_store_bytes(skb, p->l3 + p->l4 + offset, &new, 2, 0);
}

static __always_inline void set_tos(struct __sk_buff *skb, struct packet *p, __u8 tos)
{
	__u32 type = KEY_GET(&p->key, ETH_TYPE);
	__be16 old, new;

	if ((type != ETH_P_IP && type != ETH_P_IPV6) || bpf_skb_load_bytes(skb, p->l3, &old, 2) < 0)
		return;
	if (type == ETH_P_IP) {
		new = bpf_htons((bpf_ntohs(old) & 0xff00) | tos);
		bpf_l3_csum_replace(skb, p->l3 + IP4_CHECKSUM, old, new, 2);
		bpf_skb_store_bytes(skb, p->l3, &new, 2, 0);
	} else {
		new = bpf_htons((bpf_ntohs(old) & 0xf00f) | (__u16)tos << 4);
		bpf_skb_store_bytes(skb, p->l3, &new, 2, BPF_F_RECOMPUTE_CSUM);
	}
}

/* TTL `by` below the key's; the flow's guard made sure that it stays above zero. */
static __always_inline void set_ttl(struct __sk_buff *skb, struct packet *p, __u32 by)
{
	__u32 type = KEY_GET(&p->key, ETH_TYPE);
	__u8 ttl = KEY_GET(&p->key, IP_TTL) - by;
	__be16 old, new;

	if (type == ETH_P_IP) {
		if (bpf_skb_load_bytes(skb, p->l3 + 8, &old, 2) < 0)
			return;
		new = bpf_htons((__u16)ttl << 8 | (bpf_ntohs(old) & 0xff));
		bpf_l3_csum_replace(skb, p->l3 + IP4_CHECKSUM, old, new, 2);
		bpf_skb_store_bytes(skb, p->l3 + 8, &new, 2, 0);
	} else if (type == ETH_P_IPV6) {
		bpf_skb_store_bytes(skb, p->l3 + 7, &ttl, 1, BPF_F_RECOMPUTE_CSUM);
	}
	p->ttl_by = by;
}

static __always_inline void put_mac(__u8 *to, __u32 high, __u32 low)
{
	to[0] = high >> 8;
	to[1] = high;
	to[2] = low >> 24;
	to[3] = low >> 16;
	to[4] = low >> 8;
	to[5] = low;
}

/* Both MACs at once: one store costs as much as one address. */
static __always_inline void set_macs(struct __sk_buff *skb, struct packet *p, const struct step *s)
{
	__u8 macs[12];

	if (s->set & SET_ETH_DST)
		__builtin_memcpy(macs, s->eth_dst, 6);
	else
		put_mac(macs, KEY_GET(&p->key, ETH_DST_HIGH), p->key.w[KEY_ETH_DST_LOW_WORD]);
	if (s->set & SET_ETH_SRC)
		__builtin_memcpy(macs + 6, s->eth_src, 6);
	else
		put_mac(macs + 6, KEY_GET(&p->key, ETH_SRC_HIGH), p->key.w[KEY_ETH_SRC_LOW_WORD]);
	bpf_skb_store_bytes(skb, 0, macs, 12, 0);
}

/* Tags: off with all that we pushed, back with what we popped, then the step's pops and pushes. */
static __always_inline void set_vlan(struct __sk_buff *skb, struct packet *p, const struct step *s)
{
	__u32 i;

	for (i = 0; i < MAX_PUSHES; i++)
		if (i < p->vlan_depth)
			bpf_skb_vlan_pop(skb);
	/* Only the outermost original tag is in the key; user space never asks to bring back more. */
	if (p->popped == 1 && s->vlan_pops == 0)
		bpf_skb_vlan_push(skb, bpf_htons(ETH_P_8021Q), KEY_GET(&p->key, VLAN_TCI) & ~VLAN_PRESENT);
	for (i = 0; i < MAX_PUSHES; i++)
		if (i + p->popped < s->vlan_pops)
			bpf_skb_vlan_pop(skb);
	for (i = 0; i < MAX_PUSHES; i++)
		if (i < s->vlan_pushes)
			bpf_skb_vlan_push(skb, bpf_htons(ETH_P_8021Q), s->tci[i]);
	p->popped = s->vlan_pops;
	p->vlan_depth = s->vlan_pushes;
	p->l3 = network_offset(skb);
}

SEPARATE int rewrite_fields(struct __sk_buff *skb, struct packet *p, const struct step *s)
{
	__u32 todo;

	if (!p || !s)
		return -1;
	todo = s->set | p->dirty;
	if (todo & (SET_ETH_SRC | SET_ETH_DST))
		set_macs(skb, p, s);
	if (todo & (SET_IP_SRC | SET_IP_DST)) {
		if (todo & SET_IP_SRC)
			set_address(skb, p, s->set & SET_IP_SRC ? s->ip_src : 0, KEY_IP_SRC_WORD, 0);
		if (todo & SET_IP_DST)
			set_address(skb, p, s->set & SET_IP_DST ? s->ip_dst : 0, KEY_IP_DST_WORD, 1);
	}
	if (todo & SET_TOS)
		set_tos(skb, p, s->set & SET_TOS ? s->tos : KEY_GET(&p->key, IP_TOS));
	if (todo & (SET_L4_SRC | SET_L4_DST | SET_ICMP_ID)) {
		__u32 proto = KEY_GET(&p->key, IP_PROTO);
		int icmp = proto == IPPROTO_ICMP || proto == IPPROTO_ICMPV6;

		if (!icmp && todo & SET_L4_SRC)
			set_l4(skb, p, 0, s->set & SET_L4_SRC ? s->l4_src : KEY_GET(&p->key, L4_SRC));
		if (!icmp && todo & SET_L4_DST)
			set_l4(skb, p, 2, s->set & SET_L4_DST ? s->l4_dst : KEY_GET(&p->key, L4_DST));
		if (icmp && todo & SET_ICMP_ID)
			set_l4(skb, p, 4, s->set & SET_ICMP_ID ? s->icmp_id : KEY_GET(&p->key, ICMP_ID));
	}
	if (todo & SET_TTL)
		set_ttl(skb, p, s->set & SET_TTL ? s->ttl_by : 0);
	if (todo & SET_VLAN)
		set_vlan(skb, p, s);
	p->dirty = s->set;
	return 0;
}

static __always_inline void rewrite(struct __sk_buff *skb, struct packet *p, const struct step *s)
{
	if (s->set | p->dirty)
		rewrite_fields(skb, p, s);
}
