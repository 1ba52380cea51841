import {
  applyRewrite,
  ETHERTYPE_IPV4,
  ETHERTYPE_IPV6,
  getField,
  MAX_RULES_COUNTED,
  VLAN_PRESENT,
  type ConnectionView,
  type ConsumeReason,
  type DropReason,
  type Emission,
  type FlowKey,
  type Found,
  type FragmentKey,
  type LoggedDecision,
  type MemberChoice,
  type Missing,
  type ObjectRef,
  type PacketReader,
  type Proposal,
  type SourceRequest,
  type Tag,
  type TraceAction,
  type TraceMatch,
  type TraceStep,
  type Tuple,
} from '@midonet/flow';
import type { BridgeDevice, Port, PortId, StateView, TopologyView } from '@midonet/topology';
import type { Stage } from './connection/stage.ts';
import type { Opening } from './connection/track.ts';
import type { CopyList } from './mirror/copy-list.ts';
import { Outputs } from './outputs.ts';
import { printPacket } from './packet-print.ts';

/** How one branch of the way ended. A flood merges the endings of its branches. */
export type Ending =
  | { readonly kind: 'sent' }
  | { readonly kind: 'consume'; readonly reason: ConsumeReason; readonly by: ObjectRef }
  | { readonly kind: 'drop'; readonly reason: DropReason; readonly by: ObjectRef }
  | { readonly kind: 'blocked'; readonly on: readonly Missing[] };

const NONE: readonly string[] = [];
const IP_TYPES: ReadonlySet<number> = new Set([ETHERTYPE_IPV4, ETHERTYPE_IPV6]);
const NOTHING_LOGGED: readonly LoggedDecision[] = [];

export const SENT: Ending = { kind: 'sent' };

/** Devices on one path, as in MidoNet. */
export const MAX_DEVICES_ON_PATH = 12;
/** Devices one packet may visit on all branches of its floods together. */
export const MAX_DEVICES = 512;

/** What hands the packet on at a port; `depth` counts the devices on the path so far. */
export type Ways = {
  /** Out of its device. */
  readonly leave: (walk: Walk, port: Port, depth: number) => Ending;
  /** Into its device. */
  readonly enter: (walk: Walk, port: Port, depth: number) => Ending;
};

/** An exterior bridge port with DHCP configuration that the packet came through. */
export type DhcpIngress = { readonly device: BridgeDevice; readonly portId: PortId };

/** Bytes of IP packet that an exterior port takes. */
export type PortLimit = { readonly portId: PortId; readonly limit: number };

export type Position = {
  readonly inPort: PortId | undefined;
  readonly crossed: number;
  readonly stage: Stage | undefined;
  readonly quoted: Tuple | undefined;
};

export type WalkInput = {
  readonly key: FlowKey;
  readonly frame: Uint8Array;
  readonly segmentLength: number | undefined;
  readonly topology: TopologyView;
  readonly state: StateView;
  readonly connections: ConnectionView;
  readonly explain: boolean;
  readonly terse: boolean;
  readonly ingressPort: PortId | undefined;
  readonly narrow?: PortLimit | undefined;
};

/** One packet on its way: what it met, read, found out and will cause. Lives for one simulation. */
export class Walk {
  readonly packet: PacketReader;
  readonly topology: TopologyView;
  readonly state: StateView;
  readonly connections: ConnectionView;
  readonly tags: Tag[] = [];
  /** What decided about a connection that the packet begins: once it stands, it does so no more. */
  readonly tagsUnlessBegun: Tag[] = [];
  readonly proposals: Proposal[] = [];
  readonly emissions: Emission[] = [];
  readonly outputs = new Outputs();
  /** What mirrors took; there once one did. */
  copies: CopyList | undefined;
  readonly trace: TraceStep[] | undefined;
  /** Rules that do not apply are left out of the trace. */
  readonly terse: boolean;
  /** As `Outcome.traced`. */
  traced: readonly TraceMatch[] | undefined;
  /** False once something was read that no key field expresses. */
  installable = true;
  /** Port through which the packet came into the topology; none for what a device made. */
  ingressPort: PortId | undefined;
  /** Ports where the packet, or answers to it, come in again: those of the services on its way. */
  readonly reentries: PortId[] = [];
  /** Port through which it came into the device it is in. */
  inPort: PortId | undefined;
  /** The visit to the device the packet is in. */
  stage: Stage | undefined;
  /** A choice was made by the connection's own ports: it holds for no other. */
  chosenByPorts = false;
  /** The member that a load balancer chose by the connection's hash; the last of several. */
  memberChoice: MemberChoice | undefined;
  memberChoices = 0;
  /** How the packet's source was chosen; the last of several. */
  sourceChoice: SourceRequest | undefined;
  sourceChoices = 0;
  /** What an ICMP error quotes by now, when it was translated. */
  quoted: Tuple | undefined;
  /** Connections it belongs to, begins, and first fragments it is. */
  readonly known: Found[] = [];
  readonly opening: Opening[] = [];
  /** Rules that applied, as `Outcome.rules`. */
  rules: readonly string[] = NONE;
  /** As `Outcome.logged`. */
  logged: readonly LoggedDecision[] = NOTHING_LOGGED;
  /** How often rules changed its tags, and sent it elsewhere. */
  tagEdits = 0;
  redirects = 0;
  readonly fragments: { readonly key: FragmentKey; readonly tuple: Tuple }[] = [];
  readonly #crossed: string[] = [];
  dhcpIngress: DhcpIngress | undefined;
  /** The bridge that the packet came in by, where that has DHCPv6. */
  dhcp6Bridge: BridgeDevice | undefined;
  /** Set by routers and by ports that take less: the datapath must send longer packets up instead of using the flow. */
  mtu: number | undefined;
  /** A router forwarded it, and would have to say what is too long further on. */
  routed = false;
  /** The last port that it was too long for. */
  tooLongFor: PortLimit | undefined;
  /** A port on its way that takes less than every link does, as an earlier walk found. */
  readonly narrow: PortLimit | undefined;
  /** Where the network layer starts in the frame as it came in. */
  readonly l3Offset: number;
  /** Lengths are those of IP packets; as with `bytesForLength`, a flow's `mtu` covers the difference. */
  readonly isIp: boolean;
  readonly segmentLength: number | undefined;
  readonly #frame: Uint8Array;
  readonly #ways: Ways;
  #visited = 0;

  constructor(packet: PacketReader, input: WalkInput, ways: Ways) {
    this.packet = packet;
    this.topology = input.topology;
    this.state = input.state;
    this.connections = input.connections;
    this.trace = input.explain ? [] : undefined;
    this.terse = input.terse;
    this.segmentLength = input.segmentLength;
    this.ingressPort = input.ingressPort;
    this.narrow = input.narrow;
    this.isIp = IP_TYPES.has(getField(input.key, 'ethType'));
    this.l3Offset = (getField(input.key, 'vlanTci') & VLAN_PRESENT) === 0 ? 14 : 18;
    this.#frame = input.frame;
    this.#ways = ways;
  }

  tag(tag: Tag): void {
    if (!this.tags.includes(tag)) this.tags.push(tag);
  }

  tagUnlessBegun(tag: Tag): void {
    this.tagsUnlessBegun.push(tag);
  }

  /** A rule applied to the packet. */
  ruleApplied(id: string): void {
    if (this.rules === NONE) this.rules = [id];
    else if (this.rules.length < MAX_RULES_COUNTED && !this.rules.includes(id)) (this.rules as string[]).push(id);
  }

  log(decision: LoggedDecision): void {
    if (this.logged.length < MAX_RULES_COUNTED) this.logged = [...this.logged, decision];
  }

  /** Counts a device on a path of `depth` devices so far; false when there have been too many. */
  visit(depth: number): boolean {
    return depth < MAX_DEVICES_ON_PATH && this.#visited++ < MAX_DEVICES;
  }

  /** Notes a device or port that the packet has come through. */
  cross(id: string): void {
    this.#crossed.push(id);
  }

  hasCrossed(id: string): boolean {
    return this.#crossed.includes(id);
  }

  /** Where the packet stands, to come back to for the next copy of a flood. */
  position(): Position {
    const { inPort, stage, quoted } = this;
    return { inPort, crossed: this.#crossed.length, stage, quoted };
  }

  comeBack({ inPort, crossed, stage, quoted }: Position): void {
    this.inPort = inPort;
    this.stage = stage;
    this.quoted = quoted;
    this.#crossed.length = crossed;
  }

  leave(port: Port, depth: number): Ending {
    return this.#ways.leave(this, port, depth);
  }

  enter(port: Port, depth: number): Ending {
    return this.#ways.enter(this, port, depth);
  }

  /** The packet as it is now leaves the topology through exterior ports. */
  emit(...portIds: readonly string[]): Ending {
    this.outputs.add(portIds, this.packet);
    return SENT;
  }

  /** A frame made by a device leaves it through `portId`. Answers are made for each packet anew. */
  answer(portId: string, frame: Uint8Array): void {
    this.installable = false;
    this.emissions.push({ portId, frame });
  }

  /** The frame as it came in. Reading it makes the outcome good for this packet only. */
  bytes(): Uint8Array {
    this.installable = false;
    return this.#frame;
  }

  /** The frame as the device the packet is in got it: before its own translations, behind all others. */
  arrivedBytes(): Uint8Array {
    const { packet, stage } = this;
    const now = packet.mark();
    if (stage?.arrived !== undefined) packet.restore(stage.arrived);
    const bytes = this.#rewritten(stage?.ttlTaken ?? packet.ttlTaken);
    packet.restore(now);
    return bytes;
  }

  /** The frame as it stands. */
  rewrittenBytes(): Uint8Array {
    return this.#rewritten(this.packet.ttlTaken);
  }

  /** VLAN tags and link addresses stay as they came in: nobody asks for these. */
  #rewritten(ttlTaken: number): Uint8Array {
    const rewrites = this.packet.rewritesSince(this.packet.start) ?? [];
    let frame = this.bytes();
    if (rewrites.length === 0) return frame;
    frame = frame.slice();
    for (const rewrite of rewrites) {
      if (rewrite.kind === 'decTtl') frame = applyRewrite(frame, { ...rewrite, by: ttlTaken });
      else if (rewrite.kind === 'set') frame = applyRewrite(frame, rewrite);
    }
    return frame;
  }

  /**
   * The frame, for what a flow's `mtu` covers (its length and the DF bit of what is longer): such
   * reads leave the outcome installable.
   */
  bytesForLength(): Uint8Array {
    return this.#frame;
  }

  drop(reason: DropReason, by: ObjectRef): Ending {
    return { kind: 'drop', reason, by };
  }

  consume(reason: ConsumeReason, by: ObjectRef): Ending {
    return { kind: 'consume', reason, by };
  }

  blocked(on: Missing): Ending {
    return { kind: 'blocked', on: [on] };
  }

  /** Adds a step when the run explains itself. Hot paths ask `walk.trace` before they build `action`. */
  step(at: ObjectRef & { readonly name?: string }, action: TraceAction): void {
    this.trace?.push({ at, action, packet: printPacket(this.packet) });
  }
}
