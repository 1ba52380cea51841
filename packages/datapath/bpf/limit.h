/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Rate limits of ports. */
#pragma once
#include "parse.h"

/*
 * Bytes of the frames a packet is or will be cut into: each segment has the headers again. skb->len of a
 * GSO packet counts them once, which would let a train of small segments pass for less than it is.
 */
static __always_inline __u32 wire_length(struct __sk_buff *skb, const struct packet *p)
{
	__u32 segments = skb->gso_segs, header = p->l3 + p->l4;
	__u8 offset;

	if (segments < 2 || !p->l4)
		return skb->len;
	if (KEY_GET(&p->key, IP_PROTO) != IPPROTO_TCP)
		header += 8;
	else if (bpf_skb_load_bytes(skb, header + 12, &offset, 1) == 0)
		header += offset >> 4 << 2;
	return skb->len + (segments - 1) * header;
}

/*
 * A packet passes while the bucket is not empty, and may overdraw it: a train of segments has the chance
 * of a short packet, and the rate is exact over time. Two CPUs may both pass on the last token; both pay.
 */
SEPARATE int over_limit(struct __sk_buff *skb, struct packet *p, struct limit *l)
{
	__u64 now, spent;

	if (!p || !l)
		return 0;
	now = bpf_ktime_get_ns();
	spent = l->spent_ns;
	if (spent < now)
		__sync_val_compare_and_swap(&l->spent_ns, spent, now);
	else if (spent - now >= l->burst_ns)
		return 1;
	__sync_fetch_and_add(&l->spent_ns, (wire_length(skb, p) * l->byte_time) >> 20);
	return 0;
}
