/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Connections that begin without user space. User space decides the first of a class by simulation and
 * leaves a flow that opens the others: each gets a flow of its own here, where answers come in another,
 * and user space is told, in order, through a ring of its own.
 */
#pragma once
#include "mss.h"
#include "output.h"

#define TCP_FIN 0x01
#define TCP_RST 0x04
#define TCP_ACK 0x10
#define TAKES 4

static __always_inline void account(__u32 slot, __u32 length, __u32 tcp_flags)
{
	struct flow_stats *st = bpf_map_lookup_elem(&stats, &slot);

	if (!st)
		return;
	__sync_fetch_and_add(&st->packets, 1);
	__sync_fetch_and_add(&st->bytes, length);
	st->last_ns = bpf_ktime_get_coarse_ns();
	if (tcp_flags & ~st->tcp_flags)
		__sync_fetch_and_or(&st->tcp_flags, tcp_flags);
}

/* A template is in use, though it takes no packet for itself. */
static __always_inline void touch(__u32 slot)
{
	struct flow_stats *st = bpf_map_lookup_elem(&stats, &slot);

	if (st)
		st->last_ns = bpf_ktime_get_coarse_ns();
}

/* Takes one thing from a stock. Read before it is taken: user space may write there from then on. */
static __always_inline int take(struct stock *s, __u32 *item)
{
	int i;

	for (i = 0; i < TAKES; i++) {
		__u32 head = *(volatile __u32 *)&s->head;

		if (head == *(volatile __u32 *)&s->tail)
			return -1;
		*item = *(volatile __u32 *)&s->item[head & (STOCK_SIZE - 1)];
		if (__sync_val_compare_and_swap(&s->head, head, head + 1) == head)
			return 0;
	}
	return -1;
}

static __always_inline int take_slot(__u32 *slot)
{
	__u32 zero = 0;
	struct stock *s = bpf_map_lookup_elem(&free_slots, &zero);

	return s ? take(s, slot) : -1;
}

/* What a client's port becomes; fails when user space must say. `fresh` when it was just taken. */
static __always_inline int translated(__u32 number, __u32 port, __u32 *chosen, __u32 *fresh)
{
	struct source *s = bpf_map_lookup_elem(&sources, &number);
	__u16 *to;

	if (!s)
		return -1;
	to = &s->to[port & (SOURCE_PORTS - 1)];
	*chosen = *(volatile __u16 *)to;
	if (*chosen)
		return *chosen == ASK_USER_SPACE ? -1 : 0;
	if (take(&s->ports, chosen) < 0)
		return -1;
	*(volatile __u16 *)to = *chosen;
	*fresh = *chosen;
	return 0;
}

/* As mix32() and combine32() of the simulation. */
static __always_inline __u32 combine(__u32 hash, __u32 word)
{
	__u32 h = hash * 31 + word;

	h = (h ^ (h >> 16)) * 0x85ebca6b;
	h = (h ^ (h >> 13)) * 0xc2b2ae35;
	return h ^ (h >> 16);
}

/* The member's flow: its number stands in the free half of the word of ICMP's identifier. */
static __noinline struct flow *choose(struct packet *p, const struct template *tp, struct flow_key *key)
{
	__u32 number = tp->choices, place, w;
	struct choices *c = bpf_map_lookup_elem(&choices, &number);
	struct mask *mask;

	number = tp->choice_mask;
	mask = bpf_map_lookup_elem(&masks, &number);
	if (!c || !mask || c->places == 0)
		return 0;
	place = combine(combine(tp->base, KEY_GET(&p->key, L4_SRC)), tp->dst_port) % c->places;
	if (place >= MAX_PLACES || c->member[place] == 0)
		return 0;
	for (w = 0; w < KEY_WORDS; w++)
		key->w[w] = p->key.w[w] & mask->w[w];
	key->w[KEY_ICMP_ID_WORD] |= c->member[place];
	key->w[KEY_WORDS - 1] = number;
	return bpf_map_lookup_elem(&flows, key);
}

/* A real function, as its prototype is what puts struct opened into the BTF. */
static __noinline int opened_header(struct opened *e, __u32 kind, __u32 class, __u32 port, __u32 tcp_flags)
{
	e->kind = kind;
	e->token = 0;
	e->slot = NO_SLOT;
	e->class = class;
	__builtin_memset(&e->peer, 0, sizeof(e->peer));
	e->port = port;
	e->chosen = port;
	e->tcp_flags = tcp_flags;
	return 0;
}

/*
 * A connection of a peer's class begins, whose first packet came into the virtual network from port
 * `came` and leaves it from port `left`. Makes the flow of its answers when user space has left one to
 * make it from, and tells user space in any case, before the packet goes on.
 */
SEPARATE int hear(const struct address *peer, __u32 class, __u32 came, __u32 left, __u32 tcp_flags)
{
	__u32 one = 1, slot = NO_SLOT;
	struct draft *d = bpf_map_lookup_elem(&drafts, &one);
	struct answer_key key = {};
	struct answer *a;
	struct opened *e;

	if (!peer || !d)
		return 0;
	key.peer = *peer;
	key.class = class;
	e = bpf_ringbuf_reserve(&opened, sizeof(*e), 0);
	if (!e)
		return 0;
	opened_header(e, OPENED_BY_PEER, class, came, tcp_flags);
	e->peer = *peer;
	e->chosen = left;
	a = bpf_map_lookup_elem(&answers, &key);
	if (a) {
		touch(a->flow.slot);
		if (take_slot(&slot) == 0) {
			d->key = a->key;
			KEY_PUT(&d->key, L4_DST, left & 0xffff);
			d->flow = a->flow;
			d->flow.slot = slot;
			d->flow.first.l4_dst = came;
			e->slot = slot;
			/* The slot comes back with the record when the flow was not made. */
			if (bpf_map_update_elem(&flows, &d->key, &d->flow, BPF_NOEXIST) == 0) {
				e->token = a->token;
				e->key = d->key;
			}
		}
	}
	bpf_ringbuf_submit(e, BPF_RB_NO_WAKEUP);
	return 0;
}

/* The first packet of a connection, taken by `t`. */
SEPARATE int open_connection(struct __sk_buff *skb, struct packet *p, const struct flow *t)
{
	__u32 zero = 0, number, slot = NO_SLOT, chosen = 0, fresh = 0, w;
	struct draft *d = bpf_map_lookup_elem(&drafts, &zero);
	struct config *cfg = bpf_map_lookup_elem(&config, &zero);
	struct template *tp;
	struct port *port;
	struct mask *mask;
	struct opened *e;

	if (!p || !t || !d || !cfg)
		return TC_ACT_SHOT;
	number = p->key.w[0];
	port = bpf_map_lookup_elem(&ports, &number);
	/* Beyond it upcalls have their own limit, which drops. */
	if (!port || !open_allowed(port, cfg, bpf_ktime_get_ns()))
		goto miss;
	number = t->opens;
	tp = bpf_map_lookup_elem(&templates, &number);
	/* What is no beginning, user space judges. */
	if (!tp || (KEY_GET(&p->key, IP_PROTO) == IPPROTO_TCP &&
		    (p->tcp_flags & (TCP_SYN | TCP_ACK | TCP_FIN | TCP_RST)) != TCP_SYN))
		goto miss;
	if (tp->choices) {
		touch(t->slot);
		t = choose(p, tp, &d->key);
		if (!t)
			goto miss;
		number = t->opens;
		tp = bpf_map_lookup_elem(&templates, &number);
		if (!tp || tp->choices)
			goto miss;
	}
	number = tp->mask;
	mask = bpf_map_lookup_elem(&masks, &number);
	if (!mask)
		goto miss;
	e = bpf_ringbuf_reserve(&opened, sizeof(*e), 0);
	if (!e)
		goto miss;
	opened_header(e, OPENED_NOT, tp->class, KEY_GET(&p->key, L4_SRC), p->tcp_flags);
	e->token = tp->token;
	if (take_slot(&slot) < 0)
		goto undecided;
	e->slot = slot;
	chosen = e->port;
	if (tp->source && translated(tp->source, e->port, &chosen, &fresh) < 0)
		goto undecided;
	for (w = 0; w < KEY_WORDS; w++)
		d->key.w[w] = p->key.w[w] & mask->w[w];
	d->key.w[KEY_WORDS - 1] = tp->mask;
	d->flow = *t;
	d->flow.opens = 0;
	d->flow.slot = slot;
	d->flow.idle_ms = tp->idle_ms;
	if (tp->source)
		d->flow.first.l4_src = chosen;
	if (bpf_map_update_elem(&flows, &d->key, &d->flow, BPF_NOEXIST) < 0)
		goto undecided;
	e->kind = OPENED_HERE;
	e->chosen = chosen;
	e->key = d->key;
	/* User space comes by itself: a wake-up for each would cost it more than the connection. */
	bpf_ringbuf_submit(e, BPF_RB_NO_WAKEUP);
	touch(t->slot);
	count(CTR_HITS);
	account(slot, skb->len, p->tcp_flags);
	if (tp->tell == TELL_HERE) {
		struct address here = {};

		hear(&here, tp->class, KEY_GET(&p->key, L4_SRC), chosen, p->tcp_flags);
	} else if (tp->tell == TELL_PEER) {
		p->tell = 1;
		p->tell_class = tp->class;
		p->tell_port = KEY_GET(&p->key, L4_SRC);
	}
	rewrite(skb, p, &d->flow.first);
	return output_last(skb, p, &d->flow.first);
undecided:
	e->chosen = fresh;
	bpf_ringbuf_submit(e, BPF_RB_NO_WAKEUP);
miss:
	count(CTR_MISSES);
	return upcall(skb, p, REASON_MISS, 0);
}
