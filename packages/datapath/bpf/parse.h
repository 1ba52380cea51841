/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Frame to flow key: the same function as extractKey() of the flow package, held together by a test. */
#pragma once
#include "flow.h"

#define ETH_HEADER 14
#define VLAN_HEADER 4
#define IS_VLAN(proto) ((proto) == ETH_P_8021Q || (proto) == ETH_P_8021AD)

static __always_inline void key_words(struct flow_key *key, __u32 word, const __u8 *address)
{
	const __u32 *a = (const __u32 *)address;

	key->w[word] = bpf_ntohl(a[0]);
	key->w[word + 1] = bpf_ntohl(a[1]);
	key->w[word + 2] = bpf_ntohl(a[2]);
	key->w[word + 3] = bpf_ntohl(a[3]);
}

/* L4 part of the key, of `left` bytes. Negative: cut. */
static __always_inline int parse_l4(struct __sk_buff *skb, struct packet *p, __u32 proto, int icmp, __u32 left)
{
	__u32 at = p->l3 + p->l4;
	__u8 h[8];

	if (!icmp && proto != IPPROTO_TCP && proto != IPPROTO_UDP) {
		p->l4 = 0;
		return 0;
	}
	if (left < (proto == IPPROTO_TCP ? 20 : 8) || bpf_skb_load_bytes(skb, at, h, 8) < 0)
		return -1;
	if (!icmp) {
		p->key.w[KEY_L4_SRC_WORD] = (__u32)h[0] << 24 | (__u32)h[1] << 16 | (__u32)h[2] << 8 | h[3];
		if (proto == IPPROTO_TCP && bpf_skb_load_bytes(skb, at + 13, h, 1) == 0)
			p->tcp_flags = h[0];
		return 0;
	}
	p->key.w[KEY_L4_SRC_WORD] = (__u32)h[0] << 16 | h[1];
	if (proto == IPPROTO_ICMP ? h[0] == 8 || h[0] == 0 : h[0] == 128 || h[0] == 129)
		p->key.w[KEY_ICMP_ID_WORD] = (__u32)h[4] << 24 | (__u32)h[5] << 16;
	return 0;
}

static __always_inline int parse_ip4(struct __sk_buff *skb, struct packet *p)
{
	struct iphdr ip;
	__u32 fragment, header, total, frag = FRAG_NONE;

	if (bpf_skb_load_bytes(skb, p->l3, &ip, sizeof(ip)) < 0)
		return -1;
	header = ip.ihl * 4;
	total = bpf_ntohs(ip.tot_len);
	if (ip.version != 4 || header < 20)
		return -1;
	/* GSO packets of 64 KiB and more may say 0 (BIG TCP). */
	if (total == 0 && skb->gso_size)
		total = skb->len - p->l3;
	if (total < header || p->l3 + total > skb->len)
		return -1;
	fragment = bpf_ntohs(ip.frag_off);
	if (fragment & 0x1fff)
		frag = FRAG_LATER;
	else if (fragment & 0x2000)
		frag = FRAG_FIRST;
	KEY_PUT(&p->key, IP_PROTO, ip.protocol);
	KEY_PUT(&p->key, IP_TOS, ip.tos);
	KEY_PUT(&p->key, IP_TTL, ip.ttl);
	KEY_PUT(&p->key, IP_FRAG, frag);
	p->key.w[KEY_IP_SRC_WORD] = bpf_ntohl(ip.saddr);
	p->key.w[KEY_IP_DST_WORD] = bpf_ntohl(ip.daddr);
	if (frag != FRAG_LATER) {
		p->l4 = header;
		return parse_l4(skb, p, ip.protocol, ip.protocol == IPPROTO_ICMP, total - header);
	}
	return 0;
}

/* RFC 8200 and the IANA registry of extension headers; the same set as the packet package's. */
static __always_inline int is_extension(__u32 next)
{
	return next == 0 || next == 43 || next == 44 || next == 51 || next == 60 || next == 135 || next == 139 ||
	       next == 140;
}

static __always_inline int parse_ip6(struct __sk_buff *skb, struct packet *p)
{
	struct ipv6hdr ip;
	__u32 next, at = sizeof(ip), end, frag = FRAG_NONE;
	__u8 h[8];
	int i;

	if (bpf_skb_load_bytes(skb, p->l3, &ip, sizeof(ip)) < 0)
		return -1;
	if (ip.version != 6)
		return -1;
	end = sizeof(ip) + bpf_ntohs(ip.payload_len);
	if (ip.payload_len == 0 && skb->gso_size)
		end = skb->len - p->l3;
	if (p->l3 + end > skb->len)
		return -1;
	next = ip.nexthdr;
	for (i = 0; i < MAX_EXTENSION_HEADERS; i++) {
		__u32 length;

		if (!is_extension(next))
			break;
		if (at + 8 > end || bpf_skb_load_bytes(skb, p->l3 + at, h, 8) < 0)
			return -1;
		if (next == 44) {
			__u32 fragment = (__u32)h[2] << 8 | h[3];

			length = 8;
			if (fragment & 0xfff8)
				frag = FRAG_LATER;
			else if (fragment & 1)
				frag = FRAG_FIRST;
		} else if (next == 51) {
			length = ((__u32)h[1] + 2) * 4;
		} else {
			length = ((__u32)h[1] + 1) * 8;
		}
		if (at + length > end)
			return -1;
		at += length;
		next = h[0];
		/* What follows a later fragment is data; its first header says what it is part of. */
		if (frag == FRAG_LATER)
			break;
	}
	if (i == MAX_EXTENSION_HEADERS && frag != FRAG_LATER && is_extension(next))
		next = PROTO_UNREADABLE;
	KEY_PUT(&p->key, IP_PROTO, next);
	KEY_PUT(&p->key, IP_TOS, (ip.priority << 4 | ip.flow_lbl[0] >> 4) & 0xff);
	KEY_PUT(&p->key, IP_TTL, ip.hop_limit);
	KEY_PUT(&p->key, IP_FRAG, frag);
	key_words(&p->key, KEY_IP_SRC_WORD, (const __u8 *)&ip.saddr);
	key_words(&p->key, KEY_IP_DST_WORD, (const __u8 *)&ip.daddr);
	if (frag != FRAG_LATER && next != PROTO_UNREADABLE) {
		p->l4 = at;
		return parse_l4(skb, p, next, next == IPPROTO_ICMPV6, end - at);
	}
	return 0;
}

/* RFC 826 for Ethernet and IPv4; other ARP is Ethernet only. */
static __always_inline int parse_arp(struct __sk_buff *skb, struct packet *p)
{
	__u8 h[28];

	if (bpf_skb_load_bytes(skb, p->l3, h, sizeof(h)) < 0)
		return -1;
	if (h[0] != 0 || h[1] != 1 || h[2] != 8 || h[3] != 0 || h[4] != 6 || h[5] != 4)
		return 0;
	KEY_PUT(&p->key, IP_PROTO, h[7]);
	p->key.w[KEY_IP_SRC_WORD] = (__u32)h[14] << 24 | (__u32)h[15] << 16 | (__u32)h[16] << 8 | h[17];
	p->key.w[KEY_IP_DST_WORD] = (__u32)h[24] << 24 | (__u32)h[25] << 16 | (__u32)h[26] << 8 | h[27];
	return 0;
}

/* Offset of the network header, behind the tags that lie in the frame; `type` is what is there. */
static __always_inline __u32 network_offset(struct __sk_buff *skb)
{
	__u16 type;
	__u32 at = ETH_HEADER;
	int i;

	for (i = 0; i < MAX_PUSHES + 1; i++) {
		if (bpf_skb_load_bytes(skb, at - 2, &type, 2) < 0)
			break;
		if (!IS_VLAN(bpf_ntohs(type)))
			break;
		at += VLAN_HEADER;
	}
	return at;
}

/*
 * What nearly all packets are: untagged IPv4 without options, whole TCP or UDP, headers in the linear
 * part. Reading them in place costs a third of copying them out. 0: done; else nothing was touched.
 */
static __always_inline int parse_common(struct __sk_buff *skb, struct packet *p)
{
	const struct ethhdr *eth = (void *)(long)skb->data;
	const struct iphdr *ip = (const void *)(eth + 1);
	const __be16 *ports = (const void *)(ip + 1);
	const __be16 *macs = (const void *)eth;
	__u32 total;

	if ((void *)(ports + 4) > (void *)(long)skb->data_end || skb->vlan_present)
		return -1;
	if (eth->h_proto != bpf_htons(ETH_P_IP) || *(const __u8 *)ip != 0x45 || (ip->frag_off & bpf_htons(0x3fff)))
		return -1;
	total = bpf_ntohs(ip->tot_len);
	if (total > skb->len - ETH_HEADER)
		return -1;
	if (ip->protocol == IPPROTO_TCP ? total < 40 : ip->protocol != IPPROTO_UDP || total < 28)
		return -1;
	p->key.w[KEY_ETH_DST_LOW_WORD] = (__u32)bpf_ntohs(macs[1]) << 16 | bpf_ntohs(macs[2]);
	p->key.w[KEY_ETH_SRC_LOW_WORD] = (__u32)bpf_ntohs(macs[4]) << 16 | bpf_ntohs(macs[5]);
	KEY_PUT(&p->key, ETH_DST_HIGH, bpf_ntohs(macs[0]));
	KEY_PUT(&p->key, ETH_SRC_HIGH, bpf_ntohs(macs[3]));
	KEY_PUT(&p->key, ETH_TYPE, ETH_P_IP);
	KEY_PUT(&p->key, IP_PROTO, ip->protocol);
	KEY_PUT(&p->key, IP_TOS, ip->tos);
	KEY_PUT(&p->key, IP_TTL, ip->ttl);
	KEY_PUT(&p->key, IP_FRAG, FRAG_NONE);
	p->key.w[KEY_IP_SRC_WORD] = bpf_ntohl(ip->saddr);
	p->key.w[KEY_IP_DST_WORD] = bpf_ntohl(ip->daddr);
	p->key.w[KEY_L4_SRC_WORD] = (__u32)bpf_ntohs(ports[0]) << 16 | bpf_ntohs(ports[1]);
	p->l3 = ETH_HEADER;
	p->l4 = sizeof(*ip);
	if (ip->protocol == IPPROTO_TCP && (void *)(ports + 7) <= (void *)(long)skb->data_end)
		p->tcp_flags = ((const __u8 *)ports)[13];
	return 0;
}

/* Fills `p` (zeroed by the caller) from the frame. Negative: malformed. */
SEPARATE int parse(struct __sk_buff *skb, struct packet *p)
{
	__u8 h[ETH_HEADER + VLAN_HEADER];
	__u32 type, tci = 0;

	if (!p)
		return -1;
	if (parse_common(skb, p) == 0)
		return 0;
	if (bpf_skb_load_bytes(skb, 0, h, ETH_HEADER) < 0)
		return -1;
	p->key.w[KEY_ETH_DST_LOW_WORD] = (__u32)h[2] << 24 | (__u32)h[3] << 16 | (__u32)h[4] << 8 | h[5];
	p->key.w[KEY_ETH_SRC_LOW_WORD] = (__u32)h[8] << 24 | (__u32)h[9] << 16 | (__u32)h[10] << 8 | h[11];
	KEY_PUT(&p->key, ETH_DST_HIGH, (__u32)h[0] << 8 | h[1]);
	KEY_PUT(&p->key, ETH_SRC_HIGH, (__u32)h[6] << 8 | h[7]);
	type = (__u32)h[12] << 8 | h[13];
	p->l3 = ETH_HEADER;
	/* The outermost tag is usually beside the frame (skb->vlan_tci), else still in it. */
	if (skb->vlan_present) {
		tci = skb->vlan_tci | VLAN_PRESENT;
	} else if (IS_VLAN(type)) {
		if (bpf_skb_load_bytes(skb, ETH_HEADER, h + ETH_HEADER, VLAN_HEADER) < 0)
			return -1;
		tci = ((__u32)h[14] << 8 | h[15]) | VLAN_PRESENT;
		type = (__u32)h[16] << 8 | h[17];
		p->l3 += VLAN_HEADER;
	}
	/* A length field: IEEE 802.3 with LLC. */
	if (type < MIN_ETHERTYPE)
		type = ETHERTYPE_LLC;
	KEY_PUT(&p->key, ETH_TYPE, type);
	KEY_PUT(&p->key, VLAN_TCI, tci & 0xffff);
	if (type == ETH_P_IP)
		return parse_ip4(skb, p);
	if (type == ETH_P_IPV6)
		return parse_ip6(skb, p);
	if (type == ETH_P_ARP)
		return parse_arp(skb, p);
	return 0;
}
