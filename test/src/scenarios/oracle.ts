import { emptyKey, extractKey, type FragmentKey, type Missing, type Outcome, type Proposal } from '@midonet/flow';
import type { IpAddress } from '@midonet/packet';
import { simulate } from '@midonet/simulation';
import type { VirtualNetwork } from '@midonet/simulation/testing';
import { portLimit, type BridgeId, type HostId, type PortId, type RouterId, type StateView } from '@midonet/topology';
import { formatIp, formatMac } from '@midonet/packet';
import { applied, type Sent } from './applied.ts';
import { OracleConnections } from './oracle-connections.ts';

export type Entering = { readonly portId: PortId; readonly direction: 'in' | 'out'; readonly frame: Uint8Array };
/** `host` is where it entered: each host asks for neighbours itself. */
type Packet = Entering & { readonly depth: number; readonly host: number };
type MissingNeighbour = Extract<Missing, { readonly kind: 'neighbour' }>;

export type Expected = {
  readonly sent: readonly Sent[];
  /** A flow stands for the packet afterwards: the next one like it needs nobody. */
  readonly installed: boolean;
  /** A trace request is about it: the next one like it comes to an agent too. */
  readonly traced: boolean;
};

/** As the agent's: answers to answers of answers of answers. */
const MAX_DEPTH = 4;
const MAX_LESSONS = 13;

/**
 * The simulator alone, with a whole cloud's state in one place: says which frames leave by which
 * ports. Knows nothing of datapaths, tunnels, flows and subscriptions.
 */
export class Oracle {
  readonly #network: VirtualNetwork;
  readonly #waiting: { readonly packet: Packet; readonly keys: readonly string[] }[] = [];
  readonly #asked = new Set<string>();
  #queue: Packet[] = [];
  #sent: Sent[] = [];
  #arrived: string[] = [];

  readonly #connections: OracleConnections;

  readonly #hostOf: (port: PortId) => number;

  /** `hostOf`: where ports are; what is on another host is reached through a tunnel. */
  constructor(network: VirtualNetwork, hosts: readonly HostId[], hostOf: (port: PortId) => number) {
    this.#network = network;
    this.#hostOf = hostOf;
    this.#connections = new OracleConnections(hosts);
  }

  /** Takes a packet, and what comes of it, to the end. */
  enter(packet: Entering, host = 0): Expected {
    this.#sent = [];
    const first = this.#process({ ...packet, depth: 0, host });
    this.#settle();
    const kind = first?.verdict.kind;
    const traced = first?.traced !== undefined;
    const installed =
      first !== undefined &&
      !traced &&
      packet.direction === 'in' &&
      first.installable &&
      first.opened.length === 0 &&
      first.emissions.length === 0 &&
      first.proposals.length === 0 &&
      (kind === 'forward' || kind === 'drop');
    return { sent: this.#sent, installed, traced };
  }

  #settle(): void {
    while (this.#queue.length > 0 || this.#arrived.length > 0) {
      const packets = this.#queue;
      this.#queue = [];
      for (const packet of packets) this.#process(packet);
      const arrived = this.#arrived;
      this.#arrived = [];
      for (const key of arrived) for (const packet of this.#woken(key)) this.#process(packet);
    }
  }

  #process(packet: Packet): Outcome | undefined {
    const key = emptyKey();
    if (extractKey(packet.frame, packet.frame.length, 1, 0, key) !== 'ok') return undefined;
    const connections = this.#connections;
    connections.host = packet.host;
    const run = (): Outcome => {
      const { topology } = this.#network;
      const state = this.#stateAt(packet.host);
      const outcome = simulate({ ...packet, key }, { topology, state, connections, now: 0, explain: false });
      const ports = portsWanted(outcome);
      if (ports === undefined) return outcome;
      connections.wanted(ports.deviceId, ports.address);
      return run();
    };
    let outcome = run();
    for (let i = 0; i < MAX_LESSONS; i++) {
      if (!outcome.proposals.map((proposal) => this.#learn(proposal)).includes(true)) break;
      if (outcome.verdict.kind === 'consume') break;
      outcome = run();
    }
    connections.take(outcome);
    this.#arrived.push(...outcome.fragments.map(({ key: fragment }) => fragmentText(fragment)));
    if (outcome.verdict.kind === 'blocked') this.#wait(packet, outcome, outcome.verdict.on);
    else for (const emission of outcome.emissions) this.#emit(emission, packet.depth + 1, packet.host);
    if (outcome.copies !== undefined) {
      const { actions, ofFrame } = outcome.copies;
      this.#sent.push(...applied(actions, packet.frame), ...applied(ofFrame, outcome.frame ?? packet.frame));
    }
    if (outcome.verdict.kind === 'forward')
      this.#sent.push(...applied(outcome.verdict.actions, outcome.frame ?? packet.frame));
    return outcome;
  }

  /** As one host sees it. */
  #stateAt(host: number): StateView {
    const { state, overlayMtu, parts } = this.#network;
    const limitOf = (port: PortId): number | undefined =>
      portLimit({ mtu: parts.limits.get(port), isFar: this.#hostOf(port) !== host }, overlayMtu);
    return { ...state, overlayMtu, portLimit: limitOf };
  }

  #emit(emission: { readonly portId: string; readonly frame: Uint8Array }, depth: number, host: number): void {
    if (depth > MAX_DEPTH) return;
    this.#queue.push({ portId: emission.portId as PortId, frame: emission.frame, direction: 'out', depth, host });
  }

  #wait(packet: Packet, outcome: Outcome, missing: readonly Missing[]): void {
    const neighbours = missing.filter((each): each is MissingNeighbour => each.kind === 'neighbour');
    const fragments = missing.flatMap((each) => (each.kind === 'fragment' ? [fragmentText(each.fragment)] : []));
    if (neighbours.length + fragments.length < missing.length) {
      throw new Error(`the network is whole, yet ${JSON.stringify(missing)}`);
    }
    this.#waiting.push({ packet, keys: [...neighbours.map(keyOf), ...fragments] });
    for (const neighbour of neighbours) {
      const question = `${keyOf(neighbour)} ${packet.host}`;
      if (this.#asked.has(question)) continue;
      this.#asked.add(question);
      for (const emission of outcome.emissions)
        if (emission.portId === neighbour.portId) this.#emit(emission, 1, packet.host);
    }
  }

  #woken(key: string): Packet[] {
    for (const question of [...this.#asked]) if (question.startsWith(`${key} `)) this.#asked.delete(question);
    const woken: Packet[] = [];
    for (let i = 0; i < this.#waiting.length;) {
      const waiting = this.#waiting[i];
      if (waiting?.keys.includes(key) !== true) i++;
      else woken.push(...this.#waiting.splice(i, 1).map(({ packet }) => packet));
    }
    return woken;
  }

  /** True when it was news. */
  #learn(proposal: Proposal): boolean {
    const net = this.#network;
    if (proposal.kind === 'learnMac') {
      const { vlan, mac } = proposal;
      const bridge = proposal.bridgeId as BridgeId;
      const before = net.parts.learned.get(bridge)?.get(vlan * 2 ** 48 + mac);
      net.learn(bridge, formatMac(mac), proposal.portId as PortId, vlan);
      return before !== proposal.portId;
    }
    const { ip, mac } = proposal;
    const port = proposal.portId as PortId;
    const before = net.parts.neighbours.get(port)?.get(ip);
    net.neighbour(proposal.routerId as RouterId, port, formatIp(ip), formatMac(mac));
    this.#arrived.push(keyOf({ portId: port, ip }));
    return before !== mac;
  }
}

function fragmentText({ device, proto, src, dst, id }: FragmentKey): string {
  return `fragment ${device} ${proto} ${src} ${dst} ${id}`;
}

function portsWanted({ verdict }: Outcome): Extract<Missing, { readonly kind: 'natPorts' }> | undefined {
  return verdict.kind === 'blocked' ? verdict.on.find((each) => each.kind === 'natPorts') : undefined;
}

function keyOf({ portId, ip }: { readonly portId: string; readonly ip: IpAddress }): string {
  return `${portId} ${formatIp(ip)}`;
}
