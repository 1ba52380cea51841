import type { IpAddress, Mac } from '@midonet/packet';

/** Number of a port in one host's datapath. */
export type DpPort = number & { readonly __brand: 'DpPort' };
/** 24-bit tunnel key. It names the egress port to the host that receives it; 0 is never used. */
export type TunnelKey = number & { readonly __brand: 'TunnelKey' };

/** One header field given a constant. Checksums follow in whoever executes it. */
export type SetField =
  | { readonly kind: 'set'; readonly field: 'ethSrc' | 'ethDst'; readonly value: Mac }
  | { readonly kind: 'set'; readonly field: 'ipSrc' | 'ipDst'; readonly value: IpAddress }
  | {
      readonly kind: 'set';
      readonly field: 'ipTos' | 'l4Src' | 'l4Dst' | 'icmpId';
      readonly value: number;
    };

/**
 * Changes to the packet. They apply in order to what was written before; outputs between them send
 * the packet as it is at that point.
 */
export type Rewrite =
  | SetField
  /** Takes `by` off TTL or hop limit. The flow is only valid above it, see FlowMatch.ttlAbove. */
  | { readonly kind: 'decTtl'; readonly by: number }
  | { readonly kind: 'pushVlan'; readonly tci: number }
  | { readonly kind: 'popVlan' };

/**
 * What a flow does. Stateful kinds are in the vocabulary from the start; a driver that cannot do
 * one says so in its capabilities and refuses the flow by name.
 */
export type FlowAction =
  | Rewrite
  | { readonly kind: 'output'; readonly port: DpPort }
  /** Encapsulate and send to `peer`, whose host knows the egress port by `key`. */
  | { readonly kind: 'tunnel'; readonly peer: IpAddress; readonly key: TunnelKey }
  /** Run `actions` on a copy; the packet itself goes on unchanged. */
  | { readonly kind: 'clone'; readonly actions: readonly FlowAction[] }
  /** Copy one in `oneIn` packets to user space, for mirrors and flow logs. */
  | { readonly kind: 'sample'; readonly oneIn: number; readonly cookie: number }
  /** Drop when over the meter's rate. */
  | { readonly kind: 'meter'; readonly meter: number }
  /** Look the connection up, or commit it, in `zone`; the driver owns the entry. */
  | { readonly kind: 'conntrack'; readonly zone: number; readonly commit: boolean }
  | { readonly kind: 'userspace'; readonly reason: number };

/** A flow with no action drops; this makes it explicit where a list is read by people. */
export const DROP: readonly FlowAction[] = [];
