import type { IpAddress, Mac } from '@midonet/packet';
import type { Rewrite } from './actions.ts';
import type { Connection, Found, FragmentKey, SourceRequest, Tuple } from './connection.ts';
import type { FlowMask } from './flow-key.ts';
import type { ConsumeReason, DropReason } from './reasons.ts';
import type { TraceStep } from './trace.ts';

/**
 * Names something whose change must invalidate the flow, e.g. `bridge:ID`. Made only by the
 * functions in `tags.ts`; compared as text.
 */
export type Tag = string & { readonly __brand: 'Tag' };

/** Which object decided: a kind and its id, for explanations. */
export type ObjectRef = { readonly kind: string; readonly id: string };

/** An action list whose outputs are virtual ports; the agent turns them into local ports and tunnels. */
export type VirtualAction =
  | Rewrite
  | { readonly kind: 'emit'; readonly portId: string }
  | { readonly kind: 'clone'; readonly actions: readonly VirtualAction[] };

/** What a simulation lacked. The agent fetches or asks for it and simulates again. */
export type Missing =
  | { readonly kind: 'port'; readonly id: string }
  | { readonly kind: 'bridge'; readonly id: string }
  | { readonly kind: 'router'; readonly id: string }
  | { readonly kind: 'chain'; readonly id: string }
  | { readonly kind: 'portGroup'; readonly id: string }
  | { readonly kind: 'ipAddrGroup'; readonly id: string }
  | { readonly kind: 'balancer'; readonly id: string }
  | { readonly kind: 'qosPolicy'; readonly id: string }
  | { readonly kind: 'mirror'; readonly id: string }
  /** The MAC table row set of a bridge or the ARP table of a router is not loaded. */
  | { readonly kind: 'macTable'; readonly bridgeId: string }
  | { readonly kind: 'neighbourTable'; readonly routerId: string }
  /** Nobody knows the MAC of `ip` yet: `Outcome.emissions` holds the ARP or ND request to send. */
  | { readonly kind: 'neighbour'; readonly routerId: string; readonly portId: string; readonly ip: IpAddress }
  /** A block of ports of `address` to translate sources to, leased to this host. */
  | { readonly kind: 'natPorts'; readonly deviceId: string; readonly address: IpAddress }
  /** The first fragment of the packet has not come yet. */
  | { readonly kind: 'fragment'; readonly fragment: FragmentKey };

export type Verdict =
  /** Send on; an empty list never occurs (that is a drop with a reason). */
  | { readonly kind: 'forward'; readonly actions: readonly VirtualAction[] }
  /** A device took the packet (echo request, ARP, DHCP); answers are in `emissions`. */
  | { readonly kind: 'consume'; readonly reason: ConsumeReason; readonly by: ObjectRef }
  | { readonly kind: 'drop'; readonly reason: DropReason; readonly by: ObjectRef }
  | { readonly kind: 'blocked'; readonly on: readonly Missing[] };

/** New state a simulation found out. The agent decides when to write it. */
export type Proposal =
  | {
      readonly kind: 'learnMac';
      readonly bridgeId: string;
      readonly vlan: number;
      readonly mac: Mac;
      readonly portId: string;
    }
  | {
      readonly kind: 'learnNeighbour';
      readonly routerId: string;
      readonly portId: string;
      readonly ip: IpAddress;
      readonly mac: Mac;
    };

/** A frame made by a device; it leaves that device through `portId` (exterior or interior). */
export type Emission = { readonly portId: string; readonly frame: Uint8Array };

/** What mirrors make of a packet besides its own end. */
export type Copies = {
  /** Applied to the frame that came in. */
  readonly actions: readonly VirtualAction[];
  /** Applied to `Outcome.frame`: copies taken behind the translation of what an ICMP error quotes. */
  readonly ofFrame: readonly VirtualAction[];
  /** Which mirror sends to which port. */
  readonly sent: readonly { readonly mirrorId: string; readonly portId: string }[];
  /** Mirrors whose port takes no copies now. */
  readonly lost: readonly { readonly mirrorId: string; readonly why: CopyLoss }[];
};

export type CopyLoss = 'portDown' | 'portLinked' | 'portUnbound' | 'portServes' | 'portInactive';

/** A rule decided, and the chain it is in, or that led there, keeps a log. */
export type LoggedDecision = {
  readonly chainId: string;
  readonly ruleId: string;
  readonly decision: 'accept' | 'drop' | 'reject';
  /** Loggers that asked for it; absent when the chain keeps its log by itself. */
  readonly loggers?: readonly string[];
};

/** A trace request that the packet is one for. */
export type TraceMatch = {
  readonly requestId: string;
  /** As its condition says, or an answer to such. */
  readonly way: 'forward' | 'return';
  /** Packets that the request is for, on one host, from a moment on (milliseconds since 1970). */
  readonly limit: number;
  readonly since: number;
  /** Packets of a connection have the same, both ways; '' unless the simulation was asked to explain itself. */
  readonly flow: string;
};

/** Rules that one packet counts for; what it meets beyond these is not counted. */
export const MAX_RULES_COUNTED = 64;

/**
 * Packets that differ from this one in the port that tells connections apart, and in no bit of the
 * mask, begin connections of the same class ('l4Src'), or answer such ('l4Dst').
 */
export type Template = {
  readonly varies: 'l4Src' | 'l4Dst';
  /** The outcome's mask without that port. */
  readonly mask: FlowMask;
  /** What decides about beginnings, besides the outcome's tags. */
  readonly tags: readonly Tag[];
  /** How the source is chosen for each; absent: it stays. */
  readonly source?: SourceRequest | undefined;
  /** A load balancer chose by the connection's hash: of others of the class, others get other members. */
  readonly choice?: MemberChoice | undefined;
};

export type MemberChoice = {
  readonly balancerId: string;
  readonly poolId: string;
  readonly memberId: string;
  /** Hash of the connection up to the ports, and the VIP's port. */
  readonly hash: number;
  readonly dstPort: number;
};

export type Outcome = {
  readonly verdict: Verdict;
  /**
   * Bits of the key that decided. Sound: changing any other bit gives the same verdict. Shared with
   * other outcomes: not to be changed.
   */
  readonly mask: FlowMask;
  /** The outcome holds only for packets whose TTL is greater; 0 when TTL did not matter. */
  readonly ttlAbove: number;
  /**
   * False when something no key field can express decided (ARP hardware addresses, ND targets, an
   * ICMP error's inner packet): the packet is handled, but no flow may be installed.
   */
  readonly installable: boolean;
  /**
   * Present when a router forwarded the packet: the flow holds only for packets of at most so many
   * bytes of IP (one segment, where the frame is a train of them). Length is no key field, so the
   * datapath must compare it and send longer packets up; the simulation then answers them with
   * "fragmentation needed" or "packet too big", or sends them on in fragments.
   */
  readonly mtu?: number;
  readonly tags: readonly Tag[];
  readonly proposals: readonly Proposal[];
  readonly emissions: readonly Emission[];
  /** Known connections that the packet belongs to: the outcome holds as long as they stand. */
  readonly connections: readonly Found[];
  /** Rules of chains that applied and their meters (`meterKey`), each once, in the order they were met; at most MAX_RULES_COUNTED. */
  readonly rules: readonly string[];
  /** Decisions of chains that are logged, in their order; at most as many as rules are counted. */
  readonly logged: readonly LoggedDecision[];
  /** Connections that begin with this packet, to be taken in before anything is sent. */
  readonly opened: readonly Connection[];
  /** Present when what was decided holds for a class of connections. */
  readonly template?: Template;
  /**
   * The packet is the first fragment of a longer one, whose later fragments carry no ports. None while
   * it waits (blocked).
   */
  readonly fragments: readonly { readonly key: FragmentKey; readonly tuple: Tuple }[];
  /** Present when mirrors took the packet: copies go out whatever becomes of it, unless it waits. */
  readonly copies?: Copies;
  /**
   * The frame to send in place of the one that came: what an ICMP error quotes was translated, or a TCP SYN
   * asked for segments longer than fit `mtu`.
   */
  readonly frame?: Uint8Array;
  /** Present when trace requests are about the packet; its end does not depend on them. */
  readonly traced?: readonly TraceMatch[];
  /** Present when the simulation was asked to explain itself. */
  readonly trace?: readonly TraceStep[];
};

/** The ports that get a copy, in order; one that gets several is there several times. */
export function egressOf(actions: readonly VirtualAction[]): string[] {
  return actions.flatMap((action) => {
    if (action.kind === 'emit') return [action.portId];
    return action.kind === 'clone' ? egressOf(action.actions) : [];
  });
}
