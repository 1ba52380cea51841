import type { DpPort, FlowAction, FlowKey, FlowMask, TunnelKey } from '@midonet/flow';
import type { IpAddress } from '@midonet/packet';

/** Handle of an installed flow, chosen by the driver; valid until the flow is deleted or expires. */
export type FlowId = number & { readonly __brand: 'FlowId' };

/** What a driver can do. Translation adapts to it; put() refuses what it does not list. */
export type Capabilities = {
  readonly name: 'memory' | 'ebpf' | 'ovs';
  /** False: every flow is installed exact. */
  readonly maskedFlows: boolean;
  readonly ipv6Underlay: boolean;
  readonly encapsulations: readonly ('vxlan' | 'gre')[];
  readonly actions: ReadonlySet<FlowAction['kind']>;
  readonly maxFlows: number;
  readonly maxOutputs: number;
  /** Whether put() takes flows that are templates. */
  readonly templates: boolean;
};

export type PortSpec =
  /** A network interface of this host (a VM's or container's, or an uplink) by name. */
  | { readonly kind: 'interface'; readonly name: string }
  /** The tunnels of this host, all peers: packets in carry their VNI, packets out name peer and VNI. */
  | {
      readonly kind: 'tunnel';
      readonly encapsulation: 'vxlan' | 'gre';
      readonly local: IpAddress;
      /** Interface that has `local`. */
      readonly underlay: string;
      readonly udpPort: number;
    };

/**
 * Connections that begin, and are answered, without user space: the flow is not for packets but for
 * making flows. Its mask leaves out the port that tells the connections of the class apart; where an
 * action of it sets that port, each flow made gets its own value.
 */
export type FlowTemplate =
  /**
   * Takes the first packets of connections (of TCP, those with SYN alone) that no other flow takes, and
   * makes each connection's own flow. Source ports differ.
   */
  | {
      readonly kind: 'opens';
      /** The caller's number for it, in `Opened`; from 1 to 2^32 - 1. */
      readonly token: number;
      /** Number of the class where answers come in, 16 bits. */
      readonly class: number;
      /** Where answers come in: on this host, or on the one that the packet is tunnelled to, which the tunnel header tells. */
      readonly tell: 'here' | 'peer';
      /** `idleMs` of the flows made. */
      readonly idleMs: number;
      /** What the source port becomes; absent: it stays. */
      readonly source?: SourceTable | undefined;
      /** It opens what a `chooses` template gives to this member; absent: whatever comes. */
      readonly member?: number | undefined;
    }
  /** Chooses among `opens` templates of the same key and mask, by the hash of the connection. */
  | {
      readonly kind: 'chooses';
      readonly token: number;
      readonly choices: ChoiceTable;
      /** Hash of protocol and addresses as the balancer sees them, to which both ports are added. */
      readonly hash: number;
      readonly dstPort: number;
    }
  /**
   * Makes the flow of the answers to each connection of a class that begins at `peer`, or on this host
   * where that is undefined. Destination ports differ.
   */
  | {
      readonly kind: 'answers';
      readonly token: number;
      readonly class: number;
      readonly peer: IpAddress | undefined;
      readonly idleMs: number;
    };

/**
 * What the source ports of one client become, in flows made by templates. A port that has one keeps it;
 * another takes one of those given.
 */
export type SourceTable = {
  readonly number: number;
  /** Ports given and not taken. */
  readonly count: number;
  /** A port to take, but 65535. False when there is no room for more. */
  give(port: number): boolean;
  /** Takes back all that were given and not taken. */
  takeBack(): number[];
  /** What a port becomes: 'ask' sends packets from it up, undefined lets it take one. */
  map(port: number, to: number | 'ask' | undefined): void;
};

/** Members of a load balancer, each at its places. */
export type ChoiceTable = {
  readonly number: number;
  /** The member at each place, from 1 to 255; 0 sends the packet up. At most 65,536. */
  set(members: Uint8Array): void;
};

/** A connection that began without user space. */
export type Opened = {
  /**
   * 'here': an `opens` template made its flow. 'there': a peer, or this host, tells that one of a class
   * began. 'not': none did, but `port` was given `chosen`.
   */
  readonly kind: 'here' | 'there' | 'not';
  /** The template that made `flow`; 0 when none was made. */
  readonly token: number;
  readonly flow: FlowId | undefined;
  readonly class: number;
  /** Who tells; undefined: this host. */
  readonly peer: IpAddress | undefined;
  /** Source port of the first packet, as it came into the virtual network and as it left. */
  readonly port: number;
  readonly chosen: number;
  readonly tcpFlags: number;
};

export type FlowSpec = {
  readonly key: FlowKey;
  readonly mask: FlowMask;
  /** The flow takes only packets with a greater TTL; others go up with reason 'ttl'. */
  readonly ttlAbove: number;
  /**
   * The flow takes only packets whose IP part (of a GSO packet, one segment's) has at most this many
   * bytes; others go up with reason 'mtu'. TCP SYNs that ask for longer segments are told to take such that
   * fit (`clampMss`). 0: any size.
   */
  readonly mtu: number;
  readonly actions: readonly FlowAction[];
  /** Removed when unused for this long; 0 never. */
  readonly idleMs: number;
  /** Removed this long after it was put; 0 never. */
  readonly hardMs: number;
  /** Kept with the flow and given back by dump(); survives a restart. */
  readonly cookie: number;
  /** Such a flow is not in dump(), and does not survive a restart. */
  readonly template?: FlowTemplate | undefined;
};

export type PutResult =
  | { readonly kind: 'stored'; readonly id: FlowId }
  /** The same key and mask was there: its actions were replaced. */
  | { readonly kind: 'replaced'; readonly id: FlowId }
  | {
      readonly kind: 'refused';
      readonly reason: 'full' | 'unsupported' | 'badPort' | 'tooManyMasks';
      readonly detail: string;
    };

export type FlowDump = FlowSpec & {
  readonly id: FlowId;
  readonly packets: number;
  readonly bytes: number;
  /** Milliseconds since the flow last took a packet (or was put). */
  readonly idleForMs: number;
};

/** Why a packet came up; 'action' is the flow's own userspace action. */
export const UPCALL_REASONS = ['miss', 'ttl', 'action', 'mtu'] as const;
export type UpcallReason = (typeof UPCALL_REASONS)[number];

/** Borrowed: key and frame are valid only during the handler's call. Copy what must live longer. */
export type Upcall = {
  readonly reason: UpcallReason;
  readonly inPort: DpPort;
  readonly key: FlowKey;
  readonly frame: Uint8Array;
  /** Length on the wire; greater than frame.length when the capture was cut. */
  readonly fullLength: number;
  /** Segment size of a GSO packet, 0 otherwise. */
  readonly gsoSize: number;
};

export type Execute = {
  readonly frame: Uint8Array;
  readonly inPort: DpPort;
  /** The tunnel key the frame came with, when `inPort` is a tunnel; 'lookup' matches on it. */
  readonly tunnelKey?: TunnelKey;
  /** GSO size of the upcall the frame came from, 0 otherwise. */
  readonly gsoSize: number;
  /** 'lookup' sends the packet through the flow table again (a flow for it was just put). */
  readonly actions: readonly FlowAction[] | 'lookup';
};

/** Every packet a datapath does not forward is counted under one of these. */
export const DATAPATH_DROPS = [
  'flowDrop',
  'upcallQueueFull',
  'upcallRateLimited',
  'unknownPort',
  'unknownTunnel',
  'malformed',
  'outputGone',
  'encapFailed',
  'meter',
] as const;
export type DatapathDrop = (typeof DATAPATH_DROPS)[number];

/** What may pass at most: sustained, and at once after a pause. */
export type RateLimit = { readonly bitsPerSecond: number; readonly burstBytes: number };

/**
 * Limits of a port, each by itself; absent: none. Bytes are those of the frames on the wire, of a GSO
 * packet all its segments'. A packet passes while the bucket is not empty and may overdraw it, so that
 * long trains of segments have the same chance as short packets; over time the rate is exact.
 */
export type PortLimits = {
  /** What comes in by the port. */
  readonly rx?: RateLimit | undefined;
  /** What goes out by it. */
  readonly tx?: RateLimit | undefined;
};

export type PortCounters = {
  readonly rxPackets: number;
  readonly rxBytes: number;
  readonly txPackets: number;
  readonly txBytes: number;
};

export type DatapathCounters = {
  readonly flows: number;
  readonly hits: number;
  readonly misses: number;
  readonly upcalls: number;
  readonly evicted: number;
  readonly expired: number;
  readonly drops: Readonly<Record<DatapathDrop, number>>;
};

export type DatapathPort = { readonly port: DpPort; readonly spec: PortSpec; readonly up: boolean };

/** What a flow has seen lately. */
export type FlowUsage = {
  /** Milliseconds since it last took a packet (or was put). */
  readonly idleForMs: number;
  /** Flags of all its TCP packets together. */
  readonly tcpFlags: number;
  /** Since it was put. */
  readonly packets: number;
  readonly bytes: number;
};

export type FlowGone = FlowUsage & {
  readonly id: FlowId;
  readonly why: 'idle' | 'hard' | 'evicted' | 'portGone';
};

export type DatapathEvents = {
  /** A batch from the bounded queue. */
  onUpcalls(batch: readonly Upcall[]): void;
  /** Flows that the driver removed: expired, evicted, or their port went. */
  onFlowsGone(flows: readonly FlowGone[]): void;
  /**
   * TCP flows took packets with FIN or RST for the first time, found by `sweep()`: their connections
   * are ending.
   */
  onFlowsClosing(flows: readonly { readonly id: FlowId; readonly tcpFlags: number }[]): void;
  /** Connections began in the datapath; called by `drainOpened()`. Borrowed. */
  onOpened?(opened: readonly Opened[]): void;
  /** An interface vanished or came (back) under a port. */
  onPortChange(port: DatapathPort): void;
};

export type UpcallLimits = {
  /** Sustained upcalls per second and burst for one port; over it packets are dropped and counted. */
  readonly perPortRate: number;
  readonly perPortBurst: number;
};

/**
 * One host's packet engine. Calls are synchronous: they are single system calls, and the order
 * "flow first, then packet" is what makes them correct. Only open() and close() take time.
 */
export type Datapath = {
  readonly capabilities: Capabilities;
  /** Throws DatapathError with a code and what to do. Adding what is there returns its number. */
  addPort(spec: PortSpec): DatapathPort;
  removePort(port: DpPort): void;
  ports(): readonly DatapathPort[];
  /**
   * From now on tunnel packets are taken from these underlay addresses alone, others are dropped as
   * `unknownTunnel`. Before the first call they are taken from anybody. Kept by close('keep').
   * Throws DatapathError 'full', and leaves things as they are, for more than 65,536 addresses.
   */
  setPeers(addresses: Iterable<IpAddress>): void;
  /**
   * What is over a limit is dropped as `meter`. The same limits again change nothing, others start with
   * full buckets. Kept by close('keep'), gone with the port. An unknown port is ignored.
   */
  setPortLimits(port: DpPort, limits: PortLimits): void;
  put(flows: readonly FlowSpec[]): readonly PutResult[];
  /** Unknown ids are ignored. */
  delete(ids: readonly FlowId[]): void;
  dump(): readonly FlowDump[];
  /** Undefined when the flow is not there. */
  usage(id: FlowId): FlowUsage | undefined;
  execute(packets: readonly Execute[]): void;
  counters(): DatapathCounters;
  portCounters(port: DpPort): PortCounters | undefined;
  /** An empty table; undefined when there is no room for more. Closed when no template uses it any more. */
  openSources(): SourceTable | undefined;
  closeSources(table: SourceTable): void;
  /** As openSources(). */
  openChoices(): ChoiceTable | undefined;
  closeChoices(table: ChoiceTable): void;
  /** Tells of the connections that began in the datapath since it was asked last. */
  drainOpened(): void;
  /** Removes expired flows; called by the agent's timer with its clock. */
  sweep(): void;
  /** 'keep' leaves the kernel forwarding (pinned) for the next process; 'remove' takes everything down. */
  close(how: 'keep' | 'remove'): Promise<void>;
};

export type DatapathErrorCode = 'noSuchInterface' | 'permission' | 'unsupportedKernel' | 'busy' | 'full' | 'io';

export class DatapathError extends Error {
  readonly code: DatapathErrorCode;
  constructor(code: DatapathErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'DatapathError';
    this.code = code;
  }
}
