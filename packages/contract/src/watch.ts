/**
 * The watch protocol: one WebSocket at `/midonet-api/watch`, JSON text frames, for agents, UI and
 * CLI. The first frame is `hello`; the token travels in the Authorization header (or, from a
 * browser, as `token` in hello). Values are the stored JSON form of entities and shared rows
 * (`encodeEntity`, `encodeRow` of the topology package) under their store keys.
 *
 *   client                                server
 *   hello {versions, host?}    →
 *                              ←          welcome {version, revision, lease}
 *   subscribe {sub, topic, since?} →
 *                              ←          snapshot {sub, revision, items}      or, resumed, nothing
 *                              ←          delta {sub, revision, changes} …
 *                              ←          resync {sub, reason}   then a fresh snapshot
 *   rows {id, puts, deletes}   →
 *                              ←          ack {id} | refused {id, message}
 *   natLease {id, deviceId, address, count} →
 *   natRenew {id, blocks, mine?}            →
 *                              ←          natBlocks {id, blocks} | refused {id, code, message}
 *   natRelease {id, blocks}    →
 *                              ←          ack {id} | refused {id, message}
 *                              ←          leaving {withinMs}   from version 2 on
 *
 * Versions, and how one is agreed on: `watch-versions.ts`.
 */

/**
 * What can be watched. A device topic is the closure a simulation of that device needs, so one
 * subscription answers one `blocked`.
 */
export type Topic =
  /**
   * For an agent: the host, ports bound to it, its tunnel zone memberships and those of every other
   * host in these zones, and `portActive` rows of its own ports.
   */
  | { readonly kind: 'host'; readonly id: string }
  /**
   * Bridge, its ports, the far end (port only) of interior ones, DHCP subnets and hosts, static MAC
   * and ARP rows, `portActive` rows of its exterior ports.
   */
  | { readonly kind: 'bridge'; readonly id: string }
  /** Learned MAC rows of the bridge. */
  | { readonly kind: 'macTable'; readonly id: string }
  /** Router, ports, far ends, stored routes, `portActive` rows of its exterior ports. */
  | { readonly kind: 'router'; readonly id: string }
  /** Neighbour rows of the router. */
  | { readonly kind: 'neighbours'; readonly id: string }
  /** The port, its `portActive` row and its rows as a member of port groups. An unknown id gives an empty snapshot. */
  | { readonly kind: 'port'; readonly id: string }
  /** The chain and its rules; the chains that rules jump to are topics of their own. */
  | { readonly kind: 'chain'; readonly id: string }
  /** The group and its member rows. */
  | { readonly kind: 'portGroup'; readonly id: string }
  /** The group and its address rows. */
  | { readonly kind: 'ipAddrGroup'; readonly id: string }
  /** The load balancer, its pools, their members and what is known of these' health, its VIPs, and the health monitors. */
  | { readonly kind: 'balancer'; readonly id: string }
  /** The policy and its rules; the mirror alone, whose port is a topic of its own. */
  | { readonly kind: 'qosPolicy'; readonly id: string }
  | { readonly kind: 'mirror'; readonly id: string }
  /** Central settings of the host: its own, which template it has, that template's, those of the default one. */
  | { readonly kind: 'conf'; readonly id: string }
  /** Everything of one kind (an EntityKind or SharedRowKind), for UI and CLI. */
  | { readonly kind: 'collection'; readonly of: string };

/** `value: null` means deleted. */
export type WatchItem = { readonly key: string; readonly value: unknown };

/**
 * A block of 64 ports of an external address, as a device translates sources to it; block `n` begins
 * at port 64 × n. Leased to one host at a time.
 */
export type NatBlockName = {
  readonly deviceId: string;
  /** IPv4 or IPv6, as text. */
  readonly address: string;
  readonly block: number;
};

/** Tells one grant of a block from an earlier one: a late message about that changes nothing. */
export type NatBlockRef = NatBlockName & { readonly generation: number };

/** Of each message about blocks. */
export const NAT_BLOCKS_LIMIT = 256;

/** With which hosts sign what they tell each other of connections: 32 bytes or more, as hex. */
export type ExchangeKeys = {
  readonly current: string;
  /** The one before, or the one to come. */
  readonly other?: string | undefined;
};

export type ClientMessage =
  | {
      readonly op: 'hello';
      /** The lowest version of the protocol that the client speaks, and the highest. */
      readonly protocol: number;
      readonly upTo?: number | undefined;
      readonly token?: string | undefined;
      /** Agents: who this is. The server creates or adopts the host and ties a lease to it. */
      readonly host?: { readonly id: string; readonly name: string; readonly lease?: string | undefined } | undefined;
    }
  | {
      readonly op: 'subscribe';
      readonly sub: number;
      readonly topic: Topic;
      /** Resume: send only what came after this revision, or resync when that is gone. */
      readonly since?: number | undefined;
    }
  | { readonly op: 'unsubscribe'; readonly sub: number }
  /** Shared rows of this agent, bound to its lease: each put is an encoded SharedRow. */
  | { readonly op: 'rows'; readonly id: number; readonly puts: readonly unknown[]; readonly deletes: readonly string[] }
  /**
   * Blocks with a port in `from` to `to` (both included; all ports when absent) of which nobody has a
   * lease. Refused with 'exhausted' when there is none. The agent counts the lease from here on.
   */
  | {
      readonly op: 'natLease';
      readonly id: number;
      readonly deviceId: string;
      readonly address: string;
      readonly count: number;
      readonly from?: number | undefined;
      readonly to?: number | undefined;
    }
  /**
   * Goes on with leases. The answer has those that are this host's still; others are lost. With `mine`
   * it has the other blocks of this host too, for an agent that lost its memory: as new grants.
   */
  | {
      readonly op: 'natRenew';
      readonly id: number;
      readonly blocks: readonly NatBlockRef[];
      readonly mine?: boolean | undefined;
    }
  /** Gives leases back: the agent uses none of these blocks any more. */
  | { readonly op: 'natRelease'; readonly id: number; readonly blocks: readonly NatBlockRef[] }
  /** Orderly goodbye: the lease ends now, rows go at once. */
  | { readonly op: 'bye' }
  | { readonly op: 'ping' };

/**
 * Why a subscription starts over. compacted: what was at the revision it is to go on from is forgotten · overflow: its
 * reader is too slow, or too much waits · restarted: the store ended the watch · unknown: events were missed, and
 * nobody knows what shows by them.
 */
export type ResyncReason = 'compacted' | 'overflow' | 'restarted' | 'unknown';

export type ServerMessage =
  | {
      readonly op: 'welcome';
      /** The version that is spoken from here on. */
      readonly protocol: number;
      readonly revision: number;
      readonly lease?: string | undefined;
      readonly leaseMs?: number | undefined;
      /** For agents. */
      readonly exchangeKeys?: ExchangeKeys | undefined;
    }
  | { readonly op: 'snapshot'; readonly sub: number; readonly revision: number; readonly items: readonly WatchItem[] }
  | { readonly op: 'delta'; readonly sub: number; readonly revision: number; readonly changes: readonly WatchItem[] }
  /** What was sent for it is void; a fresh snapshot follows. Controllers before this one gave no reason. */
  | { readonly op: 'resync'; readonly sub: number; readonly reason?: ResyncReason | undefined }
  | { readonly op: 'ack'; readonly id: number }
  | {
      readonly op: 'natBlocks';
      readonly id: number;
      readonly blocks: readonly NatBlockRef[];
      /** How long each is leased from the moment the agent sent its request. */
      readonly leaseMs: number;
      /** Blocks in the asked range that nobody has a lease of; in answers to `natLease`. */
      readonly left?: number | undefined;
    }
  | { readonly op: 'refused'; readonly id?: number | undefined; readonly code: string; readonly message: string }
  | {
      readonly op: 'pong';
      readonly revision: number;
      /** Up to here all was sent of every subscription, so each may go on from it; absent when that cannot be told. */
      readonly settled?: number | undefined;
    }
  /** This controller stops: go on at another one, at a moment of your own choice within this time. */
  | { readonly op: 'leaving'; readonly withinMs: number };
