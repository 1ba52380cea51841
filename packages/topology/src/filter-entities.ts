import type { Cidr, IpAddress, Mac } from '@midonet/packet';
import type { ActiveLogger } from './logger-entities.ts';
import type { BridgeId, ChainId, IpAddrGroupId, PortGroupId, PortId, RouterId, RuleId, TraceRequestId } from './ids.ts';

/** A list of rules, used as filter of ports, bridges and routers and as target of jumps. */
export type Chain = {
  readonly kind: 'chain';
  readonly id: ChainId;
  readonly tenantId: string;
  readonly name: string;
  /** Which decisions of its rules, and of those it jumps to, agents write down; absent: none. */
  readonly log?: ChainLog | undefined;
  /** Kept by the rules, as loggers come and go; absent: none. */
  readonly loggers?: readonly ActiveLogger[] | undefined;
};

export const CHAIN_LOGS = ['accept', 'drop', 'all'] as const;
/** `drop` includes what is rejected. */
export type ChainLog = (typeof CHAIN_LOGS)[number];

/** One condition and its negation. */
export type Test<T> = { readonly value: T; readonly invert: boolean };

/** Numbers from `start` to `end`, both included. */
export type NumberRange = { readonly start: number; readonly end: number };

/** Bits of `address` that are set in `mask` must agree. */
export type MaskedMac = { readonly address: Mac; readonly mask: Mac };

/**
 * Which fragments a rule is for. `header`: unfragmented packets and first fragments, the only ones
 * that have ports. `nonheader`: later fragments. `unfragmented`: whole packets.
 */
export type FragmentPolicy = 'any' | 'nonheader' | 'header' | 'unfragmented';

/**
 * What a packet must be for a rule to apply: all members that are there must hold, each inverted on
 * its own; `invert` turns the whole round. A packet that lacks a field (an ARP frame has no port)
 * fails the test of it, and passes the inverted one.
 */
export type RuleCondition = {
  readonly invert: boolean;
  /** Looked at first; not part of what `invert` turns round. */
  readonly fragmentPolicy: FragmentPolicy;
  /** Port through which the packet came into this device. */
  readonly inPorts?: Test<readonly PortId[]> | undefined;
  /** Port through which it leaves this device. None of them when a bridge floods. */
  readonly outPorts?: Test<readonly PortId[]> | undefined;
  /** Port through which the packet came into the virtual topology. */
  readonly portGroup?: Test<PortGroupId> | undefined;
  readonly inPortGroup?: Test<PortGroupId> | undefined;
  readonly outPortGroup?: Test<PortGroupId> | undefined;
  /** A device or port the packet has come through, this one included. */
  readonly traversedDevice?: Test<BridgeId | RouterId | PortId> | undefined;
  readonly noVlan?: true | undefined;
  /** Id of the outermost tag. */
  readonly vlan?: number | undefined;
  /** EtherType, behind the outermost tag. */
  readonly dlType?: Test<number> | undefined;
  readonly dlSrc?: Test<MaskedMac> | undefined;
  readonly dlDst?: Test<MaskedMac> | undefined;
  readonly nwTos?: Test<number> | undefined;
  readonly nwProto?: Test<number> | undefined;
  /** IPv4 or IPv6; in ARP the sender's address. */
  readonly nwSrc?: Test<Cidr> | undefined;
  readonly nwDst?: Test<Cidr> | undefined;
  readonly ipAddrGroupSrc?: Test<IpAddrGroupId> | undefined;
  readonly ipAddrGroupDst?: Test<IpAddrGroupId> | undefined;
  /** Ports of TCP and UDP; the type of ICMP. */
  readonly tpSrc?: Test<NumberRange> | undefined;
  /** Ports of TCP and UDP; the code of ICMP. */
  readonly tpDst?: Test<NumberRange> | undefined;
  /** Addresses of the packet that an ICMP error is about. */
  readonly icmpDataSrc?: Test<Cidr> | undefined;
  readonly icmpDataDst?: Test<Cidr> | undefined;
  /** The packet begins or continues a connection, or belongs to the answers of one. */
  readonly connection?: 'forward' | 'return' | undefined;
  /** The destination address was rewritten on the way. */
  readonly nwDstRewritten?: true | undefined;
};

/** Orders are whole numbers within ± this. */
export const MAX_RULE_ORDER = 2 ** 52;

type RuleCommon = {
  readonly kind: 'rule';
  readonly id: RuleId;
  readonly chainId: ChainId;
  /** Rules of a chain apply in rising order. Numbers leave gaps, so that one can be put between two. */
  readonly order: number;
  readonly condition: RuleCondition;
  /** The meter that counts what it applies to, with other rules of that name and tenant. */
  readonly meter?: string | undefined;
};

/**
 * What an address is translated to: addresses and ports from the first to the last, both included.
 * Ports 0 to 0 leave ports as they are; when all targets of a rule do, the rule keeps no state.
 */
export type NatTarget = {
  readonly addressFrom: IpAddress;
  readonly addressTo: IpAddress;
  readonly portFrom: number;
  readonly portTo: number;
};

/** What happens behind a translation, or when tags were changed: no more rules here, the next rule, or back to the caller. */
export type NatAction = 'accept' | 'continue' | 'return';

/** What an l2Transform rule does to tags, and then. */
export type L2Transform = {
  readonly type: 'l2Transform';
  /** Takes the outermost tag off, where there is one. */
  readonly popVlan: boolean;
  /** Then puts one on with this VLAN. */
  readonly pushVlan?: number | undefined;
} & (
  | { readonly action: NatAction }
  /** Sends the packet to another port: out by it, or `ingress` in by it, as if it had come there. */
  | {
      readonly action: 'redirect';
      readonly targetPortId: PortId;
      readonly ingress: boolean;
      /** The rule does not apply while the port takes nothing; otherwise the packet ends there. */
      readonly failOpen: boolean;
    }
);

export type Rule = RuleCommon &
  (
    | { readonly type: 'accept' | 'drop' | 'reject' | 'return' }
    /** Goes on in the other chain; at its end, or at a `return` there, comes back here. */
    | { readonly type: 'jump'; readonly jumpChainId: ChainId }
    | { readonly type: 'snat' | 'dnat'; readonly targets: readonly NatTarget[]; readonly action: NatAction }
    /** Gives the answers of a translated connection their old address back; others it does not apply to. */
    | { readonly type: 'revSnat' | 'revDnat'; readonly action: NatAction }
    | L2Transform
    | TraceEffect
  );

/** Marks packets for a trace request, as if its own condition held for them; the next rule is asked. */
export type TraceEffect = {
  readonly type: 'trace';
  readonly requestId: TraceRequestId;
  /** Packets that one host writes down for the request, when the request's own limit is not lower. */
  readonly limit: number;
  /** What agents need of the request, kept by the rules as it changes; absent: it is not enabled. */
  readonly active?: { readonly limit: number; readonly since: number } | undefined;
};

/** Sorts as the rules of a chain apply. Equal orders do not happen, and would be told apart by id. */
export function compareRules(
  a: { readonly order: number; readonly id: string },
  b: { readonly order: number; readonly id: string },
): number {
  return a.order - b.order || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0);
}

export type PortGroup = {
  readonly kind: 'portGroup';
  readonly id: PortGroupId;
  readonly tenantId: string;
  readonly name: string;
  /** The hosts of its members share connection state. */
  readonly stateful: boolean;
};

/** Keyed by group and port. */
export type PortGroupMember = {
  readonly kind: 'portGroupMember';
  readonly groupId: PortGroupId;
  readonly portId: PortId;
};

export type IpAddrGroup = {
  readonly kind: 'ipAddrGroup';
  readonly id: IpAddrGroupId;
  readonly tenantId: string;
  readonly name: string;
  /** Chains that belong with the group, as those of a security group do. No packet goes through them for its sake. */
  readonly inboundChainId?: ChainId | undefined;
  readonly outboundChainId?: ChainId | undefined;
};

/** Keyed by group and address. */
export type IpAddrGroupAddress = {
  readonly kind: 'ipAddrGroupAddress';
  readonly groupId: IpAddrGroupId;
  readonly address: IpAddress;
};
