/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* TCP SYNs of flows that carry packets of a certain length only: both ends learn what fits. */
#pragma once
#include "rewrite.h"

#define TCP_SYN 2
#define TCP_HEADER 20
#define TCP_OPTIONS 40

/*
 * Makes the MSS option of the SYN whose TCP header is at `tcp` at most `most`. The same as clampMss() of the
 * packet package. A function of its own for the sake of the stack.
 */
static __noinline int clamp_mss(struct __sk_buff *skb, __u32 tcp, __u32 most)
{
	__u8 options[TCP_OPTIONS + 4] = {};
	__u32 at = 0, length, i;
	__u8 words;

	if (bpf_skb_load_bytes(skb, tcp + 12, &words, 1) < 0)
		return 0;
	length = (words >> 4) * 4;
	if (length < TCP_HEADER + 4 || length > TCP_HEADER + TCP_OPTIONS)
		return 0;
	length -= TCP_HEADER;
	if (bpf_skb_load_bytes(skb, tcp + TCP_HEADER, options, length) < 0)
		return 0;
	for (i = 0; i < TCP_OPTIONS; i++) {
		__u32 kind, size, place;
		__be16 old, new;

		if (at + 4 > length || at > TCP_OPTIONS - 4)
			return 0;
		kind = options[at];
		size = options[at + 1];
		if (kind == 0)
			return 0;
		if (kind == 1) {
			at++;
			continue;
		}
		if (kind != 2) {
			if (size < 2)
				return 0;
			at += size;
			continue;
		}
		if (size != 4 || (options[at + 2] << 8 | options[at + 3]) <= most)
			return 0;
		old = bpf_htons(options[at + 2] << 8 | options[at + 3]);
		new = bpf_htons(most);
		place = tcp + TCP_HEADER + at + 2;
		/* Words are counted from the header's start: at an odd place the two bytes change sides. */
		if (at & 1)
			bpf_l4_csum_replace(skb, tcp + 16, __builtin_bswap16(old), __builtin_bswap16(new), 2);
		else
			bpf_l4_csum_replace(skb, tcp + 16, old, new, 2);
		bpf_skb_store_bytes(skb, place, &new, 2, 0);
		return 0;
	}
	return 0;
}

/* Longest segment in packets of `mtu` bytes of IP. */
static __always_inline __u32 longest_segment(const struct packet *p, __u32 mtu)
{
	__u32 headers = TCP_HEADER + (KEY_GET(&p->key, ETH_TYPE) == ETH_P_IP ? 20 : 40);

	return mtu > headers ? mtu - headers : 0xffff;
}
