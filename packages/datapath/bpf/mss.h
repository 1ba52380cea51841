/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* TCP SYNs of flows that carry packets of a certain length only: both ends learn what fits. */
#pragma once
#include "rewrite.h"

#define TCP_SYN 2
#define TCP_HEADER 20
#define TCP_OPTIONS 40

struct clamp {
	struct __sk_buff *skb;
	__u32 tcp; /* offset of the TCP header */
	__u32 most;
	__u32 at; /* of the option that is looked at */
	__u32 length;
	__u8 options[TCP_OPTIONS + 4];
};

/* One option; 1 when there is no more to do. */
static long clamp_option(__u32 index, struct clamp *c)
{
	__u32 at = c->at, kind, size, place;
	__be16 old, new;

	if (at + 4 > c->length || at > TCP_OPTIONS - 4)
		return 1;
	kind = c->options[at];
	size = c->options[at + 1];
	if (kind == 0)
		return 1;
	if (kind != 2) {
		if (kind == 1)
			size = 1;
		else if (size < 2)
			return 1;
		c->at = at + size;
		return 0;
	}
	if (size != 4 || (c->options[at + 2] << 8 | c->options[at + 3]) <= c->most)
		return 1;
	old = bpf_htons(c->options[at + 2] << 8 | c->options[at + 3]);
	new = bpf_htons(c->most);
	place = c->tcp + TCP_HEADER + at + 2;
	/* Words are counted from the header's start: at an odd place the two bytes change sides. */
	if (at & 1)
		bpf_l4_csum_replace(c->skb, c->tcp + 16, __builtin_bswap16(old), __builtin_bswap16(new), 2);
	else
		bpf_l4_csum_replace(c->skb, c->tcp + 16, old, new, 2);
	bpf_skb_store_bytes(c->skb, place, &new, 2, 0);
	return 1;
}

/*
 * Makes the MSS option of the SYN whose TCP header is at `tcp` at most `most`. The same as clampMss() of the
 * packet package. Separate, and its loop a helper's: unrolled into each program it took the verifier seconds.
 */
SEPARATE int clamp_mss(struct __sk_buff *skb, __u32 tcp, __u32 most)
{
	struct clamp c = { .skb = skb, .tcp = tcp, .most = most };
	__u8 words;

	if (bpf_skb_load_bytes(skb, tcp + 12, &words, 1) < 0)
		return 0;
	c.length = (words >> 4) * 4;
	if (c.length < TCP_HEADER + 4 || c.length > TCP_HEADER + TCP_OPTIONS)
		return 0;
	c.length -= TCP_HEADER;
	if (bpf_skb_load_bytes(skb, tcp + TCP_HEADER, c.options, c.length) < 0)
		return 0;
	bpf_loop(TCP_OPTIONS, clamp_option, &c, 0);
	return 0;
}

/* Longest segment in packets of `mtu` bytes of IP. */
static __always_inline __u32 longest_segment(const struct packet *p, __u32 mtu)
{
	__u32 headers = TCP_HEADER + (KEY_GET(&p->key, ETH_TYPE) == ETH_P_IP ? 20 : 40);

	return mtu > headers ? mtu - headers : 0xffff;
}
